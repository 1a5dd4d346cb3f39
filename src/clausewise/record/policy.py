"""What fails a run: one answer, for reports, test items and the self-test alike."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from clausewise.errors import EXIT_FINDINGS, EXIT_NOTHING_JUDGED
from clausewise.options import FAIL_ON, MIN_JUDGED
from clausewise.pack.waivers import Waiver, waiver_for

# The verdicts that say that a promise was not kept.
DEVIATIONS = ("violated", "lenient", "strict")
# Those that say something definite.
JUDGED = frozenset({"upheld", *DEVIATIONS})


@dataclass(frozen=True, slots=True)
class Policy:
    """Which verdicts are findings, which of them somebody accepted, and how much is enough.

    `min_judged` is the percentage of what was asked that has to be judged. Waivers count as of
    `today`.
    """

    fail_on: tuple[str, ...] = FAIL_ON
    waivers: tuple[Waiver, ...] = ()
    min_judged: int = MIN_JUDGED
    today: date = field(default_factory=date.today)

    def fails(self, clause: str, verdict: str, soft: bool = False) -> bool:
        """Whether a verdict on a clause fails the run; `soft` says that it warns only."""
        if verdict not in self.fail_on or soft:
            return False
        return self.waiver(clause, verdict)[0] is None

    def waiver(self, clause: str, verdict: str) -> tuple[Waiver | None, Waiver | None]:
        """The waiver that accepts a verdict, and one that would if it had not expired."""
        return waiver_for(self.waivers, clause, verdict, self.today)

    def exit_code(self, fails: bool, judged: int, share: float | None, once: bool = False) -> int:
        """What a run ends with: findings win, then whether enough of it was judged.

        `share` is the part of what was asked that was judged, None where nothing was asked; `once`
        says that something was seen that looks like a finding and was not asked again.
        """
        if fails:
            return EXIT_FINDINGS
        if not judged or once or (share is not None and share * 100 < self.min_judged):
            return EXIT_NOTHING_JUDGED
        return 0
