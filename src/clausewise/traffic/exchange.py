"""One recorded exchange, whoever wrote it down: what is known of it, and what is not.

As a JSON line it is an object with these members. `null` headers and an unknown body were not
recorded: they are never *missing*.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Iterable
from typing import Any, NamedTuple

import msgspec

from clausewise.traffic.encodings import breaks_off, decoded

Headers = list[tuple[str, str]]


class Body(msgspec.Struct, omit_defaults=True, frozen=True, forbid_unknown_fields=True):
    """A body: its `text` or `base64`, `absent` where there was none, else unknown.

    `cut` says that only its beginning was recorded; `masked` are JSON Pointers to what was
    replaced. In one that is `partial`, objects may have had more members.
    """

    text: str | None = None
    base64: str | None = None
    absent: bool = False
    unknown: bool = False
    cut: bool = False
    masked: list[str] = []
    partial: bool = False

    @property
    def is_known(self) -> bool:
        """Whether all of it is there."""
        held = self.absent or self.text is not None or self.base64 is not None
        return held and not self.cut and not self.unknown

    @property
    def content(self) -> bytes:
        """The bytes that were recorded. Raises ValueError for what is no base64."""
        if self.base64 is not None:
            try:
                return b64decode("".join(self.base64.split()), validate=True)
            except NotBase64 as error:
                raise ValueError(f"a body is no base64: {error}") from None
        return self.text.encode("utf-8", "surrogatepass") if self.text else b""


UNKNOWN = Body(unknown=True)
ABSENT_BODY = Body(absent=True)


class SentRequest(msgspec.Struct, omit_defaults=True):
    """What is known of a request beside its method and URL.

    `partial` says that there may have been more headers than those named, `open_query` that the
    URL may have had more parameters in its query.
    """

    headers: Headers | None = None
    body: Body = UNKNOWN
    partial: bool = False
    open_query: bool = False


class ReceivedResponse(msgspec.Struct, omit_defaults=True):
    """What is known of a reply."""

    status: int
    headers: Headers | None = None
    body: Body = UNKNOWN
    partial: bool = False


class TrafficExchange(msgspec.Struct, omit_defaults=True):
    """One recorded exchange.

    `started` is an ISO 8601 time or seconds since 1970, `seconds` how long the reply took. `fixed`
    says that the same request is always answered so, as by a file of stubs.
    """

    method: str
    url: str
    request: SentRequest = msgspec.field(default_factory=SentRequest)
    response: ReceivedResponse | None = None
    started: str | float | None = None
    seconds: float | None = None
    fixed: bool = False


_encode = msgspec.json.Encoder().encode
_TIMES = (str, float, int, type(None))


def sound(traffic: TrafficExchange) -> TrafficExchange:
    """An exchange without what broken recorders write.

    Half surrogate pairs, which no text has, and times that are neither texts nor numbers.
    """
    if not isinstance(traffic.started, _TIMES):
        traffic.started = None
    sent, received = traffic.request, traffic.response
    bodies = (sent.body.text, received.body.text if received is not None else None)
    try:
        # To write bodies as JSON takes long; most are ASCII, which is told at once.
        _encode((traffic.method, traffic.url, sent.headers, received and received.headers))
        for text in bodies:
            if text is not None and not text.isascii():
                text.encode()
    except UnicodeEncodeError:
        return msgspec.convert(_whole(msgspec.to_builtins(traffic)), TrafficExchange)
    return traffic


def _whole(node: Any) -> Any:
    if isinstance(node, str):
        return node.encode("utf-8", "replace").decode()
    if isinstance(node, dict):
        return {name: _whole(value) for name, value in node.items()}
    return [_whole(one) for one in node] if isinstance(node, list | tuple) else node


class Poisoned(NamedTuple):
    """A piece of a recording that is no exchange, and why."""

    reason: str


class Aside(NamedTuple):
    """A piece of a recording that is well and says nothing of an exchange, by its kind."""

    kind: str


# What a server logs of those who connect and ask nothing, and of itself.
NO_REQUEST = Aside("log line of no request")


class Item(msgspec.Struct, frozen=True):
    """One piece of a recording; `number` counts from 1: its line, or its place in a list.

    Bytes are a line of JSON, as it is: whoever judges it reads no more of it than is needed.
    """

    number: int
    read: TrafficExchange | bytes | Poisoned | Aside


def has_header(headers: Iterable[tuple[str, str]], name: str) -> bool:
    """Whether there is a header of a name, which is given in lower case."""
    return name in [one.lower() for one, _ in headers]


def decoded_body(content: bytes, headers: Iterable[tuple[str, str]]) -> Body:
    """A body as it was sent, without the encodings that its headers name; else unknown."""
    plain = decoded(content, headers)
    return UNKNOWN if plain is None else traffic_body(plain)


def traffic_body(content: bytes | None, cut: bool = False) -> Body:
    """Bytes as a body: text where they are UTF-8; of one that is `cut`, perhaps none came."""
    if not content:
        return UNKNOWN if cut else ABSENT_BODY
    try:
        return Body(text=content.decode(), cut=cut)
    except UnicodeDecodeError:
        return Body(base64=b64encode(content).decode(), cut=cut)


def logged_body(text: Any, size: Any = None) -> Body:
    """A body as a log has it: a text, or a JSON value where it was parsed; unknown for None.

    Logs cut long values: it is cut where its `size` in bytes is told and is larger, and where that
    is not told, if it is the beginning of some JSON.
    """
    if text is None:
        return UNKNOWN
    if not isinstance(text, str):
        return Body(text=msgspec.json.encode(text).decode())
    if size is None:
        return Body(text=text, cut=breaks_off(text))
    return Body(text=text, cut=int(size) > len(text.encode("utf-8", "surrogatepass")))


def fields_of(headers: Iterable[tuple[str, str]]) -> Headers:
    """The headers of a message, without those of HTTP/2 that stand for its first line."""
    return [one for one in headers if not one[0].startswith(":")]


def pairs_of(headers: Any) -> Headers | None:
    """Headers as pairs: from a mapping, also to lists, or a list of pairs or objects."""
    if headers is None:
        return None
    pairs: Headers = []
    if isinstance(headers, dict):
        for name, value in headers.items():
            values = value if isinstance(value, list) else [value]
            pairs += [(str(name), str(one)) for one in values if one is not None]
    elif isinstance(headers, list):
        for one in headers:
            if isinstance(one, dict):
                name = one.get("name", one.get("key"))
                value = one.get("value", "")
                if name is not None and value is not None and not one.get("disabled"):
                    pairs.append((str(name), str(value)))
            elif isinstance(one, list | tuple) and len(one) == 2:
                pairs.append((str(one[0]), str(one[1])))
    return pairs
