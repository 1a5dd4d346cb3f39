"""Probing: further lawful requests within a budget, and what they show to be accepted.

`Prober.least` is the halving of delta debugging: the fewest levels that turn an accepted body into
a bad one. Of `{size: 1, unit: "cm", note: "é"}` accepted and `{size: 9, unit: "km", note: "é"}`
refused, it sends the first with `size: 9`, then with `unit: "km"`, and keeps what is refused.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

from msgspec import Struct

from clausewise.contract.requests import Encoded
from clausewise.diagnosis.levels import Levels, differing, members_there, telling, there, within
from clausewise.plan.cases import Case, Unsupplied
from clausewise.plan.plan import OperationPlan
from clausewise.pointer import ABSENT, look, put
from clausewise.record.ledger import Entry
from clausewise.values.bodies import BodyModel
from clausewise.values.fresh import leased_anew
from clausewise.values.values import Level

# Requests that may be spent on one question, and on all of one operation together.
BUDGET = 60
BUDGET_IN_ALL = 240
# So many values of one place and keyword that come out alike stand for others that nobody accepted.
ENOUGH_ALIKE = 3
# So many accepted values of no class are tried in place of a refused one.
MOST_BEYOND = 3

Shows = Callable[[Entry], bool]


class OutOfBudget(Exception):  # noqa: N818  # what was found so far stands
    """No more requests for this question."""


class Cause(Struct, frozen=True):
    """Levels that bring a bad outcome together, and the smallest entry that shows it."""

    levels: dict[str, Level]
    entry: Entry


class Prober:
    """Sends bodies of one operation and remembers which levels were accepted.

    `causes` are what is known to be refused although it is lawful; `planned` are what came of the
    planned lawful bodies.
    """

    def __init__(self, plan: OperationPlan, send: Callable[[Case], Entry]) -> None:
        self.plan = plan
        self._send = send
        self.planned: list[Entry] = []
        self.causes: list[Cause] = []
        # Accepted entries that nobody asked about yet: where nothing is refused, nobody ever does.
        self._fresh: list[Entry] = []
        self._accepted: list[tuple[Levels, Entry]] = []
        self._seen: set[tuple[str, str]] = set()
        self._known: dict[Encoded | None, Entry] = {}
        self._left = 0
        self._count = 0

    @property
    def model(self) -> BodyModel:
        """The choices that requests are made of."""
        return self.plan.model

    @property
    def exhausted(self) -> bool:
        """Whether nothing more may be sent at all."""
        return self._count >= BUDGET_IN_ALL

    def grant(self, requests: int) -> None:
        """Allow so many requests for the next question."""
        self._left = requests

    def restrict(self, requests: int) -> None:
        """Allow no more than so many for the rest of this question."""
        self._left = min(self._left, requests)

    def accept(self, entry: Entry) -> None:
        """Note an accepted entry."""
        self._fresh.append(entry)

    @property
    def accepted(self) -> list[tuple[Levels, Entry]]:
        """The accepted entries, each with the levels that tell something."""
        for entry in self._fresh:
            levels = self.told(entry.case.levels)
            self._accepted.append((levels, entry))
            self._seen.update((at, level.label) for at, level in levels.items())
        self._fresh.clear()
        return self._accepted

    @property
    def rows(self) -> Iterator[Levels]:
        """The levels of the planned lawful bodies."""
        return (self.told(entry.case.levels) for entry in self.planned)

    def written(self, value: object) -> Encoded | None:
        """A request as it goes over the wire."""
        return self.plan.ground.codec.written(value)

    def seen(self, at: str, level: Level) -> bool:
        """Whether a level was in an accepted body."""
        return bool(self.accepted) and (at, level.label) in self._seen

    def beyond_classes(self, at: str) -> list[Level]:
        """The first values that were accepted at a place and are none of its classes."""
        levels = (accepted[at] for accepted, _ in self.accepted if at in accepted)
        classes = self.model.factors[at].levels
        beyond = (one for one in levels if one.value is not ABSENT and one not in classes)
        return list(islice(beyond, MOST_BEYOND))

    def smallest(self) -> Levels:
        """The accepted levels with the fewest members."""
        return min(self.accepted, key=lambda pair: members_there(pair[0]))[0]

    def near(self, levels: Levels) -> list[Levels]:
        """The accepted levels, nearest first."""
        known = (accepted for accepted, _ in self.accepted)
        return sorted(known, key=lambda one: len(differing(one, levels)))

    def cause_in(self, levels: Levels) -> Cause | None:
        """The first known cause that a body has in it, or else a value like enough known ones."""
        known = next((cause for cause in self.causes if within(cause.levels, levels)), None)
        return known or self._like_known(levels)

    def _like_known(self, levels: Levels) -> Cause | None:
        """The last of enough causes that are one value each, of a place and a keyword of a body.

        What came of each is the same, and what the body has there was never accepted.
        """
        alike: Counter[tuple[str, str, int | None]] = Counter()
        for cause in self.causes:
            for at, level in cause.levels.items() if len(cause.levels) == 1 else ():
                kind = at, level.keyword, cause.entry.exchange.status
                alike[kind] += 1
                here = levels.get(at)
                if here is None or here.value is ABSENT or self.model.factors[at].container:
                    continue
                same = alike[kind] >= ENOUGH_ALIKE and here.keyword == level.keyword
                if same and not self.seen(at, here):
                    return cause
        return None

    def told(self, levels: Levels) -> dict[str, Level]:
        """The levels that tell something: without what is left out of what is not there."""
        return telling(levels, self.model.factors)

    def read(self, body: Any) -> dict[str, Level]:
        """The levels of a body."""
        return self.told(self.model.classify(body))

    def built(self, levels: Levels) -> Any:
        """The body of levels."""
        return self.model.build(there(levels))

    def mixed(self, start: Levels, levels: Levels, part: Iterable[str]) -> dict[str, Level] | None:
        """The start with a part of other levels; what a missing container held is gone.

        Known causes that come about on the way are taken out by more of the other levels, which
        have none of them: else they would hide what is looked for. None where no lawful body has
        that part: another of its values may ask for what was to be left out.
        """
        factors = self.model.factors
        wanted = {at: levels[at] for at in part}
        mixed = dict(start)
        for at in wanted:
            mixed[at] = levels[at]
            parent = factors[at].parent
            while parent:
                mixed[parent] = levels[parent]
                parent = factors[parent].parent
        mixed = there(mixed)
        for at in list(mixed):
            parent = factors[at].parent
            while parent:
                if parent not in mixed or mixed[parent].value is None:
                    del mixed[at]
                    break
                parent = factors[parent].parent
        for _ in range(len(self.causes) + 1):
            body = self.built(mixed)
            told = self.read(body)
            cause = self.cause_in(told)
            if cause is None:
                return told if within(wanted, told) and self.plan.lawful(body) else None
            mixed = there(told | {at: levels[at] for at in cause.levels if at in levels})
        return None

    def send(self, levels: Levels, again: bool = False) -> Entry:
        """Send a body of these levels, unless it was sent before. Raises OutOfBudget."""
        return self.post(self.built(levels), levels, again)

    def post(self, body: Any, levels: Levels, again: bool = False) -> Entry:
        """Send a body, unless it was sent before. Raises OutOfBudget."""
        leased = self.plan.leased
        if leased and look(body, leased) is ABSENT:
            leased = None
        key = self.written(put(body, leased, "") if leased else body)
        if key in self._known and not again:
            return self._known[key]
        if self._left <= 0 or self.exhausted:
            raise OutOfBudget
        self._left -= 1
        self._count += 1
        name = f"{self.plan.operation.id}/diagnosis-{self._count:03d}"
        if leased:
            request = self.plan.operation.request
            body = leased_anew(request, body, leased, "diagnosis", name)
        case = Case(
            id=name,
            operation=self.plan.operation.id,
            kind="search",
            expect="accepted",
            label="a smaller request, looking for what is to blame",
            value=body,
            needs=self.plan.needs(body),
            levels=dict(levels),
        )
        try:
            entry = self._send(case)
        except Unsupplied:
            # What this value needs cannot be had: nothing is learnt from it.
            raise OutOfBudget from None
        self._known[key] = entry
        if entry.outcome == "accepted":
            self.accept(entry)
        return entry

    def shown(
        self, start: Levels, levels: Levels, part: Iterable[str], shows: Shows
    ) -> Entry | None:
        """What came of the start with a part of other levels, if it shows what is looked for."""
        mixed = self.mixed(start, levels, part)
        if mixed is None:
            return None
        entry = self.send(mixed)
        return entry if shows(entry) else None

    def least(
        self, start: Levels, levels: Levels, group: list[str], shows: Shows
    ) -> tuple[list[str], Entry] | None:
        """The least part of a group that shows it, by halving; None when all of it does not.

        An empty part means that the start shows it by itself.
        """
        entry = self.shown(start, levels, group, shows)
        if entry is None:
            return None
        needed: list[str] = []
        while True:
            if needed:
                alone = self.shown(start, levels, needed, shows)
                if alone is not None:
                    return needed, alone
            low, high = 0, len(group)
            # The shortest beginning of the group that, with what is needed, shows it.
            while low < high:
                middle = (low + high) // 2
                part = self.shown(start, levels, [*group[:middle], *needed], shows)
                if part is not None:
                    high, entry = middle, part
                else:
                    low = middle + 1
            if low == 0 or low > len(group):
                # Nothing of the group is needed: the start itself shows it.
                return needed, entry
            needed.append(group[low - 1])
            group = group[: low - 1]
            if not group:
                alone = self.shown(start, levels, needed, shows)
                return needed, alone or entry
