"""Words of refusals: which members of a request an error body names, and which it misses.

Bodies are read as RFC 9457 (`errors[].pointer`, and `invalid-params` of RFC 7807), FastAPI, Spring,
Rails, Django REST framework, Ajv, Zod and Go's validators write them, and as plain text. What is
read is data: it says where to look first, and proves nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from clausewise.cutting import cut
from clausewise.exchange import Response
from clausewise.pointer import steps_of

# So much of a body is read, and so many names of one.
LONGEST, MOST = 20_000, 20
# Members that say where something is wrong, and members that say what.
_WHERE = (
    "pointer", "loc", "field", "path", "propertyPath", "instancePath", "dataPath", "param",
    "property", "attribute", "name", "key",
)  # fmt: skip
_WHAT = ("msg", "message", "detail", "defaultMessage", "reason", "description", "title", "error")
# Members of errors that are no members of requests.
_OF_ERRORS = frozenset(
    {
        *_WHAT, *_WHERE, "code", "codes", "status", "statusCode", "type", "instance", "timestamp",
        "errors", "error", "issues", "violations", "fieldErrors", "formErrors", "details", "trace",
        "traceId", "success", "keyword", "schemaPath", "params", "input", "ctx", "url",
        "non_field_errors", "messages", "invalid-params", "source", "rejectedValue",
        "objectName", "received", "expected", "missingProperty", "correlationId",
        "requestId", "docs",
    }
)  # fmt: skip
_PARTS = frozenset({"body", "query", "path", "header", "cookie", "data", "attributes"})
_MISSING = re.compile(
    r"\brequired\b|\bmissing\b|can'?t be blank|must be (?:present|provided|specified|set|given)"
    r"|not (?:provided|present|supplied)|(?:may|must|should|can) ?not be (?:null|blank|empty)",
    re.IGNORECASE,
)
_NAME = r"[A-Za-z_][A-Za-z0-9_.\-\[\]]*"
# Field validation for 'Timezone' failed on the 'required' tag
_OF_GO = re.compile(rf"Field validation for '({_NAME})' failed on the '(\w+)' tag")
_QUOTED = re.compile(rf"['\"`\u2018\u201c]({_NAME})['\"`\u2019\u201d]")
_BARE = (
    re.compile(rf"\b({_NAME}) (?:is|was|are) (?:a )?(?:required|missing|not provided)\b"),
    re.compile(rf"\b({_NAME}):? (?:can'?t|(?:must|may|should|can) ?not) be (?:blank|empty|null)\b"),
    re.compile(
        rf"(?:missing|required)(?: required)?"
        rf"(?: (?:field|parameter|property|member|key|value))?s?[:\s]+({_NAME})",
        re.IGNORECASE,
    ),
)
_NO_NAMES = frozenset(
    {
        "a", "an", "and", "the", "this", "that", "it", "is", "are", "was", "be", "of", "or", "to",
        "in", "for", "field", "fields", "value", "values", "parameter", "property", "member", "key",
        "body", "request", "input", "data", "invalid", "must", "not", "missing", "required",
    }
)  # fmt: skip


class Named(NamedTuple):
    """A member that a refusal names, by its last name; `missing` where it says that it lacks."""

    name: str
    text: str
    missing: bool


def named_in(response: Response | None) -> list[Named]:
    """The members that a refusal names, in its order, each once."""
    if response is None or len(response.content) > LONGEST:
        return []
    found: dict[str, Named] = {}
    body = response.json_or_none
    listed = _in_text(_text(response)) if body is None else _in_json(body)
    for one in listed:
        known = found.get(one.name)
        if known is None or (one.missing and not known.missing):
            found[one.name] = one
        if len(found) >= MOST:
            break
    return list(found.values())


def words_of(response: Response | None, most: int = 160) -> str:
    """What a refusal says, in one line; empty where it says nothing."""
    if response is None:
        return ""
    body = response.json_or_none
    said = " ".join(texts_in(body)) if body is not None else _text(response)
    said = " ".join("".join(c if c.isprintable() else " " for c in said).split())
    return cut(said, most)


def steady_body(response: Response | None, shorter_than: int) -> bytes:
    """The body of a short reply without digits: the same where a server says the same again."""
    if response is None or len(response.content) >= shorter_than:
        return b""
    return response.content.translate(None, b"0123456789")


def _text(response: Response) -> str:
    text = response.text(LONGEST)
    is_page = "html" in (response.media_type or "")
    return " ".join(re.sub(r"<[^>]*>", " ", text).split()) if is_page else text


def _in_json(node: Any) -> Iterator[Named]:
    if isinstance(node, list):
        for inner in node:
            yield from _in_json(inner)
        return
    if isinstance(node, str):
        yield from _in_text(node)
        return
    if not isinstance(node, dict):
        return
    said = next((str(node[name]) for name in _WHAT if isinstance(node.get(name), str)), "")
    at = next((node[name] for name in _WHERE if name in node), None)
    source = node.get("source")
    if isinstance(source, dict):
        at = source.get("pointer", source.get("parameter", at))
    lacking = (
        node["params"].get("missingProperty") if isinstance(node.get("params"), dict) else None
    )
    name = str(lacking) if lacking else _last(at)
    if name:
        kind = str(node.get("type", node.get("code", node.get("keyword", ""))))
        missing = lacking is not None or bool(_MISSING.search(f"{said} {kind}"))
        # Zod: a member that is not there is of the type undefined.
        yield Named(name, said, missing or node.get("received") == "undefined")
    elif said:
        yield from _in_text(said)
    for key, inner in node.items():
        texts = [inner] if isinstance(inner, str) else inner
        if (
            key not in _OF_ERRORS
            and isinstance(texts, list)
            and all(isinstance(text, str) for text in texts)
        ):
            yield from (Named(key, text, bool(_MISSING.search(text))) for text in texts)
        elif isinstance(inner, dict | list):
            yield from _in_json(inner)


def _in_text(text: str) -> Iterator[Named]:
    for name, tag in _OF_GO.findall(text):
        yield Named(in_small(name), text, tag == "required")
    if _OF_GO.search(text):
        return
    missing = bool(_MISSING.search(text))
    for pattern in (_QUOTED, *(_BARE if missing else ())):
        for name in pattern.findall(text):
            last = _last(name)
            if last and last.strip(".").lower() not in _NO_NAMES:
                yield Named(last, text, missing)


def _last(at: Any) -> str:
    """The last name of a pointer, a dotted path or a list of steps; empty where there is none."""
    if isinstance(at, list):
        steps = [str(step) for step in at]
    elif isinstance(at, str):
        text = at.removeprefix("#")
        steps = steps_of(text) if text.startswith("/") else re.split(r"[.\[\]]+", text)
    else:
        return ""
    names = [step for step in steps if step and not step.isdigit() and step not in _PARTS]
    return names[-1].strip("$'\"") if names else ""


def in_small(name: str) -> str:
    """A field of a program as JSON mostly writes it: its first letter is small."""
    return name[:1].lower() + name[1:]


def texts_in(node: Any) -> Iterator[str]:
    """Every text among the values of a JSON value."""
    if isinstance(node, str):
        yield node
    elif isinstance(node, list):
        for inner in node:
            yield from texts_in(inner)
    elif isinstance(node, dict):
        for inner in node.values():
            yield from texts_in(inner)
