"""Runs the engine against recorded cases: `python -m tests.conformance FILE [--tier core] [--failures N] [--strict]`.

`--strict` compares also what a form leaves to the dice.
"""
