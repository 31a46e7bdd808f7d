"""The program folder: what is left out of it, and how it is tried."""
