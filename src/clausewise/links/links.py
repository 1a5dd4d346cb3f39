"""Links: ids that come from what was seen, where no pack says where they come from.

Candidates are told by name, path and schema (`catalogue.py`). What was seen is in `things.py`, what
requests showed of links in `proving.py`; `choosing.py` chooses among the things, `givers.py` asks
for more of them, and `presence.py` looks whether one is still there.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from itertools import count
from typing import Any
from uuid import uuid4

from msgspec.structs import replace

from clausewise.contract import Operation
from clausewise.judge.outcomes import GONE, MULTI_STATUS
from clausewise.links.binding import ANY, Binding, Wanted, place_in
from clausewise.links.catalogue import Catalogue
from clausewise.links.choosing import Choosing
from clausewise.links.givers import Givers
from clausewise.links.names import as_read, made_up, new_name, nobody
from clausewise.links.needs import Need
from clausewise.links.nouns import noun_named
from clausewise.links.presence import Presence
from clausewise.links.proving import Link, Proofs, declared
from clausewise.links.seen import Instance
from clausewise.links.things import Things
from clausewise.pack import Pack
from clausewise.plan.case_values import is_about, pinned_names, value_at
from clausewise.plan.cases import Case, MissingValueError, Unsupplied
from clausewise.pointer import ABSENT, escape, put
from clausewise.record.ledger import Entry

# The parts of a request that may say where a thing stands, beside its path.
_BESIDE = ("query", "header", "cookie")


class Links:
    """The things that a run has seen, and what binds them to what it asks."""

    def __init__(
        self,
        pack: Pack,
        catalogue: Catalogue,
        least: Callable[[str, object], Case],
        send: Callable[[Case, Sequence[int]], Entry],
        preparing: threading.RLock,
        drew: Callable[[str], bool],
    ) -> None:
        """`least` gives the smallest lawful request of an operation, or raises Unsupplied.

        `preparing` is held while something is sent for others; `drew` says whether nobody but this
        run can have come upon a text.
        """
        self._pack = pack
        self.catalogue = catalogue
        self.drew = drew
        self._things = Things(catalogue, drew)
        self._proofs = Proofs()
        self._givers = Givers(least, send)
        self._choosing = Choosing(catalogue, self._things, self._proofs, self._givers)
        self._presence = Presence(catalogue, self._proofs, self._givers, send)
        # Of the operations that may make what they name, those that found nothing of a new name.
        self._only_changes: set[str] = set()
        # Whether a list is being looked into: what that needs made is looked up by nobody.
        self._is_looking = False
        self._run = uuid4()
        self._numbers = count(1)
        self._lock = preparing

    def observe(self, entry: Entry, binding: Binding) -> list[Instance]:
        """Take note of what an accepted request made or listed; gives what it made.

        Of several things some may have been made, though others were refused.
        """
        if entry.outcome != "accepted" and entry.exchange.status != MULTI_STATUS:
            return []
        with self._lock:
            made = self._things.made_by(entry, self._has_new_name(entry.case, binding))
            if len(made) == 1:
                made = [self._looked_up(entry, made[0])]
            for thing in made:
                thing.upon = tuple(one.instance for one in binding.chosen)
                thing.beside = {part: entry.case.value.get(part) for part in _BESIDE}
            self._givers.served(entry)
            self._things.saw(entry, made)
        return made

    def _has_new_name(self, case: Case, binding: Binding) -> bool:
        """Whether a request's path has a name that nothing had before; for a POST an odd one is."""
        posted = self._pack.contract.operations[case.operation].method == "POST"
        ends = {need.name for need in self.catalogue.path_needs(case.operation)[-1:] if posted}
        new = binding.naming is not None or bool(ends & pinned_names(case))
        return new or self._is_within_ours(case.operation, binding)

    def _is_within_ours(self, operation: str, binding: Binding) -> bool:
        """Whether a request puts something into a thing that this run made."""
        if not self.catalogue.relates(self._pack.contract.operations[operation]):
            return False
        around = [need.place for need in self.catalogue.path_needs(operation)[-2:-1]]
        return any(one.instance.made for one in binding.chosen if one.need.place in around)

    def _looked_up(self, entry: Entry, made: Instance) -> Instance:
        """What was made, as its list shows it where its reply has no name for it."""
        operation = self._pack.contract.operations[entry.case.operation]

        def sure(need: Need, expression: str) -> bool:
            return self._proofs.is_sure(need, made, expression)

        unnamed = made.counted and operation.method == "POST" and not self._is_looking
        if not unnamed or self._things.is_named(made, sure):
            return made
        listed = self.catalogue.collections[made.collection].lists
        reader = self._presence.reader_at(operation)
        if reader is None or reader.id not in listed:
            return made
        self._is_looking = True
        try:
            with suppress(Unsupplied, MissingValueError):
                shown = self._presence.read_at(operation, entry.exchange.request.path)
                if shown is not None and shown.outcome == "accepted":
                    return self._things.looked_up(shown, entry, made)
        finally:
            self._is_looking = False
        return made

    def wanted(self, instance: Instance) -> bool:
        """Whether a thing should stay for now: it is the one that others are asked about."""
        with self._lock:
            return self._things.wanted(instance)

    def gives_out(self, operation: str) -> bool:
        """Whether an operation is known to answer with what is there already."""
        return self._things.given_out.gives_out(operation)

    def may_be_theirs(self, thing: Instance) -> bool | None:
        """Whether a thing that a create answered with may have been there; None: not known yet."""
        given_out = self._things.given_out
        if thing.unsure and given_out.undecided(thing.source):
            return None
        return given_out.may_be_theirs(thing)

    def bind(
        self,
        case: Case,
        given: Iterable[str] = (),
        wanted: Wanted = ANY,
        of_members: Wanted = ANY,
    ) -> Binding:
        """The values that a case needs, `given` are the path parameters that have one.

        `wanted` says which thing the request may be about, `of_members` which ones its members may
        name. Raises Stopped.
        """
        operation = self._pack.contract.operations[case.operation]
        binding = Binding()
        if case.kind == "scenario":
            return binding
        with self._lock:
            needs = self.catalogue.needs(operation.id)
            on_path = self.catalogue.path_needs(operation.id)
            taken = {*given, *pinned_names(case)}
            relates = self.catalogue.relates(operation)
            for need in reversed(on_path):
                about = wanted
                if relates and need is on_path[-1]:
                    # What it is put into has to be ours; itself, where the run can make one.
                    others = (path for path in need.collections if path != need.around)
                    about = replace(wanted, own=any(map(self.catalogue.is_made, others)))
                if need.name not in taken and need.name not in binding.path:
                    anew = wanted.within is not None and need is on_path[-1]
                    if not anew and not self._is_elsewhere(case, operation, need, on_path):
                        self._bind_path(need, on_path, taken, binding, about)
                    if need is on_path[-1] and need.name not in binding.path:
                        self._name_anew(operation, need, binding)
                        self._name_nobody(operation, need, binding)
                if wanted.within is not None:
                    wanted = Wanted(own=True, changed_by=wanted.within)
                elif not (relates and need is on_path[-1]):
                    wanted = ANY  # only what the request is about has to be ours
            for need in needs:
                if need.guessed and not of_members.guessed:
                    continue
                if need.part != "path" and value_at(case, *place_in(need)) is not ABSENT:
                    self._bind_member(case, need, binding, of_members)
        return binding

    def is_made(self, need: Need, value: str) -> bool:
        """Whether a value at a place names a thing that this run has made."""
        with self._lock:
            known = (one for path in need.collections for one in self._things.of(path))
            return any(one.made and value in map(str, one.names.values()) for one in known)

    def told(self, entry: Entry, binding: Binding) -> None:
        """Take note of what became of a request with what was bound."""
        operation = self._pack.contract.operations[entry.case.operation]
        if entry.outcome == "accepted" and not operation.safe:
            for one in binding.chosen:
                one.instance.changed_by = operation.id
        if entry.case.expect == "refused" or entry.case.credential != "ours":
            return
        with self._lock:
            if entry.outcome in ("refused", "conflict"):
                self._things.given_out.refused(entry)
            if binding.naming is not None and entry.exchange.status in GONE:
                self._only_changes.add(operation.id)  # it makes nothing, whatever its name
            for one in binding.chosen:
                self._proofs.used(entry, operation, one)
            target = binding.target
            # With an odd value elsewhere in the path, it was asked for at another place.
            if target is not None and entry.outcome == "refused" and not pinned_names(entry.case):
                # A thing of this run may go by another name at the same place.
                made = target.instance.made
                others = made and len(self._choosing.names(target.need, target.instance)) > 1
                self._proofs.refused(entry, operation, target, others)

    def read_at(self, operation: Operation, path: Mapping[str, Any]) -> Entry | None:
        """What a safe operation of just the path of another one says; None where there is none.

        `path` has the values of the path parameters. Raises Stopped.
        """
        return self._presence.read_at(operation, path)

    def read_back(self, thing: Instance) -> Entry | None:
        """What a safe operation says of a thing that was made; None where none finds it by name."""
        return self._presence.read_back(thing)

    def looked_for(self, entry: Entry, binding: Binding) -> Entry | None:
        """The exchange that shows that a thing of ours is gone, of which one was refused.

        None where that cannot be told. Raises Stopped.
        """
        return self._presence.looked_for(entry, binding)

    def destroyed(self, binding: Binding) -> None:
        """Take note that what a request was about is gone, and all within it."""
        with self._lock:
            for one in binding.chosen[:1]:
                self._things.lose(one.instance, str(one.value))

    def restored(self, binding: Binding) -> list[Instance]:
        """The thing of the run that was deleted, and is there again since something was done to it.

        Where that was no more than a change to what was deleted, a look tells.
        """
        with self._lock:
            back = [one.instance for one in binding.chosen[:1] if one.instance.gone]
            for thing in back:
                thing.gone = False
        return back

    def taken_back(self, thing: Instance, name: str) -> None:
        """Take note that a thing of the run's, by that name, is gone, and all within it.

        It holds no lock: whoever takes a thing back may hold one that others wait for.
        """
        self._things.lose(thing, name)

    def another(self, operation: str) -> bool:
        """Whether there is a value that was not tried yet for what an operation is about."""
        with self._lock:
            on_path = self.catalogue.path_needs(operation)
            return any(self._choosing.another(need) for need in on_path[-1:])

    def probe(self, entry: Entry, binding: Binding) -> Case | None:
        """A request like an accepted one with a made-up id, where that would prove a link."""
        operation = self._pack.contract.operations[entry.case.operation]
        target = binding.target
        if not operation.safe or target is None or entry.outcome != "accepted":
            return None
        name = made_up(target.need) if self._proofs.would_tell(operation, target) else None
        if name is None:
            return None
        at = f"/path/{escape(target.need.name)}"
        value = put({"path": {}} | dict(entry.case.value), at, as_read(target.need, name))
        return replace(
            entry.case,
            id=f"{operation.id}/made-up-id",
            kind="supply",
            expect="either",
            label=f"whether a {target.need.name} that nobody was given is refused",
            probes=(),
            value=value,
            needs=None,
            levels={},
            group=None,
            pinned=frozenset({at}),
        )

    def probed(self, binding: Binding, answer: Entry) -> None:
        """Take note of what became of a made-up id."""
        assert binding.target is not None
        with self._lock:
            self._proofs.probed(binding.target, answer)

    def unproved(self, binding: Binding) -> list[str]:
        """The places of a request whose values only assumed links bind, as `part#pointer`."""
        with self._lock:
            return [
                f"{one.need.part}#{one.need.pointer}"
                for one in binding.chosen
                if not self._proofs.is_proved(one)
            ]

    def knows(self, need: Need) -> bool:
        """Whether anything was seen that a place could name."""
        return self._choosing.knows(need)

    def names_of(self, instance: Instance, need: Need) -> list[str]:
        """What a thing may be called at a place, the likeliest first; only what fits there."""
        return self._choosing.names_of(instance, need)

    @property
    def found(self) -> list[Link]:
        """The links of the run, declared ones among them, in the order of their discovery."""
        with self._lock:
            return [*declared(self._pack), *self._proofs.links]

    def _bind_path(
        self,
        need: Need,
        needs: list[Need],
        taken: set[str],
        binding: Binding,
        wanted: Wanted,
    ) -> None:
        chosen = self._choosing.choose(need, wanted)
        if chosen is None:
            return
        binding.chosen.append(chosen)
        binding.path[need.name] = str(chosen.value)
        if chosen.instance.collection != need.around:
            return
        for other, value in zip(needs, chosen.instance.context, strict=False):
            if other.name not in taken:
                binding.path[other.name] = value

    def _is_elsewhere(
        self, case: Case, operation: Operation, need: Need, on_path: list[Need]
    ) -> bool:
        """Whether a request is meant to make a thing elsewhere than the first one is.

        What names nothing that comes and goes (an enum in the path) is varied as it was planned.
        """
        if need is not on_path[-1] or not self.catalogue.names_what_it_makes(operation):
            return False
        if operation.method == "POST":
            return True  # a second one of a thing's name is mostly refused
        context = self._choosing.context(need)
        planned = {n.name: str(value_at(case, *place_in(n))) for n in on_path if n.listed}
        around = zip(on_path, context, strict=False)
        return any(planned.get(other.name, value) != value for other, value in around)

    def _name_anew(self, operation: Operation, need: Need, binding: Binding) -> None:
        """Give what is to be made a name of its own: what it would find belongs to others."""
        if self.catalogue.names_what_it_makes(operation) and operation.id not in self._only_changes:
            name = new_name(need, (self._run, next(self._numbers)))
            if name is not None:
                binding.path[need.name], binding.naming = name, need.name

    def _name_nobody(self, operation: Operation, need: Need, binding: Binding) -> None:
        """Where nothing is known that a request could change, let it name what nobody has.

        A planned value is as good, and somebody may have it; a documented one is meant.
        """
        spared = operation.safe or self.catalogue.destroys(operation) or self.knows(need)
        if spared or need.documented or need.name in binding.path:
            return
        name = nobody(need)
        if name is not None:
            binding.path[need.name], binding.of_nobody = name, True

    def _bind_member(self, case: Case, need: Need, binding: Binding, wanted: Wanted) -> None:
        if is_about(case, *place_in(need)):
            return
        kinds = [one.collections for one in self.catalogue.path_needs(case.operation)[-1:]]
        safe = self._pack.contract.operations[case.operation].safe
        if not safe and _says_more_of_it(case, need):
            wanted = replace(wanted, own=True)  # some servers change what they are told of within
        if not safe and need.collections in kinds:
            # What is merged, or paid, into another one of its kind is another one, and ours.
            about = binding.target.instance if binding.target is not None else None
            beside = (about,) if about is not None else ()
            wanted = replace(wanted, own=about is None or about.made, beside=beside)
        # Who pays and who is paid are two, where there are two.
        others = tuple(
            one.instance
            for one in binding.chosen
            if one.need.part != "path" and one.need.collections == need.collections
        )
        ours = bool(others) and not safe and any(map(self.catalogue.is_made, need.collections))
        two = replace(wanted, own=wanted.own or ours, beside=(*wanted.beside, *others))
        chosen = self._choosing.choose(need, two)
        if chosen is None and others:
            chosen = self._choosing.choose(need, wanted)
        if chosen is not None:
            binding.chosen.append(chosen)


def _says_more_of_it(case: Case, need: Need) -> bool:
    """Whether a place is the name of an object within a body that says more of the same thing."""
    part, pointer = place_in(need)
    around, _, name = pointer.rpartition("/")
    described = value_at(case, part, around) if part == "request" and around else None
    return isinstance(described, dict) and len(described) > 1 and not noun_named(name)[0]
