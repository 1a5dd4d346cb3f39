"""Demands: a member that a server wants, and that the document does not ask for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any, NamedTuple
from urllib.parse import quote

from msgspec.structs import replace

from clausewise.contract.requests import BODY
from clausewise.diagnosis.words import in_small, named_in, words_of
from clausewise.plan.cases import Case, encoded_case
from clausewise.plan.plan import OperationPlan
from clausewise.pointer import escape, put, unescape
from clausewise.record.ledger import Entry
from clausewise.values.finding import values_found

# So many members that refusals name are tried, each with a text and with a number; and so many that
# are `readOnly`.
MOST = 2
VALUES = ("x", 1)
MOST_DEMANDS = MOST * len(VALUES) + MOST


class Demand(NamedTuple):
    """A member that is wanted, and why that is strict."""

    name: str
    why: str


def demand_of(
    plan: OperationPlan, entries: Sequence[Entry], send: Callable[[Case], Entry]
) -> Demand | None:
    """What lawful requests are refused for, though they need not have it; None for nothing known.

    It is believed once a request that has it gets another answer.
    """
    refused = [entry for entry in entries if entry.outcome == "refused"]
    if not refused:
        return None
    return _named(plan, refused, send) or _of_replies(plan, refused, send)


def _of_replies(
    plan: OperationPlan, refused: Sequence[Entry], send: Callable[[Case], Entry]
) -> Demand | None:
    """A member that is `readOnly`, and without which nothing is accepted."""
    body = plan.operation.body
    members = body.place.members if body is not None else {}
    marked = {name: one for name, one in members.items() if one.notes.get("readOnly") is True}
    for name, place in islice(marked.items(), MOST):
        value = next(iter(values_found(place)), None)
        case = _with(plan, refused[0].case, name, value) if value is not None else None
        if case is not None and send(case).outcome == "accepted":
            return Demand(name, "which is `readOnly` in the document: no request need have it")
    return None


def _named(
    plan: OperationPlan, refused: Sequence[Entry], send: Callable[[Case], Entry]
) -> Demand | None:
    """What every refusal says is missing, where no document speaks of it."""
    wanted = set.intersection(*({n.lower() for n in _missing(entry)} for entry in refused))
    documented = {unescape(at.rpartition("/")[2]).lower() for at in plan.model.factors}
    documented |= {scheme.parameter.lower() for scheme in plan.operation.schemes}
    names = [name for name in _missing(refused[0]) if name.lower() in wanted - documented]
    # Frameworks that read small names may tell of capital ones.
    spelt = [form for name in names[:MOST] for form in dict.fromkeys((in_small(name), name))]
    for name in spelt:
        for value in VALUES:
            case = _with(plan, refused[0].case, name, value)
            if case is None:
                continue
            tried = send(case)
            missing = {one.lower() for one in _missing(tried)}
            heard = tried.outcome == "refused" and name.lower() not in missing
            if tried.outcome == "accepted" or heard:
                words = words_of(refused[0].exchange.response)
                return Demand(name, f"and the document does not say so; it says: {words}")
    return None


def _missing(entry: Entry) -> list[str]:
    return [one.name for one in named_in(entry.exchange.response) if one.missing]


def _with(plan: OperationPlan, case: Case, name: str, value: Any) -> Case | None:
    """A request like another one with a member that no request need have; None without room."""
    named = f"{plan.operation.id}/wanted-{name}-{'text' if isinstance(value, str) else 'number'}"
    like = replace(case, id=named, kind="search", expect="either", probes=(), group=None, levels={})
    like = replace(like, label=f"with {name}, which the server asks for")
    if plan.operation.contents:
        whole = case.value
        if not plan.operation.contents[0].is_json or not isinstance(case.body, dict):
            return None
        return replace(like, value=put(whole, f"/{BODY}/{escape(name)}", value))
    query = encoded_case(plan.operation, case).query
    pair = f"{quote(name, safe='')}={value}"
    return replace(like, query=f"{query}&{pair}" if query else pair)
