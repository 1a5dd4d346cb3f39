"""Given out: creates that answer with what was there before, and so may name things of others.

One that makes things with 201 says by 200 that it gave one out. Where all come with 200, nothing
tells until one request was sent twice: another thing each time was made, the same was given out.
"""

from __future__ import annotations

from collections.abc import Callable

from clausewise.exchange import Request
from clausewise.judge.refusals import says_taken, speaks_of_the_moment
from clausewise.links.catalogue import Catalogue
from clausewise.links.items import names_anywhere
from clausewise.links.seen import Instance, ranked
from clausewise.record.ledger import Entry

_OK, _MADE = 200, 201
# An odd text that is longer nobody else comes upon.
_ODD = 8


class GivenOut:
    """Tells what creates made from what they gave out."""

    def __init__(self, catalogue: Catalogue, drew: Callable[[str], bool]) -> None:
        """`drew` says whether nobody but this run can have come upon a text."""
        self._catalogue = catalogue
        self._drew = drew
        # The operations that made things with 201, and what others answered with, with 200.
        self._with_201: set[str] = set()
        self._with_200: dict[str, list[Instance]] = {}
        # By operation and request, what it was answered with first.
        self._first: dict[str, dict[_Asked, Instance]] = {}
        # The operations that are known to make things with 200, and those that give them out.
        self._make: set[str] = set()
        self._give_out: set[str] = set()

    def is_given_out(self, entry: Entry, thing: Instance) -> bool:
        """Whether a create gave out what was there: with 200, where it makes things with 201.

        What it has given out before that was known is taken for one that was there from now on.
        """
        operation, status = entry.case.operation, entry.exchange.status
        given = self._with_200.setdefault(operation, [])
        if status == _MADE:
            self._with_201.add(operation)
            for one in given:
                one.before, one.made = True, False
            given.clear()
        elif status == _OK and thing.source == operation:
            if operation in self._with_201:
                return True
            given.append(thing)
            if any(name.startswith("$request.path.") for name in thing.names):
                return False  # what a request named itself is known to be new
            if operation not in self._make:
                odd = entry.case.kind == "odd"
                texts = _texts(entry.exchange.request)
                thing.unsure = not any(self._drew(t) or (odd and len(t) > _ODD) for t in texts)
                self._compare(operation, entry.exchange.request, thing)
        return False

    def refused(self, entry: Entry) -> None:
        """Take note of a refusal: where what was asked for before is taken by now, it was made.

        What is refused for another reason (a quota, a limit of the hour) tells nothing.
        """
        response = entry.exchange.response
        if not says_taken(response, entry.outcome) or speaks_of_the_moment(response):
            return
        operation, known = entry.case.operation, self._first.get(entry.case.operation, {})
        first = known.get(_asked(entry.exchange.request))
        if first is not None and not first.gone:
            self._makes(operation)

    def undecided(self, operation: str) -> bool:
        """Whether nothing tells yet what an operation does: one more request would."""
        unsure = any(one.unsure and not one.gone for one in self._with_200.get(operation, ()))
        return unsure and operation not in self._give_out

    def gives_out(self, operation: str) -> bool:
        """Whether an operation is known to answer with what is there already."""
        return operation in self._give_out

    def may_be_theirs(self, thing: Instance) -> bool:
        """Whether a thing may have been there: it came of what gives things out."""
        return thing.unsure and thing.source in self._give_out

    def _compare(self, operation: str, request: Request, thing: Instance) -> None:
        """Hold what a request was answered with against what the very same one was before."""
        first = self._first.setdefault(operation, {}).setdefault(_asked(request), thing)
        if first is thing or first.gone:
            return
        called, before = self._called(thing), self._called(first)
        if called is None or before is None:
            called, before = _told(thing), _told(first)
            if called == before:
                return  # nothing of it tells one from another
        if called == before:
            self._give_out.add(operation)
        else:
            self._makes(operation)

    def _makes(self, operation: str) -> None:
        if operation not in self._give_out:
            self._make.add(operation)
            for one in self._with_200.get(operation, ()):
                one.unsure = False

    def _called(self, thing: Instance) -> object:
        """What a reply says that a thing goes by; None where it does not."""
        if thing.identity is not None:
            return thing.identity
        for operation in self._catalogue.things_at(thing.collection)[:1]:
            for need in self._catalogue.path_needs(operation.id)[-1:]:
                for expression, value in ranked(need, thing):
                    if expression.startswith("$response"):
                        return value
        return None


def _told(thing: Instance) -> dict[str, object]:
    """What a reply says of a thing that can be a name."""
    return {name: value for name, value in thing.names.items() if name.startswith("$response")}


# What was asked: the URL and the content.
_Asked = tuple[str, bytes | None]


def _asked(request: Request) -> _Asked:
    return request.url, request.content


def _texts(request: Request) -> list[str]:
    """The texts that a request has, beside its path."""
    found = [*names_anywhere(request.body), *names_anywhere(dict(request.query))]
    return [value for _, value in found if isinstance(value, str)]
