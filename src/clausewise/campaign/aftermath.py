"""Aftermath: when all is undone, what is there still is counted as left, whatever was answered.

Then what came about beside what was made (`beside.py`) is taken back where it is surely of this
run, and told where it is not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from contextlib import suppress

from clausewise.campaign.asking import Asking
from clausewise.campaign.beside import CameAbout, come_about
from clausewise.campaign.lingering import Lingering, Looking, TakenBack
from clausewise.campaign.undoing import Created, last_of
from clausewise.campaign.witnessing import Witness
from clausewise.exchange import Response
from clausewise.links.links import Links
from clausewise.pack.settings import Settings
from clausewise.record.ledger import Ledger
from clausewise.record.made import ToUndo
from clausewise.transport.target import Failed


class Aftermath:
    """Looks once, at the end of a run, at what was taken back and at what else came about."""

    def __init__(
        self,
        settings: Settings,
        ledger: Ledger,
        links: Links,
        asking: Asking,
        witness: Witness,
        created: Created,
    ) -> None:
        self._settings = settings
        self._ledger = ledger
        self._links = links
        self._asking = asking
        self._witness = witness
        self._created = created
        # By URL, what is shown there when all is over: who looks first looks for all.
        self._shown: dict[str, Response | None] = {}

    def settle(self, counted: Sequence[TakenBack], gone: Collection[str]) -> None:
        """Look for what was counted as undone, and for more; the things at `gone` URLs are gone."""
        there = self._tell_what_lingers(counted)
        # Two replies may have given one name.
        ended = {one.by.url for one in counted if not one.missing}
        missing = [
            one
            for one in counted
            if one.missing and one.made not in there and one.by.url not in ended
        ]
        for one in missing:
            self._tell_what_nothing_shows(one, gone)
        if self._settings.gives_back:
            self._end_what_came_about(missing, gone)

    def _look_at(self, thing: ToUndo) -> Response | None:
        self._shown[thing.url] = self._asking.shown(thing)
        return self._shown[thing.url]

    def _look_once(self, thing: ToUndo) -> Response | None:
        return self._shown[thing.url] if thing.url in self._shown else self._look_at(thing)

    def _tell_what_lingers(self, counted: Sequence[TakenBack]) -> list[object]:
        """Count what is there still as left; gives what was there, by what was made."""
        looking = Looking(
            self._links, self._ledger, self._settings.origin, self._look_at, self._asking.stays
        )
        left = {thing.url for thing in self._created.to_undo}
        found = [one for one in looking.lingering(counted) if one.undo.url not in left]
        respelt = self._respelt(counted, found)
        for again in respelt:
            with suppress(Failed):  # a look tells
                self._asking.ask(again.by, new=False, last=True)
        gone = [one.made for one in respelt]
        found = [one for one in found if one.made not in gone]
        for one in (*found, *looking.lingering(respelt)):
            entry, shown = one.made.entry, one.shown_by
            operation = self._links.catalogue.contract.operations[entry.case.operation]
            making = f"{entry.exchange.request.method} {operation.path}"
            self._created.count(undone=-1)
            self._created.leave(
                one.undo,
                f"exchange {entry.id} ({making}) made it, and {shown.method} {shown.path} "
                "shows it after its DELETE",
            )
        return [*gone, *(one.made for one in found)]

    def _respelt(self, counted: Sequence[TakenBack], found: Sequence[Lingering]) -> list[TakenBack]:
        """What is there by a name spelt otherwise than the given one, that this run drew."""
        asked = {one.by.url for one in counted}
        return [
            TakenBack(one.made, one.undo)
            for one in found
            if one.undo.url not in asked and self._links.drew(last_of(one.undo.url))
            if self._settings.gives_back
        ]

    def _tell_what_nothing_shows(self, one: TakenBack, gone: Collection[str]) -> None:
        """Count as left what its DELETE did not find, and nothing ever showed by its name."""
        url, thing = one.by.url.partition("?")[0], one.made.instance
        if thing is None or any(url.startswith(f"{other}/") for other in gone):
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
            self._created.count(undone=-1)
            self._created.tell(
                last_of(url),
                f"exchange {made} made it, its DELETE did not find it, and "
                "nothing has shown it by this name",
            )

    def _end_what_came_about(self, gone_by: Sequence[TakenBack], gone: Collection[str]) -> None:
        """Take back what came about beside what was made and is ours for certain; tell the rest."""
        catalogue, known = self._links.catalogue, {one.url for one in self._created.to_undo}
        missing = Counter(map(_collection_of, gone_by))
        found = come_about(
            self._links,
            self._ledger,
            self._settings.origin,
            self._look_once,
            self._witness.ours,
            missing,
        )
        new = [one for one in found if one.undo.url not in known and one.undo.url not in gone]
        ours = [one for one in new if one.ours]
        for one in ours:
            with suppress(Failed):  # a look tells
                self._asking.ask(one.undo, new=False, last=True)
        shown = {one.shelf.look.url: self._asking.shown(one.shelf.look) for one in ours}
        for one in new:
            collection = catalogue.listed_by(one.shelf.listing.id)
            if collection is not None and missing[collection.path]:
                missing[collection.path] -= 1  # it was counted, and has another name
                self._created.count(started=-one.ours, undone=-1)
            if one.ours:
                self._count(one, shown[one.shelf.look.url])
            else:
                where = f"GET {one.shelf.listing.path}"
                self._created.leave(one.undo, f"came about, says {where}, and bears what was sent")

    def _count(self, one: CameAbout, shown: Response | None) -> None:
        """Count what came about and was taken back, or left as a list shows since."""
        now = one.shelf.things(shown)
        left = now is None or one.name in now
        self._created.count(started=1, undone=not left)
        if left:
            where = f"GET {one.shelf.listing.path}"
            self._created.leave(one.undo, f"came about, and {where} shows it after its DELETE")


def _collection_of(one: TakenBack) -> str:
    return one.made.instance.collection if one.made.instance is not None else ""
