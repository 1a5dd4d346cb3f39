"""The plan: every request of a run, in order, with what each one is for."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from clausewise.contract import Clause, Contract, Operation, Rule
from clausewise.contract.compiled import compiled
from clausewise.errors import ContractError
from clausewise.pack import Pack
from clausewise.plan import store
from clausewise.plan.bodies import BodyModel, look, put
from clausewise.plan.cases import Case, encode
from clausewise.plan.covering import cover
from clausewise.plan.isolation import Isolation
from clausewise.plan.negatives import negatives
from clausewise.plan.search import search
from clausewise.plan.values import ABSENT, Level, stable_uuid

WRONG_TOKEN = "clausewise-made-this-token-up-000000000000"  # noqa: S105  # it is meant to be wrong


@dataclass(slots=True)
class OperationPlan:
    """The cases of one operation, and what is needed to make more of them on the way.

    `unplanned` says of clauses without a case why there is none.
    """

    operation: Operation
    cases: list[Case]
    unplanned: dict[str, str]
    model: BodyModel | None
    isolation: Isolation | None
    leased: str | None

    def lawful(self, body: Any) -> bool:
        """Whether a body keeps the contract and its rules."""
        return self.isolation is None or self.isolation.lawful(body)

    def disputed(self, levels: Mapping[str, Level]) -> str | None:
        """The first member of which the documents disagree whether it may have its value."""
        return _disputed(self.model, levels) if self.model else None

    def leans_on(self, levels: dict[str, Level]) -> dict[str, str]:
        """The clauses whose inner side these levels stand on, each with the factor's pointer."""
        found: dict[str, str] = {}
        for at, level in levels.items():
            if self.model is None or at not in self.model.factors:
                continue
            clause = self.clause_of(at, level)
            if clause is not None:
                found.setdefault(clause, at)
        return found

    def clause_of(self, at: str, level: Level) -> str | None:
        """The clause that a level stands on the inner side of."""
        assert self.model is not None
        pointer = self.model.factors[at].pointer
        for keyword in (level.keyword, "type", "required"):
            name = f"{self.operation.id}:request#{pointer}:{keyword}"
            if name in self.operation.clauses:
                return name
        return None


@dataclass(slots=True)
class Plan:
    """The plans of all selected operations."""

    operations: dict[str, OperationPlan] = field(default_factory=dict)

    @property
    def cases(self) -> list[Case]:
        """Every case in the order of sending."""
        return [case for plan in self.operations.values() for case in plan.cases]

    def count(self) -> dict[str, int]:
        """How many cases of each kind."""
        counts: dict[str, int] = {}
        for case in self.cases:
            counts[case.kind] = counts.get(case.kind, 0) + 1
        return counts


def make_plan(
    pack: Pack,
    *,
    operations: Iterable[str] | None = None,
    examples: int = 25,
    seed: int = 0,
) -> Plan:
    """Lay out the requests of a run. The same pack and options give the same plan, to the byte."""
    contract = pack.contract
    chosen = list(operations) if operations is not None else list(contract.operations)
    return Plan({name: _kept(pack, name, examples, seed) for name in chosen})


def _kept(pack: Pack, name: str, examples: int, seed: int) -> OperationPlan:
    """The plan of one operation, from disk where it was made before."""
    planner = _Planner(pack, name, examples, seed)
    key = store.key_of(pack, name, examples, seed)
    known = store.load(key, planner.model)
    if known is not None:
        return planner.finished(*known)
    plan = planner.plan()
    store.save(key, plan.cases, plan.unplanned)
    return plan


