"""YAML and JSON files as plain data that still knows its lines."""

from __future__ import annotations

import math
import re
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import yaml
from referencing import Registry, Resource
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

from clausewise.contract.openapi30 import modernised
from clausewise.errors import ContractError

# A contract has some thousands of nodes; aliases that multiply them are an attack (or a mistake).
MOST_NODES = 500_000
# Real documents stay below 40; far deeper ones exhaust the stacks of parsers, even of C ones.
DEEPEST = 200
# The largest public descriptions have some 30 MB in one file; a device has no end at all.
MOST_BYTES = 64 * 1024 * 1024
# Of what a document says, a message repeats no more than fits some lines.
MOST_SAID = 300
# What stands beyond this column is not found by the number of its line.
FAR = 300
# The most parts that speak of one value, by `$ref` and in branches.
MOST_PARTS = 2_000

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Source:
    """Where something is written: a file relative to the pack, and a line from 1.

    `column` counts characters from 1, where a line is so long that its number leads nowhere.
    """

    file: str
    line: int
    column: int | None = None

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" + (f":{self.column}" if self.column else "")


@dataclass(slots=True)
class Document:
    """One file: its text, its data, and for each mapping (by identity) the line of every key.

    `columns` has those of keys that stand far from the beginning of their line.
    """

    path: Path
    name: str
    data: Any
    text: str = ""
    lines: dict[int, dict[str, int]] = field(default_factory=dict)
    columns: dict[int, dict[str, int]] = field(default_factory=dict)


