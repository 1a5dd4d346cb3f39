"""Cases about what carries a request: its body as such, its media type, its credential."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from msgspec.structs import replace

from clausewise.contract import Clause, Content, Operation, Parameter
from clausewise.contract.codecs import JsonCodec, cut_short, encode_json
from clausewise.contract.media_types import outside
from clausewise.contract.parameter_pairs import query_text
from clausewise.contract.parameters import CONTENT
from clausewise.contract.requests import BODY
from clausewise.plan.broken import broken_requests
from clausewise.plan.cases import MISSING, Case, Expect
from clausewise.plan.ground import NO_FORM, Ground, taken_by
from clausewise.pointer import escape
from clausewise.values.values import Level


def transport_cases(ground: Ground) -> Iterator[Case]:
    """No body, with a charset, cut short, of a wrong type; then odd texts and credentials."""
    other = next(
        (one for one in ground.others if _as_a_whole(one) != _as_a_whole(ground.operation)), None
    )
    if other is not None:
        of_the_whole = ("request:required", "request:json", "request:media-type", "auth")
        names = {f"{ground.operation.id}:{one}" for one in of_the_whole}
        ground.unplanned |= dict.fromkeys(
            names & ground.operation.requested.keys(), taken_by(other.id)
        )
        yield from _values_as_texts(ground)
        return
    if ground.content is not None:
        yield from _of_the_body(ground)
    yield from _values_as_texts(ground)
    yield from _credentials(ground)


def _as_a_whole(operation: Operation) -> tuple[Any, ...]:
    """What is asked of requests as a whole: a body, its media types, credentials."""
    ranges = [content.media_range for content in operation.contents]
    return operation.body_required, ranges, operation.security


def _probe(ground: Ground, clause: str, label: str, **fields: Any) -> Case:
    fields = {"probes": (f"{ground.operation.id}:{clause}",), **fields}
    return ground.plain("transport", fields.pop("expect", "refused"), label, **fields)


def _of_the_body(ground: Ground) -> Iterator[Case]:
    operation, least = ground.operation, ground.least_value()
    without = {part: value for part, value in least.items() if part != BODY}
    if operation.body_required:
        yield _probe(ground, "request:required", "no body", value=without)
    least = ground.least_with_body()
    if BODY not in least:
        for keyword in ("json", "media-type"):
            clause = f"{operation.id}:request:{keyword}"
            ground.unplanned[clause] = "no lawful body is known that could be spoilt"
        return
    levels = ground.model.classify(least)
    if operation.contents[0].is_json:
        if ground.pack.supply_for(operation.id) is None:  # a thing for this alone is too dear
            yield _with_charset(ground, least, levels)
        half = cut_short(encode_json(least[BODY]))
        label = "a body cut short"
        yield _probe(ground, "request:json", label, value=without, content=half, levels=levels)
    ranges = [content.media_range for content in operation.contents]
    other = outside(ranges)
    if other is None:
        clause = f"{operation.id}:request:media-type"
        ground.unplanned[clause] = "every media type is documented"
        return
    label = f"{other}, not {' or '.join(ranges)}"
    yield _probe(
        ground, "request:media-type", label, content_type=other, value=least, levels=levels
    )


def _with_charset(ground: Ground, least: dict[str, Any], levels: Mapping[str, Level]) -> Case:
    """A lawful body that says its charset: to JSON that changes nothing (RFC 8259, section 11).

    It probes no clause: that documents rarely say so makes its refusal a note.
    """
    kind = f"{ground.codec.content_type}; charset=utf-8"
    fields = {"value": least, "content_type": kind, "levels": levels}
    return ground.plain("transport", "accepted", f"a body of {kind}", **fields)


def says_charset(case: Case) -> bool:
    """Whether a request is lawful and says the charset of JSON."""
    lawful = case.kind == "transport" and case.expect == "accepted"
    return lawful and "charset=" in (case.content_type or "")


def _values_as_texts(ground: Ground) -> Iterator[Case]:
    """A request with a text in place of a value, for each query parameter that it is said of.

    An empty one where there may be such a one; and JSON that is cut short, which is of no type.
    """
    for parameter in ground.operation.located("query"):
        at = f"query#/{escape(parameter.name)}"
        yield from _with_text(ground, parameter, f"{at}:allowEmptyValue", "", "accepted")
        if parameter.style == CONTENT and "string" not in parameter.place.allowed_types:
            yield from _with_text(ground, parameter, f"{at}:type", "{", "refused")


def _with_text(
    ground: Ground, parameter: Parameter, clause: str, text: str, expect: Expect
) -> Iterator[Case]:
    """A lawful request but for a text of one query parameter, where it has a clause."""
    operation, least = ground.operation, ground.least_value()
    if f"{operation.id}:{clause}" not in operation.requested:
        return
    others = {n: v for n, v in (least.get("query") or {}).items() if n != parameter.name}
    written = query_text(operation.located("query"), others)
    told = f"{quote(parameter.name, safe='')}={quote(text, safe='')}"
    query = f"{written}&{told}" if written else told
    label = f"{parameter.name} is JSON cut short" if text else f"{parameter.name} without a value"
    value = {**least, "query": others}
    yield _probe(ground, clause, label, expect=expect, query=query, value=value)


def _credentials(ground: Ground) -> Iterator[Case]:
    operation = ground.operation
    if not operation.secured:
        return
    by_connection = [all(s.place == "connection" for s in needed) for needed in operation.security]
    if any(by_connection):
        reason = "a client certificate belongs to the connection; no request can leave it out"
        ground.unplanned[f"{operation.id}:auth"] = reason
        return
    word = "token" if _is_bearer(ground) else "credential"
    yield _probe(ground, "auth", f"no {word}", credential="none")
    yield _probe(ground, "auth", f"a made-up {word}", credential="wrong")
    for scheme, missing in zip(operation.combined, MISSING, strict=False):
        others = [other for other in operation.combined if other != scheme]
        if scheme.place != "connection" and not operation.suffices(others):
            label = f"no {scheme.name} beside {' and '.join(other.name for other in others)}"
            yield _probe(ground, "auth", label, credential=missing)


def _is_bearer(ground: Ground) -> bool:
    return all(scheme.word == "Bearer" for scheme in ground.operation.schemes)


def further_contents(first: Ground) -> Iterator[Case]:
    """A lawful request with each further content of a body, and what breaks its own schema."""
    operation = first.operation
    for content in operation.contents[1:]:
        part = content.message.part
        own = [clause for clause in operation.requested.values() if clause.part == part]
        alike = content.message.schema.document == operation.contents[0].message.schema.document
        lawful = _with_content(first, content) if alike else None
        if lawful is None:
            ground = Ground(first.pack, operation.id, content)
            if ground.lack is not None:
                first.unplanned |= {clause.id: ground.lack for clause in own}
                continue
            value = ground.least_with_body()
            if BODY not in value:
                first.unplanned |= dict.fromkeys((clause.id for clause in own), NO_FORM)
                continue
            told = {"expect": "accepted", "value": value, "levels": {}}
            label = f"a body of {ground.codec.content_type}"
            lawful = _probe(ground, "request:media-type", label, **told)
        yield lawful
        if alike:
            first.unplanned |= {clause.id: same_schema(operation) for clause in own}
            yield from _one_breach(first, content, own)
            continue
        for case in broken_requests(ground):
            if case.probes[0].startswith(f"{operation.id}:{part}"):
                yield case
        first.unplanned |= {
            name: why for name, why in ground.unplanned.items() if f":{part}" in name
        }


def _one_breach(first: Ground, content: Content, own: list[Clause]) -> Iterator[Case]:
    """A body that breaks a clause of the same schema: whether it is held against this content too.

    It is the first one that is sent of the first content; `own` are the clauses of this one.
    """
    case = first.breach
    codec = first.operation.codec_of(content).body
    if case is None or not isinstance(codec, JsonCodec):
        return  # of a form, another value may be read
    broken = first.operation.clauses[case.probes[0]]
    for clause in own:
        if (clause.pointer, clause.keyword) == (broken.pointer, broken.keyword):
            del first.unplanned[clause.id]
            yield replace(case, probes=(clause.id,), media_range=content.media_range)


def same_schema(operation: Operation) -> str:
    """Why the clauses of a further content have no request, where its schema is the first one's."""
    return f"its schema is that of {operation.contents[0].media_range}, where it is probed"


def _with_content(first: Ground, content: Content) -> Case | None:
    """The smallest lawful request with another content of the same schema, if it has a form."""
    value = first.least_value()
    codec = first.operation.codec_of(content)
    if BODY not in value or codec.written(value) is None:
        return None
    fields = {"expect": "accepted", "value": value, "levels": first.model.classify(value)}
    draft = _probe(first, "request:media-type", f"a body of {codec.content_type}", **fields)
    return replace(draft, media_range=content.media_range)
