"""The things that a run has seen: made, listed, or handed on by a document's links."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from clausewise.contract.runtime import evaluated, is_expression
from clausewise.exchange import Response
from clausewise.links.additions import Additions
from clausewise.links.addresses import LOCATION, in_location
from clausewise.links.binding import Chosen
from clausewise.links.catalogue import Catalogue
from clausewise.links.given_out import GivenOut
from clausewise.links.inner import shown_within
from clausewise.links.items import is_name, names_anywhere
from clausewise.links.needs import Need
from clausewise.links.nouns import names_at, noun_named
from clausewise.links.seen import Instance, all_created_by, listed_by, ranked
from clausewise.pointer import ABSENT, escape
from clausewise.record.ledger import Entry

# So many values are tried for one operation before it is left without a link.
MOST_CANDIDATES = 4
# What goes on after it was accepted, and what it is called.
_ACCEPTED = 202
_JOBS = frozenset({"job", "operation", "process", "run", "task"})

# Operation, part and pointer; and what is handed on to such a place: thing, expression and value.
_Place: TypeAlias = tuple[str, str, str]
_Told: TypeAlias = tuple[Instance, str, Any]


class Things:
    """What was seen, by collection; what is gone is kept and names nothing any more."""

    def __init__(self, catalogue: Catalogue, drew: Callable[[str], bool]) -> None:
        """Nothing was seen yet. `drew` says whether nobody but this run comes upon a text."""
        self._catalogue = catalogue
        self.given_out = GivenOut(catalogue, drew)
        self._operations = catalogue.contract.operations
        self._instances: dict[str, list[Instance]] = {}
        self._identified: dict[tuple[str, ...], Instance] = {}
        self._additions = Additions(catalogue)
        # By operation and place, what the document's own links hand on.
        self._told: dict[_Place, list[_Told]] = {}
        # The same of members that are just called like what is asked for.
        self._called_so: dict[_Place, list[_Told]] = {}

    def saw(self, entry: Entry, made: list[Instance]) -> None:
        """Take note of what an accepted request `made`, and of what it listed."""
        for one in made:
            one.entries = (*entry.after, entry.id)
            was_seen = self._is_known(one) or self._additions.had(one)
            one.before = self.given_out.is_given_out(entry, one) or was_seen
            # What was made of a broken request may be broken.
            if not one.before and entry.case.expect == "accepted":
                self._instances.setdefault(one.collection, []).append(one)
        self._hand_on(entry, made[0] if made else None)
        operation = self._operations[entry.case.operation]
        self._additions.saw(operation, entry.exchange)
        first = made[0] if made else None
        inner = shown_within(self._catalogue, operation, entry.exchange, first)
        for instance in (*listed_by(self._catalogue, operation, entry.exchange), *inner):
            instance.entries = (entry.id,)
            if self._is_known(instance):
                continue
            known = self._instances.setdefault(instance.collection, [])
            listed = sum(1 for one in known if not one.made and not one.gone)
            if listed < MOST_CANDIDATES or instance.made:
                known.append(instance)

    def made_by(self, entry: Entry, named: bool) -> list[Instance]:
        """What a request made; `named` says that its path has a new name for that."""
        operation = self._operations[entry.case.operation]
        made = all_created_by(self._catalogue, operation, entry.exchange, named)
        if len(made) == 1:
            added = self._additions.made(operation, entry.exchange, made[0])
            return [added] if added is not None else made
        return made

    def is_named(self, thing: Instance, sure: Callable[[Need, str], bool]) -> bool:
        """Whether anything that is `sure` names a thing in its path, or it has none."""
        needs = [
            self._catalogue.path_needs(one.id)[-1]
            for one in self._catalogue.things_at(thing.collection)[:1]
        ]
        return not needs or any(
            expression.startswith("$response") or sure(need, expression)
            for need in needs
            for expression, _ in ranked(need, thing)
        )

    def looked_up(self, list_: Entry, entry: Entry, made: Instance) -> Instance:
        """What a create made, by what a list shows of it since: itself where that is nothing."""
        added = self._additions.listed(list_.exchange, entry.exchange, made)
        if added is None:
            return made
        added.source = list_.case.operation
        # It was seen in the list before it was known whose it is.
        known, told = self._instances.get(added.collection, []), added.names.items()
        self._instances[added.collection] = [
            one for one in known if one.made or not one.names.items() <= told
        ]
        if added.identity is not None:
            self._identified.pop(added.identity, None)
        return added

    def of(self, collection: str, deleted: bool = False) -> list[Instance]:
        """The things of a collection that may be asked about, those of this run first.

        Where a thing is wanted as its DELETE left it, they are the `deleted` ones.
        """
        known = [
            one
            for one in self._instances.get(collection, ())
            if (one.gone if deleted else one.usable)
        ]
        return sorted(known, key=lambda one: not one.made)

    def told(self, need: Need, own: bool) -> list[_Told]:
        """What replies hand on to a place: the thing, the expression and the value.

        Of this run's `own` is what links of the document give of its things: an invoice that it
        made may just as well name a customer who was there before.
        """
        place = (need.operation, *need.place)
        known = self._told.get(place, [])
        if own:
            known = [one for one in known if one[0].made]
        else:
            known = [*known, *self._called_so.get(place, ())]
        return [one for one in known if one[0].usable]

    def wanted(self, instance: Instance) -> bool:
        """Whether a thing should stay for now: it is the one that others are asked about."""
        known = self._instances.get(instance.collection, ())
        return next((one for one in known if one.made and one.usable), None) is instance

    def lose(self, thing: Instance, name: str) -> None:
        """Take note that a thing is gone that goes by a name, and all within it."""
        thing.gone = True
        within = (*thing.context, name)
        for path, instances in [*self._instances.items()]:
            if path.startswith(f"{thing.collection}/{{}}/"):
                for instance in instances:
                    if instance.context[: len(within)] == within:
                        instance.gone = True

    def tells_apart(self, instance: Instance, expression: str) -> bool:
        """Whether a value is another one in each of several things that came of one operation."""
        kin = (
            o for o in self._instances.get(instance.collection, ()) if o.source == instance.source
        )
        values = [str(one.names.get(expression)) for one in kin]
        return 1 < len(values) == len(set(values))

    def has_within(self, one: Chosen) -> bool:
        """Whether a thing that this run made stands within another one, or was made with it."""
        outer = one.instance.context
        # What it is called, not what it is within: that has other things as well.
        names = {str(value) for _, value in ranked(one.need, one.instance)}
        below = f"{one.instance.collection}/{{}}/"
        for path, instances in self._instances.items():
            for inner in instances:
                if inner.gone or inner.within or not inner.made:
                    continue
                if not inner.counted and not self._catalogue.collections[path].lists:
                    continue  # something was done to a thing, which is none by itself
                context = inner.context if path.startswith(below) else ()
                named = context[len(outer) :][:1] if context[: len(outer)] == outer else ()
                if names.intersection(named) or one.instance in inner.upon:
                    return True
        return False

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
        if response is not None and self._catalogue.nowhere:
            self._hand_on_by_name(entry, response, made)
        for told in self._catalogue.told:
            if told.source != entry.case.operation or response is None:
                continue
            if told.status not in (str(response.status), f"{response.status // 100}XX", "default"):
                continue
            value = told.expression
            if is_expression(value):
                operations = self._operations.values()
                value = evaluated(value, entry.exchange.request, response, operations)
            if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
                continue
            thing = made or Instance("", told.source, {}, entries=(*entry.after, entry.id))
            place = told.operation, told.part, f"/{escape(told.name)}"
            _hand_to(self._told.setdefault(place, []), (thing, str(told.expression), value))

    def _hand_on_by_name(self, entry: Entry, response: Response, made: Instance | None) -> None:
        """Take what a reply names of what is asked for elsewhere, and nothing makes.

        A member of just its name does (`POST /carts/{id}/checkout` gives the `orderId` of
        `/orders/{orderId}`, or the `id` of an `order`), and an address of it. What was only
        accepted (202; RFC 9110, section 15.3.3) goes on as a job, which may be called by a plain
        `id`.
        """
        nowhere, body = self._catalogue.nowhere, response.json_or_none
        found = [
            (need, f"$response.body#{pointer}", value)
            for pointer, value in names_anywhere(body)
            for name in names_at(pointer)
            for need in nowhere.get(name, ())
        ]
        leads_on = response.status == _ACCEPTED or response.header("location") is not None
        for need in (n for needs in nowhere.values() for n in needs) if leads_on else ():
            operation = self._operations[need.operation]
            value = in_location(entry.exchange, need.name, operation)
            if value is not ABSENT:
                found.append((need, f"{LOCATION}.{need.name}", value))
            elif response.status == _ACCEPTED and noun_named(need.name)[0] in _JOBS:
                called = body.get("id") if isinstance(body, dict) else None
                if is_name(called):
                    found.append((need, "$response.body#/id", called))
        for need, expression, value in found:
            thing = made or Instance("", entry.case.operation, {}, entries=(entry.id,))
            place = (need.operation, *need.place)
            # A job that has gone on for a while shows more than one that has just begun.
            first = response.status != _ACCEPTED
            _hand_to(self._called_so.setdefault(place, []), (thing, expression, value), first)


def _hand_to(known: list[_Told], told: _Told, first: bool = True) -> None:
    if len(known) < MOST_CANDIDATES or (told[0].made and first):
        known.insert(0 if first else len(known), told)
