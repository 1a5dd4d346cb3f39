"""Planning one operation: from its clauses to the cases that probe them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from clausewise.contract import Contract, Rule
from clausewise.contract.compiled import compiled
from clausewise.errors import ContractError
from clausewise.pack import Pack
from clausewise.plan.bodies import BodyModel
from clausewise.plan.bounds import MOST_CONTENT, MOST_WORK, TooLarge, Work
from clausewise.plan.cases import Case, Kind, encode
from clausewise.plan.covering import cover
from clausewise.plan.folders import leaving_no_folder
from clausewise.plan.forms import QueryForm, form_of
from clausewise.plan.fresh import leased_anew
from clausewise.plan.isolation import Isolation
from clausewise.plan.negatives import Negative, negatives
from clausewise.plan.parameters import beside_body, empty_values, path_cases
from clausewise.plan.search import search
from clausewise.plan.values import Level
from clausewise.pointer import ABSENT, escape, look, unescape

WRONG_TOKEN = "clausewise-made-this-token-up-000000000000"  # noqa: S105  # it is meant to be wrong


class Planner:
    """Plans one operation.

    What is varied is its body, or the query of an operation without a body: `model` has its
    choices, `isolation` judges its values; both are None where there is neither. `lack` says why
    no request can be made at all, if none can.
    """

    def __init__(self, pack: Pack, name: str, examples: int = 0, seed: int = 0) -> None:
        """Raises ContractError where no lawful request can be made."""
        self.pack = pack
        self.contract: Contract = pack.contract
        self.operation = self.contract.operations[name]
        self.rules = self.contract.rules_of(name)
        self.examples = examples
        self.seed = seed
        self.leased = next(
            (r.members[name] for r in pack.resources.values() if name in r.members), None
        )
        self.model: BodyModel | None = None
        self.isolation: Isolation | None = None
        self.work = Work()
        self.unplanned: dict[str, str] = {}
        self._documented = self._examples()
        self._beside: BodyModel | None = None
        self._least: dict[str, Level] = {}
        self.query: Mapping[str, Any] = {}
        self.work.allow(MOST_WORK)
        try:
            self._lay_out()
            self._beside = self._query_beside()
            self.lack = self._needed_but_unwritten()
            if self.lack is None:
                self._least = self._least_levels()
                self.query = self._least_query()
        except TooLarge as error:
            self.lack = error.problem
        self.work.allow(None)

    def plan(self) -> tuple[list[Case], dict[str, str]]:
        """The cases, in order, and by clause why there is none."""
        try:
            if self.lack is None:
                return self._planned(), self.unplanned
        except TooLarge as error:
            self.lack = error.problem
        finally:
            # What a run asks of its own requests is no planning.
            self.work.allow(None)
        clauses = self.contract.clauses.values()
        ours = (clause.id for clause in clauses if clause.operation == self.operation.id)
        return [], dict.fromkeys(ours, self.lack)

    def _lay_out(self) -> None:
        """Make the model of what is varied, and its judge."""
        varied = self.operation.varied
        if varied is None:
            return
        bodies = [rule.body for rule in self.rules if rule.body is not None]
        form = form_of(self.operation)
        rules = bodies if self.operation.body is not None else []
        self.isolation = Isolation(varied, rules, form, self.work)
        lawful = [ex for ex in self._documented.values() if self.isolation.lawful(ex)]
        fullest = max(lawful, key=lambda example: len(json.dumps(example)), default=ABSENT)
        self.model = BodyModel(varied.place, fullest)
        if isinstance(form, QueryForm):
            _keep_written(self.model, form)

    def _planned(self) -> list[Case]:
        """Every case, numbered. Raises TooLarge where even the lawful ones are too much."""
        drafts = [
            *self._positives(),
            *self._rule_steps(),
            *self._negatives(),
            *self._transport(),
            *self._control(),
        ]
        self._say_what_is_not_sent()
        cases = [self._finished(index, case) for index, case in enumerate(drafts)]
        if sum(len(case.content or b"") for case in cases) > MOST_CONTENT:
            raise TooLarge(f"its requests would have more than {MOST_CONTENT} bytes together")
        return cases

    def least(self, number: object, kind: Kind = "supply") -> Case:
        """The smallest lawful request as a case of its own, about a resource of its own."""
        draft = self._plain(kind, "accepted", "the least that the contract asks for")
        return self._numbered(f"{self.operation.id}/{kind}-{number}", draft)

    def _examples(self) -> dict[str, Any]:
        """The documented values of what is varied."""
        if self.operation.body is not None:
            return self.operation.examples
        told = self._query_examples()
        return {"parameters": told} if told else {}

    def _query_examples(self) -> dict[str, Any]:
        """The documented values of query parameters, as far as they can be written."""
        return {
            parameter.name: parameter.example
            for parameter in self.operation.parameters
            if parameter.location == "query" and parameter.written(parameter.example) is not None
        }

    def _query_beside(self) -> BodyModel | None:
        """The choices of the query of an operation that has a body as well."""
        message = self.operation.query
        if message is None or self.operation.body is None:
            return None
        model = BodyModel(message.place, self._query_examples())
        _keep_written(model, QueryForm(self.operation.parameters))
        return model

    def _needed_but_unwritten(self) -> str | None:
        model = self._beside if self.operation.body is not None else self.model
        known = model.factors.keys() if model is not None else ()
        for parameter in self.operation.parameters:
            needed = parameter.location == "query" and parameter.message.required
            if needed and f"/{escape(parameter.name)}" not in known:
                return (
                    f"every request needs the query parameter {parameter.name}, and no value of "
                    "it is known that could be written into a URL; an example may help"
                )
        return None

    def _least_levels(self) -> dict[str, Level]:
        """The levels of the smallest lawful value. Raises ContractError where there is none."""
        if self.model is None or self.isolation is None:
            return {}
        examples = [self.model.classify(example) for example in self._documented.values()]
        for levels in (self.model.completed({}, self.isolation.lawful), *examples):
            if levels is not None and self._is_sound(self.model.build(levels)):
                return levels
        raise self._no_lawful("body" if self.operation.body is not None else "query")

    def _is_sound(self, value: Any) -> bool:
        """Whether a value is lawful, with both validators of one mind, and can be sent."""
        assert self.isolation is not None
        sent = self.isolation.form.written(value) is not None
        return sent and self.isolation.agreed_lawful(value)

    def _least_query(self) -> Mapping[str, Any]:
        """The query parameters that every request with a body has to have."""
        message = self.operation.query
        if message is None or self._beside is None:
            return {}
        value: dict[str, Any] = self._beside.build({})
        if not Isolation(message, [], work=self.work).agreed_lawful(value):
            raise self._no_lawful("query")
        return value

    def _no_lawful(self, what: str) -> ContractError:
        first = next(iter(self.operation.clauses.values()), None)
        source = first.source if first is not None else None
        return ContractError(
            f"{self.operation.id}: no lawful {what} can be made of its schema; give it an example",
            source.file if source else None,
            source.line if source else None,
        )

    def _finished(self, index: int, draft: Case) -> Case:
        return self._numbered(f"{self.operation.id}/{index:03d}", draft)

    def _numbered(self, name: str, draft: Case) -> Case:
        """The draft with its id, its own leased resource, what it needs, and its bytes."""
        value = draft.value
        # A value that the case itself is about must stay as it is.
        changed = draft.change.at if draft.change else None
        if self.leased and look(value, self.leased) is not ABSENT and self.leased != changed:
            message = self.operation.body
            value = leased_anew(message, value, self.leased, self.seed, draft.group or name)
        content = draft.content
        if value is not ABSENT and self.isolation is not None:
            content = self.isolation.form.written(value)
        return replace(
            draft,
            id=name,
            value=value,
            content=content,
            needs=self._needs(draft),
        )

    def _needs(self, draft: Case) -> tuple[str, str | None] | None:
        supply = self.pack.supply_for(self.operation.id)
        if supply is None:
            return None
        wanted = {p.name for p in self.operation.parameters if p.location == "path"}
        wanted &= supply.named_in_path(self.operation.id)
        if wanted and wanted <= draft.path.keys():
            return None
        return need_of(self.pack, self.operation.id, draft.value)

    def _case(self, **parts: Any) -> Case:
        part = "request" if self.operation.body is not None else "query"
        parts = {"part": part, "query": self.query, **parts}
        return Case(id="", operation=self.operation.id, **parts)

    def _plain(self, kind: Kind, expect: str, label: str, **parts: Any) -> Case:
        """A case on the smallest lawful request."""
        value = self.model.build(self._least) if self.model else ABSENT
        return self._case(
            **{
                "kind": kind,
                "expect": expect,
                "label": label,
                "value": value,
                "levels": self.model.classify(value) if self.model else {},
                **parts,
            }
        )

    def _positives(self) -> Iterator[Case]:
        if self.model is None or self.isolation is None:
            yield self._plain("example", "accepted", "the plain request")
            return
        first = self._plain(
            "example", "accepted", "the least that the contract asks for", group=self._stepped
        )
        yield first
        seeds = [dict(first.levels)]
        for name, example in self._documented.items():
            if not self._is_sound(example):
                continue
            levels = self.model.classify(example)
            if levels not in seeds:
                seeds.append(levels)
                yield self._case(
                    kind="example",
                    expect="accepted",
                    label=f"the documented example {name!r}",
                    value=example,
                    levels=levels,
                )
        bare = self._bare_objects()
        if bare is not None and (levels := self.model.classify(bare)) not in seeds:
            seeds.append(levels)
            yield self._case(
                kind="example",
                expect="accepted",
                label="every object with the least that it must have",
                value=bare,
                levels=levels,
            )
        mentioned = [p for rule in self.rules for p in _mentioned(rule.body)]
        self.work.allow(MOST_WORK)
        rows = cover(self.model, self.isolation.lawful, mentioned, seeds)
        for number, row in enumerate(rows, 1):
            value = self.model.build(row)
            if not self._is_sound(value):
                continue
            yield self._case(
                kind="pairs",
                expect="accepted",
                label=f"value pairs, row {number} of {len(rows)}",
                value=value,
                levels=row,
            )
        self.work.allow(MOST_WORK)
        yield from self._search([*seeds, *rows])

    def _bare_objects(self) -> Any:
        """A value with every object in it and as little in each as may be; None if not lawful.

        Pairs of values do not ask for an empty object, which careless servers stumble over.
        """
        if self.model is None or self.isolation is None:
            return None
        objects = {at: f.plain for at, f in self.model.factors.items() if f.container}
        value = self.model.build(objects)
        return value if self._is_sound(value) else None

    def _search(self, known: list[dict[str, Level]]) -> Iterator[Case]:
        assert self.model is not None
        assert self.isolation is not None
        strategies = {
            pointer: strategy
            for (operation, pointer), strategy in self.pack.strategies.items()
            if operation == self.operation.id
        }
        fixed = frozenset({self.leased} if self.leased else ())
        isolation = self.isolation

        spent = False

        def lawful(value: Any) -> bool:
            nonlocal spent
            try:
                written = not spent and isolation.form.written(value) is not None
                return written and isolation.lawful(value)
            except TooLarge:
                spent = True
                return False

        with leaving_no_folder():
            found = search(self.model, lawful, strategies, fixed, self.examples, self.seed, known)
        for number, levels in enumerate(found, 1):
            value = self.model.build(levels)
            if not self._is_sound(value):
                continue
            disputed = disputed_in(self.model, levels)
            yield self._case(
                kind="search",
                expect="either" if disputed else "accepted",
                label=f"random search {number} of {len(found)}"
                + (f"; the documents disagree about {disputed}" if disputed else ""),
                value=value,
                levels=self.model.classify(value),
            )

    @property
    def _stepped(self) -> str | None:
        """The rule whose first step is the first request: no need to send it twice."""
        for rule in self.rules:
            first = rule.steps[0] if rule.steps else None
            if first is None or first.operation != self.operation.id:
                continue
            if first.accepted and not first.over and not first.path:
                return rule.id
        return None

    def _rule_steps(self) -> Iterator[Case]:
        for rule in self.rules:
            for index, step in enumerate(rule.steps):
                if step.operation != self.operation.id:
                    continue
                if index == 0 and rule.id == self._stepped:
                    continue
                value = self.model.build(self._least) if self.model else ABSENT
                if self.model is not None:
                    value = _overlaid(value, step.over)
                yield self._case(
                    kind="rule",
                    expect="accepted" if step.accepted else "refused",
                    label=f"{rule.id}, step {index + 1} of {len(rule.steps)}",
                    probes=(rule.clause(self.operation.id).id,),
                    value=value,
                    path=dict(step.path),
                    levels=self.model.classify(value) if self.model else {},
                    group=rule.id,
                )

    def _negatives(self) -> Iterator[Case]:
        if self.model is None or self.isolation is None:
            return
        part = self.isolation.message.part
        self.work.allow(MOST_WORK)
        spent: str | None = None
        for clause in self.operation.clauses.values():
            if clause.part != part or clause.pointer is None:
                continue
            if clause.keyword in ("optional", "allowEmptyValue"):
                continue
            found: list[Negative] = []
            why = spent
            try:
                if spent is None:
                    found, why = negatives(self.model, self.isolation, clause)
            except TooLarge as error:
                why = spent = error.problem
            if why is not None:
                self.unplanned[clause.id] = why
            for negative in found:
                name = clause.pointer or "the body"
                yield self._case(
                    kind="negative",
                    expect="refused",
                    label=f"{name} {negative.label}",
                    probes=(clause.id,),
                    value=negative.body,
                    levels=negative.levels,
                    change=negative.change,
                )
        yield from self._broken_rules()

    def _broken_rules(self) -> Iterator[Case]:
        """Bodies that keep the schema and break one rule on bodies."""
        assert self.model is not None
        for rule in self.rules:
            if rule.body is None or self.operation.body is None:
                continue
            clause = rule.clause(self.operation.id)
            for members in rule.broken_by:
                body = _overlaid(self.model.build(self._least), members)
                if self._breaks_only(rule, body):
                    yield self._case(
                        kind="negative",
                        expect="refused",
                        label=f"breaks {rule.id}",
                        probes=(clause.id,),
                        value=body,
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

        def probe(clause: str, label: str, **parts: Any) -> Case:
            parts = {"probes": (f"{name}:{clause}",), **parts}
            return self._plain("transport", parts.pop("expect", "refused"), label, **parts)

        if self.operation.body is not None:
            media = self.operation.body.media_types[0]
            if self.operation.body.required:
                yield probe("request:required", "no body", value=ABSENT, media_type=None)
            half = encode(self._plain("transport", "refused", "").value)[:-1]
            yield probe("request:json", "a body cut short", value=ABSENT, content=half)
            label = f"text/plain, not {media}"
            yield probe("request:media-type", label, media_type="text/plain")
            if self._beside is not None:
                yield from beside_body(
                    self.operation, self._beside, probe, self.unplanned, self.work
                )
        least = self.model.build(self._least) if self.operation.body is None and self.model else {}
        yield from empty_values(self.operation, least, probe, self.unplanned)
        yield from path_cases(
            self.operation, self.pack.path_values, probe, self.unplanned, self.work
        )
        if self.operation.secured:
            yield probe("auth", "no token", credential="none")
            yield probe("auth", "a made-up token", credential="wrong")

    def _say_what_is_not_sent(self) -> None:
        """Give the reason for clauses of parameters that no request varies."""
        model = self._beside if self.operation.body is not None else self.model
        known = {factor.pointer for factor in model.factors.values()} if model else set()
        for clause in self.operation.clauses.values():
            if clause.part in ("header", "cookie"):
                self.unplanned[clause.id] = "parameters in headers and cookies are not varied"
            elif clause.part == "query" and clause.pointer not in known:
                why = "no value of it is known that could be written into a URL"
                if "*" not in (clause.pointer or ""):
                    self.unplanned.setdefault(clause.id, why)

    def _control(self) -> Iterator[Case]:
        """The first request once more: it must still be accepted, after all that was refused."""
        yield self._plain("control", "accepted", "the first request again, after all refusals")


def need_of(pack: Pack, operation: str, value: Any) -> tuple[str, str | None] | None:
    """The supply and the state that a request of an operation needs, if any."""
    supply = pack.supply_for(operation)
    if supply is None:
        return None
    need = supply.needed_by[operation]
    return supply.name, need.state if value is ABSENT else need.state_for(value)


def _keep_written(model: BodyModel, form: QueryForm) -> None:
    """Keep the parameters and levels that have a written form."""
    for at, factor in list(model.factors.items()):
        name = unescape(at[1:])
        kept = [level for level in factor.levels if form.written({name: level.value}) is not None]
        if kept and factor.parent == "":
            factor.levels = tuple(kept)
        else:
            del model.factors[at]


def _overlaid(body: Any, over: Any) -> Any:
    """One JSON object laid over another (RFC 7396, without deleting)."""
    if not isinstance(body, dict) or not isinstance(over, dict):
        return over
    merged = {key: _overlaid(body[key], over[key]) if key in body else over[key] for key in over}
    return {**body, **merged}


def disputed_in(model: BodyModel, levels: Mapping[str, Level]) -> str | None:
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
