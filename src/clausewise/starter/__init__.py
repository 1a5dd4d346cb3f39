"""A pack from nothing: what a user is asked, and the files that are made of the answers."""

from clausewise.starter.files import missing_line, starter_files
from clausewise.starter.new_pack import CI_SYSTEMS, NewPack

__all__ = ["CI_SYSTEMS", "NewPack", "missing_line", "starter_files"]
