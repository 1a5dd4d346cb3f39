"""Remedies: what a lawful request may be refused for that is no matter of its form.

An operation may want the version that a thing is at (RFC 9110, section 13.1.1, or a member of its
own), a thing to which nothing was done yet or something else just before (what is to be stopped was
started), the name of something that is there, or the tenant (by a header, say) that its thing was
made for. Documents do not say so. It is found out by trial: what
was refused is accepted with the remedy, and refused again without. From then on all requests of the
operation have it.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from msgspec.structs import replace

from clausewise.campaign.requests import read_path
from clausewise.campaign.versions import (
    IF_MATCH,
    IF_NONE_MATCH,
    is_version,
    version_of,
    versions_in,
)
from clausewise.contract import Operation
from clausewise.contract.path_templates import path_names
from clausewise.contract.requests import BODY
from clausewise.diagnosis.states import acts_on_a_thing
from clausewise.exchange import Request
from clausewise.judge.outcomes import GONE
from clausewise.judge.refusals import says_taken
from clausewise.links.binding import Binding, Chosen, Wanted
from clausewise.links.items import wraps
from clausewise.links.links import Links
from clausewise.links.needs import Need, beyond
from clausewise.links.nouns import noun_named, noun_of
from clausewise.plan.case_values import is_about, pinned_names, value_at, with_value
from clausewise.plan.cases import Case, MissingValueError, Unsupplied
from clausewise.pointer import ABSENT, escape, look
from clausewise.record.ledger import Entry

# What a remedy is, in words.
VERSION = "the version it is at"
CONDITION = "If-Match with the version it is at"
NEW = "If-None-Match: * for what is not there yet"
UNCHANGED = "a thing that is as it was made"
WITHIN = "to be put into a thing that nothing else was done to"
NAME = "the name of a thing"
SAME = "the name that its path has"
PARTED = "what its thing was made with"
FREE = "things that nothing was made with"
UNUSED = "things that nothing was done with"
# Before the operation that brings a thing into the state that is wanted.
_JUST_AFTER = "a thing just after "
# What is answered where a request has to say at which version a thing is (RFC 6585, section 3), or
# by some that take a missing one for a wrong one.
_UNCONDITIONAL = (412, 428)
# So often a remedy is tried in vain for one operation and status.
MOST_IN_VAIN = 2
# So many operations are tried for what brings a thing into the state that another one wants.
MOST_BEFORE = 4


class Remedies:
    """Which remedies the operations of a run turned out to want."""

    def __init__(
        self, links: Links, request: Callable[..., Request], preparing: threading.RLock
    ) -> None:
        """`request` makes that of an operation, a case and texts of its path.

        `preparing` is held while something is sent for others.
        """
        self._links = links
        self._request = request
        self._wanted: dict[str, set[str]] = {}
        self._in_vain: Counter[tuple[str, int | None, str]] = Counter()
        self._served: set[str] = set()
        # By URL, what a thing was shown as last: its entity tag, and the members of its reply.
        self._shown: dict[str, dict[str, Any]] = {}
        self._preparing = preparing

    def of(self, operation: str, wanted: Wanted) -> tuple[Wanted, Wanted]:
        """Which thing requests of an operation may be about, and which ones members may name."""
        known = self.wanted_by(operation)
        if UNCHANGED in known:
            wanted = replace(wanted, own=True, changed_by=("",))
        if WITHIN in known:
            wanted = replace(wanted, within=("", operation))
        for remedy in known:
            if remedy.startswith(_JUST_AFTER):
                just = (remedy.removeprefix(_JUST_AFTER),)
                wanted = replace(wanted, own=True, changed_by=just)
        # What is used up by that has to be ours.
        used_up = UNUSED in known
        unused = ("",) if used_up else None
        guessed, empty = NAME in known, FREE in known
        return wanted, Wanted(used_up, empty, changed_by=unused, guessed=guessed)

    def wanted_by(self, operation: str) -> frozenset[str]:
        """What the requests of an operation are known to want."""
        return frozenset(self._wanted.get(operation, ()))

    def saw(self, operation: Operation, entry: Entry) -> None:
        """Take note of the version that an accepted reply shows, and of what may have changed."""
        url, response = entry.exchange.request.url.partition("?")[0], entry.exchange.response
        if entry.outcome != "accepted" or response is None:
            return
        self._served.add(operation.id)
        if not operation.safe:
            for known in list(self._shown):  # others may show more meanwhile
                if f"{url}/".startswith(f"{known}/"):
                    self._shown.pop(known, None)
        if operation.method not in ("GET", "PUT", "PATCH"):
            return
        self._shown[url] = versions_in(response)

    def named_as_in_path(
        self, operation: Operation, case: Case, path: Mapping[str, str], of_nobody: bool
    ) -> Case:
        """The case with the name in its body that its path has, where that is wanted.

        `path` has the texts of its path parameters. It is wanted `of_nobody`, too: a server may
        change what the body names.
        """
        body = case.value.get(BODY)
        if not of_nobody and SAME not in self._wanted.get(operation.id, ()):
            return case
        for pointer, parameter in repeated_in(operation, body, anywhere=of_nobody):
            planned = look(body, pointer)
            # `1.0` is sent to see whether it counts as a 1, and so does any other.
            probed = is_about(case, "request", pointer)
            probed = probed and not (of_nobody and isinstance(planned, float))
            if parameter in path and not probed:
                name = read_path(operation, {parameter: path[parameter]})[parameter]
                if of_nobody:
                    name = _like(planned, name)
                case = with_value(operation, case, "request", pointer, name)
        return case

    def where_it_was_made(self, operation: Operation, case: Case, binding: Binding) -> Case:
        """The case with the values beside its path that its thing was made with, if it wants them.

        A thing of one tenant is not there for another one.
        """
        if PARTED in self._wanted.get(operation.id, ()):
            for part, pointer, value in _made_with(case, binding):
                case = with_value(operation, case, part, pointer, value)
        return case

    def as_a_new_one(self, operation: Operation, case: Case, binding: Binding) -> Case:
        """The case as one that makes what it names and changes nothing, where it has to say so."""
        if NEW not in self._wanted.get(operation.id, ()) or binding.naming is None:
            return case
        for one in _conditions(operation, IF_NONE_MATCH):
            case = with_value(operation, case, "header", f"/{escape(one)}", "*", add=True)
        headers = {n: v for n, v in case.part("header").items() if n.lower() != IF_MATCH}
        about = any(is_about(case, "header", f"/{escape(n)}") for n in case.part("header"))
        return case if about else replace(case, value={**case.value, "header": headers})

    def at_its_version(self, operation: Operation, case: Case, path: Mapping[str, str]) -> Case:
        """The case with the version that its thing is at, as far as replies show it.

        `path` has the texts of its path parameters. Raises Stopped.
        """
        known = self._wanted.get(operation.id, ())
        new = NEW in known and IF_NONE_MATCH in map(str.lower, case.part("header"))
        if not {VERSION, CONDITION} & {*known} or pinned_names(case) or new:
            return case
        if CONDITION in known and not any(_versions(case)):
            for one in _conditions(operation, IF_MATCH):
                case = with_value(operation, case, "header", f"/{escape(one)}", "*", add=True)
        asked = self._request(operation, case, path)
        at = asked.url.partition("?")[0]
        places = list(_versions(case))
        if any(version_of(self._shown.get(at, {}), name) is None for _, _, name in places):
            with suppress(Unsupplied, MissingValueError):
                self._links.read_at(operation, asked.path)
        shown = self._shown.get(at, {})
        for part, pointer, name in places:
            value = version_of(shown, name)
            if value is None and name == IF_MATCH:
                value = "*"  # whatever it is at (RFC 9110, section 13.1.1)
            if value is not None:
                case = with_value(operation, case, part, pointer, value)
        return case

    def tried(
        self,
        operation: Operation,
        refused: Entry,
        binding: Binding | None,
        send: Callable[[Case], Entry],
        explained: dict[int, str],
    ) -> Entry:
        """What came of a refused request with what it may lack. Raises Stopped."""
        case = refused.case
        ours = case.expect != "refused" and case.kind != "scenario" and case.credential == "ours"
        about_it = refused.outcome in ("refused", "conflict") or refused.exchange.status == 403
        if not ours or not about_it or case.needs is not None or case.group is not None:
            return refused
        with self._preparing:
            if binding is not None and binding.wanting < self.wanted_by(operation.id):
                # Another request found out meanwhile what this one lacked.
                entry = send(case)
                if entry.outcome == "accepted":
                    lacked = " and ".join(sorted(self.wanted_by(operation.id) - binding.wanting))
                    explained[refused.id] = f"it wants {lacked}: see exchange {entry.id}"
                    return entry
            for remedy in self._possible(operation, refused, binding):
                taken = self._accepted_with(remedy, operation, refused, send, explained)
                if taken is not None:
                    return taken
            self._explain(operation, refused, explained)
        return refused

    def _accepted_with(
        self,
        remedy: str,
        operation: Operation,
        refused: Entry,
        send: Callable[[Case], Entry],
        explained: dict[int, str],
    ) -> Entry | None:
        """A refused request that is accepted with a remedy; None where it is not, time and again.

        What it was accepted with is wanted from now on, if it is still refused without.
        """
        key = operation.id, refused.exchange.status, remedy
        wanted = self._wanted.setdefault(operation.id, set())
        most = 1 if remedy.startswith(_JUST_AFTER) else MOST_IN_VAIN
        if remedy in wanted or self._in_vain[key] >= most:
            return None
        wanted.add(remedy)
        try:
            entry = send(refused.case)
        except Unsupplied:  # no such thing can be had
            entry = refused
        wanted.discard(remedy)
        if entry.outcome != "accepted":
            self._in_vain[key] += 1
            return None
        # One that refuses now and then might have taken it this time anyway.
        checked = send(refused.case)
        if checked.outcome == refused.outcome:
            wanted.add(remedy)
            why = f"it wants {remedy}: with that it was accepted (exchange {entry.id})"
            explained |= {refused.id: why, checked.id: why}
        return entry

    def _possible(
        self, operation: Operation, refused: Entry, binding: Binding | None
    ) -> Iterator[str]:
        case, status = refused.case, refused.exchange.status
        target = binding.target if binding is not None else None
        members = [one for one in (binding.chosen if binding else ()) if one.need.part != "path"]
        used = any(one.instance.changed_by == operation.id for one in members)
        taken = bool(members) and says_taken(refused.exchange.response, refused.outcome)
        naming = binding is not None and binding.naming is not None
        if naming and status in _UNCONDITIONAL and any(_conditions(operation, IF_NONE_MATCH)):
            yield NEW
        elif status != 403:
            if used and not taken:
                yield UNUSED
            if not operation.safe and any(_versions(case)):
                yield VERSION
            lacks_condition = not operation.safe and not any(_versions(case))
            if (
                lacks_condition
                and status in _UNCONDITIONAL
                and any(_conditions(operation, IF_MATCH))
            ):
                yield CONDITION
            yield from self._as_it_was(operation, status, target)
        if status in (*GONE, 403) and binding is not None and any(_made_with(case, binding)):
            yield PARTED
        if any(self._guessed(operation, case)):
            yield NAME
        if status == 403:
            return  # of somebody else's, or of nobody's
        if taken:
            yield from (FREE, UNUSED) if used else (FREE,)
        if operation.method in ("PUT", "PATCH") and any(
            repeated_in(operation, case.value.get(BODY))
        ):
            yield SAME
        if target is not None and status in GONE:
            yield from (_JUST_AFTER + one for one in self._turned_on_by(operation))
        acts = acts_on_a_thing(operation)
        of_state = acts or (refused.outcome == "conflict" and not operation.safe)
        if target is not None and status in GONE:
            of_state = target.instance.made
        if of_state and target is not None:
            yield from (_JUST_AFTER + one for one in self._before(operation, target.need))

    def _as_it_was(
        self, operation: Operation, status: int | None, target: Chosen | None
    ) -> Iterator[str]:
        """What has to be as it was made: the thing of a request, or the one around it."""
        if not operation.safe and target is not None and target.instance.changed_by:
            yield UNCHANGED
        if status not in GONE and self._is_put_into(operation):
            yield WITHIN

    def _is_put_into(self, operation: Operation) -> bool:
        """Whether an operation makes what it names within a thing that others change as well."""
        catalogue = self._links.catalogue
        needs = catalogue.path_needs(operation.id)
        return len(needs) > 1 and catalogue.names_what_it_makes(operation)

    def _before(self, operation: Operation, need: Need) -> list[str]:
        """What may bring a thing into the state that an operation wants: what was done to such.

        What was deleted may be asked for where it is restored from, or for good.
        """
        catalogue = self._links.catalogue
        things = dict.fromkeys(f"{path}/{{}}" for path in (need.around, *need.collections))
        others = [
            one
            for thing in things
            for one in catalogue.contract.operations.values()
            if one.id in self._served and one.id != operation.id and not one.safe
            if (rest := self._beyond(one, thing)) is not None and "{}" not in rest
            if catalogue.destroys(one) is None
        ]
        others = sorted(others, key=lambda one: one.method != "POST")[:MOST_BEFORE]
        deleters = (catalogue.deleter(path) for path in need.collections if not operation.safe)
        own = catalogue.path_of(operation)
        others += [one for one in deleters if one is not None and catalogue.path_of(one) != own]
        return [one.id for one in others]

    def _beyond(self, operation: Operation, thing: str) -> str | None:
        """What a path has beyond that of a thing, but for the name of what is made there."""
        rest = beyond(self._links.catalogue.path_of(operation), thing)
        makes = self._links.catalogue.names_what_it_makes(operation)
        return rest.removesuffix("/{}") if rest and makes else rest

    def _turned_on_by(self, operation: Operation) -> list[str]:
        """What gives a thing what an operation takes from it, or shows: `PUT /notes/{id}/star`."""
        path = self._links.catalogue.path_of(operation)
        beside = self._links.catalogue.at(path) if not path.endswith("}") else []
        making = (one.id for one in beside if one.method in ("PUT", "POST"))
        return [one for one in making if one in self._served and one != operation.id]

    def _guessed(self, operation: Operation, case: Case) -> Iterator[tuple[str, str, Any]]:
        """The places of a request that may name something that is there."""
        for need in self._links.catalogue.needs(operation.id):
            value = value_at(case, need.part, need.pointer)
            if need.guessed and value is not ABSENT:
                yield need.part, need.pointer, value

    def _explain(self, operation: Operation, refused: Entry, explained: dict[int, str]) -> None:
        """Say what may be lacking where an operation has accepted nothing so far."""
        if operation.id in self._served:
            return
        for part, pointer, value in self._guessed(operation, refused.case):
            name = pointer.removeprefix("/")
            explained.setdefault(
                refused.id,
                f"there may be no {name} {value}; give one that is there: "
                f"--set {operation.id}:{part}#{pointer}=VALUE",
            )


def _made_with(case: Case, binding: Binding) -> Iterator[tuple[str, str, Any]]:
    """What the thing of a request was made with, where the request has another value.

    These are part, pointer and value.
    """
    target = binding.target
    for part, values in (target.instance.beside if target is not None else {}).items():
        for name, value in (values or {}).items():
            pointer = f"/{escape(name)}"
            own = value_at(case, part, pointer)
            if own not in (ABSENT, value) and not is_about(case, part, pointer):
                yield part, pointer, value


def repeated_in(
    operation: Operation, body: Any, at: str = "", anywhere: bool = False
) -> Iterator[tuple[str, str]]:
    """The members of a body that say what the path says at its end: pointer and parameter.

    They may stand in what only wraps the thing: `{"data": {"id": 7}}`. Those that may do so are
    `anywhere` in it, and are called like things of the path, too: `field` at `/fields/{id}`.
    """
    names = path_names(operation.path)
    if not names or not isinstance(body, Mapping):
        return
    noun, suffix = noun_named(names[-1])
    called = {suffix, noun_of(names[-1])}
    if anywhere:
        fixed = [one for one in operation.path.split("/") if one and "{" not in one]
        called |= {noun_of(one) for one in fixed[-1:]}
    for member, value in body.items():
        where = f"{at}/{escape(member)}"
        if noun_named(member) == (noun, suffix) or noun_of(member) in called:
            yield where, names[-1]
        elif anywhere or (not at and wraps(member, noun)):
            yield from repeated_in(operation, value, where, anywhere)


def _like(planned: Any, name: Any) -> Any:
    """A name in a body, as a number where a number was planned; what names nothing as it is."""
    if isinstance(planned, str):
        return str(name)
    digits = re.sub(r"\D", "", str(name))[:10]
    if isinstance(planned, bool) or not isinstance(planned, int | float) or not digits:
        return planned
    return type(planned)(digits) if planned == int(planned) else planned


def _conditions(operation: Operation, named: str) -> Iterator[str]:
    """The header of an operation by which a request may say on which condition it is meant."""
    return (one.name for one in operation.located("header") if one.name.lower() == named)


def _versions(case: Case) -> Iterator[tuple[str, str, str]]:
    """The places of a request that say which version is meant: part, pointer and name."""
    for location, values in case.value.items():
        if location not in (BODY, "header", "query") or not isinstance(values, Mapping):
            continue
        for name in values:
            match = location == "header" and name.lower() == IF_MATCH
            if match or (location != "header" and is_version(name)):
                part = "request" if location == BODY else location
                yield part, f"/{escape(name)}", name.lower()
