"""Blaming: what a cause says of which clause, and what excuses a refusal."""

from __future__ import annotations

import re
from typing import Any

from msgspec.structs import replace

from clausewise.contract.ids import without_keyword
from clausewise.contract.keywords import CONSTANTS
from clausewise.contract.requests import BODY
from clausewise.diagnosis.days import of_a_day
from clausewise.diagnosis.guesses import doubt_at, made_up_within, why_made_up
from clausewise.diagnosis.limits import limits_passed, longest_in, undocumented
from clausewise.diagnosis.naming import cause_in_words, is_of_no_keyword
from clausewise.diagnosis.probing import Cause
from clausewise.diagnosis.serving import (
    in_part,
    is_where_a_list_goes_on,
    may_be_name,
    says_which,
)
from clausewise.judge.outcomes import GONE
from clausewise.judge.refusals import LONGEST_WORDS, data_words, says_no_such_thing
from clausewise.plan.plan import OperationPlan
from clausewise.pointer import ABSENT, escape, look, put, unescape
from clausewise.record.ledger import Blame, Entry, Ledger
from clausewise.values.in_items import levels_in_items
from clausewise.values.values import PRESENT, Level


class Blaming:
    """Notes in a ledger what causes are to blame for, of the lawful requests of one operation."""

    def __init__(self, plan: OperationPlan, ledger: Ledger) -> None:
        self._plan = plan
        self._ledger = ledger

    def blame(self, cause: Cause, together: tuple[str, str] | None = None) -> None:
        """Put a cause down to a clause; one that is excused hinders its clauses instead.

        So does one that goes `together` with the value of another place: where, and why.
        """
        entry = cause.entry
        status = entry.exchange.response.status if entry.exchange.response else "?"
        crashed = entry.outcome == "crashed"
        if not crashed and self._plan.disputed(cause.levels) is not None:
            return  # the documents disagree about it: it may be refused
        excuse = None if crashed else together[1] if together else self._excuse(cause)
        if excuse is not None:
            levels = dict(cause.levels)
            if together is not None and together[0] in entry.case.levels:
                levels[together[0]] = entry.case.levels[together[0]]
            for at, level in levels.items():
                name = self._plan.clause_of(at, level)
                if name is not None:
                    self._ledger.hindered.setdefault(name, f"exchange {entry.id}: {excuse}")
            return
        at, what = cause_in_words(cause)
        verb = f"it crashed with {status}" if crashed else f"refused with {status}"
        self._ledger.blames.append(
            Blame(
                self._clause(cause, at, crashed),
                tuple((at, level.label) for at, level in cause.levels.items()),
                f"{verb}: {what}, which the contract allows",
                entry.id,
                crashed,
                None if crashed else undocumented(cause, self._plan.model) or _of_a_firewall(entry),
            )
        )

    def _clause(self, cause: Cause, at: str, crashed: bool) -> str:
        """The clause that is broken where a cause, told by what is `at` a place, is to blame."""
        if crashed:
            return f"{self._plan.operation.id}:status"
        level = cause.levels.get(at)
        alone = len(cause.levels) == 1
        inner = (self._of_a_count(cause, at) or self._within_items(cause, at)) if alone else None
        inner = inner or self._of_a_key(at)
        if inner is not None:
            return inner
        around = self._never_taken_around(cause, at)
        if around is not None:
            at, level = around, PRESENT
        clause = self._plan.clause_of(at, level or PRESENT)
        if clause is None or (level is not None and is_of_no_keyword(level, clause)):
            return self._plan.operation.served
        return clause

    def _never_taken_around(self, cause: Cause, at: str) -> str | None:
        """The object around what is refused that is refused with its other members as well.

        None where it is taken, or could be sent by itself: then that was tried.
        """
        around = self._plan.model.factors[at].parent or ""
        factor = self._plan.model.factors.get(around)
        if factor is None or not factor.optional:
            return None
        if self._plan.ground.codec.written(put(cause.entry.case.value, around, {})) is not None:
            return None
        sent = [entry.case.value for entry in self._ledger.of(self._plan.operation.id)]
        without = (look(one, at) is ABSENT for one in sent if look(one, around) is not ABSENT)
        return around if any(without) and not self._taken_at(around) else None

    def _taken_at(self, at: str) -> list[Any]:
        """What accepted requests had at a place."""
        entries = self._ledger.of(self._plan.operation.id)
        values = (look(one.case.value, at) for one in entries if one.outcome == "accepted")
        return [value for value in values if value is not ABSENT]

    def _of_a_key(self, at: str) -> str | None:
        """The clause that says which keys there may be, where none that is taken has this one."""
        factor = self._plan.model.factors[at]
        around = self._plan.model.factors.get(factor.parent or "")
        if around is None or not factor.pointer.endswith("/*"):
            return None
        clause = self._plan.clause_within(around.pointer, replace(PRESENT, keyword="propertyNames"))
        is_of_keys = clause is not None and clause.endswith(":propertyNames")
        return clause if is_of_keys and not self._taken_at(at) else None

    def _of_a_count(self, cause: Cause, at: str) -> str | None:
        """The `maxLength` of a text, or of a list's texts, that is too long counted otherwise.

        Servers count the units of UTF-16, or bytes; no text that is taken is too long in them.
        """
        place, refused = self._plan.model.factors[at].place, look(cause.entry.case.value, at)
        if isinstance(refused, list) and place.items is not None:
            place = place.items
        most = place.lengths[1]
        if most is None:
            return None
        taken = self._taken_at(at)
        for encoding, width in (("utf-16-le", 2), ("utf-8", 1)):
            if longest_in(refused, encoding) > most * width:
                if any(longest_in(one, encoding) > most * width for one in taken):
                    return None
                return self._plan.clause_within(
                    place.pointer, replace(PRESENT, keyword="maxLength")
                )
        return None

    def _within_items(self, cause: Cause, at: str) -> str | None:
        """The clause of the one thing in the items of an array that none that is taken has.

        None where there are several, or none, or where no array as long is taken: then it is the
        array that is to blame, but for a limit of its items that is to blame already.
        """
        place = self._plan.model.factors[at].place
        array = look(cause.entry.case.value, at)
        refused = levels_in_items(place, array)
        taken_arrays = self._taken_at(at)
        longest = max((len(one) for one in taken_arrays if isinstance(one, list)), default=0)
        if not refused:
            return None
        known = [one for taken in taken_arrays for one in levels_in_items(place, taken)]
        if len(array) > longest:
            passed = {self._limit_passed(*one, known) for one in refused}
            return next((b.clause for b in self._ledger.blames if b.clause in passed), None)
        there = {(pointer, level.value is ABSENT) for pointer, level in known}
        odd = [one for one in refused if (one[0], one[1].value is ABSENT) not in there]
        if not odd:
            # All of it is taken in some form: of what was planned, one form is not.
            named = {pointer for pointer, _ in refused}
            taken = {(pointer, level.label) for pointer, level in known}
            planned = _apart(levels_in_items(place, cause.levels[at].value))
            odd = [one for one in planned if (one[0], one[1].label) not in taken]
            odd = [one for one in odd if one[0] in named]
        if not odd:
            values = [(pointer, level.value) for pointer, level in _apart(known)]
            odd = [one for one in _apart(refused) if (one[0], one[1].value) not in values]
            # Of plain items any list may have its own: that says nothing but of their limits.
            plain = f"{place.pointer}/*"
            odd = [one for one in odd if one[0] != plain or self._limit_passed(*one, known)]
        # What stands within one thing comes with it.
        outer = [one for one in odd if not any(one[0].startswith(f"{other}/") for other, _ in odd)]
        if len({pointer for pointer, _ in outer}) != 1:
            return None
        at, level = outer[0]
        limited = self._limit_passed(at, level, known) if level.keyword == "type" else None
        clause = limited or self._plan.clause_within(at, level)
        beside = without_keyword(clause) if clause is not None else ""
        told = (blame.clause for blame in self._ledger.blames)
        return next((one for one in told if without_keyword(one) == beside), clause)

    def _limit_passed(self, at: str, level: Level, known: list[tuple[str, Level]]) -> str | None:
        """The clause of the limit that a value in an array lies beyond, and none that is taken."""
        others = [one.value for pointer, one in known if pointer == at]
        limits = limits_passed(level.value, others)
        within = [self._plan.clause_within(at, replace(level, keyword=one)) for one in limits]
        told = zip(within, limits, strict=True)
        return next((clause for clause, one in told if clause and clause.endswith(f":{one}")), None)

    def _excuse(self, cause: Cause) -> str | None:
        """Why a refusal of these values may not be strict: what they name, or were made up for."""
        factors = self._plan.model.factors
        values = cause.levels.items()
        scalars = [at for at, one in values if may_be_name(one.value) or _is_text(one.value)]
        for at, level in cause.levels.items():
            is_whole = at in scalars or isinstance(level.value, list)
            place = factors[at].place
            why = None
            if is_whole:
                why = made_up_within(place, level.value)
            elif at == f"/{BODY}":
                why = why_made_up(place)
            if why is not None:
                return f"{in_part(at)} was made up, and refused: {why}"
            # What is refused here may be what a choice around it makes of all that it holds.
            around = (factors[outer].place for outer in factors if at.startswith(f"{outer}/"))
            why = next((why for place in around if (why := doubt_at(place)) is not None), None)
            if why is not None:
                return f"{in_part(at)} was refused: {why}"
        response = cause.entry.exchange.response
        keyed = data_words(response, True) if self._is_keyed(cause) else None
        if keyed is not None:
            return f"a key of an object may name a thing that is not there: {keyed}"
        closed = {promise.keyword for at in scalars for promise in factors[at].place.assertions}
        free = not closed & {*CONSTANTS, "pattern", "format"}
        sent = [cause.levels[at].value for at in scalars]
        words = data_words(response, free) or of_a_day(response, sent)
        missing = cause.entry.exchange.status in GONE
        absent = says_no_such_thing(response)
        for at in scalars:
            # A number counts something, unless what it names is said not to be there.
            told = words is not None and (absent or _is_text(cause.levels[at].value))
            stated = {promise.keyword for promise in factors[at].place.assertions}
            sought = missing and at.startswith("/query/") and stated.isdisjoint(CONSTANTS)
            goes_on = is_where_a_list_goes_on(at, factors[at].place)
            if told or sought or goes_on or says_which(at, missing):
                said = words or "it names a thing that may not be there"
                return f"a lawful request was not accepted for its {in_part(at)}: {said}"
            if missing and self._parts_things(at):
                return f"what the path names may be there for another {in_part(at)[1:]} alone"
        return _of_what_it_holds(cause)

    def _is_keyed(self, cause: Cause) -> bool:
        """Whether a refusal quotes the key of what it refuses, in an object with keys of its own.

        Such a key may name a thing, as `default` does in `servers: {default: {}}`.
        """
        response, factors = cause.entry.exchange.response, self._plan.model.factors
        said = response.text(LONGEST_WORDS) if response is not None else ""
        last = [(at.rpartition("/")[2], factors[at].place.pointer) for at in cause.levels]
        keys = [unescape(key) for key, place in last if place.endswith("/*") and key != "*"]
        return any(re.search(rf"['\"`]{re.escape(key)}['\"`]", said) for key in keys)

    def _parts_things(self, at: str) -> bool:
        """Whether things may be there for one value of a parameter alone, as those of a tenant.

        What makes them has it as well, and they are asked for by name.
        """
        location, _, name = at[1:].partition("/")
        operation = self._plan.operation
        if location not in ("header", "query", "cookie") or "{" not in operation.path:
            return False
        others = (o for o in self._plan.pack.contract.operations.values() if o is not operation)
        return any(
            escape(parameter.name) == name
            for other in others
            if not other.safe
            for parameter in other.located(location)
        )


