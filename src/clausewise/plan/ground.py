"""What the plan of one operation stands on: the choices of its request, and who judges values."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from clausewise.contract import Clause, Content, Contract, MatchedOperation, Operation, Parameter
from clausewise.contract.codecs import JsonCodec
from clausewise.contract.compiled import compiled
from clausewise.contract.message import MessagePart
from clausewise.contract.operation_clauses import example_of
from clausewise.contract.parameters import LOCATIONS
from clausewise.contract.requests import BODY, RequestCodec, request_part
from clausewise.contract.schemas import Schema
from clausewise.pack import Pack
from clausewise.plan.cases import Case, Kind
from clausewise.plan.written import is_taken, is_written, keep_written
from clausewise.pointer import ABSENT, escape, look
from clausewise.values.bodies import BodyModel
from clausewise.values.bounds import MOST_WORK, TooLarge, Work
from clausewise.values.forbidding import forbidden_in
from clausewise.values.fresh import leased_anew
from clausewise.values.isolation import Isolation
from clausewise.values.ranges import is_inverted, range_pairs
from clausewise.values.values import Level

# Why there is no request where the wire cannot carry what a schema asks for.
NO_FORM = "no value of it is known that could be written"
# Why there is none where one part of a schema forbids what another one needs.
NOBODY = "its schema lets nobody make a body"


class Ground:
    """One operation, ready to be planned.

    `model` has the choices of its request, `isolation` judges its values. `lack` says why no
    request can be made at all, where none can. With `content`, bodies are of that one.
    """

    def __init__(
        self,
        pack: Pack,
        name: str,
        content: Content | None = None,
        agreed: Collection[str] = (),
    ) -> None:
        """`agreed` are requests, as JSON, that both validators were of one mind about before."""
        self.pack = pack
        self._agreed = agreed
        self.contract: Contract = pack.contract
        self.operation: Operation = self.contract.operations[name]
        self.content = content or next(iter(self.operation.contents), None)
        self.is_first = content is None
        self.rules = self.contract.rules_of(name)
        self.codec: RequestCodec = self.operation.codec_of(self.content)
        pointer = next(
            (r.members[name] for r in pack.resources.values() if name in r.members), None
        )
        self.leased = f"/{BODY}{pointer}" if pointer is not None else None
        # The query parameters that have no empty value, and whether each member of one has none.
        self._never_empty = {
            parameter.name: parameter.parts_objects
            for parameter in self.operation.located("query")
            if not parameter.allow_empty
        }
        self.work = Work()
        self.unplanned: dict[str, str] = {}
        # The clauses' pointers of members that have no form on the wire.
        self.unwritten: frozenset[str] = frozenset()
        self.documented: dict[str, Any] = {}
        self.least: dict[str, Level] = {}
        # The levels of more lawful requests, while they are looked for and broken.
        self.rows: list[dict[str, Level]] = []
        self.lack: str | None = None
        self.ranges: list[tuple[str, str]] = []
        # Whether requests tell this operation from another one that the same URL asks.
        self._is_told_apart = self.operation.twin is not None
        # The first request that breaks a promise of a member of the body.
        self.breach: Case | None = None
        nothing = MessagePart("request", Schema({}))
        self.model = BodyModel(nothing.place, ABSENT)
        self.isolation = Isolation(nothing, [], self.codec, self.work)
        self.work.allow(MOST_WORK)
        try:
            self._lay_out()
        except TooLarge as error:
            self.lack = error.problem
        self.work.allow(None)

    # How the operation is laid out

    def _lay_out(self) -> None:
        unknown = self.operation.unasked or self.operation.in_doubt
        if unknown is not None:
            self.lack = unknown.reason
        message = (
            self.operation.request
            if self.is_first
            else request_part(self.operation.parameters, self.content, self.operation.body_required)
        )
        bodies = [_of_body(rule.body) for rule in self.rules if rule.body is not None]
        self.isolation = Isolation(message, bodies, self.codec, self.work)
        self.documented = {
            name: value
            for name, value in self._examples()
            if self.codec.written(value) is not None and self.isolation.lawful(value)
        }
        fullest = max(
            self.documented.values(), key=lambda value: len(json.dumps(value)), default=None
        )
        self.model = BodyModel(message.place, fullest if fullest is not None else self._known())
        self.unwritten = keep_written(self.model, self.codec, self._never_empty)
        self.ranges = range_pairs(self.model.factors)
        if self.lack is None:
            self.lack = self._needed_but_unwritten()
        if self.lack is None:
            self._find_least()

    def _known(self) -> dict[str, Any]:
        """The values of parameters that the pack or the contract names."""
        known: dict[str, Any] = {}
        for location in LOCATIONS:
            values = {p.name: self._known_value(p) for p in self.operation.located(location)}
            values = {name: value for name, value in values.items() if value is not ABSENT}
            if values:
                known[location] = values
        return known

    def _known_value(self, parameter: Parameter) -> Any:
        if parameter.location == "path" and parameter.name in self.pack.path_values:
            return parameter.read([(parameter.name, self.pack.path_values[parameter.name])])
        value = example_of(parameter)
        return value if value is not ABSENT and parameter.written(value) is not None else ABSENT

    def _examples(self) -> Iterator[tuple[str, Any]]:
        """Documented requests by name: each documented body, with what parameters are known."""
        known = self._known()
        for name, body in (self.content.examples if self.content is not None else {}).items():
            yield name, {**known, BODY: body}
        if known and not self.operation.body_required and set(known) - {"path"}:
            yield "parameters", known

    def _has_empty_values(self, value: Any) -> bool:
        """Whether a query has nothing behind a `=`, which is not lawful unless that is said.

        OpenAPI 3.1, section 4.8.12.2: `allowEmptyValue`. A member of an object looks alike there.
        """
        query = value.get("query") if isinstance(value, dict) else None
        values = query if isinstance(query, dict) else {}
        held = ((values.get(name), parts) for name, parts in self._never_empty.items())
        return any(
            one == "" or (parts and isinstance(one, dict) and "" in one.values())
            for one, parts in held
        )

    def can_write(self, at: str, value: Any) -> bool:
        """Whether the wire can carry a value at a pointer of the request."""
        return is_written(self.codec, at, value)

    def _needed_but_unwritten(self) -> str | None:
        for parameter in self.operation.parameters:
            at = f"/{parameter.location}/{escape(parameter.name)}"
            if parameter.required and at not in self.model.factors:
                return _cannot_do_without(parameter)
        return None

    def _find_least(self) -> None:
        """The levels of the smallest lawful request; `lack` where there is none.

        Of two operations with one URL each gets requests that the other one does not take, if any.
        """
        if self._is_told_apart and self.model.completed({}, self.lawful) is None:
            self._is_told_apart = False
            self.model.forget()
        examples = [self.model.classify(example) for example in self.documented.values()]
        for levels in (self.model.completed({}, self.lawful), *examples):
            if levels is not None and self.is_sound(self.model.view(levels)):
                self.least = levels
                return
        what = "body" if self.content is not None else "request"
        lack = f"no lawful {what} can be made of its schema; give it an example"
        if self.content is not None and self.content.unread is not None:
            lack = f"no {self.content.media_range} is made: {self.content.unread}"
        self.lack = self._without_a_form() or self._of_nobody() or lack

    def _of_nobody(self) -> str | None:
        """Why nobody can make a body, where the schema says so itself."""
        if self.content is None:
            return None
        message = self.content.message
        at = forbidden_in(message.place, message.schema.document)
        return f"{NOBODY}: it needs {at}, which another part of it forbids" if at else None

    def _without_a_form(self) -> str | None:
        """The parameter that every request needs, and that has lawful values but none to write."""
        for parameter in self.operation.parameters:
            value = BodyModel(parameter.place, ABSENT).build({}) if parameter.required else ABSENT
            lawful = value is not ABSENT and parameter.message.accepts(value)
            if lawful and parameter.written(value) is None:
                return _cannot_do_without(parameter)
        return None

    def nearest(self) -> dict[str, Any] | None:
        """Where no lawful request is known: a documented one that breaks its schema, or None.

        Where a parameter or the body cannot be read, one without it.
        """
        if self.lack is None or self.operation.unasked is not None:
            return None
        built = self.model.build({})
        plain = built if isinstance(built, dict) else {}  # of what is too large, nothing is known
        bodies = [value for _, value in self._examples() if BODY in value]
        if self.content is not None:
            stated = self.content.message.schema.document.get("examples")
            bodies += [{BODY: body} for body in (stated if isinstance(stated, list) else ())]
        if self.operation.in_doubt is not None:
            bodies.append({})
        names = {parameter.name for parameter in self.operation.located("path")}
        candidates = ({**plain, **value} for value in bodies)
        led = (value for value in candidates if names <= value.get("path", {}).keys())
        return next((value for value in led if self.codec.written(value) is not None), None)

    # What the families of cases ask

    @property
    def others(self) -> list[Operation]:
        """Other operations that the same URL asks."""
        return [one.operation for one in self.contract.twins(MatchedOperation(self.operation, {}))][
            1:
        ]

    def is_unwritten(self, clause: Clause) -> bool:
        """Whether a clause is about what has no form on the wire, or what stands in that."""
        at = clause.at or ""
        return any(at == one or at.startswith(f"{one}/") for one in self.unwritten)

    @property
    def clauses(self) -> list[Clause]:
        """The clauses of requests of this content, each with its place in the whole request."""
        ours = [clause for clause in self.operation.requested.values() if clause.at is not None]
        if not self.is_first and self.content is not None:
            return [clause for clause in ours if clause.part == self.content.message.part]
        others = {content.message.part for content in self.operation.contents[1:]}
        return [clause for clause in ours if clause.part not in others]

    def lawful(self, value: Any) -> bool:
        """Whether a sensible client may send a request.

        It keeps the contract and its rules, can be written, and ends no range before its start.
        """
        if is_inverted(value, self.ranges) or self._has_empty_values(value):
            return False
        if not self.isolation.lawful(value):
            return False
        if self._is_told_apart and self.is_anothers(value):
            return False
        if isinstance(self.codec.body, JsonCodec):  # which writes any body there is
            value = {part: values for part, values in value.items() if part != BODY}
        return is_taken(self.codec.written(value))

    def is_anothers(self, value: Any) -> bool:
        """Whether another operation that the same URL asks takes a request as well."""
        if not isinstance(value, dict) or not isinstance(value.get("path", {}), dict):
            return False
        _, *others = self.contract.twins(MatchedOperation(self.operation, value.get("path") or {}))
        return any(one.operation.request.accepts({**value, "path": one.path}) for one in others)

    def is_sound(self, value: Any) -> bool:
        """Whether a request is lawful, with both validators of one mind, and can be sent."""
        if not self.lawful(value):
            return False
        if self._agreed and json.dumps(value) in self._agreed:
            return True
        return self.isolation.is_agreed(value)

    def is_agreed_at(self, at: str, level: Level) -> bool:
        """Whether both validators are of one mind about a value of a place."""
        place = self.model.factors[at].place
        return level.value is ABSENT or self.isolation.is_agreed(level.value, place)

    def least_with_body(self) -> dict[str, Any]:
        """The smallest lawful request that has a body; one without where none is known."""
        value, whole = self.least_value(), self.model.factors.get(f"/{BODY}")
        # A body of no content that could be written has no values at all.
        if BODY in value or whole is None:
            return value
        found = self.model.completed({f"/{BODY}": whole.plain}, self.lawful)
        longer: dict[str, Any] = self.model.build(found) if found is not None else value
        return longer

    def least_value(self) -> dict[str, Any]:
        """The smallest lawful request."""
        value: dict[str, Any] = self.model.build(self.least)
        return value

    def case(self, **fields: Any) -> Case:
        """A draft: a case that has no number yet."""
        media_range = None
        if not self.is_first and self.content is not None:
            media_range = self.content.media_range
        return Case(id="", operation=self.operation.id, media_range=media_range, **fields)

    def plain(self, kind: Kind, expect: str, label: str, **fields: Any) -> Case:
        """A draft on the smallest lawful request."""
        value = self.least_value()
        fields = {"value": value, "levels": self.model.classify(value), **fields}
        return self.case(kind=kind, expect=expect, label=label, **fields)

    def numbered(self, name: str, draft: Case, seed: int) -> Case:
        """The draft with its id, its own leased resource, and what it needs."""
        value = draft.value
        leased = self.leased
        # A value that the case itself is about must stay as it is.
        if leased and look(value, leased) is not ABSENT and not draft.is_pinned(leased):
            request = self.operation.request
            value = leased_anew(request, value, leased, seed, draft.group or name)
        return replace(draft, id=name, value=value, needs=self._needs(draft))

    def _needs(self, draft: Case) -> tuple[str, str | None] | None:
        supply = self.pack.supply_for(self.operation.id)
        if supply is None:
            return None
        wanted = {p.name for p in self.operation.located("path")} & supply.named_in_path(
            self.operation.id
        )
        if wanted and all(draft.is_pinned(f"/path/{escape(name)}") for name in wanted):
            return None
        return need_of(self.pack, self.operation.id, draft.body)


def need_of(pack: Pack, operation: str, body: Any) -> tuple[str, str | None] | None:
    """The supply and the state that a request of an operation needs, if any."""
    supply = pack.supply_for(operation)
    if supply is None:
        return None
    need = supply.needed_by[operation]
    return supply.name, need.state if body is ABSENT else need.state_for(body)


def _of_body(schema: Any) -> dict[str, Any]:
    """A schema of bodies as one of requests."""
    return {"properties": {BODY: schema}}


def taken_by(twin: str) -> str:
    """Why a request that breaks a clause is not sent, where the same URL asks another operation."""
    return f"its path is that of {twin} as well, which may accept what breaks it"


def overlaid(body: Any, over: Any) -> Any:
    """One JSON object laid over another (RFC 7396, without deleting)."""
    if not isinstance(body, dict) or not isinstance(over, dict):
        return over
    merged = {key: overlaid(body[key], over[key]) if key in body else over[key] for key in over}
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


def _cannot_do_without(parameter: Parameter) -> str:
    named = f"the {parameter.location} parameter {parameter.name}"
    return f"every request needs {named}, and {NO_FORM}; an example may help"
