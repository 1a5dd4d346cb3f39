"""Every document of a contract, read once, and what its references lead to."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from clausewise.contract.identified import identified, references_in
from clausewise.contract.openapi30 import modernised
from clausewise.contract.parsing import parse
from clausewise.contract.references import PlainResolver, is_plain, nowhere
from clausewise.contract.source import Document, Source
from clausewise.cutting import brief
from clausewise.errors import ContractError
from clausewise.pointer import ABSENT, look

if TYPE_CHECKING:
    from referencing import Registry, Resource

# The most parts that speak of one value, by `$ref` and in branches.
MOST_PARTS = 2_000


class Documents:
    """Every document of one pack, read on demand and kept.

    `root` is their folder, by which they are named; `reach` the one that bounds what a `$ref` may
    reach. Nothing is fetched over a network.
    """

    def __init__(self, root: Path, reach: Path | None = None) -> None:
        """`reach` is a folder around `root`, or `root` itself where there is none."""
        self.root = root.resolve()
        self.reach = (reach or root).resolve()
        # The version, set by whoever finds that these documents are in the words of OpenAPI 3.0.
        self.words_of_30: str | None = None
        self._documents: dict[Path, Document] = {}
        # By the identity of a mapping: the document, and the identity of what was read.
        self._lines: dict[int, tuple[Document, int]] = {}
        self._adopted: list[Any] = []
        # For each schema with an `$id`, and each reference in it: that schema, and the base of what
        # is referred to there. By the identity of the mapping.
        self._named: dict[int, tuple[Any, Any]] = {}
        # By the URI of a document.
        self._resolvers: dict[str, Any] = {}
        # What was made of parts of these documents once, by whoever made it.
        self.memo: dict[Any, Any] = {}

    def read(self, path: Path) -> Document:
        """Read one file. Raises ContractError when it is missing or not YAML or JSON."""
        try:
            path = path.resolve()
        except (OSError, RuntimeError) as error:
            raise ContractError("cannot be read: its links go in a circle", str(path)) from error
        if path not in self._documents:
            document = parse(path, self._name(path))
            self._documents[path] = document
            for key in document.lines:
                self._lines[key] = (document, key)
        return self._documents[path]

    def texts(self) -> dict[str, str]:
        """The text of every document read so far, by name, with line feeds alone."""
        return {document.name: document.text for document in self._documents.values()}

    def doubles(self) -> Iterator[tuple[str, Source]]:
        """The keys that stand twice in a mapping of the documents read so far, and where."""
        for document in self._documents.values():
            for key, line in document.twice:
                yield key, Source(document.name, line)

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
        """A resolver of references whose base is this file."""
        document, uri = self.read(path), path.resolve().as_uri()
        if uri not in self._resolvers:
            self._resolvers[uri] = self._resolver(document, uri)
        return self._resolvers[uri]

    def _resolver(self, document: Document, uri: str) -> Any:
        if is_plain(document.text):
            return PlainResolver(uri, document.data, self._plain, self._registry_of)
        found = list(identified(document.data, document.text, uri))
        registry = self._registry_of([(uri, document.data), *found])
        for name, node in found:
            if node is not document.data:  # other files are looked for beside it, whatever its name
                named = (node, registry.resolver(name))
                # Schemas further in come later, and what stands in them is theirs.
                self._named |= {id(one): named for one in (node, *references_in(node))}
        return registry.resolver(uri)

    def _plain(self, uri: str) -> PlainResolver | None:
        """The base of the document at a URI, where it is plain; None also where there is none."""
        if uri not in self._resolvers:
            try:
                document = self._fetched(uri)
            except ContractError:  # told by whoever asks `referencing` for it
                return None
            if not is_plain(document.text):
                return None
            self._resolvers[uri] = self._resolver(document, uri)
        resolver = self._resolvers[uri]
        return resolver if isinstance(resolver, PlainResolver) else None

    def _registry_of(self, named: Iterable[tuple[str, Any]]) -> Registry[Any]:
        """What `referencing` knows of: these nodes by their URIs, and all that can be read."""
        from clausewise.contract.resources import resource_of

        return self._registry.with_resources((name, resource_of(node)) for name, node in named)

    @cached_property
    def _registry(self) -> Registry[Any]:
        from referencing import Registry

        return Registry(retrieve=self._retrieve)  # type: ignore[call-arg]  # attrs renames the field

    def within(self, resolver: Any, node: Any) -> tuple[Any, Any]:
        """The schema with an `$id` around a reference, or that schema itself, and its base.

        None and `resolver` for all else.
        """
        return self._named.get(id(node), (None, resolver))

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
            _, base = self.within(resolver, mapping)
            self.memo[key] = self._follow(base, mapping, keyword)
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
        except nowhere() as error:
            found = _anchored(resolver, ref) or _as_it_is_written(resolver, ref)
            found = found or _the_whole(resolver, ref) or self._without_ids(mapping, ref)
            if found is not None:
                return found
            problem = f"{keyword} {brief(repr(ref))} leads nowhere{brief(_why(error))}"
            raise ContractError(problem, file, line) from error
        return resolved.contents, resolved.resolver

    def _without_ids(self, mapping: dict[str, Any], ref: str) -> tuple[Any, Any] | None:
        """What a reference leads to in its document as it is called by nobody.

        Many a schema with an `$id` refers to its document as if it had none.
        """
        document, _ = self._lines.get(id(mapping), (None, 0))
        if document is None or not self._named:
            return None
        return _looked_up(self.resolver(document.path), ref)

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

    def named(
        self, node: dict[str, Any], keyword: str, resolver: Any
    ) -> Iterator[tuple[str, Any, Any]]:
        """What a keyword has by name, each with the base of its `$ref`s.

        All of it may be a `$ref`: no text is a schema, and tools that bundle documents follow it.
        Raises ContractError where that leads nowhere.
        """
        listed = node[keyword]
        if isinstance(listed.get("$ref"), str):
            contents, base = self.follow(resolver, listed)
            beside = {name: inner for name, inner in listed.items() if name != "$ref"}
            if isinstance(contents, dict):
                for name, inner in contents.items():
                    if name not in beside:
                        yield name, inner, base
                listed = beside
        for name, inner in listed.items():
            yield name, inner, resolver

    def _name(self, path: Path) -> str:
        if path.is_relative_to(self.reach):
            return Path(os.path.relpath(path, self.root)).as_posix()
        return str(path)

    def _retrieve(self, uri: str) -> Resource[Any]:
        from clausewise.contract.resources import resource_of

        return resource_of(self._fetched(uri).data)

    def _fetched(self, uri: str) -> Document:
        """The document at a URI. Raises ContractError where there is none that may be read."""
        parts = urlsplit(uri)
        if parts.scheme != "file":
            raise ContractError("remote documents are not fetched; keep a copy in the pack")
        # On Windows a path such as `/C:/…` begins with its drive.
        named = parts.path.removeprefix("/") if os.name == "nt" else parts.path
        try:
            path = Path(unquote(named)).resolve()
        except (OSError, RuntimeError) as error:
            raise ContractError("its links go in a circle") from error
        if not path.is_relative_to(self.reach):
            # On the server of these documents, `/` is their own folder.
            beneath = self.root / unquote(named).lstrip("/")
            path = beneath.resolve() if os.path.isfile(beneath) else path
        if not path.is_relative_to(self.reach):
            raise ContractError(
                f"{path} lies outside of the pack {self.reach}; keep a copy in it, or put "
                "clausewise.yaml into a folder that has both"
            )
        first = path not in self._documents
        document = self.read(path)
        if first and self.words_of_30:
            modernised(document.data, self.words_of_30)
        return document


def _looked_up(resolver: Any, ref: str) -> tuple[Any, Any] | None:
    """What a reference leads to, and the base of what that refers to; None for nothing."""
    try:
        resolved = resolver.lookup(ref)
    except nowhere():
        return None
    return resolved.contents, resolved.resolver


def _anchored(resolver: Any, ref: str) -> tuple[Any, Any] | None:
    """The one schema of a document with this anchor, and the base of what it refers to.

    OpenAPI's own objects hide it from who knows JSON Schema alone.
    """
    base, _, name = ref.partition("#")
    whole = None if not name or name.startswith("/") else _looked_up(resolver, base or "#")
    if whole is None:
        return None
    found = []
    open_ = [whole[0]]
    while open_:
        node = open_.pop()
        if isinstance(node, dict):
            open_ += node.values()
            if name in (node.get("$anchor"), node.get("$dynamicAnchor")):
                found.append(node)
        elif isinstance(node, list):
            open_ += node
    return (found[0], whole[1]) if len(found) == 1 else None


def _as_it_is_written(resolver: Any, ref: str) -> tuple[Any, Any] | None:
    """What a pointer leads to whose `%22` is no quote, but part of a name; else None.

    A pointer in a fragment is percent-encoded (RFC 6901, section 6). Some generators encode the
    names themselves, so that this is asked where nothing has the name that is meant.
    """
    base, _, pointer = ref.partition("#")
    is_encoded = "%" in pointer and pointer.startswith("/")
    whole = _looked_up(resolver, base or "#") if is_encoded else None
    node = ABSENT if whole is None else look(whole[0], pointer)
    return None if whole is None or node is ABSENT else (node, whole[1])


def _the_whole(resolver: Any, ref: str) -> tuple[Any, Any] | None:
    """What `file.yaml#/` leads to: the document, where nothing in it has the empty name; else None.

    By RFC 6901 that pointer is of a member without a name, but most tools take the whole.
    """
    base, _, pointer = ref.partition("#")
    whole = _looked_up(resolver, base) if base and pointer == "/" else None
    return whole if whole is not None and isinstance(whole[0], dict) else None


def _why(error: BaseException) -> str:
    """What a failed look-up has to say for itself: the ContractError behind it, if there is one."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ContractError):
            return f": {cause}"
        cause = cause.__cause__ or cause.__context__
    return ""
