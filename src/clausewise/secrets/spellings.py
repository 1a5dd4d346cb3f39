"""What a secret looks like recoded, and where a text has it however it is spelt there.

A text is unwrapped layer by layer: percent-encoding (once and more), references of HTML, escapes of
JSON, of Python and of a shell, line breaks. In each layer secrets are looked for as they are, in
any case, as hex, and as base64 in both alphabets, wherever in the encoded text they stand (so that
of `user:secret` is found, too). It is what masks an output and what finds a secret in a reply.
"""

from __future__ import annotations

import html
import re
from base64 import b64encode, urlsafe_b64encode
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any, Self

from msgspec import Struct

from clausewise.secrets.sieve import Sieve

# What is shorter stands in too many innocent places.
SHORTEST = 6
# A line of a secret has to be so long to be looked for by itself.
_SHORTEST_LINE = 12
# How often one encoding may be wrapped in another.
_DEEPEST = 4
# So many texts of so many characters are remembered to have no secret.
_SHORT_TEXT, _MOST_CLEAN = 200, 5_000
# What is left of a secret before or after an ellipsis has to be so long, and at the end of a text
# that may have been cut there.
_SHORTEST_PART, _SHORTEST_END = 3, 8
# Cut texts are longer than this.
_SHORTEST_CUT = 200
_ELLIPSES = re.compile(r"…|\.\.\.")
# It begins with a class of characters: nothing else is looked at twice.
_WRAPPED = re.compile(
    r"""[%\\'&\r\n](?:
    (?<=%)(?P<percent>[0-9A-Fa-f]{2}(?:%[0-9A-Fa-f]{2})*)
    |(?<=\\)(?:
        (?P<unicode>u[0-9A-Fa-f]{4}(?:\\u[0-9A-Fa-f]{4})*)
        |(?P<bytes>x[0-9A-Fa-f]{2}(?:\\x[0-9A-Fa-f]{2})*)
        |(?P<control>[nrtbf])
        |(?P<quoted>[\\'"/]))
    |(?<=')(?P<shell>\\'')
    |(?<=&)(?P<html>(?:\#\d{1,7}|\#[xX][0-9A-Fa-f]{1,6}|[a-zA-Z]{2,6});)
    |(?<=[\r\n])(?P<line>\s*)
    )""",
    re.VERBOSE,
)
_CONTROLS = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
_LINE = re.compile(r"[ \t]*[\r\n]\s*")
_BASE64 = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_=")


class _Layer(Struct, frozen=True):
    """A text, the same in small letters, and where it stands in what it was unwrapped from.

    `tokens` are (start, end) here and (start, end) there of what was rewritten, in order.
    """

    text: str
    folded: str
    tokens: tuple[tuple[int, int, int, int], ...] = ()
    starts: tuple[int, ...] = ()
    outer: _Layer | None = None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """A part of this text as a part of the first one."""
        if self.outer is None:
            return start, end
        return self.outer.span(self._there(start, 2), self._there(end - 1, 3))

    def _there(self, at: int, side: int) -> int:
        """Where a character stands: the start (2) of its token, or the end (3) behind it."""
        place = bisect_right(self.starts, at) - 1
        if place < 0:
            return at + side - 2
        token = self.tokens[place]
        if at < token[1]:
            return token[side]
        return token[3] + at - token[1] + side - 2