def _apart(levels: list[tuple[str, Level]]) -> list[tuple[str, Level]]:
    """The levels without those of arrays whose items have some of their own."""
    return [
        (pointer, level)
        for pointer, level in levels
        if level.value is ABSENT or not any(one.startswith(f"{pointer}/*") for one, _ in levels)
    ]


def _of_what_it_holds(cause: Cause) -> str | None:
    """What a refusal of a list of objects, or of an object, says of a thing that is not there."""
    response = cause.entry.exchange.response
    held = (at for at, level in cause.levels.items() if isinstance(level.value, list | dict))
    at = next(held, None)
    if at is None or not says_no_such_thing(response):
        return None
    return f"what its {in_part(at)} holds may name what is not there: {data_words(response)}"


def _of_a_firewall(entry: Entry) -> str | None:
    """Why it only warns that a value is refused by 406, which is about Accept (RFC 9110, 15.5.7).

    Others with the same Accept are accepted, so something before the service is likely to say it.
    """
    if entry.exchange.status != 406:
        return None
    return "406 says nothing of values: something before the service may have refused it"


def _is_text(value: object) -> bool:
    """Whether a value is a text, or a list of texts: each may name something."""
    within = value if isinstance(value, list) and value else [value]
    return all(isinstance(one, str) for one in within)
