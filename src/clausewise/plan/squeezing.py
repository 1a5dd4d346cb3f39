"""Rows of a covering array that bring little are taken out, and what they bring moves elsewhere.

Greedy rows end in a tail of rows that bring a pair or two each. Each level of each factor is a bit,
a row is the mask of its levels, and what stands with a level is the union of the rows that have it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from clausewise.plan.bodies import BodyModel
from clausewise.plan.bounds import MOST_SQUEEZED
from clausewise.plan.values import LEFT_OUT, PRESENT, Level
from clausewise.pointer import ABSENT

Row = dict[str, Level]
# A row with more pairs of its own than this is no tail: moving it would only take time.
MOST_MOVES = 40


class Squeeze:
    """Takes out rows whose last own pairs fit into other rows without loss there."""

    def __init__(
        self, model: BodyModel, lawful: Callable[[Any], bool], seeds: list[Row], rows: list[Row]
    ) -> None:
        self.model = model
        self.lawful = lawful
        # Bodies that are made to see whether a pair can move; they are what it takes time for.
        self._trials = MOST_SQUEEZED // max(len(model.factors), 1)
        self._levels: list[tuple[str, Level]] = []
        self._numbers: dict[tuple[str, str], int] = {}
        self._partners: list[int] = []
        self._number_all()
        self._seeds = [self._mask(seed) for seed in seeds]
        self._rows = [self._told(row) for row in rows]
        self._masks = [self._mask(row) for row in self._rows]

    def _number_all(self) -> None:
        """A number for each level, and the levels that make a pair with it.

        A member that is left out pairs with its container only.
        """
        present = 0
        of: dict[str, int] = {}
        for at, factor in self.model.factors.items():
            for level in (*factor.levels, LEFT_OUT):
                number = self._numbers.setdefault((at, level.label), len(self._numbers))
                if number == len(self._levels):
                    self._levels.append((at, level))
                    if level.value is not ABSENT:
                        present |= 1 << number
                        of[at] = of.get(at, 0) | 1 << number
        self._partners = [
            present & ~of[at] if level.value is not ABSENT else 0 for at, level in self._levels
        ]
        for at, factor in self.model.factors.items():
            around = self._numbers.get((factor.parent or "", PRESENT.label))
            if around is not None:
                absent = self._numbers[at, LEFT_OUT.label]
                self._partners[absent] |= 1 << around
                self._partners[around] |= 1 << absent

    def rows(self) -> list[Row]:
        """The rows that are left."""
        kept: set[int] = set()
        while True:
            common = self._common()
            own = {
                id(row): self._own(mask, common)
                for row, mask in zip(self._rows, self._masks, strict=True)
                if id(row) not in kept
            }
            if not own or self._trials <= 0:
                break
            row = min((r for r in self._rows if id(r) in own), key=lambda r: len(own[id(r)]))
            # What is taken out changes what is a pair of the others' own; what stays does not.
            while not self._take_out(row, own[id(row)]):
                kept.add(id(row))
                rest = [other for other in self._rows if id(other) in own and id(other) not in kept]
                if not rest or self._trials <= 0:
                    break
                row = min(rest, key=lambda r: len(own[id(r)]))
        return [self.model.classify(self.model.build(row)) for row in self._rows]

    def _told(self, row: Row) -> Row:
        """The members that are there, and those left out of a container that is there."""
        return {
            at: level
            for at, level in row.items()
            if level.value is not ABSENT
            or ((parent := self.model.factors[at].parent) and isinstance(row[parent].value, dict))
        }

    def _mask(self, row: Row) -> int:
        mask = 0
        for at, level in row.items():
            number = self._numbers.get((at, level.label))
            mask |= 1 << number if number is not None else 0
        return mask

    def _beside(self, number: int, without: int) -> int:
        """What stands with a level in all rows but one, seeds included."""
        bit = 1 << number
        beside = 0
        for mask in self._seeds:
            if mask & bit:
                beside |= mask
        for index, mask in enumerate(self._masks):
            if mask & bit and index != without:
                beside |= mask
        return beside

    def _common(self) -> list[int]:
        """For each level, what stands with it in two rows or more, seeds included."""
        once, twice = [0] * len(self._levels), [0] * len(self._levels)
        for mask in (*self._seeds, *self._masks):
            for number in indices(mask):
                twice[number] |= once[number] & mask
                once[number] |= mask
        return twice

    def _own(self, mask: int, common: list[int]) -> list[tuple[int, int]]:
        """The pairs of levels that only this row has, at most a few more than can move."""
        pairs: list[tuple[int, int]] = []
        for number in indices(mask):
            alone = mask & self._partners[number] & ~common[number]
            pairs += [(number, other) for other in indices(alone) if other > number]
            if len(pairs) > MOST_MOVES:
                break
        return pairs

    def _take_out(self, row: Row, own: list[tuple[int, int]]) -> bool:
        """Move every pair that only this row has; all or nothing."""
        if len(own) > MOST_MOVES:
            return False
        index = next(i for i, other in enumerate(self._rows) if other is row)
        before = list(self._rows), list(self._masks)
        del self._rows[index], self._masks[index]
        for pair in own:
            there = any(_has(mask, pair) for mask in (*self._seeds, *self._masks))
            if not there and not self._move(pair):
                self._rows, self._masks = before
                return False
        return True

    def _move(self, pair: tuple[int, int]) -> bool:
        wanted = dict(self._levels[number] for number in pair)
        for index, row in enumerate(self._rows):
            if any(at not in row for at in wanted) or self._would_lose(index, wanted):
                continue
            if self._trials <= 0:
                return False
            self._trials -= 1
            trial = {**row, **wanted}
            body = self.model.build(trial)
            if not self.lawful(body) or self._told(self.model.classify(body)) != trial:
                continue
            self._rows[index] = trial
            self._masks[index] = self._mask(trial)
            return True
        return False

    def _would_lose(self, index: int, wanted: Row) -> bool:
        """Whether a row has a pair of its own with a level that would have to go."""
        row, mask = self._rows[index], self._masks[index]
        for at, level in wanted.items():
            number = self._numbers.get((at, row[at].label))
            if row[at] is level or number is None:
                continue
            if mask & self._partners[number] & ~self._beside(number, index):
                return True
        return False


def _has(mask: int, pair: tuple[int, int]) -> bool:
    return all(mask >> number & 1 for number in pair)


def indices(mask: int) -> list[int]:
    """The numbers of the bits that are set."""
    found = []
    while mask:
        low = mask & -mask
        found.append(low.bit_length() - 1)
        mask ^= low
    return found
