"""Levels of fidelity: what a clause says about how far a target can stand for the real thing."""

from __future__ import annotations

from clausewise.contract.ids import part_name
from clausewise.options import LEVELS, Level

# Those that clauses belong to, and so a rule may name: breadth and steadiness are measured.
OF_CLAUSES = LEVELS[:-2]

_OF_KEYWORD: dict[str | None, Level] = {
    "unknown": "identity",
    "optional": "strictness",
    "allowEmptyValue": "strictness",
}
_OF_PART: dict[str, Level] = {
    "served": "reach",
    "status": "shape",
    "auth": "auth",
    "request": "leniency",
    "query": "leniency",
    "path": "leniency",
    "header": "leniency",
    "cookie": "leniency",
    # A rule says its own where it is another.
    "rule": "state",
    "default": "errors",
    "1": "shape",
    "2": "shape",
    "3": "shape",
    "4": "errors",
    "5": "errors",
}


def level_of(part: str, keyword: str | None) -> Level:
    """The level of a clause, by what it is about; every clause has exactly one."""
    if keyword in _OF_KEYWORD:
        return _OF_KEYWORD[keyword]
    name = part_name(part)
    return _OF_PART.get(name) or _OF_PART.get(name[:1], "shape")
