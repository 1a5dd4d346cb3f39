"""What came about beside what was made: things that a request brought along, which no reply names.

A watch may make the tags that it names. A list that was asked before anything was made, and again
when all is undone, shows them. What bears a text that the run sent, or a name that an answer to it
had or that a refused request was to make, may be of this run. It is for certain where nobody else
can have come upon its name, or upon a text of it that nothing bears that was there before, or where
it was witnessed (`witnessing.py`): then it is taken back. Else it is told, with the DELETE that
does so, and somebody decides.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any
from urllib.parse import quote

from msgspec import Struct

from clausewise.contract import Operation
from clausewise.diagnosis.words import texts_in
from clausewise.exchange import Request, Response
from clausewise.links.catalogue import Catalogue
from clausewise.links.links import Links
from clausewise.links.names import leads_elsewhere
from clausewise.links.needs import Need
from clausewise.links.seen import listed_things, path_values
from clausewise.record.ledger import Entry, Ledger
from clausewise.record.made import ToUndo

# Things of a list: by name, the texts that each bears.
Things = dict[str, set[str]]


class Shelf(Struct, frozen=True):
    """A list whose things have a DELETE: what it showed first, and how it is looked at again.

    `within` are the texts of the path that its things stand in.
    """

    catalogue: Catalogue
    listing: Operation
    deleter: Operation
    need: Need
    within: Mapping[str, str]
    look: ToUndo
    first: Entry

    def things(self, response: Response | None) -> Things | None:
        """What a look shows; None where it cannot be told."""
        body = response.json_or_none if response is not None and response.status == 200 else None
        if body is None:
            return None
        found = listed_things(self.catalogue, self.listing, self.need, body)
        return (
            None if found is None else {name: set(names_shown(one)) - {name} for name, one in found}
        )

    def undo(self, origin: str, thing: str) -> ToUndo:
        """The DELETE of one of its things."""
        path = self.deleter.codec.with_texts({**self.within, self.need.name: quote(thing, safe="")})
        return ToUndo("DELETE", origin + path, None)

    def is_made_by(self, operation: Operation) -> bool:
        """Whether an operation is about such things: what it makes is known by its replies."""
        own, one = self.catalogue.path_of(self.listing), self.catalogue.path_of(self.deleter)
        return self.catalogue.path_of(operation) in (own, one, one.removesuffix("/{}"))


class CameAbout(Struct, frozen=True):
    """A new thing of a list, what takes it back, and whether it is of this run for certain."""

    name: str
    shelf: Shelf
    undo: ToUndo
    ours: bool


def shelf_of(catalogue: Catalogue, ledger: Ledger, listing: str) -> Shelf | None:
    """A list whose things have a DELETE, as it was read first; None where it never was."""
    deleter = catalogue.deletable_lists[listing]
    first = next((e for e in ledger.of(listing) if e.outcome == "accepted"), None)
    *outer, need = catalogue.path_needs(deleter.id)
    operation = catalogue.contract.operations[listing]
    around = path_values(operation, first.exchange) if first is not None else ()
    if first is None or len(outer) != len(around):
        return None
    within = {one.name: quote(text, safe="") for one, text in zip(outer, around, strict=True)}
    look = ToUndo("GET", first.exchange.request.url, None)
    return Shelf(catalogue, operation, deleter, need, within, look, first)


def come_about(
    links: Links,
    ledger: Ledger,
    origin: str,
    ask: Callable[[ToUndo], Response | None],
    witnessed: Callable[[str], Collection[str]],
    missing: Collection[str],
) -> Iterator[CameAbout]:
    """The things that are new in a list and bear what was sent.

    `ask` sends a request and gives what is answered, None for nothing. `witnessed` says which
    things of a list came of this run's requests, in small letters. Of the collections that are
    `missing` something, what made or changed their things is looked at as well: one may have
    another name.
    """
    catalogue = links.catalogue
    done: dict[str, tuple[set[str], set[str]]] | None = None
    for name in catalogue.deletable_lists:
        shelf, seen = shelf_of(catalogue, ledger, name), set(witnessed(name))
        if shelf is None:
            continue
        done = _of_done(catalogue, ledger) if done is None else done
        operations = catalogue.contract.operations
        collection = catalogue.listed_by(name)
        any_ = collection is not None and collection.path in missing
        others = [t for one, t in done.items() if any_ or not shelf.is_made_by(operations[one])]
        failed = set(_of_failed(catalogue, ledger, name))
        if not (others or failed or seen):
            continue
        sent = set[str]().union(*(sent for sent, _ in others))
        told = set[str]().union(*(told for _, told in others))
        then = shelf.things(shelf.first.exchange.response)
        now = shelf.things(ask(shelf.look))
        # A page that has lost something may only show other things than it did.
        if then is None or now is None or not then.keys() <= now.keys():
            continue
        known = {text for texts in then.values() for text in texts}
        # What was there before may have been given a text of the run's since.
        given = {text for thing in then for text in now[thing]}
        named = told | failed | seen
        for thing, texts in now.items():
            perhaps = texts & (sent - known) or thing.lower() in named
            if thing not in then and perhaps:
                ours = thing.lower() in seen or any(map(links.drew, (thing, *(texts - given))))
                ours = ours and not leads_elsewhere(thing)
                yield CameAbout(thing, shelf, shelf.undo(origin, thing), ours)


def _of_done(catalogue: Catalogue, ledger: Ledger) -> dict[str, tuple[set[str], set[str]]]:
    """By operation, the texts that requests sent, and those that replies told.

    Those are of accepted requests, and of crashed ones.
    """
    texts: dict[str, tuple[set[str], set[str]]] = {}
    for entry in ledger.entries:
        operation = entry.case.operation
        done = entry.outcome in ("accepted", "crashed", "no reply")
        if done and not catalogue.contract.operations[operation].safe:
            sent, told = texts.setdefault(operation, (set(), set()))
            sent.update(texts_sent(entry.exchange.request))
            told.update(names_shown(entry.exchange.json_or_none))
    return texts


def _of_failed(catalogue: Catalogue, ledger: Ledger, listing: str) -> Iterator[str]:
    """What requests sent that were to make such things and were not accepted, in small letters."""
    collection = catalogue.listed_by(listing)
    for entry in ledger.entries if collection is not None else ():
        failed = entry.outcome in ("refused", "crashed", "no reply")
        if failed and catalogue.made_by(entry.case.operation) is collection:
            yield from texts_sent(entry.exchange.request)


def texts_sent(request: Request) -> Iterator[str]:
    """The texts that a request has beside its path, and the names in them."""
    for text in names_shown([request.body, request.query]):
        yield text
        yield from each_name(text)


def each_name(text: str) -> list[str]:
    """The names that a text may have beside each other (`Home, Work`): itself, where it is one."""
    return [name for one in text.split(",") if (name := one.strip())] or [text]


def names_shown(value: Any) -> Iterator[str]:
    """The texts of a value that name something, as they are compared."""
    return (text.strip().lower() for text in texts_in(value) if text.strip())
