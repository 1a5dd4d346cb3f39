"""The front door: a contract as a value, exchanges of any client judged by it.

Everything here is offered by the package itself: `clausewise.load`, not `clausewise.api.load`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from clausewise.contract import Clause
from clausewise.contract.matching import MatchedOperation
from clausewise.contract.parameter_pairs import read_query
from clausewise.errors import UsageError
from clausewise.exchange import Exchange, Request, Response
from clausewise.foreign import foreign_request, foreign_response
from clausewise.judge.exchanges import ExchangeJudge, Judgement
from clausewise.pack import Pack, find_pack

# Of a long contract no more operations are named where a URL fits none.
_MOST_NAMED = 8


class Match(NamedTuple):
    """The operation that a request is for, by its id, and its path values, decoded."""

    operation: str
    path: Mapping[str, str]


@dataclass(frozen=True)
class Contract:
    """What an API's documentation promises, clause by clause. It is never changed.

    It may be handed to other processes: there it is read again from the same file.
    """

    path: Path
    pack: Pack = field(repr=False, compare=False)
    _judge: ExchangeJudge = field(repr=False, compare=False)

    @property
    def name(self) -> str:
        """The title of the document."""
        return self.pack.contract.name

    @property
    def version(self) -> str:
        """The version of the API, as the document has it."""
        return self.pack.contract.version

    @property
    def operations(self) -> tuple[str, ...]:
        """The ids of the operations, in document order."""
        return tuple(self.pack.contract.operations)

    @property
    def clauses(self) -> Mapping[str, Clause]:
        """Every clause by its id, in document order."""
        return MappingProxyType(self.pack.contract.clauses)

    def match(self, method: str, url: str) -> Match | None:
        """The operation that a method and a URL ask; None where the contract has none.

        The URL is absolute or a path, below a documented server's path or not.
        """
        found = self.pack.contract.match(method, url)
        return Match(found.operation.id, dict(found.path)) if found is not None else None

    def judge(self, request: Any, response: Any) -> Judgement:
        """Hold an exchange against the contract: every clause that it speaks to, on both sides.

        Request and response may be httpx's, requests', Starlette's, the two objects of a HAR
        entry, or Clausewise's own. Each exchange stands for itself: rules about several have
        nothing to go by. Raises UsageError where the contract has no such operation, or where an
        object is of another kind.
        """
        sent, received = foreign_request(request), foreign_response(response)
        found = self.pack.contract.match(sent.method, sent.url)
        if found is None:
            raise self._no_operation(sent)
        said = [self._said(one, sent, received) for one in self.pack.contract.twins(found)]
        meant = [one for one in said if all(part.kept for part in one.request)]
        kept = (one for one in meant if all(part.kept for part in one.response))
        return next(kept, next(iter(meant), said[0]))

    def _said(self, found: MatchedOperation, sent: Request, received: Response) -> Judgement:
        """What an exchange says of an operation that its URL asks."""
        query = read_query(found.operation.parameters, urlsplit(sent.url).query)
        read = Request(sent.method, sent.url, sent.headers, sent.content, dict(found.path), query)
        return self._judge.judge(Exchange(found.operation.id, read, received))

    def _no_operation(self, sent: Request) -> UsageError:
        path, contract = urlsplit(sent.url).path, self.pack.contract
        methods = contract.methods(sent.url)
        if methods:
            return UsageError(f"{self.path}: {path} takes {', '.join(methods)}, not {sent.method}")
        listed = [f"{one.method} {one.path}" for one in contract.operations.values()]
        more = len(listed) - _MOST_NAMED
        named = ", ".join([*listed[:_MOST_NAMED], *([f"and {more} more"] if more > 0 else [])])
        return UsageError(f"{self.path} has no {sent.method} {path}; it has: {named or 'nothing'}")

    def __reduce__(self) -> tuple[Any, ...]:
        return load, (self.path.resolve(),)


def pack_of(contract: Contract | str | Path) -> Pack:
    """The pack behind a contract, or a path to one. Raises ContractError and UsageError."""
    return (contract if isinstance(contract, Contract) else load(contract)).pack


def load(path: str | Path) -> Contract:
    """Read a contract: an OpenAPI document, or a folder with a `clausewise.yaml`.

    Raises ContractError with file and line where it cannot be read, UsageError where there is
    nothing.
    """
    if not Path(path).exists():
        raise UsageError(f"there is no file or folder {path}")
    pack = find_pack(str(path))
    judge = ExchangeJudge(pack.contract, pack.checks, pack.refusal)
    return Contract(Path(path), pack, judge)
