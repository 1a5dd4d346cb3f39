"""What fails a run: one answer, for reports, test items and the self-test alike."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from msgspec import Struct, field
from msgspec.structs import replace

from clausewise.errors import EXIT_FINDINGS, EXIT_NOTHING_JUDGED, EXIT_TARGET
from clausewise.options import FAIL_ON, MIN_JUDGED
from clausewise.pack.waivers import Unneeded, Waiver, waiver_for, within_bounds

# The verdicts that say that a promise was not kept.
DEVIATIONS = ("violated", "lenient", "strict")
# Those that say something definite.
JUDGED = frozenset({"upheld", *DEVIATIONS})


class Baseline(Struct, frozen=True):
    """What an earlier report had found, by clause and verdict; `started` is when it was begun."""

    found: frozenset[tuple[str, str]]
    started: str


class Policy(Struct, frozen=True):
    """Which verdicts are findings, which of them somebody accepted, and how much is enough.

    `min_judged` is the percentage of what was asked that has to be judged, `least` what levels of
    fidelity have to reach: a percentage, or a word. Waivers count as of `today`. What a `baseline`
    had found is no finding any more.
    """

    fail_on: tuple[str, ...] = FAIL_ON
    waivers: tuple[Waiver, ...] = ()
    min_judged: int = MIN_JUDGED
    today: date = field(default_factory=date.today)
    least: tuple[tuple[str, str], ...] = ()
    baseline: Baseline | None = None

    def fails(self, clause: str, verdict: str, soft: bool = False) -> bool:
        """Whether a verdict on a clause fails the run; `soft` says that it warns only."""
        if verdict not in self.fail_on or soft or self.is_known(clause, verdict):
            return False
        return self.waiver(clause, verdict)[0] is None

    def is_known(self, clause: str, verdict: str) -> bool:
        """Whether the baseline had found it already."""
        return self.baseline is not None and (clause, verdict) in self.baseline.found

    def waiver(self, clause: str, verdict: str) -> tuple[Waiver | None, Waiver | None]:
        """The waiver that accepts a verdict, and one that would if it had not expired."""
        return waiver_for(self.waivers, clause, verdict, self.today)

    def settled(
        self, verdicts: Iterable[tuple[str, str, bool]]
    ) -> tuple[Policy, tuple[Unneeded, ...]]:
        """The policy for a run that is over, and the waivers that would excuse more than they may.

        `verdicts` are all of it: clause, verdict, and whether it warns only.
        """
        found = [(name, verdict) for name, verdict, soft in verdicts if not soft]
        kept, beyond = within_bounds(self.waivers, found)
        return replace(self, waivers=kept), beyond

    def exit_code(
        self, fails: bool, judged: int, share: float | None, once: bool, gone: bool
    ) -> int:
        """What a run ends with: findings win, then whether enough of it was judged.

        `share` is the part of what was asked that was judged, None where nothing was asked; `once`
        says that something was seen that looks like a finding and was not asked again, or that too
        little is known of a level that has to be reached; `gone` that the target answered nothing
        any more before the run was over.
        """
        if fails:
            return EXIT_FINDINGS
        if gone:
            return EXIT_TARGET
        if not judged or once or (share is not None and share * 100 < self.min_judged):
            return EXIT_NOTHING_JUDGED
        return 0
