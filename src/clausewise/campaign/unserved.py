"""Unserved operations: what it means that an operation accepted none of its lawful requests.

It is a finding, unless that may be for want of data, or the pack says that the operation needs what
no client can bring about.
"""

from __future__ import annotations

from collections.abc import Sequence

from clausewise.campaign.no_entry import missing_credential, to_log_in
from clausewise.campaign.sending import Sender
from clausewise.contract import Operation
from clausewise.diagnosis.demands import Demand, demand_of
from clausewise.diagnosis.guesses import made_up_in, unvaried
from clausewise.diagnosis.serving import (
    for_its_data,
    proved_by,
    unproved_in_path,
)
from clausewise.judge.outcomes import CLOSED, GONE
from clausewise.judge.refusals import says_no_such_thing, says_nobody_known
from clausewise.plan.cases import MissingValueError, Unsupplied
from clausewise.plan.plan import OperationPlan
from clausewise.record.ledger import Blame, Entry


class Unserved:
    """The operations that accepted nothing, and why that may be."""

    def __init__(self, sender: Sender) -> None:
        """Nothing was asked yet."""
        self._pack = sender.pack
        self._settings = sender.settings
        self._ledger = sender.ledger
        self._sender = sender
        # Operations that accepted nothing, each with its first refusal.
        self.refused: list[tuple[OperationPlan, Entry]] = []
        # Those that may have done so for want of data, with what was sent.
        self._undecided: list[tuple[OperationPlan, list[Entry], str]] = []

    def give_up(self, plan: OperationPlan, entries: list[Entry]) -> None:
        """Make of it what there is to be made when an operation accepts nothing."""
        entry = entries[-1] if entries[-1].outcome in CLOSED else self._telling(entries)
        response = entry.exchange.response
        said = f"answered with {response.status}" if response else "not answered"
        if all(e.case.expect == "either" for e in entries):
            self.hinder(plan, f"no lawful request is known; one near it was {said}")
            return
        tried = len(entries)
        what = "a lawful request" if tried == 1 else f"each of {tried} lawful requests"
        reason = f"{what} was {said} (exchange {entry.id})"
        self.refused.append((plan, entry))
        condition = self._pack.conditions.get(plan.operation.id)
        demand = self._demand(plan, entries) if condition is None else None
        data = self.lack_of_data(plan, entries) if condition is None else None
        if condition is not None:
            reason = f"{reason}; it needs {condition}"
        elif demand is not None:
            reason = f"{reason}: the server wants {demand.name}, {demand.why}"
            self._blame(plan, entry, reason)
            reason = f"not judged: {reason}"
        elif data is not None:
            self._undecided.append((plan, entries, reason))
            unknown = bool(_of_nobody(entries))
            how = to_log_in(plan.operation) if unknown else None
            reason = f"{reason}: {data}. {how}" if how else f"{reason}: {data}"
        elif self._shuts_what_is_open(plan.operation, entry):
            reason = f"{reason}, and the document says that it asks for no credential"
            self._blame(plan, entry, reason)
        elif entry.outcome == "unauthorized":
            how = missing_credential(plan.operation, self._settings)
            reason = f"{reason}. {how}" if how else reason
        elif entry.outcome in ("refused", "crashed"):
            self._blame(plan, entry, reason)
            reason = f"not judged: {reason}"
        self.hinder(plan, reason)

    def decide(self) -> None:
        """Blame operations whose values turned out to be there: others were accepted with them."""
        if not self._undecided:
            return
        proved = proved_by(self._ledger.entries, named=self._settings.path)
        for plan, entries, reason in self._undecided:
            if self.lack_of_data(plan, entries, proved) is None:
                self._blame(plan, self._telling(entries), reason)
        self._undecided = []

    def look_for_what_was_written(self) -> None:
        """Blame reads that find nothing where a change was accepted, while it is there."""
        for one in list(self._undecided):
            plan, entries, reason = one
            if self._hides_what_was_written(plan.operation, entries):
                self._blame(plan, self._telling(entries), reason)
                self._undecided.remove(one)

    def lack_of_data(
        self, plan: OperationPlan, entries: list[Entry], proved: dict[str, set[str]] | None = None
    ) -> str | None:
        """Why it need not be strict that an operation accepted nothing; None where it is.

        `proved` are the values that accepted requests had, where that is known already.
        """
        refused = [entry for entry in entries if entry.outcome == "refused"]
        # A crash is a finding of its own, and says nothing of why the others were refused.
        if any(e.outcome not in ("refused", "crashed") for e in entries):
            return None
        if not refused:
            return self._of_what_may_not_be_there(plan, entries[0])
        explained = self._ledger.explained
        # Another thing was asked about in place of one that is gone.
        there = [one for one in refused if not self._sender.was_about_what_is_gone(one)] or refused
        for entry in there:
            if entry.id in explained:
                return explained[entry.id]
        assumed: list[str] = []
        sure = []
        for entry in there:
            binding = self._sender.bound.get(entry.id)
            unproved = self._sender.links.unproved(binding) if binding is not None else []
            assumed += unproved
            if not unproved:
                sure.append(entry)
        if not sure:
            return f"where its {assumed[0]} comes from is only assumed"
        refused = sure  # the others went out with a guess
        if proved is None:
            proved = proved_by(self._ledger.entries, named=self._settings.path)
        # Of several answers, one that nothing is there tells most, then that nobody is known.
        gone = [entry for entry in refused if entry.exchange.status in GONE]
        data = for_its_data(plan, (gone or _of_nobody(refused) or refused)[0], proved)
        # What a request without a name gets may be what one gets that names nothing that is there.
        for entry in gone:
            if data is None and says_no_such_thing(entry.exchange.response):
                data = for_its_data(plan, entry, proved)
        data = data or made_up_in(plan.model, refused) or unvaried(plan.model, refused)
        data = data or self._within_what_was_not_made(plan.operation)
        return data or self._without_a_credential(plan.operation)

    def _without_a_credential(self, operation: Operation) -> str | None:
        """That a credential is asked for, and none was given: such a request is to be refused.

        With whatever status: a server may hide what is there (RFC 9110, section 15.5.4). It is no
        reason where what asks for the same was answered without one.
        """
        how = missing_credential(operation, self._settings)
        if how is None or not operation.security or not all(operation.security):
            return None
        contract = self._pack.contract
        alike = (o.id for o in contract.operations.values() if o.security == operation.security)
        if any(entry.outcome == "accepted" for name in alike for entry in self._ledger.of(name)):
            return None
        return f"the document asks for a credential, and none was given. {how}"

    def _within_what_was_not_made(self, operation: Operation) -> str | None:
        """Where a path goes on from one whose making accepted nothing: there may be no such thing.

        `PUT /route/reverse`, where each `PUT /route` named what is not there.
        """
        for plan, _, _ in self._undecided:
            around = plan.operation
            making = around.method in ("PUT", "POST") and around is not operation
            rest = operation.path.removeprefix(around.path.rstrip("/"))
            if making and rest[:1] == "/" and rest != operation.path and rest[1:2] not in ("", "{"):
                return f"it is within what {around.id} makes, which accepted nothing"
        return None

    def _of_what_may_not_be_there(self, plan: OperationPlan, crashed: Entry) -> str | None:
        """Why a crash, which is told as one, need not come of all that is asked about."""
        if crashed.id in self._ledger.explained:
            return self._ledger.explained[crashed.id]
        status = crashed.exchange.status
        supplied = crashed.case.needs is not None  # the pack vouches for what it supplies
        # 501 is about any thing, whether it is there or not (RFC 9110, section 15.6.2).
        if supplied or status == 501:
            return None
        if str(status) in plan.operation.replies and not says_no_such_thing(
            crashed.exchange.response
        ):
            return None
        proved = proved_by(self._ledger.entries, named=self._settings.path)
        name = unproved_in_path(crashed, proved)
        return f"it crashed, and there may be no such {name}" if name is not None else None

    def _hides_what_was_written(self, operation: Operation, refused: Sequence[Entry]) -> bool:
        """Whether a read finds nothing where a PUT or a PATCH of just its path was accepted.

        `refused` are the requests of it so far. Raises Stopped.
        """
        if not operation.safe or not all(one.exchange.status in GONE for one in refused):
            return False
        links = self._sender.links
        at = links.catalogue.at(links.catalogue.path_of(operation))
        writers = {one.id for one in at if one.method in ("PUT", "PATCH")}
        for entry in reversed(self._ledger.entries):
            binding = self._sender.bound.get(entry.id)
            target = binding.target if binding is not None else None
            if entry.case.operation not in writers or entry.outcome != "accepted":
                continue
            if target is not None and target.instance.usable:
                shown = links.read_at(operation, entry.exchange.request.path)
                return shown is not None and shown.exchange.status in GONE
        return False

    @staticmethod
    def _shuts_what_is_open(operation: Operation, entry: Entry) -> bool:
        """Whether a request is refused for a credential that the document says nobody needs.

        What a user brings along may be the credential, and so may what names a thing; a documented
        401 says that somebody has to be known.
        """
        status = entry.exchange.status
        alone = operation.safe and not operation.contents and not operation.parameters
        return operation.is_open and alone and status == 401 and not operation.documents(status)

    def hinder(self, plan: OperationPlan, reason: str) -> None:
        """Say why nothing more can be told of an operation."""
        for clause in self._pack.contract.clauses_of(plan.operation.id):
            rule = self._pack.contract.rules.get(clause.keyword) if clause.part == "rule" else None
            if rule is not None and rule.unobservable:
                continue
            self._ledger.hindered.setdefault(clause.id, reason)

    def may_lack(self, entry: Entry) -> str | None:
        """What a request may have been refused for that the target was not given."""
        plan = next((plan for plan, refused in self.refused if refused is entry), None)
        return for_its_data(plan, entry, {}) if plan is not None else None

    def _telling(self, entries: list[Entry]) -> Entry:
        """The first of some refusals that nothing else explains."""
        return next((e for e in entries if e.id not in self._ledger.explained), entries[0])

    def _demand(self, plan: OperationPlan, entries: list[Entry]) -> Demand | None:
        """A member that all lawful requests are refused for, and that no document names."""
        try:
            return demand_of(plan, entries, self._sender.send_alone)
        except (Unsupplied, MissingValueError):
            return None

    def _blame(self, plan: OperationPlan, entry: Entry, reason: str) -> None:
        crashed = entry.outcome == "crashed"
        self._ledger.blames.append(Blame(plan.operation.served, (), reason, entry.id, crashed))


def _of_nobody(entries: list[Entry]) -> list[Entry]:
    """The refusals that speak of a user who is not known."""
    return [entry for entry in entries if says_nobody_known(entry.exchange.response)]
