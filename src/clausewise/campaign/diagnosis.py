"""Diagnosis: which value of a refused body is to blame, and what the smallest proof is.

Works on levels, not on bodies: between a body that is accepted and one that is not, the levels
that differ are halved until one level is left, or a pair that does it only together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial

from clausewise.judge.ledger import Blame, Entry, Ledger
from clausewise.plan.bodies import look, put
from clausewise.plan.cases import Case, encode
from clausewise.plan.plan import OperationPlan
from clausewise.plan.reduce import smaller
from clausewise.plan.values import ABSENT, LEFT_OUT, Level, stable_uuid

# Requests that may be spent on one cause, and on all of one operation together.
BUDGET = 60
BUDGET_IN_ALL = 240
# A reply that breaks a clause is proof enough; a shorter request only reads better.
BUDGET_TO_SHORTEN = 15
BAD = ("refused", "conflict", "crashed")
Levels = Mapping[str, Level]


class OutOfBudget(Exception):  # noqa: N818  # what was found so far stands
    """No more requests for this cause."""


@dataclass(frozen=True, slots=True)
class Cause:
    """Levels that bring a bad outcome together, and the smallest entry that shows it."""

    levels: dict[str, Level]
    entry: Entry

    def within(self, levels: Levels) -> bool:
        """Whether a body has all of them."""
        return all(at in levels and _is(levels[at], level) for at, level in self.levels.items())


Shows = Callable[[Entry], bool]


def _as_bad(crashed: bool, entry: Entry) -> bool:
    """Whether an entry is bad in the same way: refused, or crashed."""
    return entry.outcome in BAD and (entry.outcome == "crashed") == crashed


def _breaks(clause: str, entry: Entry) -> bool:
    """Whether the reply of an accepted request breaks a clause."""
    return any(breach.clause == clause for breach in entry.judgement.broken)


def _is(one: Level, other: Level) -> bool:
    return one.label == other.label and one.value == other.value


class Diagnosis:
    """Finds the causes behind lawful requests of one operation that were not accepted."""

    def __init__(
        self, plan: OperationPlan, ledger: Ledger, send: Callable[[Case], Entry]
    ) -> None:
        self.plan = plan
        self.ledger = ledger
        self._send = send
        self.causes: list[Cause] = []
        self.accepted: list[tuple[Levels, Entry]] = []
        self._spent = 0
        self._limit = BUDGET
        self._known: dict[bytes, Entry] = {}
        self._count = 0

    def run(self, entries: Iterable[Entry]) -> None:
        """Look at the outcomes of accepted-expected cases; blame what has to be blamed."""
        bad: list[Entry] = []
        for entry in entries:
            if entry.case.expect == "refused" or not entry.case.levels:
                continue
            if entry.outcome == "accepted":
                self.accepted.append((entry.case.levels, entry))
            elif entry.outcome == "crashed" or (
                entry.outcome in BAD and entry.case.expect == "accepted"
            ):
                bad.append(entry)
        if not self.accepted:
            return
        # The body with fewest members first: its difference to an accepted one is smallest.
        for entry in sorted(bad, key=lambda entry: len(entry.exchange.request.content or b"")):
            if self._count >= BUDGET_IN_ALL:
                self._give_up(entry)
                continue
            self._explain(entry)

    def shorten(self, entries: Iterable[Entry]) -> None:
        """For each clause that replies break: look for the smallest request that shows it.

        Most show in the smallest request of all; then nothing is sent.
        """
        shown: dict[str, Entry] = {}
        for entry in entries:
            if entry.outcome != "accepted" or not entry.case.levels:
                continue
            for breach in entry.judgement.broken:
                known = shown.get(breach.clause)
                if known is None or _size(entry) < _size(known):
                    shown[breach.clause] = entry
        for clause, entry in shown.items():
            shows = partial(_breaks, clause)
            clean = [pair for pair in self.accepted if not shows(pair[1])]
            if not clean:
                continue
            start = min(clean, key=lambda pair: _weight(pair[0]))[0]
            if _weight(entry.case.levels) <= _weight(start) + 1:
                continue
            levels: Levels = entry.case.levels
            group = [at for at in levels if at not in start or not _is(levels[at], start[at])]
            self._spent, self._limit = 0, BUDGET_TO_SHORTEN
            with suppress(OutOfBudget):
                self._least(start, levels, group, shows)

    def repaired(self, case: Case) -> Case | None:
        """A negative on a body that the endpoint would accept if it were not broken.

        The case itself where nothing is to be blamed in it; None where it cannot be mended.
        """
        if not case.levels or not self.causes or self.plan.model is None:
            return case
        model = self.plan.model
        levels = model.classify(model.build(case.levels))
        if not any(cause.within(levels) for cause in self.causes):
            return case
        if case.change is None and case.kind != "transport":
            return None
        mended = self._without_causes(levels, case.change.at if case.change else None)
        if mended is None:
            return None
        body = model.build(mended)
        if case.change is not None:
            around = case.change.at.rpartition("/")[0]
            if look(body, around) is ABSENT:
                return None
            body = put(body, case.change.at, case.change.value)
        if case.body is ABSENT:
            return case
        leased = self.plan.leased
        if leased and leased != (case.change.at if case.change else None):
            body = put(body, leased, look(case.body, leased))
        return replace(case, body=body, content=encode(body), levels=mended)

    def _without_causes(self, levels: Levels, keep: str | None) -> dict[str, Level] | None:
        """The levels with every cause replaced by something harmless, or None."""
        model = self.plan.model
        assert model is not None
        current = dict(levels)
        for _ in range(2 * len(self.causes) + 1):
            cause = next((c for c in self.causes if c.within(current)), None)
            if cause is None:
                return current if self.plan.lawful(model.build(current)) else None
            changed = self._changed(current, cause, keep)
            if changed is None:
                return None
            current = changed
        return None

    def _changed(self, levels: Levels, cause: Cause, keep: str | None) -> dict[str, Level] | None:
        model = self.plan.model
        assert model is not None
        for at in cause.levels:
            if keep is not None and (keep == at or keep.startswith(f"{at}/")):
                continue
            factor = model.factors[at]
            for level in (*factor.levels, *([LEFT_OUT] if factor.optional else [])):
                trial = model.classify(model.build(model.assigned(_there({**levels, at: level}))))
                if not any(other.within(trial) for other in self.causes):
                    if self.plan.lawful(model.build(trial)):
                        return trial
        return None

    def _explain(self, entry: Entry) -> None:
        """Blame what is to be blamed in one bad entry, one cause after the other."""
        levels: Levels = entry.case.levels
        self._spent, self._limit = 0, BUDGET
        for _ in range(8):
            if any(cause.within(levels) for cause in self.causes):
                mended = self._without_causes(levels, None)
                if mended is None:
                    return
                again = self._try(mended)
                if again is None or again.outcome not in BAD:
                    return
                entry, levels = again, mended
            try:
                cause = self._cause(entry, levels)
            except OutOfBudget:
                cause = None
            if cause is None:
                self._give_up(entry)
                return
            self.causes.append(cause)
            self._blame(cause)

    def _give_up(self, entry: Entry) -> None:
        name = f"{self.plan.operation.id}:request#:type"
        self.ledger.hindered.setdefault(
            name,
            f"exchange {entry.id}: a lawful request was not accepted, and no single value or pair "
            "is to blame",
        )

    def _cause(self, entry: Entry, levels: Levels) -> Cause | None:
        """The fewest levels of a bad body that make an accepted body bad too."""
        base, _ = min(self.accepted, key=lambda pair: _distance(pair[0], levels))
        smallest = min(self.accepted, key=lambda pair: _weight(pair[0]))[0]
        crashed = entry.outcome == "crashed"
        shows = partial(_as_bad, crashed)
        innocent = {
            (at, level.label) for known, _ in self.accepted for at, level in known.items()
        }
        for start in (smallest, base):
            differing = [
                at
                for at in levels
                if at not in start or not _is(levels[at], start[at])
            ]
            suspects = [at for at in differing if (at, levels[at].label) not in innocent]
            for group in (suspects, differing):
                found = self._least(start, levels, group, shows) if group else None
                if found is not None:
                    return self._shrunk(levels, *found, shows)
        return None

    def _least(
        self, start: Levels, levels: Levels, group: list[str], shows: Shows
    ) -> tuple[list[str], Entry] | None:
        """The least part of a group that is bad, by halving; None when all of it is not bad."""
        shown = self._bad(start, levels, group, shows)
        if shown is None:
            return None
        needed: list[str] = []
        while True:
            if needed:
                alone = self._bad(start, levels, needed, shows)
                if alone is not None:
                    return needed, alone
            low, high = 0, len(group)
            # The shortest beginning of the group that, with what is needed, is bad.
            while low < high:
                middle = (low + high) // 2
                part = self._bad(start, levels, [*group[:middle], *needed], shows)
                if part is not None:
                    high, shown = middle, part
                else:
                    low = middle + 1
            if low == 0 or low > len(group):
                return [*group, *needed], shown
            needed.append(group[low - 1])
            group = group[: low - 1]
            if not group:
                alone = self._bad(start, levels, needed, shows)
                return needed, alone or shown

    def _mixed(self, start: Levels, levels: Levels, part: Iterable[str]) -> dict[str, Level] | None:
        """The start with a part of the bad levels; what a missing container held is gone."""
        model = self.plan.model
        assert model is not None
        mixed = dict(start)
        for at in part:
            mixed[at] = levels[at]
            parent = model.factors[at].parent
            while parent and levels[at].value is not ABSENT:
                mixed[parent] = levels[parent]
                parent = model.factors[parent].parent
        mixed = _there(mixed)
        for at in list(mixed):
            parent = model.factors[at].parent
            while parent:
                if parent not in mixed or mixed[parent].value is None:
                    del mixed[at]
                    break
                parent = model.factors[parent].parent
        body = model.build(mixed)
        return model.classify(body) if self.plan.lawful(body) else None

    def _bad(
        self, start: Levels, levels: Levels, part: Iterable[str], shows: Shows
    ) -> Entry | None:
        mixed = self._mixed(start, levels, part)
        if mixed is None:
            return None
        entry = self._try(mixed)
        if entry is None:
            return None
        return entry if shows(entry) else None

    def _try(self, levels: Levels) -> Entry | None:
        """Send a body of these levels, unless it was sent before. Raises OutOfBudget."""
        model = self.plan.model
        assert model is not None
        body = model.build(_there(levels))
        return self._post(body, levels)

    def _post(self, body: object, levels: Levels) -> Entry | None:
        leased = self.plan.leased
        key = encode(put(body, leased, "") if leased and look(body, leased) is not ABSENT else body)
        if key in self._known:
            return self._known[key]
        if self._spent >= self._limit or self._count >= BUDGET_IN_ALL:
            raise OutOfBudget
        self._spent += 1
        self._count += 1
        name = f"{self.plan.operation.id}/diagnosis-{self._count:03d}"
        if leased and look(body, leased) is not ABSENT:
            body = put(body, leased, stable_uuid("diagnosis", name))
        case = Case(
            id=name,
            operation=self.plan.operation.id,
            kind="search",
            expect="accepted",
            label="a smaller request, looking for what is to blame",
            body=body,
            content=encode(body),
            levels=dict(levels),
        )
        entry = self._send(case)
        self._known[key] = entry
        if entry.outcome == "accepted":
            self.accepted.append((levels, entry))
        return entry

    def _shrunk(
        self, levels: Levels, needed: list[str], shown: Entry, shows: Shows
    ) -> Cause:
        """The cause with its values made smaller, as far as the budget goes."""
        culprits = {at: levels[at] for at in needed}
        long = [
            at
            for at, level in culprits.items()
            if level.label == "a random value"
            or (isinstance(level.value, str) and len(level.value) > 64)
        ]
        model = self.plan.model
        assert model is not None
        best = shown
        for at in long:
            value = levels[at].value

            def still(trial: object, at: str = at) -> bool:
                nonlocal best
                body = put(best.case.body, at, trial)
                if not self.plan.lawful(body):
                    return False
                entry = self._post(body, model.classify(body))
                if entry is None or not shows(entry):
                    return False
                best = entry
                return True

            try:
                value = smaller(value, still)
            except OutOfBudget:
                break
        return Cause(culprits, best)

    def _blame(self, cause: Cause) -> None:
        entry = cause.entry
        status = entry.exchange.response.status if entry.exchange.response else "?"
        crashed = entry.outcome == "crashed"
        parts = [self._said(at, level, entry) for at, level in cause.levels.items()]
        # A container is there only for its members' sake.
        told = [
            part
            for at, part in zip(cause.levels, parts, strict=True)
            if not any(other.startswith(f"{at}/") for other in cause.levels)
        ]
        together = " together with " if len(told) > 1 else ""
        what = together.join([told[0], " and ".join(told[1:])]) if len(told) > 1 else told[0]
        verb = f"it crashed with {status}" if crashed else f"refused with {status}"
        at = next(
            at
            for at in cause.levels
            if not any(other.startswith(f"{at}/") for other in cause.levels)
        )
        clause = self.plan.clause_of(at, cause.levels[at])
        if crashed or clause is None:
            clause = f"{self.plan.operation.id}:status"
        self.ledger.blames.append(
            Blame(
                clause,
                tuple((at, level.label) for at, level in cause.levels.items()),
                f"{verb}: {what}, which the contract allows",
                entry.id,
                crashed,
            )
        )

    def _said(self, at: str, level: Level, entry: Entry) -> str:
        if level.value is ABSENT:
            return f"{at} left out"
        value = look(entry.case.body, at)
        if isinstance(value, dict):
            return f"{at} present"
        text = encode(value).decode() if value is not ABSENT else level.label
        return f"{at} = {text if len(text) <= 80 else f'{text[:77]}…'}"


def _there(levels: Levels) -> dict[str, Level]:
    return {at: level for at, level in levels.items() if level.value is not ABSENT}


def _distance(one: Levels, other: Levels) -> int:
    return sum(1 for at in other if at not in one or not _is(one[at], other[at]))


def _size(entry: Entry) -> int:
    return len(entry.exchange.request.content or b"")


def _weight(levels: Levels) -> int:
    return len(_there(levels))
