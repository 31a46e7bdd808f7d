"""View-models: what a screen shows, as values and Qt models; they ask the store by its tasks and tell in signals."""
