"""Naming: the pointer that a cause is put down to, and the cause in words."""

from __future__ import annotations

from clausewise.contract.codecs import encode_json
from clausewise.diagnosis.probing import Cause
from clausewise.diagnosis.serving import in_part
from clausewise.pointer import ABSENT, look
from clausewise.record.ledger import Entry
from clausewise.values.values import Level


def is_of_no_keyword(level: Level, clause: str | None) -> bool:
    """Whether no keyword is about a value: that it may be left out says nothing of it.

    `clause` is what the plan has for it.
    """
    vague = clause is None or clause.endswith((":optional", ":required"))
    return vague and level.value is not ABSENT


def cause_in_words(cause: Cause) -> tuple[str, str]:
    """The pointer that a cause is put down to, and the cause in words."""
    # A container is there only for its members' sake.
    inner = [at for at in cause.levels if not any(o.startswith(f"{at}/") for o in cause.levels)]
    around = {at.rpartition("/")[0] for at in inner}
    missing = all(cause.levels[at].value is ABSENT for at in inner)
    if missing and len(inner) > 1 and len(around) == 1 and all(around):
        # Too little is in it: that is about the object.
        at = around.pop()
        return at, f"{in_part(at)} = {_text(look(cause.entry.case.value, at))}"
    first, *others = [_said(at, cause.levels[at], cause.entry) for at in inner]
    return inner[0], f"{first} together with {' and '.join(others)}" if others else first


def _said(at: str, level: Level, entry: Entry) -> str:
    if level.value is ABSENT:
        return f"{in_part(at)} left out"
    value = look(entry.case.value, at)
    if isinstance(value, dict):
        return f"{in_part(at)} present"
    return f"{in_part(at)} = {_text(value) if value is not ABSENT else level.label}"


def _text(value: object) -> str:
    text = encode_json(value).decode()
    return text if len(text) <= 80 else f"{text[:77]}…"
