"""Teaching: what a refusal says leads to the next lawful request, until one is accepted.

A server may demand a member that the document lets be left out, or take values of one form alone.
A refusal mostly names the member, or says its value back. So that member gets a value like that of
a thing which is there (of what names the thing, another one of the same shape), one that the
refusal quotes or lists, a number or a length that it names, a text of its pattern, or any where it
was left out. What is believed is what is accepted.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from clausewise.campaign.unique import is_naming
from clausewise.contract.requests import BODY
from clausewise.diagnosis.words import texts_in, words_of
from clausewise.links.catalogue import Catalogue
from clausewise.links.items import items_of
from clausewise.plan.cases import LAWFUL, Case
from clausewise.plan.plan import OperationPlan
from clausewise.pointer import ABSENT, escape, look, put
from clausewise.record.ledger import Entry, Ledger
from clausewise.values.finding import from_pattern
from clausewise.values.fresh import keeps_place, renewed
from clausewise.values.values import exactly

# So many requests are made of what refusals say, one after the other.
MOST_TAUGHT = 5
# So much is read of a refusal.
_MOST_READ = 1_000
_QUOTED = re.compile(r"['\"`\u2018\u201c]([^'\"`\u2019\u201d]{1,60})['\"`\u2019\u201d]")
# A list of values without quotation marks: `must be one of: admin, editor`.
_LISTED = re.compile(
    r"(?:one of|either|any of|allowed|valid|permitted|possible|options|expected|accepted|values)"
    r"(?: values| are| is| one of)*\s*[:=]?\s*[\[({]?\s*([^.;\])}\n]{1,200})",
    re.IGNORECASE,
)
_BETWEEN = re.compile(r"\s*(?:,|\||/|\bor\b|\band\b)\s*", re.IGNORECASE)
# As JSON writes them (RFC 8259, section 6), short ones.
_NUMBER = re.compile(r"(?<![\w.-])-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,6})?(?![\w.]*\d)")
_PATTERN = re.compile(r"\^\S{1,100}\$")
_LONGEST = 1_000
# What leads somebody else's way is never made up of what is there.
_LEADS_AWAY = re.compile(r"@|://|\+?\d[\d ()-]{6,}")


def taught(
    plan: OperationPlan, entries: Sequence[Entry], one_there: Callable[[str], Mapping[str, Any]]
) -> Iterator[Case]:
    """Lawful requests, each made of the one before it and of what its refusal says.

    `entries` grow by each of them; the first one is where it begins. `one_there` gives a thing of
    the kind that an operation makes, as a list shows it; an empty one where none is known.
    """
    if plan.operation.body is None or not entries or entries[0].case.kind not in LAWFUL:
        return
    if entries[-1].outcome != "refused":
        return
    like = one_there(plan.operation.id)
    for number in range(1, MOST_TAUGHT + 1):
        value = _changed(plan, entries, like)
        if value is None or not plan.lawful(value):
            return
        known = len(entries)
        yield replace(
            entries[0].case,
            id=f"{entries[0].case.id}/taught-{number}",
            kind="search",
            label="with what the refusal before it asks for",
            value=value,
            levels=plan.model.classify(value),
            probes=(),
            group=None,
        )
        if len(entries) == known or entries[-1].outcome != "refused":
            return


def one_there(
    catalogue: Catalogue, ledger: Ledger, ask: Callable[[str], None], operation: str
) -> Mapping[str, Any]:
    """A thing of the kind that an operation makes, as a list shows it; an empty one for none.

    `ask` asks a list that was not asked before. Raises Stopped.
    """
    collection = catalogue.made_by(operation)
    if collection is None:
        return {}
    for name in collection.lists:
        if not ledger.of(name):
            ask(name)
        for entry in reversed(ledger.of(name)):
            found = items_of(entry.exchange.json_or_none, collection.noun)
            shown = found[1] if found is not None and entry.outcome == "accepted" else []
            thing = next((one for one in shown if isinstance(one, dict)), None)
            if thing is not None:
                return thing
    return {}


def _changed(plan: OperationPlan, entries: Sequence[Entry], like: Mapping[str, Any]) -> Any:
    """The last request with what its refusal speaks of; None where that is nothing new."""
    refused = entries[-1]
    body, value = plan.operation.body, refused.case.value
    inside = value.get(BODY, {})
    if body is None or not isinstance(inside, dict):
        return None
    said = words_of(refused.exchange.response, _MOST_READ)
    changed = value if BODY in value else {**value, BODY: {}}
    for name in _spoken_of(said, body.place.members, inside):
        at, before = f"/{BODY}/{escape(name)}", inside.get(name, ABSENT)
        lawful = keeps_place(body, f"/{escape(name)}")
        offers = [_like(name, like.get(name, ABSENT), refused.case.id, lawful)]
        told = (one for one in _told(said, before) if one not in body.place.members)
        offers += [one for one in told if not _leads_away(one)]
        factor = plan.model.factors.get(at)
        if before is ABSENT and factor is not None:
            offers += [level.value for level in factor.levels]
        known = [ABSENT, None, *(look(one.case.value, at) for one in entries)]
        new = next((one for one in offers if one not in known and lawful(one)), ABSENT)
        if new is not ABSENT:
            changed = put(changed, at, new)
    return changed if changed != value else None


def _spoken_of(said: str, members: Mapping[str, Any], body: Mapping[str, Any]) -> Iterator[str]:
    """The members that a refusal names, or whose value it says back."""
    small = said.lower()
    for name in members:
        named = len(name) > 1 and re.search(rf"\b{re.escape(name.lower())}\b", small)
        back = any(len(text) > 2 and text in said for text in texts_in(body.get(name)))
        if named or back:
            yield name


def _told(said: str, before: Any) -> Iterator[Any]:
    """Values that a refusal tells of, for a member that had another one before."""
    numbers = [json.loads(text) for text in _NUMBER.findall(said)]
    if before is ABSENT or isinstance(before, str):
        yield from _QUOTED.findall(said)
        for listed in _LISTED.findall(said):
            words = [word.strip("'\"` ") for word in _BETWEEN.split(listed)]
            yield from (word for word in words if word and not re.search(r"\s", word))
        for pattern in _PATTERN.findall(said):
            yield from from_pattern(pattern, 1)
    if isinstance(before, str):
        lengths = (number for number in numbers if number == int(number))
        yield from (exactly(before or "x", int(n)) for n in lengths if 0 < n <= _LONGEST)
    elif type(before) in (int, float):
        # The bound itself, or what lies on either side of it.
        yield from (near for number in numbers for near in (number, number + 1, number - 1))


def _like(name: str, shown: Any, key: object, lawful: Callable[[Any], bool]) -> Any:
    """A value like one that is there; ABSENT where there is none, or where it may lead away."""
    if _leads_away(shown):
        return ABSENT
    return renewed(shown, (key, name), lawful) if is_naming(name) else shown


def _leads_away(value: Any) -> bool:
    return any(map(_LEADS_AWAY.search, texts_in(value)))