class Documents:
    """Every document of one pack, read on demand and kept.

    `root` bounds what a `$ref` may reach; nothing is fetched over a network.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        # The version, set by whoever finds that these documents are in the words of OpenAPI 3.0.
        self.words_of_30: str | None = None
        self._documents: dict[Path, Document] = {}
        # By the identity of a mapping: the document, and the identity of what was read.
        self._lines: dict[int, tuple[Document, int]] = {}
        self._adopted: list[Any] = []
        self._registry: Registry[Any] = Registry(retrieve=self._retrieve)  # type: ignore[call-arg]
        # What was made of parts of these documents once, by whoever made it.
        self.memo: dict[Any, Any] = {}

    def read(self, path: Path) -> Document:
        """Read one file. Raises ContractError when it is missing or not YAML or JSON."""
        try:
            path = path.resolve()
        except (OSError, RuntimeError) as error:
            raise ContractError("cannot be read: its links go in a circle", str(path)) from error
        if path not in self._documents:
            document = _parse(path, self._name(path))
            self._documents[path] = document
            for key in document.lines:
                self._lines[key] = (document, key)
        return self._documents[path]

    def texts(self) -> dict[str, str]:
        """The text of every document read so far, by name, with line feeds alone."""
        return {document.name: document.text for document in self._documents.values()}

    def digest(self) -> str:
        """A digest of every document read so far, names and texts as they were read."""
        digest = blake2b(digest_size=16)
        for path in sorted(self._documents):
            document = self._documents[path]
            digest.update(f"{document.name}\0".encode())
            digest.update(document.text.encode())
        return digest.hexdigest()

    def source(self, mapping: Any, key: str) -> Source | None:
        """Where `key` of this very mapping is written, or None for data made elsewhere."""
        document, read = self._lines.get(id(mapping), (None, 0))
        line = document.lines[read].get(key) if document is not None else None
        if document is None or line is None:
            return None
        return Source(document.name, line, document.columns.get(read, {}).get(key))

    def adopt(self, made: Any, mapping: Any) -> None:
        """Let a mapping that was made of another one have the lines of that one."""
        found = self._lines.get(id(mapping))
        if found is not None:
            self._lines[id(made)] = found
            self._adopted.append(made)  # its id must stay its own

    def resolver(self, path: Path) -> Any:
        """A `referencing` resolver whose base is this file."""
        resource = DRAFT202012.create_resource(self.read(path).data)
        return self._registry.with_resource(path.resolve().as_uri(), resource).resolver(
            path.resolve().as_uri()
        )

    def follow(
        self, resolver: Any, mapping: dict[str, Any], keyword: str = "$ref"
    ) -> tuple[Any, Any]:
        """The contents and the new resolver behind a reference, `mapping["$ref"]`.

        Raises ContractError, with the line of the `$ref`, when it leads nowhere or out of the pack.
        """
        if id(mapping) not in self._lines:
            return self._follow(resolver, mapping, keyword)
        # A mapping that was read stands in one place, so that its reference has one base.
        key = ("follow", id(mapping), keyword)
        if key not in self.memo:
            self.memo[key] = self._follow(resolver, mapping, keyword)
        contents, inner = self.memo[key]
        return contents, inner

    def _follow(self, resolver: Any, mapping: dict[str, Any], keyword: str) -> tuple[Any, Any]:
        ref = mapping[keyword]
        at = self.source(mapping, keyword)
        file, line = (at.file, at.line) if at else (None, None)
        if not isinstance(ref, str):
            raise ContractError(f"{keyword} is a string, here it is {brief(repr(ref))}", file, line)
        try:
            resolved = resolver.lookup(ref)
        except (Unresolvable, ValueError, TypeError, AttributeError) as error:
            anchored = _anchored(resolver, ref)
            if anchored is not None:
                return anchored
            problem = f"{keyword} {brief(repr(ref))} leads nowhere{brief(_why(error))}"
            raise ContractError(problem, file, line) from error
        return resolved.contents, resolved.resolver

    def composing(
        self, node: Any, resolver: Any, keywords: tuple[str, ...]
    ) -> Iterator[tuple[dict[str, Any], Any]]:
        """A schema and all that speaks of the same value by `$ref` and these keywords.

        Each part comes once, with the base of its `$ref`s, however many ways lead to it. A
        reference that leads nowhere has nothing to say.
        """
        seen: set[int] = set()
        open_ = [(node, resolver)]
        while open_:
            part, base = open_.pop()
            if not isinstance(part, dict) or id(part) in seen:
                continue
            seen.add(id(part))
            if len(seen) > MOST_PARTS:
                problem = f"more than {MOST_PARTS} schemas, $ref by $ref, speak of one value"
                source = self.source(node, next(iter(node), ""))
                file, line = (source.file, source.line) if source else (None, None)
                raise ContractError(f"{problem}; make it flatter", file, line)
            yield part, base
            if isinstance(part.get("$ref"), str):
                with suppress(ContractError):
                    open_.append(self.follow(base, part))
            for keyword in keywords:
                inner = part.get(keyword)
                open_ += [(one, base) for one in (inner if isinstance(inner, list) else [inner])]

    def _name(self, path: Path) -> str:
        if path.is_relative_to(self.root):
            return path.relative_to(self.root).as_posix()
        return str(path)

    def _retrieve(self, uri: str) -> Resource[Any]:
        parts = urlsplit(uri)
        if parts.scheme != "file":
            raise ContractError("remote documents are not fetched; keep a copy in the pack")
        try:
            path = Path(unquote(parts.path)).resolve()
        except (OSError, RuntimeError) as error:
            raise ContractError("its links go in a circle") from error
        if not path.is_relative_to(self.root):
            raise ContractError(f"{path} lies outside of the pack {self.root}")
        first = path not in self._documents
        data = self.read(path).data
        if first and self.words_of_30:
            modernised(data, self.words_of_30)
        return DRAFT202012.create_resource(data)


def _anchored(resolver: Any, ref: str) -> tuple[Any, Any] | None:
    """The one schema of a document with this anchor, and the base of what it refers to.

    OpenAPI's own objects hide it from who knows JSON Schema alone.
    """
    base, _, name = ref.partition("#")
    if not name or name.startswith("/"):
        return None
    try:
        resolved = resolver.lookup(base or "#")
    except (Unresolvable, ValueError, TypeError, AttributeError):
        return None
    found = []
    open_ = [resolved.contents]
    while open_:
        node = open_.pop()
        if isinstance(node, dict):
            open_ += node.values()
            if name in (node.get("$anchor"), node.get("$dynamicAnchor")):
                found.append(node)
        elif isinstance(node, list):
            open_ += node
    return (found[0], resolved.resolver) if len(found) == 1 else None


def brief(text: str) -> str:
    """A text that a document chose, cut where a message would be no help any more."""
    return text if len(text) <= MOST_SAID else f"{text[: MOST_SAID - 1]}…"


def _why(error: BaseException) -> str:
    """What a failed look-up has to say for itself: the ContractError behind it, if there is one."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ContractError):
            return f": {cause}"
        cause = cause.__cause__ or cause.__context__
    return ""


