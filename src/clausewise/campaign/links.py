"""Links: ids that come from what was seen, where no pack says where they come from.

Candidates are told by name, path and schema (`catalogue.py`). A link is *proved* where a safe
operation accepted a value of it and refused one that was made up; elsewhere it is *assumed*, and a
refusal proves nothing. A target that takes made-up ids needs no link.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any, Literal
from uuid import uuid4

from clausewise.campaign.catalogue import Catalogue, Need, bare, fits
from clausewise.campaign.names import as_read, made_up, new_name
from clausewise.campaign.requests import MissingValueError
from clausewise.campaign.seen import Instance, created_by, listed_by, ranked
from clausewise.campaign.values import is_about, pinned_names, value_at, with_value
from clausewise.contract import Operation
from clausewise.contract.runtime import evaluated, is_expression
from clausewise.judge.outcomes import GONE
from clausewise.pack import Pack
from clausewise.plan.cases import LAWFUL, Case, Unsupplied, again
from clausewise.pointer import ABSENT, escape, put
from clausewise.record.ledger import Entry

State = Literal["declared", "proved", "assumed"]
# So many values are tried for one operation before it is left without a link.
MOST_CANDIDATES = 4

# A place whatever its operation: for a path the template up to it, else operation, part, pointer.
_Spot = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Link:
    """Where values come from and where they go; `exchanges` show it."""

    name: str
    source: str
    expression: str
    to: tuple[tuple[str, str, str], ...]
    state: State
    exchanges: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Chosen:
    """One value for one place of a request, and the thing that it names."""

    need: Need
    instance: Instance
    expression: str
    value: Any


@dataclass(slots=True)
class Binding:
    """What a request is to be about: values, and the exchanges that they rest on."""

    chosen: list[Chosen] = field(default_factory=list)
    path: dict[str, str] = field(default_factory=dict)
    # The path parameter that names what is to be made, with a name that nothing has yet.
    naming: str | None = None

    @property
    def entries(self) -> tuple[int, ...]:
        """The exchanges that it takes to have what is bound."""
        return tuple(sorted({number for one in self.chosen for number in one.instance.entries}))


@dataclass(slots=True)
class _Known:
    """What became of one link: its places, what showed it, and whether it is proved."""

    name: str
    to: dict[tuple[str, str, str], None] = field(default_factory=dict)
    accepted: list[int] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)
    # Operations that take made-up values as well: they prove nothing, others may.
    careless: set[str] = field(default_factory=set)

    @property
    def proved(self) -> bool:
        return bool(self.accepted and self.refused)

    @property
    def needless(self) -> bool:
        return bool(self.careless) and not self.refused


class Links:
    """The things that a run has seen, and what binds them to what it asks."""

    def __init__(
        self,
        pack: Pack,
        catalogue: Catalogue,
        least: Callable[[str, object], Case],
        send: Callable[[Case, Sequence[int]], Entry],
    ) -> None:
        """`least` gives the smallest lawful request of an operation, or raises Unsupplied."""
        self._pack = pack
        self.catalogue = catalogue
        self._least = least
        self._send = send
        self._instances: dict[str, list[Instance]] = {}
        self._identified: dict[tuple[str, ...], Instance] = {}
        self._known: dict[tuple[_Spot, str, str], _Known] = {}
        # By operation and place, what the document's own links hand on.
        self._told: dict[tuple[str, str, str], list[tuple[Instance, str, Any]]] = {}
        # By spot, the values that were refused there before any was accepted.
        self._failed: dict[_Spot, list[Any]] = {}
        # By operation, the values of its last path parameter that it refused, though others take
        # them, and those that it took.
        self._refused_by: dict[str, list[Any]] = {}
        self._taken_by: dict[str, set[Any]] = {}
        # By path, the sources and expressions of what safe operations of just this path took.
        self._goes_by: dict[str, set[tuple[str, str]]] = {}
        # By spot, the members that proved links take values from.
        self._members: dict[_Spot, set[str]] = {}
        # Operations that gave nothing when they were asked for something.
        self._barren: set[str] = set()
        # By operation, the smallest lawful request that it accepted: another may be as well.
        self._served: dict[str, Case] = {}
        # Operations that refuse the least, and accept more.
        self._wanting_more: set[str] = set()
        # Of the operations that may make what they name, those that found nothing of a new name.
        self._only_changes: set[str] = set()
        self._run = uuid4()
        self._making: list[str] = []
        self._numbers = count(1)
        self._lock = threading.RLock()

    def declared(self, operation: str) -> bool:
        """Whether the pack says where the values of an operation come from."""
        return self._pack.supply_for(operation) is not None

    def observe(self, entry: Entry, named: bool = False) -> Instance | None:
        """Take note of what an accepted request made or listed; gives what it made.

        `named` says that its path has a new name for that.
        """
        if entry.outcome != "accepted":
            return None
        operation = self._pack.contract.operations[entry.case.operation]
        made = created_by(self.catalogue, operation, entry.exchange, named)
        with self._lock:
            if entry.case.kind in LAWFUL and entry.case.expect == "accepted":
                served = self._served.get(operation.id)
                if served is None or _size(entry.case) < _size(served):
                    self._served[operation.id] = entry.case
                    self._barren.discard(operation.id)
            if made is not None:
                made.entries = (*entry.after, entry.id)
                made.before = self._is_known(made)
            # What was made of a broken request may be broken.
            if made is not None and not made.before and entry.case.expect == "accepted":
                self._instances.setdefault(made.collection, []).append(made)
            self._hand_on(entry, made)
            for instance in listed_by(self.catalogue, operation, entry.exchange):
                instance.entries = (entry.id,)
                if self._is_known(instance):
                    continue
                known = self._instances.setdefault(instance.collection, [])
                listed = sum(1 for one in known if not one.made and not one.gone)
                if listed < MOST_CANDIDATES:
                    known.append(instance)
        return made

    def _is_known(self, instance: Instance) -> bool:
        """Whether a thing is one that was seen before, and still is there; it is known from now."""
        identity = instance.identity
        if identity is None:
            return False
        known = self._identified.get(identity)
        if known is not None and not known.gone:
            return True
        self._identified[identity] = instance
        return False

    def _hand_on(self, entry: Entry, made: Instance | None) -> None:
        """Evaluate the links that the document has for a reply."""
        response = entry.exchange.response
        for told in self.catalogue.told:
            if told.source != entry.case.operation or response is None:
                continue
            if told.status not in (str(response.status), f"{response.status // 100}XX", "default"):
                continue
            value = told.expression
            if is_expression(value):
                operations = self._pack.contract.operations.values()
                value = evaluated(value, entry.exchange.request, response, operations)
            if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
                continue
            thing = made or Instance("", told.source, {}, entries=(*entry.after, entry.id))
            place = told.operation, told.part, f"/{escape(told.name)}"
            known = self._told.setdefault(place, [])
            if len(known) < MOST_CANDIDATES or thing.made:
                known.insert(0, (thing, str(told.expression), value))

    def wanted(self, instance: Instance) -> bool:
        """Whether a thing should stay for now: it is the one that others are asked about."""
        with self._lock:
            known = self._instances.get(instance.collection, ())
            return next((one for one in known if one.made and not one.gone), None) is instance

    def bind(
        self, case: Case, given: Iterable[str] = (), *, own: bool = False, empty: bool = False
    ) -> Binding:
        """The values that a case needs, `given` are the path parameters that have one.

        `own` asks for a thing of this run alone, `empty` for one that has nothing within it.
        Raises Stopped.
        """
        operation = self._pack.contract.operations[case.operation]
        binding = Binding()
        if case.kind == "scenario":
            return binding
        with self._lock:
            needs = self.catalogue.needs(operation.id)
            on_path = self.catalogue.path_needs(operation.id)
            taken = {*given, *pinned_names(case)}
            for need in reversed(on_path):
                if need.name not in taken and need.name not in binding.path:
                    self._bind_path(need, on_path, taken, binding, (own, empty))
                    if need is on_path[-1] and need.name not in binding.path:
                        self._name_anew(operation, need, binding)
                        self._name_nobody(operation, need, binding)
                own = empty = False  # only what the request is about has to be ours
            for need in needs:
                if need.part != "path" and value_at(case, *_place_in(need)) is not ABSENT:
                    self._bind_member(case, need, binding)
        return binding

    def applied(self, case: Case, binding: Binding) -> Case:
        """The case with what is bound, but for path parameters."""
        operation = self._pack.contract.operations[case.operation]
        for one in binding.chosen:
            if one.need.part == "path":
                continue
            changed = with_value(operation, case, *one.need.place, one.value)
            if one.need.part != "request" or _lawful(operation, changed, case):
                case = changed
        return case

    def told(self, entry: Entry, binding: Binding) -> None:
        """Take note of what became of a request with what was bound."""
        operation = self._pack.contract.operations[entry.case.operation]
        if entry.case.expect == "refused" or entry.case.credential != "ours":
            return
        with self._lock:
            if binding.naming is not None and entry.exchange.status in GONE:
                self._only_changes.add(operation.id)  # it makes nothing, whatever its name
            for one in binding.chosen:
                self._file(entry, operation, one)
            target = next((one for one in binding.chosen if one.need.part == "path"), None)
            # With an odd value elsewhere in the path, it was asked for at another place.
            if target is not None and entry.outcome == "refused" and not pinned_names(entry.case):
                self._refused(entry, operation, target)

    def looked_for(self, entry: Entry, binding: Binding) -> Entry | None:
        """What a safe operation says of a thing of ours that another was refused with.

        Something may have taken it away that no document tells of: a session its kernel. Gives
        the exchange that shows it is gone, else None. Raises Stopped.
        """
        operation = self._pack.contract.operations[entry.case.operation]
        target = next((one for one in binding.chosen if one.need.part == "path"), None)
        if target is None or operation.safe or not target.instance.made or target.instance.gone:
            return None
        lost = entry.outcome == "crashed" or entry.exchange.status in GONE
        if not lost or entry.case.expect != "accepted" or pinned_names(entry.case):
            return None
        reader = self._reader_of(target)
        if reader is None:
            return None
        values = (*target.instance.context, str(target.value))
        case = self._like_one_served(reader.id, f"seen-{next(self._numbers)}")
        for need, value in zip(self.catalogue.path_needs(reader.id), values, strict=False):
            at = f"/path/{escape(need.name)}"
            whole = put({"path": {}} | dict(case.value), at, as_read(need, value))
            case = replace(case, value=whole, pinned=case.pinned | {at}, expect="either")
        answer = self._send(case, ())
        if answer.exchange.status not in GONE:
            return None
        target.instance.gone = True
        return answer

    def _reader_of(self, target: Chosen) -> Operation | None:
        """A safe operation of just the path of a thing, which tells such things apart by name."""
        known = self._known.get(self._key(target))
        path = f"{target.need.around}/{{}}"
        goes_by = target.instance.source, target.expression
        if known is None or not known.proved or goes_by not in self._goes_by.get(path, ()):
            return None
        asked = {operation for operation, _, _ in known.to} - known.careless
        return next((o for o in self.catalogue.at(path) if o.safe and o.id in asked), None)

    def destroyed(self, binding: Binding) -> None:
        """Take note that what a request was about is gone, and all within it."""
        with self._lock:
            for one in binding.chosen[:1]:
                one.instance.gone = True
                within = (*one.instance.context, str(one.value))
                for path, instances in self._instances.items():
                    if path.startswith(f"{one.instance.collection}/{{}}/"):
                        for instance in instances:
                            if instance.context[: len(within)] == within:
                                instance.gone = True

    def another(self, operation: str) -> bool:
        """Whether there is a value that was not tried yet for what an operation is about."""
        with self._lock:
            on_path = self.catalogue.path_needs(operation)
            return any(
                0 < len(self._in_vain(need)) < MOST_CANDIDATES
                and next(self._untried(need, False), None) is not None
                for need in on_path[-1:]
            )

    def probe(self, entry: Entry, binding: Binding) -> Case | None:
        """A request like an accepted one with a made-up id, where that would prove a link."""
        operation = self._pack.contract.operations[entry.case.operation]
        target = next((one for one in binding.chosen if one.need.part == "path"), None)
        if not operation.safe or target is None or entry.outcome != "accepted":
            return None
        known = self._known.get(self._key(target))
        if known is None or known.refused or operation.id in known.careless:
            return None
        nobody = made_up(target.need)
        if nobody is None:
            return None
        at = f"/path/{escape(target.need.name)}"
        value = put({"path": {}} | dict(entry.case.value), at, as_read(target.need, nobody))
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
        target = next(one for one in binding.chosen if one.need.part == "path")
        with self._lock:
            known = self._known[self._key(target)]
            if answer.outcome == "refused":
                known.refused.append(answer.id)
                spot = self._spot(target.need)
                self._members.setdefault(spot, set()).add(target.expression.rpartition("/")[2])
            elif answer.outcome == "accepted":
                known.careless.add(answer.case.operation)

    def unproved(self, binding: Binding) -> list[str]:
        """The places of a request whose values only assumed links bind, as `part#pointer`."""
        with self._lock:
            return [
                f"{one.need.part}#{one.need.pointer}"
                for one in binding.chosen
                if (known := self._known.get(self._key(one))) is None or not known.proved
            ]

    def knows(self, need: Need) -> bool:
        """Whether anything was seen that a place could name."""
        return next(self._all(need, False), None) is not None

    def names_of(self, instance: Instance, need: Need) -> list[str]:
        """What a thing may be called at a place, the likeliest first; only what fits there."""
        failed = self._failed.get(self._spot(need), [])
        fitting = [
            value
            for expression, value in self._names(need, instance)
            if fits(need, as_read(need, value)) and self._is_sure(need, instance, expression)
        ]
        return [str(v) for v in sorted(fitting, key=lambda value: value in failed)]

    @property
    def found(self) -> list[Link]:
        """The links of the run, declared ones among them, in the order of their discovery."""
        links = [
            Link(
                supply.name,
                supply.operation,
                expression,
                tuple(
                    (operation, *place)
                    for operation in supply.needed_by
                    for place, given in supply.placed(
                        operation, {one: one for one in supply.gives}
                    ).items()
                    if given == name
                ),
                "declared",
                (),
            )
            for supply in self._pack.supplies.values()
            for name, expression in supply.gives.items()
        ]
        with self._lock:
            for (_, source, expression), known in self._known.items():
                if known.accepted and not known.needless:
                    state: State = "proved" if known.proved else "assumed"
                    shown = (*known.accepted[:1], *known.refused[:1])
                    links.append(
                        Link(known.name, source, expression, tuple(known.to), state, shown)
                    )
        return links

    def _bind_path(
        self,
        need: Need,
        needs: list[Need],
        taken: set[str],
        binding: Binding,
        asked: tuple[bool, bool],
    ) -> None:
        chosen = self._choose(need, *asked)
        if chosen is None:
            return
        binding.chosen.append(chosen)
        binding.path[need.name] = str(chosen.value)
        if chosen.instance.collection != need.around:
            return
        for other, value in zip(needs, chosen.instance.context, strict=False):
            if other.name not in taken:
                binding.path[other.name] = value

    def _name_anew(self, operation: Operation, need: Need, binding: Binding) -> None:
        """Give what a PUT is to make a name of its own: what it would find belongs to others."""
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
        nobody = made_up(need)
        if nobody is not None:
            binding.path[need.name] = nobody

    def _bind_member(self, case: Case, need: Need, binding: Binding) -> None:
        if is_about(case, *_place_in(need)):
            return
        chosen = self._choose(need)
        if chosen is not None:
            binding.chosen.append(chosen)

    def _choose(self, need: Need, own: bool = False, empty: bool = False) -> Chosen | None:
        """A value for a place, made or looked for where none is known. Raises Stopped."""
        known = self._candidates(need, own)
        chosen = next((one for one in known if not (empty and self._has_within(one))), None)
        untried = chosen is not None and chosen.value not in self._in_vain(need)
        if untried or len(self._in_vain(need)) >= MOST_CANDIDATES:
            return chosen
        if chosen is not None and not own:
            return chosen
        fallback = chosen
        for sources in self._sources(need, own):
            for source in sources:
                if source == need.operation or not self._ask(source):
                    continue
                known = self._candidates(need, own)
                chosen = next((one for one in known if not (empty and self._has_within(one))), None)
                if chosen is not None:
                    return chosen
                self._barren.add(source)
        return fallback

    def _sources(self, need: Need, own: bool) -> Iterator[list[str]]:
        """The operations that may give a value: those that links name, makers, then lists."""
        yield [told.source for told in self.catalogue.told if told.operation == need.operation]
        for path in need.collections:
            collection = self.catalogue.collections[path]
            yield [*collection.makers, *(() if own else collection.lists)]

    def _has_within(self, one: Chosen) -> bool:
        """Whether there is a thing that this run made within another one, whatever its name."""
        outer = one.instance.context
        # What it is called, not what it is within: that has other things as well.
        names = {str(value) for _, value in ranked(one.need, one.instance)}
        return any(
            inner.made
            and not inner.gone
            and inner.context[: len(outer)] == outer
            and inner.context[len(outer)] in names
            for path, instances in self._instances.items()
            if path.startswith(f"{one.instance.collection}/{{}}/")
            for inner in instances
            if len(inner.context) > len(outer)
        )

    def _ask(self, source: str) -> bool:
        """Ask an operation for things; whether it accepted."""
        if source in self._barren or source in self._making:
            return False
        self._making.append(source)
        try:
            entry = self._send(self._to_give_a_thing(source, f"seen-{next(self._numbers)}"), ())
            if entry.outcome == "refused" and source in self._served.keys() - self._wanting_more:
                self._wanting_more.add(source)
                name = f"seen-{next(self._numbers)}"
                entry = self._send(self._like_one_served(source, name), ())
        except (Unsupplied, MissingValueError):
            self._barren.add(source)
            return False
        finally:
            self._making.pop()
        if entry.outcome != "accepted":
            self._barren.add(source)
        return entry.outcome == "accepted"

    def _to_give_a_thing(self, source: str, name: str) -> Case:
        if source in self._wanting_more:
            return self._like_one_served(source, name)
        return self._least(source, name)

    def _like_one_served(self, operation: str, name: str) -> Case:
        """The smallest lawful request that an operation accepted, else the least that it may get.

        The least need not do: of what a server wants the document may say nothing. Raises
        Unsupplied.
        """
        served = self._served.get(operation)
        if served is None:
            return self._least(operation, name)
        renewed = again(served, f"supply-{name}", None)
        label = "the least that was accepted, for a thing to ask about"
        return replace(renewed, kind="supply", label=label, probes=(), levels={}, group=None)

    def _candidates(self, need: Need, own: bool) -> Iterator[Chosen]:
        """The values for a place: those that were refused there come last."""
        yield from self._untried(need, own)
        failed = self._in_vain(need)
        if failed:
            yield from (one for one in self._all(need, own) if one.value in failed)

    def _untried(self, need: Need, own: bool) -> Iterator[Chosen]:
        failed = self._in_vain(need)
        return (one for one in self._all(need, own) if one.value not in failed)

    def _in_vain(self, need: Need) -> list[Any]:
        """The values that were refused at a place, by all or by its own operation."""
        refused = self._refused_by.get(need.operation, []) if need.part == "path" else []
        return [*self._failed.get(self._spot(need), []), *refused]

    def _all(self, need: Need, own: bool) -> Iterator[Chosen]:
        for thing, expression, value in self._told.get((need.operation, *need.place), ()):
            if not thing.gone and (thing.made or not own) and fits(need, as_read(need, value)):
                yield Chosen(need, thing, expression, value)
        for path in need.collections:
            known = [one for one in self._instances.get(path, ()) if not one.gone]
            for instance in sorted(known, key=lambda one: not one.made):
                if own and not instance.made:
                    continue
                for expression, value in self._names(need, instance):
                    if own and not self._is_sure(need, instance, expression):
                        continue
                    if fits(need, as_read(need, value)):
                        yield Chosen(need, instance, expression, value)

    def _names(self, need: Need, instance: Instance) -> list[tuple[str, Any]]:
        """What may name a thing at a place: first what a safe operation of that path took."""
        operation = self._pack.contract.operations[need.operation]
        path = bare(operation.path)
        known = self._goes_by.get(path, ()) if path == f"{need.around}/{{}}" else ()
        names = list(ranked(need, instance))
        if need.operation not in self._refused_by:
            # What things of this kind are known to go by there, whoever told of them.
            members = self._members.get(self._spot(need), ())
            names.sort(key=lambda one: one[0].rpartition("/")[2] not in members)
        taken = [one for one in names if (instance.source, one[0]) in known]
        if not operation.safe:
            names = names[:1]  # what changes things is sent no guess beyond the likeliest
        return [*taken, *(one for one in names if one not in taken)]

    def _is_sure(self, need: Need, instance: Instance, expression: str) -> bool:
        """Whether a value is certain to name this thing and no other.

        What only the request said is, where it bears the place's own name, or a link is proved.
        """
        if not expression.startswith("$request.body") or expression.endswith(f"#/{need.name}"):
            return True
        known = self._known.get((self._spot(need), instance.source, expression))
        return known is not None and known.proved

    def _file(self, entry: Entry, operation: Operation, one: Chosen) -> None:
        known = self._known.setdefault(self._key(one), _Known(_called(one)))
        known.to[operation.id, one.need.part, one.need.pointer] = None
        if entry.outcome == "accepted":
            known.accepted.append(entry.id)
            self._taken_by.setdefault(operation.id, set()).add(one.value)
            path = bare(operation.path)
            if operation.safe and path == f"{one.need.around}/{{}}":
                key = one.instance.source, one.expression
                self._goes_by.setdefault(path, set()).add(key)

    def _refused(self, entry: Entry, operation: Operation, target: Chosen) -> None:
        known = self._known[self._key(target)]
        if known.accepted:
            if target.value in self._taken_by.get(operation.id, ()):
                if known.proved and entry.exchange.status in GONE:
                    target.instance.gone = True  # something has taken it away
            elif operation.id not in self._taken_by and (operation.safe or self._has_other(target)):
                # Others take it. This one may have another name for the same thing.
                self._refused_by.setdefault(operation.id, []).append(target.value)
            return
        if operation.safe:
            self._failed.setdefault(self._spot(target.need), []).append(target.value)

    def _has_other(self, target: Chosen) -> bool:
        """Whether a thing of this run may go by another name at the same place."""
        return target.instance.made and len(self._names(target.need, target.instance)) > 1

    def _spot(self, need: Need) -> _Spot:
        if need.around is None:
            return need.operation, need.part, need.pointer
        return "", "path", f"{need.around}/{{}}"

    def _key(self, one: Chosen) -> tuple[_Spot, str, str]:
        return self._spot(one.need), one.instance.source, one.expression


def _called(one: Chosen) -> str:
    path = one.instance.collection
    fixed = [step for step in path.split("/") if step not in ("", "{}")]
    return fixed[-1] if fixed else one.need.name


def _size(case: Case) -> tuple[bool, int]:
    """How much a request asks for: an odd value may not be had twice, and members may fail."""
    return case.kind == "odd", sum(1 for lv in case.levels.values() if lv.value is not ABSENT)


def _place_in(need: Need) -> tuple[str, str]:
    """Where a need's value stands in a case; the first item stands for all of a list."""
    return need.part, need.pointer.replace("/*", "/0")


def _lawful(operation: Operation, changed: Case, before: Case) -> bool:
    """Whether a body is no less lawful with what was put into it."""
    if changed is before:
        return True
    return operation.request.accepts(changed.value) or not operation.request.accepts(before.value)
