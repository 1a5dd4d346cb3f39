"""What lingers: things that are there still, though what takes them back was answered well.

A server may answer 204 to a DELETE that finds nothing, and spell a name otherwise than it was given
(a zone gets a final dot). So every kind of thing is looked at once when all is undone: in its list,
else one of them by its GET. Who shows the same whatever is asked tells nothing; nor does a thing
that says itself that it was deleted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple
from urllib.parse import quote

from msgspec import Struct

from clausewise.campaign.undoing import Made, with_required
from clausewise.campaign.unique import letters_of
from clausewise.contract import Operation
from clausewise.exchange import Request, Response
from clausewise.judge.outcomes import GONE, is_success
from clausewise.links.catalogue import Catalogue
from clausewise.links.links import Links
from clausewise.links.names import made_up
from clausewise.links.needs import Need
from clausewise.links.seen import listed_things, path_values
from clausewise.record.ledger import Entry, Ledger
from clausewise.record.made import ToUndo

# What a thing goes by in its collection: one name, or several that tell it together.
_Name = tuple[str, ...]
# So many things of a kind are looked at one by one, once the first one was there.
_MOST_LOOKS = 10
# How a thing says that it was deleted: `deleted: true`, `deletedAt`, `status: {state: expired}`.
_GONE = r"(?:deleted|removed|archived|trashed|destroyed|deleting|removing|terminating|terminated)"
_OVER = re.compile(rf"{_GONE}|expired|revoked|cancell?ed", re.IGNORECASE)
_SAYS_GONE = re.compile(
    rf"(?:is|was)?_?(?:soft)?_?{_GONE}(?:_?(?:at|on|time|date))?", re.IGNORECASE
)
_STANDING = re.compile(r"(?:.+_)?(?:status|state)", re.IGNORECASE)


class TakenBack(NamedTuple):
    """A thing, and the DELETE that was answered as if it had gone.

    `missing` says that it found nothing, and that nothing is known to have taken the thing away.
    """

    made: Made
    by: ToUndo
    missing: bool = False


class Lingering(NamedTuple):
    """A thing that is there still, the operation that shows it, and what would take it back."""

    made: Made
    shown_by: Operation
    undo: ToUndo


class Looking(Struct, frozen=True, dict=True):
    """Looks for what lingers; `ask` gives what is answered, or None.

    `stays` says whether what a look shows is still so after the settle time.
    """

    links: Links
    ledger: Ledger
    origin: str
    ask: Callable[[ToUndo], Response | None]
    stays: Callable[[Callable[[], bool]], bool]

    def lingering(self, taken_back: Sequence[TakenBack]) -> Iterator[Lingering]:
        """What is there still of what was taken back, kind by kind."""
        kinds: dict[tuple[str, _Name], list[TakenBack]] = {}
        for one in taken_back:
            if one.made.instance is not None and one.by.method == "DELETE":
                path = one.made.instance.collection
                around = one.made.instance.context[: self._depth(path)]
                kinds.setdefault((path, around), []).append(one)
        for (path, around), things in kinds.items():
            deleter = self.links.catalogue.deleter(path)
            if deleter is None:
                continue
            needs = self.links.catalogue.path_needs(deleter.id)[len(around) :]
            shown = self._lists(path, around, needs)
            if shown:
                yield from self._in_list(deleter, around, shown, things)
            else:
                yield from self._one_by_one(path, things)

    def _listings(self, path: str) -> list[Operation]:
        catalogue = self.links.catalogue
        known = catalogue.collections.get(path)
        return [catalogue.contract.operations[name] for name in known.lists] if known else []

    def _depth(self, path: str) -> int:
        """How many names the lists of a collection are asked with; its things have the others."""
        needs = (self.links.catalogue.path_needs(one.id) for one in self._listings(path))
        return min(map(len, needs), default=path.count("{}"))

    def _lists(
        self, path: str, around: _Name, needs: Sequence[Need]
    ) -> list[tuple[Entry, set[_Name]]]:
        """What a list of a collection showed, with the names of its things."""
        for listing in self._listings(path):
            shown = []
            for entry in self.ledger.of(listing.id):
                if entry.outcome == "accepted" and path_values(listing, entry.exchange) == around:
                    names = self._names(listing, needs, entry.exchange.response)
                    shown += [(entry, names)] if names is not None else []
            if shown:
                return shown
        return []

    def _in_list(
        self,
        deleter: Operation,
        around: _Name,
        shown: list[tuple[Entry, set[_Name]]],
        things: list[TakenBack],
    ) -> Iterator[Lingering]:
        """The things that a list has under their names, or under others that are spelt alike."""
        catalogue = self.links.catalogue
        needs = catalogue.path_needs(deleter.id)
        plainest = min((entry for entry, _ in shown), key=lambda e: len(e.exchange.request.url))
        listing = catalogue.contract.operations[plainest.case.operation]
        first = min(one.made.entry.id for one in things)
        before = set[_Name]().union(*(names for entry, names in shown if entry.id < first))
        there: dict[_Name, TakenBack] = {}

        def look() -> bool:
            answer = self.ask(ToUndo("GET", plainest.exchange.request.url, None))
            now = self._names(listing, needs[len(around) :], answer) or set()
            there.clear()
            there.update(self._ours(needs[-1], len(around), things, now - before))
            return bool(there) and not (
                all(names == now for _, names in shown) and self._is_blind(deleter, things[0])
            )

        if self.stays(look):
            for name, one in there.items():
                texts = zip((n.name for n in needs), (*around, *name), strict=True)
                url = self.origin + deleter.codec.with_texts(
                    {called: quote(text, safe="") for called, text in texts}
                )
                making = one.made.entry.exchange.request
                undo = with_required(deleter, ToUndo("DELETE", url, None), making)
                yield Lingering(one.made, listing, undo)

    def _ours(
        self, need: Need, depth: int, things: list[TakenBack], now: set[_Name]
    ) -> dict[_Name, TakenBack]:
        """What is there of some things, by the name that each goes by there."""
        spelt: dict[_Name, list[_Name]] = {}
        for name in sorted(now):
            if all(_letters(name)):
                spelt.setdefault(_letters(name), []).append(name)
        found: dict[_Name, TakenBack] = {}
        for one in things:
            instance = one.made.instance
            if instance is None:
                continue
            within = instance.context[depth:]
            names = [(*within, name) for name in self.links.names_of(instance, need)]
            others = [other for name in names for other in spelt.get(_letters(name), ())]
            free = now - found.keys()
            called = next((name for name in (*names, *others) if name in free), None)
            if called is not None:
                found[called] = one
        return found

    def _one_by_one(self, path: str, things: list[TakenBack]) -> Iterator[Lingering]:
        """The things that their GET shows: one of them, and all where that one is there."""
        reader = self._reader(path)
        if reader is None:
            return
        each = {one.by.url: one for one in things}
        for number, one in enumerate([*each.values()][:_MOST_LOOKS]):
            there = self._is_there(reader, one)
            if number == 0 and (not there or self._is_blind(reader, one)):
                return
            if there:
                yield Lingering(one.made, reader, one.by)

    def _is_there(self, reader: Operation, one: TakenBack) -> bool:
        url, making = one.by.url.partition("?")[0], one.made.entry
        if any(
            entry.exchange.request.url.partition("?")[0] == url and entry.exchange.status in GONE
            for entry in self.ledger.of(reader.id)
            if entry.id > making.id
        ):
            return False  # a case has looked already
        look = with_required(reader, ToUndo("GET", url, None), making.exchange.request)

        def shows() -> bool:
            answer = self.ask(look)
            if answer is None or not is_success(answer.status):
                return False
            body = answer.json_or_none
            inner = body.values() if isinstance(body, dict) else ()
            return not any(map(_is_marked_gone, (body, *inner)))

        return self.stays(shows)

    def _is_blind(self, of: Operation, one: TakenBack) -> bool:
        """Whether what was never there is shown as well, or nobody can tell."""
        catalogue = self.links.catalogue
        reader = self._reader(catalogue.path_of(of).removesuffix("/{}"))
        name = made_up(catalogue.path_needs(of.id)[-1])
        if reader is None or name is None:
            return True
        url = one.by.url.partition("?")[0].rpartition("/")[0] + "/" + quote(name, safe="")
        look = with_required(reader, ToUndo("GET", url, None), one.made.entry.exchange.request)
        answer = self.ask(look)
        return answer is None or answer.status not in GONE

    def _reader(self, path: str) -> Operation | None:
        known = self.links.catalogue.things_at(path)
        return next((operation for operation in known if operation.method == "GET"), None)

    def _names(
        self, listing: Operation, needs: Sequence[Need], response: Response | None
    ) -> set[_Name] | None:
        return _names_in(self.links.catalogue, listing, needs, response)


def shows_still(
    catalogue: Catalogue, origin: str, thing: ToUndo, ask: Callable[[ToUndo], Response | None]
) -> Operation | None:
    """What shows a thing whose DELETE was answered well: its list, else its GET; None for nothing.

    `ask` gives what is answered, or None.
    """
    match = catalogue.contract.match(thing.method, thing.url)
    if match is None or thing.method != "DELETE":
        return None
    needs = catalogue.path_needs(match.operation.id)
    called = tuple(match.path.get(need.name, "") for need in needs)
    url = thing.url.partition("?")[0]
    making = Request("GET", url, thing.headers, None)
    for name, deleter in catalogue.deletable_lists.items():
        listing, around = catalogue.contract.operations[name], catalogue.path_needs(name)
        if deleter is match.operation and len(around) < len(needs):
            texts = {n.name: quote(t, safe="") for n, t in zip(around, called, strict=False)}
            look = ToUndo("GET", origin + listing.codec.with_texts(texts), None)
            shown = ask(with_required(listing, look, making))
            names = _names_in(catalogue, listing, needs[len(around) :], shown)
            if names is not None:
                return listing if called[len(around) :] in names else None
    reader = next(
        (o for o in catalogue.at(catalogue.path_of(match.operation)) if o.method == "GET"), None
    )
    nobody = made_up(needs[-1]) if needs else None
    if reader is None or nobody is None:
        return None
    blind = f"{url.rpartition('/')[0]}/{quote(nobody, safe='')}"
    own, other = (
        ask(with_required(reader, ToUndo("GET", at, None), making)) for at in (url, blind)
    )
    there = own is not None and is_success(own.status) and not _is_marked_gone(own.json_or_none)
    return reader if there and other is not None and other.status in GONE else None


def _names_in(
    catalogue: Catalogue, listing: Operation, needs: Sequence[Need], response: Response | None
) -> set[_Name] | None:
    """What the things of a list go by; None where that cannot be told."""
    body = response.json_or_none if response is not None and response.status == 200 else None
    columns: list[list[str]] = []
    for need in needs:
        found = listed_things(catalogue, listing, need, body)
        if found is None:
            return None
        columns.append([name for name, thing in found if not _is_marked_gone(thing)])
    return set(zip(*columns, strict=True))


def _is_marked_gone(thing: Any) -> bool:
    """Whether a thing that is shown says of itself that it was deleted."""
    return isinstance(thing, dict) and any(
        (_SAYS_GONE.fullmatch(name) and bool(value))
        or (_STANDING.fullmatch(name) and (_OVER.fullmatch(str(value)) or _is_marked_gone(value)))
        for name, value in thing.items()
    )


def _letters(name: _Name) -> _Name:
    """The letters and digits of a name, small: what stays of it however it is spelt."""
    return tuple(map(letters_of, name))
