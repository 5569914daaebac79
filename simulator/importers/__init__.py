"""What AWS's files and logs say, as parts of a scenario: text in, text out."""
