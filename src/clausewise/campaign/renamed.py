"""Renamed: what a thing goes by since a request has changed it, or that it has no name any more.

Its DELETE finds nothing then, and yet it is there. What it is called now the reply to the change
tells, else the change itself may have said so. It is deleted by that name where the server said so
and nothing had the name before; else it is told.
"""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import quote

from msgspec import Struct
from msgspec.structs import replace

from clausewise.campaign.asking import Asking
from clausewise.campaign.beside import Shelf, Things, shelf_of
from clausewise.campaign.undoing import Created, Made, last_of
from clausewise.judge.outcomes import is_success
from clausewise.links.catalogue import Catalogue
from clausewise.links.items import is_name, wraps
from clausewise.links.links import Links
from clausewise.links.names import leads_elsewhere
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


class Settled(NamedTuple):
    """That a thing with another name is dealt with: by a DELETE, or it was told (None)."""

    deleted_by: ToUndo | None


class Renaming(Struct, frozen=True):
    """Takes back things that go by another name than the one they were made with."""

    links: Links
    ledger: Ledger
    asking: Asking
    created: Created

    def settled(self, made: Made, undo: ToUndo) -> Settled | None:
        """What came of a thing that its DELETE did not find; None where it was not renamed.

        Raises Failed.
        """
        called, thing = last_of(undo.url), made.instance
        if thing is None:
            return None
        new = new_name_of(self.links.catalogue, self.ledger, thing, called, undo)
        if new is None:
            return None
        since = f"since exchange {new.since.id}"
        if new.name is None or leads_elsewhere(new.name):
            self.created.tell(called, f"it has no name {since}, and no DELETE")
            return Settled(None)
        shelves = self._shelves(thing)
        for shelf, _ in shelves if not new.told else ():
            now = shelf.things(self.asking.shown(shelf.look))
            if now is not None and new.name not in now:
                return None  # the change said so, and nobody heeded it
        url, _, query = undo.url.partition("?")
        whole = f"{url.rpartition('/')[0]}/{quote(new.name, safe='')}"
        other = replace(undo, url=f"{whole}?{query}" if query else whole)
        was_free = bool(shelves) and all(new.name not in shown for _, shown in shelves)
        if new.told and was_free and is_success(self.asking.ask(other, new=False).status):
            # By this name it is looked for in the end.
            thing.names["$request.path.renamed"] = new.name
            return Settled(other)
        made_as = f"exchange {made.entry.id} made it as {called}, it is so {since}"
        self.created.leave(other, made_as)
        return Settled(None)

    def _shelves(self, thing: Instance) -> list[tuple[Shelf, Things]]:
        """The lists that a thing stands in, each with what it showed first."""
        catalogue = self.links.catalogue
        around = [quote(one, safe="") for one in thing.context]
        return [
            (shelf, shown)
            for name in catalogue.collections[thing.collection].lists
            if name in catalogue.deletable_lists
            if (shelf := shelf_of(catalogue, self.ledger, name)) is not None
            if [*shelf.within.values()] == around
            if (shown := shelf.things(shelf.first.exchange.response)) is not None
        ]


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
