"""A pack from nothing: what a user is asked, and the files that are made of the answers."""

from clausewise.starter.answers import CI_SYSTEMS, Answers
from clausewise.starter.files import missing_line, starter_files

__all__ = ["CI_SYSTEMS", "Answers", "missing_line", "starter_files"]
