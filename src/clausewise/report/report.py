"""A report: what one run found out about every clause of a contract, as a value.

Every format is rendered from it. As JSON it is `conformance.json`, which conforms to the published
schema (`conformance.schema.json`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType

from clausewise.errors import UsageError
from clausewise.pack.waivers import Unneeded, Waiver
from clausewise.record.made import Creations
from clausewise.record.policy import Baseline, Policy
from clausewise.record.record import (
    CaseResult,
    JudgedClause,
    NotedKind,
    PutOff,
    RecordedExchange,
    RecordedLink,
    SourceText,
    Undocumented,
)
from clausewise.record.share import Share
from clausewise.record.verdicts import Verdict

from .fidelity import Fidelity
from .gates import Gate
from .roots import Root

SCHEMA_VERSION = 2


class Tool(Struct, frozen=True):
    """What made a report."""

    name: str
    version: str


class ContractFacts(Struct, frozen=True):
    """The contract that was judged against; `clauses` is how many it has, `pack` where it is.

    `digest` is that of the ids of its clauses and the values of their keywords.
    """

    name: str
    version: str
    clauses: int
    pack: str
    digest: str | UnsetType = UNSET


class TargetFacts(Struct, frozen=True):
    """What was judged; `base_url` is None for a target in this process.

    Of recorded traffic it names the recordings.
    """

    base_url: str | None
    kind: Literal["http", "in-process", "traffic"]


class BaselineFacts(Struct, frozen=True):
    """The report that findings were held against: when its run began, and what is known of it."""

    started: str
    known: int


class RunFacts(Struct, frozen=True):
    """How a run went; `started` is an ISO 8601 time, `min_judged` a percentage.

    `min` are the levels of fidelity that were to be reached, `profile` is the one of the target.
    `examples` is the size of the random search.
    """

    started: str
    seconds: float
    seed: int
    requests: int
    put_off: PutOff | None
    planned: int
    complete: bool
    stopped_because: str | None
    fail_on: tuple[str, ...]
    exit_code: int
    min_judged: int | UnsetType = UNSET
    examples: int | UnsetType = UNSET
    min: tuple[Gate, ...] | UnsetType = UNSET
    baseline: BaselineFacts | UnsetType = UNSET
    profile: str | UnsetType = UNSET


class SelfTest(Struct, frozen=True):
    """The last self-test of the pack: deliberate breaches, and how many a run noticed and named.

    `current` is false where the contract was changed since.
    """

    date: str
    faults: int
    noticed: int
    named: int
    equivalent: int
    current: bool


class ReportedNotJudged(Struct, frozen=True):
    """An operation, or a part of it, that cannot be judged: why, and where it is written."""

    operation: str
    reason: str
    file: str | None = None
    line: int | None = None
    column: int | None = None


class Report(Struct, frozen=True, dict=True):
    """What one run found out about every clause of a contract.

    Its members are those of `conformance.json`; one that is UNSET was not written. It does not
    change.
    """

    schema_version: int
    tool: Tool
    contract: ContractFacts
    target: TargetFacts
    run: RunFacts
    selftest: SelfTest | None
    summary: dict[Verdict, int]
    clauses: tuple[JudgedClause, ...]
    undocumented: tuple[Undocumented, ...]
    exchanges: tuple[RecordedExchange, ...]
    created: Creations | UnsetType = UNSET
    judged: Share | UnsetType = UNSET
    cases: tuple[CaseResult, ...] | UnsetType = UNSET
    notes: tuple[NotedKind, ...] | UnsetType = UNSET
    not_judged: tuple[ReportedNotJudged, ...] | UnsetType = UNSET
    links: tuple[RecordedLink, ...] | UnsetType = UNSET
    roots: tuple[Root, ...] | UnsetType = UNSET
    fidelity: Fidelity | UnsetType = UNSET
    sources: tuple[SourceText, ...] | UnsetType = UNSET
    # Of recorded traffic: its tally, and its census.
    traffic: Any = UNSET
    # Of a merged report: how often clauses were judged, and how.
    history: Any = UNSET
    stale_waivers: tuple[Unneeded, ...] | UnsetType = UNSET

    @staticmethod
    def load(path: str | Path) -> Report:
        """Read a `conformance.json`, of this version or the one before.

        Raises UsageError where it cannot be read, or is no report: what is wrong, and where.
        """
        try:
            text = Path(path).read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            said = error.strerror if isinstance(error, OSError) else error
            raise UsageError(f"{path} cannot be read: {said}") from None
        try:
            node = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise UsageError(f"{path} is not a report: it is no JSON ({error})") from None
        return _read(node, str(path))

    @staticmethod
    def from_json(node: Any) -> Report:
        """The report of a plain JSON model. Raises UsageError where it breaks the schema."""
        return _read(node, "the report")

    def as_json(self) -> dict[str, Any]:
        """The report as JSON values, in the order that the schema names them."""
        plain: dict[str, Any] = msgspec.to_builtins(self)
        return plain

    def write(self, directory: str | Path, formats: Iterable[str] | None = None) -> list[Path]:
        """Write the report files into a directory; gives their paths.

        `formats` are some of json, html, junit.xml, md, sarif, har, ctrf.json and codequality.json;
        None means the first six. Raises
        OSError where a file cannot be written.
        """
        from clausewise.report.writing import write_reports

        return write_reports(self, Path(directory), formats)

    @cached_property
    def findings(self) -> list[JudgedClause]:
        """The clauses that fail the run: gravest verdict first, then in document order.

        A finding has a verdict named in `run.fail_on` and is neither waived nor soft.
        """
        from clausewise.report.findings import by_gravity

        fails = self.policy.fails
        return by_gravity(c for c in self.clauses if fails(c.id, c.verdict, c.soft))

    @cached_property
    def verdicts(self) -> Mapping[str, Verdict]:
        """The verdict on every clause, by id."""
        return {clause.id: clause.verdict for clause in self.clauses}

    @cached_property
    def policy(self) -> Policy:
        """What failed this run. What was waived when the report was made stays waived."""
        waivers = tuple(
            Waiver(
                clause.id,
                (str(clause.verdict),),
                clause.waived.reason,
                clause.waived.owner,
                date.fromisoformat(clause.waived.expires),
            )
            for clause in self.clauses
            if clause.waived is not None
        )
        least = self.run.min_judged if self.run.min_judged is not UNSET else 0
        baseline = None
        if self.run.baseline is not UNSET:
            known = ((c.id, str(c.verdict)) for c in self.clauses if c.known is True)
            baseline = Baseline(frozenset(known), self.run.baseline.started)
        return Policy(self.run.fail_on, waivers, least, date.min, baseline=baseline)


def _read(node: Any, name: str) -> Report:
    from clausewise.report.upgrading import upgraded
    from clausewise.report.validation import validate_model

    if not isinstance(node, dict) or "schema_version" not in node:
        raise UsageError(f"{name} is not a report of clausewise: it has no schema_version")
    version = node["schema_version"]
    if version == 1:
        node = upgraded(node)
    elif version != SCHEMA_VERSION:
        raise UsageError(
            f"{name} has schema_version {version!r}; this version of clausewise reads 1 and "
            f"{SCHEMA_VERSION}"
        )
    problems = validate_model(node)
    if problems:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise UsageError(f"{name} is not a report of clausewise: {problems[0]}{more}")
    try:
        return msgspec.convert(node, Report)
    except msgspec.ValidationError as error:
        raise UsageError(f"{name} is not a report of clausewise: {error}") from None
