"""Screens, one module each. They lay out parts, forward what a person does, and keep nothing of their own."""
