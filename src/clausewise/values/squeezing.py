"""Rows of a covering array that bring little are taken out, and what they bring moves elsewhere.

Greedy rows end in a tail of rows that bring a pair or two each. Each level of each factor is a bit,
a row is the mask of its levels, and what stands with a level is the union of the rows that have it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from msgspec import Struct

from clausewise.pointer import ABSENT
from clausewise.values.bodies import BodyModel
from clausewise.values.bounds import MOST_SQUEEZED
from clausewise.values.values import LEFT_OUT, PRESENT, Level

Row = dict[str, Level]
# A row with more pairs of its own than this is no tail: moving it would only take time.
MOST_MOVES = 40


class _Held(Struct, eq=False):
    """A row that is still there, and the mask of its levels."""

    row: Row
    mask: int
    _numbers: list[int] | None = None

    @property
    def numbers(self) -> list[int]:
        """The numbers of its levels."""
        if self._numbers is None:
            self._numbers = indices(self.mask)
        return self._numbers


class Squeeze:
    """Takes out rows whose last own pairs fit into other rows without loss there."""

    def __init__(
        self,
        model: BodyModel,
        lawful: Callable[[Any], bool],
        seeds: list[Row],
        rows: list[Row],
        bound: frozenset[str],
    ) -> None:
        """`bound` are the factors whose level may make a body unlawful."""
        self.model = model
        self.lawful = lawful
        self._free = frozenset(
            at for at, factor in model.factors.items() if at not in bound and not factor.container
        )
        self._around = frozenset(factor.parent for factor in model.factors.values())
        # Bodies that are made to see whether a pair can move; they are what it takes time for.
        self._trials = MOST_SQUEEZED // max(len(model.factors), 1)
        self._levels: list[tuple[str, Level]] = []
        self._numbers: dict[tuple[str, str], int] = {}
        self._partners: list[int] = []
        self._number_all()
        self._seeds = [self._mask(seed) for seed in seeds]
        told = map(self._told, rows)
        self._rows = [_Held(row, self._mask(row)) for row in told]

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
        self._take_out_superfluous()
        kept: set[_Held] = set()
        while True:
            common = self._common()
            own = {held: self._number_of(held, common) for held in self._rows if held not in kept}
            if not own or self._trials <= 0:
                break
            held = min(own, key=own.__getitem__)
            # What is taken out changes what is a pair of the others' own; what stays does not.
            while own[held] > MOST_MOVES or not self._take_out(held, self._own(held, common)):
                kept.add(held)
                rest = [other for other in self._rows if other in own and other not in kept]
                if not rest or self._trials <= 0:
                    break
                held = min(rest, key=own.__getitem__)
        return [self.model.classify(self.model.view(held.row)) for held in self._rows]

    def _take_out_superfluous(self) -> None:
        """Take out, one after the other, each row that has no pair of its own.

        A pair is in a row that was kept, or in one still to come, or it is the row's own.
        """
        seen = [0] * len(self._levels)
        coming: list[list[int]] = []
        for held in reversed(self._rows):
            coming.append([seen[number] for number in held.numbers])
            for number in held.numbers:
                seen[number] |= held.mask
        seen = [0] * len(self._levels)
        for seed in self._seeds:
            for number in indices(seed):
                seen[number] |= seed
        rows, self._rows = self._rows, []
        for held, later in zip(rows, reversed(coming), strict=True):
            levels = zip(held.numbers, later, strict=True)
            if any(held.mask & self._partners[n] & ~(seen[n] | rest) for n, rest in levels):
                self._rows.append(held)
                for number in held.numbers:
                    seen[number] |= held.mask

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

    def _masks(self) -> list[int]:
        """The masks of all rows, seeds included."""
        return [*self._seeds, *(held.mask for held in self._rows)]

    def _common_with(self, number: int) -> int:
        """What stands with a level in two rows or more."""
        once = twice = 0
        bit = 1 << number
        for mask in self._masks():
            if mask & bit:
                twice |= once & mask
                once |= mask
        return twice

    def _common(self) -> list[int]:
        """The same for each level."""
        once, twice = [0] * len(self._levels), [0] * len(self._levels)
        numbered = [(held.mask, held.numbers) for held in self._rows]
        for mask, numbers in [*((seed, indices(seed)) for seed in self._seeds), *numbered]:
            for number in numbers:
                twice[number] |= once[number] & mask
                once[number] |= mask
        return twice

    def _alone(self, held: _Held, common: list[int]) -> Iterator[tuple[int, int]]:
        """The numbers of levels, and what stands with each in this row alone."""
        mask, partners = held.mask, self._partners
        for number in held.numbers:
            alone = mask & partners[number] & ~common[number]
            # Each pair once, by its lesser number.
            if alone and (greater := alone >> number >> 1):
                yield number, greater << number << 1

    def _number_of(self, held: _Held, common: list[int]) -> int:
        """How many pairs of levels only this row has, at most a few more than can move."""
        pairs = 0
        for _, alone in self._alone(held, common):
            pairs += alone.bit_count()
            if pairs > MOST_MOVES:
                break
        return pairs

    def _own(self, held: _Held, common: list[int]) -> list[tuple[int, int]]:
        """The pairs of levels that only this row has."""
        alone = self._alone(held, common)
        return [(number, other) for number, others in alone for other in indices(others)]

    def _take_out(self, out: _Held, own: list[tuple[int, int]]) -> bool:
        """Move every pair that only this row has; all or nothing."""
        before = list(self._rows)
        self._rows.remove(out)
        for pair in own:
            both = 1 << pair[0] | 1 << pair[1]
            there = any(mask & both == both for mask in self._masks())
            if not there and not self._move(pair):
                self._rows = before
                return False
        return True

    def _move(self, pair: tuple[int, int]) -> bool:
        wanted = dict(self._levels[number] for number in pair)
        common: dict[int, int] = {}
        for index, held in enumerate(self._rows):
            if not wanted.keys() <= held.row.keys() or self._would_lose(held, wanted, common):
                continue
            if self._trials <= 0:
                return False
            self._trials -= 1
            changes = [(at, held.row[at], level) for at, level in wanted.items()]
            if any(self._opens_or_closes(*change) for change in changes):
                continue
            trial = {**held.row, **wanted}
            if not all(self._is_free(*change) for change in changes):
                body = self.model.view(trial)
                if not self.lawful(body) or self._told(self.model.classify(body)) != trial:
                    continue
            mask = held.mask
            for at, now, level in changes:
                number = self._numbers.get((at, now.label))
                mask &= ~(1 << number) if number is not None else -1
                mask |= 1 << self._numbers[at, level.label]
            self._rows[index] = _Held(trial, mask)
            return True
        return False

    def _opens_or_closes(self, at: str, now: Level, level: Level) -> bool:
        """Whether a level in the stead of another lets members in, or takes them away."""
        is_open = isinstance(now.value, dict)
        return is_open is not isinstance(level.value, dict) and at in self._around

    def _is_free(self, at: str, now: Level, level: Level) -> bool:
        """Whether a level in the stead of another changes nothing else, and nobody minds."""
        if now is level:
            return True
        return at in self._free and (level.value is not ABSENT or self.model.factors[at].optional)

    def _would_lose(self, held: _Held, wanted: Row, common: dict[int, int]) -> bool:
        """Whether a row has a pair of its own with a level that would have to go.

        `common` has what is known of what stands with a level in two rows or more.
        """
        for at, level in wanted.items():
            number = self._numbers.get((at, held.row[at].label))
            if held.row[at] is level or number is None:
                continue
            if number not in common:
                common[number] = self._common_with(number)
            if held.mask & self._partners[number] & ~common[number]:
                return True
        return False


def indices(mask: int) -> list[int]:
    """The numbers of the bits that are set."""
    digits = bin(mask)[:1:-1]  # to look through a text is faster than to take bits off a number
    found = []
    at = digits.find("1")
    while at >= 0:
        found.append(at)
        at = digits.find("1", at + 1)
    return found
