"""Cases about parameters: segments of the path, empty values, and a query beside a body."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from clausewise.contract import Clause, Operation, Parameter
from clausewise.contract.operations import UNKNOWN
from clausewise.contract.parameters import query_string
from clausewise.plan.bodies import BodyModel
from clausewise.plan.bounds import Work
from clausewise.plan.cases import Case
from clausewise.plan.forms import QueryForm, SegmentForm
from clausewise.plan.isolation import Isolation
from clausewise.plan.negatives import negatives
from clausewise.plan.values import OF_ITEMS, digest, stable_uuid
from clausewise.pointer import ABSENT, escape, unescape

# Makes a case of the smallest lawful request: the clause within its operation, a label, and what
# is different in it.
Probe = Callable[..., Case]


def path_cases(
    operation: Operation,
    values: Mapping[str, str],
    probe: Probe,
    unplanned: dict[str, str],
    work: Work | None = None,
) -> Iterator[Case]:
    """A broken value of each path parameter for each of its clauses; `values` are lawful ones."""
    for parameter in operation.parameters:
        if parameter.location != "path":
            continue
        text = values.get(parameter.name) or stable_uuid(parameter.name)
        model = BodyModel(parameter.message.place, parameter.read([text]))
        form = SegmentForm(parameter)
        isolation = Isolation(parameter.message, [], form, work)
        for clause in _clauses_of(operation, "path", parameter):
            if clause.keyword == UNKNOWN:
                yield from _unknown(parameter, clause, probe, unplanned)
                continue
            found, why = negatives(model, isolation, replace(clause, pointer=_within(clause)))
            if why is not None:
                unplanned[clause.id] = why
            for negative in found:
                content = form.written(negative.body)
                if content is not None:
                    yield probe(
                        clause.short_id,
                        f"{parameter.name} {negative.label}",
                        path={parameter.name: content.decode()},
                    )


def unknown_value(parameter: Parameter) -> str:
    """A value of a parameter that nobody was given."""
    return stable_uuid("nobody was given this", parameter.name)


def _unknown(
    parameter: Parameter, clause: Clause, probe: Probe, unplanned: dict[str, str]
) -> Iterator[Case]:
    # The number fits 32 bits, and whoever counts from 1 up has hardly come so far.
    number = 1_100_000_000 + int(digest("nobody was given this", parameter.name), 16) % 10**9
    for nobody in (stable_uuid("nobody was given this", parameter.name), str(number)):
        if parameter.message.accepts(parameter.read([nobody])):
            label = f"a {parameter.name} that nobody was given"
            yield probe(clause.short_id, label, path={parameter.name: nobody})
            return
    unplanned[clause.id] = "no value of its form is known that nobody was given"


def empty_values(
    operation: Operation, least: Mapping[str, Any], probe: Probe, unplanned: dict[str, str]
) -> Iterator[Case]:
    """A request with an empty value for each query parameter that may have one.

    `least` is the smallest lawful query.
    """
    for parameter in operation.parameters:
        clause = operation.clauses.get(
            f"{operation.id}:query#/{escape(parameter.name)}:allowEmptyValue"
        )
        if clause is None or parameter.location != "query":
            continue
        if operation.body is not None:
            unplanned[clause.id] = "empty values are not tried beside a body"
            continue
        others = {name: value for name, value in least.items() if name != parameter.name}
        empty = f"{quote(parameter.name, safe='')}="
        written = query_string(operation.parameters, others)
        yield probe(
            clause.short_id,
            f"{parameter.name} without a value",
            expect="accepted",
            value=ABSENT,
            levels={},
            content=(f"{written}&{empty}" if written else empty).encode("ascii"),
        )


def beside_body(
    operation: Operation,
    model: BodyModel,
    probe: Probe,
    unplanned: dict[str, str],
    work: Work | None = None,
) -> Iterator[Case]:
    """Cases about the query of an operation that has a body as well, one parameter at a time.

    `model` has the query's choices.
    """
    message = operation.query
    if message is None:
        return
    form = QueryForm(operation.parameters)
    isolation = Isolation(message, [], form, work)
    for at, factor in model.factors.items():
        for level in factor.levels:
            value = model.build({at: level})
            of_items = level.keyword.startswith(OF_ITEMS)
            leaned = f"query#{factor.pointer}{'/' if of_items else ':'}{level.keyword}"
            if f"{operation.id}:{leaned}" not in operation.clauses:
                leaned = f"query#{factor.pointer}:{'optional' if factor.optional else 'required'}"
            if form.written(value) is not None and isolation.agreed_lawful(value):
                label = f"{unescape(at[1:])} = {level.label}"
                yield probe(leaned, label, expect="accepted", query=value)
    for clause in operation.clauses.values():
        if clause.part != "query" or clause.keyword == "allowEmptyValue":
            continue
        if clause.keyword == "optional":
            if clause.pointer in model.factors:
                label = f"without {unescape(clause.pointer[1:])}"
                yield probe(clause.short_id, label, expect="accepted", query=model.build({}))
            continue
        found, why = negatives(model, isolation, clause)
        if why is not None:
            unplanned[clause.id] = why
        for negative in found:
            yield probe(clause.short_id, f"{clause.pointer} {negative.label}", query=negative.body)


def _clauses_of(operation: Operation, part: str, parameter: Parameter) -> list[Clause]:
    return [
        clause
        for clause in operation.clauses.values()
        if clause.part == part and (clause.pointer or "").split("/")[1:2] == [parameter.name]
    ]


def _within(clause: Clause) -> str:
    """The clause's pointer within its parameter."""
    return "".join(f"/{step}" for step in (clause.pointer or "").split("/")[2:])
