"""Giving back what was sent, but never a secret."""

from __future__ import annotations

from typing import Any

from clausewise.contract import Place


def echo(place: Place, value: Any) -> Any:
    """Give what a reply may repeat of a value that came with a request.

    `place` is where it will stand in the reply. Write-only members are left out, and so are
    undocumented ones, for nobody knows what is in them.
    """
    if isinstance(value, dict):
        members = _members(place)
        return {
            name: echo(members[name], inside)
            for name, inside in value.items()
            if name in members and members[name].hidden is None
        }
    if isinstance(value, list) and place.items is not None:
        return [echo(place.items, item) for item in value]
    return value


def _members(place: Place) -> dict[str, Place]:
    members = dict(place.members)
    for choice in place.choices:
        for branch in choice.branches:
            for name, member in _members(branch).items():
                members.setdefault(name, member)
    return members
