"""The characters of Unicode's properties, asked of the engine that knows them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import jsonschema_rs

from clausewise.patterns.parts import LAST, SURROGATES, Ranges


@lru_cache(maxsize=1_000)
def is_property(name: str) -> bool:
    """Whether the engine knows a property of this name, such as `L` or `Script=Greek`."""
    try:
        jsonschema_rs.Draft202012Validator({"pattern": f"\\p{{{name}}}"})
    except ValueError:
        return False
    return True


@lru_cache(maxsize=100)
def characters_of(name: str) -> Ranges:
    """The characters of a Unicode property, asked of the engine that knows it, block by block."""
    every = jsonschema_rs.Draft202012Validator({"pattern": f"^\\p{{{name}}}+$"})
    none = jsonschema_rs.Draft202012Validator({"pattern": f"^\\P{{{name}}}+$"})

    def points() -> Iterator[tuple[int, int]]:
        for start in range(0, LAST + 1, 256):
            if SURROGATES[0] <= start <= SURROGATES[1]:
                continue
            block = [chr(point) for point in range(start, start + 256)]
            text = "".join(block)
            if every.is_valid(text):
                yield start, start + 255
            elif not none.is_valid(text):
                yield from ((ord(char), ord(char)) for char in block if every.is_valid(char))

    found: list[tuple[int, int]] = []
    for first, last in points():
        if found and found[-1][1] == first - 1:
            found[-1] = (found[-1][0], last)
        else:
            found.append((first, last))
    return tuple(found)
