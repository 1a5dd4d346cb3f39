"""Rows of a covering array that bring little are taken out, and what they bring moves elsewhere.

Greedy rows end in a tail of rows that bring a pair or two each. Each level of each factor is a bit,
a row is the mask of its levels, and what stands with a level is the union of the rows that have it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
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
        # The levels of a factor, and those that make a pair with a level, as masks.
        self._of: dict[str, int] = {}
        self._partners: list[int] = []
        self._number_all()
        self._seeds = [self._mask(seed) for seed in seeds]
        told = map(self._told, rows)
        self._rows = [_Held(row, self._mask(row)) for row in told]
        # What stands with each level in two rows or more. Of those in the mask it is to be found
        # anew: a row that had them is another one, or gone.
        self._twice = [0] * len(self._levels)
        self._stale = (1 << len(self._levels)) - 1

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
                    self._of[at] = self._of.get(at, 0) | 1 << number
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
        own: dict[_Held, int] = {}
        then = list(self._twice)
        while True:
            self._find_stale()
            changed = _mask_of(n for n, old in enumerate(then) if self._twice[n] != old)
            own = {
                held: own[held] if held in own and not held.mask & changed else self._count(held)
                for held in self._rows
                if held not in kept
            }
            then = list(self._twice)
            if not own or self._trials <= 0:
                break
            held = min(own, key=own.__getitem__)
            # What is taken out changes what is a pair of the others' own; what stays does not.
            while own[held] > MOST_MOVES or not self._take_out(held):
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
        numbers = [self._numbers.get((at, level.label)) for at, level in row.items()]
        return _mask_of(number for number in numbers if number is not None)

    def _masks(self) -> list[int]:
        """The masks of all rows, seeds included."""
        return [*self._seeds, *[held.mask for held in self._rows]]

    def _find(self, number: int) -> None:
        """Find what stands with a level in two rows or more."""
        once = twice = 0
        bit = 1 << number
        for mask in self._masks():
            if mask & bit:
                twice |= once & mask
                once |= mask
        self._twice[number] = twice
        self._stale &= ~bit

    def _find_stale(self) -> None:
        """The same for each level that is stale."""
        once, twice, stale = [0] * len(self._levels), self._twice, self._stale
        for number in indices(stale):
            twice[number] = 0
        for mask in self._masks():
            for number in indices(mask & stale):
                twice[number] |= once[number] & mask
                once[number] |= mask
        self._stale = 0

    def _alone(self, held: _Held) -> Iterator[tuple[int, int]]:
        """The numbers of levels, and what stands with each in this row alone."""
        mask, partners, twice = held.mask, self._partners, self._twice
        for number in held.numbers:
            alone = mask & partners[number] & ~twice[number]
            # Each pair once, by its lesser number.
            if alone and (greater := alone >> number >> 1):
                yield number, greater << number << 1

    def _count(self, held: _Held) -> int:
        """How many pairs of levels only this row has, at most a few more than can move."""
        pairs = 0
        for _, alone in self._alone(held):
            pairs += alone.bit_count()
            if pairs > MOST_MOVES:
                break
        return pairs

    def _take_out(self, out: _Held) -> bool:
        """Move every pair that only this row has; all or nothing."""
        own = [(one, other) for one, others in self._alone(out) for other in indices(others)]
        before = list(self._rows), list(self._twice), self._stale
        self._rows.remove(out)
        self._stale |= out.mask
        moved: list[int] = []
        for pair in own:
            both = 1 << pair[0] | 1 << pair[1]
            # What was moved before may have brought it along.
            if any(mask & both == both for mask in moved):
                continue
            row = self._move(pair)
            if row is None:
                self._rows, self._twice, self._stale = before
                return False
            moved.append(row.mask)
        return True

    def _move(self, pair: tuple[int, int]) -> _Held | None:
        """Change the first row that takes a pair of levels without loss; that row then."""
        wanted = dict(self._levels[number] for number in pair)
        asked = [(1 << number, self._of[self._levels[number][0]]) for number in pair]
        for index, held in enumerate(self._rows):
            if self._would_lose(held, asked) or not wanted.keys() <= held.row.keys():
                continue
            if self._trials <= 0:
                return None
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
            for bit, of in asked:
                mask = mask & ~of | bit
            self._stale |= held.mask | mask
            self._rows[index] = _Held(trial, mask)
            return self._rows[index]
        return None

    def _opens_or_closes(self, at: str, now: Level, level: Level) -> bool:
        """Whether a level in the stead of another lets members in, or takes them away."""
        is_open = isinstance(now.value, dict)
        return is_open is not isinstance(level.value, dict) and at in self._around

    def _is_free(self, at: str, now: Level, level: Level) -> bool:
        """Whether a level in the stead of another changes nothing else, and nobody minds."""
        if now is level:
            return True
        return at in self._free and (level.value is not ABSENT or self.model.factors[at].optional)

    def _would_lose(self, held: _Held, asked: list[tuple[int, int]]) -> bool:
        """Whether a row has a pair of its own with a level that would have to go.

        `asked` are levels that are to come, each beside all those of its factor.
        """
        mask = held.mask
        for bit, of in asked:
            now = mask & of
            if now == bit or not now:
                continue
            number = now.bit_length() - 1
            if self._stale & now:
                self._find(number)
            if mask & self._partners[number] & ~self._twice[number]:
                return True
        return False


def _mask_of(numbers: Iterable[int]) -> int:
    mask = 0
    for number in numbers:
        mask |= 1 << number
    return mask


def indices(mask: int) -> list[int]:
    """The numbers of the bits that are set."""
    digits = bin(mask)[:1:-1]  # to look through a text is faster than to take bits off a number
    found = []
    at = digits.find("1")
    while at >= 0:
        found.append(at)
        at = digits.find("1", at + 1)
    return found
