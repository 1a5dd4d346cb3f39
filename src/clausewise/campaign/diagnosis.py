"""Diagnosis: which value of a refused body is to blame, and what the smallest proof is.

Works on levels, not on bodies: between a body that is accepted and one that is not, the levels
that differ are halved until one level is left, or a pair that does it only together. A member that
is left out of an object that is not there tells nothing: such levels are dropped throughout.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial

from clausewise.judge.ledger import Blame, Entry, Ledger
from clausewise.plan.bodies import BodyModel, look, put
from clausewise.plan.cases import Case, encode
from clausewise.plan.plan import OperationPlan
from clausewise.plan.reduce import smaller
from clausewise.plan.values import ABSENT, LEFT_OUT, Level, stable_uuid

# Requests that may be spent on one cause, and on all of one operation together.
BUDGET = 60
BUDGET_IN_ALL = 240
# What shows a breach is proof enough; a shorter request only reads better.
BUDGET_TO_SHORTEN = 15
# How often a cause may turn out to be too coarse, and how many bodies are tried to mend one.
MOST_ROUNDS = 6
MOST_TRIALS = 300
# After so many values in a row that nothing comes of, no more of them are looked for.
MOST_IN_VAIN = 6
# How many ways of filling an object are tried before the object itself is blamed.
MOST_FURNISHED = 12
BAD = ("refused", "conflict", "crashed")
Levels = Mapping[str, Level]


class OutOfBudget(Exception):  # noqa: N818  # what was found so far stands
    """No more requests for this cause."""


class Unsteady(Exception):  # noqa: N818  # an outcome, not an error: nothing more can be learnt
    """What was accepted before is not accepted any more."""


@dataclass(frozen=True, slots=True)
class Cause:
    """Levels that bring a bad outcome together, and the smallest entry that shows it."""

    levels: dict[str, Level]
    entry: Entry

    def within(self, levels: Levels) -> bool:
        """Whether a body has all of them."""
        return _within(self.levels, levels)


Shows = Callable[[Entry], bool]


def _as_bad(crashed: bool, entry: Entry) -> bool:
    """Whether an entry is bad in the same way: refused, or crashed."""
    return entry.outcome in BAD and (entry.outcome == "crashed") == crashed


def _breaks(clause: str, entry: Entry) -> bool:
    """Whether the reply of an accepted request breaks a clause."""
    return any(breach.clause == clause for breach in entry.judgement.broken)


def _within(part: Levels, levels: Levels) -> bool:
    return all(at in levels and _is(levels[at], level) for at, level in part.items())


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
        self._seen: set[tuple[str, str]] = set()
        self._rows: list[Levels] = []
        self._troubled = False
        self._unsteady = False
        self._spent = 0
        self._limit = BUDGET
        self._known: dict[bytes, Entry] = {}
        self._count = 0

    def run(self, entries: Iterable[Entry]) -> None:
        """Look at the outcomes of accepted-expected cases; blame what has to be blamed."""
        lawful = [e for e in entries if e.case.expect != "refused" and e.case.levels]
        self._rows = [self._told(entry.case.levels) for entry in lawful]
        bad: list[Entry] = []
        for entry in lawful:
            # A step of a rule is about what was sent before it, not about its own body.
            if entry.case.kind == "rule":
                continue
            if entry.outcome == "accepted":
                self._accept(entry)
                continue
            self._troubled = True
            if entry.outcome == "crashed" or (
                entry.outcome in BAD and entry.case.expect == "accepted"
            ):
                bad.append(entry)
        if not self.accepted:
            return
        # The body with fewest members first: its difference to an accepted one is smallest.
        for entry in sorted(bad, key=_size):
            if self._count >= BUDGET_IN_ALL or self._unsteady:
                self._give_up(entry)
            else:
                self._explain(entry)
        if self._troubled and not self._unsteady:
            with suppress(OutOfBudget):
                self._look_again(entry for entry in lawful if entry.outcome != "accepted")
        self._draw_conclusions(lawful)

    @property
    def _model(self) -> BodyModel:
        """The choices that bodies are made of; only entries with levels get this far."""
        if self.plan.model is None:
            raise TypeError(f"{self.plan.operation.id} takes no body")
        return self.plan.model

    def _accept(self, entry: Entry) -> None:
        levels = self._told(entry.case.levels)
        self.accepted.append((levels, entry))
        self._seen.update((at, level.label) for at, level in levels.items())

    def _look_again(self, lost: Iterable[Entry]) -> None:
        """Send the values that only requests without an answer had, one at a time."""
        self._spent, self._limit = 0, BUDGET_IN_ALL
        smallest = self._smallest_accepted()
        vain: list[str] = []
        in_a_row = 0
        for entry in lost:
            row = self._told(entry.case.levels)
            for at, level in row.items():
                if (at, level.label) in self._seen or any(at.startswith(f"{v}/") for v in vain):
                    continue
                mixed = self._mixed(smallest, row, [at])
                if mixed is None:
                    continue
                if self._try(mixed).outcome == "accepted":
                    in_a_row = 0
                    continue
                in_a_row += 1
                if in_a_row > MOST_IN_VAIN:
                    return
                if self._model.factors[at].container:
                    vain.append(at)

    def _draw_conclusions(self, lawful: list[Entry]) -> None:
        """Say what the causes explain, and which clauses no accepted request stood on."""
        leaned = {clause for levels, _ in self.accepted for clause in self._leans_on(levels)}
        for entry in lawful:
            if entry.outcome == "accepted":
                continue
            levels = self._told(entry.case.levels)
            cause = next((cause for cause in self.causes if cause.within(levels)), None)
            if entry.case.kind == "rule":
                if cause is not None:
                    why = f"its body has what exchange {cause.entry.id} shows to be refused anyway"
                    self.ledger.explained[entry.id] = why
                elif self._unsteady:
                    why = "what was accepted before is not accepted any more"
                    self.ledger.explained[entry.id] = why
                continue
            for clause in self._leans_on(levels):
                if clause not in leaned:
                    self.ledger.hindered.setdefault(
                        clause,
                        f"no lawful request that used it was accepted (exchange {entry.id}: "
                        f"{_outcome(entry)})",
                    )

    def _leans_on(self, levels: Levels) -> Iterable[str]:
        return self.plan.leans_on(dict(levels))

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
            levels = self._told(entry.case.levels)
            group = _differing(start, levels)
            self._spent, self._limit = 0, BUDGET_TO_SHORTEN
            with suppress(OutOfBudget):
                self._least(start, levels, group, shows)

    def repaired(self, case: Case) -> Case | None:
        """A negative on a body that the endpoint would accept if it were not broken.

        The case itself where nothing is to be blamed in it; None where it cannot be mended, or
        where nobody knows whether the endpoint would.
        """
        if not self._troubled or not case.levels or self.plan.model is None:
            return case
        if self._unsteady:
            return None
        model = self._model
        levels = self._told(model.classify(model.build(case.levels)))
        mended: Levels | None = levels
        if any(cause.within(levels) for cause in self.causes):
            # The steps of a rule share what they are about: one alone cannot be changed.
            mended = None if case.kind == "rule" else self._mended(levels, case)
        if mended is None or not self._vouched(mended):
            return None
        return case if mended is levels else self._rebuilt(case, mended)

    def _vouched(self, levels: Levels) -> bool:
        """Whether each value of a lawful body was accepted somewhere, or the body itself is."""
        if all((at, level.label) in self._seen for at, level in _there(levels).items()):
            return True
        self._spent, self._limit = 0, BUDGET
        try:
            return self._try(levels).outcome == "accepted"
        except OutOfBudget:
            return False

    def _rebuilt(self, case: Case, levels: Levels) -> Case:
        """The case with the same breach on other levels."""
        body = self._broken(case, levels)
        if case.body is ABSENT:
            # No body at all, or one cut short.
            content = encode(body)[:-1] if case.content is not None else None
            return replace(case, content=content, levels=levels)
        leased = self.plan.leased
        if leased and leased != (case.change.at if case.change else None):
            body = put(body, leased, look(case.body, leased))
        return replace(case, body=body, content=encode(body), levels=levels)

    def _broken(self, case: Case, levels: Levels) -> object:
        """The body of a case on other levels; ABSENT where there is no room for its change."""
        body = self._model.build(_there(levels))
        if case.change is None:
            return body
        if look(body, case.change.at.rpartition("/")[0]) is ABSENT:
            return ABSENT
        return put(body, case.change.at, case.change.value)

    def _still_proves(self, case: Case, levels: Levels) -> bool:
        """Whether the case on other levels breaks what it did, and nothing else."""
        isolation = self.plan.isolation
        body = self._broken(case, levels)
        if case.change is not None:
            clause = self.plan.operation.clauses[case.probes[0]]
            return (
                body is not ABSENT
                and isolation is not None
                and self.plan.lawful(self._model.build(_there(levels)))
                and isolation.proves(clause, json.loads(encode(body))) == "isolated"
            )
        if case.kind == "negative" and isolation is not None:
            return isolation.standing(body) == isolation.standing(case.body)
        return self.plan.lawful(body)

    def _mended(self, levels: Levels, case: Case | None = None) -> Levels | None:
        """The levels with every cause replaced by something harmless, or None.

        The result is lawful; of a negative, it is what the breach can be done to.
        """
        model = self._model
        keep = case.change.at if case and case.change else None
        tried: set[str] = set()
        open_ways = [levels]
        while open_ways and len(tried) < MOST_TRIALS:
            current = open_ways.pop()
            cause = next((cause for cause in self.causes if cause.within(current)), None)
            if cause is None:
                if case is None and self.plan.lawful(model.build(_there(current))):
                    return current
                if case is not None and self._still_proves(case, current):
                    return current
                continue
            ways = []
            for changed in self._changes(current, cause, keep):
                body = model.build(_there(changed))
                text = json.dumps(body, sort_keys=True)
                if text not in tried:
                    tried.add(text)
                    ways.append(self._told(model.classify(body)))
            open_ways += reversed(ways)
        return None

    def _changes(self, levels: Levels, cause: Cause, keep: str | None) -> Iterator[Levels]:
        """Levels without one of a cause's: another one in its place, or nothing around it.

        At `keep` a breach will stand. Another plain value may be there before it, which shows
        that not all of them are refused; but it may not go, nor what is around it.
        """
        factors = self._model.factors
        ways: list[tuple[str, Level]] = []
        for at, level in cause.levels.items():
            factor = factors[at]
            if keep != at or not factor.container:
                ways += [(at, other) for other in factor.levels if not _is(other, level)]
            around: str | None = at
            while around:
                if factors[around].optional and level.value is not ABSENT:
                    ways.append((around, LEFT_OUT))
                around = factors[around].parent
        for at, other in ways:
            around_it = keep is not None and f"{keep}/".startswith(f"{at}/")
            if around_it and (keep != at or other is LEFT_OUT):
                continue
            # What was inside goes along.
            rest = {name: lv for name, lv in levels.items() if not name.startswith(f"{at}/")}
            yield {**rest, at: other}

    def _explain(self, entry: Entry) -> None:
        """Blame what is to be blamed in one bad entry, one cause after the other."""
        levels: Levels = self._told(entry.case.levels)
        for _ in range(8):
            self._spent, self._limit = 0, BUDGET
            try:
                if any(cause.within(levels) for cause in self.causes):
                    mended = self._mended(levels)
                    if mended is None:
                        return
                    entry, levels = self._try(mended), mended
                    if entry.outcome not in BAD:
                        return
                cause = self._cause(entry, levels)
            except (OutOfBudget, Unsteady) as end:
                self._unsteady = isinstance(end, Unsteady)
                cause = None
            if cause is None or any(_within(known.levels, cause.levels) for known in self.causes):
                self._give_up(entry)
                return
            self.causes.append(cause)
            self._blame(cause)

    def _give_up(self, entry: Entry) -> None:
        if entry.outcome == "crashed":
            return  # that is a finding, explained or not
        why = "and no single value or pair is to blame"
        if self._unsteady:
            why = "and then nor was one that had been accepted: the endpoint takes nothing any more"
        self.ledger.hindered.setdefault(
            f"{self.plan.operation.id}:request#:type",
            f"exchange {entry.id}: a lawful request was not accepted, {why}",
        )

    def _cause(self, entry: Entry, bad: Levels) -> Cause | None:
        """The fewest levels of a bad body that make an accepted body bad too."""
        shows = partial(_as_bad, entry.outcome == "crashed")
        for start in (self._smallest_accepted(), self._near(bad)[0]):
            found = self._blamed(start, bad, shows)
            if found is not None:
                return self._refined(start, *found, shows)
        return None

    def _blamed(
        self, start: Levels, bad: Levels, shows: Shows
    ) -> tuple[dict[str, Level], Entry] | None:
        """Levels that make one accepted body bad; first those that never were in one."""
        differing = _differing(start, bad)
        suspects = [at for at in differing if (at, bad[at].label) not in self._seen]
        for group in (suspects, differing):
            found = self._least(start, bad, group, shows) if group else None
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
        if self._try(levels, again=True).outcome in BAD:
            raise Unsteady

    def _refined(
        self, start: Levels, culprits: dict[str, Level], shown: Entry, shows: Shows
    ) -> Cause | None:
        """The cause with what came along unnoticed taken into account, and made small.

        A value may bring others with it: what a container must hold, or what it lacks. Levels
        that are together in an accepted body are no cause: then something else is, too.
        """
        for _ in range(MOST_ROUNDS):
            bad = self._told(shown.case.levels)
            counter = self._refuting(culprits, bad)
            refuted = counter is not None
            if counter is None:
                # Nobody refutes it; but was it this, or what came with it?
                along = [at for at in _differing(start, bad) if at not in culprits]
                counter = self._swapped(culprits, bad, along) or self._furnished(culprits)
                refuted = counter is not None
            if counter is None and any((at, bad[at].label) not in self._seen for at in along):
                around = {at.rpartition("/")[0] for at in culprits}
                holding = (known for known in self._near(bad) if _all_hold(known, around))
                counter = next(holding, None)
            if counter is None or counter is start:
                break
            finer = self._blamed(counter, bad, shows)
            if finer is None:
                if refuted:
                    return None
                break
            found, shown = finer
            if self._refuting(found, bad) is not None:
                found = self._least_of({**culprits, **found}, shown, shows)
            culprits, start = found, counter
        return self._shrunk(culprits, self._smallest(culprits, shown, shows), shows)

    def _near(self, levels: Levels) -> list[Levels]:
        """The accepted levels, nearest first."""
        return sorted((known for known, _ in self.accepted), key=lambda one: _distance(one, levels))

    def _refuting(self, culprits: dict[str, Level], near: Levels) -> Levels | None:
        """Accepted levels that have all of the culprits."""
        return next((one for one in self._near(near) if _within(culprits, one)), None)

    def _swapped(
        self, culprits: dict[str, Level], bad: Levels, along: list[str]
    ) -> Levels | None:
        """Accepted levels with the culprits, and other values for what came along; or None."""
        model = self._model
        swapped = bad
        for at in along:
            if bad[at].value is ABSENT or model.factors[at].container:
                continue
            for other in model.factors[at].levels:
                body = model.build(_there({**swapped, at: other}))
                trial = self._told(model.classify(body))
                if not _is(other, bad[at]) and _within(culprits, trial) and self.plan.lawful(body):
                    swapped = trial
                    break
        if swapped is bad or self._try(swapped).outcome != "accepted":
            return None
        return swapped

    def _furnished(self, culprits: dict[str, Level]) -> Levels | None:
        """Accepted levels with an object that seems to be refused, filled as some case fills it."""
        if not all(isinstance(level.value, dict) for level in culprits.values()):
            return None
        smallest = self._smallest_accepted()
        tried: list[Levels] = []
        for row in self._rows:
            if not _within(culprits, row):
                continue
            inside = [at for at in row if any(f"{at}/".startswith(f"{c}/") for c in culprits)]
            mixed = self._mixed(smallest, row, inside)
            if mixed is None or mixed in tried:
                continue
            if len(tried) >= MOST_FURNISHED:
                break
            tried.append(mixed)
            if self._try(mixed).outcome == "accepted":
                return mixed
        return None

    def _least_of(
        self, culprits: dict[str, Level], shown: Entry, shows: Shows
    ) -> dict[str, Level]:
        """The culprits without those that are not needed."""
        bad = self._told(shown.case.levels)
        smallest = self._smallest_accepted()
        for at in list(culprits):
            rest = {name: level for name, level in culprits.items() if name != at}
            if not rest or self._refuting(rest, bad) is not None:
                continue
            if self._bad(smallest, bad, rest, shows) is not None:
                culprits = rest
        return culprits

    def _smallest_accepted(self) -> Levels:
        return min(self.accepted, key=lambda pair: _weight(pair[0]))[0]

    def _smallest(self, culprits: dict[str, Level], shown: Entry, shows: Shows) -> Entry:
        """The culprits in the smallest accepted body, where that shows it too."""
        bad = self._told(shown.case.levels)
        with suppress(OutOfBudget):
            alone = self._bad(self._smallest_accepted(), bad, culprits, shows)
            if alone is not None and _size(alone) < _size(shown):
                return alone
        return shown

    def _least(
        self, start: Levels, levels: Levels, group: list[str], shows: Shows
    ) -> tuple[list[str], Entry] | None:
        """The least part of a group that is bad, by halving; None when all of it is not bad.

        An empty part means that the start is bad by itself.
        """
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
                # Nothing of the group is needed: the start itself is bad.
                return needed, shown
            needed.append(group[low - 1])
            group = group[: low - 1]
            if not group:
                alone = self._bad(start, levels, needed, shows)
                return needed, alone or shown

    def _mixed(self, start: Levels, levels: Levels, part: Iterable[str]) -> dict[str, Level] | None:
        """The start with a part of the bad levels; what a missing container held is gone.

        Known causes that come about on the way are taken out by more of the bad levels, which
        have none of them: else they would hide what is looked for. None where no lawful body has
        that part: another of its values may ask for what was to be left out.
        """
        model = self._model
        wanted = {at: levels[at] for at in part}
        mixed = dict(start)
        for at in wanted:
            mixed[at] = levels[at]
            parent = model.factors[at].parent
            while parent:
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
        for _ in range(len(self.causes) + 1):
            body = model.build(mixed)
            told = self._told(model.classify(body))
            cause = next((cause for cause in self.causes if cause.within(told)), None)
            if cause is None:
                return told if _within(wanted, told) and self.plan.lawful(body) else None
            mixed = _there(told | {at: levels[at] for at in cause.levels if at in levels})
        return None

    def _told(self, levels: Levels) -> dict[str, Level]:
        """The levels that tell something: without what is left out of what is not there."""
        factors = self._model.factors
        return {
            at: level
            for at, level in levels.items()
            if level.value is not ABSENT or _holds(levels, factors[at].parent)
        }

    def _bad(
        self, start: Levels, levels: Levels, part: Iterable[str], shows: Shows
    ) -> Entry | None:
        mixed = self._mixed(start, levels, part)
        if mixed is None:
            return None
        entry = self._try(mixed)
        return entry if shows(entry) else None

    def _try(self, levels: Levels, again: bool = False) -> Entry:
        """Send a body of these levels, unless it was sent before. Raises OutOfBudget."""
        model = self._model
        body = model.build(_there(levels))
        return self._post(body, levels, again)

    def _post(self, body: object, levels: Levels, again: bool = False) -> Entry:
        leased = self.plan.leased
        key = encode(put(body, leased, "") if leased and look(body, leased) is not ABSENT else body)
        if key in self._known and not again:
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
            self._accept(entry)
        return entry

    def _shrunk(self, culprits: dict[str, Level], shown: Entry, shows: Shows) -> Cause:
        """The cause with its values made smaller, as far as the budget goes."""
        long = [
            at
            for at, level in culprits.items()
            if level.label == "a random value"
            or (isinstance(level.value, str) and len(level.value) > 64)
        ]
        model = self._model
        best = shown
        self._limit = min(self._limit, self._spent + BUDGET_TO_SHORTEN)
        for at in long:
            value = culprits[at].value

            def still(trial: object, at: str = at) -> bool:
                nonlocal best
                body = put(best.case.body, at, trial)
                levels = model.classify(body)
                if not self.plan.lawful(body) or self.plan.disputed(levels):
                    return False
                entry = self._post(body, levels)
                if not shows(entry):
                    return False
                best = entry
                return True

            try:
                value = smaller(value, still)
            except OutOfBudget:
                break
        return Cause({at: culprits[at] for at in model.factors if at in culprits}, best)

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


def _holds(levels: Levels, at: str | None) -> bool:
    """Whether the object at a pointer is there to hold members."""
    return not at or (at in levels and isinstance(levels[at].value, dict))


def _all_hold(levels: Levels, around: Iterable[str]) -> bool:
    return all(_holds(levels, at) for at in around)


def _differing(start: Levels, levels: Levels) -> list[str]:
    return [at for at in levels if at not in start or not _is(levels[at], start[at])]


def _outcome(entry: Entry) -> str:
    response = entry.exchange.response
    if response is None:
        return f"there was no reply: {entry.exchange.failure}"
    return f"the answer was {response.status}"


def _there(levels: Levels) -> dict[str, Level]:
    return {at: level for at, level in levels.items() if level.value is not ABSENT}


def _distance(one: Levels, other: Levels) -> int:
    return sum(1 for at in other if at not in one or not _is(one[at], other[at]))


def _size(entry: Entry) -> int:
    return len(entry.exchange.request.content or b"")


def _weight(levels: Levels) -> int:
    return len(_there(levels))
