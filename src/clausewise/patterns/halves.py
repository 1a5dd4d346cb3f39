"""What an expression asks for besides each other: its look-aheads at the begin, and what follows.

`^(?=.*[a-z])(?=.*[0-9]).{8,}$` says three things of a text, and a server may look at two of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from clausewise.patterns.parts import TOKEN

_AHEAD = ("(?=", "(?!")


def halves_of_pattern(pattern: str) -> list[str]:
    """Expressions that say together what an expression says; none where it is one.

    Takes what `translated` gives.
    """
    if not pattern.startswith("^(?") or re.search(r"\\[1-9]", pattern):
        return []  # what a group has matched is known in the whole alone
    at, ahead = 1, []
    while pattern.startswith(_AHEAD, at):
        end = at + _length_of_group(pattern[at:])
        ahead += _said_ahead(pattern[at:end])
        at = end
    rest = pattern[at:]
    if not ahead or len(_branches(rest)) > 1:
        return []
    return [*ahead, f"^{rest}"] if rest else ahead


def _depths(text: str) -> Iterator[tuple[str, int]]:
    """Each part of an expression, and how many groups are open behind it."""
    depth = 0
    for token in TOKEN.finditer(text):
        depth += bool(token["open"]) - bool(token["close"])
        yield token[0], depth


def _length_of_group(text: str) -> int:
    """How long the group is that an expression begins with."""
    length = 0
    for part, depth in _depths(text):
        length += len(part)
        if depth == 0:
            break
    return length


def _said_ahead(group: str) -> list[str]:
    """What a look-ahead says: none of several is several things, one of several is one."""
    if not group.startswith("(?!"):
        return [f"^{group}"]
    return [f"^(?!{branch})" for branch in _branches(group[3:-1])]


def _branches(text: str) -> list[str]:
    """What an expression has a choice of, as far as no group holds it together."""
    branches = [""]
    for part, depth in _depths(text):
        if part == "|" and depth == 0:
            branches.append("")
        else:
            branches[-1] += part
    return branches
