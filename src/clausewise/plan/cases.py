"""Cases: planned requests, what the contract says of each, and what each one probes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from clausewise.plan.values import Level, stable_uuid
from clausewise.pointer import ABSENT, look, put

Expect = Literal["accepted", "refused", "either"]
Kind = Literal[
    "example", "pairs", "search", "negative", "transport", "rule", "control", "supply", "scenario"
]
Part = Literal["request", "query"]
JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Change:
    """What a negative does to a lawful body: the value at a pointer, or ABSENT to take it out."""

    at: str
    value: Any


@dataclass(frozen=True, slots=True)
class Case:
    """One planned request.

    `id` is stable and readable. A refused-expected case breaks exactly the clauses it `probes`
    (one, but for rules); an accepted-expected one leans on the clauses of its levels. `levels`
    is the lawful value it was made of, `change` what was then done to it. `part` says what is
    varied: the body (`request`), or the `query` of an operation without one. `content` is sent as
    it is, the body's bytes or the query; `value` is what it says, or ABSENT. `query` are further
    query parameters, beside a body; `path` are path parameters of its own. `needs` names a supply
    and the state it has to be in. Cases of one `group` are sent in order, one at a time, and lease
    the same resources.
    """

    id: str
    operation: str
    kind: Kind
    expect: Expect
    label: str
    probes: tuple[str, ...] = ()
    part: Part = "request"
    value: Any = ABSENT
    content: bytes | None = None
    media_type: str | None = JSON
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)
    needs: tuple[str, str | None] | None = None
    credential: Literal["ours", "none", "wrong"] = "ours"
    levels: Mapping[str, Level] = field(default_factory=dict)
    change: Change | None = None
    group: str | None = None


class Unsupplied(Exception):  # noqa: N818  # an outcome: what needs it is inconclusive
    """A case cannot be sent since what it needs is not there; `str()` says why."""


_encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def encode(body: Any) -> bytes:
    """A body as it goes over the wire: UTF-8, nothing escaped that need not be."""
    return _encoder.encode(body).encode("utf-8")


def again(case: Case, mark: str, leased: str | None) -> Case:
    """The same request as a case of its own, about a resource of its own.

    `mark` tells it from others of its kind; `leased` points at the resource's id in the value.
    """
    name, group = f"{case.id}/{mark}", case.group and f"{case.group}/{mark}"
    value = case.value
    changed = case.change.at if case.change else None
    if leased and leased != changed and isinstance(look(value, leased), str):
        value = put(value, leased, stable_uuid(group or name))
    return replace(case, id=name, value=value, group=group)
