"""Headers that a user gives for every request."""

from __future__ import annotations

import re

from clausewise.errors import UsageError
from clausewise.pack.credentials import fits_a_header


def split(line: str) -> tuple[str, str]:
    """Name and value of `Name: value`. Raises UsageError where there is no colon."""
    name, colon, value = line.partition(":")
    if not colon:
        # What stands there may be a secret: it is not repeated.
        raise UsageError("--header takes 'Name: value'; there is no colon in what was given")
    return name, value


def checked_header(name: str, value: str, where: str) -> tuple[str, str]:
    """A header's name and value without blanks around them. Raises UsageError for what is none."""
    name, value = name.strip(), value.strip()
    if not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name):
        # A credential may have a colon in it: then this is no name, but half of a secret.
        bare = not re.match(r"(?i)(bearer|basic|digest|token|authorization)\b", name)
        shown = repr(name) if bare else "what stands before the colon"
        raise UsageError(f"{where} takes 'Name: value', and {shown} is not a name")
    if name.lower() in _OURS:
        raise UsageError(f"{where}: {name} is not for you to set")
    if not fits_a_header(value):
        raise UsageError(f"{where} {name}: the value has characters that no header may have")
    return name, value


# Headers that say how long and in which form a message is.
_OURS = {
    "connection", "content-encoding", "content-length", "content-type", "expect",
    "transfer-encoding", "upgrade",
}  # fmt: skip
