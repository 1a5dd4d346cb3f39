"""Witnessing: a list is looked at before and after a request that may bring things along.

What the list did not have just before a request, and has after it, with the name that the reply
tells or the text that the request named it by, came of that request. Which requests may do so, the
contract tells: a member `tag` names what `/tags` has; a POST whose reply has more to name than the
thing itself is watched when it is sent first, and later on where that showed something.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress

from msgspec import Struct, field

from clausewise.campaign.beside import Shelf, Things, each_name, names_shown, shelf_of, texts_sent
from clausewise.campaign.pacing import Stopped
from clausewise.campaign.preparing import Ready
from clausewise.contract import Operation
from clausewise.exchange import Response
from clausewise.links.catalogue import Catalogue
from clausewise.links.nouns import noun_of
from clausewise.pointer import look
from clausewise.record.ledger import Entry, Ledger
from clausewise.record.made import ToUndo

# A look is of just before an exchange if no more than so many others came in between.
_JUST_BEFORE = 5
# So often what an operation accepts is watched in vain for what it may bring along by one text, and
# all that it does not refuse by any in a row; and so often what its reply may name is looked for,
# as long as it accepts nothing.
_MOST_BY_ONE, _MOST_IN_VAIN = 2, 10
_MOST_FIRST = 6
# What a server may have called a thing by itself: a UUID, letters and digits, or a number longer
# than what is counted and than a time in milliseconds (a snowflake).
_ID = re.compile(r"(?=[^a-z]*[a-z])(?=[^0-9]*[0-9])[a-z0-9_-]{8,64}|[0-9]{15,20}")


# What some lists showed, by name, each with how many exchanges there were then.
Shown = Mapping[str, tuple[int, Things]]


class _WitnessedList(Struct):
    """A list: what it showed last, after how many exchanges, and what was witnessed in it."""

    shelf: Shelf
    shown: Things
    at: int
    ours: set[str] = field(default_factory=set)


class Witness:
    """Looks at lists while a run goes on. Safe to use from several threads."""

    def __init__(
        self, catalogue: Catalogue, ledger: Ledger, look: Callable[[ToUndo], Response | None]
    ) -> None:
        """`look` gives what is shown, or None; it may raise Stopped."""
        self._catalogue = catalogue
        self._ledger = ledger
        self._look = look
        self._lists: dict[str, _WitnessedList] = {}
        # By operation, the lists in which its replies name new things, once that was looked for.
        self._naming: dict[str, set[str]] = {}
        self._in_vain: Counter[tuple[str, str]] = Counter()
        self._tried: Counter[tuple[str, str, str]] = Counter()
        self._first: Counter[str] = Counter()
        # By operation, the nouns of what its replies may show within themselves.
        self._told: dict[str, set[str]] = {}
        self._lock = threading.RLock()

    def ours(self, listing: str) -> set[str]:
        """The things of a list that came of this run's requests for certain, in small letters."""
        kept = self._lists.get(listing)
        return kept.ours if kept is not None else set()

    def sending(self, ready: Ready) -> Shown:
        """Look at what a request may bring along; gives what those lists showed just before it.

        Raises Stopped.
        """
        with self._lock:
            named, known = self._named(ready), self._naming.get(ready.operation.id)
            naming = self._at_first(ready.operation) if known is None else known
            lawful = ready.case.expect != "refused"
            watched = dict.fromkeys((*named, *(naming if lawful else ())))
            before: dict[str, tuple[int, Things]] = {}
            for name in watched:
                kept = self._lists[name]
                if self._is_fresh(kept) or self._look_at(kept):
                    before[name] = kept.at, kept.shown
            return before

    def sent(self, ready: Ready, entry: Entry, before: Shown) -> None:
        """Look again after a request, and take note of what came of it."""
        if not before or entry.outcome in ("put off", "refused"):
            return
        if entry.id - min(kept_at for kept_at, _ in before.values()) > _JUST_BEFORE:
            return
        with self._lock, suppress(Stopped):
            for name, text in self._naming_texts(ready).items():
                then = before[name][1] if name in before else {}
                new = {one for one in each_name(text) if not _is_borne(one, then)}
                if name in before and new:
                    self._tried[ready.operation.id, name, text] += entry.outcome == "accepted"
                    self._by_its_text(name, new, entry, then)
            if entry.outcome == "accepted" and ready.operation.method == "POST":
                self._by_the_reply(ready.operation, entry, before)

    def _is_fresh(self, kept: _WitnessedList) -> bool:
        """Whether a look is of just before, and nothing was sent since that may have made a thing.

        So the look after one request is the look before the next.
        """
        entries, operations = self._ledger.entries, self._catalogue.contract.operations
        return len(entries) - kept.at < _JUST_BEFORE and all(
            one.outcome == "refused" or operations[one.case.operation].safe
            for one in entries[kept.at :]
        )

    def _by_its_text(self, name: str, texts: set[str], entry: Entry, before: Things) -> None:
        """Take note of the things that bear the texts by which a request named them."""
        kept, pair = self._lists[name], (entry.case.operation, name)
        self._look_at(kept)
        new = kept.shown.keys() - before.keys()
        self._in_vain[pair] += 1
        for text in texts:
            found = [one.lower() for one in new if text in kept.shown[one]]
            if len(found) == 1:  # of several of them, some may be somebody else's
                kept.ours.update(found)
            if found:
                self._in_vain[pair] = 0

    def _by_the_reply(self, operation: Operation, entry: Entry, before: Shown) -> None:
        """Take note of things that a reply names, in lists that are not of what it makes."""
        request, reply = entry.exchange.request, entry.exchange.json_or_none
        if isinstance(reply, dict) and self._catalogue.made_by(operation.id) is not None:
            # What it calls the thing itself that it made.
            reply = [value for value in reply.values() if isinstance(value, dict | list)]
        told = {*names_shown(reply)} - {*texts_sent(request), *names_shown([request.path])}
        told = set(filter(_ID.fullmatch, told))
        naming = self._naming.setdefault(operation.id, set()) if told else set()
        for name, (_, then) in before.items():
            new, kept = told - {one.lower() for one in then}, self._lists[name]
            if new and name not in naming:
                # Which list it is, is seen once; what is named later on is looked for in the end.
                self._look_at(kept)
                new &= {one.lower() for one in kept.shown}
            if new:
                kept.ours |= new
                naming.add(name)

    def _at_first(self, operation: Operation) -> list[str]:
        """The lists to be watched at the first requests of an operation: its reply may name more.

        More, that is, than the thing that it makes: it is a list of texts, or shows what is called
        like the things of a list (`kernel: {id}`).
        """
        if operation.method != "POST" or self._first[operation.id] >= _MOST_FIRST:
            return []
        if operation.id not in self._told:
            self._told[operation.id] = _told_of(operation)
        told, watched = self._told[operation.id], []
        for name in self._catalogue.deletable_lists if told else ():
            kept, collection = self._kept(name), self._catalogue.listed_by(name)
            named = "*" in told or (collection is not None and collection.noun in told)
            if named and kept is not None and not kept.shelf.is_made_by(operation):
                watched.append(name)
        self._first[operation.id] += bool(watched)
        return watched

    def _named(self, ready: Ready) -> dict[str, str]:
        """The lists that a request may add to now, each with the text that would name the thing."""
        found, operation = self._naming_texts(ready), ready.operation.id
        return {
            name: text
            for name, text in found.items()
            if not all(_is_borne(one, self._lists[name].shown) for one in each_name(text))
            and self._tried[operation, name, text] < _MOST_BY_ONE
            and self._in_vain[operation, name] < _MOST_IN_VAIN
        }

    def _naming_texts(self, ready: Ready) -> dict[str, str]:
        """The texts by which a request names what stands in lists of others."""
        if ready.operation.safe or ready.case.expect == "refused":
            return {}
        named: dict[str, str] = {}
        parts = {"request": ready.request.body, "query": ready.request.query}
        for need in self._catalogue.needs(ready.operation.id):
            text = look(parts.get(need.part), need.pointer)
            for path in need.collections if isinstance(text, str) and text.strip() else ():
                for name in self._catalogue.collections[path].lists:
                    kept = self._kept(name)
                    if kept is not None and not kept.shelf.is_made_by(ready.operation):
                        named[name] = str(text).strip().lower()
        return named

    def _kept(self, name: str) -> _WitnessedList | None:
        """A list whose things can be deleted, as it was shown last; None where it never was."""
        if name not in self._lists and name in self._catalogue.deletable_lists:
            shelf = shelf_of(self._catalogue, self._ledger, name)
            if shelf is not None and shelf.first.case.value.get("query"):
                return None  # what is new in a list of some may have been there in another state
            shown = shelf.things(shelf.first.exchange.response) if shelf is not None else None
            if shelf is not None and shown is not None:
                self._lists[name] = _WitnessedList(shelf, shown, shelf.first.id)
        return self._lists.get(name)

    def _look_at(self, kept: _WitnessedList) -> bool:
        """Take note of what a list shows now; whether that could be told."""
        shown = kept.shelf.things(self._look(kept.shelf.look))
        if shown is not None:
            kept.shown, kept.at = shown, len(self._ledger.entries)
        return shown is not None


def _is_borne(text: str, shown: Things) -> bool:
    """Whether something in a list goes by a text, or bears it."""
    return any(text in (name.lower(), *texts) for name, texts in shown.items())


def _told_of(operation: Operation) -> set[str]:
    """The nouns of what a reply may show within itself; `*` for a list of texts."""
    told: set[str] = set()
    for part, reply in operation.replies.items():
        content = reply.json_content if part.startswith("2") else None
        for place in content.message.place.walk() if content is not None else ():
            steps = place.pointer.split("/")[1:]
            if steps == ["*"] and "string" in place.allowed_types:
                told.add("*")
            elif len(steps) > 1:
                told |= {noun_of(step) for step in steps[:-1]} - {""}
    return told
