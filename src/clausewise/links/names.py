"""Names of things that nobody was given, of the schema of the place where they stand."""

from __future__ import annotations

import re
from typing import Any

from clausewise.links.needs import Need, fits
from clausewise.values.values import digest, stable_uuid

_SLASH = re.compile(r"[/\\]")
_LETTERS = str.maketrans("0123456789", "ghijklmnop")


def leads_elsewhere(name: str) -> bool:
    """Whether a path with a name may be read as that of another thing.

    Many decode a path first, and then take out what is empty or dots alone between slashes (RFC
    3986, section 5.2.4): `/theirs` and `x/../theirs` are `theirs`.
    """
    segments = _SLASH.split(name)
    dots = any(one in (".", "..") for one in segments)
    return dots or (sum(map(bool, segments)) < 2 and segments != [name]) or not name


def made_up(need: Need) -> str | None:
    """A value of a place's schema that nobody was given; None where none is known."""
    number = _number(need)
    texts = (stable_uuid("nobody was given this", need.name), number, f"nobody-{number}")
    return _fitting(need, texts[1:] if _is_number(need) else texts)


def nobody(need: Need) -> str | None:
    """Another one than `made_up`, in letters and digits where that fits: what routes often take."""
    number, unique = _number(need, "nobody has this"), stable_uuid("nobody has this", need.name)
    return _fitting(need, (f"nobody{number}", number, unique)) or made_up(need)


def new_name(need: Need, key: object) -> str | None:
    """A name for a thing that is to be made, another one for every key; None where none is known.

    It begins with `cw` where the schema of the place allows that, so that it can be told what a
    run has left.
    """
    word, number = digest("a new name", key), str(int(digest("a new number", key), 16) % 10**9)
    letters = word.translate(_LETTERS)
    texts = (
        f"cw-{word}", f"cw_{word}", f"cw{word}", f"cw{letters}", f"CW{letters.upper()}",
        word[:10], letters[:8], stable_uuid("a new name", key), number,
    )  # fmt: skip
    return _fitting(need, (number,) if _is_number(need) else texts)


def as_read(need: Need, value: Any) -> Any:
    """A value as a server reads it from a URL, by the place's own type."""
    kind = need.schema.get("type") if isinstance(need.schema, dict) else None
    kinds = kind if isinstance(kind, list) else [kind]
    if need.part == "request" or "string" in kinds:
        return value if need.part == "request" else str(value)
    if isinstance(value, str) and {"integer", "number"} & set(kinds):
        return int(value) if value.lstrip("-").isdigit() and len(value) < 20 else value
    return value


def _number(need: Need, why: str = "nobody was given this") -> str:
    return str(1_100_000_000 + int(digest(why, need.name), 16) % 10**9)


def _is_number(need: Need) -> bool:
    return isinstance(need.schema, dict) and need.schema.get("type") in ("integer", "number")


def _fitting(need: Need, texts: tuple[str, ...]) -> str | None:
    return next((text for text in texts if fits(need, as_read(need, text))), None)
