"""Clean-up: what accepted requests made is taken back, and what cannot be is told."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any
from urllib.parse import quote, unquote

from msgspec.structs import replace

from clausewise.campaign.asking import Asking
from clausewise.campaign.beside import come_about, shelf_of
from clausewise.campaign.leading_on import LeadingOn
from clausewise.campaign.lingering import Looking, TakenBack
from clausewise.campaign.renamed import new_name_of
from clausewise.campaign.sayable import Sayable
from clausewise.campaign.undoing import Created, Made, undoing, undone_by_contract, ways_to_undo
from clausewise.campaign.witnessing import Witness
from clausewise.contract import Operation
from clausewise.exchange import Response
from clausewise.judge.outcomes import GONE, is_success, took_back
from clausewise.links.links import Links
from clausewise.links.names import leads_elsewhere
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
        drew: Callable[[str], bool],
        witness: Witness,
        sayable: Sayable,
    ) -> None:
        """`drew` says whether nobody but this run can have come upon a text."""
        self.created = Created()
        self._pack = pack
        self._settings = settings
        self._ledger = ledger
        self._links = links
        self._asking = asking
        self._leading_on = LeadingOn(links.catalogue, asking, ledger)
        self._drew = drew
        self._witness = witness
        self._sayable = sayable
        # By group, what its cases made and is still there.
        self._made: dict[str, list[Made]] = {}
        # What was not taken back when that was asked for: it is asked for once more at the end.
        self._later: list[Made] = []
        self._counting = threading.Lock()
        # The URLs of things that are gone, and all within them, with when that was.
        self._taken_back: dict[str, datetime] = {}
        self._undoing: dict[str, threading.Lock] = {}
        # What was counted as undone, since its DELETE was answered so; what of it is missing.
        self._counted: list[TakenBack] = []
        self._missing: list[TakenBack] = []
        # By method and URL, the bodies that were accepted, each with its exchange.
        self._sent: dict[tuple[str, str], list[tuple[int, Any]]] = {}

    def note(self, entry: Entry, instance: Instance | None) -> None:
        """Remember what an accepted request made, and that it may be one that undoes."""
        request, made = entry.exchange.request, self._made_by(entry, instance)
        if instance is not None:
            self._sayable.made(entry, instance)
        if made is not None:
            with self._counting:
                self.created.started += 1
            self._made.setdefault(_group(entry.case), []).append(made)
        sent = self._sent.setdefault((request.method, request.url), [])
        sent.append((entry.id, request.body))

    def restore(self, entry: Entry, back: ToUndo | str) -> None:
        """Remember what gives a thing that was there before its values back, in the end."""
        with self._counting:
            self.created.started += 1
        self._made.setdefault(f"{_group(entry.case)}/restored", []).append(
            Made(entry, back, restores=True)
        )

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
            created = response is not None and response.status == 201
            return Made(entry, "nothing in its reply is known to name it") if created else None
        undo_it = undone_by_contract(self._links, origin, instance, entry.exchange.request)
        return Made(entry, undo_it, instance)

    def undo_all(self) -> None:
        """Undo everything that is still there, the last made thing first; tell what else is."""
        made = [self._looked_up(one) for group in self._made.values() for one in group]
        self._made.clear()
        self._undo_these([*made, *self._later], last=True)
        self._later.clear()
        # By URL, what is shown there when all is over: who looks first looks for all.
        shown: dict[str, Response | None] = {}
        self._tell_what_lingers(shown)
        # With --destructive the session may be over by now.
        if self._settings.clean_up and not self._settings.destructive:
            self._end_what_came_about(shown)

    def _tell_what_lingers(self, shown_at: dict[str, Response | None]) -> None:
        """Count what is there still as left, whatever its DELETE was answered."""
        asking, operations = self._asking, self._pack.contract.operations

        def look(thing: ToUndo) -> Response | None:
            shown_at[thing.url] = asking.shown(thing)
            return shown_at[thing.url]

        looking = Looking(self._links, self._ledger, self._settings.origin, look, asking.stays)
        left = {thing.url for thing in self.created.to_undo}
        found = [one for one in looking.lingering(self._counted) if one.undo.url not in left]
        asked = {one.by.url for one in self._counted}
        # By a name that is spelt otherwise than the one that it was given, and that this run drew.
        respelt = [
            TakenBack(one.made, one.undo)
            for one in found
            if one.undo.url not in asked and self._drew(_last_of(one.undo.url))
            if self._settings.clean_up and not self._settings.destructive
        ]
        for again in respelt:
            with suppress(Failed):  # a look tells
                asking.ask(again.by, new=False, last=True)
        gone = [one.made for one in respelt]
        found = [one for one in found if one.made not in gone]
        for one in (*found, *looking.lingering(respelt)):
            entry, shown = one.made.entry, one.shown_by
            making = f"{entry.exchange.request.method} {operations[entry.case.operation].path}"
            with self._counting:
                self.created.undone -= 1
            self._leave(
                one.undo,
                f"exchange {entry.id} ({making}) made it, and {shown.method} {shown.path} "
                "shows it after its DELETE",
            )
        known = {id(made) for made in (*gone, *(one.made for one in found))}
        # Two replies may have given one name.
        ended = {one.by.url for one in self._counted if not one.missing}
        self._missing = [
            one
            for one in self._counted
            if one.missing and id(one.made) not in known and one.by.url not in ended
        ]
        self._counted.clear()
        for taken in self._missing:
            self._tell_what_nothing_shows(taken)

    def _tell_what_nothing_shows(self, one: TakenBack) -> None:
        """Count as left what its DELETE did not find, and nothing ever showed by its name."""
        url, thing = one.by.url.partition("?")[0], one.made.instance
        if thing is None or any(url.startswith(f"{other}/") for other in self._taken_back):
            return
        catalogue, made = self._links.catalogue, one.made.entry.id
        lists = catalogue.collections[thing.collection].lists
        listed = any(
            entry.outcome == "accepted" for name in lists for entry in self._ledger.of(name)
        )
        seen = any(
            entry.outcome == "accepted" and entry.exchange.request.url.partition("?")[0] == url
            for operation in catalogue.things_at(thing.collection)
            for entry in self._ledger.of(operation.id)
            if entry.id > made
        )
        if not listed and not seen:
            with self._counting:
                self.created.undone -= 1
            self._tell(
                _last_of(url),
                f"exchange {made} made it, its DELETE did not find it, and "
                "nothing has shown it by this name",
            )

    def _end_what_came_about(self, shown_at: dict[str, Response | None]) -> None:
        """Take back what came about beside what was made and is ours for certain; tell the rest."""
        catalogue, origin = self._links.catalogue, self._settings.origin
        known = {one.url for one in self.created.to_undo} | self._taken_back.keys()

        def look(thing: ToUndo) -> Response | None:
            if thing.url not in shown_at:
                shown_at[thing.url] = self._asking.shown(thing)
            return shown_at[thing.url]

        seen, missing = self._witness.ours, Counter(map(_collection_of, self._missing))
        found = come_about(catalogue, self._ledger, origin, look, self._drew, seen, missing)
        new = [one for one in found if one.undo.url not in known]
        ours = [one for one in new if one.ours]
        for one in ours:
            with suppress(Failed):  # a look tells
                self._asking.ask(one.undo, new=False, last=True)
        shown = {one.shelf.look.url: self._asking.shown(one.shelf.look) for one in ours}
        for one in new:
            where = f"GET {one.shelf.listing.path}"
            collection = catalogue.listed_by(one.shelf.listing.id)
            if collection is not None and missing[collection.path]:
                missing[collection.path] -= 1  # it was counted, and has another name
                with self._counting:
                    self.created.started -= one.ours
                    self.created.undone -= 1
            if not one.ours:
                self._leave(one.undo, f"came about, says {where}, and bears what was sent")
                continue
            with self._counting:
                self.created.started += 1
            now = one.shelf.things(shown[one.shelf.look.url])
            if now is None or one.name in now:
                self._leave(one.undo, f"came about, and {where} shows it after its DELETE")
            else:
                with self._counting:
                    self.created.undone += 1

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
            or (one.instance and self._links.wanted(one.instance))
            or self._may_be_given_out(one)
        ]
        if kept:
            self._made[group] = kept
        self._undo_these([one for one in made if one not in kept])

    def _may_be_given_out(self, made: Made) -> bool:
        """Whether a thing may have been there: it came with 200, and 201 is documented as well.

        Where none has come in the whole run, 200 is how the server says that it made something.
        """
        name, status = made.entry.case.operation, made.entry.exchange.status
        operation = self._pack.contract.operations[name]
        may_be = made.instance is not None and status == 200 and "201" in operation.replies
        return may_be and all(e.exchange.status != 201 for e in self._ledger.of(name))

    def make_room(self, maker: Operation) -> bool:
        """Undo what stays of the things that an operation makes, so that there is one less."""
        collection = self._links.catalogue.made_by(maker.id)
        for group, made in list(self._made.items()):
            for one in made:
                thing = one.instance
                if thing is None or collection is None or isinstance(one.undo, str):
                    continue
                if thing.collection == collection.path and self._links.wanted(thing):
                    self._made[group] = [other for other in made if other is not one]
                    self._undo_these([one])
                    return True
        return False

    def _looked_up(self, made: Made) -> Made:
        """What was made, with what takes it back where that has become known since."""
        if made.instance is None or not isinstance(made.undo, str):
            return made
        origin = self._settings.origin
        making = made.entry.exchange.request
        return replace(made, undo=undone_by_contract(self._links, origin, made.instance, making))

    def _undo_these(self, made: list[Made], last: bool = False) -> None:
        """Undo things; those that were made later, within others, first."""
        order = sorted(made, key=lambda one: one.entry.id, reverse=True)
        for one in sorted(order, key=lambda one: isinstance(one.undo, str)):
            self._undo_one(one, last)

    def _undo_one(self, made: Made, last: bool) -> None:
        request, found = made.entry.exchange.request, made.undo
        if made.instance is not None and made.instance.before:
            with self._counting:
                self.created.started -= 1  # it was there, as it turned out
            return
        if isinstance(found, str):
            if any(request.url.startswith(f"{url}/") for url in self._taken_back):
                with self._counting:
                    self.created.undone += 1  # it was within something that is gone
                return
            where = (
                f"{request.method} {self._pack.contract.operations[made.entry.case.operation].path}"
            )
            self.created.left_over.append(f"exchange {made.entry.id}: {where}: {found}")
            return
        # Two replies may name one thing: whoever comes second has to know what came of the first.
        with self._counting:
            alone = self._undoing.setdefault(found.url, threading.Lock())
        with alone:
            self._undo_by(found, made, last)

    def _undo_by(self, found: ToUndo, made: Made, last: bool) -> None:
        """Undo one thing by a request."""
        wanted = parse(found.body.encode()) if found.body is not None else None
        sent = () if made.restores else self._sent.get((found.method, found.url), ())
        since = (body for number, body in sent if number > made.entry.id)
        if any(_says(body, wanted) for body in since):
            # Some case has done the very same.
            self._is_undone(made, found)
            return
        was_there = made.instance is not None and not made.instance.gone
        if made.instance is not None:
            self._links.taken_back(made.instance, _last_of(found.url))
        unnamed = made.instance is None and not made.restores
        new = (was_there or unnamed) and self._asking.lags.is_new(made.entry)
        try:
            answer = self._asking.ask(found, new, last)
            if was_there and answer.status in GONE:
                # Nothing is known to have taken it away: perhaps it goes by another name here.
                found, answer = self._by_another_name(made) or (found, answer)
            if answer.status in GONE and self._was_renamed(made, found):
                return
            if last and made.instance is not None:
                answer = self._leading_on.led_on(made, found, answer)
        except Failed as failure:
            if last:
                self._leave(found, failure.reason)
            else:
                self._put_off(made)
            return
        # What is not there any more need not be taken back; but a slash in a name leads astray.
        astray = was_there and "%2F" in found.url
        gone = made.instance is not None and took_back(found.method, answer) and not astray
        # Whoever comes second finds nothing.
        before, begun = self._taken_back.get(found.url), made.entry.exchange.started
        gone = gone or (before is not None and begun is not None and begun <= before)
        if is_success(answer.status) or gone:
            if is_success(answer.status) and made.instance is not None:
                self._sayable.made(made.entry, made.instance, _last_of(found.url))
            self._is_undone(made, found, missing=was_there and answer.status in GONE)
        elif last or astray:
            self._leave(found, f"{found.method} answered {answer.status}")
        else:
            self._put_off(made)

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
        with self._counting:
            self._later.append(made)

    def _was_renamed(self, made: Made, undo: ToUndo) -> bool:
        """Whether a thing that its DELETE did not find is dealt with by the name that it has since.

        It is deleted by that where the server said so and nothing had the name before; else told.
        """
        catalogue, called, thing = self._links.catalogue, _last_of(undo.url), made.instance
        new = new_name_of(catalogue, self._ledger, thing, called, undo) if thing else None
        if thing is None or new is None:
            return False
        since = f"since exchange {new.since.id}"
        if new.name is None or leads_elsewhere(new.name):
            self._tell(called, f"it has no name {since}, and no DELETE")
            return True
        url, _, query = undo.url.partition("?")
        whole = f"{url.rpartition('/')[0]}/{quote(new.name, safe='')}"
        other = replace(undo, url=f"{whole}?{query}" if query else whole)
        around = [quote(one, safe="") for one in thing.context]
        shelves = [
            (shelf, shown)
            for name in catalogue.collections[thing.collection].lists
            if name in catalogue.deletable_lists
            if (shelf := shelf_of(catalogue, self._ledger, name)) is not None
            if [*shelf.within.values()] == around
            if (shown := shelf.things(shelf.first.exchange.response)) is not None
        ]
        for shelf, _ in shelves if not new.told else ():
            now = shelf.things(self._asking.shown(shelf.look))
            if now is not None and new.name not in now:
                return False  # the change said so, and nobody heeded it
        was_free = bool(shelves) and all(new.name not in shown for _, shown in shelves)
        if new.told and was_free and is_success(self._asking.ask(other, new=False).status):
            # By this name it is looked for in the end.
            thing.names["$request.path.renamed"] = new.name
            self._is_undone(made, other)
        else:
            self._leave(other, f"exchange {made.entry.id} made it as {called}, it is so {since}")
        return True

    def _tell(self, name: str, why: str) -> None:
        """Note what is left, and that no request is known for it."""
        with self._counting:
            self.created.left_over.append(f"{name}: {why}")

    def _is_undone(self, made: Made, thing: ToUndo, missing: bool = False) -> None:
        """Take note that a thing is there no more, nor is what was within it."""
        with self._counting:
            self.created.undone += 1
            self._counted.append(TakenBack(made, thing, missing))
        if thing.method == "DELETE":
            self._taken_back[thing.url] = self._asking.pace.clock.now()

    def _leave(self, thing: ToUndo, why: str) -> None:
        """Note what could not be undone."""
        self._tell(thing.url.rstrip("/").rpartition("/")[2], why)
        path = thing.url.partition("?")[0].rstrip("/").split("/")
        if not any(leads_elsewhere(unquote(one)) for one in path[3:]):
            with self._counting:
                self.created.to_undo.append(thing)


def _last_of(url: str) -> str:
    """The last segment of a path, decoded."""
    return unquote(url.partition("?")[0].rpartition("/")[2])


def _collection_of(one: TakenBack) -> str:
    return one.made.instance.collection if one.made.instance is not None else ""


def _group(case: Case) -> str:
    return case.group or case.id


def _says(body: Any, undo: Any) -> bool:
    """Whether a body that was sent says all that an undoing one would."""
    if isinstance(undo, dict) and isinstance(body, dict):
        return all(name in body and body[name] == value for name, value in undo.items())
    return bool(body == undo)
