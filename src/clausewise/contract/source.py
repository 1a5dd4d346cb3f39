"""A file of a contract as it was read, and where something is written in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from msgspec import Struct, field

from clausewise.cutting import brief
from clausewise.errors import ContractError

# A contract has some thousands of nodes; aliases that multiply them are an attack (or a mistake).
MOST_NODES = 500_000
# Real documents stay below 40; far deeper ones exhaust the stacks of parsers, even of C ones.
DEEPEST = 200
# What stands beyond this column is not found by the number of its line.
FAR = 300


class Source(Struct, frozen=True):
    """Where something is written: a file relative to the pack, and a line from 1.

    `column` counts characters from 1, where a line is so long that its number leads nowhere.
    """

    file: str
    line: int
    column: int | None = None

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" + (f":{self.column}" if self.column else "")


class Document(Struct):
    """One file: its text, its data, and for each mapping (by identity) the line of every key.

    `columns` has those of keys that stand far from the beginning of their line; `twice` are keys
    that stand in their mapping before, each with its line: the last one is read.
    """

    path: Path
    name: str
    data: Any
    text: str
    lines: dict[int, dict[str, int]] = field(default_factory=dict)
    columns: dict[int, dict[str, int]] = field(default_factory=dict)
    twice: list[tuple[str, int]] = field(default_factory=list)

    def without_doubles(self) -> Document:
        """The same document. Raises ContractError where a key of it stands twice."""
        if self.twice:
            key, line = self.twice[0]
            raise ContractError(f"key {brief(repr(key))} stands twice", self.name, line)
        return self
