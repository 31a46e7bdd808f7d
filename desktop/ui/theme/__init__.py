"""Tokens, theme, stylesheet, icons and fonts: how everything looks, and nothing of what it is."""
