"""The window: theme, parts, questions, view-models, screens and the frame round them. Knows the store by its tasks."""
