"""Scores as the spreadsheet computes them, read by role. No weight and no cut-off stands in code."""
