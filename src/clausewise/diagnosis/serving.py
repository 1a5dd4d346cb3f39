"""Serving: whether the refusal of lawful requests can be put down to the data that they carry."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from clausewise.contract import Operation
from clausewise.contract.keywords import CONSTANTS
from clausewise.contract.operation_clauses import example_of
from clausewise.contract.place import Place
from clausewise.contract.requests import BODY, PARTS
from clausewise.diagnosis.days import of_a_day
from clausewise.diagnosis.states import of_its_state
from clausewise.judge.outcomes import CREDENTIAL, GONE, STATE
from clausewise.judge.refusals import LONGEST_WORDS, data_words, says_has_none
from clausewise.plan.plan import OperationPlan
from clausewise.pointer import ABSENT, unescape
from clausewise.record.ledger import Entry
from clausewise.values.stated import listed_values

# Names of members that say which thing is meant, or once more which one.
_NAMING = re.compile(
    r"^(?i:id|uuid|key|ref|href|slug|code|confirm|confirmation)$|[_-](?i:id|uuid|code)$"
    r"|[a-z0-9](?:I[dD]|Uuid|Code)$"
)
# Names that say of no kind of thing that it is meant.
_OF_ANY_KIND = re.compile(r"^(?:id|pk|uuid|guid|key|ref|slug|code|name)$", re.IGNORECASE)
# Names of what only a server gives out: where a list goes on, and what stands for a permission.
_GIVEN_OUT = re.compile(
    r"(?:^|[_-])(?i:cursor|token|continuation|bookmark|marker|otp)$"
    r"|[a-z0-9](?:Cursor|Token|Continuation|Bookmark|Marker|Otp)$"
    r"|^(?:starting_after|ending_before)$"
)
# Names of texts in a query that say where a list goes on: only who gave them out can read them.
_GOING_ON = re.compile(
    r"^(?:after|before|since|until|next|prev|previous|from|start|resume|continue|scroll|offset"
    r"|page|position|anchor)(?:[_-]?(?:id|key|page|item|from|after|before|at))?$",
    re.IGNORECASE,
)
# Not Found and Method Not Allowed speak of the path and the method, whatever else was sent.
OF_NO_VALUE = (404, 405)


def for_its_data(plan: OperationPlan, entry: Entry, proved: Mapping[str, set[str]]) -> str | None:
    """Why a refusal may be about what a request's values name, with the line to give others.

    None where it can be about nothing but the contract. `proved` has, by the name of a parameter or
    a member, the values that some request was accepted with.
    """
    operation, response, status = plan.operation, entry.exchange.response, entry.exchange.status
    if status in STATE or status in CREDENTIAL:
        return f"the answer {status} is about the state of things"
    if operation.lacks_body:
        return (
            f"the document requires a body of a {operation.method}, which OpenAPI 3.0 has ignored; "
            "none was sent"
        )
    if status is not None and not operation.documents_success and operation.documents(status):
        return f"the document has no success of it, and the answer {status} is documented"
    if status == 410:
        return "the answer 410 says that what it names is gone"
    if status == 404 and _may_lack_it(operation):
        return f"the answer 404 is documented: there may be no {operation.path.rpartition('/')[2]}"
    none = says_has_none(response) if status == 404 else None
    if none is not None and operation.safe and "{" in operation.path:
        return f"the server says {none!r}, which is about what is there, or is not"
    unproved = _unproved(entry, proved)
    if unproved and entry.case.needs is None:
        named = {
            name: value
            for name, value in unproved.items()
            if status == 404 or names_a_thing(name) or not _is_known(plan, name)
        }
        if named:
            name, value = next(iter(named.items()))
            return (
                f"there may be no {name} {value}; give one that is there: "
                f"--set {operation.id}:path#/{name}=VALUE"
            )
    for at, value in _naming_members(entry):
        if at != plan.leased and str(value) not in proved.get(at.rpartition("/")[2], ()):
            part, pointer = _parted(at)
            return (
                f"there may be no {place_in_words(at)} {json.dumps(value)}; give one that "
                f"is there: --set {operation.id}:{part}#{pointer}=VALUE"
            )
    if (spoken_of := _named_back(entry)) is not None:
        return f"the server says something of {spoken_of}: the state that it is in may be to blame"
    free = _carries_free_values(plan, entry, proved)
    state = of_its_state(operation, response, free, plan.pack.contract.operations.values())
    if state is not None or not free:
        return state
    return data_words(response) or of_a_day(response, [entry.case.value.get(p) for p in PARTS])


def _named_back(entry: Entry) -> str | None:
    """The thing of a path that a refusal speaks of, by its name; not where it repeats the path.

    Of Not Found, what a query names as well.
    """
    response, asked = entry.exchange.response, unquote(entry.exchange.request.url)
    spoken = response.text(LONGEST_WORDS) if response is not None else ""
    named = list(_given(entry).values())
    if entry.exchange.status == OF_NO_VALUE[0]:
        named += [text for text in entry.exchange.request.query.values() if isinstance(text, str)]
    for value in named:
        for at in re.finditer(rf"(?<!\w){re.escape(value)}(?![/\w])", spoken):
            before = re.search(r"[^\s/]*/$|=$", spoken[: at.start()])
            repeated = before is not None and before.group() + value in asked
            if len(value) > 2 and not repeated:
                return value
    return None


def _is_known(plan: OperationPlan, name: str) -> bool:
    """Whether the document or the pack says what a path parameter may be."""
    if name in plan.pack.path_values:
        return True
    places = (p for p in plan.operation.located("path") if p.name == name)
    return any(
        listed_values(one.place) is not None or example_of(one) is not ABSENT for one in places
    )


def unproved_in_path(entry: Entry, proved: Mapping[str, set[str]]) -> str | None:
    """The last path parameter whose value nothing that tells values apart was accepted with."""
    return next(reversed(_unproved(entry, proved)), None)


def _may_lack_it(operation: Operation) -> bool:
    """Whether an operation reads something of a thing that documentedly need not have it."""
    around, _, last = operation.path.rstrip("/").rpartition("/")
    return operation.safe and "{" in around and "{" not in last and "404" in operation.replies


def proved_by(
    entries: Iterable[Entry], operation: str | None = None, named: Mapping[str, str] | None = None
) -> dict[str, set[str]]:
    """By name, the values of parameters and naming members that were accepted.

    Path values by an operation that refused others, or by the one that is asked about: what takes
    any value proves none. Of `named`, the path values that the user vouches for, by any.
    """
    taken: dict[tuple[str, str], set[str]] = {}
    refused: dict[tuple[str, str], set[str]] = {}
    proved: dict[str, set[str]] = {}
    called: dict[str, str] = {}
    for entry in entries:
        if entry.case.expect == "refused" or entry.outcome not in ("accepted", "refused"):
            continue
        into = taken if entry.outcome == "accepted" else refused
        for name, value in _given(entry).items():
            into.setdefault((entry.case.operation, _kind(entry, name, value)), set()).add(value)
            called[_kind(entry, name, value)] = name
        if entry.outcome == "accepted":
            for at, value in _naming_members(entry):
                proved.setdefault(at.rpartition("/")[2], set()).add(str(value))
    for (by, kind), known in taken.items():
        name = called[kind]
        if by == operation or refused.get((by, kind), set()) - known:
            proved.setdefault(kind, set()).update(known)
        elif named and named.get(name) in known:
            proved.setdefault(kind, set()).add(named[name])
    return proved


def about_the_address(entry: Entry) -> bool:
    """Whether an answer speaks of the path and the method, or of what is there no more."""
    return entry.exchange.status in (*OF_NO_VALUE, *GONE, *STATE)


def names_a_thing(name: str) -> bool:
    """Whether a parameter or a member is named like what says which thing is meant."""
    return _NAMING.search(name) is not None or is_given_out(name)


def says_which(at: str, missing: bool) -> bool:
    """Whether what stands at a pointer of a request is named like what may not be there.

    `missing` is whether it was said to be so: what a query filters by need not be there.
    """
    name = at.rpartition("/")[2]
    return is_given_out(name) or (names_a_thing(name) and (missing or at.startswith(f"/{BODY}/")))


def is_where_a_list_goes_on(at: str, place: Place) -> bool:
    """Whether a text of a query, of any form, is named like what says where a list goes on."""
    stated = {promise.keyword for promise in place.assertions}
    free = stated.isdisjoint({*CONSTANTS, "format", "pattern"})
    free = free and place.allowed_types <= {"string", "null"}
    part, _, name = at[1:].partition("/")
    return part == "query" and free and _GOING_ON.match(name) is not None


def may_be_name(value: object) -> bool:
    """Whether a value may name a thing."""
    return isinstance(value, str | int) and not isinstance(value, bool)


def is_given_out(name: str) -> bool:
    """Whether a parameter or a member is named like what only a server gives out."""
    return _GIVEN_OUT.search(name) is not None


def _given(entry: Entry) -> dict[str, str]:
    """The path parameters that went out, by name."""
    return {name: str(value) for name, value in entry.exchange.request.path.items()}


def _unproved(entry: Entry, proved: Mapping[str, set[str]]) -> dict[str, str]:
    """The path parameters, with their values, that nothing proves to name what is there."""
    given = _given(entry).items()
    return {
        name: value
        for name, value in given
        if value not in proved.get(_kind(entry, name, value), ())
    }


def _kind(entry: Entry, name: str, value: str) -> str:
    """Of what kind a path parameter's value is: by its name, or where that says none by the path.

    An `id` that is somebody's at `/labels/{id}` says nothing of `/tasks/{id}`.
    """
    if not _OF_ANY_KIND.match(name):
        return name
    before, there, _ = urlsplit(entry.exchange.request.url).path.partition(f"/{quote(value, '')}")
    return f"{before}/{name}" if there else name


def _naming_members(entry: Entry) -> Iterator[tuple[str, Any]]:
    """What is named as what says which thing is meant, in a body, a query or a header."""
    for part in (BODY, "query", "header"):
        yield from _naming(entry.case.value.get(part), f"/{part}")


def _parted(at: str) -> tuple[str, str]:
    """The part of a clause's id and the pointer in it, of a pointer into a request."""
    part, _, rest = at[1:].partition("/")
    return "request" if part == BODY else part, f"/{rest}" if rest else ""


def in_part(at: str) -> str:
    """A pointer into a request as one into its part; `body` where that is the whole of it."""
    return _parted(at)[1] or "body"


def place_in_words(at: str) -> str:
    """A pointer into a request as people call the place: without a slash before it."""
    return unescape(in_part(at).removeprefix("/"))


def _naming(value: Any, at: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            where = f"{at}/{name}"
            if may_be_name(inner) and names_a_thing(name):
                yield where, inner
            else:
                yield from _naming(inner, where)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _naming(inner, f"{at}/{index}")


def _carries_free_values(plan: OperationPlan, entry: Entry, proved: Mapping[str, set[str]]) -> bool:
    """Whether a request has values but those that the target gave out, or took before."""
    if any(
        entry.case.value.get(part) not in (None, {}, [], ABSENT) for part in PARTS if part != "path"
    ):
        return True
    supply = plan.pack.supply_for(plan.operation.id) if entry.case.needs is not None else None
    supplied = supply.named_in_path(plan.operation.id) if supply is not None else ()
    return any(name not in supplied for name in _unproved(entry, proved))
