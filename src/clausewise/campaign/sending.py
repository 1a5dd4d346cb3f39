"""Sending cases: judging what comes back, leases, and undoing what was created."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from queue import SimpleQueue
from typing import Any

from clausewise.campaign.beside import come_about
from clausewise.campaign.catalogue import Catalogue
from clausewise.campaign.clock import Clock
from clausewise.campaign.coherence import Coherence
from clausewise.campaign.lagging import Lags
from clausewise.campaign.links import Binding, Links
from clausewise.campaign.memory import Memory
from clausewise.campaign.order import CHANGES_ALL, left_out
from clausewise.campaign.pacing import Pace, Stopped
from clausewise.campaign.requests import MissingValueError, Wire, taking_back
from clausewise.campaign.seen import Instance
from clausewise.campaign.settling import Settling
from clausewise.campaign.supplying import Supplies
from clausewise.campaign.tokens import MOST_RENEWALS, Tokens
from clausewise.campaign.undoing import (
    Created,
    Made,
    Undisturbed,
    undoing,
    undone_by_contract,
    ways_to_undo,
)
from clausewise.campaign.unique import Uniques
from clausewise.campaign.values import pinned_names, with_given, with_value
from clausewise.contract import Operation
from clausewise.contract.requests import BODY
from clausewise.exchange import Request, Response
from clausewise.judge.history import History
from clausewise.judge.outcomes import (
    CREDENTIAL,
    GONE,
    ON_THE_WAY,
    about_of,
    is_passing,
    is_success,
    outcome_of,
    took_back,
)
from clausewise.judge.replies import ReplyJudge
from clausewise.pack import Pack, Resource
from clausewise.pack.settings import Settings
from clausewise.plan.cases import ONCE_MORE, Case, Unsupplied, again
from clausewise.plan.fresh import keeps_place, renewed
from clausewise.pointer import look
from clausewise.record.ledger import Entry, Ledger
from clausewise.record.made import ToUndo
from clausewise.record.softness import coercion, of_parameter
from clausewise.strict_json import parse
from clausewise.transport.target import Failed, Target

# So often a failed request is sent again at once in vain; and only one that failed within seconds.
MOST_IN_VAIN = 2
SOON = 5.0
# A path that stands in no contract.
STRANGER = "clausewise-asks-for-what-is-in-no-contract"


class LeftOut(Unsupplied):
    """A request is not sent since it would destroy what the run has not made, or change anything.

    `str()` says so.
    """


class Sender:
    """Sends cases to a target and records what came of them."""

    def __init__(
        self,
        pack: Pack,
        settings: Settings,
        target: Target,
        ledger: Ledger,
        on_entry: Callable[[Entry], None],
        clock: Clock | None = None,
        on_wait: Callable[[float], None] | None = None,
    ) -> None:
        """`on_entry` is told of every entry, `on_wait` of seconds that the target asks to wait."""
        self.pack = pack
        self.settings = settings
        self.target = target
        self.ledger = ledger
        self.on_entry = on_entry
        self.history = History()
        self.created = Created()
        self.pace = Pace(settings, clock, on_wait)
        self._memory = Memory()
        self.settling = Settling(self.pace, settings.settle_seconds)
        self._lags = Lags(pack.contract, self.settling, ledger)
        self.undisturbed = Undisturbed()
        # By case, why it could not be sent.
        self.unsent: dict[str, str] = {}
        self.resource: Resource | None = pack.leased
        self.wire = Wire(
            settings,
            dict(self.resource.members) if self.resource else {},
            self.resource.name if self.resource else None,
            pack.contract.servers,
        )
        # By group, what its cases made and is still there.
        self._undo: dict[str, list[Made]] = {}
        self._counting = threading.Lock()
        # The URLs of things that are gone, and all within them, with when that was.
        self._taken_back: dict[str, datetime] = {}
        self._undoing: dict[str, threading.Lock] = {}
        # The URLs where a safe operation found nothing.
        self._nobodies: set[str] = set()
        # By group, its exchanges so far.
        self._groups: dict[str | None, list[int]] = {}
        # By method and URL, the bodies that were accepted.
        self._sent: dict[tuple[str, str], list[Any]] = {}
        self._judges: dict[str, ReplyJudge] = {}
        # By operation, how often a request failed on the way twice.
        self._in_vain: Counter[str] = Counter()
        self.supplies = Supplies(pack, settings, self.send, self.undo, self.settling)
        self.links = Links(pack, Catalogue(pack), self.supplies.least, self.send)
        self.coherence = Coherence(self.links.catalogue, ledger)
        self.tokens = Tokens(pack, settings, self.supplies.least, self.wire.request)
        self.uniques = Uniques(settings, self.wire.leased)
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
        if not self._may_pass(entry):
            return entry
        repeated = self._send(again(case, ONCE_MORE, self._leased(case.operation)), ())
        made = self._undo.pop(repeated.case.group or repeated.case.id, [])
        if made:
            self._undo.setdefault(case.group or case.id, []).extend(made)
        if self._is_passing(repeated):
            # Whatever was out of order may still be: a later confirmation tells.
            self._in_vain[case.operation] += 1
            self.ledger.hiccups[repeated.id] = entry.id
            return entry
        self.ledger.hiccups[entry.id] = repeated.id
        return repeated

    def _leased(self, operation: str) -> str | None:
        """Where the request of an operation has the id of what it leases."""
        pointer = self.wire.leased.get(operation)
        return f"/{BODY}{pointer}" if pointer is not None else None

    def _is_passing(self, entry: Entry) -> bool:
        operation = self.pack.contract.operations[entry.case.operation]
        return is_passing(operation, entry.exchange.response, entry.exchange.unreachable)

    def _may_pass(self, entry: Entry) -> bool:
        """Whether an entry failed in a way that asking again at once may mend.

        Not in the middle of what was begun: nobody knows how far the first request came. And not
        where that took long, or was in vain before.
        """
        case = entry.case
        if not self._is_passing(entry) or self._in_vain[case.operation] >= MOST_IN_VAIN:
            return False
        started = entry.exchange.started
        if started is None or (self.pace.clock.now() - started).total_seconds() > SOON:
            return False
        begun = case.group or case.kind == "scenario" or (case.kind == "supply" and case.needs)
        return not begun or self.pack.contract.operations[case.operation].safe

    def _send(self, case: Case, rests_on: Iterable[int]) -> Entry:
        operation = self.pack.contract.operations[case.operation]
        case = with_given(operation, case, self.settings.values)
        fresh = self.uniques.applied(operation, case)
        self.uniques.sending(operation, fresh)
        entry = self._sent_once(operation, fresh, rests_on)
        if entry.outcome == "accepted":
            self.uniques.served(operation.id)
        if fresh is not case or not self.uniques.worth_a_trial(operation, entry):
            return entry
        with self.uniques.trial(operation.id):
            return self._tried_again(operation, entry, rests_on)

    def _tried_again(self, operation: Operation, taken: Entry, rests_on: Iterable[int]) -> Entry:
        """What came of a refused request with fresh values, if it was the values for certain."""
        for retried, members in self.uniques.another(operation, taken):
            entry = self._sent_once(operation, retried, rests_on)
            if entry.outcome != "accepted":
                continue
            if not self.uniques.members(operation.id):
                # Perhaps it refuses now and then, whatever the values are: what was accepted just
                # now has to be refused when it is sent again.
                checked = self._sent_once(operation, retried, rests_on)
                if checked.outcome != taken.outcome:
                    break
                self._explain(checked, entry)
                self.uniques.learn(operation.id, members)
            self._explain(taken, entry)
            return entry
        self.uniques.learn(operation.id, None)
        return taken

    def _explain(self, taken: Entry, entry: Entry) -> None:
        self.ledger.explained[taken.id] = (
            f"a value was in use already: with fresh ones it was accepted (exchange {entry.id})"
        )

    def _sent_once(  # noqa: C901  # what a request needs, in the order that it needs it
        self, operation: Operation, case: Case, rests_on: Iterable[int]
    ) -> Entry:
        if self.settings.read_only and not operation.safe:
            raise LeftOut(
                f"left out: {operation.method} may change something, and this run is read-only"
            )
        case = self.uniques.as_one_request(operation, case)
        if case.kind != "supply" and operation.id in self.wire.leased:
            self.make_room()
        thing = self.supplies.thing_for(case)
        supplied = thing.path_of(operation.id) if thing else {}
        given = {**self.settings.path_of(operation.id), **supplied}
        why = self.links.catalogue.destroys(operation)
        changes = why is not None or operation.method in ("PUT", "PATCH")
        ours = changes and not self.settings.destructive
        binding = self.links.bind(case, given, own=ours, empty=why is not None)
        if ours and case.kind != "scenario":
            named = supplied if why is not None else given
            self._spare(operation, case, binding, set(named), why)
        case = self.links.applied(case, binding)
        for (part, pointer), value in (thing.elsewhere(operation.id) if thing else {}).items():
            case = with_value(operation, case, part, pointer, value, add=True)
        make = partial(self.wire.request, operation, case, {**binding.path, **supplied})
        held, request = self.tokens.held(), make()
        odd = not operation.safe and case.kind == "odd" and pinned_names(case)
        if odd and not self.settings.destructive and not self._is_nobody(request.url):
            raise LeftOut("left out: something of somebody else may be at this path")
        after = [
            *rests_on,
            *binding.entries,
            *(thing.entries if thing else ()),
            *self._groups.get(case.group, ()),
        ]
        looks: list[Entry] = []

        def post() -> Entry:
            nonlocal held, request
            if self.tokens.held() != held:  # others were fetched meanwhile
                held, request = self.tokens.held(), make()
            looks.append(self._exchanged(operation, case, request, dict.fromkeys(after)))
            if self._has_expired(operation, looks[-1], held):
                held, request = self.tokens.held(), make()
                looks.append(self._exchanged(operation, case, request, dict.fromkeys(after)))
                self.ledger.hiccups[looks[-2].id] = looks[-1].id
            return looks[-1]

        try:
            entry = self._lags.settled(post(), post)
        except Stopped:
            self._tell(looks)
            raise
        unreached = self.supplies.unreached(case)
        if unreached and entry.outcome in ("refused", "conflict") and case.expect == "accepted":
            self.ledger.explained.setdefault(entry.id, unreached)
        self.links.told(entry, binding)
        if binding.chosen:
            self.bound[entry.id] = binding
            gone = self.links.looked_for(entry, binding)
            if gone is not None:
                self.ledger.explained[entry.id] = (
                    f"what it names is gone, though nothing was asked to take it away (exchange "
                    f"{gone.id})"
                )
        if case.group is not None:
            self._groups.setdefault(case.group, []).append(entry.id)
        self.coherence.saw(operation, entry)
        if entry.outcome == "accepted":
            self._note(entry, binding)
        elif operation.safe and entry.exchange.status in GONE:
            self._nobodies.add(request.url.partition("?")[0])
        self.supplies.used(entry)
        self._tell(looks)
        return entry

    def _has_expired(self, operation: Operation, entry: Entry, held: dict[str, str]) -> bool:
        """Whether a request was refused for a token that has expired, and there is another one."""
        if not held or entry.case.credential != "ours":
            return False
        if entry.outcome == "accepted":
            self.tokens.took()
        expired = self.tokens.taken and entry.exchange.status == 401
        return expired and self.tokens.renewed(operation, held, self.target)

    def _tell(self, entries: Iterable[Entry]) -> None:
        """Let others know what was sent, once it is known what it made."""
        for entry in entries:
            self.pace.note(entry)
            self.on_entry(entry)
            if entry.exchange.response is not None:
                self._memory.settle(entry.exchange.response)

    def _exchanged(
        self, operation: Operation, case: Case, request: Request, after: Iterable[int]
    ) -> Entry:
        """Send a request, judge what comes back, and record it."""
        sent = self.history.now()
        exchange = self.pace.exchange(self.target, case.operation, request)
        judgement = self.judge(operation).judge(exchange, self.history, sent)
        about = about_of(case.kind, case.credential)
        outcome = outcome_of(operation, exchange.response, about, self.pack.refusal)
        probed = operation.clauses.get(case.probes[0]) if case.probes else None
        soft = coercion(case, probed) if self.pack.coercions == "soft" else None
        soft = soft or of_parameter(case)
        return self.ledger.add(case, exchange, outcome, judgement, after, soft)

    def _spare(
        self, operation: Operation, case: Case, binding: Binding, given: set[str], why: str | None
    ) -> None:
        """Raise LeftOut for a request that would destroy or change what is not of this run.

        `why` says that the operation destroys; None where it changes.
        """
        catalogue = self.links.catalogue
        needs = catalogue.path_needs(operation.id)
        if catalogue.changes_all(operation) and not (needs and needs[-1].name in binding.path):
            raise LeftOut(f"left out: {CHANGES_ALL}; --destructive sends it all the same")
        if needs and {needs[-1].name} & {*binding.path, *pinned_names(case), *given}:
            return
        if why is None:
            if not needs or not self.links.knows(needs[-1]):
                return
            why = f"it would change a {needs[-1].name} that was there before"
        told = left_out(self.pack, self.settings, catalogue, [operation.id])
        reason = told.get(operation.id, f"{why}, and none is known that this run has made")
        raise LeftOut(f"left out: {reason}; --destructive sends it all the same")

    def _is_nobody(self, url: str) -> bool:
        """Whether it is known that nothing is at a path, or hardly anything can be."""
        at = url.partition("?")[0]
        return at in self._nobodies or not at.rpartition("/")[2].isdigit()

    def look_again(self) -> None:
        """Ask for what may show more by now; a pack has rules for that. Raises Stopped."""
        if self.pack.supplies:
            return

        def ask(operation: str) -> Entry:
            return self.send(self.supplies.least(operation, "look"))

        with suppress(Unsupplied, MissingValueError):
            self.coherence.look_again(ask, self.settling.again)

    def ask_stranger(self, like: Entry) -> Response | None:
        """What is answered to a path that is not in the contract; None where nothing is.

        The request is `like` another one in all but its path. Raises Stopped.
        """
        asked = like.exchange.request
        base = self.settings.origin
        request = replace(asked, url=f"{base}/{STRANGER}", path={}, query={})
        return self.pace.exchange(self.target, like.case.operation, request).response

    def leased_id(self, resource: str, planned: str) -> Any:
        """The id of a resource that a planned one stands for, of the schema of its member."""
        for name, at in self.pack.resources[resource].members.items():
            body = self.pack.contract.operations[name].body
            lawful = keeps_place(body, at) if body is not None else None
            if lawful is not None and not lawful(planned):
                like = look(self.supplies.least(name, planned).body, at)
                return self.wire.real_id(renewed(like, planned, lawful) or like, lawful)
        return self.wire.real_id(planned)

    def make_room(self) -> None:
        """Let go of what is held where it may be of the very resource that comes next."""
        if self._takes_turns:
            self.supplies.release()

    def judge(self, operation: Operation) -> ReplyJudge:
        """Who judges the replies of an operation."""
        if operation.id not in self._judges:
            seconds = self.settings.settle_seconds
            self._judges[operation.id] = ReplyJudge(
                self.pack.contract, operation, self.pack.checks, seconds
            )
        return self._judges[operation.id]

    @property
    def _takes_turns(self) -> bool:
        """Whether the profile lists the resources that may be used."""
        return self.resource is not None and bool(self.settings.leases.get(self.resource.name))

    def _note(self, entry: Entry, binding: Binding) -> None:
        """Remember what has to be undone, and what a case has undone by itself."""
        case, request = entry.case, entry.exchange.request
        operation = self.pack.contract.operations[case.operation]
        instance = self.links.observe(entry, named=binding.naming is not None)
        self.coherence.made(entry, instance)
        if self.links.catalogue.destroys(operation) is not None:
            self.links.destroyed(binding)
        if not self.settings.clean_up:
            return
        made = self._made(entry, instance)
        if made is not None:
            with self._counting:
                self.created.started += 1
            self._undo.setdefault(case.group or case.id, []).append(made)
        self._sent.setdefault((request.method, request.url), []).append(request.body)

    def made_by(self, entry: Entry) -> ToUndo | str | None:
        """What takes back what an exchange made and nobody undid yet, or why nothing is known."""
        made = self._undo.get(entry.case.group or entry.case.id, ())
        return next((one.undo for one in made if one.entry is entry), None)

    def _made(self, entry: Entry, instance: Instance | None) -> Made | None:
        """What an accepted request made, if it made anything."""
        response = entry.exchange.response
        reply = response.json_or_none if response else None
        origin = self.settings.origin
        # It stands where it was made: an odd path value made it somewhere else.
        path = {**self.settings.path, **entry.exchange.request.path}
        undo = undoing(self.pack, origin, path, entry.case.operation, reply)
        if undo is not None:
            return Made(entry, undo)
        if instance is not None and instance.before:
            return None  # the reply names what was there already
        if instance is None or not instance.counted:
            created = response is not None and response.status == 201
            return Made(entry, "nothing in its reply is known to name it") if created else None
        return Made(entry, undone_by_contract(self.links, origin, instance), instance)

    def send_all(self, cases: Iterable[Case]) -> list[Entry]:
        """Send cases, several at a time where the settings allow; groups in their order.

        What a case (or its group) created is undone before its resource is used again.
        """
        units: dict[str, list[Case]] = {}
        for case in cases:
            units.setdefault(case.group or case.id, []).append(case)
        most = self.settings.concurrency
        if self._takes_turns or any(
            self._may_change_one_thing(case) for unit in units.values() for case in unit
        ):
            # One user at a time: of listed resources, and of a thing that requests may change.
            most = 1
        if most <= 1 or len(units) < 2:
            return [entry for unit in units.values() for entry in self._unit(unit)]
        results: dict[str, list[Entry]] = {}
        queue: SimpleQueue[str] = SimpleQueue()
        for name in units:
            queue.put(name)

        def work() -> None:
            while not queue.empty():
                try:
                    name = queue.get_nowait()
                except Exception:  # another worker was quicker
                    return
                results[name] = self._unit(units[name])

        _at_once(work, min(most, len(units)))
        return [entry for name in units if name in results for entry in results[name]]

    def _may_change_one_thing(self, case: Case) -> bool:
        """Whether a request may change a thing that other requests of its kind are about, too.

        Whoever makes things below what the run neither makes nor lists (an account) changes none.
        """
        if self.pack.contract.operations[case.operation].safe:
            return False
        catalogue = self.links.catalogue
        needs = catalogue.needs(case.operation)
        if case.needs is not None or catalogue.made_by(case.operation) is None:
            return case.needs is not None or bool(needs)
        told = any(one.operation == case.operation for one in catalogue.told)
        return told or any(need.collections for need in needs)

    def undo(self, group: str) -> None:
        """Undo what the cases of one group (or one case) created."""
        if self.settings.clean_up:
            self.undisturbed.do(partial(self._undo_group, group))

    def undo_all(self) -> None:
        """Undo everything that is still there, also after a stop: the last made thing first."""
        self.supplies.release()
        made = [self._looked_up(one) for group in self._undo.values() for one in group]
        self._undo.clear()
        if made:
            self.undisturbed.do(partial(self._undo_these, made))
        # With --destructive the session may be over by now.
        if self.settings.clean_up and not self.settings.destructive:
            self.undisturbed.do(self._tell_what_came_about)

    def _tell_what_came_about(self) -> None:
        """Note what is there beside what was made and undone, where a list shows it."""

        def ask(request: ToUndo) -> Response | None:
            with suppress(Failed):
                return self._sent_to_undo(request)
            return None

        catalogue, origin = self.links.catalogue, self.settings.origin
        known = {one.url for one in self.created.to_undo} | self._taken_back.keys()
        for where, thing in come_about(catalogue, self.ledger, origin, ask):
            if thing.url not in known:
                self._leave(thing, f"came about, says {where}, and bears what was sent")

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
        finally:
            self.undo(cases[0].group or cases[0].id)
        return entries

    def _undo_group(self, group: str) -> None:
        made = [self._looked_up(one) for one in self._undo.pop(group, [])]
        # The thing that others are asked about stays until the end of the run.
        # So does what nothing takes back: perhaps it goes with what it is within.
        kept = [
            one
            for one in made
            if isinstance(one.undo, str) or (one.instance and self.links.wanted(one.instance))
        ]
        if kept:
            self._undo[group] = kept
        self._undo_these([one for one in made if one not in kept])

    def _looked_up(self, made: Made) -> Made:
        """What was made, with what takes it back where that has become known since."""
        if made.instance is None or not isinstance(made.undo, str):
            return made
        origin = self.settings.origin
        return replace(made, undo=undone_by_contract(self.links, origin, made.instance))

    def _undo_these(self, made: list[Made]) -> None:
        """Undo things; those that were made later, within others, first."""
        order = sorted(made, key=lambda one: one.entry.id, reverse=True)
        for one in sorted(order, key=lambda one: isinstance(one.undo, str)):
            self._undo_one(one)

    def _undo_one(self, made: Made) -> None:
        request, found = made.entry.exchange.request, made.undo
        if isinstance(found, str):
            if any(request.url.startswith(f"{url}/") for url in self._taken_back):
                with self._counting:
                    self.created.undone += 1  # it was within something that is gone
                return
            where = (
                f"{request.method} {self.pack.contract.operations[made.entry.case.operation].path}"
            )
            self.created.left_over.append(f"exchange {made.entry.id}: {where}: {found}")
            return
        # Two replies may name one thing: whoever comes second has to know what came of the first.
        with self._counting:
            alone = self._undoing.setdefault(found.url, threading.Lock())
        with alone:
            self._undo_by(found, made)

    def _undo_by(self, found: ToUndo, made: Made) -> None:
        """Undo one thing by a request."""
        wanted = parse(found.body.encode()) if found.body is not None else None
        if any(_says(body, wanted) for body in self._sent.get((found.method, found.url), ())):
            # Some case has done the very same.
            self._is_gone(found)
            with self._counting:
                self.created.undone += 1
            return
        was_there = made.instance is not None and not made.instance.gone
        if made.instance is not None:
            made.instance.gone = True
        new = (was_there or made.instance is None) and self._lags.is_new(made.entry)
        try:
            answer = self._ask_to_undo(found, new)
            if made.instance is not None and was_there and answer.status in GONE:
                # Nothing is known to have taken it away: perhaps it goes by another name here.
                for other in ways_to_undo(self.links, self.settings.origin, made.instance)[1:]:
                    again = self._ask_to_undo(other, new=False)
                    if is_success(again.status):
                        found, answer = other, again
                        break
        except Failed as failure:
            self._leave(found, failure.reason)
            return
        # What is not there any more need not be taken back; but a slash in a name leads astray.
        gone = made.instance is not None and took_back(found.method, answer)
        gone = gone and not (was_there and "%2F" in found.url)
        # Whoever comes second finds nothing.
        before, begun = self._taken_back.get(found.url), made.entry.exchange.started
        gone = gone or (before is not None and begun is not None and begun <= before)
        if is_success(answer.status) or gone:
            self._is_gone(found)
            with self._counting:
                self.created.undone += 1
        else:
            self._leave(found, f"{found.method} answered {answer.status}")

    def _ask_to_undo(self, thing: ToUndo, new: bool) -> Response:
        """Send what takes back a thing; what is `new` may not be found at once. Raises Failed.

        A failure on the way is asked again at once.
        """
        answer = self._sent_to_undo(thing)

        def is_final() -> bool:
            late = new and answer.status in GONE
            return not late and not self._lags.may_be_locked(answer.status)

        def ask_again() -> bool:
            nonlocal answer
            answer = self._sent_to_undo(thing)
            return is_final()

        if answer.status in ON_THE_WAY:
            ask_again()
        if not is_final():
            self.settling.again("what is taken back was made just before", ask_again)
        return answer

    def _sent_to_undo(self, thing: ToUndo) -> Response:
        """What is answered to a request that undoes, with a new token where one has expired.

        A new one may be used up by others before it is sent: what was made has to go all the same.
        """
        contract = self.pack.contract
        for _ in range(MOST_RENEWALS):
            held = self.tokens.held()
            # Whatever credential the case had: only ours is sure to be let in.
            answer = self.pace.undo(self.target, taking_back(thing, contract, self.settings))
            if not held:
                break
            if answer.status not in CREDENTIAL:
                self.tokens.took()
                break
            match = contract.match(thing.method, thing.url) if answer.status == 401 else None
            if match is None or not self.tokens.renewed(match.operation, held, self.target):
                break
        return answer

    def _is_gone(self, thing: ToUndo) -> None:
        """Take note that a thing is there no more, nor is what was within it."""
        if thing.method == "DELETE":
            self._taken_back[thing.url] = self.pace.clock.now()

    def _leave(self, thing: ToUndo, why: str) -> None:
        """Note what could not be undone."""
        with self._counting:
            self.created.left_over.append(f"{thing.url.rpartition('/')[2]}: {why}")
            self.created.to_undo.append(thing)


def _at_once(work: Callable[[], None], count: int) -> None:
    """Do the same work in so many threads. Raises what one of them raised.

    They are daemons: an executor's threads would keep a process that nobody waits for from its end.
    """
    errors: list[BaseException] = []

    def safely() -> None:
        try:
            work()
        except BaseException as error:  # it is raised again where it is waited for
            errors.append(error)

    threads = [
        threading.Thread(target=safely, name=f"clausewise-sender-{number}", daemon=True)
        for number in range(count)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def _says(body: Any, undo: Any) -> bool:
    """Whether a body that was sent says all that an undoing one would."""
    if isinstance(undo, dict) and isinstance(body, dict):
        return all(name in body and body[name] == value for name, value in undo.items())
    return bool(body == undo)
