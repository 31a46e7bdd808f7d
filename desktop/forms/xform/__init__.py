"""A form definition: the XForm XML read once into values that a session runs on."""
