"""From a method and a URL back to the operation that they ask, and its path values.

A concrete path goes before a templated one (OpenAPI 3.1, section 4.8.8.2), segment by segment, as
routers have it. Segments are parted before they are decoded: an encoded slash is part of a value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import quote, unquote, urlsplit

from msgspec import Struct, field

from clausewise.contract.operation import Operation

_PARAMETER = re.compile(r"\{([^{}]*)\}")
# RFC 3986, section 2.3: these are never written otherwise.
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]*")
# A last segment that may be a value as it is; others are looked at as a whole.
_PLAIN = re.compile(r"[A-Za-z0-9._~-]+")
# Stands for a segment that is no word; no path has it, for it would be percent-encoded.
_ANY = "{}"
_UNSEEN: Any = object()
# Different skeletons of paths that are remembered.
_MOST_KNOWN = 4_096


class MatchedOperation(Struct, frozen=True):
    """The operation that a request is for, and its path parameters, decoded."""

    operation: Operation
    path: dict[str, str]


class _Node(Struct):
    """What may follow the segments so far: words, then templates, the most definite first."""

    words: dict[str, _Node] = field(default_factory=dict)
    templates: dict[str, tuple[re.Pattern[str], _Node]] = field(default_factory=dict)
    # By method, what ends here, and its parameters in the order of the path.
    ends: dict[str, tuple[Operation, tuple[str, ...]]] = field(default_factory=dict)


_Found = tuple[Operation, dict[str, int]] | None


class _Ending(NamedTuple):
    """An operation whose path ends with a parameter, `name`, and the values of one request."""

    operation: Operation
    values: Mapping[str, str]
    name: str


class Matcher:
    """Finds the operations of a contract by URL, below the paths of its servers or without them."""

    def __init__(self, operations: Iterable[Operation], servers: Iterable[str]) -> None:
        self._root = _Node()
        self._longest = 0
        # What of a path decides where it leads: its words, by their canonical form. Where all else
        # is whole segments, paths with the same words in the same places lead to the same.
        self._words: set[str] = set()
        self._is_plain = True
        self._known: dict[tuple[str, bool, tuple[str, ...]], _Found] = {}
        # What URLs lead to that differ in their last segment alone, which is a parameter's value.
        self._ending: dict[tuple[str, bool, str], _Ending] = {}
        for operation in operations:
            self._add(operation)
        # The path of a server may have variables of its own; what they say is nobody's parameter.
        paths = {urlsplit(server).path.strip("/") for server in servers} - {""}
        self._bases = [
            [_pattern(segment) for segment in path.split("/")]
            for path in sorted(paths, key=lambda path: -path.count("/"))
        ]
        for segment in (segment for path in paths for segment in path.split("/")):
            self._note(segment)
        self._decoded = {unquote(word) for word in self._words}

    def match(self, method: str, url: str, anywhere: bool = True) -> MatchedOperation | None:
        """The operation that a URL asks, absolute or a path, whatever its host; None for none.

        Its path is one of the contract's, below a server's path or not. Where it is neither, and
        unless `anywhere` is false, the longest path of the contract that it ends with counts: who
        serves an API may put it below any other. That path needs a word in it; parameters alone
        would fit everything.
        """
        if not self._is_plain:
            segments = _path(url).split("/")[1:]
            return next(self._matches(segments, method.upper(), anywhere), None)
        path = url[: url.index("?")] if "?" in url else url
        cut = path.rfind("/") + 1
        head, last = path[:cut], path[cut:]
        if last in self._decoded or _PLAIN.fullmatch(last) is None:
            return self._by_words(method, url, anywhere)
        ending = self._ending.get((method, anywhere, head))
        if ending is not None:
            return MatchedOperation(ending.operation, {**ending.values, ending.name: last})
        found = self._by_words(method, url, anywhere)
        name = _whole_parameter(found.operation.path.rpartition("/")[2]) if found else None
        if found is not None and name is not None and _is_plainly_spelt(head):
            if len(self._ending) >= _MOST_KNOWN:
                self._ending.clear()
            self._ending[method, anywhere, head] = _Ending(found.operation, found.path, name)
        return found

    def _by_words(self, method: str, url: str, anywhere: bool) -> MatchedOperation | None:
        segments = _path(url).split("/")[1:]
        skeleton = tuple([self._word(one) for one in segments])
        key = (method, anywhere, skeleton)
        found = self._known.get(key, _UNSEEN)
        if found is _UNSEEN:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            found = self._known[key] = self._found(skeleton, method.upper(), anywhere)
        if found is None:
            return None
        operation, places = found
        values = {name: segments[at] for name, at in places.items()}
        if "%" in url:
            values = {name: unquote(text) for name, text in values.items()}
        return MatchedOperation(operation, values)

    def methods(self, url: str, anywhere: bool = True) -> tuple[str, ...]:
        """The methods that the path of a URL takes, sorted."""
        found = self._matches(_path(url).split("/")[1:], None, anywhere)
        return tuple(sorted({match.operation.method for match in found}))

    def _word(self, segment: str) -> str:
        """A word of the contract's paths in its canonical form, or a sign for any other segment."""
        if not segment or segment in self._words:
            return segment
        if _UNRESERVED.fullmatch(segment) is None and (word := _canonical(segment)) in self._words:
            return word
        return _ANY

    def _found(self, words: Sequence[str], method: str, anywhere: bool) -> _Found:
        """Where such words lead to, and in which segment each parameter stands."""
        segments = [f"{_ANY}{at}" if word == _ANY else word for at, word in enumerate(words)]
        found = next(self._matches(segments, method, anywhere), None)
        if found is None:
            return None
        places = {unquote(segment): at for at, segment in enumerate(segments)}
        return found.operation, {name: places[text] for name, text in found.path.items()}

    def _note(self, segment: str) -> None:
        shape = _PARAMETER.sub("{}", segment)
        if "{}" not in shape:
            self._words.add(_canonical(segment))
        elif shape != "{}":
            self._is_plain = False

    def _matches(
        self, segments: list[str], method: str | None, anywhere: bool
    ) -> Iterator[MatchedOperation]:
        found = False
        for rest in self._below_servers(segments):
            for match in _walk(self._root, rest, (), method):
                found = True
                yield match
        if found or not anywhere:
            return
        for start in range(max(1, len(segments) - self._longest), len(segments)):
            for match in _walk(self._root, segments[start:], (), method):
                if _PARAMETER.sub("", match.operation.path).strip("/"):
                    yield match

    def _below_servers(self, segments: list[str]) -> Iterator[list[str]]:
        for base in self._bases:
            below = segments[: len(base)]
            if len(segments) > len(base) and all(map(re.Pattern.fullmatch, base, below)):
                yield segments[len(base) :]
        yield segments

    def _add(self, operation: Operation) -> None:
        node = self._root
        segments = _path(operation.path).split("/")[1:]
        self._longest = max(self._longest, len(segments))
        for segment in segments:
            self._note(segment)
            shape = _PARAMETER.sub("{}", segment)
            if "{}" not in shape:
                node = node.words.setdefault(_canonical(segment), _Node())
                continue
            if shape not in node.templates:
                node.templates[shape] = _pattern(segment), _Node()
                # The more of a segment is given, the more definite it is.
                ordered = sorted(node.templates.items(), key=lambda one: -len(one[0]))
                node.templates = dict(ordered)
            node = node.templates[shape][1]
        names = parameters_in(operation.path)
        node.ends.setdefault(operation.method, (operation, names))


