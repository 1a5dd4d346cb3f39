"""Swagger 2.0 documents in the words of OpenAPI 3.0, in memory.

Objects that stay what they are stay the same objects, so that their lines are known; what is made
of another object has its lines by `adopt`. `definitions`, `parameters` and `responses` stay where
references look for them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from clausewise.pointer import unescape

# What is told where to look up the lines of a mapping that was made of another one.
Adopt = Callable[[Any, Any], None]

_METHODS = ("get", "put", "post", "delete", "options", "head", "patch")
_JSON = "application/json"
_MULTIPART = "multipart/form-data"
_FORM = "application/x-www-form-urlencoded"
# What of a parameter, or a header, says which values it has (2.0, Parameter and Items Object).
_OF_VALUES = (
    "type", "format", "items", "default", "maximum", "exclusiveMaximum", "minimum",
    "exclusiveMinimum", "maxLength", "minLength", "pattern", "maxItems", "minItems", "uniqueItems",
    "enum", "multipleOf", "nullable", "example",
)  # fmt: skip
# Values, not descriptions: nothing in them is a keyword.
_DATA = ("default", "enum", "example", "examples", "x-example")
# Objects whose keys are names that somebody chose.
_NAMED = ("definitions", "parameters", "paths", "properties", "responses", "headers")
# Style and `explode` of each `collectionFormat`; what `tsv` is has no name in 3.0.
_STYLES = {
    "ssv": ("spaceDelimited", False),
    "pipes": ("pipeDelimited", False),
    "multi": ("form", True),
    "tsv": ("tabDelimited", False),
}
# What an operation says it replies in, where none of its replies has a schema.
PRODUCES = "x-clausewise-produces"
# Parameters that are bodies by now.
_BODIES = ("body", "formData")
_FLOWS = {"application": "clientCredentials", "accessCode": "authorizationCode"}


def converted(root: dict[str, Any], adopt: Adopt = lambda made, mapping: None) -> dict[str, Any]:
    """The document, rewritten in place as one of OpenAPI 3.0.3.

    What has no counterpart there is left for the reader to complain about.
    """
    _schemas(root, named=False)
    _name_alone(_object(root.get("definitions")))
    conversion = _Conversion(root, adopt)
    conversion.convert()
    root["openapi"] = "3.0.3"
    return root


def _schemas(node: Any, *, named: bool) -> None:
    """Rewrite what schemas say in other words. `named`: the keys of this object are names."""
    if isinstance(node, list):
        for inner in node:
            _schemas(inner, named=False)
    if not isinstance(node, dict):
        return
    for key, inner in node.items():
        if named or key not in _DATA:
            _schemas(inner, named=not named and key in _NAMED)
    if named:
        return
    if isinstance(node.get("x-nullable"), bool):
        node["nullable"] = node.pop("x-nullable")
    if isinstance(node.get("discriminator"), str):
        node["discriminator"] = {"propertyName": node["discriminator"]}
    if node.get("type") == "file" or node.get("format") == "file":
        node["type"] = "string"
        node["format"] = "binary"


def _name_alone(definitions: dict[str, Any]) -> None:
    """What a discriminator may say of a schema that none inherits from: its name (2.0, Schema)."""
    around = [_object(node).get("allOf") for node in definitions.values()]
    parts = [part for listed in around if isinstance(listed, list) for part in listed]
    parents = [part.get("$ref") for part in parts if isinstance(part, dict)]
    for name, node in definitions.items():
        told = _object(_object(node).get("discriminator"))
        if told and f"#/definitions/{name}" not in parents:
            told["mapping"] = {name: f"#/definitions/{name}"}


def _object(node: Any) -> dict[str, Any]:
    return node if isinstance(node, dict) else {}


def _words(node: Any, *others: Any) -> list[str]:
    """The first list that names media types."""
    for listed in (node, *others):
        if isinstance(listed, list):
            return [kind for kind in listed if isinstance(kind, str)]
    return []


class _Conversion:
    """One document, and what its parts refer to in it."""

    def __init__(self, root: dict[str, Any], adopt: Adopt) -> None:
        self.root = root
        self.adopt = adopt
        self.converted: set[int] = set()

    def convert(self) -> None:
        """Rewrite the whole document."""
        self.root["servers"] = self._servers()
        for item in _object(self.root.get("paths")).values():
            if isinstance(item, dict):
                self._item(item)
        for parameter in _object(self.root.get("parameters")).values():
            if isinstance(parameter, dict) and parameter.get("in") not in _BODIES:
                self._parameter(parameter)
        for response in _object(self.root.get("responses")).values():
            self._response(_object(response), _words(self.root.get("produces")))
        schemes = _object(self.root.get("securityDefinitions"))
        for scheme in schemes.values():
            self._scheme(_object(scheme))
        self.root["components"] = {
            "schemas": _object(self.root.get("definitions")),
            "securitySchemes": schemes,
        }

    def _servers(self) -> list[dict[str, Any]]:
        """The base URLs: each scheme with the host and the path."""
        base = self.root.get("basePath")
        path = base if isinstance(base, str) else ""
        path = path.rstrip("/")
        host = self.root.get("host")
        if not isinstance(host, str):
            return [{"url": path or "/"}]
        schemes = _words(self.root.get("schemes")) or ["https"]
        return [{"url": f"{scheme}://{host}{path}"} for scheme in schemes]

    def _item(self, item: dict[str, Any]) -> None:
        around = self._parameters(item)
        shared = [one for one, target in around if target.get("in") not in _BODIES]
        if "parameters" in item:
            item["parameters"] = shared
        for method in _METHODS:
            operation = item.get(method)
            if isinstance(operation, dict):
                self._operation(operation, around)

    def _parameters(self, around: dict[str, Any]) -> list[tuple[Any, dict[str, Any]]]:
        """The parameters that are listed, each with what its `$ref` leads to."""
        listed = around.get("parameters")
        return [(one, self._target(one)) for one in listed] if isinstance(listed, list) else []

    def _target(self, node: Any) -> dict[str, Any]:
        ref = node.get("$ref") if isinstance(node, dict) else None
        for section in ("parameters", "responses"):
            if isinstance(ref, str) and ref.startswith(f"#/{section}/"):
                name = unescape(ref.rpartition("/")[2])
                return _object(_object(self.root.get(section)).get(name))
        return _object(node)

    def _operation(
        self, operation: dict[str, Any], around: list[tuple[Any, dict[str, Any]]]
    ) -> None:
        own = self._parameters(operation)
        taken = {(target.get("name"), target.get("in")) for _, target in own}
        inherited = [(o, t) for o, t in around if (t.get("name"), t.get("in")) not in taken]
        bodies = [target for _, target in (*inherited, *own) if target.get("in") == "body"]
        forms = [target for _, target in (*inherited, *own) if target.get("in") == "formData"]
        kept = [one for one, target in own if target.get("in") not in _BODIES]
        for _, target in (*around, *own):
            if target.get("in") not in _BODIES:
                self._parameter(target)
        if "parameters" in operation:
            operation["parameters"] = kept
        consumes = _words(operation.get("consumes"), self.root.get("consumes"))
        if bodies:
            operation["requestBody"] = self._body(bodies[0], consumes)
        elif forms:
            operation["requestBody"] = self._form(forms, consumes)
        self._responses(operation)

    def _body(self, body: dict[str, Any], consumes: list[str]) -> dict[str, Any]:
        kinds = [kind for kind in consumes if kind not in (_FORM, _MULTIPART)] or [_JSON]
        return self._made(
            body,
            required=body.get("required") is True,
            content={kind: self._made(body, schema=body.get("schema", {})) for kind in kinds},
        )

    def _form(self, forms: list[dict[str, Any]], consumes: list[str]) -> dict[str, Any]:
        files = any(form.get("format") == "binary" for form in forms)
        kinds = [kind for kind in consumes if kind in (_FORM, _MULTIPART)]
        kinds = kinds or [_MULTIPART if files else _FORM]
        named = [form for form in forms if isinstance(form.get("name"), str)]
        schema: dict[str, Any] = {
            "type": "object",
            "properties": {form["name"]: self._values(form) for form in named},
        }
        required = [form["name"] for form in named if form.get("required") is True]
        if required:
            schema["required"] = required
        encoding = {form["name"]: self._style(form) for form in named if self._style(form)}
        entry: dict[str, Any] = {"schema": schema}
        if encoding:
            entry["encoding"] = encoding
        content = {kind: dict(entry) for kind in kinds}
        return self._made(forms[0], required=bool(required), content=content)

    def _parameter(self, node: dict[str, Any]) -> None:
        """Put what a parameter says of its values into a schema of its own."""
        if id(node) in self.converted or "schema" in node or "type" not in node:
            return
        self.converted.add(id(node))
        schema = self._values(node)
        style = self._style(node)
        for key in (*_OF_VALUES, "collectionFormat"):
            node.pop(key, None)
        node["schema"] = schema
        node.update(style)
        if "x-example" in node:
            node["example"] = node.pop("x-example")

    def _style(self, node: dict[str, Any]) -> dict[str, Any]:
        """How the items of an array are written."""
        if node.get("type") != "array":
            return {}
        style, explode = _STYLES.get(str(node.get("collectionFormat", "csv")), (None, False))
        if style == "form" and node.get("in") not in ("query", "formData"):
            style = None
        return {"explode": explode, **({} if style is None else {"style": style})}

    def _values(self, node: dict[str, Any]) -> dict[str, Any]:
        return self._made(node, **{key: node[key] for key in _OF_VALUES if key in node})

    def _made(self, node: dict[str, Any], **parts: Any) -> dict[str, Any]:
        """An object made of another one, whose lines it has."""
        self.adopt(parts, node)
        return parts

    def _responses(self, operation: dict[str, Any]) -> None:
        responses = operation.get("responses")
        produces = _words(operation.get("produces"), self.root.get("produces"))
        operation[PRODUCES] = produces
        for status, listed in list(_object(responses).items()):
            response = self._target(listed)
            if response is not listed and isinstance(listed, dict):
                # What a shared one is written in is a matter of each operation.
                response = self._made(response, **response)
                operation["responses"][status] = response
            self._response(response, produces)

    def _response(self, response: dict[str, Any], produces: list[str]) -> None:
        if id(response) in self.converted:
            return
        self.converted.add(id(response))
        for header in _object(response.get("headers")).values():
            if isinstance(header, dict):
                self._parameter(header)
        if "schema" not in response or "content" in response:
            return
        examples = _object(response.get("examples"))
        response["content"] = {}
        for kind in produces or [_JSON]:
            entry = self._made(response, schema=response["schema"])
            if kind in examples:
                entry["example"] = examples[kind]
            response["content"][kind] = entry

    def _scheme(self, scheme: dict[str, Any]) -> None:
        kind = scheme.get("type")
        if kind == "basic":
            scheme.update(type="http", scheme="basic")
        elif kind == "oauth2" and isinstance(scheme.get("flow"), str):
            flow = scheme.pop("flow")
            parts = {
                key: scheme[key]
                for key in ("authorizationUrl", "tokenUrl", "scopes")
                if key in scheme
            }
            scheme["flows"] = {_FLOWS.get(flow, flow): {"scopes": {}, **parts}}
