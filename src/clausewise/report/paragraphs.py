"""Text on a terminal as it is: never markup, never an escape sequence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .showing import encodable, one_line

if TYPE_CHECKING:
    from rich.console import Console


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
        for number, line in enumerate(text.wrap(self._console, self._console.width - hang)):
            line.rstrip()
            self._console.print(Text(" " * (hang if number else indent)) + line)

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
