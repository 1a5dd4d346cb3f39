"""A contract: the operations of an OpenAPI document, and the rules that go with it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from clausewise.contract.clauses import Clause
from clausewise.contract.documents import Library
from clausewise.contract.operations import Operation, read_operations
from clausewise.contract.rules import Rule, read_rules


@dataclass
class Contract:
    """Everything the documents promise.

    `servers` are the documented base URLs; `digest` changes with any byte of any document.
    """

    name: str
    version: str
    operations: dict[str, Operation]
    rules: dict[str, Rule] = field(default_factory=dict)
    servers: tuple[str, ...] = ()
    digest: str = ""

    @cached_property
    def clauses(self) -> dict[str, Clause]:
        """Every clause by id, in document order; an operation's rules come last."""
        clauses: dict[str, Clause] = {}
        taken = {(name, rule.keyword) for rule in self.rules.values() for name in rule.operations}
        for operation in self.operations.values():
            for clause in operation.clauses.values():
                if (operation.id, clause.keyword) not in taken:
                    clauses[clause.id] = clause
            for rule in self.rules.values():
                if operation.id in rule.operations:
                    made = rule.clause(operation.id)
                    clauses[made.id] = made
        return clauses

    def clause_id(self, operation: str, part: str, pointer: str, keyword: str) -> str:
        """The id of a message's clause, or of the rule that took its keyword over."""
        for rule in self.rules.values():
            if rule.keyword == keyword and operation in rule.operations:
                return f"{operation}:rule:{rule.id}"
        return f"{operation}:{part}#{pointer}:{keyword}"

    def rules_of(self, operation: str) -> list[Rule]:
        """The rules that are about an operation."""
        return [rule for rule in self.rules.values() if operation in rule.operations]

    def with_soft(self, clause_ids: set[str]) -> Contract:
        """The same contract with these clauses soft as well."""
        changed = replace(self)
        changed.__dict__["clauses"] = {
            key: replace(clause, soft=True) if key in clause_ids else clause
            for key, clause in self.clauses.items()
        }
        return changed


def load_contract(root: Path, document: Path, rules: Path | None = None) -> Contract:
    """Read a contract from an OpenAPI document and, if given, a rules file, below `root`.

    Raises ContractError with file and line.
    """
    library = Library(root)
    head, operations = read_operations(library, document)
    info = head.get("info") or {}
    contract = Contract(
        name=info.get("title", document.stem),
        version=str(info.get("version", "")),
        operations=operations,
        servers=tuple(server["url"] for server in head.get("servers") or [] if "url" in server),
    )
    if rules is not None:
        for rule in read_rules(library, library.read(rules), operations):
            contract.rules[rule.id] = rule
    contract.digest = library.digest()
    return contract
