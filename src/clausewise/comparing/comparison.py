"""A comparison: where a mock behaves otherwise than the reference, clause by clause, as a value.

As JSON it is `comparison.json`, which conforms to the published schema (`comparison.schema.json`).
Every format is rendered from it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

import jsonschema_rs
import msgspec
from msgspec import Struct

from clausewise.comparing.effects import EFFECTS, Effect
from clausewise.cutting import brief
from clausewise.errors import EXIT_FINDINGS, EXIT_NOTHING_JUDGED, UsageError
from clausewise.options import MIN_JUDGED, TOKENS, Level
from clausewise.plan.cases import Expect
from clausewise.record.record import WrittenAt
from clausewise.record.verdicts import Verdict
from clausewise.report.report import Tool

SCHEMA_VERSION = 1
_SCHEMA = Path(__file__).with_name("comparison.schema.json")

KeptBy = Literal["both", "the mock alone", "the reference alone", "neither"]
KEPT_BY: tuple[KeptBy, ...] = ("both", "the mock alone", "the reference alone", "neither")


class ComparedSide(Struct, frozen=True):
    """One side: what was asked, when that began (ISO 8601), and how far it came.

    `name` is how the user named it. `live` says that it was asked for this comparison; else it is
    a report, `days` old. `base_url` is None for a target in this process. `left_over` was made
    there and could not be taken back.
    """

    name: str
    live: bool
    base_url: str | None
    started: str
    days: int
    requests: int
    complete: bool
    seed: int
    report: str | None = None
    left_over: tuple[str, ...] = ()


class SideVerdict(Struct, frozen=True):
    """What one side did about one clause, and what of that decided: case, outcome and status.

    `again` is what came of asking it again: `the same`, or why that cannot be said. None where it
    was not asked again.
    """

    verdict: Verdict
    message: str
    case: str | None = None
    outcome: str | None = None
    status: int | None = None
    again: str | None = None
    curl: str | None = None


class ComparedClause(Struct, frozen=True):
    """One clause and what both sides do about it.

    `kept_by` is None where one side at least shows nothing, and `why` says why; `effect` is there
    where the sides differ all the same, one breaking what the other never shows. A `soft`
    difference warns only; a `known` one was in the baseline. A rule that is broken `beside` a
    clause is so in the very reply that breaks that one. Differences of one `cause` have one title.
    """

    id: str
    operation: str
    level: Level
    promise: str
    source: WrittenAt | None
    kept_by: KeptBy | None
    mock: SideVerdict | None
    reference: SideVerdict | None
    effect: Effect | None = None
    soft: bool = False
    known: bool = False
    why: str | None = None
    beside: str | None = None
    cause: str | None = None

    @property
    def is_compared(self) -> bool:
        """Whether both sides have shown what they do."""
        return self.kept_by is not None or self.effect is not None

    @property
    def differs(self) -> bool:
        """Whether the sides do otherwise."""
        return self.effect is not None

    @property
    def matters(self) -> bool:
        """Whether the sides do otherwise in a way that fails a comparison without `--min`."""
        return self.differs and not self.soft and not self.known


class ComparedCase(Struct, frozen=True):
    """One request that was answered otherwise by the two sides."""

    id: str
    expect: Expect
    mock: str
    mock_status: int | None
    reference: str
    reference_status: int | None


class Cases(Struct, frozen=True):
    """What came of the same requests.

    Of those `compared`, `differing` have other outcomes; `other_status` says the same with another
    status, by (mock's, reference's). What varies on one side alone is left out, and what is not
    about the request on one side (a conflict, no reply) cannot be compared. `why_not` says why
    none were.
    """

    compared: int
    differing: tuple[ComparedCase, ...]
    other_status: tuple[tuple[int | None, int | None, int], ...]
    varying_on_mock: tuple[str, ...]
    varying_on_reference: tuple[str, ...]
    not_about_the_request: int
    why_not: str | None = None


class LevelShare(Struct, frozen=True):
    """Of the clauses of a level that were `compared`, of how many both sides do the `same`."""

    level: Level
    same: int
    compared: int

    @property
    def percent(self) -> int | None:
        """The share, rounded down; None where nothing was compared."""
        return 100 * self.same // self.compared if self.compared else None

    def is_below(self, wanted: int | str, tokens: str | None) -> bool:
        """Whether less is the same than a percentage, or less asked of credentials than a word."""
        if isinstance(wanted, str):
            return tokens in TOKENS and TOKENS.index(tokens) < TOKENS.index(wanted)
        return 100 * self.same < wanted * self.compared


class NotCompared(Struct, frozen=True):
    """Why clauses could not be compared, and how many of them."""

    reason: str
    clauses: int


class Comparison(Struct, frozen=True, dict=True):
    """Where a mock behaves otherwise than the reference. It does not change.

    `judged` are the clauses that at least one side was judged by, `compared` those of both.
    """

    schema_version: int
    tool: Tool
    contract: str
    digest: str
    made: str
    mock: ComparedSide
    reference: ComparedSide
    judged: int
    compared: int
    summary: dict[str, int]
    levels: tuple[LevelShare, ...]
    clauses: tuple[ComparedClause, ...]
    not_compared: tuple[NotCompared, ...]
    cases: Cases
    least: dict[str, int | str]
    exit_code: int
    baseline: str | None = None

    @property
    def differences(self) -> list[ComparedClause]:
        """Where the sides differ: what breaks in production first, soft ones last."""
        return sorted(
            (clause for clause in self.clauses if clause.differs),
            key=lambda one: (one.soft, one.known, EFFECTS.index(one.effect or "fail wrongly")),
        )

    @property
    def breaks_in_production(self) -> list[ComparedClause]:
        """Where the mock is nicer than the reference: tests on it pass, and production fails."""
        return [clause for clause in self.differences if clause.effect == "pass wrongly"]

    @property
    def wrong_in_the_document(self) -> list[ComparedClause]:
        """What neither side keeps: it is the document that is wrong, or both copy its mistake."""
        return [c for c in self.clauses if c.kept_by == "neither" and not c.differs]

    def level(self, name: str) -> LevelShare:
        """The share of one level."""
        return next(one for one in self.levels if one.level == name)

    def as_json(self) -> dict[str, Any]:
        """The comparison as JSON values, in the order that the schema names them."""
        plain: dict[str, Any] = msgspec.to_builtins(self)
        return plain

    @staticmethod
    def load(path: str | Path) -> Comparison:
        """Read a `comparison.json`. Raises UsageError: what is wrong with it, and where."""
        try:
            node = json.loads(Path(path).read_text("utf-8"))
        except OSError as error:
            raise UsageError(f"{path} cannot be read: {error.strerror}") from None
        except (ValueError, RecursionError) as error:
            raise UsageError(f"{path} is not a comparison: it is no JSON ({error})") from None
        problems = problems_of(node)
        if problems:
            raise UsageError(f"{path} is not a comparison of clausewise: {problems[0]}")
        return msgspec.convert(node, Comparison)

    def write(self, directory: str | Path) -> list[Path]:
        """Write `comparison.json`, `.md` and `.html` into a directory; gives their paths.

        Raises OSError where a file cannot be written.
        """
        from clausewise.comparing.writing import write_comparison

        return write_comparison(self, Path(directory))


def exit_code_of(
    clauses: tuple[ComparedClause, ...],
    levels: tuple[LevelShare, ...],
    least: Mapping[str, int | str],
    judged: int,
    compared: int,
    tokens: str | None,
) -> int:
    """What a comparison ends with: differences win, then whether enough was compared.

    With levels in `least`, those decide alone; `tokens` is what the mock asks of credentials.
    """
    shares = [share for share in levels if share.level in least]
    if any(share.is_below(least[share.level], tokens) for share in shares):
        return EXIT_FINDINGS
    if not least and any(clause.matters for clause in clauses):
        return EXIT_FINDINGS
    nothing = not compared or any(not share.compared for share in shares)
    if nothing or 100 * compared < MIN_JUDGED * judged:
        return EXIT_NOTHING_JUDGED
    return 0


def problems_of(node: Any) -> list[str]:
    """What is wrong with a comparison as JSON values: a line a problem, with its place."""
    return [
        f"${''.join(f'[{s}]' if isinstance(s, int) else f'.{s}' for s in error.instance_path)}: "
        f"{brief(error.message)}"
        for error in _validator().iter_errors(node)
    ]


def read_schema() -> dict[str, Any]:
    """The published schema of a comparison."""
    schema: dict[str, Any] = json.loads(_SCHEMA.read_text("utf-8"))
    return schema


@cache
def _validator() -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(read_schema())
