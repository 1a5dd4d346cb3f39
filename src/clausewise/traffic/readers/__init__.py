"""One reader a format: bytes into recorded exchanges, a piece at a time."""
