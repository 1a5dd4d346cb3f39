"""Faults about requests: one clause not enforced, or one value refused or crashed on."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import cache
from itertools import combinations, islice
from typing import Any

from msgspec.structs import replace

from clausewise.campaign.remedies import repeated_in
from clausewise.contract import Clause, Content, MessagePart
from clausewise.contract.compiled import compiled
from clausewise.contract.ids import without_keyword
from clausewise.contract.operation_clauses import UNKNOWN
from clausewise.contract.requests import BODY, request_part
from clausewise.diagnosis.guesses import made_up_within
from clausewise.diagnosis.naming import is_of_no_keyword
from clausewise.diagnosis.serving import may_be_name, says_which
from clausewise.exchange import Request, Response
from clausewise.judge.outcomes import is_success
from clausewise.links.catalogue import Catalogue
from clausewise.pack import Pack
from clausewise.plan.negatives import NOT_ALONE
from clausewise.plan.paths import unknown_value
from clausewise.plan.plan import OperationPlan
from clausewise.pointer import ABSENT, everywhere, look, put, unescape
from clausewise.selftest.fault import Asked, Before, Fault, crashed, plain_text
from clausewise.selftest.stand_ins import is_authorized, stand_ins
from clausewise.selftest.value_classes import ValueClasses, has
from clausewise.strict_json import is_number
from clausewise.values.values import LEFT_OUT, Level, digest

# How many crashes on a pair of values are tried of one operation: there are thousands.
MOST_PAIRS = 40
# The limits of numbers, and from each to the whole number that stands on it.
_LIMITS = {"minimum": 0, "maximum": 0, "exclusiveMinimum": 1, "exclusiveMaximum": -1}
_NOWHERE = "/clausewise-asks-for-a-path-that-is-not-there"


class Enforcing:
    """What a target enforces of one operation, clause by clause."""

    def __init__(self, pack: Pack, plan: OperationPlan, catalogue: Catalogue) -> None:
        self.pack = pack
        self.plan = plan
        self.operation = plan.operation
        self.secrets = stand_ins(pack)
        self._requests: dict[str, MessagePart] = {}
        self.classes = ValueClasses(plan, catalogue)
        body = self.operation.body
        members = body.place.members if body is not None else {}
        changing = self.operation.method in ("PUT", "PATCH")
        repeated = repeated_in(self.operation, members) if changing else ()
        self._repeated = {f"/{BODY}{at}" for at, _ in repeated}

    def faults(self) -> Iterator[Fault]:
        """Every fault about requests of this operation."""
        for clause in self.operation.clauses.values():
            before = self._not_enforced(clause)
            if before is not None:
                name = f"does not enforce {clause.id}"
                clauses = (clause.id, *self._choices_around(clause))
                yield Fault(name, "lenient", self.operation.id, clauses, before)
        for content in self.operation.contents[1:]:
            yield from self._nothing_enforced(content)
        for rule in self.pack.contract.rules_of(self.operation.id):
            if rule.body is not None:
                clause = rule.clause(self.operation.id)
                name = f"does not enforce {clause.id}"
                before = self._against_a_rule(rule.body)
                yield Fault(name, "lenient", self.operation.id, (clause.id,), before)
        yield from self._refusals()
        yield from self._crashes()

    def proper(self, asked: Asked, *, but: str = "") -> bool:
        """Whether all of a request but one part of it is as it should be."""
        if but != "auth" and not self._authorized(asked):
            return False
        if but != "media-type" and asked.request.content:
            content = self.operation.content_for(asked.header("content-type"))
            if content is None and self.operation.contents:
                return False
        if but != "path":
            known = self.pack.path_values
            if any(known.get(name, value) != value for name, value in asked.path.items()):
                return False
        return but in ("varied", "path") or self._lawful(asked)

    def _lawful(self, asked: Asked) -> bool:
        content = self._content(asked)
        if content is None or content is self.operation.contents[0]:
            return self.plan.lawful(asked.value)
        return self._request_of(content).accepts(asked.value)

    def _content(self, asked: Asked) -> Content | None:
        """The documented content of a request's body."""
        sent = asked.header("content-type") if asked.request.content else None
        return self.operation.content_for(sent)

    def _request_of(self, content: Content | None) -> MessagePart:
        """The whole request with one of the contents."""
        if content is None or content is self.operation.contents[0]:
            return self.operation.request
        part = content.message.part
        if part not in self._requests:
            required = self.operation.body_required
            self._requests[part] = request_part(self.operation.parameters, content, required)
        return self._requests[part]

    def _authorized(self, asked: Asked) -> bool:
        query = asked.request.url.partition("?")[2]
        return is_authorized(self.operation, self.secrets, asked.header, query)

    def _not_enforced(self, clause: Clause) -> Before | None:
        """Accepts a request that would be lawful were it not for this clause; None for no such."""
        if clause.part == "auth":
            # Where a success is a redirect, one without a credential may lead to a log-in.
            firsts = {part[0] for part in self.operation.replies}
            if "2" not in firsts and "3" in firsts:
                return None
            return self._accepting(lambda asked: not self._authorized(asked))
        if clause.keyword == UNKNOWN:
            return self._unknown_not_enforced(clause)
        if clause.part == "request" and clause.pointer is None:
            return self._transport_not_enforced(clause.keyword)
        if clause.at is None:
            return None
        if clause.keyword in ("optional", "allowEmptyValue"):
            return None
        return self._varied_not_enforced(clause)

    def _choices_around(self, clause: Clause) -> list[str]:
        """The choices in which a clause stands that nothing breaks by itself: they are broken."""
        if self.plan.unplanned.get(clause.id) not in NOT_ALONE:
            return []
        return [
            other.id
            for other in self.operation.clauses.values()
            if other.keyword == "oneOf"
            and other.part == clause.part
            and any(site.startswith(f"{one}/") for site in clause.sites for one in other.sites)
        ]

    def _nothing_enforced(self, content: Content) -> Iterator[Fault]:
        """Nothing of a further content's schema is held against bodies."""
        part = content.message.part
        request = self._request_of(content)
        own = tuple(c.id for c in self.operation.requested.values() if c.part == part and c.at)

        def odd(asked: Asked) -> bool:
            ours = self._content(asked) is content and asked.body is not ABSENT
            return ours and not request.accepts(asked.value) and self.proper(asked, but="varied")

        if own:
            name = f"enforces nothing of {self.operation.id}:{part}"
            yield Fault(name, "lenient", self.operation.id, own, self._accepting(odd))

    def _transport_not_enforced(self, keyword: str) -> Before | None:
        if keyword == "required":
            return self._accepting(
                lambda asked: self._authorized(asked) and not asked.request.content
            )
        if keyword == "json":
            return self._accepting(
                lambda asked: (
                    self._authorized(asked) and bool(asked.request.content) and asked.body is ABSENT
                )
            )
        if keyword == "media-type":
            return self._accepting(
                lambda asked: (
                    not self.proper(asked)
                    and bool(asked.request.content)
                    and self.proper(asked, but="media-type")
                )
            )
        return None

    def _unknown_not_enforced(self, clause: Clause) -> Before:
        name = unescape((clause.pointer or "")[1:])
        parameter = next(p for p in self.operation.located("path") if p.name == name)
        nobody = unknown_value(parameter)
        return self._accepting(
            lambda asked: self.proper(asked, but="path") and asked.path.get(name) == nobody
        )

    def _varied_not_enforced(self, clause: Clause) -> Before:
        about = next((c for c in self.operation.contents if c.message.part == clause.part), None)
        request = self._request_of(about)
        sites = list(clause.sites)
        broken: Any = None
        if clause.keyword in ("type", "enum"):
            # Of a value of a wrong type nothing else is asked. And where the value picks a
            # branch, one that is right still picks its own.
            for keyword in ("enum", "const", "format") if clause.keyword == "type" else ():
                beside = self.operation.clauses.get(
                    f"{self.operation.id}:{clause.part}#{clause.pointer}:{keyword}"
                )
                sites += beside.sites if beside else ()
            document = request.schema.document
            stated = [
                (site, look(document, site)) for site in clause.sites if "/oneOf/" not in site
            ]
            known = [{site.rpartition("/")[2]: value} for site, value in stated]
            broken = compiled({"not": {"allOf": known}}) if known else None
        but = "path" if clause.part == "path" else "varied"

        @cache
        def relaxed() -> Any:
            # Made when it is needed: of thousands of faults few are tried.
            return compiled(request.schema.without(sites))

        def odd(asked: Asked) -> bool:
            value = asked.value
            if about is not None and self._content(asked) not in (about, None):
                return False
            if request.accepts(value) or not self.proper(asked, but=but):
                return False
            inside = everywhere(value, clause.at or "")
            if broken is not None and not any(map(broken.is_valid, inside)):
                return False
            return bool(relaxed().is_valid(value))

        return self._accepting(odd)

    def _against_a_rule(self, schema: Any) -> Before:
        rule = compiled(schema)
        request = self.operation.request

        def odd(asked: Asked) -> bool:
            return (
                asked.body is not ABSENT
                and request.accepts(asked.value)
                and not rule.is_valid(asked.body)
                and self.proper(asked, but="varied")
            )

        return self._accepting(odd)

    def _accepting(self, odd: Callable[[Asked], bool]) -> Before:
        """Answers what should be refused as a lawful request was answered: the last one.

        Where requests take turns on a resource, the first one is asked again about the resource of
        this one: what is made then is another thing.
        """
        leased = self.plan.leased

        def before(asked: Asked) -> Response | None:
            if asked.last is None or not odd(asked):
                return None
            again = _about_the_same(asked, leased) if leased is not None else None
            response = asked.ask(again) if again is not None else None
            return response if response is not None and is_success(response.status) else asked.last

        return before

    def _refusals(self) -> Iterator[Fault]:
        for at, level in self.classes.all():
            clauses = tuple(self._refused(at, level))
            if not clauses:
                continue
            yield Fault(
                f"refuses {self.operation.id} {at} {level.label}",
                "strict",
                self.operation.id,
                clauses,
                self._refusing(has(at, level)),
            )
        for clause_ in self.operation.clauses.values():
            if clause_.keyword == "allowEmptyValue":
                name = (clause_.pointer or "/")[1:]
                yield Fault(
                    f"refuses {self.operation.id} {name}=",
                    "strict",
                    self.operation.id,
                    (clause_.id,),
                    self._refusing_empty(name),
                )
        if self.operation.id in self.pack.conditions:
            return  # that it may refuse is what the pack says
        yield Fault(
            f"refuses every {self.operation.id}",
            "strict",
            self.operation.id,
            (self.operation.served,),
            self._refusing(lambda value: True),
            everywhere=True,
        )

    def _refused(self, at: str, level: Level) -> Iterator[str]:
        """The clauses that the refusal of a value breaks; none where it may be refused."""
        place = self.plan.model.factors[at].place
        is_scalar = may_be_name(level.value)
        is_whole = is_scalar or isinstance(level.value, list)
        if is_whole and made_up_within(place, level.value) is not None:
            return  # nobody can tell whether it is one at all
        if is_scalar and says_which(at, False):
            return  # or whether there is what it names
        if at in self._repeated:
            return  # which thing is meant the path says as well
        clause = self.plan.clause_of(at, level)
        if is_of_no_keyword(level, clause):
            yield self.operation.served
        elif clause is not None:
            yield clause
            yield from self._limit(clause, level)

    def _limit(self, clause: str, level: Level) -> Iterator[str]:
        """The limit that a value stands on, as good a name for its refusal as its type."""
        place = without_keyword(clause)
        for keyword, step in _LIMITS.items():
            limit = self.operation.clauses.get(f"{place}:{keyword}")
            if limit is None or limit.id == clause or not is_number(limit.value):
                continue
            if limit.value + step == level.value:
                yield limit.id

    def _refusing(self, there: Callable[[Any], bool]) -> Before:
        def before(asked: Asked) -> Response | None:
            proper = self.proper(asked) and there(asked.value)
            return self._refusal(asked) if proper else None

        return before

    def _refusing_empty(self, name: str) -> Before:
        def before(asked: Asked) -> Response | None:
            empty = f"{name}=" in asked.request.url.partition("?")[2].split("&")
            return self._refusal(asked) if empty and self._authorized(asked) else None

        return before

    def _refusal(self, asked: Asked) -> Response:
        """A refusal in the target's own words: of half a body, or of a path that is not there."""
        if asked.refuse is not None:
            return asked.refuse()
        request = asked.request
        url, headers, content = request.url, request.headers, request.content
        if self.operation.body is not None:
            content = b"["
        else:
            url = url.partition("?")[0] + _NOWHERE
        return asked.ask(Request(request.method, url, headers, content))

    def _crashes(self) -> Iterator[Fault]:
        status, broken = crashed(self.operation)
        if broken is None:
            return
        classes = list(self.classes.all())
        for at, level in classes:
            about = self.plan.clause_of(at, level)
            crash = self._crash(f"{at} {level.label}", (status, broken), has(at, level))
            yield replace(crash, about=(about,) if about is not None else ())
        pairs = sorted(
            (pair for pair in combinations(classes, 2) if pair[0][0] != pair[1][0]),
            key=lambda pair: digest(*(f"{at} {level.label}" for at, level in pair)),
        )
        together = (pair for pair in pairs if self._together(*pair))
        for one, other in islice(together, MOST_PAIRS):
            both = (has(*one), has(*other))
            name = f"{one[0]} {one[1].label} with {other[0]} {other[1].label}"
            yield self._crash(name, (status, broken), *both)

    def _together(self, one: tuple[str, Level], other: tuple[str, Level]) -> bool:
        """Whether some planned request has both values: the plan promises pairs of values only."""
        if LEFT_OUT in (one[1], other[1]):
            return False
        there = (has(*one), has(*other))
        return any(
            all(each(case.value) for each in there)
            for case in self.plan.cases
            if case.expect == "accepted"
        )

    def _crash(self, name: str, crash: tuple[int, str], *there: Callable[[Any], bool]) -> Fault:
        status, broken = crash

        def before(asked: Asked) -> Response | None:
            if self.proper(asked) and all(each(asked.value) for each in there):
                return plain_text(status, "Internal Server Error")
            return None

        label = f"crashes on {self.operation.id} {name}"
        return Fault(label, "crash", self.operation.id, (broken,), before)


def _about_the_same(asked: Asked, leased: str) -> Request | None:
    """A request that was accepted, about the resource that this one names at `leased`."""
    resource = look(asked.value, leased)
    accepted = asked.accepted
    if accepted is None or not isinstance(resource, str):
        return None
    try:
        body = json.loads(accepted.content or b"")
    except ValueError:
        return None
    content = json.dumps(put({BODY: body}, leased, resource)[BODY]).encode()
    return replace(accepted, content=content)