class Spellings:
    """The spellings of some secrets, to be found in texts. It is never changed.

    >>> known = Spellings().plus(["geheim-0123"])
    >>> known.masked("key=Z2VoZWltLTAxMjM=, GEHEIM%2D0123", "*")
    'key=*, *'
    """

    __slots__ = ("_clean", "_exact", "_folded", "_free", "_sieve", "secrets")

    def __init__(
        self,
        secrets: tuple[str, ...] = (),
        folded: dict[str, dict[str, str]] | None = None,
        exact: dict[str, dict[str, str]] | None = None,
        sieve: Sieve | None = None,
    ) -> None:
        """Without arguments there is no secret; `plus` makes the others."""
        self.secrets = secrets
        # Short texts that have none, not even cut off, and those that have no whole one: names and
        # values of headers come again and again.
        self._clean: set[str] = set()
        self._free: set[str] = set()
        # By their beginnings the spellings, each with its secret: those in any case, the others.
        self._folded = folded or {}
        self._exact = exact or {}
        # Most texts have none of either: all are looked for in small letters first.
        self._sieve = sieve or Sieve()

    def __reduce__(self) -> tuple[Any, ...]:
        return _spellings_of, (self.secrets,)

    def plus(self, secrets: Iterable[str]) -> Self:
        """These, and those of more secrets. Short ones are left out."""
        fresh = tuple(secrets)
        in_any_case, exact = dict(self._folded), dict(self._exact)
        words: list[str] = []
        for secret in fresh:
            for index, spelt in ((in_any_case, _plain(secret)), (exact, _base64(secret))):
                for one in dict.fromkeys(spelt):
                    if len(one) >= SHORTEST:
                        head = one[:SHORTEST]
                        index[head] = {**index.get(head, {}), one: secret}
                        words.append(folded(one))
        sieve = self._sieve.plus(dict.fromkeys(words))
        return type(self)(self.secrets + fresh, in_any_case, exact, sieve)

    def found(self, text: str) -> set[str]:
        """The secrets that stand in a text."""
        length = len(text)
        if not self._folded or length < SHORTEST or (length <= _SHORT_TEXT and text in self._free):
            return set()
        found = self._in(text, folded(text))
        if is_wrapped(text):
            found = found.union(*(self._in(one.text, one.folded) for one in _layers(text)))
        if not found and length <= _SHORT_TEXT:
            if len(self._free) >= _MOST_CLEAN:
                self._free.clear()
            self._free.add(text)
        return found

    def _in(self, text: str, small: str) -> set[str]:
        """The secrets that stand in a text as it is; `small` is the same in small letters."""
        if not self._sieve.may_hold(small):
            return set()
        found = _candidates(self._folded, small) + _candidates(self._exact, text)
        return {secret for _, secret in found}

    def masked(self, text: str, mask: str) -> str:
        """A text with a mask in the place of every secret, also of one that is cut off."""
        if not self._folded or text in self._clean:
            return text
        cut = len(text) >= _SHORTEST_CUT or _ELLIPSES.search(text) is not None
        if len(text) < SHORTEST and not cut:
            return text
        spans: list[tuple[int, int]] = []
        for layer in _layers(text):
            spans += [layer.span(start, end) for start, end, _ in self._places(layer)]
            if cut:
                spans += [layer.span(*part) for part in self._parts(layer)]
        if spans:
            return _replaced(text, spans, mask)
        if len(text) <= _SHORT_TEXT:
            if len(self._clean) >= _MOST_CLEAN:
                self._clean.clear()
            self._clean.add(text)
        return text

    def _places(self, layer: _Layer) -> Iterator[tuple[int, int, str]]:
        """Where a secret begins and ends in a layer of a text, and which one it is."""
        if not self._sieve.may_hold(layer.folded):
            return
        for index, told in ((self._folded, layer.folded), (self._exact, layer.text)):
            for one, secret in _candidates(index, told):
                start = told.find(one)
                while start >= 0:
                    end = start + len(one)
                    where = _around(told, start, end) if index is self._exact else (start, end)
                    yield (*where, secret)
                    start = told.find(one, end)

    def _parts(self, layer: _Layer) -> Iterator[tuple[int, int]]:
        """What is left of secrets at an ellipsis, or at the end of a long text."""
        for index, told in ((self._folded, layer.folded), (self._exact, layer.text)):
            known = [one for spelt in index.values() for one in spelt]
            yield from _halves(told, known)


def _spellings_of(secrets: tuple[str, ...]) -> Spellings:
    return Spellings().plus(secrets)


def _halves(text: str, secrets: list[str]) -> Iterator[tuple[int, int]]:
    """Where a text has the first half of a secret before a cut, or the last one behind it."""
    longest = max(map(len, secrets), default=0)
    cuts = [(found.start(), found.end(), _SHORTEST_PART) for found in _ELLIPSES.finditer(text)]
    if len(text) >= _SHORTEST_CUT:
        cuts.append((len(text), len(text), _SHORTEST_END))
    for end, start, least in cuts:
        before, behind = text[max(0, end - longest) : end], text[start : start + longest]
        for secret in secrets:
            if secret[:least] in before:
                lengths = range(min(len(secret), len(before)), least - 1, -1)
                length = next((n for n in lengths if before.endswith(secret[:n])), 0)
                if length:
                    yield end - length, end
            if behind and secret[-_SHORTEST_END:] in behind:
                lengths = range(len(secret), _SHORTEST_END - 1, -1)
                length = next((n for n in lengths if behind.startswith(secret[-n:])), 0)
                if length:
                    yield start, start + length


