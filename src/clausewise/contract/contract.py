"""A contract: the operations of an OpenAPI document, and the rules that go with it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from clausewise.contract.clauses import Clause
from clausewise.contract.documents import Library
from clausewise.contract.operations import SPLIT, Operation, read_operations
from clausewise.contract.rules import Rule, read_rules
from clausewise.errors import ContractError

# Some 1 KB each while they are planned and judged. The largest public API comes to a third of it.
MOST_CLAUSES = 500_000


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


_OF_INFO = ("info", "an object")


def _are_servers(node: Any) -> bool:
    return isinstance(node, list) and all(isinstance(server, dict) for server in node)


def _address(server: dict[str, Any]) -> str:
    """A server's URL with the defaults of its variables (OpenAPI 3.1, section 4.8.5)."""
    url, variables = str(server["url"]), server.get("variables")
    for name, node in variables.items() if isinstance(variables, dict) else ():
        if isinstance(node, dict) and "default" in node:
            url = url.replace(f"{{{name}}}", str(node["default"]))
    return url


def _check_size(contract: Contract, name: str) -> None:
    """Raises ContractError where there are more clauses than one run can keep count of."""
    count = sum(len(operation.clauses) for operation in contract.operations.values())
    count += sum(len(rule.operations) for rule in contract.rules.values())
    if count > MOST_CLAUSES:
        raise ContractError(f"makes {count} clauses, more than {MOST_CLAUSES}; {SPLIT}", name)


def load_contract(root: Path, document: Path, rules: Path | None = None) -> Contract:
    """Read a contract from an OpenAPI document and, if given, a rules file, below `root`.

    Raises ContractError with file and line.
    """
    library = Library(root)
    head, operations = read_operations(library, document)
    name = library.read(document).name
    info = head.get("info") or {}
    servers = head.get("servers") or []
    if not isinstance(info, dict) or not _are_servers(servers):
        key, form = ("servers", "a list of objects") if isinstance(info, dict) else _OF_INFO
        source = library.source(head, key)
        raise ContractError(f"`{key}` is {form}", name, source.line if source else None)
    contract = Contract(
        name=str(info.get("title", document.stem)),
        version=str(info.get("version", "")),
        operations=operations,
        servers=tuple(_address(server) for server in servers if "url" in server),
    )
    if rules is not None:
        for rule in read_rules(library, library.read(rules), operations):
            contract.rules[rule.id] = rule
    _check_size(contract, name)
    contract.digest = library.digest()
    return contract
