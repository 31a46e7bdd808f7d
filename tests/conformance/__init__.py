"""Runs the engine against recorded cases: `python -m tests.conformance FILE [--tier core] [--failures N]`.

Everything that the cases expect is compared, save what they themselves name volatile; `--without-dice` leaves out also
what the form leaves to the dice (decision 13).
"""
