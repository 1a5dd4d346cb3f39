"""What documents rarely say: deviations that warn, and fail no run."""

from __future__ import annotations

import re
from typing import Any

from clausewise.contract import Clause
from clausewise.contract.compiled import compiled
from clausewise.exchange import Response
from clausewise.plan.cases import Case
from clausewise.pointer import anywhere, unescape

# RFC 8259, section 6; without a fraction or an exponent it is an integer's way to be written.
_INTEGER = re.compile(r"-?(?:0|[1-9]\d*)")
# What is said of a text, and can be asked of another one by itself.
_OF_TEXTS = ("const", "enum", "format", "maxLength", "pattern")
_NUMBER = re.compile(rf"{_INTEGER.pattern}(?:\.\d+)?(?:[eE][+-]?\d+)?")


def coercion(case: Case, clause: Clause | None) -> str | None:
    """Why it only warns that a broken value was accepted: it was read as the type that it spells.

    A text for the number or the boolean that it spells, and a number or a boolean for a text; null,
    an object or an array for a scalar is no such thing. `clause` is what the case probes. None for
    every other case.
    """
    if case.kind != "negative" or case.change is None or clause is None:
        return None
    return coerced(case.change.value, clause)


def coerced(value: Any, clause: Clause) -> str | None:
    """Why it only warns that a value of another type was accepted, as `coercion` has it."""
    if clause.keyword != "type":
        return None
    wanted = {clause.value} if isinstance(clause.value, str) else set(clause.value or ())
    spelt = next((kind for kind in _spelt_by(value) if kind in wanted), None)
    if spelt is None:
        return None
    said = _kind(value)
    return f"a {said} was taken for the {spelt} that it spells, which documents rarely speak of"


def trimmed(case: Case, clause: Clause | None, response: Response | None) -> str | None:
    """Why it only warns that a broken text was accepted: the blanks around it were taken off.

    The reply has to show the text without them, which keeps what `clause` says. None elsewhere.
    """
    if case.kind != "negative" or case.change is None or clause is None or response is None:
        return None
    sent = case.change.value
    if not isinstance(sent, str) or sent == sent.strip() or clause.keyword not in _OF_TEXTS:
        return None
    name = unescape(case.change.at.rpartition("/")[2])
    shown = {one for one in anywhere(response.json_or_none, name) if isinstance(one, str)}
    kept = compiled({clause.keyword: clause.value}).is_valid(sent.strip())
    if not kept or shown != {sent.strip()}:
        return None
    return "the blanks around it were taken off, as the reply shows: documents rarely speak of that"


def _spelt_by(value: Any) -> tuple[str, ...]:
    """The JSON types that a scalar of another type may be read as."""
    if not isinstance(value, str):
        return ("string",) if isinstance(value, bool | int | float) else ()
    if value in ("true", "false"):
        return ("boolean",)
    if _INTEGER.fullmatch(value):
        return ("integer", "number")
    return ("number",) if _NUMBER.fullmatch(value) else ()


def _kind(value: Any) -> str:
    if isinstance(value, str):
        return "string"
    return "boolean" if isinstance(value, bool) else "number"
