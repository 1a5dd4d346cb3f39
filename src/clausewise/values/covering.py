"""Covering arrays: few bodies in which every pair of value classes appears together.

One row at a time, greedily: seeded with a pair that is still missing, filled with the levels that
bring the most missing pairs (the way of AETG; Cohen et al., 1997). Combinations that the contract
forbids are found by asking `lawful`, so constraints need no form of their own. Long lists of values
are not multiplied: of these, the first few are paired, and each other value stands in some row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any

from clausewise.contract import Place
from clausewise.pointer import ABSENT
from clausewise.values.bodies import BodyModel
from clausewise.values.bounds import (
    MOST_LISTED,
    MOST_PAIRED,
    MOST_PAIRS,
    MOST_ROWS,
    TooLarge,
)
from clausewise.values.squeezing import Squeeze, indices
from clausewise.values.values import EACH_KIND, LEFT_OUT, PRESENT, Level

Row = dict[str, Level]
Key = tuple[str, str]


class Cover:
    """Which pairs are still missing. Each level has a bit; each level's partners are a mask.

    Pairs of values must appear, and each optional member must be left out of a container that is
    there; other pairs with a member left out appear where there is room.
    """

    def __init__(self, model: BodyModel, sendable: Callable[[str, Level], bool]) -> None:
        self.levels: dict[str, list[Level]] = {}
        self.bits: dict[Key, int] = {}
        self._levels: dict[Key, Level] = {}
        of: dict[str, int] = {}
        present = left_out = alone = 0
        for at, factor in model.factors.items():
            levels = [level for level in factor.levels if sendable(at, level)]
            if not factor.optional and not levels:
                levels = [*factor.levels]
            self.levels[at] = [*levels, *([LEFT_OUT] if factor.optional else [])]
            unpaired = set(map(id, unpaired_levels(levels)))
            for level in self.levels[at]:
                bit = 1 << len(self.bits)
                self.bits[at, level.label] = bit
                self._levels[at, level.label] = level
                of[at] = of.get(at, 0) | bit
                if level.value is ABSENT:
                    left_out |= bit
                elif id(level) in unpaired:
                    alone |= bit
                else:
                    present |= bit
        self.missing: dict[Key, int] = {}
        self.wished: dict[Key, int] = {}
        # Levels that no row has yet: of one that is paired with nothing, all that is asked for.
        self.unseen = present | alone
        for at, found in self.levels.items():
            for level in found:
                key = (at, level.label)
                others = (present | left_out) & ~of[at]
                paired = bool(self.bits[key] & present)
                self.missing[key] = others & present if paired else 0
                self.wished[key] = others & ~self.missing[key]
        for at, factor in model.factors.items():
            if factor.optional and factor.parent:
                self._ask_for((at, LEFT_OUT.label), (factor.parent, PRESENT.label))
        self._keys = [*self.bits]

    def _ask_for(self, one: Key, other: Key) -> None:
        self.missing[one] |= self.bits[other]
        self.missing[other] |= self.bits[one]

    def bit(self, at: str, level: Level) -> int:
        """The bit of a level; 0 for a value of no class."""
        return self.bits.get((at, level.label), 0)

    def gain(self, at: str, level: Level, row: int) -> tuple[int, int, int]:
        """How many missing pairs a level would bring to a row, whether it is new, and wishes."""
        key = (at, level.label)
        missing = (self.missing[key] & row).bit_count()
        return missing, self.bits[key] & self.unseen and 1, (self.wished[key] & row).bit_count()

    def take(self, row: Row) -> None:
        """Note every pair of a finished row."""
        others = ~self.mask(row)
        missing, wished = self.missing, self.wished
        self.unseen &= others
        for at, level in row.items():
            key = (at, level.label)
            if key in missing:
                missing[key] &= others
                wished[key] &= others

    def mask(self, row: Row) -> int:
        """The levels of a row as one mask."""
        mask, bits = 0, self.bits
        for at, level in row.items():
            mask |= bits.get((at, level.label), 0)
        return mask

    def drop(self, one: Key, other: Key) -> None:
        """Give up a pair that no lawful body holds."""
        self.missing[one] &= ~self.bits[other]
        self.missing[other] &= ~self.bits[one]

    def next_pair(self) -> tuple[Key, Key] | None:
        """A missing pair: of the level with the most partners missing, the first one."""
        counts = [*map(int.bit_count, self.missing.values())]  # in the order of their bits
        most = max(counts)
        if not most:
            return None
        key = self._keys[counts.index(most)]
        other = max(indices(self.missing[key]), key=counts.__getitem__)
        return key, self._keys[other]

    def level(self, key: Key) -> Level:
        """The level of a key."""
        return self._levels[key]


def unpaired_levels(levels: Iterable[Level]) -> list[Level]:
    """The levels that are not paired with others: of a long list all but the first few.

    Nor are arrays of items of each kind: other lengths stand beside everything.
    """
    values = [level for level in levels if level.value is not ABSENT]
    long = values[MOST_PAIRED:] if len(values) > MOST_LISTED else []
    return [*long, *(one for one in values if one.keyword == EACH_KIND and one not in long)]


def sent_once(model: BodyModel) -> list[str]:
    """For people: which members have so many values that not all are paired with others."""
    return [
        f"{factor.pointer or 'the whole'} has {len(factor.levels)} values: each is sent, "
        f"{len(factor.levels) - len(unpaired)} of them beside every value of the other members"
        for factor in model.factors.values()
        if (unpaired := unpaired_levels(factor.levels)) and len(factor.levels) > MOST_LISTED
    ]


def cover(
    model: BodyModel,
    lawful: Callable[[Any], bool],
    mentioned: Iterable[str],
    seeds: list[Row],
    sendable: Callable[[str, Level], bool] = lambda at, level: True,
) -> list[Row]:
    """Rows that, with the seeds, hold every pair of values that some lawful body holds.

    `lawful` is asked of finished bodies; `mentioned` are the pointers that rules on bodies speak
    of, and `sendable` says which levels a row may have. The rows are complete: every factor has a
    level. Seeds count as covered and are not repeated. Where there are too many pairs, the rows
    hold every value that some lawful body holds, or as many as are found in reasonable time.
    """
    if not model.factors:
        return []
    state = Cover(model, sendable)
    for seed in seeds:
        state.take(seed)
    bound = _bound(model, tuple(mentioned))
    filler = _Filler(model, lawful, state, bound)
    rows: list[Row] = []
    if not _has_too_many_pairs(state):
        rows = _all_pairs(model, lawful, state, filler)
        with suppress(TooLarge):  # then they stay as they are
            rows = Squeeze(model, lawful, seeds, rows, bound).rows()
    with suppress(TooLarge):
        for row in _rows_of_values(model, lawful, state, filler, [*seeds, *rows]):
            rows.append(row)
    return rows


def _rows_of_values(
    model: BodyModel, lawful: Callable[[Any], bool], state: Cover, filler: _Filler, known: list[Row]
) -> Iterator[Row]:
    """Rows for the values that no row has: those that stand with no other, or are not paired."""
    held = {(at, level.label) for row in known for at, level in row.items()}
    for key in state.bits:
        alone = None if key in held else state.level(key)
        start = model.completed({key[0]: alone}, lawful) if alone is not None else None
        if start is not None:
            row = filler.fill(start)
            state.take(row)
            held |= {(at, level.label) for at, level in row.items()}
            yield row


def _has_too_many_pairs(state: Cover) -> bool:
    counts = (len(levels) - len(unpaired_levels(levels)) for levels in state.levels.values())
    sizes = sorted(counts, reverse=True)
    return sum(sizes) ** 2 // 2 > MOST_PAIRS or (len(sizes) > 1 and sizes[0] * sizes[1] > MOST_ROWS)


def _all_pairs(
    model: BodyModel, lawful: Callable[[Any], bool], state: Cover, filler: _Filler
) -> list[Row]:
    """Rows for the pairs that are missing, until it is too much work to find them."""
    rows: list[Row] = []
    with suppress(TooLarge):
        for row in _rows_of_pairs(model, lawful, state, filler):
            rows.append(row)
    return rows


def _rows_of_pairs(
    model: BodyModel, lawful: Callable[[Any], bool], state: Cover, filler: _Filler
) -> Iterator[Row]:
    while (pair := state.next_pair()) is not None:
        one, other = pair
        start = model.completed({one[0]: state.level(one), other[0]: state.level(other)}, lawful)
        both = state.bits[one] | state.bits[other]
        if start is None or not _holds(model, start, pair):
            state.drop(one, other)
            continue
        row = filler.fill(start)
        state.take(row)
        # What the row lost on the way (an odd dependency) must not be asked for for ever.
        if state.mask(row) & both != both:
            state.drop(one, other)
        yield row


def _holds(model: BodyModel, row: Row, pair: tuple[Key, Key]) -> bool:
    """Whether both levels of a pair are in the body of a row."""
    body = model.view(row)
    return all(model.level_in(body, at).label == label for at, label in pair)


def _bound(model: BodyModel, mentioned: tuple[str, ...]) -> frozenset[str]:
    """Factors whose level may make a body unlawful; all others are free of constraints."""
    bound = set()
    for at, factor in model.factors.items():
        parent = factor.parent
        if factor.container and _binds(factor.place):
            bound.add(at)
        while parent is not None and at not in bound:
            place = model.factors[parent].place if parent else model.root
            if _binds(place):
                bound.add(at)
            parent = model.factors[parent].parent if parent else None
        near = (f"{at}/", f"{factor.pointer}/")
        for pointer in mentioned:
            if pointer == at or pointer.startswith(near) or at.startswith(f"{pointer}/"):
                bound.add(at)
    return frozenset(bound)


# What asks for no member and no value of one: it closes an object, or says how names are spelt.
_NAMES_ONLY = frozenset({"additionalProperties", "propertyNames"})


def _binds(place: Place) -> bool:
    """Whether an object may be unlawful for the combination of its members."""
    return bool(place.choices) or any(p.keyword not in _NAMES_ONLY for p in place.assertions)


class _Filler:
    """Completes a row that has a pair already."""

    def __init__(
        self,
        model: BodyModel,
        lawful: Callable[[Any], bool],
        state: Cover,
        bound: frozenset[str],
    ) -> None:
        self.model = model
        self.lawful = lawful
        self.state = state
        self.bound = bound
        # By factor, its levels: each with its key, its bit, and whether members come in by it; a
        # container that is there is what lets its members bring anything.
        self._choices = {
            at: [
                (
                    (at, level.label),
                    level,
                    state.bit(at, level),
                    model.factors[at].container
                    and level.value is not ABSENT
                    and level.value is not None,
                )
                for level in levels
            ]
            for at, levels in state.levels.items()
        }
        # Containers from the outside in, then members: bound ones first, many levels first.
        self.order = sorted(
            model.factors,
            key=lambda at: (
                (0, at.count("/"), 0)
                if model.factors[at].container
                else (1, at not in bound, -len(state.levels[at]))
            ),
        )

    def fill(self, start: Row) -> Row:
        """The row with a level for every factor."""
        model, state = self.model, self.state
        chosen = dict(start)
        mask = state.mask(model.classify(model.view(chosen)))
        self._add(self.order, chosen, mask)
        return model.classify(model.view(chosen))

    def _add(
        self, order: list[str], chosen: Row, mask: int, is_refused: bool = False
    ) -> tuple[int, bool]:
        """Give each of these factors its best level; the mask of the row, and whether all have it.

        All at once, for that is lawful more often than not; else the one half, then the other.
        `is_refused` says that the row with all of them was asked for already, and is not lawful.
        """
        best = dict(chosen)
        then = mask
        asks = False
        for at in order:
            if at in best or not _reachable(self.model, self.model.factors[at].parent, best):
                continue
            best[at], bit = self._best(at, then)
            then |= bit
            asks = asks or at in self.bound
        if not asks or (not is_refused and self.lawful(self.model.view(best))):
            chosen.update(best)
            return then, True
        if len(order) > 1:
            middle = len(order) // 2
            mask, as_asked = self._add(order[:middle], chosen, mask)
            # With all of the one half, all of the other one make the row that was refused.
            return self._add(order[middle:], chosen, mask, as_asked)[0], False
        (at,) = order
        ranked = sorted(self._ranked(at, mask), key=lambda ranked: ranked[0], reverse=True)
        for _, level in ranked[1:]:
            if self.lawful(self.model.view({**chosen, at: level})):
                chosen[at] = level
                return mask | self.state.bit(at, level), False
        return mask, False

    def _best(self, at: str, mask: int) -> tuple[Level, int]:
        """The first level of those by which most is won, and its bit; asked for very often."""
        state = self.state
        missing, wished, unseen = state.missing, state.wished, state.unseen
        choices = self._choices[at]
        _, level, bit, _ = choices[0]
        if len(choices) == 1:
            return level, bit
        most: tuple[bool, int, bool] | None = None
        wishes = -1  # of the best so far, once they are asked for
        for key, other, its, leads in choices:
            gain = leads, (missing[key] & mask).bit_count(), its & unseen != 0
            if most is None or gain > most:
                best, most, wishes = key, gain, -1
                level, bit = other, its
            elif gain == most:
                wishes = (wished[best] & mask).bit_count() if wishes < 0 else wishes
                more = (wished[key] & mask).bit_count()
                if more > wishes:
                    best, wishes, level, bit = key, more, other, its
        return level, bit

    def _ranked(self, at: str, mask: int) -> list[tuple[tuple[object, ...], Level]]:
        """The levels of a factor, each with how much is won by it."""
        return [
            ((leads, *self.state.gain(at, level, mask)), level)
            for _, level, _, leads in self._choices[at]
        ]


def _reachable(model: BodyModel, parent: str | None, chosen: Row) -> bool:
    """Whether the container of a member is there to hold it."""
    while parent:
        level = chosen.get(parent)
        if level is not None and not isinstance(level.value, dict):
            return False
        if level is None and model.factors[parent].optional:
            return False
        parent = model.factors[parent].parent
    return True
