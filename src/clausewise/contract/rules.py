"""Rules: promises between fields or messages, declared in the pack's rules file."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from jsonschema_rs import ValidationError
from msgspec import Struct

from clausewise.contract.clauses import Clause
from clausewise.contract.compiled import compiled
from clausewise.contract.documents import Documents
from clausewise.contract.levels import OF_CLAUSES
from clausewise.contract.source import Document, Source
from clausewise.cutting import brief
from clausewise.errors import ContractError
from clausewise.options import Level

_KNOWN = {
    "statement", "documented", "operations", "soft", "when", "then", "check", "fold", "by",
    "keyword", "body", "broken_by", "steps", "scenario", "unobservable", "level",
}  # fmt: skip
_WAYS = ("then", "check", "fold", "keyword", "body", "steps", "scenario", "unobservable")
# What `operations` may say instead of naming them.
ALL = "all"


class Step(Struct, frozen=True):
    """One request of a rule that needs several.

    `over` is laid over the minimal body, `path` are path parameters of its own.
    """

    operation: str
    over: Any
    accepted: bool
    path: tuple[tuple[str, str], ...] = ()


class Rule(Struct, frozen=True):
    """One rule of the pack.

    It is checked in one or more of these ways: `then` holds of `{request, response}` wherever
    `when` does (JSON Schema); `check` names a function of the pack's `rules/*.py`; `fold` names
    one that is given, beside an exchange, what the earlier ones with the same key have come to,
    where `by` are pointers to the keys in `{request, response}` (none: all exchanges are one).
    Both are asked only of exchanges for which `when` holds: others cost nothing, and a fold
    remembers nothing of them;
    `keyword` takes over the clauses of that keyword; `body` must hold of every lawful request
    body, and `broken_by` are the members that break it; `steps` are requests sent one after the
    other; `scenario` names the contract test that shows it by exchanges of its own.
    `unobservable` says why a client cannot check it. `level` is the level of fidelity that it is
    about; without one its form tells.
    """

    id: str
    statement: str
    documented: str
    operations: tuple[str, ...]
    source: Source | None
    soft: bool
    when: Any
    then: Any
    check: str | None
    fold: str | None
    by: tuple[str, ...]
    keyword: str | None
    body: Any
    broken_by: tuple[Any, ...]
    steps: tuple[Step, ...]
    scenario: str | None
    unobservable: str | None
    level: Level | None

    @property
    def about(self) -> Level:
        """The level of fidelity: what it says, else by its form."""
        if self.level is not None:
            return self.level
        if self.body is not None:
            return "leniency"
        return "state" if self.steps or self.scenario or self.by else "shape"

    def clause(self, operation: str) -> Clause:
        """The rule as a clause of one operation."""
        return Clause(
            id=f"{operation}:rule:{self.id}",
            operation=operation,
            part="rule",
            pointer=None,
            keyword=self.id,
            group="rules",
            promise=self.statement,
            sources=(self.source,) if self.source else (),
            documented=self.documented,
            soft=self.soft,
            declared_level=self.about,
        )


def read_rules(
    documents: Documents, document: Document, operations: Collection[str]
) -> Iterator[Rule]:
    """Read a rules file: a mapping from rule id to its declaration. Raises ContractError."""
    listed = document.data
    if listed is None:
        return
    if not isinstance(listed, dict):
        raise ContractError("a rules file maps rule ids to rules", document.name, 1)
    for name, node in listed.items():
        source = documents.source(listed, name)
        if not isinstance(node, dict):
            line = source.line if source else None
            raise ContractError(f"rule {name} is not a mapping", document.name, line)
        yield _RuleReader(documents, document, operations, name, node, source).rule()


class _RuleReader:
    """Reads one rule."""

    def __init__(
        self,
        documents: Documents,
        document: Document,
        operations: Collection[str],
        name: str,
        node: dict[str, Any],
        source: Source | None,
    ) -> None:
        self.documents = documents
        self.document = document
        self.operations = operations
        self.name = name
        self.node = node
        self.source = source

    def rule(self) -> Rule:
        """The rule. Raises ContractError with the line of what is wrong."""
        node = self.node
        self._check_keys()
        return Rule(
            id=self.name,
            statement=" ".join(str(node["statement"]).split()),
            documented=str(node.get("documented", "")),
            operations=self._operations(),
            source=self.source,
            soft=self._of("soft", bool, "true or false") or False,
            when=self._schema("when"),
            then=self._schema("then"),
            check=self._of("check", str, "the name of a function"),
            fold=self._of("fold", str, "the name of a function"),
            by=tuple(self._keys()),
            keyword=self._of("keyword", str, "a keyword"),
            body=self._schema("body"),
            broken_by=tuple(self._list("broken_by")),
            steps=tuple(self._step(step) for step in self._list("steps")),
            scenario=self._of("scenario", str, "the name of a contract test"),
            unobservable=self._of("unobservable", str, "a sentence"),
            level=self._level(),
        )

    def _check_keys(self) -> None:
        node = self.node
        unknown = sorted(node.keys() - _KNOWN)
        if unknown:
            known = ", ".join(sorted(_KNOWN))
            raise self._wrong(f"has {unknown[0]!r}; known are {known}", unknown[0])
        for key in ("statement", "operations"):
            if key not in node:
                raise self._wrong(f"has no {key!r}")
        if not any(way in node for way in _WAYS):
            raise self._wrong(f"says nothing that can be checked: give one of {', '.join(_WAYS)}")
        if "fold" in node and "by" not in node:
            raise self._wrong(
                "has `fold` without `by`: say what keys its exchanges, or `by: null`", "fold"
            )
        if "when" in node and not {"then", "check", "fold"} & node.keys():
            raise self._wrong("has `when` without `then`, `check` or `fold`", "when")
        for key, needed in (("broken_by", "body"), ("by", "fold")):
            if key in node and needed not in node:
                raise self._wrong(f"has `{key}` without `{needed}`", key)

    def _operations(self) -> tuple[str, ...]:
        if self.node["operations"] == ALL:
            return tuple(self.operations)
        named = self._list("operations")
        if not named:
            raise self._wrong("is about no operation", "operations")
        for name in named:
            if not isinstance(name, str) or name not in self.operations:
                raise self._wrong(f"is about {name!r}, which is no operation", "operations")
        return tuple(named)

    def _level(self) -> Level | None:
        named = self.node.get("level")
        if named is not None and named not in OF_CLAUSES:
            raise self._wrong(f"has a `level` that is none of {', '.join(OF_CLAUSES)}", "level")
        level: Level | None = named
        return level

    def _schema(self, key: str) -> Any:
        if key not in self.node:
            return None
        try:
            compiled(self.node[key])
        except ValidationError as error:
            at = "/".join(str(step) for step in error.instance_path)
            where = f" at {at}" if at else ""
            raise self._wrong(f"`{key}` is no JSON Schema{where}: {error.message}", key) from None
        except ValueError as error:
            raise self._wrong(f"`{key}` is no JSON Schema: {error}", key) from None
        return self.node[key]

    def _of(self, key: str, kind: type, what: str) -> Any:
        value = self.node.get(key)
        if value is not None and not isinstance(value, kind):
            raise self._wrong(f"`{key}` is {what}, not {value!r}", key)
        return value

    def _list(self, key: str) -> list[Any]:
        return self._of(key, list, "a list") or []

    def _keys(self) -> Iterator[str]:
        """The pointers of `by`: one, several, or none."""
        named = self.node.get("by")
        for pointer in named if isinstance(named, list) else [named] if named is not None else []:
            if not isinstance(pointer, str) or not pointer.startswith(("/request/", "/response/")):
                raise self._wrong(
                    f"`by` points into /request or /response, not to {pointer!r}", "by"
                )
            yield pointer

    def _step(self, node: Any) -> Step:
        named = node.get("operation") if isinstance(node, dict) else None
        if not isinstance(named, str) or named not in self.operations:
            raise self._wrong("every step names an `operation` of the contract", "steps")
        if node.get("expect") not in ("accepted", "refused"):
            raise self._wrong("every step has an `expect`, accepted or refused", "steps")
        path = node.get("path") or {}
        if not isinstance(path, dict):
            raise self._wrong("the `path` of a step maps parameters to values", "steps")
        return Step(
            node["operation"],
            node.get("over", {}),
            node["expect"] == "accepted",
            tuple((str(name), str(value)) for name, value in path.items()),
        )

    def _wrong(self, problem: str, key: str | None = None) -> ContractError:
        source = (self.documents.source(self.node, key) if key else None) or self.source
        return ContractError(
            brief(f"rule {brief(self.name)} {problem}"),
            self.document.name,
            source.line if source else None,
        )
