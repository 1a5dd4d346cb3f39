"""Supplies: what an operation needs before it can be asked, and which other one provides it.

A pack declares them: the operation that creates a thing, what of the exchange names it later, how
it is brought into a state, and which operations need one. Nothing here sends anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jsonschema_rs import ValidationError
from msgspec import Struct

from clausewise.contract.compiled import compiled
from clausewise.contract.contract import Contract
from clausewise.contract.runtime import is_expression
from clausewise.contract.source import Document
from clausewise.cutting import brief
from clausewise.errors import ContractError


class StateStep(Struct, frozen=True):
    """One step into a state: another state first, or a request.

    A request with `until`, a JSON Schema of the reply's body, is repeated until that holds.
    """

    state: str | None
    operation: str | None = None
    body: Any = None
    until: Any = None


class NeededBy(Struct, frozen=True):
    """What one operation needs: a state, or by the value that is sent another one.

    `into` says which places get what is given, by part and pointer; None where each path parameter
    gets what bears its name.
    """

    state: str | None
    by_value: tuple[tuple[Any, str], ...]
    into: Mapping[tuple[str, str], str] | None

    def state_for(self, value: Any) -> str | None:
        """The state that is needed to send a value (a body, or a query as an object)."""
        for schema, state in self.by_value:
            if compiled(schema).is_valid(value):
                return state
        return self.state


class Supply(Struct, frozen=True):
    """One kind of thing that operations need.

    `gives` maps names to runtime expressions of the exchange that makes one.
    """

    name: str
    operation: str
    gives: Mapping[str, str]
    states: Mapping[str, tuple[StateStep, ...]]
    needed_by: Mapping[str, NeededBy]

    def named_in_path(self, operation: str) -> set[str]:
        """The path parameters of an operation that get what is given."""
        need = self.needed_by.get(operation)
        if need is None or need.into is None:
            return set(self.gives)
        return {pointer[1:] for part, pointer in need.into if part == "path"}

    def placed(self, operation: str, values: Mapping[str, Any]) -> dict[tuple[str, str], Any]:
        """The values of one thing by part and pointer, as the requests of an operation need them.

        An operation that does not say so, such as a step into a state, has them in its path.
        """
        need = self.needed_by.get(operation)
        if need is None or need.into is None:
            return {("path", f"/{name}"): value for name, value in values.items()}
        return {place: values[name] for place, name in need.into.items()}

    def steps_to(self, state: str | None) -> list[StateStep]:
        """The requests into a state, those into the states before it first."""
        if state is None:
            return []
        steps: list[StateStep] = []
        for step in self.states[state]:
            steps += [step] if step.state is None else self.steps_to(step.state)
        return steps

    def state_after(self, state: str | None, operation: str, value: Any) -> str | None:
        """The state that an accepted request leads to, if one is declared to begin with it."""
        for name, steps in self.states.items():
            if state is not None and len(steps) == 2 and steps[0].state == state:
                last = steps[1]
                if last.operation == operation and last.body == value:
                    return name
        return None


def read_supplies(
    document: Document, nodes: Mapping[str, Any], contract: Contract
) -> dict[str, Supply]:
    """Read what `supplies` of clausewise.yaml declares, by name. Raises ContractError."""
    readers = {name: _SupplyReader(document, contract, name, node) for name, node in nodes.items()}
    supplies = {name: reader.supply() for name, reader in readers.items()}
    for name, supply in supplies.items():
        # The first supply that an operation needs is made for it: so it is with suppliers.
        seen: list[str] = []
        around: Supply | None = supply
        while around is not None and around.name not in seen:
            seen.append(around.name)
            supplier = around.operation
            around = next((s for s in supplies.values() if supplier in s.needed_by), None)
        if around is supply:
            raise readers[name].wrong(f"needs {' and '.join(seen)} to be made", "needed_by")
    return supplies


class _SupplyReader:
    def __init__(self, document: Document, contract: Contract, name: str, node: Any) -> None:
        self.document = document
        self.contract = contract
        self.name = name
        self.node = node

    def supply(self) -> Supply:
        node = self.node
        self._operation(node["operation"], node, "operation")
        for pointer in node["gives"].values():
            if not is_expression(pointer):
                raise self.wrong(
                    f"gives {pointer!r}: a runtime expression such as $response.body#/id, or a "
                    "pointer that begins with /request/ or /response/, is needed",
                    "gives",
                )
        states = {
            state: tuple(self._step(step, node["states"]) for step in steps or [])
            for state, steps in (node.get("states") or {}).items()
        }
        for steps in states.values():
            for step in steps:
                if step.state is not None and step.state not in states:
                    raise self.wrong(f"has no state {step.state!r}", "states")
        for state in states:
            if state in _before(state, states):
                raise self.wrong(f"has the state {state!r} before itself", "states")
        needs = {}
        for operation, need in node["needed_by"].items():
            self._operation(operation, node["needed_by"], operation)
            needs[operation] = self._need(need or {}, states)
        return Supply(self.name, node["operation"], dict(node["gives"]), states, needs)

    def _step(self, node: Any, around: Any) -> StateStep:
        if isinstance(node, dict) and set(node) == {"state"}:
            return StateStep(state=str(node["state"]))
        if not isinstance(node, dict) or set(node) - {"operation", "body", "until"}:
            raise self.wrong(
                "a step into a state is {state: …} or {operation: …, body: …, until: …}", "states"
            )
        self._operation(node.get("operation"), around, next(iter(around)))
        if "until" in node:
            self._schema(node["until"], "states")
        return StateStep(None, node["operation"], node.get("body"), node.get("until"))

    def _need(self, node: dict[str, Any], states: Mapping[str, Any]) -> NeededBy:
        by_value = []
        for item in node.get("states") or []:
            if not isinstance(item, dict) or set(item) != {"when", "state"}:
                raise self.wrong("each of `states` is {when: …, state: …}", "needed_by")
            self._schema(item["when"], "needed_by")
            by_value.append((item["when"], str(item["state"])))
        named = [state for _, state in by_value]
        for state in (*named, *([node["state"]] if node.get("state") else [])):
            if state not in states:
                raise self.wrong(f"has no state {state!r}", "needed_by")
        into = {self._place(at): str(name) for at, name in (node.get("into") or {}).items()}
        for name in into.values():
            if name not in self.node["gives"]:
                raise self.wrong(f"gives no {name!r}", "needed_by")
        return NeededBy(node.get("state"), tuple(by_value), into or None)

    def _place(self, text: str) -> tuple[str, str]:
        part, _, pointer = str(text).partition("#")
        if part not in ("path", "query", "header", "request") or not pointer.startswith("/"):
            raise self.wrong(
                f"has {text!r} under `into`: a place is path#/NAME, query#/NAME, header#/NAME or "
                "request#/POINTER",
                "needed_by",
            )
        return part, pointer

    def _operation(self, name: Any, around: Any, key: str) -> None:
        if not isinstance(name, str) or name not in self.contract.operations:
            line = self.document.lines.get(id(around), {}).get(key)
            raise ContractError(
                f"supply {self.name} names {name!r}, which is no operation",
                self.document.name,
                line,
            )

    def _schema(self, schema: Any, key: str) -> None:
        try:
            compiled(schema)
        except ValueError as error:
            said = error.message if isinstance(error, ValidationError) else error
            raise self.wrong(f"has no JSON Schema there: {said}", key) from None

    def wrong(self, problem: str, key: str) -> ContractError:
        """A mistake in this supply, with the line of one of its keys."""
        line = self.document.lines.get(id(self.node), {}).get(key)
        return ContractError(brief(f"supply {self.name} {problem}"), self.document.name, line)


def _before(state: str, states: Mapping[str, tuple[StateStep, ...]]) -> set[str]:
    """The states that lead to a state."""
    found: set[str] = set()
    open_ = [state]
    while open_:
        for step in states[open_.pop()]:
            if step.state is not None and step.state not in found:
                found.add(step.state)
                open_.append(step.state)
    return found
