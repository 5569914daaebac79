"""Comparison of the simulator with what AWS documents and what people measured.

Each module holds `rows()`, which runs the simulator and returns one row per claim; tests hold every row
to the error that it allows. `python -m validation` makes docs/background/validation.md of them. A module
that takes more than some seconds says `SLOW = True`, and the page is not held to it in tests.
"""
