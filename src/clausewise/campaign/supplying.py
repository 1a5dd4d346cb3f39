"""Supplying: making what operations need, bringing it into a state, and letting go of it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import Any

from msgspec import Struct

from clausewise.campaign.requests import read_path
from clausewise.campaign.settling import Settling
from clausewise.contract.compiled import compiled
from clausewise.contract.requests import BODY
from clausewise.contract.runtime import evaluated
from clausewise.judge.outcomes import answered
from clausewise.pack import Pack
from clausewise.pack.settings import Settings
from clausewise.pack.supplies import StateStep, Supply
from clausewise.plan.cases import Case, Unsupplied
from clausewise.plan.ground import Ground
from clausewise.plan.plan import OperationPlan
from clausewise.plan.planning import least_of
from clausewise.pointer import escape, unescape
from clausewise.record.ledger import Entry


class _Unreached(Unsupplied):
    """A thing was made, and is in another state than the one that is needed."""


class Thing(Struct):
    """One supplied thing: its names, the case that made it, and the exchanges of its life."""

    supply: Supply
    made_by: str
    values: dict[str, Any]
    entries: list[int]

    def path_of(self, operation: str) -> dict[str, str]:
        """What it gives for path parameters of an operation, by name."""
        return {
            unescape(pointer[1:]): str(value)
            for (part, pointer), value in self.supply.placed(operation, self.values).items()
            if part == "path"
        }

    def elsewhere(self, operation: str) -> dict[tuple[str, str], Any]:
        """What it gives for other places of an operation's requests, by part and pointer."""
        placed = self.supply.placed(operation, self.values)
        return {place: value for place, value in placed.items() if place[0] != "path"}