def _walk(
    node: _Node, segments: list[str], values: tuple[str, ...], method: str | None
) -> Iterator[MatchedOperation]:
    if not segments:
        for known, (operation, names) in node.ends.items():
            if method in (None, known):
                yield MatchedOperation(operation, dict(zip(names, values, strict=True)))
        return
    segment, *rest = segments
    word = node.words.get(_canonical(segment))
    if word is not None:
        yield from _walk(word, rest, values, method)
    for pattern, inner in node.templates.values():
        found = pattern.fullmatch(segment)
        if found is not None:
            yield from _walk(inner, rest, (*values, *map(unquote, found.groups())), method)


def parameters_in(path: str) -> tuple[str, ...]:
    """The parameters of a path, in its order."""
    return tuple(_PARAMETER.findall(path))


def _whole_parameter(segment: str) -> str | None:
    """The parameter that a segment of a template is; None where it is no single one."""
    found = _PARAMETER.fullmatch(segment)
    return found[1] if found is not None else None


def _is_plainly_spelt(head: str) -> bool:
    """Whether nothing in the beginning of a URL is read as something else than it is."""
    return "%" not in head and "#" not in head and head.isascii() and head.isprintable()


def _pattern(segment: str) -> re.Pattern[str]:
    """What a segment of a template looks like in a URL; a parameter is at least one character."""
    pieces = _PARAMETER.split(segment)
    pieces[::2] = [_literal(piece) for piece in pieces[::2]]
    pieces[1::2] = ["(.+?)" for _ in pieces[1::2]]
    return re.compile("".join(pieces), re.DOTALL)


def _literal(piece: str) -> str:
    """A given part of a segment, each character as it is or percent-encoded (RFC 3986, 2.1)."""
    encoded = ((one, "".join(f"%{byte:02X}" for byte in one.encode())) for one in unquote(piece))
    return "".join(f"(?:{re.escape(one)}|(?i:{code}))" for one, code in encoded)


def _canonical(segment: str) -> str:
    return quote(unquote(segment), safe="")


def _path(url: str) -> str:
    """The path of a URL, still encoded, without a query."""
    if "?" in url or "#" in url:
        url = re.split(r"[?#]", url, maxsplit=1)[0]
    if url[:1] == "/" and url[:2] != "//":
        return url
    # What is plain need not be looked through for what `urlsplit` takes out or refuses.
    separator = url.find("://")
    if url.isascii() and url.isprintable() and url[:separator].isalpha() and "[" not in url:
        start = url.find("/", separator + 3)
        return url[start:] if start > 0 else "/"
    return urlsplit(url).path or "/"
