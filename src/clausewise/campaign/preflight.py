"""The preflight: a lawful request of each operation, until one is accepted."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import partial

from clausewise.campaign.elsewhere import Elsewhere
from clausewise.campaign.no_entry import why_elsewhere, why_no_entry
from clausewise.campaign.sending import Sender
from clausewise.campaign.slashes import leads_round
from clausewise.campaign.sparing import LeftOut
from clausewise.campaign.teaching import one_there, taught
from clausewise.campaign.trying import places_of, planned_lawful, said_of, tried
from clausewise.campaign.unserved import Unserved
from clausewise.contract import Operation
from clausewise.diagnosis.guesses import made_up_in, unvaried
from clausewise.diagnosis.serving import about_the_address
from clausewise.diagnosis.states import acts_on_a_thing
from clausewise.errors import TargetError
from clausewise.judge.outcomes import CLOSED, GONE
from clausewise.links.things import MOST_CANDIDATES
from clausewise.plan.cases import Case, MissingValueError, Unsupplied
from clausewise.plan.plan import OperationPlan
from clausewise.record.ledger import Entry

# Lawful requests that get the same answer before an operation is left, and that are tried at all.
ENOUGH_ALIKE = 4
MOST_TRIED = 12

# Operations that may stay without a reply, or be redirected or put off, before the target as a
# whole is given up while it has accepted nothing.
ENOUGH_CLOSED = 3
# Operations of which it is told why no lawful request can be made, where nothing came of a run.
MOST_TOLD = 3


class TooEarlyError(Exception):
    """A lawful request was refused, and may be accepted when others were."""


class Preflight:
    """Asks each operation once. `unasked` says of which no request could be made, and why."""

    def __init__(self, sender: Sender, operations: Collection[Operation]) -> None:
        """`operations` are those of the run."""
        self._ledger = sender.ledger
        self._sender = sender
        self._operations = operations
        given = sender.settings.path_of
        self._elsewhere = Elsewhere(operations, given, sender.ask_stranger)
        self.unserved = Unserved(sender)
        self.unasked: dict[str, LeftOut | MissingValueError] = {}
        # By operation, the refusals after which it is to be asked again.
        self._early: dict[str, list[Entry]] = {}

    def ask(self, plan: OperationPlan, last: bool = True) -> list[Entry] | None:
        """One documented request; on a refusal others, until one is accepted.

        None when none is: then no lawful request is sent any more. Raises TargetError where that
        says that the target cannot be judged at all, TooEarlyError for what may be asked later,
        unless this is the `last` time.
        """
        entries: list[Entry] = []
        first = plan.first
        if first is None:
            return entries
        if not last and self._elsewhere.waits(plan.operation):
            raise TooEarlyError
        group = first.group
        steps = [c for c in plan.cases if c.group == group and c.id != first.id] if group else []
        lack: Unsupplied | None = None
        catalogue = self._sender.links.catalogue
        like = partial(one_there, catalogue, self._ledger, self._sender.look)
        learning = taught(plan, entries, like)
        try:
            for case in tried(plan, first, self._before_waiting(plan, entries, learning, last)):
                try:
                    # What the first one made is undone only after the steps of its group.
                    new = self._linked(case) if case is first else [self._sender.send_alone(case)]
                except (LeftOut, MissingValueError) as why:
                    self.unasked[plan.operation.id] = why
                    self._pass_over(plan)
                    return None
                except Unsupplied as why:
                    lack = why
                    continue
                entries += new
                entry = entries[-1]
                if case is first:
                    self._vet_address(plan, entries, last)
                if entry.outcome == "accepted":
                    for early in self._early.pop(plan.operation.id, ()):
                        self._ledger.explained[early.id] = f"it came too early: see {entry.id}"
                    self._prove(entry)
                    return entries + (self._sender.send_all(steps) if case is first else [])
                if entry.outcome in CLOSED:
                    break
                if self._hopeless(plan, entries):
                    self._wait_for_others(plan, entries, last)
                    break
        finally:
            self._sender.undo(group or first.id)
        if entries:
            if entries[-1].outcome in CLOSED:
                self.vet(entries[-1])
            self.unserved.give_up(plan, entries)
        elif lack is not None:
            self.unserved.hinder(plan, str(lack))
            self._pass_over(plan)
            self._vet_supplier(plan)
        return None

    def check_any_answered(self) -> None:
        """Raise TargetError where the run was ended by a target that never answered."""
        entries = self._ledger.entries
        if entries and all(entry.outcome == "no reply" for entry in entries):
            raise TargetError(self._no_entry(entries[0]))

    def vet(self, entry: Entry) -> None:
        """Raise TargetError for an answer that closes the door, where it never was open."""
        # What gives no reply may still answer others; what cannot be reached does not.
        passing = entry.outcome == "no reply" and not entry.exchange.unreachable
        if entry.outcome not in CLOSED or self._opened or passing or leads_round(entry):
            return
        if entry.outcome == "unauthorized":
            closed = self._wants_the_same(entry.case.operation)
        elif entry.outcome == "no reply":
            closed = True
        else:
            closed = len({e.case.operation for e in self._ledger.entries}) >= ENOUGH_CLOSED
        if closed:
            raise TargetError(self._no_entry(self._ledger.entries[0]))

    def _vet_address(self, plan: OperationPlan, entries: list[Entry], last: bool) -> None:
        """Look whether something else than the API stands at the address.

        Raises TargetError where it does, and TooEarlyError where it may, so that others are asked.
        """
        if not self._elsewhere.heard(entries[-1]):
            return
        self._refuse_elsewhere()
        if not last and entries[-1].outcome != "accepted":
            self._early.setdefault(plan.operation.id, []).extend(entries)
            raise TooEarlyError

    def _pass_over(self, plan: OperationPlan) -> None:
        """Go on without an operation that cannot be asked. Raises TargetError."""
        self._elsewhere.not_asked(plan.operation.id)
        self._refuse_elsewhere()

    def _refuse_elsewhere(self) -> None:
        proof = self._elsewhere.proof
        if proof is not None:
            raise TargetError(why_elsewhere(proof, self._sender.pack, self._sender.settings))

    def _wants_the_same(self, name: str) -> bool:
        """Whether no operation of the run asks for another credential than this one, or none."""
        ours = {scheme.name for scheme in self._sender.pack.contract.operations[name].schemes}
        return all(
            one.secured and {scheme.name for scheme in one.schemes} <= ours
            for one in self._operations
        )

    def check_any_accepted(self, plans: Collection[OperationPlan]) -> None:
        """Raise TargetError when nothing was accepted: then no refusal means anything.

        Raises MissingValueError where nothing that is planned could be asked.
        """
        missing = [why for why in self.unasked.values() if isinstance(why, MissingValueError)]
        if (
            missing
            and {p.operation.id for p in plans if p.first is not None} <= self.unasked.keys()
        ):
            raise missing[0]
        refused = [entry for _, entry in self.unserved.refused if not leads_round(entry)]
        if refused and not self._opened:
            lacks = [f"{plan.operation.id}: {plan.lack}" for plan in plans if plan.lack]
            left = f" Not asked lawfully: {'; '.join(lacks[:MOST_TOLD])}." if lacks else ""
            raise TargetError(self._no_entry(refused[0]) + left)

    @property
    def shut(self) -> bool:
        """Whether the credential was not taken, and nothing was accepted yet."""
        refused = any(entry.outcome == "unauthorized" for entry in self._ledger.entries)
        return refused and not self._opened

    @property
    def _opened(self) -> bool:
        return any(entry.outcome == "accepted" for entry in self._ledger.entries)

    def _linked(self, case: Case) -> list[Entry]:
        """Send a case; where an id was guessed wrongly, with others that were seen."""
        entries = [self._sender.send(case)]
        # A refusal of what changes things rules no value out: there would always be another one.
        while (
            entries[-1].outcome == "refused"
            and len(entries) < MOST_CANDIDATES
            and (
                self._sender.links.another(case.operation)
                or self._sender.was_about_what_is_gone(entries[-1])
            )
        ):
            entries.append(self._sender.send(case))
        *guesses, last = entries
        if last.outcome != "accepted":
            return entries
        for guess in guesses:
            self._ledger.explained.setdefault(
                guess.id, f"its id was a guess; another one was accepted (exchange {last.id})"
            )
        return [last]

    def _before_waiting(
        self, plan: OperationPlan, entries: list[Entry], learning: Iterator[Case], last: bool
    ) -> Iterator[Case]:
        """What refusals lead to, before it is let in that another operation may have to come first.

        What makes a thing within another one is waited for in turn: it is asked as it wants to be
        asked. Raises TooEarlyError where that is no longer the `last` time.
        """
        yield from learning
        self._wait_for_others(plan, entries, last)

    def _wait_for_others(self, plan: OperationPlan, entries: list[Entry], last: bool) -> None:
        """Raise TooEarlyError where others may have to come first, unless it is the `last` time."""
        if not last and entries and self._may_be_too_early(plan, entries):
            self._early.setdefault(plan.operation.id, []).extend(entries)
            raise TooEarlyError

    def _may_be_too_early(self, plan: OperationPlan, entries: list[Entry]) -> bool:
        """Whether a refusal may be for the state of a thing of the run, which others may change."""
        if entries[-1].exchange.status in GONE and any(map(self._was_of_ours, entries)):
            return True  # `/published/{id}` is there for what something was done to
        entry, binding = entries[-1], self._sender.bound.get(entries[-1].id)
        target = binding.target if binding is not None else None
        acts = acts_on_a_thing(plan.operation) and entry.exchange.status not in GONE
        of_state = entry.outcome == "conflict" or (entry.outcome == "refused" and acts)
        ours = target is not None and target.instance.made and entry.case.needs is None
        # What nothing makes or lists may be named by the reply of another operation.
        catalogue = self._sender.links.catalogue
        unnamed = catalogue.is_nowhere(plan.operation.id) and target is None
        comes = unnamed or catalogue.is_beside_what_is_made(plan.operation)
        return (of_state and ours) or (comes and entry.exchange.status in GONE)

    def _was_of_ours(self, entry: Entry) -> bool:
        binding = self._sender.bound.get(entry.id)
        target = binding.target if binding is not None else None
        return target is not None and target.instance.made

    def _prove(self, entry: Entry) -> None:
        """Find out whether an id is needed at all, where asking changes nothing."""
        binding = self._sender.bound.get(entry.id)
        probe = self._sender.links.probe(entry, binding) if binding is not None else None
        if binding is not None and probe is not None:
            self._sender.links.probed(binding, self._sender.send(probe))

    def _hopeless(self, plan: OperationPlan, entries: list[Entry]) -> bool:
        """Whether the same answer came so often that another lawful request would get it too.

        One that has a member which none of those had, or another value of one that all had, may
        well get another; unless the answer may be for the data.
        """
        if len(entries) >= MOST_TRIED:
            return True
        last = entries[-ENOUGH_ALIKE:]
        if len(last) < ENOUGH_ALIKE or len({said_of(entry) for entry in last}) > 1:
            return False
        if last[0].outcome != "refused" or made_up_in(plan.model, entries) is not None:
            return True
        if about_the_address(last[0]) and self.unserved.lack_of_data(plan, entries) is not None:
            return True
        sent = {at for entry in entries for at in places_of(entry.case)}
        varied = unvaried(plan.model, entries) is None
        return varied and all(places_of(case) <= sent for case in planned_lawful(plan))

    def _vet_supplier(self, plan: OperationPlan) -> None:
        """Look at what the supplier of an operation answered. Raises TargetError."""
        asked = [entry for entry in self._ledger.entries if entry.case.kind == "supply"]
        if asked and asked[-1].outcome != "accepted":
            self.vet(asked[-1])
            self.unserved.refused.append((plan, asked[-1]))

    def _no_entry(self, entry: Entry) -> str:
        """One paragraph on why the target cannot be judged, and what to try."""
        asked = len(self._ledger.entries)
        pack, settings = self._sender.pack, self._sender.settings
        return why_no_entry(entry, pack, settings, asked, self.unserved.may_lack(entry))
