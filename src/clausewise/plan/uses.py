"""What the plan of an operation is made of, as a digest: nothing else makes it another plan.

Its own schemas as they are put together, its parameters, contents, credentials, clauses, rules and
supplies, the options, the pack's Python and the engine. A summary, a description and what other
operations say are no part of it, so a document that is edited keeps most of its plans. Operations
that ask for the same at other paths have one shape: their plans differ in nothing but names.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from hashlib import blake2b
from importlib import metadata
from pathlib import Path
from typing import Any

from msgspec import Struct

from clausewise.contract import Operation
from clausewise.contract.keywords import DATA
from clausewise.contract.message import MessagePart
from clausewise.contract.schemas import Schema
from clausewise.pack import Pack
from clausewise.pointer import ABSENT

_WITNESSES = ("hypothesis", "jsonschema", "jsonschema-rs")
# Fields of an operation, and of what it is made of, that no request depends on.
_SILENT = frozenset(
    {
        "clauses", "documented", "id", "links", "path", "promise", "replies", "requested",
        "servers", "source", "sources", "statement", "summary", "tags",
    }
)  # fmt: skip
# Keywords for people, and those whose values are data.
_WORDS = frozenset({"title", "description", "summary", "$comment"})
_DATA = frozenset({*DATA, "example"})


class Uses:
    """The digests of the plans of one pack, with the same options."""

    def __init__(self, pack: Pack, examples: int, seed: int) -> None:
        self.pack = pack
        base = blake2b(digest_size=16)
        for part in (examples, seed, sys.version_info[:2], *_engine(), *_python_of(pack)):
            base.update(f"{part}\0".encode())
        self._base = base
        self._shapes: dict[str, str] = {}

    def key_of(self, name: str) -> str:
        """The name of an operation's plan; operations of one shape have one."""
        operation = self.pack.contract.operations[name]
        digest = self._base.copy()
        own = [] if self.shape_of(name) is not None else [name, operation.path]
        for part in (self._shape(operation), *own, *self._own(operation)):
            digest.update(_text(part).encode())
            digest.update(b"\0")
        return digest.hexdigest()

    def shape_of(self, name: str) -> str | None:
        """What the plans of all operations that ask for the same have in common.

        None where something is said of this operation by its name.
        """
        operation = self.pack.contract.operations[name]
        if any(self._own(operation)) or any(asked == name for asked, _ in self.pack.strategies):
            return None
        return self._shape(operation)

    def _shape(self, operation: Operation) -> str:
        if operation.id not in self._shapes:
            parts = [
                operation,
                [self.pack.path_values.get(p.name) for p in operation.located("path")],
            ]
            text = _text(parts)
            self._shapes[operation.id] = blake2b(text.encode(), digest_size=16).hexdigest()
        return self._shapes[operation.id]

    def _own(self, operation: Operation) -> Iterator[Any]:
        """What rules, resources and supplies say of an operation."""
        pack = self.pack
        for rule in pack.contract.rules_of(operation.id):
            yield [rule.id, rule.body, rule.broken_by, rule.steps]
        for resource in pack.resources.values():
            if operation.id in resource.members:
                yield resource.members[operation.id]
        supply = pack.supply_for(operation.id)
        if supply is not None:
            yield [supply.name, supply.gives, supply.needed_by[operation.id]]


@cache
def _engine() -> tuple[str, ...]:
    """What tells this engine from another: its version, its code and its validators."""
    code = Path(__file__).parent.parent
    rooms = ("plan", "contract", "values", "patterns")
    watched = [path for room in rooms for path in (code / room).glob("*.py")]
    states = [
        f"{path.name} {(state := path.stat()).st_size} {state.st_mtime_ns}"
        for path in sorted(watched)
    ]
    versions = [metadata.version(name) for name in _WITNESSES]
    return (_version(), *versions, *states)


def _version() -> str:
    try:
        return metadata.version("clausewise")
    except metadata.PackageNotFoundError:  # it runs from its source
        return ""


def _python_of(pack: Pack) -> Iterator[str]:
    """The pack's strategies, which may draw anything."""
    folder = pack.root / str(pack.settings.get("strategies", "strategies"))
    for path in sorted(folder.glob("*.py")):
        yield path.read_text("utf-8", "replace")


def _text(part: Any) -> str:
    return json.dumps(_plain(part), sort_keys=True, default=repr)


def _plain(node: Any) -> Any:
    """What is built of structs as JSON, without what no request depends on."""
    if node is ABSENT:
        return ["absent"]
    if isinstance(node, MessagePart):
        return [node.part, node.required, _digest_of(node.schema)]
    if isinstance(node, Struct):
        fields = (name for name in node.__struct_fields__ if name not in _SILENT)
        return [type(node).__name__, {name: _plain(getattr(node, name)) for name in fields}]
    if isinstance(node, Mapping):
        return {str(key): _plain(inner) for key, inner in node.items()}
    if isinstance(node, list | tuple):
        return [_plain(inner) for inner in node]
    if isinstance(node, set | frozenset):
        return sorted(map(_text, node))
    return node


def _digest_of(schema: Schema) -> str:
    """What a schema asks, and what of it is not tested; made once."""
    if "digest" not in schema.memo:
        said = [
            _without_words(schema.document),
            [[one.pointer, str(one)] for one in schema.ignored],
        ]
        text = json.dumps(said, sort_keys=True)
        schema.memo["digest"] = blake2b(text.encode(), digest_size=16).hexdigest()
    digest: str = schema.memo["digest"]
    return digest


def _without_words(schema: Any) -> Any:
    """A schema without what it says to people; a member may be called `title` all the same."""
    if isinstance(schema, list):
        return [_without_words(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: value if key in _DATA else _without_words(value)
        for key, value in schema.items()
        if not (key in _WORDS and isinstance(value, str))
    }
