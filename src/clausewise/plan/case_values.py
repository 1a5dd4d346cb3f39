"""Values of a case, by part and pointer: putting one there, and whether the case is about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from msgspec.structs import replace

from clausewise.contract import Operation
from clausewise.contract.ids import read_id
from clausewise.contract.requests import BODY
from clausewise.pack.credentials import Login
from clausewise.pack.given import GivenValue
from clausewise.plan.cases import Case, codec_of
from clausewise.pointer import ABSENT, escape, look, put, steps_of
from clausewise.values.values import Level


def pointer_within(part: str, pointer: str) -> str:
    """The pointer into a whole request, of a part of clauses' ids and a pointer in it."""
    return f"/{BODY if part == 'request' else part}{pointer}"


def with_value(
    operation: Operation,
    case: Case,
    part: str,
    pointer: str,
    value: Any,
    *,
    add: bool = False,
    keeps_level: bool = False,
) -> Case:
    """The case with a value at a place, where it has the place and is not about it.

    `add` puts it there too where only the last step of the pointer is missing; `keeps_level` says
    that the value stands where the planned one stood: at the same limits.
    """
    at = pointer_within(part, pointer)
    # What is sent in place of a value's own form says something else anyway.
    replaced = case.content if part == "request" else case.query if part == "query" else None
    if is_about(case, part, pointer) or replaced is not None:
        return case
    whole = dict(case.value)
    if add and part != "request":
        whole.setdefault(part, {})
    changed = _placed(whole, at, value, add)
    if changed is None or codec_of(operation, case).written(changed) is None:
        return case
    levels = dict(case.levels)
    for factor in levels:
        if _matches(at, factor) and (add or levels[factor].value is not ABSENT):
            # What is sent in a planned value's stead leans on its type alone.
            keyword = levels[factor].keyword if keeps_level else "type"
            levels[factor] = Level(levels[factor].label, value, keyword)
    change = case.change
    if change is not None and at.startswith(f"{change.at}/"):
        within = _placed(change.value, at.removeprefix(change.at), value, add)
        change = change if within is None else replace(change, value=within)
    return replace(case, value=changed, levels=levels, change=change)


def with_given(operation: Operation, case: Case, given: Iterable[GivenValue]) -> Case:
    """The case with what the user gave for its query and its body."""
    for one in given:
        if one.part != "path" and one.is_for(operation.id):
            case = with_value(operation, case, one.part, one.pointer, one.value, add=True)
    return case


def with_login(operation: Operation, case: Case, login: Login) -> Case:
    """The case with what a log-in is asked with, where it is one of that operation.

    Not where it is about some of that: a wrong password beside a right name may lock its user out.
    """
    if operation.id != login.operation or any(is_about(case, *at) for *at, _ in login.values):
        return case
    for part, pointer, value in login.values:
        case = with_value(operation, case, part, pointer, value, add=True)
    return case


def value_at(case: Case, part: str, pointer: str) -> Any:
    """What a case has at a place, or ABSENT."""
    return look(case.value, pointer_within(part, pointer))


def is_about(case: Case, part: str, pointer: str) -> bool:
    """Whether a case probes what stands at, in or around a place."""
    if case.kind == "scenario":
        return True
    at = pointer_within(part, pointer)
    around = [one for one in case.about if one and f"{at}/".startswith(f"{one}/")]
    if case.is_pinned(at) or any(one == at or not _is_of_names(case, one) for one in around):
        return True
    return case.expect == "refused" and any(
        f":{part}#{pointer}:" in probe or f":{part}#{pointer}/" in probe for probe in case.probes
    )


# Keywords that ask which members an object has, and nothing of their values.
_OF_NAMES = frozenset(
    {"additionalProperties", "unevaluatedProperties", "propertyNames", "dependentRequired"}
    | {"minProperties", "maxProperties"}
)


def _is_of_names(case: Case, at: str) -> bool:
    """Whether a case is about which members the object at a pointer has, whatever they are."""
    change = case.change
    if change is None or change.at != at or at in case.pinned or not isinstance(change.value, dict):
        return False
    return bool(case.probes) and all(read_id(one).keyword in _OF_NAMES for one in case.probes)


def pinned_names(case: Case) -> set[str]:
    """The path parameters whose values are what a case is about."""
    if not case.about:
        return set()
    return {name for name in case.part("path") if case.is_pinned(f"/path/{escape(name)}")}


def _matches(pointer: str, at: str) -> bool:
    pattern, steps = steps_of(pointer), steps_of(at)
    return len(pattern) == len(steps) and all(
        p in ("*", s) for p, s in zip(pattern, steps, strict=True)
    )


def _placed(whole: Any, pointer: str, value: Any, add: bool) -> Any:
    """The value with another one wherever the pointer leads to; None where that is nowhere."""
    places = list(_places(whole, steps_of(pointer), "", add))
    for at in places:
        whole = put(whole, at, value)
    return whole if places else None


def _places(whole: Any, steps: list[str], at: str, add: bool) -> Iterator[str]:
    if not steps:
        yield at
        return
    first, *rest = steps
    if isinstance(whole, list) and first == "*":
        for index, inner in enumerate(whole):
            yield from _places(inner, rest, f"{at}/{index}", add)
    elif isinstance(whole, dict):
        names = list(whole) if first == "*" else [first] if first in whole else []
        for name in names:
            yield from _places(whole[name], rest, f"{at}/{escape(name)}", add)
        if not names and not rest and add and first != "*":
            yield f"{at}/{escape(first)}"
