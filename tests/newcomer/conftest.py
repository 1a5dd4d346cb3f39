"""A stranger's first minutes: an API of theirs, an empty folder, the command."""

from ..commands.conftest import command as command
