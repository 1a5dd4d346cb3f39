"""Parameters of an operation, as OpenAPI writes them down."""

from __future__ import annotations

from typing import Any

from clausewise.contract.codecs import is_xml
from clausewise.contract.examples import example_for
from clausewise.contract.form_codecs import FORM
from clausewise.contract.media_types import media_type
from clausewise.contract.message import MessagePart
from clausewise.contract.nodes import Base, Nodes
from clausewise.contract.operation import NotJudged, Operation
from clausewise.contract.parameters import (
    CONTENT,
    DEFAULT_STYLES,
    NO_PARAMETERS,
    STYLES,
    WRITTEN_BY_SENDERS,
    Parameter,
)
from clausewise.contract.path_templates import path_names
from clausewise.contract.scalars import kinds_of
from clausewise.contract.schemas import Schema
from clausewise.cutting import quoted
from clausewise.errors import ContractError
from clausewise.pointer import ABSENT


def read_parameters(
    nodes: Nodes, operation: Operation, item: dict[str, Any], node: dict[str, Any], base: Base
) -> None:
    """Read the parameters of a path item and of an operation, whose own ones win."""
    found: dict[tuple[str, str], Parameter] = {}
    for around in (item, node):
        parameters = around.get("parameters") or []
        if not isinstance(parameters, list):
            error = nodes.wrong("`parameters` is a list", around, "parameters")
            nodes.miss_error(operation.id, error)
            continue
        for listed in parameters:
            with nodes.costing(operation, doubt=_is_needed(listed)):
                parameter = _parameter(nodes, operation, listed, around, base)
                if parameter is not None:
                    found[parameter.name, parameter.location] = parameter
    templated = path_names(operation.path)
    for name in templated:
        if (name, "path") not in found:
            found[name, "path"] = _undeclared(nodes, operation, name)
    operation.parameters = tuple(
        p for p in found.values() if p.location != "path" or p.name in templated
    )


def _undeclared(nodes: Nodes, operation: Operation, name: str) -> Parameter:
    """A name of the path that no parameter is declared for: any text, as far as one knows."""
    reason = f"the path has {{{name}}}, which no parameter describes; any text is sent"
    nodes.note(NotJudged(operation.id, reason, operation.source))
    message = MessagePart("path", Schema({"type": "string"}))
    return Parameter(name, "path", message, "simple", False)


def _parameter(
    nodes: Nodes, operation: Operation, listed: Any, around: dict[str, Any], base: Base
) -> Parameter | None:
    node, base = nodes.resolve(listed, base, around, "parameters")
    nodes.miss_misspelt(operation.id, node, "a parameter")
    name, location = node.get("name"), node.get("in")
    is_whole = location == "querystring"
    if is_whole:
        node, location = _whole_query(nodes, node), "query"
    if not isinstance(name, str) or location not in [*DEFAULT_STYLES]:  # it may be no text
        at = "name" if "name" in node else next(iter(node), "name")
        raise nodes.wrong("a parameter has a name and an `in`", node, at)
    if location == "header" and name.lower() in NO_PARAMETERS:
        return None
    if location == "header" and name.lower() in WRITTEN_BY_SENDERS:
        reason = f"the header {name} is written by what sends a request; no value is made up for it"
        nodes.miss(operation.id, reason, node, "name")
        return None
    around_schema, kind = node, None
    style = node.get("style", DEFAULT_STYLES[location])
    if isinstance(node.get("content"), dict) and node["content"]:
        kind, around_schema = next(iter(node["content"].items()))
        style = CONTENT if media_type(kind).is_json else DEFAULT_STYLES[location]
    elif style not in STYLES[location]:
        raise nodes.wrong(f"no style in a {location}: {quoted(style)}", node, "style")
    if style != CONTENT:
        around_schema = _by_its_texts(nodes, operation, around_schema, base)
    message = nodes.message(location, around_schema, base.within(node), "request")
    if kind is not None and style != CONTENT and not _is_plain_text(kind, message):
        raise nodes.wrong(f"a parameter written as {kind} is not sent", node, "content")
    message.required = bool(node.get("required"))
    example = example_for(nodes, node, message, base)
    if example is ABSENT and around_schema is not node:
        example = example_for(nodes, around_schema, message, base)
    return Parameter(
        name,
        location,
        message,
        style,
        bool(node.get("explode", style in ("form", "cookie", "deepObject"))),
        example,
        location == "query" and node.get("allowEmptyValue") is True,
        nodes.documents.source(node, "required") or nodes.documents.source(node, "name"),
        is_whole and "content" in node,
    )


def _by_its_texts(
    nodes: Nodes, operation: Operation, around: dict[str, Any], base: Base, key: str = "schema"
) -> dict[str, Any]:
    """A parameter, or its items, whose type is a number's while its `enum` lists texts alone.

    No value is both, but on the wire a number is a text: that is what is meant.
    """
    schema = around.get(key)
    if isinstance(schema, dict) and isinstance(schema.get("$ref"), str):
        try:
            schema, base = nodes.resolve(schema, base, around, key)
        except ContractError:  # told by whoever reads the schema
            return around
    if not isinstance(schema, dict):
        return around
    listed, made = schema.get("enum"), schema
    if key == "schema":  # no deeper: items may be lists of themselves
        made = _by_its_texts(nodes, operation, schema, base, "items")
    is_listed = isinstance(listed, list) and all(isinstance(one, str) for one in listed)
    if listed and is_listed and schema.get("type") in ("integer", "number", "boolean"):
        told = f"`type` is {schema['type']}, and its enum lists texts: those are sent"
        nodes.miss(operation.id, told, schema, "type")
        made = {**made, "type": "string"}
    if made is schema:
        return around
    changed = {**around, key: made}
    nodes.documents.adopt(made, schema)
    nodes.documents.adopt(changed, around)
    return changed


def _is_plain_text(kind: str, message: MessagePart) -> bool:
    """Whether a parameter of a media type is a text, written as one without a media type is."""
    kinds = kinds_of(message.place)
    scalar = "string" in kinds or not kinds & {"array", "object"}
    return scalar and media_type(kind).kind != FORM and not is_xml(kind)


def _whole_query(nodes: Nodes, node: dict[str, Any]) -> dict[str, Any]:
    """A parameter that is the whole query (OpenAPI 3.2); of a form, a pair for each member.

    Raises ContractError for a form whose members are written in ways of their own.
    """
    contents = node.get("content")
    if not isinstance(contents, dict) or not contents:
        raise nodes.wrong("a parameter that is the whole query has a `content`", node, "in")
    form = contents.get(FORM)
    if not isinstance(form, dict):
        return node
    if "encoding" in form:
        raise nodes.wrong("a query that is a form with an `encoding` is not sent", node, "in")
    beside = {key: value for key, value in node.items() if key != "content"}
    return {**beside, **form, "style": "form", "explode": True}


def _is_needed(listed: Any) -> bool:
    """Whether no request can do without a parameter, as far as can be seen; a `$ref` may be one."""
    if not isinstance(listed, dict):
        return False
    if listed.get("in") == "path":
        return "name" in listed  # else any text is sent for what the path names
    return listed.get("required") is True or "$ref" in listed
