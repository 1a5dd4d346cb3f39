"""Many words looked for in one pass: most texts have none of them, and that is told quickly.

Words are put into one automaton once they have been looked for one by one so often that it pays:
that of Rust's regular expressions, by way of the validator that is there anyway. None is told of
one more word cheaply, so there are several, each larger than the next.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Self

# To make an automaton takes as long as to look so often for each of its words. A run that sends a
# new secret with each request makes few of them.
_PAYS = 1_500
_LONG = 4_000  # characters that are looked through at once
_LARGEST = 1 << 28
_Asked = Callable[[str], bool]
# Words as a pattern has them, and what tells whether a text has one of them.
_Block = tuple[tuple[str, ...], _Asked]
_NOT_PLAIN = re.compile(r"[^0-9A-Za-z]")


class Sieve:
    """Words that may stand in texts. What it says never changes; how quickly it says it does.

    >>> known = Sieve().plus(["geheim-0123", "a.b"])
    >>> known.may_hold("the key is geheim-0123"), known.may_hold("acb")
    (True, False)
    """

    __slots__ = ("_searched", "_state")

    def __init__(
        self, blocks: tuple[_Block, ...] = (), loose: tuple[str, ...] = (), searched: int = 0
    ) -> None:
        """Without arguments there is no word; `plus` makes the others."""
        self._state = blocks, loose
        self._searched = searched  # how many words were looked for by themselves

    def plus(self, words: Iterable[str]) -> Self:
        """These words, and others."""
        blocks, loose = self._state
        return type(self)(blocks, (*loose, *words), self._searched)

    def may_hold(self, text: str) -> bool:
        """Whether a text has any of the words in it; also where that cannot be told."""
        blocks, loose = self._state
        if loose:
            if self._searched > _PAYS * len(loose):
                self._put_together(blocks, loose)
                return self.may_hold(text)
            self._searched += len(loose) * (1 + len(text) // _LONG)
            for word in loose:
                if word in text:
                    return True
        return True in [asked(text) for _, asked in blocks]

    def _put_together(self, blocks: tuple[_Block, ...], loose: tuple[str, ...]) -> None:
        # Of what was read at once: where two threads do so, they come to the same.
        kept, words = list(blocks), tuple(map(_spelt, loose))
        while kept and len(kept[-1][0]) <= len(words):
            words = (*kept.pop()[0], *words)
        self._state = (*kept, (words, _automaton(words))), ()
        self._searched = 0


def _automaton(words: tuple[str, ...]) -> _Asked:
    from jsonschema_rs import Draft202012Validator, RegexOptions, ValidationError

    options = RegexOptions(size_limit=_LARGEST)
    try:
        validator = Draft202012Validator({"pattern": "|".join(words)}, pattern_options=options)
    except ValidationError:  # it is too large
        return lambda _: True

    def asked(text: str) -> bool:
        try:
            return validator.is_valid(text)
        except ValueError:  # half a surrogate pair
            return True

    return asked


def _spelt(word: str) -> str:
    """A word as a pattern that means itself."""
    return _NOT_PLAIN.sub(lambda found: _escape(found[0]), word)


def _escape(letter: str) -> str:
    return f"\\x{ord(letter):02x}" if letter.isascii() else letter
