"""Diagnosis: why lawful requests were not accepted, and what that means for the broken ones.

This is delta debugging (Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input",
2002) over the factors of a body and their levels: between a body that is accepted and one that is
not, the levels that differ are halved until one is left, or a pair that does it only together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress

from clausewise.diagnosis.blaming import Blaming
from clausewise.diagnosis.causes import BAD, Unsteady, find_cause, size
from clausewise.diagnosis.confirming import tell_varying
from clausewise.diagnosis.guesses import doubt_in
from clausewise.diagnosis.levels import Levels, there, within
from clausewise.diagnosis.limits import beyond
from clausewise.diagnosis.oddities import blame_oddities
from clausewise.diagnosis.probing import (
    BUDGET,
    BUDGET_IN_ALL,
    ENOUGH_ALIKE,
    Cause,
    OutOfBudget,
    Prober,
)
from clausewise.diagnosis.rebasing import base_for, fits, rebased
from clausewise.diagnosis.relations import relation_in
from clausewise.diagnosis.repeating import (
    demand_told_before,
    for_what_it_says,
    says_the_same,
)
from clausewise.diagnosis.serving import for_its_data, proved_by
from clausewise.judge.outcomes import answered
from clausewise.plan.cases import Case
from clausewise.plan.plan import OperationPlan
from clausewise.record.ledger import Blame, Entry, Ledger

# So many causes are looked for in one request.
MOST_CAUSES = 8
# How often a request that nothing explains has to be refused once more, to be a finding.
TIMES_AGAIN = 3
# After so many values in a row that nothing comes of, no more of them are looked for.
MOST_IN_VAIN = 6


class Diagnosis:
    """Finds the causes behind lawful requests of one operation that were not accepted."""

    def __init__(self, plan: OperationPlan, ledger: Ledger, send: Callable[[Case], Entry]) -> None:
        self.plan = plan
        self.ledger = ledger
        self.prober = Prober(plan, send)
        self._blaming = Blaming(plan, ledger)
        self._lawful: list[Entry] = []
        self._troubled = False
        self.unsteady = False

    def run(self, entries: Iterable[Entry]) -> None:
        """Look at the outcomes of some more accepted-expected cases; blame what has to be."""
        prober = self.prober
        lawful = [e for e in entries if e.case.expect != "refused" and e.case.levels]
        self._lawful += lawful
        prober.planned += lawful
        bad: list[Entry] = []
        for entry in lawful:
            # A step of a rule is about what was sent before it, not about its own body.
            if entry.case.kind == "rule":
                continue
            if entry.outcome == "accepted":
                prober.accept(entry)
                continue
            self._troubled = True
            if entry.outcome == "crashed" or (
                entry.outcome in BAD
                and entry.case.expect == "accepted"
                and entry.id not in self.ledger.explained
            ):
                bad.append(entry)
        if not prober.accepted:
            return
        # The body with fewest members first: its difference to an accepted one is smallest.
        for entry in sorted(bad, key=size):
            if prober.exhausted or self.unsteady:
                self._give_up(entry)
            else:
                self._explain(entry)
        self._forget_repetitions()
        if self._troubled and not self.unsteady:
            with suppress(OutOfBudget):
                self._look_again(entry for entry in lawful if entry.outcome != "accepted")
        if not self.unsteady:
            blame_oddities(prober, self.ledger, lawful, self._blaming.blame)

    def conclude(self) -> None:
        """Say what is known now that nothing lawful is to come."""
        if self.prober.accepted:
            self._tell_conflicts()
            self._draw_conclusions()

    def _forget_repetitions(self) -> None:
        """Take back what is blamed as a whole, where its refusal has the words of a known cause.

        A limit is not blamed where the words are those about what the value says.
        """
        blames, entries = self.ledger.blames, self.ledger.entries
        of_this = f"{self.plan.operation.id}:"
        clauses = self.plan.operation.clauses
        blamed = {blame.clause for blame in blames if not blame.crashed}
        for number, blame in enumerate(blames):
            if blame.clause.startswith(of_this):
                limited = beyond(blame, entries, self._taken, clauses, blamed)
                blames[number] = limited or for_what_it_says(blame, blames, entries)
        told: list[Blame] = []
        for blame in [one for one in blames if one.clause.startswith(of_this)]:
            before = demand_told_before(blame, told, entries)
            if before is None or blame.clause in {one.clause for one in told}:
                told.append(blame)
                continue
            blames.remove(blame)
            why = f"it is refused with the words of exchange {before}: one demand, told there"
            self.ledger.hindered.setdefault(blame.clause, why)
        for blame in [b for b in self.ledger.blames if b.clause == self.plan.operation.served]:
            entry = self.ledger.entries[blame.entry - 1]
            known = next((c for c in self.prober.causes if says_the_same(c, entry)), None)
            if known is not None and not blame.levels and not blame.crashed:
                self.ledger.blames.remove(blame)
                why = f"with the same words as exchange {known.entry.id}, which is explained"
                said = f"exchange {entry.id}: a lawful request was not accepted, {why}"
                self.ledger.hindered.setdefault(blame.clause, said)

    def _taken(self, at: str) -> list[object]:
        """The values of a place that were accepted."""
        return [levels[at].value for levels, _ in self.prober.accepted if at in levels]

    def _tell_conflicts(self) -> None:
        """Say that lawful requests were refused for the state of things, and not for a value.

        Each of their values was accepted elsewhere; one that never was may be taken.
        """
        known = self.ledger.explained
        for entry in self._lawful:
            if entry.outcome != "conflict" or entry.case.kind == "rule":
                continue
            if entry.case.expect != "accepted" or entry.id in known:
                continue
            levels = there(self.prober.told(entry.case.levels))
            if all(self.prober.seen(at, level) for at, level in levels.items()):
                said = answered(entry.exchange.response)
                self.ledger.hindered.setdefault(
                    self.plan.operation.served,
                    f"exchange {entry.id}: a lawful request was not accepted: it {said}, which is "
                    "about the state of things",
                )

    def rebased(self, case: Case) -> Case | None:
        """A negative on a body that the target would accept if it were not broken.

        The case itself where nothing is to be blamed in it; None where it cannot be rebased, or
        where nobody knows whether the target would.
        """
        if not self._troubled:
            return case
        if self.unsteady:
            return None
        if not case.levels:
            return case
        if case.media_range is not None and case.kind == "negative":
            return case if self._taken_as(case.media_range) else None
        levels = self.prober.read(self.prober.built(case.levels))
        if self.prober.cause_in(levels) is None:
            return case if self._vouched(levels) else self._on_the_smallest(case)
        if case.kind == "rule":
            return None  # its steps share what they are about: one alone cannot be changed
        changed = base_for(self.prober, levels, case)
        if changed is None or not self._vouched(changed):
            return None
        return rebased(self.prober, case, changed)

    def _taken_as(self, media_range: str) -> bool:
        """Whether lawful bodies of a further content are accepted, as far as one was sent."""
        sent = [
            entry.outcome
            for entry in self.ledger.of(self.plan.operation.id)
            if entry.case.media_range == media_range and entry.case.expect == "accepted"
        ]
        return "accepted" in sent or not sent

    def _on_the_smallest(self, case: Case) -> Case | None:
        """The case on what was accepted for certain, if its breach can be done to that."""
        smallest = self.prober.smallest()
        if case.kind == "rule" or not fits(self.prober, smallest, case):
            return None
        return rebased(self.prober, case, smallest)

    def _vouched(self, levels: Levels) -> bool:
        """Whether each value of a lawful body was accepted somewhere, or the body itself is."""
        if all(self.prober.seen(at, level) for at, level in there(levels).items()):
            return True
        if self.prober.written(self.prober.built(levels)) is None:
            return False  # an object of a query, say, whose only member is the one that breaks it
        self.prober.grant(BUDGET)
        try:
            return self.prober.send(levels).outcome == "accepted"
        except OutOfBudget:
            return False

    def _explain(self, entry: Entry) -> None:
        """Blame what is to be blamed in one bad entry, one cause after the other.

        What is refused with the very words of enough known causes is refused for the like of them.
        """
        prober = self.prober
        levels: Levels = prober.told(entry.case.levels)
        for found in range(MOST_CAUSES):
            prober.grant(BUDGET)
            try:
                known = prober.cause_in(levels)
                if known is not None:
                    self._tell_hidden(entry, known)
                    changed = base_for(prober, levels)
                    if changed is None:
                        return
                    entry, levels = prober.send(changed), changed
                    if entry.outcome not in BAD:
                        return
                if sum(says_the_same(one, entry) for one in prober.causes) >= ENOUGH_ALIKE:
                    return
                cause = find_cause(prober, entry, levels)
            except (OutOfBudget, Unsteady) as end:
                self.unsteady = isinstance(end, Unsteady)
                if found and not self.unsteady:
                    return
                cause = None
            if cause is None or any(within(old.levels, cause.levels) for old in prober.causes):
                self._give_up(entry)
                return
            prober.causes.append(cause)
            together = relation_in(prober, cause)
            self._blaming.blame(cause, together)

    def _tell_hidden(self, entry: Entry, known: Cause) -> None:
        """Say that a refusal may have a reason of its own, where what it has crashes elsewhere."""
        if known.entry.outcome == "crashed" and entry.outcome == "refused":
            said = answered(entry.exchange.response)
            self.ledger.hindered.setdefault(
                self.plan.operation.served,
                f"exchange {entry.id}: a lawful request was not accepted: it {said}, and what it "
                f"has makes others crash (exchange {known.entry.id}): what is refused in it, "
                "nobody can tell",
            )

    def _give_up(self, entry: Entry) -> None:
        """Say that a lawful request was not accepted, though nobody knows what is to blame."""
        if entry.outcome == "crashed":
            return  # that is a finding, explained or not
        clause = self.plan.operation.served
        why = "and no few values are to blame"
        proved = proved_by(self.ledger.entries, self.plan.operation.id)
        data = for_its_data(self.plan, entry, proved) or doubt_in(self.plan.model, entry)
        if data is not None:
            self.ledger.hindered.setdefault(
                clause, f"exchange {entry.id}: a lawful request was not accepted: {data}"
            )
            return
        if self.unsteady:
            why = "and then nor was one that had been accepted: the target takes nothing any more"
        elif any(blame.clause == clause for blame in self.ledger.blames):
            return
        elif (again := self._again(entry)) is not None:
            status = again.exchange.response.status if again.exchange.response else "?"
            said = (
                f"refused with {status} whenever it was sent, a lawful body of {size(again)} bytes"
            )
            self.ledger.blames.append(Blame(clause, (), f"{said}, {why}", again.id, False))
            return
        self.ledger.hindered.setdefault(
            clause, f"exchange {entry.id}: a lawful request was not accepted, {why}"
        )

    def _again(self, entry: Entry) -> Entry | None:
        """The same body sent again, if it is refused every time; None where that is not known."""
        self.prober.grant(TIMES_AGAIN)
        for _ in range(TIMES_AGAIN):
            try:
                again = self.prober.post(entry.case.value, entry.case.levels, again=True)
            except OutOfBudget:
                return None
            if again.outcome == "accepted":
                tell_varying(self.ledger, entry, again)
                self.ledger.hindered.setdefault(
                    self.plan.operation.served, self.ledger.explained[entry.id]
                )
            if again.outcome != "refused":
                return None
        return again

    def _look_again(self, lost: Iterable[Entry]) -> None:
        """Send the values that only requests without an answer had, one at a time."""
        prober = self.prober
        prober.grant(BUDGET_IN_ALL)
        smallest = prober.smallest()
        vain: list[str] = []
        in_a_row = 0
        for entry in lost:
            row = prober.told(entry.case.levels)
            for at, level in row.items():
                if prober.seen(at, level) or any(at.startswith(f"{one}/") for one in vain):
                    continue
                mixed = prober.mixed(smallest, row, [at])
                if mixed is None:
                    continue
                if prober.send(mixed).outcome == "accepted":
                    in_a_row = 0
                    continue
                in_a_row += 1
                if in_a_row > MOST_IN_VAIN:
                    return
                if prober.model.factors[at].container:
                    vain.append(at)

    def _draw_conclusions(self) -> None:
        """Say what the causes explain, and which clauses no accepted request stood on."""
        prober = self.prober
        unaccepted = [entry for entry in self._lawful if entry.outcome != "accepted"]
        if not unaccepted:
            return
        leaned = {name for levels, _ in prober.accepted for name in self._leans_on(levels)}
        for entry in unaccepted:
            levels = prober.told(entry.case.levels)
            if entry.case.kind == "rule":
                cause = prober.cause_in(levels)
                if cause is not None:
                    why = f"its body has what exchange {cause.entry.id} shows to be refused anyway"
                    self.ledger.explained[entry.id] = why
                elif self.unsteady:
                    why = "what was accepted before is not accepted any more"
                    self.ledger.explained[entry.id] = why
                continue
            for clause in self._leans_on(levels):
                if clause not in leaned:
                    self.ledger.hindered.setdefault(
                        clause,
                        f"no lawful request that used it was accepted (exchange {entry.id} "
                        f"{answered(entry.exchange.response, entry.exchange.failure)})",
                    )

    def _leans_on(self, levels: Levels) -> Iterable[str]:
        return self.plan.leans_on(dict(levels))
