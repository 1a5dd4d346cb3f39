"""Names of things that nobody was given, of the schema of the place where they stand."""

from __future__ import annotations

import re
import string
from typing import Any

from clausewise.links.needs import Need, fits
from clausewise.values.drawing import texts_of
from clausewise.values.values import digest, stable_uuid

# Nobody has counted up to shortly below this.
_FAR_UP = 1_000_000
# So many characters have to be drawn for a name that nobody has, and so many are looked at.
_ENOUGH_DRAWN, _LONGEST_FORM = 8, 200
# Of what a character may give way to, the most is tried first.
_KINDS = (
    string.ascii_lowercase + string.digits,
    string.ascii_uppercase + string.digits,
    "0123456789abcdef",
    "0123456789ABCDEF",
    string.digits,
)
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
    found = _fitting(need, (number, *_at_the_top(need)) if _is_number(need) else texts)
    return found or _of_its_form(need, "nobody was given this")


def nobody(need: Need) -> str | None:
    """Another one than `made_up`, in letters and digits where that fits: what routes often take."""
    number, unique = _number(need, "nobody has this"), stable_uuid("nobody has this", need.name)
    found = _fitting(need, (f"nobody{number}", number, unique))
    return found or _of_its_form(need, "nobody has this") or made_up(need)


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
    found = _fitting(need, (number,) if _is_number(need) else texts)
    return found or _of_its_form(need, f"a new name {key}")


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


def _at_the_top(need: Need) -> tuple[str, ...]:
    """A whole number shortly below the greatest one, where what counts up is far from it."""
    most = need.schema.get("maximum") if isinstance(need.schema, dict) else None
    if not isinstance(most, int | float) or most < _FAR_UP:
        return ()
    return (str(int(most) - int(digest("shortly below", need.name), 16) % (int(most) // 100)),)


def _is_number(need: Need) -> bool:
    return isinstance(need.schema, dict) and need.schema.get("type") in ("integer", "number")


def _fitting(need: Need, texts: tuple[str, ...]) -> str | None:
    return next((text for text in texts if fits(need, as_read(need, text))), None)


def _of_its_form(need: Need, why: str) -> str | None:
    """A text of the place's pattern, or of its length, that is drawn; None where too little is.

    Each character gives way to another one of its kind where the schema allows that: of 24 hex
    digits all do, of `ord_` and 14 letters the latter.
    """
    schema = need.schema if isinstance(need.schema, dict) else {}
    pattern, least = schema.get("pattern"), min(schema.get("minLength", 0), _LONGEST_FORM + 1)
    samples = texts_of(pattern) if isinstance(pattern, str) else ["0" * int(least)]
    fitting = (text for text in samples if len(text) <= _LONGEST_FORM and fits(need, text))
    text = max(fitting, key=len, default="")
    drawn = 0
    for at in range(len(text)):
        kinds = [kind for kind in _KINDS if text[at] in kind]
        for kind in kinds:
            other = kind[int(digest(why, need.name, at), 16) % len(kind)]
            changed = f"{text[:at]}{other}{text[at + 1 :]}"
            if fits(need, changed):
                text, drawn = changed, drawn + 1
                break
    if drawn >= _ENOUGH_DRAWN:
        return text
    numbered = f"{text.rstrip(string.digits)}{_number(need, why)}"
    return numbered if text and fits(need, numbered) else None
