"""Needs: the places of requests that name things, and the kinds of thing that they may be of."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from msgspec import Struct

from clausewise.contract.compiled import compiled
from clausewise.contract.path_templates import without_names
from clausewise.links.nouns import noun_of

# What stands between two parameters of one segment.
_IN_ONE = re.compile(r"\}[^/{}]+\{")


class Collection(Struct):
    """One kind of thing: the operations that make such things, and those that list them.

    `shown_by` are those that show things which these are within.
    """

    path: str
    makers: list[str] = []
    lists: list[str] = []
    shown_by: list[str] = []

    @property
    def noun(self) -> str:
        """What one of its things is called: `pet` for `/stores/{}/pets`."""
        fixed = [segment for segment in self.path.split("/") if segment not in ("", "{}")]
        return noun_of(fixed[-1]) if fixed else ""


@dataclass(frozen=True, slots=True)
class Need:
    """A place of an operation's requests whose value names a thing.

    `collections` are the paths of those it may be of, the likeliest first; `around` is the
    path template before a path parameter, None for another part. `documented` says that the
    document has values for it, `listed` that it has all of them: it names nothing that comes and
    goes. `called` is what the path of the thing calls it, where only that tells; what is `guessed`
    may as well be a text of its own.
    """

    operation: str
    part: str
    pointer: str
    name: str
    collections: tuple[str, ...]
    around: str | None = None
    schema: Any = field(default=True, compare=False, hash=False)
    documented: bool = field(default=False, compare=False)
    listed: bool = field(default=False, compare=False)
    called: str = field(default="", compare=False)
    guessed: bool = field(default=False, compare=False)
    by_format: bool = field(default=False, compare=False)

    @property
    def place(self) -> tuple[str, str]:
        """Part and pointer."""
        return self.part, self.pointer


def bare(path: str) -> str:
    """A path template without the names of its parameters.

    Two of them in one segment (`{base}-{quote}`) name a thing as two segments do; braces without a
    name are no parameter, but signs of the path.
    """
    path = without_names(path.replace("{}", "%7B%7D"))
    return _IN_ONE.sub("}/{", path).rstrip("/") or "/"


def beyond(path: str, thing: str) -> str | None:
    """What a bare path has beyond that of a thing: `/stop`, or `:stop`; None where it is not of it.

    It is empty for the thing itself.
    """
    rest = path.removeprefix(thing)
    return rest if path.startswith(thing) and rest[:1] in ("", "/", ":") else None


def fits(need: Need, value: Any) -> bool:
    """Whether a value keeps the schema of the place; of a body, that is asked with the whole."""
    return need.schema is True or bool(compiled(need.schema).is_valid(value))
