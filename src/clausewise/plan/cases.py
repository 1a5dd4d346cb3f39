"""Cases: what a plan asks a target, and how each one came about."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any, Literal, get_args

from msgspec import Struct, field
from msgspec.structs import replace

from clausewise.contract import Operation
from clausewise.contract.requests import BODY, Encoded, RequestCodec
from clausewise.errors import UsageError
from clausewise.pointer import ABSENT, look, put
from clausewise.values.fresh import renewed
from clausewise.values.values import Level

Expect = Literal["accepted", "refused", "either"]
Kind = Literal[
    "example", "pairs", "odd", "search", "negative", "transport", "rule", "control", "supply",
    "scenario",
]  # fmt: skip
# Of several that go together, one is missing. Of the near misses, `longer` and `other case` change
# the secret, `bare` leaves its word out. Of the documented alternatives, one is carried alone.
Missing = Literal["first missing", "second missing", "third missing"]
Alone = Literal["first alone", "second alone", "third alone", "fourth alone"]
Credential = Literal[
    "ours", "none", "wrong", Missing, Alone, "longer", "other case", "bare", "other user"
]
MISSING: tuple[Missing, ...] = get_args(Missing)
ALONE: tuple[Alone, ...] = get_args(Alone)
# Kinds of requests that the contract says are accepted, and that diagnosis learns from.
LAWFUL: tuple[Kind, ...] = ("example", "pairs", "odd", "search")
# What tells a request that is sent again from the planned one: asked again about what looks like a
# finding, twice to see whether the answer is the same, once more since it failed on the way.
AGAIN, TWICE, ONCE_MORE = "again", "twice", "once-more"
_MARK = re.compile(rf"/({AGAIN}-\d+|{TWICE}|{ONCE_MORE})$")


class Change(Struct, frozen=True):
    """What a negative does to a lawful request: the value at a pointer; ABSENT takes it out."""

    at: str
    value: Any


class Case(Struct, frozen=True):
    """One planned request.

    `id` is stable and readable. A refused-expected case breaks exactly the clauses it `probes`
    (one, but for rules); an accepted-expected one leans on the clauses of its levels. `value` is
    the request as one object `{path, query, header, cookie, body}`; what a request does not have
    is not there. `levels` is the lawful value it was made of, `change` what was then done to it.

    `content`, `content_type` and `query` are sent in place of what the value would be written as;
    `media_range` names the documented content of its body, where it is not the first. `pinned` are
    pointers whose values stay as they are: everything else may be filled in when it is sent, with
    ids of a resource, a supply or a profile. `needs` names a supply and the state it has to be in.
    Cases of one `group` are sent in order, one at a time, and lease the same resources.
    """

    id: str
    operation: str
    kind: Kind
    expect: Expect
    label: str
    probes: tuple[str, ...] = ()
    value: Mapping[str, Any] = field(default_factory=dict)
    content: bytes | None = None
    content_type: str | None = None
    query: str | None = None
    media_range: str | None = None
    needs: tuple[str, str | None] | None = None
    credential: Credential = "ours"
    levels: Mapping[str, Level] = field(default_factory=dict)
    change: Change | None = None
    group: str | None = None
    pinned: frozenset[str] = frozenset()

    @property
    def body(self) -> Any:
        """The body's value, or ABSENT."""
        return self.value.get(BODY, ABSENT)

    def part(self, name: str) -> Mapping[str, Any]:
        """The values of one part that is made of parameters, by name."""
        values: Mapping[str, Any] = self.value.get(name) or {}
        return values

    def is_pinned(self, pointer: str) -> bool:
        """Whether the value at a pointer is what this case is about."""
        about = self.about
        return bool(about) and any(f"{at}/".startswith(f"{pointer}/") for at in about)

    @property
    def about(self) -> Collection[str]:
        """The pointers of what it is about: what is pinned, and what was changed."""
        return self.pinned if self.change is None else (self.change.at, *self.pinned)

    @property
    def labels(self) -> set[tuple[str, str]]:
        """The value classes of what the request has, each with its pointer."""
        return {(at, level.label) for at, level in self.levels.items() if level.value is not ABSENT}

    def at(self, pointer: str) -> Any:
        """The value at a pointer of the request, or ABSENT."""
        return look(self.value, pointer)


def renamed(name: str, old: str, new: str) -> str:
    """The id of a case or a clause of one operation, for another operation."""
    return f"{new}{name.removeprefix(old)}"


def moved_case(case: Case, old: str, new: str) -> Case:
    """A case of one operation, for another one of the same shape."""
    if old == new:
        return case
    probes = tuple(renamed(name, old, new) for name in case.probes)
    return replace(case, id=renamed(case.id, old, new), operation=new, probes=probes)


class Unsupplied(Exception):  # noqa: N818  # an outcome: what needs it is inconclusive
    """A case cannot be sent since what it needs is not there; `str()` says why."""


class MissingValueError(UsageError):
    """A request cannot be made, since a parameter has no value; `str()` says which."""


def codec_of(operation: Operation, case: Case) -> RequestCodec:
    """How a case's request goes over the wire."""
    if case.media_range is None:
        return operation.codec
    known = (c for c in operation.contents if c.media_range == case.media_range)
    return operation.codec_of(next(known, None))


def encoded_case(
    operation: Operation, case: Case, value: Mapping[str, Any] | None = None
) -> Encoded:
    """The wire form of a case, or of another value in its place.

    Raises ValueError for a value that has none; no plan has such a case.
    """
    codec = codec_of(operation, case)
    value = case.value if value is None else value
    written = codec.written(value)
    if written is None:
        raise ValueError(f"{case.id} has a value that cannot be written: {value!r}")
    if case.content is None and case.content_type is None and case.query is None:
        return written
    content, content_type = written.content, written.content_type
    if case.content is not None:
        content, content_type = case.content, codec.content_type
    if content is not None and case.content_type is not None:
        content_type = case.content_type
    return Encoded(
        written.path,
        case.query if case.query is not None else written.query,
        written.headers,
        written.cookies,
        content,
        content_type,
    )


def content_of(operation: Operation, case: Case) -> bytes | None:
    """The bytes of a case's body alone; None for no body."""
    codec = codec_of(operation, case)
    if case.content is not None or case.body is ABSENT or codec.body is None:
        return case.content
    return codec.body.encode(case.body)


def with_query(path: str, query: str) -> str:
    """A path with its query, if there is one."""
    return f"{path}?{query}" if query else path


def planned_id(name: str) -> tuple[str, bool]:
    """The id of the planned case that a request was for, and whether it was asked again."""
    asked_again = False
    while (mark := _MARK.search(name)) is not None:
        name = name[: mark.start()]
        asked_again = asked_again or mark[1] != ONCE_MORE
    return name, asked_again


def again(case: Case, mark: str, leased: str | None) -> Case:
    """The same request as a case of its own, about a resource of its own.

    `mark` tells it from others of its kind; `leased` points at the resource's id in the request.
    """
    name, group = f"{case.id}/{mark}", case.group and f"{case.group}/{mark}"
    value = case.value
    held = case.at(leased) if leased else ABSENT
    if leased and not case.is_pinned(leased) and isinstance(held, str):
        value = put(value, leased, renewed(held, group or name, lambda other: True))
    return replace(case, id=name, value=value, group=group)
