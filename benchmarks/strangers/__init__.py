"""Servers that strangers made, each run from its own document and nothing else."""
