"""Covering arrays: few bodies in which every pair of value classes appears together.

One row at a time, greedily: seeded with a pair that is still missing, filled with the levels that
bring the most missing pairs (the way of AETG; Cohen et al., 1997). Combinations that the contract
forbids are found by asking `lawful`, so constraints need no form of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any

from clausewise.plan.bodies import BodyModel
from clausewise.plan.bounds import MOST_PAIRS, MOST_ROWS, MOST_SQUEEZED, TooLarge
from clausewise.plan.values import LEFT_OUT, PRESENT, Level
from clausewise.pointer import ABSENT

Row = dict[str, Level]


class Cover:
    """Which pairs are still missing. Each level has a bit; each level's partners are a mask.

    Pairs of values must appear, and each optional member must be left out of a container that is
    there; other pairs with a member left out appear where there is room.
    """

    def __init__(self, model: BodyModel) -> None:
        self.levels: dict[str, list[Level]] = {}
        self.bits: dict[tuple[str, str], int] = {}
        self._of: dict[str, int] = {}
        present = left_out = 0
        for at, factor in model.factors.items():
            self.levels[at] = [*factor.levels, *([LEFT_OUT] if factor.optional else [])]
            for level in self.levels[at]:
                bit = 1 << len(self.bits)
                self.bits[at, level.label] = bit
                self._of[at] = self._of.get(at, 0) | bit
                if level.value is ABSENT:
                    left_out |= bit
                else:
                    present |= bit
        self.missing: dict[tuple[str, str], int] = {}
        self.wished: dict[tuple[str, str], int] = {}
        for at, found in self.levels.items():
            for level in found:
                others = (present | left_out) & ~self._of[at]
                key = (at, level.label)
                self.missing[key] = 0 if level.value is ABSENT else others & present
                self.wished[key] = others & ~self.missing[key]
        for at, factor in model.factors.items():
            if factor.optional and factor.parent:
                self._ask_for((at, LEFT_OUT.label), (factor.parent, PRESENT.label))
        self._names = {bit: key for key, bit in self.bits.items()}

    def _ask_for(self, one: tuple[str, str], other: tuple[str, str]) -> None:
        self.missing[one] |= self.bits[other]
        self.missing[other] |= self.bits[one]

    def bit(self, at: str, level: Level) -> int:
        """The bit of a level; 0 for a value of no class."""
        return self.bits.get((at, level.label), 0)

    def gain(self, at: str, level: Level, row: int) -> tuple[int, int]:
        """How many missing and how many wished pairs a level would bring to a row."""
        key = (at, level.label)
        return (self.missing[key] & row).bit_count(), (self.wished[key] & row).bit_count()

    def take(self, row: Row) -> None:
        """Note every pair of a finished row."""
        mask = self.mask(row)
        for at, level in row.items():
            key = (at, level.label)
            if key in self.bits:
                self.missing[key] &= ~mask
                self.wished[key] &= ~mask

    def mask(self, row: Row) -> int:
        """The levels of a row as one mask."""
        mask = 0
        for at, level in row.items():
            mask |= self.bit(at, level)
        return mask

    def drop(self, one: tuple[str, str], other: tuple[str, str]) -> None:
        """Give up a pair that no lawful body holds."""
        self.missing[one] &= ~self.bits[other]
        self.missing[other] &= ~self.bits[one]

    def next_pair(self) -> tuple[tuple[str, str], tuple[str, str]] | None:
        """A missing pair: of the level with the most partners missing, the first one."""
        key = max(self.missing, key=lambda key: self.missing[key].bit_count())
        rest = self.missing[key]
        if not rest:
            return None
        partners = [self._names[1 << index] for index in _indices(rest)]
        return key, max(partners, key=lambda other: self.missing[other].bit_count())

    def level(self, key: tuple[str, str]) -> Level:
        """The level of a key."""
        at, label = key
        return next(level for level in self.levels[at] if level.label == label)


def _indices(mask: int) -> Iterable[int]:
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def cover(
    model: BodyModel, lawful: Callable[[Any], bool], mentioned: Iterable[str], seeds: list[Row]
) -> list[Row]:
    """Rows that, with the seeds, hold every pair of values that some lawful body holds.

    `lawful` is asked of finished bodies; `mentioned` are the pointers that rules on bodies speak
    of. The rows are complete: every factor has a level. Seeds count as covered and are not
    repeated. Where there are too many pairs, the rows hold every value that some lawful body holds.
    """
    if not model.factors:
        return []
    state = Cover(model)
    for seed in seeds:
        state.take(seed)
    filler = _Filler(model, lawful, state, _bound(model, tuple(mentioned)))
    rows: list[Row] = []
    if not _has_too_many_pairs(state):
        rows = _all_pairs(model, lawful, state, filler)
        if len(rows) ** 2 * len(model.factors) ** 2 // 2 <= MOST_SQUEEZED:
            rows = Squeeze(model, lawful, seeds, rows).rows()
    held = {(at, level.label) for row in (*seeds, *rows) for at, level in row.items()}
    for at, label in state.bits:
        # A value that stands with no other has no pair to bring it in.
        alone = None if (at, label) in held else state.level((at, label))
        start = model.completed({at: alone}, lawful) if alone is not None else None
        if start is not None:
            rows.append(filler.fill(start))
            state.take(rows[-1])
            held |= {(at, level.label) for at, level in rows[-1].items()}
    return rows


def _has_too_many_pairs(state: Cover) -> bool:
    sizes = sorted((len(levels) for levels in state.levels.values()), reverse=True)
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
        if start is None or state.mask(model.classify(model.build(start))) & both != both:
            state.drop(one, other)
            continue
        row = filler.fill(start)
        state.take(row)
        # What the row lost on the way (an odd dependency) must not be asked for for ever.
        if state.mask(row) & both != both:
            state.drop(one, other)
        yield row


def _bound(model: BodyModel, mentioned: tuple[str, ...]) -> frozenset[str]:
    """Factors whose level may make a body unlawful; all others are free of constraints."""
    bound = set()
    for at, factor in model.factors.items():
        parent = factor.parent
        if factor.container and (factor.place.choices or factor.place.assertions):
            bound.add(at)
        while parent is not None and at not in bound:
            place = model.factors[parent].place if parent else model.root
            if place.choices or place.assertions:
                bound.add(at)
            parent = model.factors[parent].parent if parent else None
        near = (f"{at}/", f"{factor.pointer}/")
        for pointer in mentioned:
            if pointer == at or pointer.startswith(near) or at.startswith(f"{pointer}/"):
                bound.add(at)
    return frozenset(bound)


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
        mask = state.mask(model.classify(model.build(chosen)))
        for at in self.order:
            factor = model.factors[at]
            if at in chosen or not _reachable(model, factor.parent, chosen):
                continue
            for level in self._ranked(at, factor.container, mask):
                if at in self.bound and not self.lawful(model.build({**chosen, at: level})):
                    continue
                chosen[at] = level
                mask |= state.bit(at, level)
                break
        return model.classify(model.build(chosen))

    def _ranked(self, at: str, container: bool, mask: int) -> list[Level]:
        state = self.state

        def rank(level: Level) -> tuple[object, ...]:
            # A container that is there is what lets its members bring anything.
            there = container and level.value is not ABSENT and level.value is not None
            return (there, *state.gain(at, level, mask))

        return sorted(state.levels[at], key=rank, reverse=True)


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


class Squeeze:
    """Takes out rows whose last own pairs fit into other rows without loss there.

    Greedy rows end in a tail of rows that bring a pair or two each.
    """

    def __init__(
        self, model: BodyModel, lawful: Callable[[Any], bool], seeds: list[Row], rows: list[Row]
    ) -> None:
        self.model = model
        self.lawful = lawful
        self._numbers: dict[tuple[str, str], int] = {}
        self._rows = [self._told(row) for row in rows]
        self._count: dict[int, int] = {}
        for row in (*(self._told(seed) for seed in seeds), *self._rows):
            self._note(row, row, 1)

    def rows(self) -> list[Row]:
        """The rows that are left."""
        kept: list[Row] = []
        while True:
            ids = {id(other) for other in kept}
            open_rows = [row for row in self._rows if id(row) not in ids]
            if not open_rows:
                break
            row = min(open_rows, key=lambda row: len(self._own(row)))
            if not self._take_out(row):
                kept.append(row)
        return [self.model.classify(self.model.build(row)) for row in self._rows]

    def _told(self, row: Row) -> Row:
        """The members that are there, and those left out of a container that is there."""
        return {
            at: level
            for at, level in row.items()
            if level.value is not ABSENT
            or ((parent := self.model.factors[at].parent) and isinstance(row[parent].value, dict))
        }

    def _number(self, at: str, level: Level) -> int:
        key = (at, level.label)
        return self._numbers.setdefault(key, len(self._numbers))

    def _pairs(self, part: Row, row: Row) -> list[int]:
        """The pairs of a part of a row with all of the row, each as one number.

        A member that is left out pairs with its container only.
        """
        there = [self._number(at, lv) for at, lv in row.items() if lv.value is not ABSENT]
        inside = {self._number(at, lv) for at, lv in part.items() if lv.value is not ABSENT}
        pairs = [
            (one << 16 | other) if one < other else (other << 16 | one)
            for one in inside
            for other in there
            if one != other and (other not in inside or one < other)
        ]
        for at, level in row.items():
            parent = self.model.factors[at].parent
            if level.value is ABSENT and parent in row and (at in part or parent in part):
                one, other = self._number(at, level), self._number(parent, row[parent])
                pairs.append((one << 16 | other) if one < other else (other << 16 | one))
        return pairs

    def _note(self, part: Row, row: Row, sign: int) -> None:
        count = self._count
        for pair in self._pairs(part, row):
            count[pair] = count.get(pair, 0) + sign

    def _own(self, row: Row) -> list[int]:
        return [pair for pair in self._pairs(row, row) if self._count[pair] == 1]

    def _take_out(self, row: Row) -> bool:
        """Move every pair that only this row has; all or nothing."""
        own = self._own(row)
        if len(own) > MOST_MOVES:
            return False
        named = {self._number(at, level): at for at, level in row.items()}
        index = next(i for i, other in enumerate(self._rows) if other is row)
        del self._rows[index]
        self._note(row, row, -1)
        moved: list[tuple[int, Row, Row]] = []
        for pair in own:
            wanted = {at: row[at] for at in (named[pair >> 16], named[pair & 0xFFFF])}
            if self._count.get(pair, 0) == 0 and not self._move(wanted, moved):
                for at, old, new in reversed(moved):
                    self._change(at, new, old)
                self._rows.insert(index, row)
                self._note(row, row, 1)
                return False
        return True

    def _change(self, index: int, old: Row, new: Row) -> None:
        differs = [at for at, level in new.items() if old[at] is not level]
        self._note({at: old[at] for at in differs}, old, -1)
        self._note({at: new[at] for at in differs}, new, 1)
        self._rows[index] = new

    def _move(self, wanted: Row, moved: list[tuple[int, Row, Row]]) -> bool:
        for index, row in enumerate(self._rows):
            if any(at not in row for at in wanted):
                continue
            trial = {**row, **wanted}
            gone = {at: row[at] for at, level in wanted.items() if row[at] is not level}
            if any(self._count[pair] == 1 for pair in self._pairs(gone, row)):
                continue
            body = self.model.build(trial)
            if not self.lawful(body) or self._told(self.model.classify(body)) != trial:
                continue
            self._change(index, row, trial)
            moved.append((index, row, trial))
            return True
        return False


# A row with more pairs of its own than this is no tail: moving it would only take time.
MOST_MOVES = 40
