"""A contract: the operations of an OpenAPI document, and the rules that go with it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import Any

from msgspec import Struct, field

from clausewise.contract.clauses import Clause
from clausewise.contract.documents import Documents
from clausewise.contract.ids import clause_id
from clausewise.contract.matching import MatchedOperation, Matcher, parameters_in
from clausewise.contract.operation import NotJudged, Operation
from clausewise.contract.operations import read_operations
from clausewise.contract.rules import Rule, read_rules
from clausewise.contract.security import declared_in
from clausewise.contract.servers import servers_of
from clausewise.errors import ContractError

# Some 1 KB each while they are planned and judged. The largest public API comes to a third of it.
MOST_CLAUSES = 500_000


class Contract(Struct, dict=True):
    """Everything the documents promise.

    `servers` are the documented base URLs. `misses` finds what of the documents no run judges;
    `documents` are what it is read from. `schemes` are the names of all security schemes that are
    declared, those that no operation asks for included.
    """

    name: str
    version: str
    operations: dict[str, Operation]
    rules: dict[str, Rule] = field(default_factory=dict)
    servers: tuple[str, ...] = ()
    file: str = ""
    documents: Documents | None = None
    misses: Callable[[], tuple[NotJudged, ...]] = tuple
    schemes: frozenset[str] = frozenset()

    @cached_property
    def not_judged(self) -> tuple[NotJudged, ...]:
        """What of the documents no run judges, each with its reason."""
        return self.misses()

    @cached_property
    def digest(self) -> str:
        """A digest of every document that the contract is read from."""
        return self._all_read().digest()

    @cached_property
    def texts(self) -> dict[str, str]:
        """The documents themselves, by name."""
        return self._all_read().texts()

    def _all_read(self) -> Documents:
        """The documents, with those that only something that is read late refers to."""
        self.misses()
        return self.documents or Documents(Path())

    @cached_property
    def clauses(self) -> dict[str, Clause]:
        """Every clause by id, in document order; an operation's rules come last.

        Raises ContractError where there are more than one run can keep count of.
        """
        _check_size(self)
        return {clause.id: clause for name in self.operations for clause in self.clauses_of(name)}

    @cached_property
    def clauses_digest(self) -> str:
        """A digest of what is promised: the ids of the clauses, and the values of their keywords.

        It stays the same where files are arranged or worded otherwise.
        """
        digest = blake2b(digest_size=16)
        for name in sorted(self.clauses):
            value = json.dumps(self.clauses[name].value, sort_keys=True, default=str)
            digest.update(f"{name}\0{value}\0".encode("utf-8", "surrogatepass"))
        return digest.hexdigest()

    def clauses_of(self, operation: str) -> tuple[Clause, ...]:
        """The clauses of one operation, rules last."""
        known = self.operations.get(operation)
        if known is None:
            return ()
        rules = self.rules_of(operation)
        taken = {rule.keyword for rule in rules}
        own = (clause for clause in known.clauses.values() if clause.keyword not in taken)
        return (*own, *(rule.clause(operation) for rule in rules))

    def clause_id(self, operation: str, part: str, pointer: str, keyword: str) -> str:
        """The id of a message's clause, or of the rule that took its keyword over."""
        for rule in self.rules.values():
            if rule.keyword == keyword and operation in rule.operations:
                return f"{operation}:rule:{rule.id}"
        return clause_id(operation, part, pointer, keyword)

    @cached_property
    def _matcher(self) -> Matcher:
        return Matcher(self.operations.values(), self.servers)

    def match(self, method: str, url: str, anywhere: bool = True) -> MatchedOperation | None:
        """The operation that a request is for, and its path values; see `Matcher.match`."""
        return self._matcher.match(method, url, anywhere)

    def meant(
        self, match: MatchedOperation, *keeps: Callable[[MatchedOperation], bool]
    ) -> MatchedOperation:
        """Of the operations that one URL asks, the first one whose contract `keeps` says is kept.

        Where none is, the next one says; the match itself where none is by any.
        """
        if match.operation.twin is None:
            return match
        asked = list(self.twins(match))
        return next((one for kept in keeps for one in asked if kept(one)), match)

    def twins(self, match: MatchedOperation) -> Iterator[MatchedOperation]:
        """A match, then those of the other operations that the same URL asks."""
        yield match
        values = [match.path.get(name, "") for name in parameters_in(match.operation.path)]
        name = match.operation.twin
        while name is not None and name != match.operation.id:
            other = self.operations[name]
            yield MatchedOperation(other, dict(zip(parameters_in(other.path), values, strict=True)))
            name = other.twin

    def methods(self, url: str, anywhere: bool = True) -> tuple[str, ...]:
        """The methods that the path of a URL takes, sorted; none where there is no such path."""
        return self._matcher.methods(url, anywhere)

    def rules_of(self, operation: str) -> list[Rule]:
        """The rules that are about an operation."""
        return [rule for rule in self.rules.values() if operation in rule.operations]


_OF_INFO = ("info", "an object")


def _are_servers(node: Any) -> bool:
    return isinstance(node, list) and all(isinstance(server, dict) for server in node)


def _check_size(contract: Contract) -> None:
    """Raises ContractError where there are more clauses than one run can keep count of."""
    count = sum(len(operation.clauses) for operation in contract.operations.values())
    count += sum(len(rule.operations) for rule in contract.rules.values())
    if count > MOST_CLAUSES:
        raise ContractError(
            f"makes {count} clauses, more than {MOST_CLAUSES}; split the document", contract.file
        )


def load_contract(
    root: Path, document: Path, rules: Path | None = None, documents: Documents | None = None
) -> Contract:
    """Read a contract from an OpenAPI document and, if given, a rules file, below `root`.

    `documents` has those of them that were read before. Raises ContractError with file and line.
    """
    documents = documents or Documents(root)
    head, operations, misses = read_operations(documents, document)
    name = documents.read(document).name
    info = head.get("info") or {}
    servers = head.get("servers") or []
    if not isinstance(info, dict) or not _are_servers(servers):
        key, form = ("servers", "a list of objects") if isinstance(info, dict) else _OF_INFO
        source = documents.source(head, key)
        raise ContractError(f"`{key}` is {form}", name, source.line if source else None)
    contract = Contract(
        name=str(info.get("title", document.stem)),
        version=str(info.get("version", "")),
        operations=operations,
        servers=servers_of(head),
        file=name,
        documents=documents,
        misses=misses,
        schemes=frozenset(map(str, declared_in(head))),
    )
    if rules is not None:
        for rule in read_rules(documents, documents.read(rules).without_doubles(), operations):
            contract.rules[rule.id] = rule
    return contract
