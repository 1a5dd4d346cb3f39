"""What came about beside what was made: things that a request brought along, which no reply names.

A watch may make the tags that it names. A list that was asked before anything was made, and again
when all is undone, shows them. Who made what is new there nobody can tell for certain: what bears
a text that the run sent, or a name that an answer to it had or that a refused request was to make,
is told, with the DELETE that takes it back, and somebody decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

from clausewise.contract import Operation
from clausewise.diagnosis.words import texts_in
from clausewise.exchange import Request, Response
from clausewise.links.catalogue import Catalogue
from clausewise.links.needs import Need
from clausewise.links.seen import listed_things, path_values
from clausewise.record.ledger import Entry, Ledger
from clausewise.record.made import ToUndo

# Things of a list: by name, the texts that each bears.
_Things = dict[str, set[str]]


def come_about(
    catalogue: Catalogue, ledger: Ledger, origin: str, ask: Callable[[ToUndo], Response | None]
) -> Iterator[tuple[str, ToUndo]]:
    """The things that are new in a list and bear what was sent: where, and what takes each back.

    `ask` sends a request and gives what is answered, None for nothing.
    """
    for name, deleter in catalogue.deletable_lists.items():
        before = next((e for e in ledger.of(name) if e.outcome == "accepted"), None)
        others = list(_changes_beside(catalogue, ledger, name, deleter))
        failed = set(_of_failed(catalogue, ledger, name))
        if before is None or not (others or failed):
            continue
        sent = {text for one in others for text in _sent(one.exchange.request)}
        told = {text for one in others for text in _texts(one.exchange.json_or_none)}
        operation = catalogue.contract.operations[name]
        *outer, need = catalogue.path_needs(deleter.id)
        around = path_values(operation, before.exchange)
        if len(outer) != len(around):
            continue
        within = {one.name: quote(text, safe="") for one, text in zip(outer, around, strict=True)}
        url = before.exchange.request.url
        then = _things(catalogue, operation, need, before.exchange.response)
        now = _things(catalogue, operation, need, ask(ToUndo("GET", url, None)))
        # A page that has lost something may only show other things than it did.
        if then is None or now is None or not then.keys() <= now.keys():
            continue
        known = {text for texts in then.values() for text in texts}
        for thing, texts in now.items():
            ours = texts & (sent - known) or thing.lower() in told | failed
            if thing not in then and ours:
                path = deleter.codec.with_texts({**within, need.name: quote(thing, safe="")})
                yield f"GET {operation.path}", ToUndo("DELETE", origin + path, None)


def _changes_beside(
    catalogue: Catalogue, ledger: Ledger, listing: str, deleter: Operation
) -> Iterator[Entry]:
    """What was accepted and may have changed something, but for what makes such things."""
    paths = {catalogue.path_of(catalogue.contract.operations[listing])}
    paths |= {catalogue.path_of(deleter), catalogue.path_of(deleter).removesuffix("/{}")}
    for entry in ledger.entries:
        operation = catalogue.contract.operations[entry.case.operation]
        other = not operation.safe and catalogue.path_of(operation) not in paths
        if other and entry.outcome == "accepted":
            yield entry


def _of_failed(catalogue: Catalogue, ledger: Ledger, listing: str) -> Iterator[str]:
    """What requests sent that were to make such things and were not accepted, in small letters."""
    collection = catalogue.listed_by(listing)
    for entry in ledger.entries if collection is not None else ():
        failed = entry.outcome in ("refused", "crashed", "no reply")
        if failed and catalogue.made_by(entry.case.operation) is collection:
            yield from _sent(entry.exchange.request)


def _sent(request: Request) -> Iterator[str]:
    yield from _texts([request.body, request.query])


def _things(
    catalogue: Catalogue, operation: Operation, need: Need, response: Response | None
) -> _Things | None:
    """What a list shows; None where it cannot be told."""
    body = response.json_or_none if response is not None and response.status == 200 else None
    found = listed_things(catalogue, operation, need, body) if body is not None else None
    if found is None:
        return None
    return {name: set(_texts(thing)) - {name} for name, thing in found}


def _texts(value: Any) -> Iterator[str]:
    """The texts of a value that name something, as they are compared."""
    return (text.strip().lower() for text in texts_in(value) if text.strip())
