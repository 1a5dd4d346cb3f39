"""The objects of an OpenAPI document: what can't be read costs itself alone, and is noted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import Any, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from clausewise.contract.documents import Documents
from clausewise.contract.later import Later
from clausewise.contract.message import MessagePart
from clausewise.contract.misspelt import meant_by
from clausewise.contract.operation import NotJudged, Operation
from clausewise.contract.schemas import Direction, read_schema
from clausewise.contract.security import SecurityScheme
from clausewise.contract.source import Source
from clausewise.cutting import brief, quoted
from clausewise.errors import ContractError

T = TypeVar("T")


class Base(Struct, frozen=True):
    """What a node is read against: the base of its references, and the source of its promises.

    `resolver` is one of `referencing`, `tag` the `x-source` that the node stands under.
    """

    resolver: Any
    tag: str | None = None

    def within(self, node: dict[str, Any]) -> Base:
        """What holds inside of a node, which may name another source."""
        return Base(self.resolver, node.get("x-source", self.tag))


class Nodes:
    """What stands in an OpenAPI document, followed through its references.

    What can't be read is noted on a page: `misses` are the pages, in document order.
    """

    def __init__(self, documents: Documents, path: Path, root: dict[str, Any]) -> None:
        self.documents = documents
        self.root = root
        self.base = Base(documents.resolver(path))
        self.name = documents.read(path).name
        # What is not judged, in document order; an operation has a page of its own.
        self._page: list[NotJudged] = []
        self.misses = [self._page]
        self._lock = RLock()
        # Security schemes by name, those that were read; None for one that is none.
        self.schemes: dict[str, SecurityScheme | None] = {}

    def turn_page(self) -> None:
        """Begin a page: what is missed from now on stands on it."""
        self._page = []
        self.misses.append(self._page)

    def later(self, make: Callable[[], dict[str, T]]) -> Later[T]:
        """What is read of an operation when it is asked for; what it misses goes on its page."""
        page = self._page

        def made() -> dict[str, T]:
            before, self._page = self._page, page
            try:
                return make()
            finally:
                self._page = before

        return Later(made, self._lock)

    def resolve(
        self, node: Any, base: Base, around: dict[str, Any], key: str
    ) -> tuple[dict[str, Any], Base]:
        """What stands under a key of `around`, or what its `$ref` leads to, and its base.

        Raises ContractError for what is no object, and for a reference that leads to none.
        """
        for _ in range(20):
            if not isinstance(node, dict):
                raise self.wrong(f"`{key}`: an object is needed, not {quoted(node)}", around, key)
            if not isinstance(node.get("$ref"), str):
                return node, base
            around, key = node, "$ref"
            node, resolver = self.documents.follow(base.resolver, node)
            base = replace(base, resolver=resolver)
        raise self.wrong("$ref goes round in a circle", around, key)

    def message(
        self,
        part: str,
        around: dict[str, Any],
        base: Base,
        direction: Direction,
        key: str = "schema",
        has_data: bool = False,
    ) -> MessagePart:
        """The message whose schema stands in an object; any value where none does.

        `has_data` says that it is of events, whose data may be a text with JSON in it.
        """
        node = around.get(key, {})
        if not isinstance(node, dict | bool):
            raise self.wrong(f"a schema is an object, not {quoted(node)}", around, key)
        schema = read_schema(self.documents, base.resolver, node, direction, base.tag, has_data)
        return MessagePart(part, schema, direction)

    @contextmanager
    def costing(self, operation: Operation, doubt: bool = False) -> Iterator[None]:
        """What can't be read within costs itself; with `doubt`, that no request is lawful."""
        try:
            yield
        except ContractError as error:
            self.miss_error(operation.id, error)
            if doubt:
                operation.in_doubt = operation.in_doubt or self._page[-1]

    def cannot_ask(self, operation: Operation, error: ContractError) -> None:
        """Note why no request of an operation can be made; the first reason stands."""
        self.miss_error(operation.id, error)
        operation.unasked = operation.unasked or self._page[-1]

    def miss_error(self, operation: str, error: ContractError) -> None:
        """Note what an error costs, by the id of its operation or the path."""
        source = Source(error.file, error.line or 1) if error.file is not None else None
        self._page.append(NotJudged(operation, error.problem, source))

    def miss(self, operation: str, reason: str, around: Any, key: str) -> None:
        """Note what is not judged, with the line of a key of `around`."""
        self._page.append(NotJudged(operation, reason, self.documents.source(around, key)))

    def miss_misspelt(self, operation: str, node: dict[str, Any], kind: str) -> None:
        """Note names in an object of a kind that nobody reads, where one that is read is near."""
        for key in node:
            meant = meant_by(key, kind)
            if meant is not None:
                said = f"`{brief(key)}` is not read in {kind}: is `{meant}` meant?"
                self.miss(operation, said, node, key)

    def wrong(self, problem: str, node: Any, key: str) -> ContractError:
        """An error with the line of a key of this very mapping."""
        source = self.documents.source(node, key)
        return ContractError(
            brief(problem), source.file if source else self.name, source.line if source else None
        )

    def note(self, missed: NotJudged) -> None:
        """Note what is not judged, on the page of what is being read."""
        self._page.append(missed)
