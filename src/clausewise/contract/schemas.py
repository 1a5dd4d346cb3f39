"""A schema of one message, with every `$ref` put in place and bound to one direction.

OpenAPI says that `required` together with `readOnly` binds replies only, and together with
`writeOnly` requests only (3.1, section 4.8.24.1). The mark and the `required` may stand in
different branches of one composed object, so the names are gathered from the whole of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgspec import Struct, field

from clausewise.contract.compiled import compiled, made_once
from clausewise.contract.documents import Documents
from clausewise.contract.events import with_data_read
from clausewise.contract.expanding import expanded
from clausewise.contract.keywords import MAPS, Direction
from clausewise.contract.origins import Ignored
from clausewise.contract.source import Source
from clausewise.errors import ContractError
from clausewise.pointer import escape, unescape

__all__ = ["Direction", "Ignored", "Schema", "read_schema"]


class Schema(Struct, eq=False):
    """A self-contained JSON Schema 2020-12 document and where each keyword of it was written.

    `sources` maps JSON Pointers into `document` to a Source; a member of `required` has the
    pointer `…/required/NAME`. `tags` has, by the same pointers, the documents a fact came from
    (`x-source`), and `written` the patterns as they are spelt in the documents. `parts` are the
    schemas of its members, by name, where it is an object that was put together of them: several
    may share one. `memo` is what was made of it once, by whoever made it.
    """

    document: dict[str, Any]
    sources: Mapping[str, Source] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    ignored: tuple[Ignored, ...] = ()
    written: Mapping[str, str] = field(default_factory=dict)
    parts: Mapping[str, Schema] = field(default_factory=dict)
    memo: dict[str, Any] = field(default_factory=dict)

    @property
    def validator(self) -> Any:
        """The jsonschema-rs validator of the document, formats included."""
        if "validator" not in self.memo:
            self.memo["validator"] = compiled(self.document)
        return self.memo["validator"]

    @property
    def size(self) -> int:
        """How many characters it has as JSON."""
        if "size" not in self.memo:
            own = len(json.dumps(self.document)) if not self.parts else 2
            inner = (len(name) + part.size for name, part in self.parts.items())
            self.memo["size"] = own + sum(inner)
        size: int = self.memo["size"]
        return size

    def accepts(self, value: Any) -> bool:
        """Whether a value keeps it, formats included; what was put together is asked in parts."""
        if not self.parts:
            return bool(self.validator.is_valid(value))
        if not self._is_framed(value):
            return False
        for name, part in self.parts.items():  # a loop, as it is asked so often
            if name in value and not part.accepts(value[name]):
                return False
        return True

    def errors(self, value: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
        """What is wrong with a value: the steps to a keyword in it, and the validator's error.

        The error is of the part that it is in, or of the whole where a part is missing or more.
        """
        if not self.parts:
            yield from ((_steps(error), error) for error in self.validator.iter_errors(value))
            return
        if not self._is_framed(value):
            frame = compiled(self._frame())
            yield from ((_steps(error), error) for error in frame.iter_errors(value))
        for name, part in self.parts.items() if isinstance(value, dict) else ():
            if name in value:
                for steps, error in part.errors(value[name]):
                    yield ("properties", name, *steps), error

    def _is_framed(self, value: Any) -> bool:
        """Whether a value keeps what is said of an object that was put together (`_frame`)."""
        return isinstance(value, dict) and all(
            name in value for name in self.document.get("required", ())
        )

    def _frame(self) -> dict[str, Any]:
        """What is said of an object that was put together, but of its members."""
        return {key: self.document[key] for key in ("type", "required") if key in self.document}

    def loosened(self, sites: Iterable[str]) -> Schema:
        """The schema without the keywords at these sites; parts that have none are shared."""
        sites = list(sites)
        if not self.parts:
            document = self.without(sites)
            validator, size = made_once(document)
            return Schema(document, memo={"validator": validator, "size": size})
        parts: dict[str, Schema] = {}
        for name, part in self.parts.items():
            at = f"/properties/{escape(name)}/"
            inner = [f"/{site.removeprefix(at)}" for site in sites if site.startswith(at)]
            parts[name] = part.loosened(inner) if inner else part
        missing = {site.removeprefix("/required/") for site in sites if site[:10] == "/required/"}
        frame = self._frame()
        needed = [name for name in frame.get("required", ()) if escape(name) not in missing]
        return Schema({**frame, "required": needed}, parts=parts)

    def without(self, sites: Iterable[str]) -> dict[str, Any]:
        """The document with the keywords at these sites gone.

        A `oneOf` that holds such a site (or is one) becomes an `anyOf`: with a promise dropped,
        its branches may overlap.
        """
        copy = _Copy(self.document)
        loosened: set[str] = set()
        for site in sites:
            steps = site.split("/")[1:]
            for depth, step in enumerate(steps):
                if step == "oneOf" and _holds_schema(steps[:depth]):
                    loosened.add("/".join(["", *steps[: depth + 1]]))
            if steps[-1] != "oneOf":
                copy.remove([unescape(step) for step in steps])
        for site in sorted(loosened, key=len, reverse=True):
            copy.loosen([unescape(step) for step in site.split("/")[1:-1]])
        return copy.document


def _steps(error: Any) -> tuple[str, ...]:
    return tuple(map(str, error.evaluation_path))


class _Copy:
    """A document that is changed in places: what leads there is copied, the rest is shared."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = dict(document)
        self._own: dict[int, Any] = {id(self.document): self.document}

    def _parent(self, steps: list[str]) -> Any:
        node: Any = self.document
        for step in steps:
            key: Any = int(step) if isinstance(node, list) else step
            inner = node[key]
            if id(inner) not in self._own:
                inner = inner.copy()
                self._own[id(inner)] = inner
                node[key] = inner
            node = inner
        return node

    def remove(self, steps: list[str]) -> None:
        """Take out a keyword, or a name out of a list."""
        parent = self._parent(steps[:-1])
        if not isinstance(parent, list):
            parent.pop(steps[-1], None)
        elif steps[-1] in parent:
            parent.remove(steps[-1])

    def loosen(self, steps: list[str]) -> None:
        """Make an `anyOf` of the `oneOf` of a schema."""
        parent = self._parent(steps)
        parent["allOf"] = [*parent.get("allOf", ()), {"anyOf": parent.pop("oneOf")}]


