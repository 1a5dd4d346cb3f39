"""Text on a terminal as it is: never markup, never an escape sequence."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .showing import encodable, one_line

if TYPE_CHECKING:
    from rich.console import Console


# A word that somebody copies: an id, an option, a path. It stays whole, whatever the width.
_COPIED = re.compile(r"[\w{}./:#=*-]+[.,;)]*", re.ASCII)
_WORD = re.compile(r"\S+")


def _ends_of_lines(text: str, width: int) -> list[int]:
    """Where a text is broken into lines of at most `width` cells; what is copied may be longer.

    That is before a word, or in the midst of one that does not fit and that nobody copies.
    """
    from rich.cells import cell_len

    ends, start = [], 0
    for word in _WORD.finditer(text):
        if word.start() > start and cell_len(text[start : word.end()]) > width:
            start = word.start()
            ends.append(start)
        while not _COPIED.fullmatch(word[0]) and cell_len(text[start : word.end()]) > width:
            shorter = range(word.end(), start + 1, -1)
            start = next((n for n in shorter if cell_len(text[start:n]) <= width), start + 1)
            ends.append(start)
    return ends


class Paragraphs:
    """Prints texts, which may be a target's, on a console.

    What the console's encoding does not have is spelt out.
    """

    def __init__(self, console: Console, longest: int) -> None:
        """`longest` is how much is told of each text in a paragraph."""
        self._console = console
        self._longest = longest

    def say(self, *parts: str | tuple[str, str], indent: int = 0) -> None:
        """Print the parts, with their styles, as one wrapped paragraph; further lines hang."""
        from rich.text import Text

        text = Text()
        for part in parts:
            content, style = (part, "") if isinstance(part, str) else part
            text.append(self._printable(content, self._longest), style)
        hang = indent + 2
        ends = _ends_of_lines(text.plain, self._console.width - hang)
        for number, line in enumerate(text.divide(ends)):
            line.rstrip()
            shown = Text(" " * (hang if number else indent)) + line
            self._console.print(shown, soft_wrap=True)

    def whole(
        self, content: str, style: str = "", indent: int = 0, limit: int | None = None
    ) -> None:
        """Print a text that is never wrapped: so it can be copied as it stands."""
        from rich.text import Text

        shown = " " * indent + self._printable(content, limit)
        self._console.print(Text(shown, style), soft_wrap=True)

    def space(self) -> None:
        """Print an empty line."""
        self._console.print()

    def _printable(self, text: str, limit: int | None) -> str:
        return encodable(one_line(text, limit), self._console.encoding)
