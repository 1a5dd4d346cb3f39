"""Texts that others chose, cut to what a message or a report has room for."""

from __future__ import annotations

from typing import Any

# Of what a document says, a message repeats no more than fits some lines.
MOST_SAID = 300


# A value within a sentence.
_MOST_QUOTED = 40


def cut(text: str, limit: int) -> str:
    """The text, or as much of it as fits into `limit` characters with an ellipsis."""
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def brief(text: str) -> str:
    """A text that a document chose, cut where a message would be no help any more."""
    return cut(text, MOST_SAID)


def quoted(value: Any) -> str:
    """A value of a document as Python writes it, for the middle of a sentence."""
    return cut(repr(value), _MOST_QUOTED)
