"""OpenAPI documents as operations: what can't be read costs itself, and nothing beside it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from threading import RLock
from typing import Any, TypeVar

from clausewise.contract.clauses import Clause
from clausewise.contract.codecs import SAMPLES, codec_for, is_stream, is_xml, says_text
from clausewise.contract.documents import Documents
from clausewise.contract.ids import encoded, range_part
from clausewise.contract.later import Later
from clausewise.contract.media_types import JSON, concrete, media_type
from clausewise.contract.message import Content, Encoding, Message
from clausewise.contract.openapi30 import modernised
from clausewise.contract.operation import TEMPLATED, NotJudged, Operation
from clausewise.contract.operation_clauses import reply_clauses, request_clauses
from clausewise.contract.parameters import CONTENT, NO_PARAMETERS, STYLES, Parameter
from clausewise.contract.replies import Reply
from clausewise.contract.schemas import Direction, Schema, read_schema
from clausewise.contract.security import Requirement, SecurityScheme, scheme_of
from clausewise.contract.servers import on_another_host, servers_of
from clausewise.contract.source import Source, brief
from clausewise.contract.swagger2 import converted
from clausewise.errors import ContractError
from clausewise.pointer import ABSENT

# The largest public APIs stay below; beyond, reading alone would take minutes.
MOST_OPERATIONS = 5_000
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
_STATUS = re.compile(r"[1-5](?:\d\d|XX)|default")
_VERSIONS = ("3.0", "3.1", "3.2")
# Methods whose bodies mean nothing (OpenAPI 3.0.3, section 4.7.10.1; RFC 9110, section 9.3).
_WITHOUT_BODY = ("get", "head", "delete")


def read_operations(
    documents: Documents, path: Path
) -> tuple[dict[str, Any], dict[str, Operation], Callable[[], tuple[NotJudged, ...]]]:
    """Read an OpenAPI document: its root object, its operations by id, and what is not judged.

    What is not judged is known once all is read: the last of these reads on, and tells it. Raises
    ContractError where it is no OpenAPI document at all, with file and line.
    """
    document = documents.read(path)
    root = document.data
    is_new = documents.words_of_30 is None  # else it is in other words already
    if is_new and isinstance(root, dict) and str(root.get("swagger", "")).startswith("2."):
        converted(root, documents.adopt)
    version = root.get("openapi") if isinstance(root, dict) else None
    if not isinstance(version, str) or not version.startswith(_VERSIONS):
        raise ContractError(
            "an OpenAPI 3.0, 3.1 or 3.2 document is needed, or a Swagger 2.0 one, `openapi` is "
            f"{version!r}",
            document.name,
            1,
        )
    if version.startswith("3.0"):
        documents.words_of_30 = version
        modernised(root, version)
    reader = _Reader(documents, path, root)
    operations = {operation.id: operation for operation in reader.operations()}

    def not_judged() -> tuple[NotJudged, ...]:
        for operation in operations.values():
            operation.clauses.keys()
        return tuple(miss for page in reader.misses for miss in page)

    return root, operations, not_judged


T = TypeVar("T")


class _Reader:
    def __init__(self, documents: Documents, path: Path, root: dict[str, Any]) -> None:
        self.documents = documents
        self.root = root
        self.resolver = documents.resolver(path)
        self.name = documents.read(path).name
        # What is not judged, in document order; an operation has a page of its own.
        self._page: list[NotJudged] = []
        self.misses = [self._page]
        self._lock = RLock()
        self._schemes: dict[str, SecurityScheme | None] = {}

    # Paths and operations

    def operations(self) -> Iterator[Operation]:
        ids: set[str] = set()
        for template, method, node, item, resolver in self._nodes():
            if len(ids) == MOST_OPERATIONS:
                reason = f"the document has more than {MOST_OPERATIONS} operations; split it"
                self._miss(f"{method.upper()} {template}", reason, item, method)
                continue
            self._turn_page()
            operation = self._operation(ids, template, method, node, item, resolver)
            self._turn_page()
            ids.add(operation.id)
            yield operation

    def _turn_page(self) -> None:
        self._page = []
        self.misses.append(self._page)

    def _later(self, make: Callable[[], dict[str, T]]) -> Later[T]:
        """What is read of an operation when it is asked for; what it misses goes on its page."""
        page = self._page

        def made() -> dict[str, T]:
            before, self._page = self._page, page
            try:
                return make()
            finally:
                self._page = before

        return Later(made, self._lock)

    def _nodes(self) -> Iterator[tuple[str, str, Any, dict[str, Any], Any]]:
        """Path, method, node, path item and resolver of each operation of the document."""
        paths = self.root.get("paths")
        paths = {} if paths is None else paths
        if not isinstance(paths, dict):
            raise self._wrong(f"`paths` is an object, not {_short(paths)}", self.root, "paths")
        self._name_untested()
        for template, listed in paths.items():
            if not isinstance(template, str) or not template.startswith("/"):
                if not str(template).startswith("x-"):
                    reason = f"a path begins with a slash, not {template!r}"
                    self._miss(str(template), reason, paths, template)
                continue
            try:
                item, resolver = self._item(listed, paths, template)
            except ContractError as error:
                self._miss_error(template, error)
                continue
            methods = {key: item[key] for key in item if key in METHODS}
            more = item.get("additionalOperations")  # OpenAPI 3.2
            methods |= more if isinstance(more, dict) else {}
            for method, node in methods.items():
                yield template, method, node, item, resolver

    def _item(
        self, listed: Any, paths: dict[str, Any], template: str
    ) -> tuple[dict[str, Any], Any]:
        """A path item; what stands beside its `$ref` goes before what the `$ref` leads to."""
        item, resolver = self._resolve(listed, self.resolver, paths, template)
        if item is not listed and isinstance(listed, dict) and listed.keys() - {"$ref"}:
            beside = {key: node for key, node in listed.items() if key != "$ref"}
            self.documents.adopt(beside, listed)
            for key, node in item.items():
                beside.setdefault(key, node)
            return beside, resolver
        return item, resolver

    def _name_untested(self) -> None:
        for name in self.root.get("webhooks") or {}:
            reason = "a webhook: the API calls its users, which no request of ours can bring about"
            self._miss(f"webhook {name}", reason, self.root, "webhooks")

    def _operation(
        self,
        ids: set[str],
        template: str,
        method: str,
        listed: Any,
        item: dict[str, Any],
        resolver: Any,
    ) -> Operation:
        try:
            node, resolver = self._resolve(listed, resolver, item, method)
        except ContractError as error:
            operation = Operation(_id_of(None, method, template, ids), method.upper(), template, "")
            self._cannot_ask(operation, error)
            return self._finished(operation, {}, None)
        name = node.get("operationId")
        operation = Operation(
            _id_of(name, method, template, ids),
            method.upper(),
            template,
            str(node.get("summary", name or template)),
            tuple(str(tag) for tag in node.get("tags") or () if isinstance(tag, str)),
            source=self.documents.source(item, method) or self.documents.source(node, "responses"),
        )
        tag = node.get("x-source", self.root.get("x-source"))
        self._read_parameters(operation, item, node, resolver, tag)
        with self._costing(operation, ask=True):
            self._read_body(operation, node, resolver, tag)
        replies = self._later(lambda: self._replies(operation, node, resolver, tag))
        operation.replies = replies
        operation.links = self._later(lambda: self._links(node, resolver))
        with self._costing(operation):
            self._read_security(operation, node)
        operation.servers = servers_of(node) or servers_of(item)
        host = on_another_host(operation.servers, servers_of(self.root))
        if host is not None:
            around = node if "servers" in node else item
            said = f"it is served by {host}, not where the rest of the document is"
            self._cannot_ask(operation, self._wrong(said, around, "servers"))
        if node.get("callbacks"):
            reason = "its callbacks are not tested: they are requests of the API, not to it"
            self._miss(operation.id, reason, node, "callbacks")
        return self._finished(operation, node, tag)

    def _finished(self, operation: Operation, node: dict[str, Any], tag: str | None) -> Operation:
        def source(key: str) -> Source | None:
            return (
                self.documents.source(node, key)
                or self.documents.source(self.root, key)
                or operation.source
                or self.documents.source(self.root, "paths")
            )

        requested = self._later(lambda: _by_id(request_clauses(operation, source, tag)))

        def clauses() -> dict[str, Clause]:
            found = _by_id([*requested.values(), *reply_clauses(operation, source, tag)])
            self._miss_keywords(operation, found)
            return found

        operation.requested, operation.clauses = requested, self._later(clauses)
        return operation

    def _miss_keywords(self, operation: Operation, clauses: dict[str, Clause]) -> None:
        """Tell of keywords that could not be read and make no clause that could say so."""
        told = {clause.untestable for clause in clauses.values()}
        messages = [parameter.message for parameter in operation.parameters]
        for contents in (operation.contents, *(r.contents for r in operation.replies.values())):
            messages += [content.item or content.message for content in contents]
        for reply in operation.replies.values():
            messages += [header.message for header in reply.headers]
        for message in messages:
            for one in message.schema.ignored:
                if one.lost and str(one) not in told:
                    told.add(str(one))
                    self._page.append(NotJudged(operation.id, str(one), one.source))

    # Parameters

    def _read_parameters(
        self, operation: Operation, item: Any, node: Any, resolver: Any, tag: str | None
    ) -> None:
        parameters: dict[tuple[str, str], Parameter] = {}
        for around in (item, node):
            nodes = around.get("parameters") or []
            if not isinstance(nodes, list):
                error = self._wrong("`parameters` is a list", around, "parameters")
                self._miss_error(operation.id, error)
                continue
            for listed in nodes:
                with self._costing(operation, ask=_is_needed(listed)):
                    parameter = self._parameter(listed, resolver, around, tag)
                    if parameter is not None:
                        parameters[parameter.name, parameter.location] = parameter
        templated = TEMPLATED.findall(operation.path)
        for name in templated:
            if (name, "path") not in parameters:
                parameters[name, "path"] = self._undeclared(operation, name)
        operation.parameters = tuple(
            p for p in parameters.values() if p.location != "path" or p.name in templated
        )

    def _undeclared(self, operation: Operation, name: str) -> Parameter:
        """A name of the path that no parameter is declared for: any text, as far as one knows."""
        reason = f"the path has {{{name}}}, which no parameter describes; any text is sent"
        self._page.append(NotJudged(operation.id, reason, operation.source))
        message = Message("path", Schema({"type": "string"}))
        return Parameter(name, "path", message, "simple", False)

    def _parameter(
        self, listed: Any, resolver: Any, around: Any, tag: str | None
    ) -> Parameter | None:
        node, inner = self._resolve(listed, resolver, around, "parameters")
        name, location = node.get("name"), node.get("in")
        if location == "querystring":  # OpenAPI 3.2
            raise self._wrong("a parameter that is the whole query is not sent", node, "in")
        if not isinstance(name, str) or location not in STYLES or location == "form":
            raise self._wrong("a parameter has a name and an `in`", node, "name")
        if location == "header" and name.lower() in NO_PARAMETERS:
            return None
        around_schema, at = node, node
        style = node.get("style", "form" if location in ("query", "cookie") else "simple")
        if isinstance(node.get("content"), dict) and node["content"]:
            kind, around_schema = next(iter(node["content"].items()))
            style = CONTENT
            if not media_type(kind).is_json:
                raise self._wrong(f"a parameter written as {kind} is not sent", node, "content")
        elif style not in STYLES[location]:
            raise self._wrong(f"no style in a {location}: {_short(style)}", node, "style")
        source = node.get("x-source", tag)
        message = self._message(location, around_schema, inner, "request", source)
        message.required = bool(node.get("required"))
        example = self._example(at, message, inner)
        if example is ABSENT and around_schema is not node:
            example = self._example(around_schema, message, inner)
        return Parameter(
            name,
            location,
            message,
            style,
            bool(node.get("explode", style in ("form", "cookie", "deepObject"))),
            example,
            location == "query" and node.get("allowEmptyValue") is True,
            self.documents.source(node, "required") or self.documents.source(node, "name"),
        )

    def _example(self, node: Any, message: Message, resolver: Any) -> Any:
        """The first documented value that keeps the schema, or ABSENT."""
        values = list(self._documented(node, resolver))
        values += message.schema.document.get("examples") or []
        return next((value for value in values if message.accepts(value)), ABSENT)

    def _documented(self, node: Any, resolver: Any) -> Iterator[Any]:
        if node.get("example") is not None:
            yield node["example"]
        for _, value in self._examples(node, resolver):
            yield value

    def _examples(self, node: Any, resolver: Any) -> Iterator[tuple[str, Any]]:
        """Documented values by name; what is no Example Object is a value itself."""
        listed = node.get("examples")
        if isinstance(listed, list):
            yield from ((str(number), value) for number, value in enumerate(listed, 1))
        elif isinstance(listed, dict):
            for name in listed:
                try:
                    example, _ = self._resolve(listed[name], resolver, listed, name)
                except ContractError:
                    continue
                # One that only names its URL (`externalValue`) is not fetched.
                for key in ("value", "dataValue"):
                    if key in example:
                        yield str(name), example[key]
                        break

    # Bodies and replies

    def _read_body(
        self, operation: Operation, node: dict[str, Any], resolver: Any, tag: str | None
    ) -> None:
        if "requestBody" not in node:
            return
        body, inner = self._resolve(node["requestBody"], resolver, node, "requestBody")
        if self.documents.words_of_30 and operation.method.lower() in _WITHOUT_BODY:
            reason = f"the body of a {operation.method} means nothing, and none is sent"
            self._miss(operation.id, reason, node, "requestBody")
            return
        operation.body_required = bool(body.get("required"))
        tag = body.get("x-source", tag)
        contents = list(self._contents(operation, "request", body, inner, "request", tag))
        usable = [c for c in contents if codec_for(c) is not None and c.unread is None]
        by_example = [c for c in contents if c not in usable and _texts_of(c)]
        operation.contents = tuple(sorted([*usable, *by_example], key=lambda c: not _is_plain(c)))
        for content in contents if operation.contents else ():
            if content not in operation.contents:
                lacking = content.unread or "no value of it could be written"
                reason = f"no body is sent as {content.media_range}: {lacking}"
                self._miss(operation.id, reason, body["content"], content.media_range)
        if not operation.contents and operation.body_required:
            listed = ", ".join(body.get("content") or {}) or "nothing"
            why = next((c.unread for c in contents if c.unread), None)
            said = f"every request needs a body, and none can be made of {listed}"
            raise self._wrong(f"{said}: {why}" if why else said, body, "content")

    def _contents(
        self,
        operation: Operation,
        part: str,
        around: dict[str, Any],
        resolver: Any,
        direction: Direction,
        tag: str | None,
    ) -> Iterator[Content]:
        """The documented contents; what of one can't be read is said in its `unread`."""
        content = around.get("content")
        if content is None:
            return
        if not isinstance(content, dict):
            raise self._wrong(f"`content` is an object, not {_short(content)}", around, "content")
        plain = JSON if JSON in content else next(iter(content), None)
        for kind, listed in content.items():
            name = part if kind == plain else range_part(part, kind)
            try:
                made = self._content(name, kind, listed, content, resolver, direction, tag)
                yield replace(made, sent_as=concrete(kind, content))
            except ContractError as error:
                self._miss_error(operation.id, error)
                message = Message(name, Schema({}), direction)
                yield Content(kind, message, unread=error.problem)

    def _content(
        self,
        name: str,
        kind: str,
        listed: Any,
        around: dict[str, Any],
        resolver: Any,
        direction: Direction,
        tag: str | None,
    ) -> Content:
        entry, resolver = self._resolve(
            listed if listed is not None else {}, resolver, around, kind
        )
        unread = "the schema of an XML body is not judged" if is_xml(kind) else None
        item = None
        if is_stream(kind):
            key = "itemSchema" if "itemSchema" in entry else "schema"
            item = self._message(name, entry, resolver, direction, tag, key)
            message = Message(name, Schema({}), direction)
        elif unread is not None:
            message = Message(name, Schema({}), direction)
        else:
            message = self._message(name, entry, resolver, direction, tag)
        sent_as = concrete(kind, around) if direction == "request" else kind
        if says_text(sent_as) and item is None and unread is None:
            message = _of_text(message)
        examples = dict(self._examples(entry, resolver))
        if "example" in entry:
            examples["example"] = entry["example"]
        if not examples and media_type(kind).kind in SAMPLES:
            examples["the smallest of its kind"] = SAMPLES[media_type(kind).kind]
        return Content(kind, message, item, self._encoding(entry), examples, unread)

    def _encoding(self, entry: dict[str, Any]) -> dict[str, Encoding]:
        listed = entry.get("encoding")
        encodings = {}
        for name, node in listed.items() if isinstance(listed, dict) else ():
            if isinstance(node, dict):
                style = node.get("style", "form")
                style = style if style in STYLES["form"] else "form"
                kind = node.get("contentType")
                explode = bool(node.get("explode", style in ("form", "deepObject")))
                if "style" in node or "explode" in node or kind is not None:
                    encodings[str(name)] = Encoding(kind, style, explode)
        return encodings

    def _replies(
        self, operation: Operation, node: dict[str, Any], resolver: Any, tag: str | None
    ) -> dict[str, Reply]:
        found: dict[str, Reply] = {}
        replies = node.get("responses")
        replies = {} if replies is None else replies
        if not isinstance(replies, dict):
            said = f"`responses` is an object, not {_short(replies)}"
            self._miss_error(operation.id, self._wrong(said, node, "responses"))
            return found
        for status, listed in replies.items():
            if str(status).startswith("x-"):
                continue
            part = _part_of(status)
            if part is None:
                said = "a reply has a status, a range such as 4XX, or is `default`"
                error = self._wrong(f"{said}, not {status!r}", replies, status)
                self._miss_error(operation.id, error)
                continue
            source = self.documents.source(replies, status)
            try:
                reply, inner = self._resolve(listed, resolver, replies, status)
            except ContractError as error:
                self._miss_error(operation.id, error)
                found[part] = Reply(part, source=source)
                continue
            inner_tag, soft = reply.get("x-source", tag), reply.get("x-soft") is True
            headers = self._headers(operation, part, reply, inner, inner_tag)
            with self._costing(operation):
                contents = tuple(self._contents(operation, part, reply, inner, "reply", inner_tag))
                found[part] = Reply(part, contents, headers, source, soft)
            found.setdefault(part, Reply(part, (), headers, source, soft))
        return found

    def _links(self, node: dict[str, Any], resolver: Any) -> dict[str, Any]:
        """The links of replies by status; what of a reply cannot be read is told by `_replies`."""
        found: dict[str, Any] = {}
        replies = node.get("responses")
        replies = replies if isinstance(replies, dict) else {}
        for status, listed in replies.items():
            part = _part_of(status)
            if part is not None:
                with suppress(ContractError):
                    reply, _ = self._resolve(listed, resolver, replies, status)
                    if isinstance(reply.get("links"), dict) and reply["links"]:
                        found[part] = reply["links"]
        return found

    def _headers(
        self, operation: Operation, part: str, reply: Any, resolver: Any, tag: str | None
    ) -> tuple[Parameter, ...]:
        """The documented headers of a reply."""
        listed = reply.get("headers")
        parameters: list[Parameter] = []
        headers: dict[str, Any] = listed if isinstance(listed, dict) else {}
        for name, node in headers.items():
            if str(name).lower() == "content-type":  # OpenAPI 3.1, section 4.8.17: it is ignored
                continue
            with self._costing(operation):
                header, inner = self._resolve(node, resolver, headers, name)
                around, style = header, "simple"
                if isinstance(header.get("content"), dict) and header["content"]:
                    kind, around = next(iter(header["content"].items()))
                    around = around or {}
                    style = CONTENT if media_type(kind).is_json else "simple"
                message = self._message(f"{part}:header", around, inner, "reply", tag)
                message.required = bool(header.get("required"))
                source = self.documents.source(headers, name)
                explode = bool(header.get("explode", False))
                parameters.append(
                    Parameter(str(name), "header", message, style, explode, source=source)
                )
        return tuple(parameters)

    # Security and servers

    def _read_security(self, operation: Operation, node: dict[str, Any]) -> None:
        around = node if "security" in node else self.root
        needs = around.get("security") or []
        if not isinstance(needs, list) or not all(isinstance(need, dict) for need in needs):
            raise self._wrong(f"`security` is a list, not {_short(needs)}", around, "security")
        requirements: list[Requirement] = []
        for need in needs:
            schemes = [self._scheme(operation, str(name), around) for name in need]
            if all(scheme is not None for scheme in schemes):
                requirements.append(tuple(scheme for scheme in schemes if scheme is not None))
        operation.security = tuple(requirements)

    def _scheme(self, operation: Operation, name: str, around: Any) -> SecurityScheme | None:
        if name not in self._schemes:
            components = self.root.get("components")
            listed = components.get("securitySchemes") if isinstance(components, dict) else None
            scheme = None
            if isinstance(listed, dict) and name in listed:
                with self._costing(operation):
                    node, _ = self._resolve(listed[name], self.resolver, listed, name)
                    scheme = scheme_of(name, node)
            elif not isinstance(listed, dict) or not listed:
                # Documents that declare none at all mean a bearer token.
                scheme = SecurityScheme(name, "http", "header", "Authorization", "Bearer")
            self._schemes[name] = scheme
            if scheme is None:
                reason = f"the security scheme {name} is none that is known"
                self._miss(operation.id, reason, around, "security")
        return self._schemes[name]

    # What they share

    def _message(
        self,
        part: str,
        around: dict[str, Any],
        resolver: Any,
        direction: Direction,
        tag: str | None,
        key: str = "schema",
    ) -> Message:
        """The message whose schema stands in an object; any value where none does."""
        node = around.get(key, {})
        if not isinstance(node, dict | bool):
            raise self._wrong(f"a schema is an object, not {_short(node)}", around, key)
        return Message(part, read_schema(self.documents, resolver, node, direction, tag), direction)

    def _resolve(
        self, node: Any, resolver: Any, around: dict[str, Any], key: str
    ) -> tuple[dict[str, Any], Any]:
        """What stands under a key of `around`, or what its `$ref` leads to."""
        for _ in range(20):
            if not isinstance(node, dict):
                raise self._wrong(f"`{key}`: an object is needed, not {_short(node)}", around, key)
            if not isinstance(node.get("$ref"), str):
                return node, resolver
            around, key = node, "$ref"
            node, resolver = self.documents.follow(resolver, node)
        raise self._wrong("$ref goes round in a circle", around, key)

    @contextmanager
    def _costing(self, operation: Operation, ask: bool = False) -> Iterator[None]:
        """What can't be read within costs itself; with `ask`, that no request can be made."""
        try:
            yield
        except ContractError as error:
            if ask:
                self._cannot_ask(operation, error)
            else:
                self._miss_error(operation.id, error)

    def _cannot_ask(self, operation: Operation, error: ContractError) -> None:
        self._miss_error(operation.id, error)
        operation.unasked = operation.unasked or self._page[-1]

    def _miss_error(self, operation: str, error: ContractError) -> None:
        source = Source(error.file, error.line or 1) if error.file is not None else None
        self._page.append(NotJudged(operation, error.problem, source))

    def _miss(self, operation: str, reason: str, around: Any, key: str) -> None:
        self._page.append(NotJudged(operation, reason, self.documents.source(around, key)))

    def _wrong(self, problem: str, node: Any, key: str) -> ContractError:
        source = self.documents.source(node, key)
        return ContractError(
            brief(problem), source.file if source else self.name, source.line if source else None
        )


