"""Bodies of requests and replies by their media types, as OpenAPI writes them down."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from msgspec.structs import replace

from clausewise.contract.codecs import (
    MULTIPART,
    codec_for,
    is_events,
    is_file,
    is_json_lines,
    is_stream,
    is_xml,
    says_text,
)
from clausewise.contract.examples import example_for, examples_in
from clausewise.contract.ids import range_part
from clausewise.contract.keywords import KEYWORDS
from clausewise.contract.media_types import JSON, concrete, media_type
from clausewise.contract.message import Content, Encoding, MessagePart
from clausewise.contract.nodes import Base, Nodes
from clausewise.contract.operation import Operation
from clausewise.contract.parameters import STYLES, Parameter
from clausewise.contract.samples import SAMPLES
from clausewise.contract.schemas import Direction, Schema
from clausewise.cutting import quoted
from clausewise.errors import ContractError
from clausewise.pointer import ABSENT

# Methods whose bodies mean nothing (OpenAPI 3.0.3, section 4.7.10.1; RFC 9110, section 9.3).
_WITHOUT_BODY = ("get", "head", "delete")


def read_body(nodes: Nodes, operation: Operation, node: dict[str, Any], base: Base) -> None:
    """Read the contents of an operation's body, those that can be sent.

    Raises ContractError where every request needs a body, and none can be made.
    """
    if "requestBody" not in node:
        return
    body, base = nodes.resolve(node["requestBody"], base, node, "requestBody")
    nodes.miss_misspelt(operation.id, body, "a request body")
    if nodes.documents.words_of_30 and operation.method.lower() in _WITHOUT_BODY:
        reason = f"the body of a {operation.method} means nothing, and none is sent"
        nodes.miss(operation.id, reason, node, "requestBody")
        operation.lacks_body = body.get("required") is True
        return
    operation.body_required = bool(body.get("required"))
    contents = list(contents_of(nodes, operation, "request", body, "request", base.within(body)))
    usable = [c for c in contents if codec_for(c) is not None and c.unread is None]
    operation.contents = tuple(sorted(usable, key=lambda c: not _is_plain(c)))
    for content in contents if operation.contents else ():
        if content not in operation.contents:
            lacking = content.unread or "no value of it could be written"
            reason = f"no body is sent as {content.media_range}: {lacking}"
            nodes.miss(operation.id, reason, body["content"], content.media_range)
    if not operation.contents and operation.body_required:
        listed = ", ".join(body.get("content") or {}) or "nothing"
        why = next((c.unread for c in contents if c.unread), None)
        said = f"every request needs a body, and none can be made of {listed}"
        raise nodes.wrong(f"{said}: {why}" if why else said, body, "content")


def contents_of(
    nodes: Nodes,
    operation: Operation,
    part: str,
    around: dict[str, Any],
    direction: Direction,
    base: Base,
) -> Iterator[Content]:
    """The documented contents of a body; what of one can't be read is said in its `unread`.

    `part` is what the body is called in clause ids, `around` has `content`. Raises ContractError
    where that is no object.
    """
    content = around.get("content")
    if content is None:
        return
    if not isinstance(content, dict):
        raise nodes.wrong(f"`content` is an object, not {quoted(content)}", around, "content")
    plain = JSON if JSON in content else next(iter(content), None)
    for kind in content:
        if isinstance(content[kind], dict):
            nodes.miss_misspelt(operation.id, content[kind], "a media type")
        name = part if kind == plain else range_part(part, kind)
        try:
            yield _content(nodes, name, kind, content, direction, base)
        except ContractError as error:
            nodes.miss_error(operation.id, error)
            message = MessagePart(name, Schema({}), direction)
            yield Content(kind, message, unread=error.problem)


def _content(
    nodes: Nodes,
    name: str,
    kind: str,
    around: dict[str, Any],
    direction: Direction,
    base: Base,
) -> Content:
    listed = around[kind]
    entry, base = nodes.resolve(listed if listed is not None else {}, base, around, kind)
    examples = dict(examples_in(nodes, entry, base))
    if "example" in entry:
        examples["example"] = entry["example"]
    unread = "the schema of an XML body is not judged" if is_xml(kind) else None
    if unread and direction == "request":
        examples = _texts_in(examples, nodes.message(name, entry, base, direction))
        unread = None if examples else unread
    if media_type(kind).kind.startswith("multipart/") and media_type(kind).kind != MULTIPART:
        unread = "the parts of a body are judged where they are those of a form"
    item = None
    key = "itemSchema" if "itemSchema" in entry else "schema"
    if direction == "request" and is_json_lines(kind):
        message = nodes.message(name, _lines(nodes, entry, key, base), base, direction)
    elif is_stream(kind):
        has_data = key == "itemSchema" and is_events(kind)
        item = nodes.message(name, entry, base, direction, key, has_data=has_data)
        message = MessagePart(name, Schema({}), direction)
    elif unread is not None:
        message = MessagePart(name, Schema({}), direction)
    elif is_xml(kind):
        written_out = {"type": "string", "enum": list(dict.fromkeys(examples.values()))}
        message = MessagePart(name, Schema(written_out), direction)
    else:
        message = nodes.message(name, entry, base, direction)
    sent_as = concrete(kind, around)
    written = sent_as if direction == "request" else kind
    if says_text(written) and item is None and unread is None:
        message = _of_text(message, written)
    if not examples and media_type(kind).kind in SAMPLES:
        examples["the smallest of its kind"] = SAMPLES[media_type(kind).kind]
    encoding, events = _encoding(nodes, entry, base), key == "itemSchema"
    if direction == "request" and media_type(kind).kind == MULTIPART:
        message = _of_files(message, encoding)
    return Content(kind, message, item, encoding, examples, unread, sent_as, events)


def _lines(nodes: Nodes, entry: dict[str, Any], key: str, base: Base) -> dict[str, Any]:
    """A body of JSON lines as an object with the schema of the list of its items.

    What OpenAPI 3.0 and 3.1 leave open is read by its type: the list, or an item of it.
    """
    schema = entry.get(key, {})
    if key == "schema" and isinstance(schema, dict):
        parts = nodes.documents.composing(schema, base.resolver, ("allOf",))
        if any(part.get("type") == "array" for part, _ in parts):
            return entry
    lines = {"schema": {"type": "array", "items": schema}}
    nodes.documents.adopt(lines["schema"], entry)
    return lines


def _encoding(nodes: Nodes, entry: dict[str, Any], base: Base) -> dict[str, Encoding]:
    listed = entry.get("encoding")
    encodings = {}
    for name, node in listed.items() if isinstance(listed, dict) else ():
        if isinstance(node, dict):
            style = node.get("style", "form")
            style = style if style in STYLES["form"] else "form"
            kind = node.get("contentType")
            explode = bool(node.get("explode", style in ("form", "deepObject")))
            headers = tuple(_headers_of_part(nodes, node.get("headers"), base))
            if "style" in node or "explode" in node or kind is not None or headers:
                encodings[str(name)] = Encoding(kind, style, explode, headers)
    return encodings


def _headers_of_part(nodes: Nodes, listed: Any, base: Base) -> Iterator[tuple[str, str]]:
    """What a part of a form has to have; what can't be read is left out."""
    for name in listed if isinstance(listed, dict) else ():
        with suppress(ContractError):
            header, inner = nodes.resolve(listed[name], base, listed, name)
            if header.get("required") is not True or str(name).lower() == "content-type":
                continue
            message = nodes.message("header", header, inner, "request")
            parameter = Parameter(str(name), "header", message, "simple", False)
            stated = message.schema.document
            values = [example_for(nodes, header, message, inner), *stated.get("enum", ())]
            values += [stated.get("default", ABSENT), stated.get("const", ABSENT), "x-1", 1, True]
            known = (value for value in values if value is not ABSENT and message.accepts(value))
            texts = (parameter.written(value) for value in known)
            yield from next((pairs for pairs in texts if pairs), [])


