"""The documents that promises are written in, as a record keeps them: masked, and bounded.

All of a document is kept where there is room for all that are cited; else the lines of promises,
those first that deviate, and what is around them. Of a long line the places of promises are kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import UNSET

from clausewise.contract.source import FAR
from clausewise.record.policy import DEVIATIONS, JUDGED
from clausewise.record.record import JudgedClause, Piece, SourceText, WrittenAt
from clausewise.secrets.masking import MASK, Mask

# Characters of all documents together.
MOST_TEXT = 400_000
# Lines around one with a promise; characters of a long line from a promise on, and those around
# them that may be part of the same secret.
_AROUND = 3
_BEHIND = 200
_AROUND_A_PART = 1_000


def sources_of(
    clauses: Iterable[JudgedClause], texts: Mapping[str, str], mask: Mask
) -> tuple[SourceText, ...]:
    """What to show of the documents that these clauses are written in, by their names."""
    places: dict[str, list[WrittenAt]] = {name: [] for name in texts}
    for clause in sorted(clauses, key=_rank):
        if clause.source is not None and clause.source.file in places:
            places[clause.source.file].append(clause.source)
    cited = {name: [at.line for at in places[name]] for name in texts if places[name]}
    documents = {name: texts[name].split("\n") for name in cited}
    room = MOST_TEXT
    if sum(_length(lines) for lines in documents.values()) > room:
        wanted = _chosen(cited, documents, room)
    else:
        wanted = {name: list(range(1, len(lines) + 1)) for name, lines in documents.items()}
    made = []
    for name, lines in documents.items():
        pieces = tuple(_pieces(lines, wanted[name], places[name], mask))
        made.append(SourceText(name, len(lines), pieces))
    return tuple(made)


def _rank(clause: JudgedClause) -> int:
    return 0 if clause.verdict in DEVIATIONS else 1 if clause.verdict not in JUDGED else 2


def _length(lines: Sequence[str]) -> int:
    """How much of a document is shown at most: of long lines no more than a part."""
    return sum(min(len(line), FAR) + 1 for line in lines)


def _chosen(
    cited: Mapping[str, list[int]], documents: Mapping[str, Sequence[str]], room: int
) -> dict[str, list[int]]:
    """The lines with promises and those around them, as many as there is room for: by turns."""
    chosen: dict[str, set[int]] = {name: set() for name in cited}
    left = {name: list(dict.fromkeys(lines)) for name, lines in cited.items()}
    while any(left.values()) and room > 0:
        for name, lines in left.items():
            if not lines or room <= 0:
                continue
            at = lines.pop(0)
            around = range(max(1, at - _AROUND), min(len(documents[name]), at + _AROUND) + 1)
            for number in set(around) - chosen[name]:
                chosen[name].add(number)
                room -= min(len(documents[name][number - 1]), FAR) + 1
    return {name: sorted(numbers) for name, numbers in chosen.items()}


def _pieces(
    lines: Sequence[str], wanted: Sequence[int], places: Sequence[WrittenAt], mask: Mask
) -> Iterator[Piece]:
    columns: dict[int, list[int]] = {}
    for at in places:
        column = at.column if at.column is not UNSET else 1
        columns.setdefault(at.line, []).append(column)
    for number in wanted:
        line = lines[number - 1]
        if len(line) <= FAR + _BEHIND:
            yield Piece(number, 1, mask.text(line))
            continue
        for start, end in _spans(columns.get(number, [1]), len(line)):
            yield Piece(number, start, _part(line, start - 1, end - 1, mask))


def _spans(columns: Sequence[int], length: int) -> Iterator[tuple[int, int]]:
    """What to show of a long line around columns, from and to: none reaches into the next."""
    starts = sorted(set(columns))[: MOST_TEXT // _BEHIND]
    for start, following in zip(starts, [*starts[1:], length + 1], strict=True):
        yield start, min(start + _BEHIND, following)


def _part(line: str, start: int, end: int, mask: Mask) -> str:
    """A part of a line; nothing of it where something around it is secret, which it may cut."""
    around = line[max(0, start - _AROUND_A_PART) : end + _AROUND_A_PART]
    return line[start:end] if mask.text(around) == around else MASK
