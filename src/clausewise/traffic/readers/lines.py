"""JSON lines: one exchange an object, in whichever of the known forms it is written."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

from clausewise.traffic.exchange import (
    Aside,
    Body,
    Item,
    Poisoned,
    TrafficExchange,
    logged_body,
    pairs_of,
)
from clausewise.traffic.readers.access_logs import of_access_log
from clausewise.traffic.readers.azure import of_azure
from clausewise.traffic.readers.batches import parted
from clausewise.traffic.readers.charles import of_charles
from clausewise.traffic.readers.envoy import of_envoy
from clausewise.traffic.readers.gateways import of_apache, of_kong, of_nginx
from clausewise.traffic.readers.har import of_entry
from clausewise.traffic.readers.opentelemetry import of_span

_OF_BODIES = frozenset(Body.__struct_fields__)


def _of_ours(node: dict[str, Any]) -> TrafficExchange | None:
    """A line of this project's form, but for headers that are an object, or a body as it is."""
    sides = [one for one in (node.get("request"), node.get("response")) if isinstance(one, dict)]
    if not {"method", "url"} <= node.keys() or not sides:
        return None
    for side in sides:
        if isinstance(side.get("headers"), dict | list):
            side["headers"] = pairs_of(side["headers"])
        body = side.get("body", {})
        # What has members of both might be either: it is told, and not judged.
        if not isinstance(body, dict) or (body and not body.keys() & _OF_BODIES):
            side["body"] = logged_body(body)
    return msgspec.convert(node, TrafficExchange)


# Which form a line has, by the first that takes it.
_FORMS: tuple[Callable[[dict[str, Any]], TrafficExchange | Aside | None], ...] = (
    _of_ours,
    of_entry,
    of_span,
    of_azure,
    of_charles,
    of_envoy,
    of_kong,
    of_apache,
    of_nginx,
    of_access_log,
)
# Before each value of a JSON text sequence (RFC 7464, section 2.2).
_SEPARATOR = b"\x1e"
_decoder = msgspec.json.Decoder(TrafficExchange)


def read_lines(lines: Iterable[bytes], first: int = 1) -> Iterator[Item]:
    """Read lines, the first of which has the number `first`; empty ones are passed over."""
    for number, line in enumerate(lines, first):
        if number == 1:
            line = line.removeprefix(BOM_UTF8)  # some editors begin with it
        line = line.removeprefix(_SEPARATOR)
        if not line or line.isspace():
            continue
        several = parted(line)
        if several is None:
            yield Item(number, line)
        else:
            yield from (Item(number, one) for one in several)


def read_line(line: bytes) -> TrafficExchange | Poisoned | Aside:
    """What one line says."""
    try:
        return _decoder.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _of_another_form(line)


def _of_another_form(line: bytes) -> TrafficExchange | Poisoned | Aside:
    try:
        node = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return Poisoned(f"it is no JSON: {error}")
    if not isinstance(node, dict):
        return Poisoned("it is no JSON object")
    try:
        for read in _FORMS:
            found = read(node)
            if found is not None:
                return found
        msgspec.convert(node, TrafficExchange)
    except (msgspec.ValidationError, ValueError, TypeError, KeyError, AttributeError) as error:
        return Poisoned(f"it is no exchange: {error}")
    return Poisoned("it is no exchange of a known form")
