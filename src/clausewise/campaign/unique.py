"""Members that have to be unique: told by a refused second use, and given fresh values since."""

from __future__ import annotations

import re
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from itertools import count
from math import log2
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from clausewise.contract import MessagePart, Operation, Parameter
from clausewise.contract.requests import BODY
from clausewise.judge.refusals import says_taken
from clausewise.links.destroying import name_words
from clausewise.pack.settings import Settings
from clausewise.plan.case_values import is_about, value_at, with_value
from clausewise.plan.cases import Case
from clausewise.pointer import ABSENT, escape, look
from clausewise.record.ledger import Entry
from clausewise.values.fresh import keeps_place, renewed

# Members whose values usually have to be unique.
_NAMING = frozenset(
    {
        "alias", "code", "domain", "email", "handle", "host", "id", "identifier", "isbn", "key",
        "login", "mail", "name", "nickname", "number", "phone", "sku", "slug", "title", "user",
        "username", "uuid",
    }
)  # fmt: skip
# The header whose value stands for one request and its repetitions, by any of its names
# (draft-ietf-httpapi-idempotency-key-header): with another body it is refused.
_ONE_REQUEST = re.compile(r"^(?:x-)?idempotency-?(?:key|token)$", re.IGNORECASE)
_FORMATS = frozenset({"email", "idn-email", "uuid"})
_DEPTH = 2
# So often it is tried in vain whether an operation that refuses in one way wants fresh values.
MOST_IN_VAIN = 2
# So often another value is drawn where one was sent before: of a single letter there are few.
_MOST_DRAWN = 100
# Of so many bits that were drawn nobody else draws the same.
_OF_ITS_OWN = 32
# What is neither a letter nor a digit.
_BETWEEN = re.compile(r"[\W_]+")
# What is read of an error's text.
_MOST_READ = 4096

# How an operation refuses: its status, and whether it says that a value is in use.
_Refusal = tuple[str, int | None, bool]


def is_naming(name: str) -> bool:
    """Whether the values of a member of this name usually have to be unique."""
    words = name_words(name)
    return bool(words) and words[-1] in _NAMING


def keys_of_requests(operation: Operation) -> list[Parameter]:
    """The headers of an operation whose value is another one in every request."""
    headers = operation.located("header")
    return [parameter for parameter in headers if _ONE_REQUEST.match(parameter.name)]


