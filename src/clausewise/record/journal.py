"""The journal: what a run sends and finds out, written down as it happens.

One JSON object a line, each flushed, so that nothing is lost when the process is killed. All of it
is masked like a record. `recovery` reads it. The lines are:

* the head: `journal` (the version), `facts`, and the `policy`, which decides about the exit code;
* `kept`: clauses that a reply kept, named from then on by the number of this line among its like;
* `exchange`: one exchange as a record has it, its `case`, what was judged of it and what it made;
* `planned`: how many requests are planned so far; `unplanned`: clauses without one, and why;
* `blame`, `observation`, `note`, `hindered`, `explained`, `confirmed`, `hiccups`, `stranger`: what
  else the ledger learnt since.
"""

from __future__ import annotations

import json
import os
import threading
from collections import Counter
from collections.abc import Collection, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import IO, Any, Protocol, TypeVar

import msgspec
from msgspec import Struct

from clausewise.plan.cases import Case, Credential, Kind
from clausewise.record.ledger import Entry, Ledger
from clausewise.record.made import ToUndo
from clausewise.record.policy import Policy
from clausewise.record.record import Facts, RecordedExchange
from clausewise.secrets.masking import Mask

VERSION = 3
_T = TypeVar("_T")


class CaseLine(Struct, frozen=True):
    """What a journal keeps of the case that an exchange was made for; `label` is masked."""

    id: str
    kind: Kind
    label: str
    probes: tuple[str, ...]
    group: str | None
    credential: Credential


class Running(Protocol):
    """A run under way, as a journal sees it."""

    @property
    def ledger(self) -> Ledger:
        """What was found out so far."""
        ...

    def facts(self, mask: Mask) -> Facts:
        """What was known before the first exchange."""
        ...

    def shown(self, entry: Entry, mask: Mask) -> RecordedExchange:
        """One exchange, masked."""
        ...

    def leaned_by(self, entry: Entry) -> list[str]:
        """The clauses on whose inner side an accepted request stood, as often as it did."""
        ...

    def made_by(self, entry: Entry, mask: Mask) -> list[ToUndo | str]:
        """What takes back each thing that an exchange made, or why that cannot be known."""
        ...


