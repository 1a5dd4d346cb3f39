"""One run: cases, target and judge brought together."""
