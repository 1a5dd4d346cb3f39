"""Regular expressions of ECMA-262: read, written for other engines, and what they cost."""
