"""Dumb parts that every screen is made of: values in, signals out; no store, no model, no clock."""
