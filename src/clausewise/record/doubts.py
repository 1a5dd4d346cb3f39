"""Doubts: why outcomes of a run prove nothing, though they look as if they did."""

from __future__ import annotations

from collections import Counter

from clausewise.contract.ids import read_id
from clausewise.contract.media_types import PAGES
from clausewise.exchange import Response
from clausewise.judge.breaches import Breach
from clausewise.judge.outcomes import ON_THE_WAY
from clausewise.record.ledger import Entry, Ledger

ONCE = "seen once, not asked again"


class Doubts:
    """Asked of an exchange, a breach or a blame."""

    def __init__(self, entries: list[Entry], ledger: Ledger) -> None:
        self._ledger = ledger
        self._explained = ledger.explained
        # Operations that accepted something lawful.
        self._serving = {
            entry.case.operation
            for entry in entries
            if entry.outcome == "accepted" and entry.case.expect == "accepted"
        }
        self._answered_until = max((e.id for e in entries if e.exchange.response), default=0)
        self._failing = Counter(e.case.operation for e in entries if _on_the_way(e))
        self._control: Entry | None = None
        self._open_until = 0
        # By group, the first entry that did not come out as its rule has it.
        self._astray: dict[tuple[str, str], Entry] = {}
        for entry in entries:
            if entry.id in ledger.hiccups:
                continue
            if entry.case.kind == "control" and entry.outcome in _CLOSED:
                self._control = entry
            elif self._control is None and entry.outcome == "accepted":
                self._open_until = entry.id
            group = entry.case.group
            if group is not None and not _as_expected(entry):
                self._astray.setdefault((entry.case.operation, group), entry)

    def about(self, entry: Entry) -> str | None:
        """Why an entry proves nothing of what it probes, or None."""
        if entry.id in self._explained:
            return self._explained[entry.id]
        group = entry.case.group
        astray = self._astray.get((entry.case.operation, group)) if group else None
        if astray is not None and astray.id < entry.id:
            return f"it rests on exchange {astray.id}, which did not come out as documented"
        expect = entry.case.expect
        if (expect, entry.outcome) in (("refused", "accepted"), ("accepted", "refused")):
            return self.unconfirmed(entry) or self._to_anything(entry)
        if entry.outcome == "refused" and expect == "refused":
            control = self._control
            if control is not None and self._open_until < entry.id < control.id:
                return (
                    "it was refused, but so was a lawful request afterwards "
                    f"(exchange {control.id}): the target may have taken nothing any more"
                )
        return None

    def unconfirmed(self, entry: Entry) -> str | None:
        """Why what an entry shows is not known to be so whenever it is sent."""
        if entry.id in self._explained:
            return self._explained[entry.id]
        return None if entry.id in self._ledger.confirmed else ONCE

    def _to_anything(self, entry: Entry) -> str | None:
        """Why that a broken request was accepted says nothing, where no lawful one ever was.

        It does where the reply is the documented one, and not what any path is answered with.
        """
        operation = entry.case.operation
        if entry.outcome != "accepted":
            return None
        stranger = self._ledger.strangers.get(entry.exchange.request.method)
        if is_page(entry) and stranger is not None and stranger.media_type in PAGES:
            return "it is a page of HTML, as a path gets that is not in the contract"
        if operation in self._serving:
            return None
        if any(at_the_root(breach.clause) for breach in entry.judgement.broken):
            return "it accepts no lawful request, and what it answered is not what is documented"
        reply = entry.exchange.response
        if stranger is None:
            return "it accepts no lawful request, so that it accepts a broken one says nothing"
        if reply is not None and _alike(reply, stranger):
            return "it answers 2xx to anything, to a path that is not in the contract as well"
        return None

    def silence(self, entry: Entry) -> tuple[Breach, ...]:
        """The breach of a request that got no reply twice, while others did (RFC 9110, 3.4)."""
        if entry.outcome != "no reply" or entry.id not in self._ledger.confirmed:
            return ()
        if entry.id > self._answered_until:
            return ()
        said = f"there was no reply, twice, while others were answered: {entry.exchange.failure}"
        return (Breach(f"{entry.case.operation}:status", said),)

    def passing(self, entry: Entry, breach: Breach) -> str | None:
        """Why a breach may be one of the way there, which happens once with any server."""
        status = breach.clause == f"{entry.case.operation}:status"
        if not status or not _on_the_way(entry) or entry.id in self._ledger.confirmed:
            return None
        return ONCE if self._failing[entry.case.operation] == 1 else None


def is_page(entry: Entry) -> bool:
    """Whether a success is a page of HTML where the document has another type."""
    response = entry.exchange.response
    if response is None or response.media_type not in PAGES or entry.outcome != "accepted":
        return False
    return any(breach.clause.endswith(":media-type") for breach in entry.judgement.broken)


_CLOSED = ("refused", "conflict", "unauthorized")


def _on_the_way(entry: Entry) -> bool:
    """Whether a reply came from the way there, or looks like it, and is not documented."""
    response = entry.exchange.response
    if response is None or response.status not in ON_THE_WAY:
        return False
    name = f"{entry.case.operation}:status"
    return any(breach.clause == name for breach in entry.judgement.broken)


def at_the_root(clause: str) -> bool:
    """Whether a clause says what a reply is at all: its status, its media type, its root."""
    _, part, pointer, keyword = read_id(clause)
    if part == "status" or keyword in ("media-type", "json", "well-formed"):
        return True
    is_near = (pointer or "").count("/") <= 1
    return is_near and keyword in ("required", "type") and part[:1] == "2"


def _alike(one: Response, other: Response) -> bool:
    """Whether two replies look like one and the same answer."""
    if one.status != other.status or one.media_type != other.media_type:
        return False
    if one.not_json is not None or other.not_json is not None:
        return one.not_json is not None and other.not_json is not None
    if isinstance(one.json, dict) and isinstance(other.json, dict):
        return one.json.keys() == other.json.keys()
    return type(one.json) is type(other.json)


def _as_expected(entry: Entry) -> bool:
    expect = entry.case.expect
    return expect == "either" or entry.outcome == expect
