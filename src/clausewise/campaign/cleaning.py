"""Clean-up: what accepted requests made is taken back, and what cannot be is told."""

from __future__ import annotations

import threading
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from clausewise.campaign.aftermath import Aftermath
from clausewise.campaign.asking import Asking
from clausewise.campaign.jobs import made_by_job, of_a_job
from clausewise.campaign.leading_on import LeadingOn
from clausewise.campaign.lingering import TakenBack
from clausewise.campaign.preparing import Ready
from clausewise.campaign.renamed import Renaming
from clausewise.campaign.restoring import Restoring
from clausewise.campaign.sayable import Sayable
from clausewise.campaign.undoing import (
    Created,
    Made,
    last_of,
    undoing,
    undone_by_contract,
    ways_to_undo,
)
from clausewise.campaign.witnessing import Shown, Witness
from clausewise.contract import Operation
from clausewise.exchange import Response
from clausewise.judge.outcomes import GONE, is_success, took_back
from clausewise.links.catalogue import says_that_it_reads
from clausewise.links.links import Links
from clausewise.links.seen import Instance
from clausewise.pack import Pack
from clausewise.pack.settings import Settings
from clausewise.plan.cases import Case
from clausewise.record.ledger import Entry, Ledger
from clausewise.record.made import ToUndo
from clausewise.strict_json import parse
from clausewise.transport.target import Failed


