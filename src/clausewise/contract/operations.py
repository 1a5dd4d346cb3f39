"""OpenAPI 3.1 documents as operations: one method and path, its messages and their places."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from clausewise.contract.clauses import Clause, message_clauses
from clausewise.contract.documents import Library, Source, brief
from clausewise.contract.message import Message
from clausewise.contract.openapi30 import modernised
from clausewise.contract.parameters import CONTENT, Parameter, query_of
from clausewise.contract.places import Place, read_places
from clausewise.contract.schemas import Direction, read_schema
from clausewise.errors import ContractError
from clausewise.pointer import escape, unescape

# Each takes some tens of milliseconds to plan; the largest public APIs stay below.
MOST_OPERATIONS = 2_000
SPLIT = "split the document, and test its parts one by one"
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
JSON = "application/json"
# The keyword of the promise that an id which was never given is refused.
UNKNOWN = "unknown"


@dataclass(slots=True)
class Operation:
    """One method and path of the contract. `query` is all of its query parameters together."""

    id: str
    method: str
    path: str
    summary: str
    parameters: tuple[Parameter, ...] = ()
    query: Message | None = None
    body: Message | None = None
    examples: dict[str, Any] = field(default_factory=dict)
    replies: dict[str, Message] = field(default_factory=dict)
    secured: bool = False
    clauses: dict[str, Clause] = field(default_factory=dict)

    @property
    def served(self) -> str:
        """The id of the clause that a lawful request is accepted."""
        return f"{self.id}:served"

    @property
    def safe(self) -> bool:
        """Whether asking changes nothing (RFC 9110, section 9.2.1)."""
        return self.method in ("GET", "HEAD", "OPTIONS", "TRACE")

    @property
    def varied(self) -> Message | None:
        """The message whose values a plan varies: the body, else the query."""
        return self.body or self.query

    def reply_for(self, status: int) -> Message | None:
        """The documented reply of a status: exact, then its range, then `default`."""
        for part in (str(status), f"{status // 100}XX", "default"):
            if part in self.replies:
                return self.replies[part]
        return None

    def documents(self, status: int) -> bool:
        """Whether this status is documented at all."""
        return self.reply_for(status) is not None

    def fill(self, values: dict[str, str]) -> str:
        """The path with its parameters filled in, each percent-encoded (RFC 6570, simple).

        Raises KeyError for a parameter without a value.
        """
        path = self.path
        for parameter in self.parameters:
            if parameter.location == "path":
                # The commas of a list part its items.
                kept = "," if parameter.is_list else ""
                text = quote(values[parameter.name], safe=kept)
                path = path.replace(f"{{{parameter.name}}}", text)
        return path


def read_operations(library: Library, path: Path) -> tuple[dict[str, Any], dict[str, Operation]]:
    """Read an OpenAPI 3.0 or 3.1 document: its root object, and its operations by id.

    Raises ContractError where it is not one, with file and line.
    """
    document = library.read(path)
    root = document.data
    version = root.get("openapi") if isinstance(root, dict) else None
    if not isinstance(version, str) or not version.startswith(("3.0", "3.1")):
        raise ContractError(
            f"an OpenAPI 3.0 or 3.1 document is needed, `openapi` is {version!r}", document.name, 1
        )
    if version.startswith("3.0"):
        library.words_of_30 = True
        modernised(root)
    reader = _Reader(library, path, root)
    return root, {operation.id: operation for operation in reader.operations()}


class _Reader:
    def __init__(self, library: Library, path: Path, root: dict[str, Any]) -> None:
        self.library = library
        self.path = path
        self.root = root
        self.resolver = library.resolver(path)
        self.name = library.read(path).name

    def operations(self) -> Iterator[Operation]:
        seen: set[str] = set()
        paths = self._object(self.root, "paths")
        for template in paths:
            if not template.startswith("/"):
                if template.startswith("x-"):
                    continue
                raise self._wrong(f"a path begins with a slash, not {template!r}", paths, template)
            item, resolver = self._resolve(paths[template], self.resolver, paths, template)
            for method in [key for key in item if key in METHODS]:
                node = self._object(item, method)
                if len(seen) == MOST_OPERATIONS:
                    raise self._wrong(
                        f"has more than {MOST_OPERATIONS} operations; {SPLIT}", paths, template
                    )
                operation = self._operation(template, method, node, item, resolver)
                if operation.id in seen:
                    raise self._wrong(
                        f"operationId {operation.id!r} stands twice", node, "operationId"
                    )
                seen.add(operation.id)
                yield operation

    def _operation(
        self, template: str, method: str, node: dict[str, Any], item: dict[str, Any], resolver: Any
    ) -> Operation:
        name = node.get("operationId", f"{method}_{template}")
        if not isinstance(name, str) or not name:
            raise self._wrong(f"an operationId is a word, not {name!r}", node, "operationId")
        operation = Operation(name, method.upper(), template, str(node.get("summary", name)))
        tag = node.get("x-source", self.root.get("x-source"))
        found: dict[tuple[str, str], Parameter] = {}
        for around in (item, node):
            for parameter in self._parameters(around, resolver, tag):
                found[parameter.name, parameter.location] = parameter
        operation.parameters = tuple(found.values())
        operation.query = query_of(operation.parameters)
        given = {p.name for p in operation.parameters if p.location == "path"}
        for needed in _TEMPLATED.findall(template):
            if needed not in given:
                raise self._wrong(
                    f"{name}: the path has {{{needed}}}, which is no parameter", item, method
                )
        self._request(operation, node, resolver, tag)
        self._replies(operation, node, resolver, tag)
        # An empty requirement among others makes the credential optional (3.1, section 4.8.2).
        needs = node.get("security", self.root.get("security")) or []
        if not isinstance(needs, list):
            around = node if "security" in node else self.root
            raise self._wrong(f"`security` is a list, not {_short(needs)}", around, "security")
        operation.secured = bool(needs) and all(needs)
        for clause in _clauses(operation, node, self, tag):
            operation.clauses[clause.id] = clause
        return operation

    def _parameters(
        self, around: dict[str, Any], resolver: Any, tag: str | None
    ) -> Iterator[Parameter]:
        nodes = around.get("parameters") or []
        if not isinstance(nodes, list):
            raise self._wrong("`parameters` is a list", around, "parameters")
        for listed in nodes:
            node, inner = self._resolve(listed, resolver, around, "parameters")
            name, location = node.get("name"), node.get("in")
            if not isinstance(name, str) or location not in ("path", "query", "header", "cookie"):
                raise self._wrong("a parameter has a name and an `in`", node, "name")
            message = self._message(location, node, inner, "request", node.get("x-source", tag))
            message.required = bool(node.get("required"))
            style = node.get("style", "form" if location in ("query", "cookie") else "simple")
            if not isinstance(style, str):
                raise self._wrong(f"a style is a word, not {_short(style)}", node, "style")
            if "content" in node:
                style = CONTENT
            yield Parameter(
                name,
                location,
                message,
                style,
                node.get("explode", style == "form"),
                self._example(node, message, inner),
                location == "query" and node.get("allowEmptyValue") is True,
                self.library.source(node, "required") or self.library.source(node, "name"),
            )

    def _example(self, node: dict[str, Any], message: Message, resolver: Any) -> Any:
        """The first documented value of a parameter, or None."""
        if node.get("example") is not None:
            return node["example"]
        listed = self._object(node, "examples")
        for name in listed:
            example, _ = self._resolve(listed[name], resolver, listed, name)
            if "value" in example:
                return example["value"]
        return next(iter(message.schema.document.get("examples") or []), None)

    def _request(
        self, operation: Operation, node: dict[str, Any], resolver: Any, tag: str | None
    ) -> None:
        if "requestBody" not in node:
            return
        body, inner = self._resolve(node["requestBody"], resolver, node, "requestBody")
        content = self._object(body, "content")
        media = next((kind for kind in content if _is_json(kind)), None)
        if media is None:
            raise self._wrong(
                f"{operation.id} takes no JSON body, which is all that is tested", body, "content"
            )
        entry = self._object(content, media)
        operation.body = self._message(
            "request", entry, inner, "request", body.get("x-source", tag)
        )
        operation.body.media_types = (media,)
        operation.body.required = bool(body.get("required"))
        examples = self._object(entry, "examples")
        for name, listed in examples.items():
            example, _ = self._resolve(listed, inner, examples, name)
            # One that only names its URL (`externalValue`) is not fetched.
            if "value" in example:
                operation.examples[name] = example["value"]
        if "example" in entry:
            operation.examples["example"] = entry["example"]

    def _replies(
        self, operation: Operation, node: dict[str, Any], resolver: Any, tag: str | None
    ) -> None:
        replies = self._object(node, "responses")
        for status, listed in replies.items():
            if status.startswith("x-"):
                continue
            part = status if status == "default" else status.upper()
            if not _STATUS.fullmatch(part):
                raise self._wrong(
                    f"a reply has a status, a range such as 4XX, or is `default`, not {status!r}",
                    replies,
                    status,
                )
            reply, inner = self._resolve(listed, resolver, replies, status)
            content = self._object(reply, "content")
            media = next((kind for kind in content if _is_json(kind)), None)
            entry = self._object(content, media) if media else {}
            message = self._message(part, entry, inner, "reply", reply.get("x-source", tag))
            message.media_types = tuple(content)
            message.required = media is not None
            operation.replies[part] = message

    def _message(
        self,
        part: str,
        around: dict[str, Any],
        resolver: Any,
        direction: Direction,
        tag: str | None,
    ) -> Message:
        """The message whose schema stands in an object; any value where none does."""
        node = around.get("schema", {})
        if not isinstance(node, dict | bool):
            raise self._wrong(f"a schema is an object, not {_short(node)}", around, "schema")
        schema = read_schema(self.library, resolver, node, direction, tag)
        return Message(part, schema, read_places(schema, direction))

    def _object(self, around: dict[str, Any], key: str) -> dict[str, Any]:
        """The object under a key, empty where there is none."""
        node = around.get(key)
        if node is None:
            return {}
        if not isinstance(node, dict):
            raise self._wrong(f"`{key}` is an object, not {_short(node)}", around, key)
        return node

    def _resolve(
        self, node: Any, resolver: Any, around: dict[str, Any], key: str
    ) -> tuple[dict[str, Any], Any]:
        """What stands under a key of `around`, or what its `$ref` leads to."""
        for _ in range(20):
            if not isinstance(node, dict):
                raise self._wrong(f"`{key}`: an object is needed, not {_short(node)}", around, key)
            if "$ref" not in node:
                return node, resolver
            around, key = node, "$ref"
            node, resolver = self.library.follow(resolver, node)
        raise self._wrong("$ref goes round in a circle", around, key)

    def _wrong(self, problem: str, node: Any, key: str) -> ContractError:
        source = self.library.source(node, key)
        return ContractError(
            brief(problem), source.file if source else self.name, source.line if source else None
        )


_TEMPLATED = re.compile(r"\{([^{}]+)\}")
_STATUS = re.compile(r"[1-5](?:\d\d|XX)|default")


def _short(node: Any) -> str:
    text = repr(node)
    return text if len(text) <= 40 else f"{text[:39]}…"


def _is_json(media_type: str) -> bool:
    kind = media_type.split(";")[0].strip().lower()
    return kind == JSON or kind.endswith("+json")


def _clauses(
    operation: Operation, node: dict[str, Any], reader: _Reader, tag: str | None
) -> Iterator[Clause]:
    """All clauses but the rules, in document order."""

    def plain(part: str, keyword: str | None, promise: str, key: str) -> Clause:
        source = reader.library.source(node, key) or reader.library.source(reader.root, key)
        return Clause(
            id=f"{operation.id}:{part}" + (f":{keyword}" if keyword else ""),
            operation=operation.id,
            part=part,
            pointer=None,
            keyword=keyword or part,
            group="transport",
            promise=promise,
            sources=(source,) if source else (),
            documented=tag,
        )

    yield plain("served", None, "a request that keeps the contract is accepted", "responses")
    if operation.secured:
        yield plain("auth", None, "a request without a valid credential is refused", "security")
    for parameter in operation.parameters:
        if parameter.location != "query":
            yield from _parameter_clauses(operation.id, parameter)
    yield from _query_clauses(operation)
    body = operation.body
    if body is not None:
        media = " or ".join(body.media_types)
        if body.required:
            yield plain("request", "required", "a request without a body is refused", "requestBody")
        yield plain("request", "json", "a body that is not JSON is refused", "requestBody")
        yield plain(
            "request", "media-type", f"a body that is not {media} is refused", "requestBody"
        )
        yield from message_clauses(operation.id, "request", body.place, body.schema, "request")
    listed = ", ".join(operation.replies)
    yield plain("status", None, f"the status is a documented one: {listed}", "responses")
    for part, reply in operation.replies.items():
        if reply.required:
            media = " or ".join(reply.media_types)
            yield plain(part, "media-type", f"a {part} reply is {media}", "responses")
            yield plain(part, "json", f"a {part} reply is JSON", "responses")
        yield from message_clauses(operation.id, part, reply.place, reply.schema, "reply")


def unknown_clauses(
    operation: Operation, given: Container[str], source: Source
) -> Iterator[Clause]:
    """The promises that path parameters which name something refuse what nobody was given.

    No schema says so: `given` are the parameters of which it is known that they are such names,
    `source` is where that is said.
    """
    for parameter in operation.parameters:
        if parameter.location == "path" and parameter.name in given:
            yield Clause(
                id=f"{operation.id}:path#/{parameter.name}:{UNKNOWN}",
                operation=operation.id,
                part="path",
                pointer=f"/{parameter.name}",
                keyword=UNKNOWN,
                group="transport",
                promise=f"a {parameter.name} that nobody was given is refused",
                sources=(source,),
            )


def _query_clauses(operation: Operation) -> Iterator[Clause]:
    query = operation.query
    if query is None:
        return
    parameters = {f"/{escape(p.name)}": p for p in operation.parameters if p.location == "query"}
    for clause in message_clauses(operation.id, "query", query.place, query.schema, "request"):
        at = clause.pointer or ""
        if clause.keyword == "type" and _written_alike(query.place, at):
            continue
        said = clause.promise.removeprefix("/")
        if at.endswith("/*"):
            said = f"each item of {said.replace('/*', '', 1)}"
        clause = replace(clause, promise=said)
        yield clause
        parameter = parameters.pop(at, None)
        if parameter is not None and parameter.allow_empty:
            yield replace(
                clause,
                id=f"{operation.id}:query#{at}:allowEmptyValue",
                keyword="allowEmptyValue",
                promise=f"{unescape(at[1:])} may be sent without a value",
                sources=(parameter.source,) if parameter.source else (),
                sites=(),
            )


def _written_alike(query: Place, pointer: str) -> bool:
    """Whether whatever is written at a place is of its type: in a URL, all is text."""
    for place in query.walk():
        if place.pointer == pointer:
            return bool(place.allowed_types & {"string", "array"})
    return False


def _parameter_clauses(operation: str, parameter: Parameter) -> Iterator[Clause]:
    message = parameter.message
    at = f"/{parameter.name}"
    for clause in message_clauses(
        operation, parameter.location, message.place, message.schema, "request"
    ):
        # Every path segment is a string: on the wire this promise cannot be broken.
        if clause.keyword == "type" and "string" in message.place.allowed_types:
            continue
        pointer = f"{at}{clause.pointer}"
        yield replace(
            clause,
            id=f"{operation}:{parameter.location}#{pointer}:{clause.keyword}",
            part=parameter.location,
            pointer=pointer,
            group="transport" if parameter.location == "path" else "request",
            promise=clause.promise.replace("the body", parameter.name, 1),
        )
