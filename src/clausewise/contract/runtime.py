"""Runtime expressions: values of an exchange by their place (OpenAPI 3.1, section 4.8.20.4).

Beyond the specification, `*` in a body's pointer is the first item or member, and `#path.NAME`
after a header or a member with a URL is what stands there in the place of the path parameter NAME.
Pointers into `{request, response}`, such as `/response/data/id`, are read as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from clausewise.contract.operation import Operation
from clausewise.contract.path_templates import path_names, path_pattern
from clausewise.exchange import Request, Response
from clausewise.pointer import ABSENT, step_into, steps_of

_FORM = re.compile(
    r"\$(?:url|method|statusCode"
    r"|(?:request|response)\.(?:body(?:#(?:/.*)?)?|header\.[^#/]+(?:#path\.[^/]+)?)"
    r"|request\.(?:path|query)\..+)"
)
_POINTERS = ("/request/", "/response/")


def is_expression(text: object) -> bool:
    """Whether a text is a runtime expression, or a pointer into `{request, response}`."""
    if not isinstance(text, str):
        return False
    return text.startswith(_POINTERS) or _FORM.fullmatch(text) is not None


def evaluated(
    expression: str,
    request: Request,
    response: Response | None,
    operations: Iterable[Operation] = (),
) -> Any:
    """The value of an expression in an exchange, or ABSENT.

    `operations` are those whose paths tell where a URL has its parameters.
    """
    if expression.startswith("/request/"):
        return _first(request.body, expression.removeprefix("/request"))
    if expression.startswith("/response/"):
        return _first(_body(response), expression.removeprefix("/response"))
    if expression in ("$url", "$method"):
        return request.url if expression == "$url" else request.method
    if expression == "$statusCode":
        return response.status if response is not None else ABSENT
    side, _, source = expression.removeprefix("$").partition(".")
    if source.startswith("body"):
        body = request.body if side == "request" else _body(response)
        pointer, _, inside = source.partition("#")[2].partition("#path.")
        value = _first(body, pointer)
        return in_url(value, inside, operations) if inside and isinstance(value, str) else value
    part, _, name = source.partition(".")
    if part == "header":
        name, _, inside = name.partition("#path.")
        headers = request.headers if side == "request" else response.headers if response else ()
        text = next((v for n, v in headers if n.lower() == name.lower()), None)
        if text is None:
            return ABSENT
        return in_url(text, inside, operations) if inside else text
    if part == "path":
        return request.path.get(name, ABSENT)
    told = parse_qs(urlsplit(request.url).query, keep_blank_values=True)
    return told[name][0] if name in told else ABSENT


def in_url(url: str, name: str, operations: Iterable[Operation]) -> Any:
    """What stands in a URL in the place of a path parameter, by the longest path; or ABSENT."""
    try:
        path = urlsplit(url).path.rstrip("/")
    except ValueError:  # half an address of IPv6, say
        return ABSENT
    paths = {o.path.rstrip("/") for o in operations if f"{{{name}}}" in o.path}
    for template in sorted(paths, key=len, reverse=True):
        pattern = path_pattern(template.lstrip("/"), "([^/]+)")
        found = re.search(f"(?:^|/){pattern}$", path)
        if found:
            return unquote(found.groups()[path_names(template).index(name)])
    return ABSENT


def _body(response: Response | None) -> Any:
    return response.json if response is not None and response.not_json is None else ABSENT


def _first(value: Any, pointer: str) -> Any:
    for step in steps_of(pointer):
        if step == "*" and isinstance(value, list | dict) and value:
            value = value[0] if isinstance(value, list) else next(iter(value.values()))
        else:
            value = step_into(value, step)
            if value is ABSENT:
                break
    return value
