"""Coherence: whether replies fit each other, where no contract says that they have to.

What does not fit is noted and is no finding: other clients may be at work, and a server may have
its reasons. Looked at are the things that a run made itself, and what it asked of them.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Collection
from typing import Any

from clausewise.contract import Operation, Parameter
from clausewise.links.addresses import OF_PATH
from clausewise.links.catalogue import Catalogue
from clausewise.links.items import items_of, names_in
from clausewise.links.seen import Instance
from clausewise.pointer import ABSENT, escape
from clausewise.record.ledger import Entry, Ledger
from clausewise.values.stated import listed_values
from clausewise.values.usual import says_how_many

ONE_ID = "one id for two things"
LACKING = "a list without what was made"
MADE_BY_NOBODY = "a list with what no accepted request made"
TOTAL = "a total that does not fit its list"
NO_CHANGE = "an accepted change that does not show"
EFFECT = "an effect of a refused request"
BEYOND_LIMIT = "a list of more than was asked for"
UNFILTERED = "a list with what its query leaves out"
# What a list says of how much there is.
_TOTALS = (
    "total", "total_count", "totalCount", "totalElements", "total_items", "totalItems", "count",
)  # fmt: skip
# A list of so many things, or with one of these members, may go on elsewhere.
_PAGE = 10
_GOES_ON = ("next", "next_cursor", "nextCursor", "next_page", "nextPage", "cursor", "has_more")
# Parameters that say which part of a list is meant.
_PAGING = re.compile(
    r"page|limit|offset|cursor|size|per|skip|take|top|start|after|before|since|first|last|next"
    r"|token|max|count|num",
    re.IGNORECASE,
)
# Members that only wrap the thing that a reply is about.
_DEPTH = 2


class Coherence:
    """Follows the replies of a run; `ledger` gets a note of what does not fit."""

    def __init__(self, catalogue: Catalogue, ledger: Ledger) -> None:
        self._catalogue = catalogue
        self._ledger = ledger
        self._lock = threading.Lock()
        # Ours by collection and what is around it, as long as they are there.
        self._ours: dict[str, list[tuple[Entry, Instance]]] = {}
        # The last one of each identity.
        self._named: dict[tuple[str, ...] | None, tuple[Entry, Instance]] = {}
        # By URL, what the first list there named, where it was all of it.
        self._listed: dict[str, set[str]] = {}
        # By URL, the thing there as it was shown last, and what was refused since then.
        self._shown: dict[str, dict[str, Any]] = {}
        self._refused: dict[str, list[dict[str, Any]]] = {}
        # Lists that lack something, with the thing.
        self._lacking: dict[str, tuple[Entry, Instance]] = {}
        # Collections where a create was refused; ever, and since somebody looked.
        self._tried: set[str] = set()
        self._since: set[str] = set()
        # Paths of things of which a change was refused since then.
        self._touched: set[str] = set()

    def made(self, entry: Entry, instance: Instance | None) -> None:
        """Take note of a thing that a request made, or that its reply names once more."""
        if instance is None:
            return
        with self._lock:
            known = self._ours.setdefault(instance.collection, [])
            if not instance.before:
                known.append((entry, instance))
                self._named[instance.identity] = entry, instance
                return
            if entry.case.expect != "accepted" or not self._makes_anew(entry):
                return
            other, thing = self._named.get(instance.identity, (entry, instance))
            if not thing.gone and _differ(other, entry):
                self._ledger.note(ONE_ID, entry)

    def saw(self, operation: Operation, entry: Entry) -> None:
        """Take note of any reply."""
        if entry.outcome not in ("accepted", "refused") or entry.case.credential != "ours":
            return
        with self._lock:
            collection = self._catalogue.made_by(operation.id)
            if collection is not None and entry.outcome == "refused":
                self._tried.add(collection.path)
                self._since.add(collection.path)
            if entry.outcome == "accepted" and self._catalogue.listed_by(operation.id) is not None:
                self._look_at_list(operation, entry)
            elif operation.path.endswith("}"):
                self._look_at_thing(operation, entry)

    def look_again(self, ask: Callable[[str], Entry], until: Callable[..., bool]) -> None:
        """Look at what may show more by now: lists, and things that refused requests were about.

        `ask` sends the least request of an operation, `until` waits for what a look shows. Lists
        that lack what was made are asked as long as that may take. Raises Stopped.
        """
        for name in self._worth_a_look():
            ask(name)
        for name, (_, thing) in list(self._lacking.items()):
            looks: list[Entry] = []

            def shows(name: str = name, looks: list[Entry] = looks) -> bool:
                looks.append(ask(name))
                return name not in self._lacking

            listed = thing.gone or until(f"{name} lists what was made", shows)
            if not listed and looks and looks[-1].outcome == "accepted":
                self._ledger.note(LACKING, looks[-1])
            self._lacking.pop(name, None)

    def _worth_a_look(self) -> list[str]:
        """The operations that may show an effect of what was refused since they were asked."""
        with self._lock:
            tried, self._since = self._since, set()
            changed, self._touched = self._touched, set()
            ours = {f"{path}/{{}}" for path, things in self._ours.items() if things}
        lists = [name for path in tried for name in self._catalogue.collections[path].lists]
        at = [one for path in changed & ours for one in self._catalogue.at(path)]
        safe = [one.id for one in at if one.safe]
        return list(dict.fromkeys([*lists, *safe]))

    def _look_at_list(self, operation: Operation, entry: Entry) -> None:
        collection = self._catalogue.listed_by(operation.id)
        exchange, body = entry.exchange, entry.exchange.json_or_none
        found = items_of(body, collection.noun) if collection is not None else None
        if collection is None or found is None:
            return
        _, items = found
        if exchange.request.query:
            self._look_at_what_was_asked_for(operation, entry, items)
            return
        ids = [{str(name) for name in names_in(item)} for item in items]
        around = tuple(str(value) for value in exchange.request.path.values())
        ours = [
            (made, thing)
            for made, thing in self._ours.get(collection.path, ())
            if thing.context == around
        ]
        known = self._listed.get(exchange.request.url)
        if known is not None and collection.path in self._tried:
            mine = {str(name) for _, thing in ours for name in thing.names.values()}
            if any(not each & (known | mine) for each in ids if each):
                self._ledger.note(MADE_BY_NOBODY, entry)
        total = next((n for n in map(_total, _around_list(body)) if n is not None), None)
        pages = any(_may_part(one, items) for one in operation.located("query"))
        if self._goes_on(entry, body, items) or (pages and total != len(items)):
            # Of a list in pages this may be one; that there are fewer than it shows is odd anyway.
            if total is not None and total < len(items):
                self._ledger.note(TOTAL, entry)
            return
        self._listed.setdefault(exchange.request.url, {name for each in ids for name in each})
        there = [
            (made, thing)
            for made, thing in ours
            if made.case.expect == "accepted" and thing.counted
            if thing.identity is not None and not thing.gone and made.id < entry.id
        ]
        missing = next((o for o in there if not any(_is_in(o[1], each) for each in ids)), None)
        if missing is None:
            self._lacking.pop(operation.id, None)
        else:
            self._lacking.setdefault(operation.id, missing)
        if total is not None and total != len(items):
            self._ledger.note(TOTAL, entry)

    def _look_at_what_was_asked_for(
        self, operation: Operation, entry: Entry, items: list[Any]
    ) -> None:
        """Hold a list against the query that it was asked by: how many, and which ones.

        Of which ones, only what the document lists for a member of the same name tells.
        """
        query = entry.case.value.get("query")
        if entry.case.expect != "accepted" or not isinstance(query, dict):
            return
        for name, value in query.items():
            limits = says_how_many(name, also={"first"})
            if limits and type(value) is int and 0 < value < len(items):
                self._ledger.note(BEYOND_LIMIT, entry)
            if not isinstance(value, str | bool):
                continue
            shown = [item.get(name, value) for item in items if isinstance(item, dict)]
            others = any(type(one) is type(value) and one != value for one in shown)
            if others and _is_told_of_items(operation, name, value):
                self._ledger.note(UNFILTERED, entry)

    def _makes_anew(self, entry: Entry) -> bool:
        """Whether a reply says that a thing is new: it is 201, or the only success."""
        operation = self._catalogue.contract.operations[entry.case.operation]
        successes = [status for status in operation.replies if status.startswith("2")]
        return entry.exchange.status == 201 or len(successes) == 1

    def _goes_on(self, entry: Entry, body: Any, items: list[Any]) -> bool:
        response = entry.exchange.response
        links = response.header("link") if response is not None else None
        if links is not None and "next" in links:
            return True
        return len(items) >= _PAGE or any(
            one.get(name) for one in _around_list(body) for name in _GOES_ON
        )

    def _look_at_thing(self, operation: Operation, entry: Entry) -> None:
        """Hold what is shown of one thing against what it was, and what it was to be."""
        url = entry.exchange.request.url.partition("?")[0]
        sent = entry.exchange.request.body
        if entry.outcome == "refused":
            if isinstance(sent, dict) and operation.method in ("PUT", "PATCH"):
                self._refused.setdefault(url, []).append(sent)
                self._touched.add(self._catalogue.path_of(operation))
            return
        before, now = self._shown.pop(url, None), thing_in(entry.exchange.json_or_none, sent)
        refused = self._refused.pop(url, [])
        if operation.method == "DELETE" or now is None:
            return
        if before is not None and (operation.safe or operation.method == "PATCH"):
            written = sent.keys() if isinstance(sent, dict) else ()
            if any(_shows(one, before, now, written) for one in refused):
                self._ledger.note(EFFECT, entry)
        if before is not None and isinstance(sent, dict) and entry.case.expect == "accepted":
            wanted = {name for name in sent.keys() & before.keys() if sent[name] != before[name]}
            if any(now.get(name, ABSENT) == before[name] for name in wanted):
                self._ledger.note(NO_CHANGE, entry)
        self._shown[url] = now


def _differ(one: Entry, other: Entry) -> bool:
    """Whether two creates asked for two things: 201 says so, else no value of both is the same."""
    first, second = one.exchange.request.body, other.exchange.request.body
    if other.exchange.status == 201 or not isinstance(first, dict) or not isinstance(second, dict):
        return bool(first != second)
    return all(first[name] != second[name] for name in first.keys() & second.keys())


def _is_told_of_items(operation: Operation, name: str, value: str | bool) -> bool:
    """Whether the document says of a member of what is listed that it may have just this value."""
    told = (c.message.place for reply in operation.replies.values() for c in reply.contents)
    for place in told:
        for one in place.walk():
            if one.pointer.endswith(f"/*/{escape(name)}"):
                is_boolean = isinstance(value, bool) and one.allowed_types <= {"boolean", "null"}
                return is_boolean or value in (listed_values(one) or ())
    return False


def _is_in(thing: Instance, names: set[str]) -> bool:
    """Whether an item of a list with these values is a thing: it has its name, or all it showed."""
    if thing.identity is not None and thing.identity[-1] in names:
        return True
    told = {
        str(v) for e, v in thing.names.items() if e.startswith("$response") and OF_PATH not in e
    }
    return bool(told) and told <= names


def thing_in(body: Any, like: Any) -> dict[str, Any] | None:
    """The thing that a reply shows: its object, without an envelope."""
    for _ in range(_DEPTH):
        if not isinstance(body, dict):
            return None
        inner = [value for value in body.values() if isinstance(value, dict)]
        if len(inner) != 1 or (isinstance(like, dict) and like.keys() & body.keys()):
            return body
        body = inner[0]
    return body if isinstance(body, dict) else None


def _shows(
    refused: dict[str, Any], before: dict[str, Any], now: dict[str, Any], written: Collection[str]
) -> bool:
    """Whether a thing has by now what it was refused, and had not before; `written` is new anyway.

    What is no member of it yet may be one by now.
    """
    return any(
        name not in written and now.get(name, ABSENT) == value != before.get(name, ABSENT)
        for name, value in refused.items()
    )


def _may_part(parameter: Parameter, items: list[Any]) -> bool:
    """Whether a list may be but a part of all without that parameter.

    What is called like a member of what is listed picks some of it, where it is sent.
    """
    shown = {name for item in items if isinstance(item, dict) for name in item}
    if parameter.name in shown or not items:
        stated = parameter.message.schema.document
        return "default" in stated or _PAGING.search(parameter.name) is not None
    return True


def _around_list(body: Any) -> list[dict[str, Any]]:
    """The objects of a reply that may say something of its list."""
    if not isinstance(body, dict):
        return []
    return [body, *(value for value in body.values() if isinstance(value, dict))]


def _total(around: dict[str, Any]) -> int | None:
    counts = (around.get(name) for name in _TOTALS)
    return next((n for n in counts if isinstance(n, int) and not isinstance(n, bool)), None)