def _content(path: Path, name: str) -> bytes:
    """The bytes of a file. Raises ContractError where it is none, or too large to be a document.

    Only files are opened: a named pipe would wait for its writer, and a device has no end.
    """
    name = brief(name)
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            what = "Is a directory" if stat.S_ISDIR(mode) else "Is not a file"
            raise ContractError(f"cannot be read: {what}", name)
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise ContractError(f"cannot be read: {error.strerror}", name) from error
    except ValueError as error:
        raise ContractError(f"cannot be read: {error}", name) from error
    if len(content) > MOST_BYTES:
        raise ContractError(f"is longer than {MOST_BYTES} bytes; split it into files", name)
    return content


def _parse(path: Path, name: str) -> Document:
    try:
        text = _content(path, name).decode("utf-8")
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ContractError(f"is not UTF-8: {error.reason}", name, line) from error
    if path.suffix == ".json":
        text = _JSON_PAIR.sub(_character, text)
    document = Document(path, name, None, text)
    try:
        node = _Composer(text, name).compose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        # Some builds of libyaml look far ahead, and give up before `DEEPEST` is noticed here.
        deep = "nesting depth" in str(error.problem)
        problem = "is nested too deeply" if deep else f"is not YAML: {brief(str(error.problem))}"
        raise ContractError(problem, name, mark.line + 1 if mark else None) from error
    except yaml.YAMLError as error:
        odd = yaml.reader.Reader.NON_PRINTABLE.search(text)
        line_of_it = text.count("\n", 0, odd.start()) + 1 if odd else None
        raise ContractError("is not YAML: it has control characters", name, line_of_it) from error
    if node is not None:
        document.data = _Builder(document).build(node)
    return document


# In JSON a character beyond U+FFFF is escaped as two halves, which YAML knows nothing of.
_JSON_PAIR = re.compile(r"(?<!\\)((?:\\\\)*)\\u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})", re.I)


def _character(match: re.Match[str]) -> str:
    high, low = int(match[2], 16), int(match[3], 16)
    return match[1] + chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))


@dataclass(slots=True, eq=False)
class _Node:
    """A value as it is written: a scalar's text, the items of a list, or the pairs of a mapping."""

    line: int
    column: int
    tag: str | None
    plain: bool = False
    text: str | None = None
    items: list[_Node] | None = None
    pairs: list[tuple[_Node, _Node]] | None = None


class _Composer:
    """Turns the events of the YAML parser into nodes; an alias is the node that it names."""

    def __init__(self, text: str, name: str) -> None:
        self._events: Iterator[Any] = yaml.parse(text, Loader=_LOADER)
        self._name = name
        self._anchors: dict[str, _Node] = {}
        self._depth = 0
        self._composed = 0

    def compose(self) -> _Node | None:
        """The root node, or None of an empty document."""
        root: _Node | None = None
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent) and root is not None:
                raise ContractError("has a second document", self._name, _line(event))
            if isinstance(event, yaml.NodeEvent):
                root = self._node(event)
        return root

    def _node(self, event: Any) -> _Node:
        line = _line(event)
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in self._anchors:
                named = brief(repr(event.anchor))
                raise ContractError(f"there is no anchor {named}", self._name, line)
            return self._anchors[event.anchor]
        self._composed += 1
        if self._composed > MOST_NODES:
            problem = f"grows beyond {MOST_NODES} nodes; split it into files"
            raise ContractError(problem, self._name, line)
        node = _Node(line, int(event.start_mark.column) + 1, event.tag)
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        if isinstance(event, yaml.ScalarEvent):
            node.text = event.value
            node.plain = event.implicit[0]
            return node
        self._depth += 1
        if self._depth > DEEPEST:
            raise ContractError("is nested too deeply", self._name, line)
        inner = list(self._inside())
        self._depth -= 1
        if isinstance(event, yaml.SequenceStartEvent):
            node.items = inner
        else:
            node.pairs = list(zip(inner[::2], inner[1::2], strict=True))
        return node

    def _inside(self) -> Iterator[_Node]:
        for event in self._events:
            if isinstance(event, yaml.CollectionEndEvent):
                return
            yield self._node(event)


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


