"""A run as pytest items."""
