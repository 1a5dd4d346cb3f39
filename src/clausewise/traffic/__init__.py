"""Recorded traffic: exchanges that others sent, read from many formats and held to a contract."""
