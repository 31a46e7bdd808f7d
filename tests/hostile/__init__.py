"""A server that lies in every way of the threat list, and what the laptop makes of it: `python -m tests.hostile`."""
