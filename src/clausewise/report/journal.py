"""The journal: what a run sends and finds out, written down as it happens.

One JSON object a line, each flushed, so that nothing is lost when the process is killed. All of it
is masked like a report. `recovering` makes a report of it.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from clausewise.campaign.campaign import Campaign
from clausewise.record.ledger import Entry
from clausewise.report.model import exchange_of, learn, mask_of
from clausewise.secrets.masking import Mask

VERSION = 1
# What the ledger knows by clause or by entry.
_KNOWN = ("hindered", "explained", "confirmed", "hiccups")


class Journal:
    """Writes the journal of one run into a folder, from its first exchange on.

    Its name is its own: two runs in one folder do not mix. Safe to use from several threads.
    """

    def __init__(self, folder: Path, about: dict[str, Any]) -> None:
        """`about` is what a report says of the run beside its exchanges. JSON."""
        self._folder = folder
        self._about = about
        self._lock = threading.Lock()
        self._file: IO[str] | None = None
        self._mask: Mask | None = None
        self._kept: dict[tuple[str, ...], int] = {}
        self._told = dict.fromkeys(("blames", "observations", *_KNOWN), 0)
        self.path: Path | None = None
        # Why it could not be written any further: a report can be made of what stands in it.
        self.trouble: str | None = None

    @property
    def begun(self) -> bool:
        """Whether there is a file with something in it."""
        return self.path is not None and self.path.exists() and self.path.stat().st_size > 0

    def note(self, campaign: Campaign, entry: Entry) -> None:
        """Write one exchange down, and what was found out since the last one."""
        with self._lock:
            if self.trouble is None:
                try:
                    self._note(campaign, entry)
                except OSError as error:  # a full disk is no reason to lose what is judged
                    self.trouble = error.strerror or str(error)

    def _note(self, campaign: Campaign, entry: Entry) -> None:
        if self._file is None:
            self._begin(campaign)
        assert self._mask is not None
        learn(self._mask, entry)
        kept = entry.judgement.kept
        if kept not in self._kept:
            self._kept[kept] = len(self._kept)
            self._write({"kept": kept})
        case = entry.case
        self._write(
            {
                "exchange": exchange_of(entry, campaign, self._mask),
                "case": {
                    "id": case.id,
                    "kind": case.kind,
                    "label": self._mask.text(case.label),
                    "probes": case.probes,
                    "group": case.group,
                    "credential": case.credential,
                },
                "kept": self._kept[kept],
                "broken": [
                    [b.clause, *map(self._mask.value, (b.message, b.value, b.at))]
                    for b in entry.judgement.broken
                ],
                "undocumented": self._pairs(entry.judgement.undocumented),
                "unjudged": self._pairs(entry.judgement.unjudged),
                "soft": entry.soft,
                "leans": campaign.leaned_by(entry),
            }
        )
        self._write_found(campaign)

    def close(self, *, keep: bool) -> None:
        """End the journal; unless it is to be kept, it goes: the report says all that it does."""
        with self._lock:
            if self._file is None:
                return
            with suppress(OSError):  # what it could not write before
                self._file.close()
            self._file = None
            if not keep and self.path is not None:
                self.path.unlink(missing_ok=True)
                with suppress(OSError):  # there are reports in it
                    self._folder.rmdir()

    def _begin(self, campaign: Campaign) -> None:
        stamp = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%f}"
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"journal-{stamp}-{os.getpid()}.jsonl"
        self._file = path.open("x", encoding="utf-8", errors="backslashreplace")
        self.path = path
        mask = self._mask = mask_of(campaign)
        self._write(
            {
                "journal": VERSION,
                **self._about,
                # What is sensitive stands by its name: whoever cleans up fills it in again.
                "path": {
                    name: f"{{{name}}}" if mask.hides(name) else value
                    for name, value in campaign.settings.path.items()
                },
                "started": campaign.started.isoformat(timespec="seconds"),
                "planned": campaign.planned,
                "operations": list(campaign.plan.operations),
                "selected": sorted(campaign.selected) if campaign.selected is not None else None,
                "why_not": {key: mask.text(why) for key, why in campaign.why_not().items()},
            }
        )

    def _write_found(self, campaign: Campaign) -> None:
        ledger, told, mask = campaign.ledger, self._told, self._mask
        assert mask is not None
        for blame in ledger.blames[told["blames"] :]:
            told["blames"] += 1
            self._write(
                {
                    "blame": [
                        blame.clause, blame.levels, mask.text(blame.message), blame.entry,
                        blame.crashed, blame.soft,
                    ]
                }
            )  # fmt: skip
        for seen in ledger.observations[told["observations"] :]:
            told["observations"] += 1
            broken = mask.text(seen.broken) if seen.broken is not None else None
            self._write({"observation": [seen.clause, seen.entry, broken]})
        for name in _KNOWN:
            known: dict[Any, str | int] = getattr(ledger, name)
            if len(known) != told[name]:
                told[name] = len(known)
                items = list(known.items())
                shown = [[k, mask.text(why) if isinstance(why, str) else why] for k, why in items]
                self._write({name: shown})

    def _pairs(self, pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        assert self._mask is not None
        return [(name, self._mask.text(said)) for name, said in pairs]

    def _write(self, line: dict[str, Any]) -> None:
        assert self._file is not None
        self._file.write(json.dumps(line, ensure_ascii=True, separators=(",", ":")) + "\n")
        self._file.flush()
