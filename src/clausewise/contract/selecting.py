"""Which clauses `--include` and `--exclude` leave: by operation, method and path, tag, or id."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

from clausewise.contract.clauses import Clause
from clausewise.contract.contract import Contract
from clausewise.contract.ids import decoded_name
from clausewise.contract.operation import Operation
from clausewise.errors import NothingToJudgeError, UsageError
from clausewise.options import did_you_mean

TAG = "tag:"


def selected(
    contract: Contract, include: Iterable[str] = (), exclude: Iterable[str] = ()
) -> dict[str, Clause]:
    """The clauses that are included and not excluded, by id; without `include`, all are.

    A word is an operationId, `METHOD /path`, `tag:NAME`, or a glob of clause ids. Raises UsageError
    for one that fits nothing.
    """
    include, exclude = tuple(include), tuple(exclude)
    wanted = {name for word in include for name in _fitting(contract, word)}
    barred = {name for word in exclude for name in _fitting(contract, word)}
    return {
        name: clause
        for name, clause in contract.clauses.items()
        if (not include or name in wanted) and name not in barred
    }


def operations_of(clauses: Iterable[Clause], contract: Contract) -> list[str]:
    """The operations of clauses, in document order."""
    names = {clause.operation for clause in clauses}
    return [name for name in contract.operations if name in names]


def must_have(contract: Contract, operations: Iterable[str]) -> None:
    """Raise UsageError for an operation that a contract does not have."""
    known = contract.operations
    for name in operations:
        if name not in known:
            hint = did_you_mean(name, known) or f"; there are: {', '.join(known)}"
            raise UsageError(f"no operation {name!r}{hint}")


def must_have_any(contract: Contract) -> None:
    """Raise NothingToJudgeError for a document that no request could be made of."""
    if contract.operations:
        return
    rest = "; ".join(f"{one.operation}: {one.reason}" for one in contract.not_judged)
    why = f" ({rest})" if rest else ""
    raise NothingToJudgeError(f"{contract.name} has no operations, so nothing can be judged{why}")


def _fitting(contract: Contract, word: str) -> list[str]:
    """The ids of the clauses that a word is about."""
    operations = {one.id for one in contract.operations.values() if _is_meant(one, word)}
    ids = [name for name, c in contract.clauses.items() if c.operation in operations]
    if not ids:
        ids = [name for name in contract.clauses if fnmatchcase(name, word)]
    if not ids:
        raise UsageError(f"nothing in {contract.name} fits {word!r}{_hint(contract, word)}")
    return ids


def _is_meant(operation: Operation, word: str) -> bool:
    if word.startswith(TAG):
        return word.removeprefix(TAG) in operation.tags
    method, _, path = word.partition(" ")
    if path.startswith("/"):
        return method.upper() == operation.method and path == operation.path
    return word in (operation.id, decoded_name(operation.id))


def _hint(contract: Contract, word: str) -> str:
    near = difflib.get_close_matches(word, _words(contract), n=2, cutoff=0.5)
    if near:
        return f"; did you mean {' or '.join(near)}?"
    return "; an operationId, 'METHOD /path', tag:NAME or a glob of clause ids is needed"


def _words(contract: Contract) -> Iterator[str]:
    for operation in contract.operations.values():
        yield decoded_name(operation.id)
        yield f"{operation.method} {operation.path}"
        yield from (f"{TAG}{tag}" for tag in operation.tags)