class _Builder:
    """Turns nodes into data, noting lines; counts what it builds."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._built = 0
        self._open: set[int] = set()
        self._merging: set[int] = set()
        self._merged: dict[int, dict[str, tuple[_Node, _Node]]] = {}

    def build(self, node: _Node) -> Any:
        self._count(1, node)
        if node.text is not None:
            return self._scalar(node, node.text)
        if node.tag not in (None, f"{_TAG}map", f"{_TAG}seq"):
            raise self._wrong(f"the tag {brief(str(node.tag))} means nothing in JSON", node)
        if id(node) in self._open:
            raise self._wrong("an alias contains itself", node)
        if len(self._open) >= DEEPEST:  # by aliases: each line of it is flat
            raise self._wrong("is nested too deeply", node)
        self._open.add(id(node))
        try:
            if node.items is not None:
                return [self.build(item) for item in node.items]
            return self._mapping(node)
        finally:
            self._open.discard(id(node))

    def _count(self, more: int, node: _Node) -> None:
        self._built += more
        if self._built > MOST_NODES:
            raise self._wrong(f"grows beyond {MOST_NODES} nodes", node)

    def _scalar(self, node: _Node, text: str) -> Any:
        kind = node.tag
        if kind is None and node.plain:
            kind = next((tag for tag, form in _CORE if form.fullmatch(text)), None)
        if kind in (None, "!", f"{_TAG}str"):
            return text
        try:
            value = _SCALARS[kind](text)
        except KeyError:
            raise self._wrong(f"the tag {brief(str(kind))} means nothing in JSON", node) from None
        except ValueError:
            short = text if len(text) <= 40 else f"{text[:39]}…"
            raise self._wrong(f"{short} is not a value of JSON", node) from None
        return value

    def _mapping(self, node: _Node) -> dict[str, Any]:
        data: dict[str, Any] = {}
        pairs = self._pairs(node)
        for key, (_, value) in pairs.items():
            data[key] = self.build(value)
        self._document.lines[id(data)] = {key: named.line for key, (named, _) in pairs.items()}
        far = {key: n.column for key, (n, _) in pairs.items() if n.column > FAR}
        if far:
            self._document.columns[id(data)] = far
        return data

    def _pairs(self, node: _Node) -> dict[str, tuple[_Node, _Node]]:
        """The pairs of a mapping, those of its merge keys included; its own ones win."""
        if id(node) in self._merged:
            return self._merged[id(node)]
        own: dict[str, tuple[_Node, _Node]] = {}
        merged: dict[str, tuple[_Node, _Node]] = {}
        for key_node, value in node.pairs or []:
            key = key_node.text
            if key is None:
                raise self._wrong("a key must be a plain word", key_node)
            if key == "<<" and key_node.plain:
                for other in [value] if value.items is None else value.items:
                    merged = {**self._mergeable(other), **merged}
                    self._count(len(merged), other)
            elif key in own:
                raise self._wrong(f"key {brief(repr(key))} stands twice", key_node)
            else:
                own[key] = (key_node, value)
        self._merged[id(node)] = {**merged, **own}
        return self._merged[id(node)]

    def _mergeable(self, other: _Node) -> dict[str, tuple[_Node, _Node]]:
        if other.pairs is None:
            raise self._wrong("only mappings can be merged with <<", other)
        if id(other) in self._open or id(other) in self._merging:
            raise self._wrong("an alias contains itself", other)
        if len(self._merging) >= DEEPEST:
            raise self._wrong("is nested too deeply", other)
        self._merging.add(id(other))
        pairs = self._pairs(other)
        self._merging.discard(id(other))
        return pairs

    def _wrong(self, problem: str, node: _Node) -> ContractError:
        return ContractError(problem, self._document.name, node.line)


# The core schema of YAML 1.2 (section 10.3.2): no dates, no sexagesimals, `no` and `on` are words.
_TAG = "tag:yaml.org,2002:"
_CORE = tuple(
    (f"{_TAG}{tag}", re.compile(form))
    for tag, form in (
        ("null", r"null|Null|NULL|~|"),
        ("bool", r"true|True|TRUE|false|False|FALSE"),
        ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+"),
        ("float", r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"),
        ("float", r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"),
    )
)


def _float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _int(text: str) -> int:
    """A whole number. Raises ValueError for one that no floating point number comes near.

    Most receivers of JSON read numbers as such (RFC 8259, section 6), and a float that large is
    refused as well.
    """
    base = {"0o": 8, "0x": 16}.get(text[:2])
    number = int(text) if base is None else int(text[2:], base)
    try:
        float(number)
    except OverflowError:
        raise ValueError(text) from None
    return number


def _bool(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError(text)
    return text.lower() == "true"


_SCALARS: dict[str | None, Any] = {
    f"{_TAG}null": lambda _: None,
    f"{_TAG}bool": _bool,
    f"{_TAG}int": _int,
    f"{_TAG}float": _float,
}