class _Planner:
    def __init__(self, pack: Pack, name: str, examples: int, seed: int) -> None:
        self.pack = pack
        self.contract: Contract = pack.contract
        self.operation = self.contract.operations[name]
        self.rules = self.contract.rules_of(name)
        self.examples = examples
        self.seed = seed
        self.leased = next(
            (r.members[name] for r in pack.resources.values() if name in r.members), None
        )
        body = self.operation.body
        self.model: BodyModel | None = None
        self.isolation: Isolation | None = None
        if body is not None:
            bodies = [rule.body for rule in self.rules if rule.body is not None]
            self.isolation = Isolation(body, bodies)
            lawful = [ex for ex in self.operation.examples.values() if self.isolation.lawful(ex)]
            fullest = max(lawful, key=lambda example: len(json.dumps(example)), default=ABSENT)
            self.model = BodyModel(body.place, fullest)
        self.least = self._least()
        self.unplanned: dict[str, str] = {}

    def _least(self) -> dict[str, Level]:
        """The levels of the smallest lawful body. Raises ContractError where there is none."""
        if self.model is None or self.isolation is None:
            return {}
        examples = [self.model.classify(example) for example in self.operation.examples.values()]
        for levels in (self.model.completed({}, self.isolation.lawful), *examples):
            if levels is not None and self.isolation.agreed_lawful(self.model.build(levels)):
                return levels
        raise ContractError(
            f"{self.operation.id}: no lawful body can be made of its schema; give it an example"
        )

    def plan(self) -> OperationPlan:
        drafts = [
            *self._positives(),
            *self._rule_steps(),
            *self._negatives(),
            *self._transport(),
            *self._control(),
        ]
        cases = [self._finished(index, case) for index, case in enumerate(drafts)]
        return self.finished(cases, self.unplanned)

    def finished(self, cases: list[Case], unplanned: dict[str, str]) -> OperationPlan:
        """The plan that these cases are."""
        return OperationPlan(
            self.operation, cases, unplanned, self.model, self.isolation, self.leased
        )

    def _finished(self, index: int, draft: Case) -> Case:
        """The draft with its id, its own leased resource, and its bytes."""
        name = f"{self.operation.id}/{index:03d}"
        body = draft.body
        # A value that the case itself is about must stay as it is.
        changed = draft.change.at if draft.change else None
        if self.leased and look(body, self.leased) is not ABSENT and self.leased != changed:
            body = put(body, self.leased, stable_uuid(self.seed, draft.group or name))
        content = draft.content if body is ABSENT else encode(body)
        return replace(draft, id=name, body=body, content=content)

    def _case(self, **parts: Any) -> Case:
        return Case(id="", operation=self.operation.id, **parts)

    def _positives(self) -> Iterator[Case]:
        if self.model is None or self.isolation is None:
            yield self._case(kind="example", expect="accepted", label="the plain request")
            return
        minimal = self.model.build(self.least)
        stepped = next((rule.id for rule in self.rules if rule.steps), None)
        yield self._case(
            kind="example",
            expect="accepted",
            label="the least that the contract asks for",
            body=minimal,
            levels=self.model.classify(minimal),
            # A rule's first step is this very request: no need to send it twice.
            group=stepped,
        )
        seeds = [self.model.classify(minimal)]
        for name, example in self.operation.examples.items():
            if not self.isolation.agreed_lawful(example):
                continue
            levels = self.model.classify(example)
            if levels not in seeds:
                seeds.append(levels)
                yield self._case(
                    kind="example",
                    expect="accepted",
                    label=f"the documented example {name!r}",
                    body=example,
                    levels=levels,
                )
        bare = self._bare_objects()
        if bare is not None and (levels := self.model.classify(bare)) not in seeds:
            seeds.append(levels)
            yield self._case(
                kind="example",
                expect="accepted",
                label="every object with the least that it must have",
                body=bare,
                levels=levels,
            )
        mentioned = [p for rule in self.rules for p in _mentioned(rule.body)]
        rows = cover(self.model, self.isolation.lawful, mentioned, seeds)
        for number, row in enumerate(rows, 1):
            body = self.model.build(row)
            if not self.isolation.agreed_lawful(body):
                continue
            yield self._case(
                kind="pairs",
                expect="accepted",
                label=f"value pairs, row {number} of {len(rows)}",
                body=body,
                levels=row,
            )
        yield from self._search([*seeds, *rows])

    def _bare_objects(self) -> Any:
        """A body with every object in it and as little in each as may be; None if not lawful.

        Pairs of values do not ask for an empty object, which careless servers stumble over.
        """
        if self.model is None or self.isolation is None:
            return None
        objects = {at: f.plain for at, f in self.model.factors.items() if f.container}
        body = self.model.build(objects)
        return body if self.isolation.agreed_lawful(body) else None

    def _search(self, known: list[dict[str, Level]]) -> Iterator[Case]:
        assert self.model is not None
        assert self.isolation is not None
        strategies = {
            pointer: strategy
            for (operation, pointer), strategy in self.pack.strategies.items()
            if operation == self.operation.id
        }
        fixed = frozenset({self.leased} if self.leased else ())
        found = search(
            self.model, self.isolation.lawful, strategies, fixed, self.examples, self.seed, known
        )
        for number, levels in enumerate(found, 1):
            body = self.model.build(levels)
            if not self.isolation.agreed_lawful(body):
                continue
            disputed = _disputed(self.model, levels)
            yield self._case(
                kind="search",
                expect="either" if disputed else "accepted",
                label=f"random search {number} of {len(found)}"
                + (f"; the documents disagree about {disputed}" if disputed else ""),
                body=body,
                levels=self.model.classify(body),
            )

    def _rule_steps(self) -> Iterator[Case]:
        for rule in self.rules:
            for index, step in enumerate(rule.steps):
                if self.model is None or step.operation != self.operation.id:
                    continue
                if index == 0 and not step.over and step.accepted:
                    continue  # the first positive is this step
                body = _overlaid(self.model.build(self.least), step.over)
                yield self._case(
                    kind="rule",
                    expect="accepted" if step.accepted else "refused",
                    label=f"{rule.id}, step {index + 1} of {len(rule.steps)}",
                    probes=(rule.clause(self.operation.id).id,),
                    body=body,
                    levels=self.model.classify(body),
                    group=rule.id,
                )

    def _negatives(self) -> Iterator[Case]:
        if self.model is None or self.isolation is None:
            return
        for clause in self.operation.clauses.values():
            if clause.part != "request" or clause.pointer is None or clause.keyword == "optional":
                continue
            found, why = negatives(self.model, self.isolation, clause)
            if why is not None:
                self.unplanned[clause.id] = why
            for negative in found:
                name = clause.pointer or "the body"
                yield self._case(
                    kind="negative",
                    expect="refused",
                    label=f"{name} {negative.label}",
                    probes=(clause.id,),
                    body=negative.body,
                    levels=negative.levels,
                    change=negative.change,
                )
        yield from self._broken_rules()

    def _broken_rules(self) -> Iterator[Case]:
        """Bodies that keep the schema and break one rule on bodies."""
        assert self.model is not None
        assert self.isolation is not None
        for rule in self.rules:
            if rule.body is None:
                continue
            clause = rule.clause(self.operation.id)
            for members in rule.broken_by:
                body = _overlaid(self.model.build(self.least), members)
                if self._breaks_only(rule, body):
                    yield self._case(
                        kind="negative",
                        expect="refused",
                        label=f"breaks {rule.id}",
                        probes=(clause.id,),
                        body=body,
                        levels=self.model.classify(body),
                    )
                else:
                    self.unplanned[clause.id] = "its `broken_by` breaks something else, or nothing"

    def _breaks_only(self, rule: Rule, body: Any) -> bool:
        assert self.operation.body is not None
        others = [r for r in self.rules if r.body is not None and r is not rule]
        return (
            not compiled(rule.body).is_valid(body)
            and self.operation.body.accepts(body)
            and all(compiled(other.body).is_valid(body) for other in others)
        )

    def _transport(self) -> Iterator[Case]:
        name = self.operation.id
        minimal = self.model.build(self.least) if self.model else ABSENT
        levels = self.model.classify(minimal) if self.model else {}

        def negative(clause: str, label: str, **parts: Any) -> Case:
            draft = self._case(
                kind="transport",
                expect="refused",
                label=label,
                probes=(f"{name}:{clause}",),
                body=minimal,
                levels=levels,
            )
            return replace(draft, **parts)

        if self.operation.body is not None:
            media = self.operation.body.media_types[0]
            if self.operation.body.required:
                yield negative("request:required", "no body", body=ABSENT, media_type=None)
            half = encode(minimal)[:-1]
            yield negative("request:json", "a body cut short", body=ABSENT, content=half)
            label = f"text/plain, not {media}"
            yield negative("request:media-type", label, media_type="text/plain")
        for parameter in self.operation.parameters:
            if parameter.location == "path":
                yield from self._path_negatives(parameter.name, negative)
        if self.operation.secured:
            yield negative("auth", "no token", credential="none")
            yield negative("auth", "a made-up token", credential="wrong")

    def _control(self) -> Iterator[Case]:
        """The first request once more: it must still be accepted, after all that was refused."""
        body = self.model.build(self.least) if self.model else ABSENT
        yield self._case(
            kind="control",
            expect="accepted",
            label="the first request again, after all refusals",
            body=body,
            levels=self.model.classify(body) if self.model else {},
        )

    def _path_negatives(self, parameter: str, negative: Any) -> Iterator[Case]:
        message = next(p.message for p in self.operation.parameters if p.name == parameter)
        value = self.pack.path_values.get(parameter) or stable_uuid(parameter)
        for clause in self._path_clauses(parameter):
            inner = replace(clause, pointer="")
            isolation = Isolation(message, [])
            model = BodyModel(message.place, value)
            found, why = negatives(model, isolation, inner)
            if why is not None:
                self.unplanned[clause.id] = why
            for item in found:
                if isinstance(item.body, str) and item.body:
                    yield negative(
                        clause.short_id,
                        f"{parameter} {item.label}",
                        path={parameter: item.body},
                    )

    def _path_clauses(self, parameter: str) -> list[Clause]:
        at = f"/{parameter}"
        return [
            clause
            for clause in self.operation.clauses.values()
            if clause.part == "path" and (clause.pointer or "").split("/")[1:2] == [at[1:]]
        ]