class Journal:
    """Writes the journal of one run into a folder, from its first exchange on.

    Its name is its own: two runs in one folder do not mix. Safe to use from several threads.
    """

    def __init__(self, folder: Path, policy: Policy) -> None:
        """`policy` is what fails the run."""
        self._folder = folder
        self._policy = policy
        self._lock = threading.Lock()
        self._file: IO[str] | None = None
        self._mask: Mask | None = None
        self._run: Running | None = None
        self._kept: dict[tuple[str, ...], int] = {}
        # How much of each part of the ledger is written already.
        self._written: Counter[str] = Counter()
        self._planned = 0
        self.path: Path | None = None
        # Why it could not be written any further: a report can be made of what stands in it.
        self.trouble: str | None = None

    @property
    def begun(self) -> bool:
        """Whether there is a file with something in it."""
        return self.path is not None and self.path.exists() and self.path.stat().st_size > 0

    def note(self, run: Running, entry: Entry, mask: Mask) -> None:
        """Write one exchange down, and what was found out since the last one.

        `mask` knows all exchanges so far, this one among them.
        """
        with self._lock:
            if self.trouble is None:
                try:
                    self._note(run, entry, mask)
                except OSError as error:  # a full disk is no reason to lose what is judged
                    self.trouble = error.strerror or str(error)

    def _note(self, run: Running, entry: Entry, mask: Mask) -> None:
        if self._file is None:
            self._begin(run, mask)
        self._run, self._mask = run, mask
        kept = entry.judgement.kept
        if kept not in self._kept:
            self._kept[kept] = len(self._kept)
            self._write({"kept": kept})
        self._write(
            {
                "exchange": msgspec.to_builtins(run.shown(entry, mask)),
                "case": msgspec.to_builtins(_line_of(entry.case, mask)),
                "kept": self._kept[kept],
                "broken": [
                    [b.clause, *map(mask.value, (b.message, b.value, b.at))]
                    for b in entry.judgement.broken
                ],
                "soft": entry.soft,
                "undocumented": _masked(entry.judgement.undocumented, mask),
                "unjudged": _masked(entry.judgement.unjudged, mask),
                "leans": run.leaned_by(entry),
                "made": msgspec.to_builtins(run.made_by(entry, mask)),
            }
        )
        self._write_found(run.ledger, mask)

    def close(self, *, keep: bool) -> None:
        """End the journal; unless it is to be kept, it goes: the report says all that it does."""
        with self._lock:
            if self._file is None:
                return
            if keep and self.trouble is None and self._run is not None and self._mask is not None:
                with suppress(OSError):
                    # What was found out after the last exchange.
                    self._write_found(self._run.ledger, self._mask)
            with suppress(OSError):  # what it could not write before
                self._file.close()
            self._file = None
            if not keep and self.path is not None:
                self.path.unlink(missing_ok=True)
                with suppress(OSError):  # there are reports in it
                    self._folder.rmdir()

    def _begin(self, run: Running, mask: Mask) -> None:
        stamp = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%f}"
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"journal-{stamp}-{os.getpid()}.jsonl"
        self._file = path.open("x", encoding="utf-8", errors="backslashreplace")
        self.path = path
        self._write(
            {
                "journal": VERSION,
                "facts": msgspec.to_builtins(run.facts(mask)),
                "policy": msgspec.to_builtins(self._policy),
            }
        )

    def _write_found(self, ledger: Ledger, mask: Mask) -> None:
        for blame in self._new("blames", ledger.blames):
            said, soft = mask.text(blame.message), blame.soft
            self._write(
                {"blame": [blame.clause, blame.levels, said, blame.entry, blame.crashed, soft]}
            )
        for one in self._new("observations", ledger.observations):
            broken = mask.text(one.broken) if one.broken is not None else None
            self._write({"observation": [one.clause, one.entry, broken]})
        for note in self._new("notes", ledger.notes):
            self._write({"note": [note.kind, note.operation, mask.text(note.text), note.entry]})
        if ledger.planned != self._planned:
            self._planned = ledger.planned
            self._write({"planned": self._planned})
        for name in ("unplanned", "hindered", "explained"):
            known: dict[Any, str] = getattr(ledger, name)
            if found := [[key, mask.text(why)] for key, why in self._new(name, known.items())]:
                self._write({name: found})
        for name in ("confirmed", "hiccups"):
            if pairs := list(self._new(name, getattr(ledger, name).items())):
                self._write({name: pairs})
        for method, response in self._new("strangers", ledger.strangers.items()):
            shape = mask.text(outline(response.content))
            self._write({"stranger": [method, response.status, response.media_type, shape]})

    def _new(self, name: str, known: Collection[_T]) -> list[_T]:
        """What a part of the ledger, which only grows, has that was not written yet."""
        written, self._written[name] = self._written[name], len(known)
        return list(islice(known, written, None)) if len(known) > written else []

    def _write(self, line: dict[str, Any]) -> None:
        assert self._file is not None
        self._file.write(json.dumps(line, ensure_ascii=True, separators=(",", ":")) + "\n")
        self._file.flush()


def outline(content: bytes) -> str:
    """A JSON body without what is in it: the names of its members, or its type; no JSON is ""."""
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        return ""
    if isinstance(body, dict):
        return json.dumps(dict.fromkeys(body))
    return json.dumps(type(body)()) if body is not None else "null"


def _line_of(case: Case, mask: Mask) -> CaseLine:
    return CaseLine(
        case.id, case.kind, mask.text(case.label), case.probes, case.group, case.credential
    )


def _masked(pairs: Iterable[tuple[str, str]], mask: Mask) -> list[tuple[str, str]]:
    return [(name, mask.text(said)) for name, said in pairs]
