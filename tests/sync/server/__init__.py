"""The server: its parts, its answers, its process."""