class Uniques:
    """Which members of which operations get fresh values in every request."""

    def __init__(
        self, settings: Settings, leased: Mapping[str, str], preparing: threading.RLock
    ) -> None:
        """`leased` are the members that get a resource of their own anyway, by operation.

        `preparing` is held while something is sent for others.
        """
        self._run = uuid4() if settings.base_url is not None else UUID(int=0)
        self._leased = leased
        self._members: dict[str, tuple[str, ...]] = {}
        self._in_vain: Counter[_Refusal] = Counter()
        # By operation, what it was sent in members that usually are unique, and how often.
        self._sent: defaultdict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
        # By operation, the fresh values that it was given.
        self._given: dict[str, set[tuple[str, str]]] = {}
        # The letters and digits of those that nobody else comes upon.
        self._drawn: set[str] = set()
        self._serving: set[str] = set()
        # By operation, the members that may have to be unique, and those that usually are: their
        # pointers in the body, and in the whole request.
        self._possibly: dict[str, list[_UniqueMember]] = {}
        self._usually: dict[str, list[tuple[str, str]]] = {}
        self._keys: dict[str, list[Parameter]] = {}
        self._numbers = count(1)
        self._lock = threading.Lock()
        self._preparing = preparing

    def members(self, operation: str) -> tuple[str, ...]:
        """The pointers of the members that turned out to be unique."""
        return self._members.get(operation, ())

    def applied(self, operation: Operation, case: Case) -> Case:
        """The case with a fresh value for each unique member that it has and is not about."""
        return self._renewed(operation, case, self.members(operation.id))

    def as_one_request(self, operation: Operation, case: Case) -> Case:
        """The case with an idempotency key that no other request has, where it has one."""
        keys = self._keys.get(operation.id)
        if keys is None:
            keys = self._keys[operation.id] = keys_of_requests(operation)
        for parameter in keys:
            at = f"/{escape(parameter.name)}"
            case = self._fresh(operation, case, parameter.message, "header", at)
        return case

    def worth_a_trial(self, operation: Operation, entry: Entry) -> bool:
        """Whether a request may have been refused since a value of it was in use."""
        case = entry.case
        # A step of a rule is about what was sent before it.
        ours = case.expect != "refused" and case.kind != "scenario" and case.group is None
        if not ours or operation.safe or operation.body is None:
            return False
        return says_taken(entry.exchange.response, entry.outcome) or (
            entry.outcome == "refused" and self._used(operation, case)
        )

    def sending(self, operation: Operation, case: Case) -> None:
        """Remember what a request is about to have in members that usually are unique."""
        if operation.body is not None and not operation.safe:
            with self._lock:
                sent = self._sent[operation.id]
                for value in self._usual(operation, case):
                    sent[value] += 1

    def has_others(self, operation: Operation) -> None:
        """Give an operation fresh values from now on: it answers with what others have made."""
        if operation.id not in self._members and operation.body is not None:
            possible = self._possible(operation)
            naming = tuple(m.pointer for m in possible if m.formatted or m.named)
            self._members[operation.id] = naming or tuple(m.pointer for m in possible)

    def served(self, operation: str) -> None:
        """Take note that an operation accepts something, and so need not refuse all that comes."""
        self._serving.add(operation)

    def _used(self, operation: Operation, case: Case) -> bool:
        """Whether another request had a value of this one where it may have to be new.

        It may be under way still: which one of the two comes first, nobody knows.
        """
        if operation.id not in self._serving:
            return False
        sent = self._sent[operation.id]
        return any(sent[value] > 1 for value in self._usual(operation, case))

    def _usual(self, operation: Operation, case: Case) -> set[tuple[str, str]]:
        """The values of a request in members that usually are unique, by their pointers."""
        usually = self._usually.get(operation.id)
        if usually is None:
            members = self._possible(operation)
            told = [m.pointer for m in members if m.formatted or m.named]
            usually = self._usually[operation.id] = [(at, f"/{BODY}{at}") for at in told]
        values = [(at, look(case.value, whole)) for at, whole in usually]
        return {(at, str(value)) for at, value in values if value and isinstance(value, str | int)}

    def _possible(self, operation: Operation) -> list[_UniqueMember]:
        if operation.id not in self._possibly:
            self._possibly[operation.id] = _members_of(operation)
        return self._possibly[operation.id]

    def tried(
        self,
        operation: Operation,
        taken: Entry,
        send: Callable[[Case], Entry],
        explained: dict[int, str],
    ) -> Entry:
        """What came of a refused request with fresh values, if it was the values for certain.

        Refusals that are explained by that are noted in `explained`. Raises Stopped.
        """
        with self._preparing:
            for retried, members in self._another(operation, taken):
                entry = send(retried)
                if entry.outcome != "accepted":
                    continue
                if not self.members(operation.id):
                    # Perhaps it refuses now and then, whatever the values are: what was accepted
                    # just now has to be refused when it is sent again.
                    checked = send(retried)
                    if checked.outcome != taken.outcome:
                        break
                    explained[checked.id] = _in_use(entry)
                    self._learn(taken, members)
                explained[taken.id] = _in_use(entry)
                return entry
            self._learn(taken, None)
            return taken

    def _another(
        self, operation: Operation, entry: Entry
    ) -> Iterator[tuple[Case, tuple[str, ...]]]:
        """The case of a refused entry with fresh values, and of which members, likeliest first."""
        if self._in_vain[_refusal(entry)] >= MOST_IN_VAIN:
            return
        known = self._members.get(operation.id)
        leased = self._leased.get(operation.id)
        tried: list[tuple[str, ...]] = []
        for guess in [known] if known else _plausible(self._possible(operation), entry):
            members = tuple(at for at in guess if at != leased)
            fresh = self._renewed(operation, entry.case, members)
            if fresh is not entry.case and members not in tried:
                tried.append(members)
                yield fresh, members

    def _learn(self, refused: Entry, members: tuple[str, ...] | None) -> None:
        """Take note of the members that have to be unique, or that it was not for its values.

        A refusal for something else says nothing of one that tells of a value in use.
        """
        operation = refused.case.operation
        if members is not None:
            self._members[operation] = members
        elif operation not in self._members:
            self._in_vain[_refusal(refused)] += 1

    def _renewed(self, operation: Operation, case: Case, members: tuple[str, ...]) -> Case:
        if operation.body is not None:
            for pointer in members:
                case = self._fresh(operation, case, operation.body, "request", pointer)
        return case

    def _fresh(
        self, operation: Operation, case: Case, message: MessagePart, part: str, pointer: str
    ) -> Case:
        """The case with a fresh value at a place of a part, where it has it and is not about it."""
        value = value_at(case, part, pointer)
        if value is ABSENT or is_about(case, part, pointer):
            return case
        inside = pointer if part == "request" else ""
        lawful = keeps_place(message, inside)
        fresh = None
        for _ in range(_MOST_DRAWN):
            fresh = renewed(value, (self._run, case.id, next(self._numbers)), lawful)
            if fresh is None:
                return case
            if self._is_new(operation, pointer, fresh):
                break
        return with_value(operation, case, part, pointer, fresh, keeps_level=True)

    def drew(self, text: str) -> bool:
        """Whether this run alone can have come upon a text: it drew it, among very many others.

        How it is spelt does not matter. In this process nothing is drawn by chance.
        """
        return self._run.int != 0 and bool(self._drawn) and letters_of(text) in self._drawn

    def _is_new(self, operation: Operation, pointer: str, value: Any) -> bool:
        """Whether an operation was sent no such value at a place before; it will be now."""
        with self._lock:
            sent = self._sent[operation.id]
            given = self._given.setdefault(operation.id, set())
            known = (pointer, str(value))
            if known in given or sent[known]:
                return False
            given.add(known)
            # The domain of an e-mail address stays.
            if isinstance(value, str) and _bits_of(value.partition("@")[0]) >= _OF_ITS_OWN:
                self._drawn.add(letters_of(value))
            return True


