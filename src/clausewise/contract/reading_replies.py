"""Replies of an operation with their headers and links, as OpenAPI writes them down."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

from clausewise.contract.media_types import media_type
from clausewise.contract.nodes import Base, Nodes
from clausewise.contract.operation import Operation
from clausewise.contract.parameters import CONTENT, STYLES, Parameter
from clausewise.contract.reading_contents import contents_of
from clausewise.contract.replies import DocumentedReply
from clausewise.cutting import quoted
from clausewise.errors import ContractError

_STATUS = re.compile(r"[1-5](?:\d\d|XX)|default")


def replies_of(
    nodes: Nodes, operation: Operation, node: dict[str, Any], base: Base
) -> dict[str, DocumentedReply]:
    """The documented replies of an operation, by what a reply is called in clause ids."""
    found: dict[str, DocumentedReply] = {}
    replies = node.get("responses")
    replies = {} if replies is None else replies
    if not isinstance(replies, dict):
        said = f"`responses` is an object, not {quoted(replies)}"
        nodes.miss_error(operation.id, nodes.wrong(said, node, "responses"))
        return found
    for status, listed in replies.items():
        if str(status).startswith("x-"):
            continue
        part = _part_of(status)
        if part is None:
            said = "a reply has a status, a range such as 4XX, or is `default`"
            error = nodes.wrong(f"{said}, not {status!r}", replies, status)
            nodes.miss_error(operation.id, error)
            continue
        source = nodes.documents.source(replies, status)
        try:
            reply, inner = nodes.resolve(listed, base, replies, status)
        except ContractError as error:
            nodes.miss_error(operation.id, error)
            found[part] = DocumentedReply(part, source=source)
            continue
        nodes.miss_misspelt(operation.id, reply, "a reply")
        inner = inner.within(reply)
        soft = reply.get("x-soft") is True
        headers = _headers(nodes, operation, part, reply, inner)
        with nodes.costing(operation):
            contents = tuple(contents_of(nodes, operation, part, reply, "reply", inner))
            found[part] = DocumentedReply(part, contents, headers, source, soft)
        found.setdefault(part, DocumentedReply(part, (), headers, source, soft))
    return found


def links_of(nodes: Nodes, node: dict[str, Any], base: Base) -> dict[str, Any]:
    """The links of replies by status; what of a reply cannot be read is told by `replies_of`."""
    found: dict[str, Any] = {}
    replies = node.get("responses")
    replies = replies if isinstance(replies, dict) else {}
    for status, listed in replies.items():
        part = _part_of(status)
        if part is not None:
            with suppress(ContractError):
                reply, _ = nodes.resolve(listed, base, replies, status)
                if isinstance(reply.get("links"), dict) and reply["links"]:
                    found[part] = reply["links"]
    return found


def _headers(
    nodes: Nodes, operation: Operation, part: str, reply: dict[str, Any], base: Base
) -> tuple[Parameter, ...]:
    """The documented headers of a reply."""
    listed = reply.get("headers")
    parameters: list[Parameter] = []
    headers: dict[str, Any] = listed if isinstance(listed, dict) else {}
    for name, node in headers.items():
        if str(name).lower() == "content-type":  # OpenAPI 3.1, section 4.8.17: it is ignored
            continue
        with nodes.costing(operation):
            header, inner = nodes.resolve(node, base, headers, name)
            around, style = header, header.get("style", "simple")
            style = style if style in STYLES["header"] else "simple"
            if isinstance(header.get("content"), dict) and header["content"]:
                kind, around = next(iter(header["content"].items()))
                around = around or {}
                style = CONTENT if media_type(kind).is_json else "simple"
            message = nodes.message(f"{part}:header", around, inner, "reply")
            message.required = bool(header.get("required"))
            source = nodes.documents.source(headers, name)
            explode = bool(header.get("explode", False))
            parameters.append(
                Parameter(str(name), "header", message, style, explode, source=source)
            )
    return tuple(parameters)


def _part_of(status: Any) -> str | None:
    """What a reply is called by its status, in clause ids too; None for what is no status."""
    part = "default" if status == "default" else str(status).upper()
    return part if _STATUS.fullmatch(part) else None
