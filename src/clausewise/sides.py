"""Two sides as a function: `clausewise.compare`, what the command does without output or files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from msgspec import UNSET, Struct
from msgspec.structs import replace

from clausewise.api import Contract, pack_of
from clausewise.campaign.replaying import Replay, SeenAgain
from clausewise.campaign.session import open_overheard
from clausewise.comparing import Comparison, Given, compare_reports
from clausewise.errors import UsageError
from clausewise.pack import Pack
from clausewise.pack.resolving import must_be_meant, resolve
from clausewise.pack.settings import Settings
from clausewise.report import Report
from clausewise.report.policies import policy_of
from clausewise.running import as_options, carried_out, scope_of

# The name of the pack's own mock, in this process.
MOCK = "mock"
REPORT_FILE = "conformance.json"


class SideSettings(Struct, frozen=True):
    """How sides are asked that are no reports; what is None is as the other side's report has it.

    `way` are the words of `resolve`: headers, credentials, pace, budgets.
    """

    seed: int | None
    examples: int | None
    include: Iterable[str]
    exclude: Iterable[str]
    way: Mapping[str, Any]

    def like(self, report: Report) -> SideSettings:
        """The same requests as those of a report, as far as nothing else was asked for."""
        known = report.run.examples
        examples = self.examples if self.examples is not None or known is UNSET else known
        return replace(
            self, seed=self.seed if self.seed is not None else report.run.seed, examples=examples
        )


def compare(
    mock: Report | str | Path,
    reference: Report | str | Path,
    contract: Contract | str | Path | None = None,
    *,
    min: Mapping[str, int | str] | None = None,
    baseline: Comparison | str | Path | None = None,
    seed: int | None = None,
    examples: int | None = None,
    max_requests: int | None = None,
    max_seconds: float | None = None,
    headers: Mapping[str, str] | None = None,
    auth: Mapping[str, str] | None = None,
    values: Mapping[str, str] | None = None,
    concurrency: int | None = None,
    rate: float | None = None,
    destructive: bool = False,
    read_only: bool = False,
    include: Iterable[str] = (),
    exclude: Iterable[str] = (),
    yes: bool = False,
) -> Comparison:
    """Hold a mock against the real thing, clause by clause.

    Each side is a report or its file, a URL, a profile of the pack, or `"mock"`: the pack's own.
    Two reports need no more; for others `contract` is the contract or its path, and they are run
    with the same plan. Where they differ, such sides are asked again before that is told. `min`
    are percentages by level: then these decide about the exit code. What differs in the `baseline`
    as well is known. Everything else is as `clausewise.run` has it.

    Raises ContractError, UsageError, and TargetError where a side cannot be judged at all.
    """
    wanted = SideSettings(
        seed,
        examples,
        tuple(include),
        tuple(exclude),
        {
            **as_options(headers, auth, values),
            "concurrency": concurrency,
            "rate": rate,
            "max_requests": max_requests,
            "max_seconds": max_seconds,
            "destructive": destructive,
            "read_only": read_only,
            "yes": yes,
        },
    )
    pack = pack_of(contract) if contract is not None else None
    known = baseline if baseline is None or isinstance(baseline, Comparison) else None
    if known is None and baseline is not None:
        known = Comparison.load(str(baseline))
    with both_sides(mock, reference, pack, wanted) as sides:
        return compare_reports(
            *sides,
            contract=pack.contract if pack is not None else None,
            least=min,
            baseline=known,
            baseline_name=str(baseline) if isinstance(baseline, str | Path) else None,
        )


@contextmanager
def both_sides(
    mock: Report | str | Path,
    reference: Report | str | Path,
    pack: Pack | None,
    wanted: SideSettings,
) -> Iterator[tuple[Given, Given]]:
    """Both sides with their reports; what is none is run, the reference first.

    They can be asked again until the block ends.
    """
    # Whatever is wrong with one side is told before anything is sent to the other.
    named = [_told(one, pack, wanted) for one in (mock, reference)]
    reports = [one.report for one in named if isinstance(one, Given)]
    if reports:
        wanted = wanted.like(reports[0])
    second = _given(named[1], pack, wanted)
    first = _given(named[0], pack, wanted)
    try:
        yield first, second
    finally:
        for side in (first, second):
            if isinstance(side.asker, _Asker):
                side.asker.close()


class _Live(Struct, frozen=True):
    """A side that is to be asked, and how."""

    name: str
    settings: Settings


def _told(side: Report | str | Path, pack: Pack | None, wanted: SideSettings) -> Given | _Live:
    """What a side is. Raises UsageError for what is nothing that could be asked or read."""
    if isinstance(side, Report):
        return Given(side, side.target.base_url or "a report")
    name, path = str(side), Path(side)
    is_url = name.startswith(("http://", "https://"))
    if not is_url:
        if path.is_dir() and (path / REPORT_FILE).is_file():
            path = path / REPORT_FILE
        if path.is_file():
            return Given(Report.load(path), name, path=str(path))
        if isinstance(side, Path) or name.endswith(".json"):
            raise UsageError(f"there is no report {name}")
    if pack is None:
        raise UsageError(f"{name} is no report; to ask it, a contract is needed")
    if name == MOCK:
        pack.mock()  # one without ends here
        return _Live(name, resolve(pack, **wanted.way))
    if is_url:
        settings = resolve(pack, base_url=name, **wanted.way)
    else:
        settings = resolve(pack, profile=_profile(name, pack), **wanted.way)
    must_be_meant(settings)
    return _Live(name, settings)


def _profile(name: str, pack: Pack) -> str:
    """A profile of the pack. Raises UsageError for a side that is none, nor anything else."""
    known = sorted(pack.settings.get("profiles") or {})
    if name not in known:
        raise UsageError(
            f"{name!r} is no report, no URL, not `mock`, and no profile of the pack (it has: "
            f"{', '.join(known) or 'none'})"
        )
    return name


def _given(side: Given | _Live, pack: Pack | None, wanted: SideSettings) -> Given:
    """A side with its report; one that is to be asked is run."""
    if isinstance(side, Given) or pack is None:
        assert isinstance(side, Given)
        return side
    examples = wanted.examples if wanted.examples is not None else 25
    scope = scope_of(pack, wanted.include, wanted.exclude, examples, wanted.seed or 0)
    settings = side.settings
    report = carried_out(pack, settings, scope, policy_of(pack, profile=settings.profile))
    return Given(report, side.name, _Asker(pack, settings, report))


class _Asker:
    """Sends exchanges of a report again, to where they were sent; says nothing that is secret."""

    def __init__(self, pack: Pack, settings: Settings, report: Report) -> None:
        self._target, self._mask = open_overheard(pack, settings)
        self._replay = Replay(
            pack, settings, self._target, report.clauses, report.exchanges, settings.base_url
        )

    def again(self, name: str, verdict: str, number: int) -> SeenAgain:
        """Whether an exchange breaks a clause again, as a verdict has it."""
        seen = self._replay.again(name, verdict, number)
        return SeenAgain(seen.broken, self._mask.text(seen.said))

    def still(self, name: str, number: int) -> SeenAgain:
        """Whether an exchange breaks a clause as the report has it, whenever it is sent."""
        seen = self._replay.still(name, number)
        return SeenAgain(seen.broken, self._mask.text(seen.said))

    @property
    def left_over(self) -> tuple[str, ...]:
        """What was made for that and could not be taken back."""
        return tuple(self._mask.text(one) for one in self._replay.left_over)

    def close(self) -> None:
        """Let go of the target."""
        with suppress(OSError):
            self._target.close()
