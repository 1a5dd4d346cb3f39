"""The record of a run that was cut off, from its journal.

A journal may be far larger than memory should be: it is read twice, a line at a time. The first
reading keeps of each exchange what verdicts need, the second shows those that evidence names.
"""

from __future__ import annotations

import json
from bisect import insort
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from sys import intern
from typing import Any

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace

from clausewise.contract import Contract
from clausewise.errors import UsageError
from clausewise.exchange import Exchange, Request, Response
from clausewise.judge.breaches import Breach
from clausewise.judge.outcomes import Outcome
from clausewise.judge.replies import ReplyJudgement
from clausewise.plan.cases import Case
from clausewise.record.counts import Counts
from clausewise.record.journal import VERSION, CaseLine, outline
from clausewise.record.ledger import Blame, Entry, Ledger, Note, RuleObservation
from clausewise.record.made import Creations, ToUndo
from clausewise.record.policy import Policy
from clausewise.record.record import Facts, Record, RecordedExchange
from clausewise.record.recording import Ending, clauses_about, make_record, rulings_of
from clausewise.record.verdicts import MOST_EVIDENCE, repeating_cost
from clausewise.secrets.masking import Mask

CUT_OFF = "the run was cut off; its journal ends here"
# Of the body of a refusal so much is kept in memory: what the server said.
_MOST_SAID = 1_000
# Larger requests count as equally large when the smallest evidence is looked for.
_LONGEST_SIZE = 4_096


class JournalReader:
    """Reads the journal of one run.

    `facts` and `policy` are what its head says. Raises UsageError where the file cannot be read or
    is no journal.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        head = next((line for _, line in self._lines()), None)
        version = head.get("journal") if head is not None else None
        if isinstance(version, int) and 0 < version < VERSION:
            known = f"journal {version}, known is {VERSION}"
            raise UsageError(f"{path} was written by an older version ({known})")
        if head is None or version != VERSION:
            raise UsageError(f"{path} is no journal of a run; it begins otherwise")
        try:
            self.facts = msgspec.convert(head["facts"], Facts)
            self.policy = msgspec.convert(head["policy"], Policy)
        except (KeyError, msgspec.ValidationError) as error:
            raise UsageError(f"{path} is no journal of a run: {error}") from None

    def record(self, contract: Contract) -> Record:
        """What the run had found out about a contract when it was cut off."""
        reading = _FirstReading(self._path, contract)
        for offset, line in self._lines():
            reading.take(offset, line)
        ledger = reading.finished()
        unplanned = {**self.facts.unplanned, **ledger.unplanned}
        planned = max(self.facts.planned, ledger.planned)
        facts = replace(self.facts, planned=planned, unplanned=unplanned)
        rulings = rulings_of(
            clauses_about(contract, facts.operations, ledger),
            ledger,
            reading.leaned,
            unplanned,
            CUT_OFF,
            facts.selected,
        )
        made = reading.made if facts.cleans_up else []
        ending = Ending(
            _seconds(facts.started, reading.last),
            len(reading.offsets),
            # Replies that asked for patience are no exchanges, so a journal has none.
            None,
            False,
            CUT_OFF,
            Creations(
                started=len(made),
                left_over=tuple(words for words, _ in made),
                to_undo=tuple(thing for _, thing in made if thing is not None),
            ),
        )
        nothing = Mask(contract, ())  # the journal is masked
        return make_record(
            facts,
            ending,
            rulings.values(),
            reading.counts,
            ids=reading.offsets,
            show=reading.exchange,
            mask=nothing,
        )

    def _lines(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Every line with where it begins; the last one may be half written."""
        offset, number, broken = 0, 0, 0
        try:
            with self._path.open("rb") as file:
                for raw in file:
                    number += 1
                    if broken:
                        break
                    line = _parsed(raw)
                    if line is None:
                        broken = number
                    else:
                        yield offset, line
                    offset += len(raw)
        except OSError as error:
            raise UsageError(f"{self._path} cannot be read: {error.strerror}") from None
        if broken and broken < number:
            raise UsageError(f"{self._path}, line {broken} is no line of a journal")


def _parsed(raw: bytes) -> dict[str, Any] | None:
    try:
        line = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return line if isinstance(line, dict) else None