def _plain(secret: str) -> Iterator[str]:
    """A secret in small letters, unwrapped, without its line breaks, line by line, and as hex."""
    # One that looks as if something were escaped in it is unwrapped with what is around it.
    yield from (layer.folded for layer in _layers(secret))
    yield folded(_LINE.sub("", secret))
    if " " in secret:
        yield folded(secret.replace(" ", "+"))
    # Whoever breaks a text into lines tells each of them; those around a key are known to all.
    for line in secret.splitlines():
        if len(line) >= _SHORTEST_LINE and line != secret and not line.startswith("--"):
            yield folded(line)
    with suppress(UnicodeEncodeError):
        yield secret.encode().hex()


def _base64(secret: str) -> Iterator[str]:
    """What base64 makes of a secret at each of the three places where it may begin.

    Characters that hold bits of what is around it are left out.
    """
    with suppress(UnicodeEncodeError):
        content = secret.encode()
        for before in range(3):
            bits = 8 * (before + len(content))
            whole = slice(-(-8 * before // 6), bits // 6)
            for encode in (b64encode, urlsafe_b64encode):
                yield encode(bytes(before) + content).decode()[whole]


def _around(text: str, start: int, end: int) -> tuple[int, int]:
    """A part of a base64 text with the characters that hold the rest of its first and last byte."""
    least, most = max(0, start - 2), min(len(text), end + 3)
    while start > least and text[start - 1] in _BASE64 and text[start - 1] != "=":
        start -= 1
    while end < most and text[end] in _BASE64:
        end += 1
    return start, end


def _candidates(index: dict[str, dict[str, str]], text: str) -> list[tuple[str, str]]:
    """The spellings that stand in a text, each with its secret.

    Few of them are looked for one by one; of many, those whose beginning is there.
    """
    length = len(text)
    if len(index) * (200 + length) < 300 * length:
        heads: Iterable[str] = index
    else:
        heads = {text[at : at + SHORTEST] for at in range(length - SHORTEST + 1)} & index.keys()
    return [(one, secret) for head in heads for one, secret in index[head].items() if one in text]


def folded(text: str) -> str:
    """A text in small letters, and of the same length."""
    low = text.lower()
    if len(low) == len(text):  # no letter has more of them in small than one
        return low
    return "".join(one if len(one := letter.lower()) == 1 else letter for letter in text)


def _layers(text: str) -> Iterator[_Layer]:
    """A text, and what is left each time that one of its encodings is taken off."""
    layer = _Layer(text, folded(text))
    yield layer
    for _ in range(_DEEPEST):
        inner = _unwrapped(layer)
        if inner is None:
            return
        yield inner
        layer = inner


def is_wrapped(text: str) -> bool:
    """Whether a text has any sign of an encoding."""
    return "\\" in text or "%" in text or "&" in text or "\n" in text or "\r" in text


def _unwrapped(layer: _Layer) -> _Layer | None:
    """A text without its outermost encodings; None where it has none."""
    text = layer.text
    if not is_wrapped(text):
        return None
    tokens, pieces = [], []
    at = length = 0
    for found in _WRAPPED.finditer(text):
        meant = _meant(found)
        pieces += [text[at : found.start()], meant]
        start = length + found.start() - at
        length = start + len(meant)
        tokens.append((start, length, found.start(), found.end()))
        at = found.end()
    if not tokens:
        return None
    pieces.append(text[at:])
    inner = "".join(pieces)
    starts = tuple(token[0] for token in tokens)
    return _Layer(inner, folded(inner), tuple(tokens), starts, layer)


def _meant(found: re.Match[str]) -> str:
    told = found[0]
    match found.lastgroup:
        case "percent":
            return bytes.fromhex(told.replace("%", "")).decode("utf-8", "replace")
        case "unicode":
            units = b"".join(bytes.fromhex(unit) for unit in told.split("\\u")[1:])
            return units.decode("utf-16-be", "replace")
        case "bytes":
            content = bytes.fromhex(told.replace("\\x", ""))
            try:
                return content.decode("utf-8")
            except UnicodeDecodeError:
                return content.decode("latin-1")
        case "shell":
            return "'"
        case "control":
            return _CONTROLS[told[1]]
        case "quoted":
            return told[1]
        case "html":
            return html.unescape(told)
    return ""


def _replaced(text: str, spans: Iterable[tuple[int, int]], mask: str) -> str:
    """A text with a mask in the place of parts, of which some may overlap."""
    pieces = []
    at = 0
    for start, end in sorted(spans):
        if start >= at:
            pieces += [text[at:start], mask]
        at = max(at, end)
    return "".join([*pieces, text[at:]])
