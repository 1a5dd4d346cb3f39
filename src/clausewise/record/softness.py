"""What documents rarely say: deviations that warn, and fail no run."""

from __future__ import annotations

import re
from typing import Any

from clausewise.plan.cases import Case
from clausewise.pointer import ABSENT

# RFC 8259, section 6.
_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?")
COERCED = "{said} was taken for {wanted}: documents rarely say whether such values are coerced"


def coercion(case: Case) -> str | None:
    """Why it only warns that a broken value was accepted: it was read as the type it spells.

    A text for the number or the boolean that it spells, and a number or a boolean for a text; null,
    an object or an array for a scalar is no such thing. None for every other case.
    """
    change = case.change
    if case.kind != "negative" or change is None or not case.probes:
        return None
    if not case.probes[0].endswith(":type"):
        return None
    level = case.levels.get(change.at)
    wanted = level.value if level is not None else ABSENT
    if _spells(change.value, wanted) or _spells(wanted, change.value):
        return COERCED.format(said=_kind(change.value), wanted=_kind(wanted))
    return None


def _spells(text: Any, scalar: Any) -> bool:
    """Whether a text is a number's or a boolean's way to be written."""
    if not isinstance(text, str):
        return False
    if isinstance(scalar, bool):
        return text in ("true", "false")
    return isinstance(scalar, int | float) and _NUMBER.fullmatch(text) is not None


def _kind(value: Any) -> str:
    if isinstance(value, str):
        return "a text"
    return "a boolean" if isinstance(value, bool) else "a number"
