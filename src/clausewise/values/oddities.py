"""Oddity rows: lawful values that careless servers trip over, one kind of them a row.

Row k has oddity k in every text (number, UUID, object) that can carry it. The rows stand by
themselves, after the covering rows: a server that refuses the empty text everywhere refuses one
row, and the covering rows still say what they say.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from msgspec import Struct

from clausewise.contract import Place
from clausewise.contract.compiled import compiled
from clausewise.pointer import look, put
from clausewise.values.bodies import BodyModel
from clausewise.values.factors import Factor
from clausewise.values.stated import bound, content_texts, listed_values
from clausewise.values.usual import text_format
from clausewise.values.values import Level, exactly

Carries = Callable[[str, Any], bool]
# How long a text is that no bound forbids.
LONG = 1_000
# Bodies that are built to put one row together.
MOST_TRIALS = 200
UNKNOWN = "x_undocumented"
# Oddities of which documents rarely say that they have to be taken, by what rows are called.
LONG_TEXTS, UNKNOWN_MEMBERS = f"{LONG:,} characters", "unknown members"

# What free texts are made of, one oddity after the other. The first character is odd already, for
# texts that have to be short.
TEXTS: dict[str, str] = {
    "an empty text": "",
    "one character": "x",
    LONG_TEXTS: "long text ",
    "quotes": "'it\\'s' \"quoted\" `so`",
    "slashes and percent signs": "/a/b\\c//d %zz 100% %2F",
    "emoji": "🎥👩‍👩‍👧‍👦 é",
    "right-to-left and combining marks": "שלום\u0301 e\u0301 \u202eعربي\u202c",
}


class OddityRow(Struct, frozen=True):
    """One request with one oddity wherever it is lawful.

    `value` is what is sent, `levels` the assignment that it was made of, `at` are the pointers of
    the odd values in it. `expect` is what the contract says; where it is `soft`, documents seldom
    say that a server has to take it, and a refusal is no hard finding.
    """

    label: str
    value: Any
    levels: dict[str, Level]
    at: tuple[str, ...]
    expect: Literal["accepted", "either"]
    soft: bool


def oddity_rows(
    model: BodyModel,
    lawful: Callable[[Any], bool],
    carries: Carries = lambda at, value: True,
    fixed: frozenset[str] = frozenset(),
) -> list[OddityRow]:
    """The oddity rows of a message, at most one for each oddity, the same every time.

    `lawful` is asked of finished values. `carries` says whether the wire can carry a value at a
    pointer of the model (a path segment is never empty, a header is ASCII), `fixed` are pointers
    of values that have to stay as they are.
    """
    least = model.completed({}, lawful)
    if least is None:
        return []
    maker = _Maker(model, lawful, carries, fixed, least)
    rows = [
        maker.row(label, _odd_text(text), soft=label == LONG_TEXTS) for label, text in TEXTS.items()
    ]
    rows += [
        maker.row("whole numbers with a fraction of 0", _as_fraction, expect="either"),
        maker.row("UUIDs in capitals", _in_capitals),
        maker.with_unknown_members(),
    ]
    return [row for row in rows if row is not None]


Odd = Callable[[Place, Any], Any]


class _Maker:
    def __init__(
        self,
        model: BodyModel,
        lawful: Callable[[Any], bool],
        carries: Carries,
        fixed: frozenset[str],
        least: dict[str, Level],
    ) -> None:
        self.model = model
        self.lawful = lawful
        self.carries = carries
        self.fixed = fixed
        self.least = least
        self._trials = 0

    def row(
        self,
        label: str,
        odd: Odd,
        expect: Literal["accepted", "either"] = "accepted",
        soft: bool = False,
    ) -> OddityRow | None:
        """The row of one oddity; None where nothing lawful can carry it."""
        changes = {
            at: level
            for at, factor in self.model.factors.items()
            if at not in self.fixed and (level := self._level(label, factor, odd)) is not None
        }
        self._trials = 0
        levels = self._with(self.least, changes)
        value = self.model.build(levels)
        there = tuple(at for at in changes if levels.get(at) is changes[at])
        if not there:
            return None
        return OddityRow(label, value, self.model.classify(value), there, expect, soft)

    def _level(self, label: str, factor: Factor, odd: Odd) -> Level | None:
        """A factor's plain value with the oddity in it, if that is lawful and can be carried."""
        if factor.container or not factor.levels:
            return None
        # What documents disagree about is no promise (`x-contested`).
        contested = factor.place.notes.get("x-contested", True)
        for level in factor.levels:
            value = odd_within(factor.place, level.value, odd)
            if value is level.value or not compiled(contested).is_valid(value):
                continue
            if self.carries(factor.at, value):
                keyword = "format" if bound(factor.place, "format") else "type"
                return Level(label, value, keyword)
        return None

    def _with(self, levels: dict[str, Level], changes: dict[str, Level]) -> dict[str, Level]:
        """The levels with as many of the changes as go together: all, or half by half."""
        if not changes or self._trials >= MOST_TRIALS:
            return levels
        self._trials += 1
        full = self.model.assigned({**levels, **changes})
        if self.lawful(self.model.view(full)):
            return full
        if len(changes) == 1:
            return levels
        items = list(changes.items())
        middle = len(items) // 2
        return self._with(self._with(levels, dict(items[:middle])), dict(items[middle:]))

    def with_unknown_members(self) -> OddityRow | None:
        """The least value with a member that nobody documented in every object that may have it."""
        objects = [at for at, f in self.model.factors.items() if f.container]
        value = self.model.build(self.least)
        there: list[str] = []
        for at in ("", *objects):
            inside = look(value, at)
            place = self.model.factors[at].place if at else self.model.root
            if not isinstance(inside, dict) or _says_of_others(place):
                continue
            trial = put(value, f"{at}/{UNKNOWN}", 1)
            if self.carries(f"{at}/{UNKNOWN}", 1) and self.lawful(trial):
                value = trial
                there.append(f"{at}/{UNKNOWN}")
        if not there:
            return None
        levels = self.model.classify(value)
        return OddityRow(UNKNOWN_MEMBERS, value, levels, tuple(there), "accepted", soft=True)