def _is_plain(content: Content) -> bool:
    """Whether a content is the one that a body's plain clause ids are about."""
    return "(" not in content.message.part


def _texts_in(examples: Mapping[str, Any], message: MessagePart) -> dict[str, Any]:
    """The examples that are written out, those of the schema itself included, by name."""
    stated = message.schema.document.get("examples")
    own = enumerate(stated if isinstance(stated, list) else (), 1)
    named = {**{f"of the schema, {number}": value for number, value in own}, **examples}
    return {name: one for name, one in named.items() if isinstance(one, str) and one.strip()}


# What says anything of a value but to people, and what says more of an object than that it is one.
_SAYING = frozenset(KEYWORDS) - {"examples", "title", "description"}
_OF_OBJECTS = _SAYING - {"type", "format"}


def _of_text(message: MessagePart, kind: str) -> MessagePart:
    """A message whose values are texts: that is no promise, it is what can be written.

    A request whose bytes are of some kind says so, as its schema might have, and one whose schema
    says nothing (`{description: on or off}`) that it is a text of a kind: not any will do.
    """
    says_nothing = not message.schema.document.keys() & _SAYING
    document = {"type": "string", **message.schema.document}
    any_bytes = media_type(kind).kind == "application/octet-stream"
    if any_bytes and document["type"] == "object" and not document.keys() & _OF_OBJECTS:
        document["type"] = "string"  # generators call an object what they know nothing of
    if message.direction == "request" and (is_file(kind) or (says_nothing and not any_bytes)):
        document.setdefault("contentMediaType", kind)
    return _with(message, document)


def _of_files(message: MessagePart, encoding: Mapping[str, Encoding]) -> MessagePart:
    """A form whose files say what kind they are of, as their schemas might have."""
    members = dict(message.schema.document.get("properties") or {})
    for name, how in encoding.items():
        kind = (how.content_type or "").partition(",")[0].strip()
        if name in members and kind and is_file(kind):
            told = {"contentMediaType": kind}
            inner = members[name]
            is_list = isinstance(inner.get("items"), dict)
            members[name] = (
                {**inner, "items": {**told, **inner["items"]}} if is_list else {**told, **inner}
            )
    return (
        _with(message, {**message.schema.document, "properties": members}) if members else message
    )


def _with(message: MessagePart, document: dict[str, Any]) -> MessagePart:
    """The same message with a little more in its schema."""
    schema = replace(message.schema, document=document, memo={})
    return MessagePart(message.part, schema, message.direction, message.required)
