"""Exchanges to verdicts."""
