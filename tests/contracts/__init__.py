"""Promise suites: what every back end of a contract must do, inherited by each back end's own test class."""