class Supplies:
    """What operations need in one run, made when it is first needed.

    A thing serves all requests that need it, until one of them was accepted that may have changed
    it. Requests that change things must not be sent at the same time. Where the profile lists the
    resources that may be used, no two things are held at once: both might be of one resource.
    """

    def __init__(
        self,
        pack: Pack,
        settings: Settings,
        send: Callable[[Case, Sequence[int]], Entry],
        let_go: Callable[[str], None],
        settling: Settling,
        preparing: threading.RLock,
    ) -> None:
        """`send` gets a case and what it rests on; `let_go` undoes what a case made.

        `preparing` is held while something is sent for others.
        """
        self._pack = pack
        self._settling = settling
        leased = pack.leased
        # Whether the profile lists the resources that may be used.
        self.one_at_a_time = leased is not None and bool(settings.leases.get(leased.name))
        self._send = send
        self._let_go = let_go
        self._things: dict[tuple[str, str | None], Thing] = {}
        # By the case that made a thing, the one that made what it is within.
        self._below: dict[str, str] = {}
        self._lock = preparing
        self._numbers = count(1)
        # What is planned; and by operation that is not, what its requests stand on.
        self.plans: Mapping[str, OperationPlan] = {}
        self._grounds: dict[str, Ground] = {}
        # By supply and state: why there is none. Asking again would cost as much again.
        self._lacking: dict[tuple[str, str | None], str] = {}
        # By supply and state: why things are given in another state.
        self._unreached: dict[tuple[str, str | None], str] = {}

    def thing_for(self, case: Case) -> Thing | None:
        """What a case needs; its values are path parameters. Raises Unsupplied, Stopped."""
        if case.needs is None:
            return None
        with self._lock:
            if case.needs in self._lacking:
                raise Unsupplied(self._lacking[case.needs])
            thing = self._things.get(case.needs)
            if thing is None:
                self.make_room()
                name, state = case.needs
                try:
                    thing = self._made(self._pack.supplies[name], state)
                except Unsupplied as lack:
                    self._lacking[case.needs] = str(lack)
                    raise
                self._things[case.needs] = thing
            return thing

    def used(self, entry: Entry) -> None:
        """Take note of what became of a request, and of what it was about with it."""
        needs = entry.case.needs
        operation = self._pack.contract.operations[entry.case.operation]
        if needs is None or operation.safe or entry.outcome == "refused":
            return
        with self._lock:
            thing = self._things.pop(needs, None)
            if thing is None:
                return
            if entry.case.kind == "supply":
                # What was made of it may not be there without it: both go together.
                self._below[entry.case.id] = thing.made_by
                return
            if entry.outcome == "accepted" and needs not in self._unreached:
                thing.entries.append(entry.id)
                value = entry.case.body
                reached = thing.supply.state_after(needs[1], operation.id, value)
                if reached is not None and (needs[0], reached) not in self._things:
                    self._things[needs[0], reached] = thing
                    return
        self._drop(thing.made_by)

    def unreached(self, case: Case) -> str | None:
        """Why what a case needs is not in the state that it needs; None where it is.

        It is sent all the same: only that it is refused says nothing then.
        """
        return self._unreached.get(case.needs) if case.needs is not None else None

    def make_room(self) -> None:
        """Let go of what is held where it may be of the very resource that comes next."""
        if self.one_at_a_time:
            self.release()

    def release(self) -> None:
        """Let go of everything that is held."""
        with self._lock:
            things = list(self._things.values())
            self._things.clear()
        for thing in things:
            self._drop(thing.made_by)

    def _drop(self, made_by: str | None) -> None:
        """Let go of a thing, then of what it was made within."""
        while made_by is not None:
            self._let_go(made_by)
            made_by = self._below.pop(made_by, None)

    def _made(self, supply: Supply, state: str | None) -> Thing:
        try:
            case = self.least(supply.operation, f"of-{supply.name}-{next(self._numbers)}")
        except Unsupplied as lack:
            raise Unsupplied(f"it needs a {supply.name}; {lack}") from None
        entry = self._asked(supply, case)
        try:
            thing = Thing(supply, case.id, self._values(supply, entry), [*entry.after, entry.id])
            for step in supply.steps_to(state):
                self._take(thing, step)
        except _Unreached as lack:
            self._unreached[supply.name, state] = str(lack)
        except Unsupplied:
            self._let_go(case.id)
            raise
        return thing

    def _take(self, thing: Thing, step: StateStep) -> None:
        """Ask for a step into a state; what has to be so after it may take some time."""
        looks: list[Entry] = []

        def look() -> bool:
            looks.append(self._step(thing, step, len(looks) + 1))
            response = looks[-1].exchange.response
            if step.until is None:
                return True
            if response is None or response.not_json is not None:
                return False
            return bool(compiled(step.until).is_valid(response.json))

        state = f"{thing.supply.name} {step.until}"
        if not self._settling.until(state, look, needed=True):
            times = len(looks)
            raise _Unreached(
                f"it needs a {thing.supply.name} in a state that was not reached: {step.operation} "
                f"was asked {times} time{'' if times == 1 else 's'} (last in exchange "
                f"{looks[-1].id})"
            )

    def _step(self, thing: Thing, step: StateStep, number: int) -> Entry:
        assert step.operation is not None
        operation = self._pack.contract.operations[step.operation]
        value: dict[str, Any] = {} if step.body is None else {BODY: step.body}
        given = thing.path_of(step.operation)
        texts = {
            parameter.name: given[parameter.name]
            for parameter in operation.located("path")
            if parameter.name in given
        }
        if texts:
            value["path"] = read_path(operation, texts)
        case = Case(
            id=f"{thing.made_by}/{step.operation}-{number}",
            operation=step.operation,
            kind="supply",
            expect="accepted",
            label=f"bringing a {thing.supply.name} into a state",
            value=value,
            pinned=frozenset(f"/path/{escape(name)}" for name in texts),
        )
        entry = self._asked(thing.supply, case, thing.entries)
        thing.entries.append(entry.id)
        return entry

    def _asked(self, supply: Supply, case: Case, after: Sequence[int] = ()) -> Entry:
        entry = self._send(case, after)
        if entry.outcome != "accepted":
            said = answered(entry.exchange.response)
            raise Unsupplied(
                f"it needs a {supply.name}, and {case.operation} {said} (exchange {entry.id})"
            )
        return entry

    def least(self, operation: str, name: object) -> Case:
        """The smallest lawful request of an operation. Raises Unsupplied where none is known."""
        ground = self._ground(operation)
        if ground.lack is not None:
            raise Unsupplied(f"of {operation}, {ground.lack}")
        return least_of(ground, name)

    def _ground(self, operation: str) -> Ground:
        """What requests of an operation stand on: of a planned one it is known."""
        if operation in self.plans:
            return self.plans[operation].ground
        if operation not in self._grounds:
            self._grounds[operation] = Ground(self._pack, operation)
        return self._grounds[operation]

    def _values(self, supply: Supply, entry: Entry) -> dict[str, Any]:
        """What a supply gives, from the exchange that made it. Raises Unsupplied."""
        exchange, operations = entry.exchange, self._pack.contract.operations.values()
        values = {}
        for name, expression in supply.gives.items():
            value = evaluated(expression, exchange.request, exchange.response, operations)
            if isinstance(value, bool) or not isinstance(value, str | int | float) or value == "":
                raise Unsupplied(
                    f"it needs a {supply.name}, and the {_named(expression, supply.operation)} "
                    f"that could name it (exchange {entry.id})"
                )
            values[name] = value
        return values


def _named(expression: str, operation: str) -> str:
    """Where an expression finds nothing, in words."""
    if expression.startswith("/"):
        side, _, inside = expression[1:].partition("/")
        return f"{'reply' if side == 'response' else side} of {operation} has no /{inside}"
    return f"exchange of {operation} has no {expression}"
