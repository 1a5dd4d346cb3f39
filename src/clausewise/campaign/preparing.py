"""Making a case ready to be sent: what it needs, what it is about, and its credential."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from clausewise.campaign.remedies import Remedies
from clausewise.campaign.requests import Wire
from clausewise.campaign.sparing import Sparing
from clausewise.campaign.supplying import Supplies
from clausewise.campaign.tokens import Tokens
from clausewise.campaign.unique import Uniques
from clausewise.contract import Operation
from clausewise.exchange import Request
from clausewise.judge.outcomes import GONE
from clausewise.links.binding import Binding, Wanted, applied
from clausewise.links.links import Links
from clausewise.pack import Pack
from clausewise.pack.settings import Settings
from clausewise.plan.case_values import pinned_names, with_value
from clausewise.plan.cases import Case
from clausewise.pointer import look, put, unescape
from clausewise.record.ledger import Entry
from clausewise.values.fresh import keeps_place, renewed

# A number that a float has digits enough for, with a fraction.
_SHORT_NUMBER = re.compile(r"\d{1,12}")


class Ready(Struct):
    """A request that can be sent, the case it is of, and the exchanges `after` which it comes.

    `make` makes it anew where the tokens that are `held` have changed.
    """

    operation: Operation
    case: Case
    binding: Binding
    after: tuple[int, ...]
    make: Callable[[], Request]
    held: dict[str, str]
    request: Request


class Preparation:
    """Fills in what a case leaves open, and leaves out what is not the run's to touch."""

    def __init__(
        self,
        pack: Pack,
        settings: Settings,
        wire: Wire,
        supplies: Supplies,
        links: Links,
        uniques: Uniques,
        remedies: Remedies,
        tokens: Tokens,
    ) -> None:
        self._pack = pack
        self._settings = settings
        self._wire = wire
        self._supplies = supplies
        self._links = links
        self._uniques = uniques
        self._remedies = remedies
        self._tokens = tokens
        self._sparing = Sparing(pack, settings, links)
        # By group, its exchanges so far.
        self._groups: dict[str, list[int]] = {}

    def ready(self, operation: Operation, case: Case, rests_on: Iterable[int]) -> Ready:
        """A case with all that it needs. Raises LeftOut, Unsupplied and MissingValueError."""
        self._sparing.let_change(operation)
        case = self._uniques.as_one_request(operation, case)
        if case.kind != "supply" and operation.id in self._wire.leased:
            self._supplies.make_room()
        thing = self._supplies.thing_for(case)
        supplied = thing.path_of(operation.id) if thing else {}
        case = self._beside_a_thing(operation, case, supplied)
        binding = self._bound(operation, case, supplied)
        case = applied(operation, case, binding)
        case = self._remedies.where_it_was_made(operation, case, binding)
        case = self._remedies.as_a_new_one(operation, case, binding)
        for (part, pointer), value in (thing.elsewhere(operation.id) if thing else {}).items():
            case = with_value(operation, case, part, pointer, value, add=True)
        texts = {**self._settings.path_of(operation.id), **binding.path, **supplied}
        odd = {name: str(case.part("path")[name]) for name in pinned_names(case)}
        of_nobody = binding.of_nobody or (bool(odd) and not operation.safe)
        case = self._remedies.named_as_in_path(operation, case, odd | texts, of_nobody)
        case = self._remedies.at_its_version(operation, case, binding.path | supplied)
        make = partial(self._wire.request, operation, case, {**binding.path, **supplied})
        held, request = self._tokens.held(), make()
        self._sparing.let_try(operation, case, request.url)
        before = thing.entries if thing else ()
        earlier = self._groups.get(case.group, ()) if case.group is not None else ()
        after = tuple(dict.fromkeys((*rests_on, *binding.entries, *before, *earlier)))
        return Ready(operation, case, binding, after, make, held, request)

    def _beside_a_thing(self, operation: Operation, case: Case, supplied: dict[str, str]) -> Case:
        """A text in place of a number in a path, as one that begins with a number that is there.

        Who reads no further than the number takes it; a plain text may name what nobody has.
        """
        change, name = case.change, case.change.at.rpartition("/")[2] if case.change else ""
        alone = len(case.probes) == 1 and case.probes[0].endswith(f":path#/{name}:type")
        if change is None or not alone or name in supplied or isinstance(change.value, bool):
            return case
        lawful = replace(case, kind="control", expect="accepted", change=None, probes=())
        known = self._bound(operation, lawful, supplied).path.get(unescape(name), "")
        if not _SHORT_NUMBER.fullmatch(known) or not isinstance(change.value, str | float):
            return case
        longer = isinstance(change.value, str)
        broken = f"{known}{change.value}" if longer else float(f"{known}.5")
        value = put(dict(case.value), change.at, broken)
        label = f"{unescape(name)} is {json.dumps(broken)}"
        return replace(case, value=value, change=replace(change, value=broken), label=label)

    def _bound(self, operation: Operation, case: Case, supplied: dict[str, str]) -> Binding:
        """What a request is about. Raises LeftOut where that is not the run's to touch."""
        given = {**self._settings.path_of(operation.id), **supplied}
        why = self._sparing.why_it_destroys(operation, case)
        ours, destroys = self._sparing.wants_ours(operation, why), why is not None
        wanted, of_members = self._remedies.of(operation.id, Wanted(ours, destroys))
        wanting = self._remedies.wanted_by(operation.id)
        binding = self._links.bind(case, given, wanted, of_members)
        binding.wanting = wanting
        if ours and case.kind != "scenario":
            named = supplied if destroys else given
            self._sparing.let_touch(operation, why, binding, {*pinned_names(case), *named})
        elif not self._settings.destructive and case.kind != "scenario":
            self._sparing.let_act(operation, binding)
        return binding

    def renew(self, ready: Ready) -> None:
        """Make a request anew, with the tokens that are held now."""
        ready.held, ready.request = self._tokens.held(), ready.make()

    def learn(self, ready: Ready, entry: Entry) -> None:
        """Take note of what an exchange says of those that come after it."""
        if ready.case.group is not None:
            self._groups.setdefault(ready.case.group, []).append(entry.id)
        nothing_there = entry.outcome != "accepted" and entry.exchange.status in GONE
        if nothing_there and ready.operation.safe:
            self._sparing.found_nothing(ready.request.url)

    def leased_id(self, resource: str, planned: str) -> Any:
        """The id of a resource that a planned one stands for, of the schema of its member."""
        for name, at in self._pack.resources[resource].members.items():
            body = self._pack.contract.operations[name].body
            lawful = keeps_place(body, at) if body is not None else None
            if lawful is not None and not lawful(planned):
                like = look(self._supplies.least(name, planned).body, at)
                return self._wire.real_id(renewed(like, planned, lawful) or like, lawful)
        return self._wire.real_id(planned)