def _holds_schema(steps: list[str]) -> bool:
    """Whether a pointer names a schema, so that a next step `oneOf` is a keyword, not a member."""
    return not steps or steps[-1] not in (*MAPS, "required")


def read_schema(
    documents: Documents,
    resolver: Any,
    node: Any,
    direction: Direction,
    tag: str | None = None,
    has_data: bool = False,
) -> Schema:
    """Read the schema `node` for messages of one direction; the same one is read once.

    `resolver` is the base of its `$ref`s; `tag` is the `x-source` it inherits. `has_data` says that
    it is of events: what is in the text of their data is read (`events.py`). What no keyword may
    be costs itself alone, see `Schema.ignored`. Raises ContractError where no schema is left:
    what every request needs is a reference to nothing, or it is nested beyond bounds.
    """
    node, resolver = _meant(documents, resolver, node)
    key = ("schema", id(node), direction, tag, has_data)
    if key not in documents.memo or not isinstance(node, dict):
        document, origins = expanded(documents, resolver, node, direction, tag)
        document = with_data_read(origins, document) if has_data else document
        sources, tags, written = origins.told(document)
        schema = Schema(document, sources, tags, origins.ignored(document), written)
        # The node is kept as well, so that nothing else is ever known by its identity.
        documents.memo[key] = (node, schema)
    found: Schema = documents.memo[key][1]
    return found


# Remarks for people, beside a `$ref`.
_FOR_PEOPLE = {"$ref", "description", "summary", "title", "deprecated"}


def _meant(documents: Documents, resolver: Any, node: Any) -> tuple[Any, Any]:
    """What a schema that is nothing but a reference leads to, and the base of its references."""
    for _ in range(20):
        if not isinstance(node, dict) or "$ref" not in node or node.keys() - _FOR_PEOPLE:
            break
        try:
            contents, base = documents.follow(resolver, node)
        except ContractError:  # it is told where the reference is put in place
            break
        if not isinstance(contents, dict):
            break
        node, resolver = contents, base
    return node, resolver