def _id_of(name: Any, method: str, template: str, ids: set[str]) -> str:
    """The operationId; `METHOD_path` where there is none, or another operation has it."""
    if isinstance(name, str) and name and encoded(name) not in ids:
        return encoded(name)
    made = encoded(f"{method.lower()}_{template}")
    number = 2
    while made in ids:
        made = encoded(f"{method.lower()}_{template}_{number}")
        number += 1
    return made


def _part_of(status: Any) -> str | None:
    """What a reply is called by its status, in clause ids too; None for what is no status."""
    part = "default" if status == "default" else str(status).upper()
    return part if _STATUS.fullmatch(part) else None


def _by_id(clauses: Iterable[Clause]) -> dict[str, Clause]:
    """The clauses by id; of two that have one, the first."""
    found: dict[str, Clause] = {}
    for clause in clauses:
        found.setdefault(clause.id, clause)
    return found


def _is_needed(listed: Any) -> bool:
    """Whether no request can do without a parameter, as far as can be seen; a `$ref` may be one."""
    if not isinstance(listed, dict):
        return False
    return listed.get("required") is True or listed.get("in") == "path" or "$ref" in listed


def _is_plain(content: Content) -> bool:
    """Whether a content is the one that a body's plain clause ids are about."""
    return "(" not in content.message.part


def _texts_of(content: Content) -> list[str]:
    return [value for value in content.examples.values() if isinstance(value, str)]


def _of_text(message: Message) -> Message:
    """A message whose values are texts: that is no promise, it is what can be written."""
    document = message.schema.document
    if "type" in document:
        return message
    schema = replace(message.schema, document={**document, "type": "string"}, memo={})
    return Message(message.part, schema, message.direction, message.required)


def _short(node: Any) -> str:
    text = repr(node)
    return text if len(text) <= 40 else f"{text[:39]}…"
