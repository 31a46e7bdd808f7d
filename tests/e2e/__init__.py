"""Real processes: a server, laptops and the line between them, each of which may die at any moment."""
