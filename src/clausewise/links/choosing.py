"""Choosing values: which of the things that were seen a place of a request may name, and how."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from clausewise.links.binding import ANY, Chosen, Wanted
from clausewise.links.catalogue import Catalogue
from clausewise.links.givers import Givers
from clausewise.links.names import as_read, leads_elsewhere
from clausewise.links.needs import Need, bare, fits
from clausewise.links.proving import Proofs
from clausewise.links.seen import Instance, ranked, unusual
from clausewise.links.things import MOST_CANDIDATES, Things


class Choosing:
    """Finds values for places among what was seen, and asks for things where nothing was."""

    def __init__(
        self, catalogue: Catalogue, things: Things, proofs: Proofs, givers: Givers
    ) -> None:
        """It reads what the others know."""
        self._catalogue = catalogue
        self._things = things
        self._proofs = proofs
        self._givers = givers

    def choose(self, need: Need, wanted: Wanted = ANY) -> Chosen | None:
        """A value for a place, made or looked for where none is known. Raises Stopped."""
        own = wanted.own
        if own:
            self._make_sure(need)
        chosen = self._first(need, wanted)
        in_vain = self._proofs.in_vain(need)
        untried = chosen is not None and chosen.value not in in_vain
        if untried or (len(in_vain) >= MOST_CANDIDATES and wanted.changed_by is None):
            return chosen
        if chosen is not None and not own:
            return chosen
        fallback = chosen
        for sources in self._sources(need, wanted):
            for source in sources:
                if source == need.operation or not self._givers.ask(source):
                    continue
                chosen = self._first(need, wanted)
                if chosen is not None:
                    return chosen
                self._givers.gave_nothing(source)
        return fallback

    def _make_sure(self, need: Need) -> None:
        """Ask once more for what may have been there before, to tell whether it was made."""
        given_out = self._things.given_out
        for path in need.collections:
            for maker in self._catalogue.collections[path].makers:
                if given_out.undecided(maker):
                    self._givers.repeat(maker)

    def another(self, need: Need) -> bool:
        """Whether there is a value that was not tried yet at a place where others were refused."""
        tried = 0 < len(self._proofs.in_vain(need)) < MOST_CANDIDATES
        return tried and next(self._untried(need, False), None) is not None

    def knows(self, need: Need) -> bool:
        """Whether anything was seen that a place could name."""
        return next(self._all(need, False), None) is not None

    def context(self, need: Need) -> tuple[str, ...]:
        """The path values around the first thing of this run that a place could name."""
        made = (one.instance for one in self._all(need, True) if one.instance.made)
        return next((instance.context for instance in made), ())

    def names_of(self, instance: Instance, need: Need) -> list[str]:
        """What a thing may be called at a place, the likeliest first; only what fits there."""
        failed = self._proofs.failed(need)
        fitting = [
            value
            for expression, value in self.names(need, instance)
            if fits(need, as_read(need, value)) and self._proofs.is_sure(need, instance, expression)
        ]
        return [str(v) for v in sorted(fitting, key=lambda value: value in failed)]

    def names(self, need: Need, instance: Instance) -> list[tuple[str, Any]]:
        """What may name a thing at a place: first what a safe operation of that path took."""
        operation = self._catalogue.contract.operations[need.operation]
        path = bare(operation.path)
        if need.by_format:
            return self._by_format(need, instance)
        known = self._proofs.goes_by(path) if path == f"{need.around}/{{}}" else ()
        # What things of this kind are known to go by there, whoever told of them.
        members = self._proofs.members(need)
        names = sorted(
            ranked(need, instance), key=lambda one: one[0].rpartition("/")[2] not in members
        )
        by_looks = list(unusual(need, instance))
        if not operation.safe:
            by_looks = [
                (expression, value)
                for expression, value in by_looks
                if self._proofs.is_shown(need, instance, expression)
                and self._things.tells_apart(instance, expression)
            ]
        taken = [one for one in (*names, *by_looks) if (instance.source, one[0]) in known]
        if not operation.safe:
            names = names[:1]  # what changes things is sent no guess beyond the likeliest
        by_looks = [one for one in by_looks if one not in taken]
        return [*taken, *(one for one in names if one not in taken), *by_looks]

    def _by_format(self, need: Need, instance: Instance) -> list[tuple[str, Any]]:
        """What a thing goes by where it is asked for, or its only name of a place's format."""
        known = self._proofs.goes_by(f"{instance.collection}/{{}}")
        told = (one for one in instance.names.items() if one[0].startswith("$response"))
        fitting = [one for one in told if fits(need, one[1])]
        taken = [one for one in fitting if (instance.source, one[0]) in known]
        return taken or (fitting if len(fitting) == 1 else [])

    def _first(self, need: Need, wanted: Wanted) -> Chosen | None:
        """The likeliest value for a place: those that were refused there come last."""
        deleted = self._is_deleted_by(wanted)
        known = self._untried(need, wanted.own, deleted)
        untried = next((one for one in known if self._will_do(one, wanted)), None)
        if untried is not None:
            return untried
        failed = self._proofs.in_vain(need)
        known = (one for one in self._all(need, wanted.own, deleted) if one.value in failed)
        return next((one for one in known if self._will_do(one, wanted)), None) if failed else None

    def _will_do(self, one: Chosen, wanted: Wanted) -> bool:
        changed_by = wanted.changed_by
        if changed_by is not None and one.instance.changed_by not in changed_by:
            return False
        if any(one.instance is other for other in wanted.beside):
            return False
        return not (wanted.empty and self._things.has_within(one))

    def _is_deleted_by(self, wanted: Wanted) -> bool:
        """Whether what is wanted is a thing just after its DELETE."""
        operations = self._catalogue.contract.operations
        changed_by = (operations.get(name) for name in wanted.changed_by or ())
        return any(one is not None and one.method == "DELETE" for one in changed_by)

    def _untried(self, need: Need, own: bool, deleted: bool = False) -> Iterator[Chosen]:
        """What was not tried in vain; where one collection was, the others have their turn."""
        failed = self._proofs.in_vain(need)
        untried = (one for one in self._all(need, own, deleted) if one.value not in failed)
        if not failed or len(need.collections) < 2:
            return untried
        all_ = (one for there in (True, False) for one in self._all(need, own, there))
        known = {one.value: one.instance.collection for one in all_}
        in_vain = Counter(known[value] for value in failed if value in known)
        return iter(sorted(untried, key=lambda one: in_vain[one.instance.collection]))

    def _all(self, need: Need, own: bool, deleted: bool = False) -> Iterator[Chosen]:
        for thing, expression, value in self._things.told(need, own):
            if fits(need, as_read(need, value)):
                yield Chosen(need, thing, expression, value)
        for path in need.collections:
            for instance in self._things.of(path, deleted):
                if own and (not instance.made or self._things.given_out.may_be_theirs(instance)):
                    continue
                for expression, value in self.names(need, instance):
                    if own and not self._proofs.is_sure(need, instance, expression):
                        continue
                    if own and need.part == "path" and leads_elsewhere(str(value)):
                        continue
                    if fits(need, as_read(need, value)):
                        yield Chosen(need, instance, expression, value)

    def _sources(self, need: Need, wanted: Wanted) -> Iterator[list[str]]:
        """The operations that may give a value: those that links name, makers, then lists.

        What a thing is to be changed by gives such a thing.
        """
        if wanted.changed_by is not None and "" not in wanted.changed_by:
            yield [*wanted.changed_by]
            return
        yield [told.source for told in self._catalogue.told if told.operation == need.operation]
        for path in need.collections:
            collection = self._catalogue.collections[path]
            others = (*collection.lists, *collection.shown_by)
            yield [*collection.makers, *(() if wanted.own else others)]