def _overlaid(body: Any, over: Any) -> Any:
    """One JSON object laid over another (RFC 7396, without deleting)."""
    if not isinstance(body, dict) or not isinstance(over, dict):
        return over
    merged = {key: _overlaid(body[key], over[key]) if key in body else over[key] for key in over}
    return {**body, **merged}


def _disputed(model: BodyModel, levels: Mapping[str, Level]) -> str | None:
    """The first member whose value breaks what `x-contested` says."""
    for at, level in levels.items():
        contested = model.factors[at].place.notes.get("x-contested")
        if contested is None or level.value is ABSENT:
            continue
        if not compiled(contested).is_valid(level.value):
            return at
    return None


def _mentioned(schema: Any, at: str = "") -> Iterator[str]:
    """The pointers that a rule on bodies speaks of."""
    if isinstance(schema, dict):
        for name, inner in (schema.get("properties") or {}).items():
            deeper = list(_mentioned(inner, f"{at}/{name}"))
            yield from deeper or [f"{at}/{name}"]
        for name in schema.get("required") or []:
            yield f"{at}/{name}"
        for keyword in ("not", "if", "then", "else", "allOf", "anyOf", "oneOf"):
            yield from _mentioned(schema.get(keyword), at)
    elif isinstance(schema, list):
        for item in schema:
            yield from _mentioned(item, at)
