"""Renamed: what a thing goes by since a request has changed it, or that it has no name any more.

Its DELETE finds nothing then, and yet it is there. What it is called now the reply to the change
tells, else the change itself may have said so.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from clausewise.links.catalogue import Catalogue
from clausewise.links.items import is_name, wraps
from clausewise.links.nouns import in_one_word
from clausewise.links.seen import Instance
from clausewise.pointer import ABSENT, steps_of
from clausewise.record.ledger import Entry, Ledger
from clausewise.record.made import ToUndo


class NewName(NamedTuple):
    """What a thing is called since an exchange; None where it is called nothing.

    `told` says that the reply has it; else the request alone does.
    """

    name: str | None
    since: Entry
    told: bool


def new_name_of(
    catalogue: Catalogue, ledger: Ledger, thing: Instance, called: str, undo: ToUndo
) -> NewName | None:
    """What a thing is called since its last change; None where that is as before, or not known.

    It was `called` so, and `undo` is its DELETE by that name.
    """
    url, made = undo.url.partition("?")[0], max(thing.entries, default=0)
    changes = [
        entry
        for operation in catalogue.things_at(thing.collection)
        if operation.method in ("PUT", "PATCH")
        for entry in ledger.of(operation.id)
        if entry.outcome == "accepted" and entry.id > made
        if entry.exchange.request.url.partition("?")[0] == url
    ]
    deleter = catalogue.deleter(thing.collection)
    if not changes or deleter is None:
        return None
    last, need = max(changes, key=lambda entry: entry.id), catalogue.path_needs(deleter.id)[-1]
    members = {in_one_word(need.name)} | {
        in_one_word(steps[-1])
        for expression, value in thing.names.items()
        if str(value) == called and (steps := steps_of(expression.partition("#")[2]))
    }
    noun = catalogue.collections[thing.collection].noun
    for body, told in ((last.exchange.json_or_none, True), (last.exchange.request.body, False)):
        now = _named_by(members, body, noun)
        if now is not ABSENT:
            return NewName(now, last, told) if now != called else None
    return None


def _named_by(members: set[str], body: Any, noun: str) -> Any:
    """The text of the first of some members in a body, None where it is null; else ABSENT."""
    if not isinstance(body, dict):
        return ABSENT
    for name, value in body.items():
        if in_one_word(name) in members and (value in (None, "") or is_name(value)):
            return str(value) if value not in (None, "") else None
    inner = {name: value for name, value in body.items() if isinstance(value, dict)}
    found = (_named_by(members, inner[name], noun) for name in inner if wraps(name, noun))
    return next((value for value in found if value is not ABSENT), ABSENT)