def letters_of(text: str) -> str:
    """The letters and digits of a text, small: what stays of it however it is spelt."""
    return _BETWEEN.sub("", text.casefold())


def _bits_of(text: str) -> float:
    """How much chance is in a fresh text: all its letters and digits were drawn, or ten."""
    return sum(log2(10 if c.isdigit() else 26) for c in text if c.isascii() and c.isalnum())


def _in_use(entry: Entry) -> str:
    return f"a value was in use already: with fresh ones it was accepted (exchange {entry.id})"


def _refusal(entry: Entry) -> _Refusal:
    return (
        entry.case.operation,
        entry.exchange.status,
        says_taken(entry.exchange.response, entry.outcome),
    )


class _UniqueMember(NamedTuple):
    """A member of a body that may have to be unique, and what of it says that it usually is."""

    pointer: str
    name: tuple[str, ...]
    formatted: bool
    named: bool


def _members_of(operation: Operation) -> list[_UniqueMember]:
    """The members of a body that may have to be unique, in document order."""
    assert operation.body is not None
    found = []
    for place in operation.body.place.walk():
        at = place.pointer
        promises = {promise.keyword: promise.value for promise in place.assertions}
        if (
            0 < at.count("/") <= _DEPTH
            and "*" not in at
            and not {"enum", "const"} & promises.keys()
        ):
            name = name_words(at.rpartition("/")[2])
            named = is_naming(at.rpartition("/")[2])
            found.append(_UniqueMember(at, name, promises.get("format") in _FORMATS, named))
    return found


def _plausible(members: list[_UniqueMember], entry: Entry) -> Iterator[list[str]]:
    """The members of a body that may have to be unique, in guesses.

    Those that the server names, those whose format or name says so, and every text.
    """
    response = entry.exchange.response
    said = response.text(_MOST_READ) if response else ""
    spoken = set(name_words(said))
    told, formatted, named, texts = [], [], [], []
    for member in members:
        at = member.pointer
        value = value_at(entry.case, "request", at)
        if isinstance(value, bool) or not isinstance(value, str | int) or not value:
            continue
        if member.name and spoken.issuperset(member.name):
            told.append(at)
        if member.formatted:
            formatted.append(at)
        if member.named:
            named.append(at)
        if isinstance(value, str):
            texts.append(at)
    yield from (guess for guess in (told, formatted, named, texts) if guess)
