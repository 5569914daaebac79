"""Comparison of the simulator with what AWS documents and what people measured.

Each module holds `rows()`, which runs the simulator and returns one row per claim; tests hold every row
to the error that it allows.
"""
