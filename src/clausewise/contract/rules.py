"""Rules: promises between fields or messages, declared in the pack's rules file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from clausewise.contract.clauses import Clause
from clausewise.contract.documents import Document, Library, Source
from clausewise.errors import ContractError

_KNOWN = {
    "statement", "documented", "operations", "soft", "when", "then", "check", "keyword",
    "body", "broken_by", "steps", "unobservable",
}  # fmt: skip
_WAYS = ("then", "check", "keyword", "body", "steps", "unobservable")


@dataclass(frozen=True, slots=True)
class Step:
    """One request of a rule that needs several: what is laid over the minimal body."""

    operation: str
    over: Any
    accepted: bool


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the pack.

    It is checked in one or more of these ways: `then` holds of `{request, response}` wherever
    `when` does (JSON Schema); `check` names a function of the pack's `rules/*.py`; `keyword`
    takes over the clauses of that keyword; `body` must hold of every lawful request body, and
    `broken_by` are the members that break it; `steps` are requests sent one after the other.
    `unobservable` says why a client cannot check it.
    """

    id: str
    statement: str
    documented: str
    operations: tuple[str, ...]
    source: Source | None
    soft: bool = False
    when: Any = None
    then: Any = None
    check: str | None = None
    keyword: str | None = None
    body: Any = None
    broken_by: tuple[Any, ...] = ()
    steps: tuple[Step, ...] = ()
    unobservable: str | None = None

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
        )


def read_rules(library: Library, document: Document, operations: set[str]) -> Iterator[Rule]:
    """Read a rules file: a mapping from rule id to its declaration. Raises ContractError."""
    listed = document.data
    if not isinstance(listed, dict):
        raise ContractError("a rules file maps rule ids to rules", document.name, 1)
    for name, node in listed.items():
        source = library.source(listed, name)
        line = source.line if source else None
        if not isinstance(node, dict):
            raise ContractError(f"rule {name} is not a mapping", document.name, line)
        unknown = sorted(node.keys() - _KNOWN)
        if unknown:
            raise ContractError(
                f"rule {name} has {unknown[0]!r}; known are {', '.join(sorted(_KNOWN))}",
                document.name,
                line,
            )
        if not any(way in node for way in _WAYS):
            raise ContractError(
                f"rule {name} says nothing that can be checked: give one of {', '.join(_WAYS)}",
                document.name,
                line,
            )
        missing = [key for key in ("statement", "operations") if key not in node]
        if missing:
            raise ContractError(f"rule {name} has no {missing[0]!r}", document.name, line)
        strange = sorted(set(node["operations"]) - operations)
        if strange:
            raise ContractError(
                f"rule {name} is about {strange[0]!r}, which is no operation", document.name, line
            )
        steps = tuple(
            Step(step["operation"], step.get("over", {}), step["expect"] == "accepted")
            for step in node.get("steps") or []
        )
        yield Rule(
            id=name,
            statement=" ".join(str(node["statement"]).split()),
            documented=node.get("documented", ""),
            operations=tuple(node["operations"]),
            source=source,
            soft=bool(node.get("soft")),
            when=node.get("when"),
            then=node.get("then"),
            check=node.get("check"),
            keyword=node.get("keyword"),
            body=node.get("body"),
            broken_by=tuple(node.get("broken_by") or []),
            steps=steps,
            unobservable=node.get("unobservable"),
        )