class _FirstReading(Struct, dict=True):
    """What the first reading of a journal keeps."""

    path: Path
    contract: Contract
    leaned: dict[str, int] = field(default_factory=dict)
    # By exchange, where its line begins.
    offsets: dict[int, int] = field(default_factory=dict)
    made: list[tuple[str, ToUndo | None]] = field(default_factory=list)
    # When the last request was sent, as far as that is known.
    last: str = ""

    def __post_init__(self) -> None:
        self.counts = Counts(self.contract)
        self._ledger = Ledger()
        self._kept: list[tuple[str, ...]] = []
        self._entries: dict[int, Entry] = {}
        self._breaches = _Breaches()

    def take(self, offset: int, line: Mapping[str, Any]) -> None:
        """Take one line in."""
        ledger = self._ledger
        if "exchange" in line:
            self._exchange(offset, line)
        elif "kept" in line:
            self._kept.append(tuple(map(intern, line["kept"])))
        elif "blame" in line:
            clause, levels, *rest = line["blame"]
            ledger.blames.append(Blame(clause, tuple((at, label) for at, label in levels), *rest))
        elif "observation" in line:
            ledger.observations.append(RuleObservation(*line["observation"]))
        elif "note" in line:
            note = Note(*line["note"])
            ledger.notes.append(note)
            self.counts.note(note.kind, note.operation, note.entry)
        elif "stranger" in line:
            method, status, media_type, shape = line["stranger"]
            ledger.strangers[method] = _reply(status, media_type, shape.encode(), 0.0)
        elif "planned" in line:
            ledger.planned = line["planned"]
        for name in ("unplanned", "hindered", "explained", "confirmed", "hiccups"):
            if name in line:
                getattr(ledger, name).update(line[name])

    def finished(self) -> Ledger:
        """The ledger. Several threads write: one exchange may be missing that others come after."""
        for number in range(1, max(self._entries, default=0) + 1):
            self._ledger.entries.append(self._entries.get(number) or _lost(number))
        return self._ledger

    def exchange(self, number: int) -> RecordedExchange:
        """One exchange, read again."""
        with self.path.open("rb") as file:
            file.seek(self.offsets[number])
            line = json.loads(file.readline())
        return msgspec.convert(line["exchange"], RecordedExchange)

    def _exchange(self, offset: int, line: Mapping[str, Any]) -> None:
        shown = msgspec.convert(line["exchange"], RecordedExchange)
        undocumented = tuple((part, pointer) for part, pointer in line["undocumented"])
        entry = _entry(shown, line, self._kept[line["kept"]])
        self.counts.add(replace(entry, judgement=ReplyJudgement(undocumented=undocumented)))
        self._entries[entry.id] = replace(
            entry, judgement=entry.judgement._replace(broken=self._breaches.of(entry))
        )
        self.offsets[entry.id] = offset
        self.last = max(self.last, shown.started or "")
        for name in line["leans"]:
            self.leaned[name] = self.leaned.get(name, 0) + 1
        for made in line["made"]:
            # Nobody wrote down whether it was undone.
            thing = None if isinstance(made, str) else msgspec.convert(made, ToUndo)
            why = f": {made}" if isinstance(made, str) else ""
            self.made.append((f"exchange {entry.id} ({shown.operation}){why}", thing))


class _Breaches:
    """Breaches in full for the best evidence of each clause; of all others that they were."""

    def __init__(self) -> None:
        # By clause, the sizes of the smallest requests that show it.
        self._best: dict[str, list[tuple[int, int, int]]] = {}
        self._counted: dict[str, Breach] = {}

    def of(self, entry: Entry) -> tuple[Breach, ...]:
        """What an entry broke, as far as it is worth keeping."""
        size = repeating_cost(entry)
        return tuple(self._one(breach, size) for breach in entry.judgement.broken)

    def _one(self, breach: Breach, size: tuple[int, int, int]) -> Breach:
        best = self._best.setdefault(breach.clause, [])
        if len(best) < MOST_EVIDENCE or size < best[-1]:
            insort(best, size)
            del best[MOST_EVIDENCE:]
            return breach
        if breach.clause not in self._counted:
            self._counted[breach.clause] = Breach(breach.clause, breach.message)
        return self._counted[breach.clause]


def _entry(shown: RecordedExchange, line: Mapping[str, Any], kept: tuple[str, ...]) -> Entry:
    """An entry with as much of its exchange as verdicts need: sizes, statuses, what was said."""
    known = msgspec.convert(line["case"], CaseLine)
    operation = intern(shown.operation)
    case = Case(
        id=known.id,
        operation=operation,
        kind=known.kind,
        expect=shown.expect,
        label=known.label,
        probes=tuple(map(intern, known.probes)),
        group=known.group,
        credential=known.credential,
    )
    request, reply = shown.request, shown.response
    content = _blank(len(request.body.content)) if request.body is not None else None
    response = None
    if reply is not None and reply.status is not None:
        said = reply.body.content if reply.body is not None else b""
        if reply.status < 300:
            said = outline(said).encode()
        media_type = next((v for n, v in reply.headers if n.lower() == "content-type"), None)
        response = _reply(reply.status, media_type, said[:_MOST_SAID], reply.seconds)
    judgement = ReplyJudgement(
        kept,
        tuple(Breach(intern(clause), *rest) for clause, *rest in line["broken"]),
        (),
        tuple((intern(clause), why) for clause, why in line["unjudged"]),
    )
    exchange = Exchange(
        operation, Request(intern(request.method), "", content=content), response, shown.failure
    )
    outcome: Outcome = msgspec.convert(shown.outcome, Outcome)
    return Entry(shown.id, case, exchange, outcome, judgement, shown.after, line["soft"])


def _reply(status: int, media_type: str | None, content: bytes, seconds: float) -> Response:
    headers = (("content-type", intern(media_type)),) if media_type is not None else ()
    return Response(status, headers, content, seconds)


def _blank(length: int) -> bytes:
    """Bytes that stand for a body of which only the size matters, up to some size."""
    return _of_zeros(min(length, _LONGEST_SIZE))


@cache
def _of_zeros(length: int) -> bytes:
    return bytes(length)


def _lost(number: int) -> Entry:
    case = Case(f"lost-{number}", "", "scenario", "either", "an exchange that was not written")
    return Entry(number, case, Exchange("", Request("", ""), None, "lost"), "odd", ReplyJudgement())


def _seconds(started: str, last: str) -> float:
    """From the start to the last exchange, as far as that is known."""
    if not last:
        return 0.0
    first, end = (datetime.fromisoformat(text) for text in (started, last))
    return round(max(0.0, (end - first).total_seconds()), 3)
