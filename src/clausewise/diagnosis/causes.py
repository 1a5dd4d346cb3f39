"""Finding a cause: the fewest levels that make an accepted body a bad one, and the proof.

What halving finds is a guess: a value may bring others with it, such as what its object must hold
or lacks. So a guess is held against every accepted body, and against some that are sent for this.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from functools import partial

from clausewise.diagnosis.levels import Levels, differing, holds, is_same, within
from clausewise.diagnosis.probing import Cause, OutOfBudget, Prober, Shows
from clausewise.diagnosis.words import named_in
from clausewise.pointer import ABSENT, put, unescape
from clausewise.record.ledger import Entry
from clausewise.values.reduce import smaller
from clausewise.values.values import LEFT_OUT, OF_ITEMS, Level

BAD = ("refused", "crashed")
# What shows a breach is proof enough; a shorter request only reads better.
BUDGET_TO_SHORTEN = 15
# How often a guess may turn out to be too coarse.
MOST_ROUNDS = 6
# No target refuses so many values only together: rather, it does not answer always the same.
MOST_TOGETHER = 4
# How many ways of filling an object are tried before the object itself is blamed.
MOST_FURNISHED = 12


class Unsteady(Exception):  # noqa: N818  # an outcome, not an error: nothing more can be learnt
    """What was accepted before is not accepted any more."""


def find_cause(prober: Prober, entry: Entry, bad: Levels) -> Cause | None:
    """The cause in the levels of a bad entry that has no known one, or None.

    Raises OutOfBudget, and Unsteady.
    """
    named = {one.name for one in named_in(entry.exchange.response)}
    search = _Search(prober, partial(_as_bad, entry.outcome == "crashed"), named)
    for start in (prober.smallest(), prober.near(bad)[0]):
        found = search.guess(start, bad)
        if found is not None:
            return search.refined(start, *found)
    return None


def size(entry: Entry) -> int:
    """How many bytes were sent."""
    return len(entry.exchange.request.content or b"")


def _as_bad(crashed: bool, entry: Entry) -> bool:
    """Whether an entry is bad in the same way: refused, or crashed."""
    return entry.outcome in BAD and (entry.outcome == "crashed") == crashed


def _has_objects(value: object) -> bool:
    """Whether a value is a list with objects in it."""
    return isinstance(value, list) and any(isinstance(one, dict) for one in value)


def _together(culprits: Levels) -> int:
    """How many things come together in a cause; what one object lacks is one thing."""
    inner = [at for at in culprits if not any(other.startswith(f"{at}/") for other in culprits)]
    lacking = {at for at in inner if culprits[at].value is ABSENT}
    return len({at.rpartition("/")[0] or at if at in lacking else at for at in inner})


class _Search:
    def __init__(self, prober: Prober, shows: Shows, named: Collection[str]) -> None:
        """`named` are the members that the refusal names: they are tried first."""
        self.prober = prober
        self.shows = shows
        self.named = named

    def guess(self, start: Levels, bad: Levels) -> tuple[dict[str, Level], Entry] | None:
        """Levels that make one accepted body bad; first those that never were in one.

        Before them comes what the refusal names, where one trial shows it.
        """
        group = differing(start, bad)
        suspects = [at for at in group if not self.prober.seen(at, bad[at])]
        told = [at for at in group if unescape(at.rpartition("/")[2]) in self.named]
        for part in (told if len(told) < len(group) else [], suspects, group):
            found = self.prober.least(start, bad, part, self.shows) if part else None
            if found is None:
                continue
            needed, shown = found
            if not needed:
                self._check_steady(start)
                return None
            return {at: bad[at] for at in needed}, shown
        return None

    def _check_steady(self, levels: Levels) -> None:
        """Send what was accepted once more. Raises Unsteady when it is not."""
        if self.prober.send(levels, again=True).outcome in BAD:
            raise Unsteady

    def refined(self, start: Levels, culprits: dict[str, Level], shown: Entry) -> Cause | None:
        """The cause, with what came along unnoticed taken into account, and made small.

        Levels that are together in an accepted body are no cause: then something else is, too.
        """
        for _ in range(MOST_ROUNDS):
            bad = self.prober.told(shown.case.levels)
            along = [at for at in differing(start, bad) if at not in culprits]
            counter = (
                self._refuting(culprits, bad)
                or self._swapped(culprits, bad, along)
                or self._furnished(culprits)
            )
            refuted = counter is not None
            if counter is None and not all(self.prober.seen(at, bad[at]) for at in along):
                # Nobody refutes it; but was it this, or what never was accepted beside it?
                around = {at.rpartition("/")[0] for at in culprits}
                near = self.prober.near(bad)
                held = (one for one in near if all(holds(one, at) for at in around))
                counter = next(held, None)
            if counter is None or counter is start:
                break
            finer = self.guess(counter, bad)
            if finer is None:
                if refuted:
                    return None
                break
            found, shown = finer
            if self._refuting(found, bad) is not None:
                found = self._least_of({**culprits, **found}, shown)
            culprits, start = found, counter
        culprits = self._without_implied(culprits, shown)
        shown = self._in_smallest(culprits, shown)
        if _together(culprits) > MOST_TOGETHER:
            return None
        # Once more: what happens once may have nothing to do with what was sent.
        if not self.shows(self.prober.post(shown.case.value, shown.case.levels, again=True)):
            return None
        return self._shrunk(culprits, shown)

    def _refuting(self, culprits: dict[str, Level], near: Levels) -> Levels | None:
        """Accepted levels that have all of the culprits."""
        return next((one for one in self.prober.near(near) if within(culprits, one)), None)

    def _swapped(self, culprits: dict[str, Level], bad: Levels, along: list[str]) -> Levels | None:
        """Accepted levels with the culprits, and other values for what came along; or None."""
        values = [at for at in along if not self.prober.model.factors[at].container]
        present = [at for at in values if bad[at].value is not ABSENT]
        for members in (present, values) if present != values else (present,):
            swapped = self._with_others(culprits, bad, members)
            if swapped is not bad and self.prober.send(swapped).outcome == "accepted":
                return swapped
        return None

    def _with_others(self, culprits: dict[str, Level], bad: Levels, members: list[str]) -> Levels:
        """The levels with others of these members, as far as that is lawful; best accepted ones."""
        prober = self.prober
        swapped = bad
        for at in members:
            levels = prober.model.factors[at].levels
            taken = [level for level in levels if prober.seen(at, level)]
            for other in (*taken, *levels):
                body = prober.built({**swapped, at: other})
                trial = prober.read(body)
                kept = within(culprits, trial) and prober.plan.lawful(body)
                if kept and not is_same(other, bad[at]):
                    swapped = trial
                    break
        return swapped

    def _furnished(self, culprits: dict[str, Level]) -> Levels | None:
        """Accepted levels with an object that seems to be refused, filled as some case fills it."""
        if not all(isinstance(level.value, dict) for level in culprits.values()):
            return None
        smallest = self.prober.smallest()
        tried: list[Levels] = []
        for row in self.prober.rows:
            if not within(culprits, row):
                continue
            inside = [at for at in row if any(f"{at}/".startswith(f"{c}/") for c in culprits)]
            mixed = self.prober.mixed(smallest, row, inside)
            if mixed is None or mixed in tried:
                continue
            if len(tried) >= MOST_FURNISHED:
                break
            tried.append(mixed)
            if self.prober.send(mixed).outcome == "accepted":
                return mixed
        return None

    def _least_of(self, culprits: dict[str, Level], shown: Entry) -> dict[str, Level]:
        """The culprits without those that are not needed."""
        bad, smallest = self.prober.told(shown.case.levels), self.prober.smallest()
        for at in list(culprits):
            rest = {name: level for name, level in culprits.items() if name != at}
            if not rest or self._refuting(rest, bad) is not None:
                continue
            if self.prober.shown(smallest, bad, rest, self.shows) is not None:
                culprits = rest
        return culprits

    def _without_implied(self, culprits: dict[str, Level], shown: Entry) -> dict[str, Level]:
        """The culprits without those that another one cannot be had without."""
        bad, smallest = self.prober.told(shown.case.levels), self.prober.smallest()
        for at in list(culprits):
            rest = {name: level for name, level in culprits.items() if name != at}
            mixed = self.prober.mixed(smallest, bad, rest) if rest else None
            implied = mixed is not None and within(culprits, mixed)
            implied = implied or (bool(rest) and not self._may_be_other(at, culprits[at], rest))
            if implied and self._refuting(rest, bad) is None:
                culprits = rest
        return culprits

    def _may_be_other(self, at: str, level: Level, rest: dict[str, Level]) -> bool:
        """Whether some lawful body has the rest, and another value of a member, or none."""
        model, lawful = self.prober.model, self.prober.plan.lawful
        factor = model.factors[at]
        others = [one for one in factor.levels if not is_same(one, level)]
        others += [LEFT_OUT] if factor.optional and level.value is not ABSENT else []
        for other in others:
            found = model.completed({**rest, at: other}, lawful)
            if found is not None and within(
                {**rest, at: other}, self.prober.read(model.view(found))
            ):
                return True
        return False

    def _in_smallest(self, culprits: dict[str, Level], shown: Entry) -> Entry:
        """The culprits in the smallest accepted body, where that shows it too."""
        bad = self.prober.told(shown.case.levels)
        with suppress(OutOfBudget):
            alone = self.prober.shown(self.prober.smallest(), bad, culprits, self.shows)
            if alone is not None and size(alone) < size(shown):
                return alone
        return shown

    def _shrunk(self, culprits: dict[str, Level], shown: Entry) -> Cause:
        """The cause with its values made smaller, as far as the budget goes."""
        prober = self.prober
        long = [
            at
            for at, level in culprits.items()
            if level.label == "a random value"
            or level.keyword.startswith(OF_ITEMS)
            or (isinstance(level.value, str) and len(level.value) > 64)
            or _has_objects(level.value)
        ]
        if any(cause.levels.keys() == culprits.keys() for cause in prober.causes):
            # A short one of the same places is known; of objects it tells which member it is.
            long = [at for at in long if _has_objects(culprits[at].value)]
        best = shown
        prober.restrict(BUDGET_TO_SHORTEN)
        for at in long:

            def still(trial: object, at: str = at) -> bool:
                nonlocal best
                body = put(best.case.value, at, trial)
                levels = prober.model.classify(body)
                if not prober.plan.lawful(body) or prober.plan.disputed(levels):
                    return False
                entry = prober.post(body, levels)
                if not self.shows(entry):
                    return False
                best = entry
                return True

            try:
                smaller(culprits[at].value, still)
            except OutOfBudget:
                break
        in_order = (at for at in prober.model.factors if at in culprits)
        return Cause({at: culprits[at] for at in in_order}, best)
