"""Nouns: what a path segment or the name of a member calls a thing, in the singular."""

from __future__ import annotations

from functools import lru_cache

from clausewise.links.destroying import name_words
from clausewise.pointer import unescape

# What is appended to a noun to name one of its things.
SUFFIXES = frozenset({"id", "ids", "uuid", "guid", "key", "slug", "name", "code", "ref", "number"})


@lru_cache(maxsize=4096)
def noun_of(text: str) -> str:
    """The singular of a path segment or a name, its words joined: `line-items` is `lineitem`."""
    words = name_words(text)
    return "".join([*words[:-1], _singular(words[-1])]) if words else ""


def _singular(word: str) -> str:
    for ending, instead in (
        ("ies", "y"),
        ("sses", "ss"),
        ("ches", "ch"),
        ("xes", "x"),
        ("ses", "se"),
    ):
        if word.endswith(ending) and len(word) > len(ending) + 1:
            return word[: -len(ending)] + instead
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


@lru_cache(maxsize=4096)
def noun_named(name: str) -> tuple[str, str]:
    """The noun and the suffix of a thing's name: `X-Pet-Id` is (`pet`, `id`), `id` (``, `id`)."""
    words = name_words(name)
    if len(words) > 1 and words[0] == "x":
        words = words[1:]
    name = "_".join(words)
    if words and words[-1] in SUFFIXES:
        return noun_of("_".join(words[:-1])), words[-1]
    return noun_of(name), ""


@lru_cache(maxsize=4096)
def in_one_word(name: str) -> str:
    """A name in small letters, its words joined."""
    return name.lower().replace("_", "").replace("-", "")


def names_at(pointer: str) -> list[str]:
    """What a member at a pointer may be called, in one word: `/boards/0/id` is a `boardid` too."""
    *around, last = (unescape(step) for step in pointer.split("/"))
    outer = next((step for step in reversed(around) if step not in ("", "*", "0")), "")
    name = in_one_word(last)
    return [name, f"{noun_of(outer)}{name}"] if outer and name in SUFFIXES else [name]
