"""Outcomes: what runs made of faults, and the score that they add up to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Literal

from msgspec import Struct, to_builtins

from clausewise.selftest.fault import KINDS

State = Literal["named", "noticed", "equivalent", "hole"]


class Outcome(Struct, frozen=True):
    """What a run made of one fault.

    `named`: a finding has the clause that is broken; `noticed`: there are findings, with other
    clauses; `equivalent`: nothing that the target says could show it; `hole`: the plan misses
    it. `found` are the clauses of the findings.
    """

    name: str
    kind: str
    operation: str
    clauses: tuple[str, ...]
    state: State
    found: tuple[str, ...]
    reason: str | None
    requests: int


class Score(Struct, frozen=True):
    """The outcomes of a self-test; `of` is how many faults there are, sampled or not.

    `alarms` has, by seed of the random search, what runs find on the target without a fault:
    there should be nothing.
    """

    outcomes: tuple[Outcome, ...]
    of: int
    contract: str
    alarms: Mapping[int, tuple[str, ...]]

    def count(self, *states: State, kind: str | None = None) -> int:
        """How many outcomes have one of these states."""
        return sum(o.state in states and kind in (None, o.kind) for o in self.outcomes)

    def by_kind(self) -> Iterator[tuple[str, int, int, int, int]]:
        """For each kind: faults, noticed, named, equivalent."""
        for kind in KINDS:
            total = sum(outcome.kind == kind for outcome in self.outcomes)
            if total:
                yield (
                    kind,
                    total,
                    self.count("named", "noticed", kind=kind),
                    self.count("named", kind=kind),
                    self.count("equivalent", kind=kind),
                )

    @property
    def survivors(self) -> list[Outcome]:
        """What was not noticed."""
        return [outcome for outcome in self.outcomes if outcome.state in ("equivalent", "hole")]

    def summary(self) -> dict[str, Any]:
        """The few numbers that reports show. JSON."""
        return {
            "date": datetime.now(UTC).date().isoformat(),
            "contract": self.contract,
            "faults": len(self.outcomes),
            "of": self.of,
            "noticed": self.count("named", "noticed"),
            "named": self.count("named"),
            "equivalent": self.count("equivalent"),
            "seeds": len(self.alarms),
            "false_alarms": sum(map(len, self.alarms.values())),
        }

    def model(self) -> dict[str, Any]:
        """All of it. JSON."""
        kinds = {
            kind: {"faults": total, "noticed": noticed, "named": named, "equivalent": same}
            for kind, total, noticed, named, same in self.by_kind()
        }
        return {
            "schema_version": 1,
            "summary": self.summary(),
            "kinds": kinds,
            "false_alarms": {str(seed): list(found) for seed, found in self.alarms.items()},
            "outcomes": to_builtins(self.outcomes),
        }
