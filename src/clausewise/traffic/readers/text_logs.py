"""Access logs that are lines of text: Apache's and NGINX's, HAProxy's, AWS's, W3C's.

They say what was asked and which status came; all else is not known.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from clausewise.traffic.exchange import (
    NO_REQUEST,
    UNKNOWN,
    Aside,
    Item,
    Poisoned,
    ReceivedResponse,
    SentRequest,
    TrafficExchange,
)
from clausewise.traffic.readers.access_logs import started_at
from clausewise.traffic.readers.azure import own_query

_ASKED = r'"(?P<asked>(?:[^"\\]|\\.)*)"'
_BALANCED = rf"(?P<time>\S+Z) (?:\S+ ){{6}}(?P<status>\d+|-) \S+ \d+ \d+ {_ASKED}"
_FORMS = (
    # Elastic Load Balancing, HTTP: the load balancer's own status, then the target's
    re.compile(rf"(?:https?|h2|grpcs|wss?) {_BALANCED}"),
    # Elastic Load Balancing, classic
    re.compile(_BALANCED),
    # HAProxy: `option httplog`
    re.compile(
        rf".*? \[(?P<time>[^\]]+)\] \S+ \S+/\S+ [-+\d/]+ (?P<status>-?\d+) \+?\d+ .* {_ASKED}"
    ),
    # Common and combined log format, perhaps with the host in front
    re.compile(rf".*?\[(?P<time>[^\]]+)\] {_ASKED} (?P<status>\d+|-)(?:\s|$)"),
)
_LINE = re.compile(r"(?P<method>[A-Z][A-Z-]*) (?P<target>[^\s\\]+)(?: HTTP/[\d.]+)?")
_FIELDS = "#Fields:"
_HOSTS = ("x-host-header", "cs-host", "cs(Host)")


def is_text_log(text: str) -> bool:
    """Whether a text begins with a line of such a log."""
    return any(pattern.match(text.partition("\n")[0]) for pattern in _FORMS)


def is_w3c(text: str) -> bool:
    """Whether a text begins as W3C's Extended Log File Format does."""
    return text.startswith("#") and _FIELDS in text


def read_text_log(lines: Iterable[bytes]) -> Iterator[Item]:
    """Read a log of lines of one of the known forms."""
    for number, line in enumerate(lines, 1):
        text = line.decode("utf-8", "replace").rstrip("\r\n")
        if text.strip():
            found = next(filter(None, (pattern.match(text) for pattern in _FORMS)), None)
            if found is None:
                yield Item(number, Poisoned("it is no line of a known log"))
            else:
                yield Item(number, _of_line(found))


def _of_line(found: re.Match[str]) -> TrafficExchange | Aside:
    asked = _LINE.fullmatch(found["asked"])
    if asked is None:
        return NO_REQUEST
    return _exchange(asked["method"], asked["target"], found["status"], found["time"])


def _exchange(method: str, target: str, status: str, time: str) -> TrafficExchange:
    received = ReceivedResponse(int(status), None, UNKNOWN, True) if status.isdecimal() else None
    return TrafficExchange(
        method, target, SentRequest(None, UNKNOWN, True), received, started_at(time)
    )


def read_w3c(lines: Iterable[bytes]) -> Iterator[Item]:
    """Read a log whose columns a directive names: IIS, CloudFront.

    https://www.w3.org/TR/WD-logfile.html
    """
    names: list[str] = []
    for number, line in enumerate(lines, 1):
        text = line.decode("utf-8-sig", "replace").strip()
        if text.startswith(_FIELDS):
            names = text.removeprefix(_FIELDS).split()
        elif text and not text.startswith("#"):
            columns = text.split("\t") if "\t" in text else text.split(" ")
            if len(columns) != len(names):
                yield Item(number, Poisoned("it has other columns than `#Fields` names"))
            else:
                yield Item(number, _of_columns(dict(zip(names, columns, strict=True))))


def _of_columns(told: dict[str, str]) -> TrafficExchange | Aside:
    known = {name: value for name, value in told.items() if value != "-"}
    method, target = known.get("cs-method"), known.get("cs-uri-stem")
    if method is None or target is None:
        return NO_REQUEST
    of_cloudfront = "x-edge-location" in told
    query = known.get("cs-uri-query", "")
    # App Service puts what it is told beside what it was asked for.
    query = query if of_cloudfront else own_query(query)
    if query:
        target = f"{target}?{query}"
    if of_cloudfront:  # it encodes what is encoded once more
        target = target.replace("%25", "%")
    host = next((known[name] for name in _HOSTS if name in known), None)
    if host is not None and target.startswith("/"):
        target = f"{known.get('cs-protocol', 'https')}://{host}{target}"
    read = _exchange(
        method, target, known.get("sc-status", ""), f"{told.get('date')}T{told.get('time')}Z"
    )
    read.request.open_query = "cs-uri-query" not in told
    return read
