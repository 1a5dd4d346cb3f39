"""Sending cases: what each needs is filled in, what comes back is judged and recorded."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from typing import Any

from clausewise.campaign.asking import Asking
from clausewise.campaign.at_once import Workers, may_change_one_thing
from clausewise.campaign.cleaning import CleanUp
from clausewise.campaign.clock import Clock
from clausewise.campaign.coherence import Coherence
from clausewise.campaign.exchanging import Exchanger
from clausewise.campaign.hiccups import Hiccups
from clausewise.campaign.lagging import Lags
from clausewise.campaign.pacing import Pace, Stopped
from clausewise.campaign.preparing import Preparation, Ready
from clausewise.campaign.reading_back import ReadingBack
from clausewise.campaign.remedies import Remedies
from clausewise.campaign.requests import Wire
from clausewise.campaign.settling import Settling
from clausewise.campaign.slashes import FOLLOWED, led_on
from clausewise.campaign.supplying import Supplies
from clausewise.campaign.tokens import Tokens
from clausewise.campaign.undoing import Created, Undisturbed
from clausewise.campaign.unique import Uniques
from clausewise.contract import Operation
from clausewise.contract.requests import BODY
from clausewise.exchange import Response
from clausewise.judge.outcomes import MULTI_STATUS
from clausewise.judge.refusals import speaks_of_the_moment
from clausewise.links.binding import Binding
from clausewise.links.catalogue import Catalogue
from clausewise.links.links import Links
from clausewise.pack import Pack
from clausewise.pack.credentials import Login
from clausewise.pack.settings import Settings
from clausewise.plan.case_values import with_given, with_login
from clausewise.plan.cases import ONCE_MORE, Case, MissingValueError, Unsupplied, again
from clausewise.record.ledger import Entry, Ledger
from clausewise.record.made import ToUndo
from clausewise.transport.target import Target

# So often what was refused as too many is too many alone as well, before it is believed.
MOST_ALONE = 2


class Sender:
    """Sends cases to a target and records what came of them."""

    def __init__(
        self,
        pack: Pack,
        settings: Settings,
        target: Target,
        ledger: Ledger,
        on_entry: Callable[[Entry], None],
        clock: Clock | None,
        on_wait: Callable[[float], None] | None,
    ) -> None:
        """`on_entry` is told of every entry, `on_wait` of seconds that the target asks to wait."""
        self.pack = pack
        self.settings = settings
        self.ledger = ledger
        self._target = target
        self.pace = Pace(settings, clock, on_wait)
        self._exchanger = Exchanger(pack, settings, target, ledger, on_entry, self.pace)
        self.settling = Settling(self.pace, settings.settle_seconds)
        self._lags = Lags(pack.contract, self.settling, ledger)
        self.undisturbed = Undisturbed()
        # By case, why it could not be sent.
        self.unsent: dict[str, str] = {}
        resource = pack.leased
        self._wire = Wire(
            settings,
            dict(resource.members) if resource else {},
            resource.name if resource else None,
            pack.contract.servers,
        )
        self._hiccups = Hiccups(pack.contract, self.pace.clock)
        # Held while something is sent for others: whoever does that may need another who does.
        preparing = threading.RLock()
        self.supplies = Supplies(pack, settings, self.send, self.undo, self.settling, preparing)
        self.uniques = Uniques(settings, self._wire.leased, preparing)
        self.links = Links(
            pack, Catalogue(pack), self.supplies.least, self.send, preparing, self.uniques.drew
        )
        self._reading_back = ReadingBack(pack, self.links.read_back)
        self._coherence = Coherence(self.links.catalogue, ledger)
        self.tokens = Tokens(pack, settings, target, self.supplies.least, self._wire.request)
        self._remedies = Remedies(self.links, self._wire.request, preparing)
        self._preparation = Preparation(
            pack, settings, self._wire, self.supplies, self.links, self.uniques, self._remedies,
            self.tokens,
        )  # fmt: skip
        contract, lags = pack.contract, self._lags
        asking = Asking(contract, settings, target, self.pace, self.settling, lags, self.tokens)
        self._cleaning = CleanUp(pack, settings, ledger, self.links, asking)
        self._workers = Workers()
        # By operation, how often what was too many was too many alone as well.
        self._tried_alone: Counter[str] = Counter()
        # The operations of whose things there may be so few that none can stay.
        self._few: set[str] = set()
        # By entry, the values that were bound in its request.
        self.bound: dict[int, Binding] = {}

    @property
    def requests(self) -> int:
        """How many requests were sent, those that were put off included."""
        return self.pace.requests

    def stop(self, reason: str) -> None:
        """Send nothing more."""
        self.pace.stop(reason)

    @property
    def created(self) -> Created:
        """What the run made, what it took back, and what is left."""
        return self._cleaning.created

    @property
    def stopped_because(self) -> str | None:
        """Why the run ended early, if it did."""
        return self.pace.stopped_because

    def send(self, case: Case, rests_on: Iterable[int] = ()) -> Entry:
        """Send one case and record the exchange. Raises Stopped, Unsupplied, and MissingValueError.

        `rests_on` are exchanges that it needs to be repeated, beside those of what it needs.
        """
        if not self.settings.clean_up:
            return self._send_steadily(case, rests_on)
        return self.undisturbed.do(partial(self._send_steadily, case, rests_on))

    def _send_steadily(self, case: Case, rests_on: Iterable[int]) -> Entry:
        """Send a case, and once more where it failed as happens once on the way to any server."""
        entry = self._send(case, rests_on)
        if not self._hiccups.may_pass(entry):
            return entry
        leased = self._wire.leased.get(case.operation)
        leased_at = f"/{BODY}{leased}" if leased is not None else None
        repeated = self._send(again(case, ONCE_MORE, leased_at), ())
        self._cleaning.hand_over(repeated.case, case)
        if self._hiccups.came_again(repeated):
            # Whatever was out of order may still be: a later confirmation tells.
            self.ledger.hiccups[repeated.id] = entry.id
            return entry
        self.ledger.hiccups[entry.id] = repeated.id
        return repeated

    def _send(self, case: Case, rests_on: Iterable[int]) -> Entry:
        operation = self.pack.contract.operations[case.operation]
        for source in self.settings.fetched.values():
            if isinstance(source, Login):
                case = with_login(operation, case, source)
        case = with_given(operation, case, self.settings.values)
        fresh = self.uniques.applied(operation, case)
        self.uniques.sending(operation, fresh)

        def send(case: Case) -> Entry:
            return self._sent_once(operation, case, rests_on)

        entry, explained = send(fresh), self.ledger.explained
        if self._was_too_many(entry) and self._cleaning.make_room(operation):
            one_less = send(fresh)
            if one_less.outcome == "accepted":
                self._few.add(operation.id)
            if operation.id in self._few:
                self.ledger.hiccups[entry.id] = one_less.id
                entry = one_less
        if entry.outcome == "accepted":
            self.uniques.served(operation.id)
        if fresh is case and self.uniques.worth_a_trial(operation, entry):
            entry = self.uniques.tried(operation, entry, send, explained)
        return self._remedies.tried(operation, entry, self.bound.get(entry.id), send, explained)

    def _sent_once(self, operation: Operation, case: Case, rests_on: Iterable[int]) -> Entry:
        case = self._cleaning.named(operation, case)
        ready = self._preparation.ready(operation, case, rests_on)
        before = self._cleaning.sending(ready)
        looks: list[Entry] = []
        post = partial(self._posted, ready, looks)
        try:
            entry = self._lags.settled(post(), post)
        except Stopped:
            self._exchanger.tell(looks)
            raise
        self._cleaning.sent(case, ready, entry, before)
        self._learn(ready, entry)
        self._exchanger.tell(looks)
        return entry

    def _posted(self, ready: Ready, looks: list[Entry]) -> Entry:
        """Send a request, with a new token where one has expired; `looks` are all exchanges."""
        if self.tokens.held() != ready.held:  # others were fetched meanwhile
            self._preparation.renew(ready)
        looks.append(self._exchanger.exchange(ready))
        if self._has_expired(ready.operation, looks[-1], ready.held):
            self._preparation.renew(ready)
            looks.append(self._exchanger.exchange(ready))
            self.ledger.hiccups[looks[-2].id] = looks[-1].id
        self._follow_slash(ready, looks)
        self.tokens.gave(looks[-1])
        return looks[-1]

    def _follow_slash(self, ready: Ready, looks: list[Entry]) -> None:
        """Send a request to where it is served, if a slash at its end is all that differs.

        So is all that the operation is asked from then on, unless that leads back.
        """
        last, slashed = looks[-1], self._wire.slashed
        if last.outcome != "redirected" or ready.operation.id in slashed:
            return
        if led_on(ready.request, last.exchange.response) is not None:
            slashed.add(ready.operation.id)
            self._preparation.renew(ready)
            looks.append(self._exchanger.exchange(ready))
            if looks[-1].outcome == "redirected":
                slashed.discard(ready.operation.id)
                return
            self.ledger.hiccups[last.id] = looks[-1].id
            self.ledger.note(FOLLOWED, last)

    def _learn(self, ready: Ready, entry: Entry) -> None:
        """Take note of what the exchange that counts tells of things, supplies and paths."""
        case, binding = ready.case, ready.binding
        unreached = self.supplies.unreached(case)
        if unreached and entry.outcome in ("refused", "conflict") and case.expect == "accepted":
            self.ledger.explained.setdefault(entry.id, unreached)
        self.links.told(entry, binding)
        if binding.chosen or binding.naming is not None:
            self.bound[entry.id] = binding
        if binding.chosen:
            gone = self.links.looked_for(entry, binding)
            if gone is not None:
                self.ledger.explained[entry.id] = (
                    f"what it names is gone, though nothing was asked to take it away (exchange "
                    f"{gone.id})"
                )
        self._preparation.learn(ready, entry)
        self._coherence.saw(ready.operation, entry)
        self._remedies.saw(ready.operation, entry)
        if entry.outcome == "accepted" or entry.exchange.status == MULTI_STATUS:
            # Of several things some may have been made, though others were refused.
            self._note(entry, binding)
        if self.links.gives_out(ready.operation.id):
            self.uniques.has_others(ready.operation)
        if entry.outcome == "accepted":
            self._cleaning.changed(ready, entry)
        self.supplies.used(entry)

    def _was_too_many(self, entry: Entry) -> bool:
        """Whether a create was refused since there are too many, by what it says.

        A broken one may be refused in such words for what it breaks, unless there may be but few.
        """
        case = entry.case
        lawful = case.expect != "refused" or case.operation in self._few
        ours = lawful and case.credential == "ours" and case.group is None and case.needs is None
        refused = entry.outcome not in ("accepted", "no reply", "put off", "redirected")
        made = ours and refused and self.links.catalogue.made_by(case.operation) is not None
        return made and speaks_of_the_moment(entry.exchange.response)

    def _has_expired(self, operation: Operation, entry: Entry, held: dict[str, str]) -> bool:
        """Whether a request was refused for a token that has expired, and there is another one."""
        if not held or entry.case.credential != "ours":
            return False
        if entry.outcome == "accepted":
            self.tokens.took()
        expired = self.tokens.taken and entry.exchange.status == 401
        return expired and self.tokens.renewed(operation, held)

    def look_again(self) -> None:
        """Ask for what may show more by now; a pack has rules for that. Raises Stopped."""
        if self.pack.supplies:
            return

        with suppress(Unsupplied, MissingValueError):
            self._coherence.look_again(self._asked, self.settling.again)

    def look(self, operation: str) -> None:
        """Ask a safe operation with the least, if it can be asked. Raises Stopped."""
        if self.pack.contract.operations[operation].safe:
            with suppress(Unsupplied, MissingValueError):
                self._asked(operation)

    def _asked(self, operation: str) -> Entry:
        return self.send(self.supplies.least(operation, "look"))

    def ask_stranger(self, like: Entry) -> Response | None:
        """What is answered to a path that is not in the contract, asked `like` another request.

        None where nothing is answered. Raises Stopped.
        """
        return self._exchanger.ask_stranger(like)

    def leased_id(self, resource: str, planned: str) -> Any:
        """The id of a resource that a planned one stands for."""
        return self._preparation.leased_id(resource, planned)

    def _note(self, entry: Entry, binding: Binding) -> None:
        """Remember what has to be undone, and what a case has undone by itself."""
        operation = self.pack.contract.operations[entry.case.operation]
        made = self.links.observe(entry, binding)
        self._reading_back.note(entry, made)
        # What a value alone says (`method: DELETE`) may be about something else: a look tells.
        if self.links.catalogue.destroys(operation) is not None:
            self.links.destroyed(binding)
        elif not operation.safe:
            made = [*made, *self.links.restored(binding)]
        for instance in made or (None,):
            self._coherence.made(entry, instance)
            self._cleaning.note(entry, instance)

    def made_by(self, entry: Entry) -> list[ToUndo | str]:
        """What takes back each thing that an exchange made and nobody undid yet, or why not."""
        return self._cleaning.made_by(entry)

    def send_alone(self, case: Case) -> Entry:
        """Send one case, and undo what it made. Raises what `send` does."""
        try:
            return self.send(case)
        finally:
            self.undo(case.group or case.id)

    def was_about_what_is_gone(self, entry: Entry) -> bool:
        """Whether what a request was about is known to be gone."""
        binding = self.bound.get(entry.id)
        return binding is not None and any(one.instance.gone for one in binding.chosen[:1])

    def send_all(self, cases: Iterable[Case]) -> list[Entry]:
        """Send cases, several at a time where the settings allow; groups in their order.

        What a case (or its group) created is undone before its resource is used again.
        """
        units: dict[str, list[Case]] = {}
        for case in cases:
            units.setdefault(case.group or case.id, []).append(case)
        most = self.settings.concurrency
        catalogue = self.links.catalogue
        apart = self.settings.changes_at_once
        changing = (
            may_change_one_thing(catalogue, case, apart) or case.operation in self._lags.one_by_one
            for unit in units.values()
            for case in unit
        )
        if self.supplies.one_at_a_time or any(changing):
            # One user at a time: of listed resources, and of a thing that requests may change.
            most = 1
        entries = self._workers.at_once(units.values(), self._unit, most)
        return [self._asked_alone(entry) if most > 1 else entry for entry in entries]

    def _asked_alone(self, entry: Entry) -> Entry:
        """What a create that was too many, as its refusal says, is answered when it is alone."""
        case, tried = entry.case, self._tried_alone
        if not self._was_too_many(entry) or tried[case.operation] >= MOST_ALONE:
            return entry
        leased = self._wire.leased.get(case.operation)
        alone = self._unit([again(case, ONCE_MORE, f"/{BODY}{leased}" if leased else None)])
        if not alone or alone[0].outcome != "accepted":
            tried[case.operation] += 1
            return entry
        self._lags.one_by_one.add(case.operation)
        self.ledger.hiccups[entry.id] = alone[0].id
        return alone[0]

    def undo(self, group: str) -> None:
        """Undo what the cases of one group (or one case) created."""
        if self.settings.clean_up:
            self.undisturbed.do(partial(self._cleaning.undo, group))

    def undo_all(self) -> None:
        """Undo everything that is still there, also after a stop: the last made thing first."""
        self.supplies.release()
        self.undisturbed.do(self._cleaning.undo_all)

    def close(self) -> None:
        """Let go of what it sends with: nothing is sent any more."""
        self._workers.close()
        self._target.close()

    def _unit(self, cases: list[Case]) -> list[Entry]:
        entries: list[Entry] = []
        try:
            for case in cases:
                try:
                    entries.append(self.send(case))
                except Unsupplied as lack:
                    self.unsent[case.id] = str(lack)
                    for clause in case.probes:
                        self.ledger.hindered[clause] = str(lack)
            for entry in entries:
                self._reading_back.read(entry)
        finally:
            self.undo(cases[0].group or cases[0].id)
        return entries
