"""A run that is over, as a value: verdicts, the exchanges that are kept, and facts.

Reports are functions of it. Everything in it is masked and fit to be shown; it goes to JSON and
back without loss (`as_json`, `from_json`).
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import msgspec
from msgspec import UNSET, Struct, UnsetType, field

from clausewise.contract.clauses import Group
from clausewise.options import Level
from clausewise.plan.cases import Credential, Expect
from clausewise.record.bodies import RecordedBody
from clausewise.record.made import Creations
from clausewise.record.verdicts import Verdict

# Exchanges that are kept beyond those that some evidence names: the first ones of a run.
MOST_EXCHANGES = 2000

Header = tuple[str, str]


class WrittenAt(Struct, frozen=True):
    """Where a promise is written: the file as its pack names it, and the line from 1.

    `column` is there where the line is so long that its number leads nowhere.
    """

    file: str
    line: int
    column: int | UnsetType = UNSET


class Piece(NamedTuple):
    """A line of a document, or a part of one that is long; line and column count from 1."""

    line: int
    column: int
    text: str


class SourceText(Struct, frozen=True):
    """What is shown of a document that promises are written in: `lines` is how many it has.

    `pieces` are those with promises, and what is around them.
    """

    file: str
    lines: int
    pieces: tuple[Piece, ...]


class Waived(Struct, frozen=True):
    """Why a deviation is accepted, by whom, and until which day (ISO 8601)."""

    reason: str
    owner: str
    expires: str


class Proof(Struct, frozen=True):
    """One exchange, by its number, that speaks for a verdict; the value and the words, if any."""

    exchange: int
    note: str | UnsetType = UNSET
    value: Any = UNSET


class JudgedClause(Struct, frozen=True):
    """One clause and the verdict on it.

    A soft one warns only, and `soft_because` says why. `exercised` counts what there was to judge;
    the first piece of `evidence` decided. `level` is the level of fidelity it belongs to;
    `known` says that the baseline had found it.
    """

    id: str
    operation: str
    part: str
    group: Group
    pointer: str | None
    keyword: str | None
    promise: str
    documented: str | None
    verdict: Verdict
    message: str
    soft: bool
    soft_because: str | None
    source: WrittenAt | None
    exercised: int
    waived: Waived | None
    evidence: tuple[Proof, ...]
    level: Level | UnsetType = UNSET
    known: bool | UnsetType = UNSET


class RecordedRequest(Struct, frozen=True):
    """One request as it went out, masked."""

    method: str
    url: str
    headers: tuple[Header, ...]
    body: RecordedBody | None


class RecordedResponse(Struct, frozen=True):
    """One reply as it came, masked.

    `bytes` is the length of its body as received; `truncated` says that it did not arrive whole.
    """

    status: int | None
    reason: str
    headers: tuple[Header, ...]
    body: RecordedBody | None
    bytes: int
    truncated: bool
    seconds: float


class RecordedExchange(Struct, frozen=True):
    """One exchange: what it was for, what crossed the wire, and what came of it.

    `after` are the exchanges that made what it is about, oldest first. `credential` says whose it
    carried, where that was not the run's own.
    """

    id: int
    operation: str
    case: str
    expect: Expect
    after: tuple[int, ...]
    outcome: str
    request: RecordedRequest
    response: RecordedResponse | None
    failure: str | None
    curl: str
    started: str | None = None
    credential: Credential | UnsetType = UNSET


class Undocumented(Struct, frozen=True):
    """A member that replies had and the contract does not name; `seen` counts the replies."""

    operation: str
    part: str
    pointer: str
    seen: int


# The note of the request with which the silence began that ended a run.
FELL_SILENT = "nothing was answered from this request on"


class NotedKind(Struct, frozen=True):
    """What is no finding and worth knowing: one kind, where it was seen, and one example."""

    kind: str
    operations: tuple[str, ...]
    count: int
    exchange: int


class LinkEnd(msgspec.Struct, frozen=True):
    """Where a link's values go: a place of an operation's request."""

    operation: str
    part: str
    pointer: str


class LinkStart(msgspec.Struct, frozen=True):
    """Where a link's values come from: an expression on what an operation answers."""

    operation: str
    expression: str


class RecordedLink(msgspec.Struct, frozen=True, rename={"start": "from"}):
    """How ids were found: where values came from and went, how sure that is, and what shows it."""

    name: str
    start: LinkStart
    to: tuple[LinkEnd, ...]
    state: Literal["declared", "proved", "assumed"]
    exchanges: tuple[int, ...]


class CaseResult(NamedTuple):
    """What came of one planned case that was sent so many `times`, and how it came out.

    `alike` says whether it was answered alike when it was asked again: outcome, status, and what
    the reply is like but for its values. It is None where it was not asked again.
    """

    id: str
    expect: Expect
    outcome: str
    status: int | None
    times: int
    alike: bool | None


class PutOff(Struct, frozen=True):
    """How often the target asked for patience, and the seconds that were waited for that."""

    times: int
    seconds: float


class Facts(Struct, frozen=True):
    """What is known of a run before its first exchange.

    `pack` is where the contract is; `base_url` is None for a target in this process; `started` an
    ISO 8601 time; `selected` the ids of the clauses to judge, None for all; `unplanned` why no
    request is planned for a clause. `examples` is the size of the random search, `profile` the one
    that named the target.
    """

    pack: str
    base_url: str | None
    seed: int
    started: str
    planned: int
    operations: tuple[str, ...] = ()
    selected: tuple[str, ...] | None = None
    unplanned: dict[str, str] = field(default_factory=dict)
    cleans_up: bool = True
    profile: str | None = None
    examples: int = 0


class Record(Struct, frozen=True):
    """A run that is over. `put_off` is None where it is not known (in what a journal left)."""

    facts: Facts
    seconds: float
    requests: int
    put_off: PutOff | None
    complete: bool
    stopped_because: str | None
    clauses: tuple[JudgedClause, ...]
    undocumented: tuple[Undocumented, ...]
    cases: tuple[CaseResult, ...]
    notes: tuple[NotedKind, ...]
    made: Creations
    links: tuple[RecordedLink, ...]
    exchanges: tuple[RecordedExchange, ...]
    sources: tuple[SourceText, ...] = ()

    def as_json(self) -> Any:
        """The record as JSON values."""
        return msgspec.to_builtins(self)

    @staticmethod
    def from_json(node: Any) -> Record:
        """The record that `as_json` made this of. Raises msgspec.ValidationError."""
        return msgspec.convert(node, Record)