class CleanUp:
    """What a run made and has to undo. Safe to use from several threads.

    Nothing may break it off: whoever calls it sees to that (`Undisturbed`).
    """

    def __init__(
        self,
        pack: Pack,
        settings: Settings,
        ledger: Ledger,
        links: Links,
        asking: Asking,
    ) -> None:
        """Nothing was made yet."""
        self.created = Created()
        self._pack = pack
        self._settings = settings
        self._ledger = ledger
        self._links = links
        self._asking = asking
        self._leading_on = LeadingOn(links.catalogue, asking, ledger)
        self._renaming = Renaming(links, ledger, asking, self.created)
        self._witness = Witness(links.catalogue, ledger, asking.look)
        self._sayable = Sayable(links.catalogue, settings.origin, asking.look)
        self._restoring = Restoring(links.catalogue, asking.look)
        self._aftermath = Aftermath(settings, ledger, links, asking, self._witness, self.created)
        # By group, what its cases made and is still there.
        self._made: dict[str, list[Made]] = {}
        # What was not taken back when that was asked for: it is asked for once more at the end.
        self._later: list[Made] = []
        self._lock = threading.Lock()
        # The URLs of things that are gone, and all within them, with when that was.
        self._taken_back: dict[str, datetime] = {}
        self._undoing: dict[str, threading.Lock] = {}
        # What was counted as undone, since its DELETE was answered so.
        self._counted: list[TakenBack] = []
        # By method and URL, the bodies that were accepted, each with its exchange.
        self._sent: dict[tuple[str, str], list[tuple[int, Any]]] = {}

    def named(self, operation: Operation, case: Case) -> Case:
        """A case that makes nothing by a name that its DELETE could not say. Raises Stopped."""
        return self._sayable.named(operation, case) if self._settings.gives_back else case

    def sending(self, ready: Ready) -> Shown:
        """Look at what a request may change or bring along; gives what lists show before it.

        Raises Stopped.
        """
        if not self._settings.gives_back:
            return {}
        self._restoring.sending(ready)
        return self._witness.sending(ready)

    def sent(self, case: Case, ready: Ready, entry: Entry, before: Shown) -> None:
        """Take note of what a request brought along, or that its case was refused as it is."""
        if self._settings.gives_back:
            self._witness.sent(ready, entry, before)
            if entry.outcome == "refused":
                self._sayable.refused(case)

    def changed(self, ready: Ready, entry: Entry) -> None:
        """Remember what gives a thing that was there before its values back, in the end."""
        back = self._restoring.changed(ready) if self._settings.gives_back else None
        if back is not None:
            self.created.count(started=1)
            restored = self._made.setdefault(f"{_group(entry.case)}/restored", [])
            restored.append(Made(entry, back, restores=True))

    def note(self, entry: Entry, instance: Instance | None) -> None:
        """Remember what an accepted request made, and that it may be one that undoes."""
        if not self._settings.clean_up:
            return
        request, made = entry.exchange.request, self._made_by(entry, instance)
        if instance is not None:
            self._sayable.made(entry, instance)
        if made is not None:
            self.created.count(started=1)
            self._made.setdefault(_group(entry.case), []).append(made)
        sent = self._sent.setdefault((request.method, request.url), [])
        sent.append((entry.id, request.body))

    def hand_over(self, giver: Case, taker: Case) -> None:
        """Take what one case made for made by another."""
        made = self._made.pop(_group(giver), [])
        if made:
            self._made.setdefault(_group(taker), []).extend(made)

    def made_by(self, entry: Entry) -> list[ToUndo | str]:
        """What takes back each thing that an exchange made and nobody undid yet, or why not."""
        group = _group(entry.case)
        made = [*self._made.get(group, ()), *self._made.get(f"{group}/restored", ())]
        return [one.undo for one in made if one.entry is entry]

    def _made_by(self, entry: Entry, instance: Instance | None) -> Made | None:
        """What an accepted request made, if it made anything."""
        response = entry.exchange.response
        origin = self._settings.origin
        # It stands where it was made: an odd path value made it somewhere else.
        path = {**self._settings.path, **entry.exchange.request.path}
        undo = undoing(self._pack, origin, path, entry.case.operation, entry.exchange.json_or_none)
        if undo is not None:
            return Made(entry, undo)
        if instance is not None and instance.before:
            return None  # the reply names what was there already
        if instance is None or not instance.counted:
            created = response is not None and response.status == 201 and not self._reads(entry)
            created = created and entry.exchange.json_or_none != []  # of several things none
            return Made(entry, "nothing in its reply is known to name it") if created else None
        undo_it = undone_by_contract(self._links, origin, instance, entry.exchange.request)
        return Made(entry, undo_it, instance)

    def _reads(self, entry: Entry) -> bool:
        operation = self._pack.contract.operations[entry.case.operation]
        return operation.safe or says_that_it_reads(operation)

    def undo_all(self) -> None:
        """Undo everything that is still there, the last made thing first; tell what else is."""
        groups = list(self._made.values())
        made = [self._told(self._looked_up(one)) for group in groups for one in group]
        self._made.clear()
        self._undo_these([*made, *self._later], last=True)
        self._later.clear()
        self._aftermath.settle(self._counted, self._taken_back)
        self._counted.clear()

    def undo(self, group: str) -> None:
        """Undo what the cases of one group (or one case) created."""
        made = [self._looked_up(one) for one in self._made.pop(group, [])]
        # The thing that others are asked about stays until the end of the run.
        # So does what nothing takes back: perhaps it goes with what it is within; and what may
        # turn out to have been there.
        kept = [
            one
            for one in made
            if isinstance(one.undo, str)
            or (one.instance is not None and self._is_to_stay(one.instance))
            or of_a_job(one)
        ]
        if kept:
            self._made[group] = kept
        self._undo_these([one for one in made if one not in kept])

    def _is_to_stay(self, thing: Instance) -> bool:
        """Whether others are asked about a thing, or it may turn out to have been there."""
        return self._links.wanted(thing) or self._links.may_be_theirs(thing) is not False

    def make_room(self, maker: Operation) -> bool:
        """Undo what stays of the things that an operation makes, so that there are less.

        Those that something was done to are of no more use to others; else it is the one that
        stays for them.
        """
        collection = self._links.catalogue.made_by(maker.id)
        there = [
            (group, one, one.instance)
            for group, made in self._made.items()
            for one in made
            if one.instance is not None and not isinstance(one.undo, str)
            if collection is not None and one.instance.collection == collection.path
        ]
        staying = [found for found in there if self._links.wanted(found[2])]
        used = [found for found in there if found[2].changed_by and found not in staying]
        for group, one, _ in used or staying[:1]:
            self._made[group] = [other for other in self._made[group] if other is not one]
            self._undo_these([one])
        return bool(used or staying)

    def _looked_up(self, made: Made) -> Made:
        """What was made, with what takes it back where that has become known since."""
        if made.instance is None or not isinstance(made.undo, str):
            return made
        origin = self._settings.origin
        making = made.entry.exchange.request
        return replace(made, undo=undone_by_contract(self._links, origin, made.instance, making))

    def _told(self, made: Made) -> Made:
        """What was made, as its job calls it where its reply did not."""
        if made.instance is None or not (isinstance(made.undo, str) or of_a_job(made)):
            return made
        links, origin, asking = self._links, self._settings.origin, self._asking
        named = made_by_job(
            links.catalogue, origin, made.entry, made.instance, asking.shown, asking.until
        )
        if named is None:
            return made
        undo = undone_by_contract(links, origin, named, made.entry.exchange.request)
        return replace(made, instance=named, undo=undo)

    def _undo_these(self, made: list[Made], last: bool = False) -> None:
        """Undo things; those that were made later, within others, first."""
        order = sorted(made, key=lambda one: one.entry.id, reverse=True)
        for one in sorted(order, key=lambda one: isinstance(one.undo, str)):
            self._undo_one(one, last)

    def _undo_one(self, made: Made, last: bool) -> None:
        request, found = made.entry.exchange.request, made.undo
        if made.instance is not None and made.instance.before:
            self.created.count(started=-1)  # it was there, as it turned out
            return
        if made.instance is not None and self._links.may_be_theirs(made.instance):
            found = "it may have been there: the same request gives the same thing"
        if isinstance(found, str):
            if any(request.url.startswith(f"{url}/") for url in list(self._taken_back)):
                self.created.count(undone=1)  # it was within something that is gone
                return
            maker = self._pack.contract.operations[made.entry.case.operation]
            making = f"{request.method} {maker.path}"
            self.created.left_over.append(f"exchange {made.entry.id}: {making}: {found}")
            return
        # Two replies may name one thing: whoever comes second has to know what came of the first.
        with self._lock:
            alone = self._undoing.setdefault(found.url, threading.Lock())
        with alone:
            self._undo_by(found, made, last)

    def _undo_by(self, found: ToUndo, made: Made, last: bool) -> None:
        """Undo one thing by a request, unless some case has done the very same."""
        if self._is_done(found, made):
            self._is_undone(made, found)
            return
        was_there = made.instance is not None and not made.instance.gone
        if made.instance is not None:
            self._links.taken_back(made.instance, last_of(found.url))
        try:
            asked = self._asked(found, made, was_there, last)
        except Failed as failure:
            if last:
                self.created.leave(found, failure.reason)
            else:
                self._put_off(made)
            return
        if asked is None:
            return
        found, answer = asked
        # What is not there any more need not be taken back; but a slash in a name leads astray.
        astray = was_there and "%2F" in found.url
        gone = made.instance is not None and took_back(found.method, answer) and not astray
        # Whoever comes second finds nothing.
        before, begun = self._taken_back.get(found.url), made.entry.exchange.started
        gone = gone or (before is not None and begun is not None and begun <= before)
        if is_success(answer.status) or gone:
            if is_success(answer.status) and made.instance is not None:
                self._sayable.made(made.entry, made.instance, last_of(found.url))
            self._is_undone(made, found, missing=was_there and answer.status in GONE)
        elif last or astray:
            self.created.leave(found, f"{found.method} answered {answer.status}")
        else:
            self._put_off(made)

    def _is_done(self, found: ToUndo, made: Made) -> bool:
        """Whether a request since has said all that this one would."""
        sent = () if made.restores else self._sent.get((found.method, found.url), ())
        wanted = parse(found.body.encode()) if sent and found.body is not None else None
        return any(_says(body, wanted) for number, body in sent if number > made.entry.id)

    def _asked(
        self, found: ToUndo, made: Made, was_there: bool, last: bool
    ) -> tuple[ToUndo, Response] | None:
        """What was asked for, and what is answered; None where it was renamed, and is settled.

        Raises Failed.
        """
        unnamed = made.instance is None and not made.restores
        new = (was_there or unnamed) and self._asking.lags.is_new(made.entry)
        answer = self._asking.ask(found, new, last)
        if was_there and answer.status in GONE:
            # Nothing is known to have taken it away: perhaps it goes by another name here.
            found, answer = self._by_another_name(made) or (found, answer)
        renamed = self._renaming.settled(made, found) if answer.status in GONE else None
        if renamed is not None:
            if renamed.deleted_by is not None:
                self._is_undone(made, renamed.deleted_by)
            return None
        if last and made.instance is not None:
            answer = self._leading_on.led_on(made, found, answer)
        return found, answer

    def _by_another_name(self, made: Made) -> tuple[ToUndo, Response] | None:
        """What undoes a thing under another name that it may have; None where nothing does."""
        if made.instance is None:
            return None
        making, origin = made.entry.exchange.request, self._settings.origin
        for other in ways_to_undo(self._links, origin, made.instance, making)[1:]:
            answer = self._asking.ask(other, new=False)
            if is_success(answer.status):
                return other, answer
        return None

    def _put_off(self, made: Made) -> None:
        """Ask for it once more at the end, when others may be gone or the target is there again."""
        with self._lock:
            self._later.append(made)

    def _is_undone(self, made: Made, thing: ToUndo, missing: bool = False) -> None:
        """Take note that a thing is there no more, nor is what was within it."""
        self.created.count(undone=1)
        with self._lock:
            self._counted.append(TakenBack(made, thing, missing))
        if thing.method == "DELETE":
            self._taken_back[thing.url] = self._asking.pace.clock.now()


def _group(case: Case) -> str:
    return case.group or case.id


def _says(body: Any, undo: Any) -> bool:
    """Whether a body that was sent says all that an undoing one would."""
    if isinstance(undo, dict) and isinstance(body, dict):
        return all(name in body and body[name] == value for name, value in undo.items())
    return bool(body == undo)
