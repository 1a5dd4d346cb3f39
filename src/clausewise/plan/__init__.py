"""Clauses to cases."""
