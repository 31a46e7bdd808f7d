"""Runs the engine against recorded cases: `python -m tests.conformance FILE [--tier core] [--failures N] [--strict]`."""
