"""Scores as the spreadsheet computes them, read by role; and what a pack declares, by which they are proven.

No weight and no cut-off of a tool stands in code.
"""