def _says_of_others(place: Place) -> bool:
    """Whether a schema speaks of members that it does not name: then they are not unknown.

    One that is closed, though nobody can tell to what, speaks of them.
    """
    branches = (branch for choice in place.choices for branch in choice.branches)
    is_doubtful = any(promise.keyword == "additionalProperties" for promise in place.untestable)
    return bool(place.extras) or is_doubtful or any(_says_of_others(one) for one in branches)


def odd_within(place: Place, value: Any, odd: Odd) -> Any:
    """A value with the oddity wherever its place allows it; the same object where nowhere."""
    if isinstance(value, list):
        items = [
            odd_within(inner, item, odd) if (inner := _item_place(place, index)) else item
            for index, item in enumerate(value)
        ]
        changed = any(new is not old for new, old in zip(items, value, strict=True))
        return items if changed and place.fits(items) else value
    if isinstance(value, dict):
        members = {
            name: odd_within(place.members[name], inner, odd) if name in place.members else inner
            for name, inner in value.items()
        }
        changed = any(members[name] is not value[name] for name in value)
        return members if changed and place.fits(members) else value
    other = odd(place, value)
    return other if other is not value and place.fits(other) else value


def _item_place(place: Place, index: int) -> Place | None:
    return place.prefix[index] if index < len(place.prefix) else place.items


def _odd_text(text: str) -> Odd:
    """The oddity of a text, in the length that its place asks for."""

    def odd(place: Place, value: Any) -> Any:
        if not isinstance(value, str) or not _is_free(place):
            return value
        least, most = place.lengths
        if text == TEXTS[LONG_TEXTS]:
            return exactly(text, LONG) if most is None or most >= LONG else value
        if len(text) < least:
            return exactly(text, least) if len(text) > 1 and least <= LONG else value
        return text if most is None else text[:most] or value

    return odd


def _is_free(place: Place) -> bool:
    """Whether a text may be any, but for its length and its pattern."""
    # A format that nobody checks here a server may.
    told = (
        text_format(place) or listed_values(place) is not None or content_texts(place) is not None
    )
    return not told and not _is_told_by_branches(place)


def _is_told_by_branches(place: Place) -> bool:
    branches = (branch for choice in place.choices for branch in choice.branches)
    return any("string" in branch.allowed_types and not _is_free(branch) for branch in branches)


def _as_fraction(place: Place, value: Any) -> Any:
    """A whole number as one with a fraction of 0, which JSON Schema takes for a whole one."""
    if type(value) is not int or "number" in place.allowed_types or abs(value) >= 2**53:
        return value
    return float(value) if listed_values(place) is None else value


def _in_capitals(place: Place, value: Any) -> Any:
    """A UUID in capitals, which mean the same (RFC 9562, section 4)."""
    form = bound(place, "format")
    is_uuid = isinstance(value, str) and form is not None and form.value == "uuid"
    return value.upper() if is_uuid and value.upper() != value else value
