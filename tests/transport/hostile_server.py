"""A service of three operations, and the ways in which it misbehaves over raw sockets."""

from __future__ import annotations

import gzip
import json
import socket
import struct
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clausewise.pack import Pack, load_pack
from clausewise.strict_json import DEEPEST, NotJSON, parse

from ..guards import FOR_EVER
from .raw_server import Reply, reply

# Its name is localhost, it vouches for itself, and it is a secret to nobody.
CERTIFICATE = """\
-----BEGIN CERTIFICATE-----
MIIBkzCCATigAwIBAgIBATAKBggqhkjOPQQDAjAUMRIwEAYDVQQDDAlsb2NhbGhv
c3QwIBcNMjAwMTAxMDAwMDAwWhgPMjExOTEyMzEwMDAwMDBaMBQxEjAQBgNVBAMM
CWxvY2FsaG9zdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABPaeh6AEprSYAIxY
4FcTnUQ+kPLGOw+nfD0bowpxwH7o5vr6z/zE3YVOe0KsJJdUkGaVv7YOAOuFzYob
rQyatGqjeTB3MB0GA1UdDgQWBBTu1FF24tFwZ30wnc8204NvgOvohjAfBgNVHSME
GDAWgBTu1FF24tFwZ30wnc8204NvgOvohjAPBgNVHRMBAf8EBTADAQH/MBQGA1Ud
EQQNMAuCCWxvY2FsaG9zdDAOBgNVHQ8BAf8EBAMCAoQwCgYIKoZIzj0EAwIDSQAw
RgIhANyxZ4h3hk91EVZ7bMT2pbSKsQcnyjrWra03DZgeIZAvAiEAzuXzU2rA+ktZ
RhpwUjhtQztOEbvuajzmqgpmiay5Oe4=
-----END CERTIFICATE-----
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg33rHF5JH4lBgxHDl
85zmCZafanB6xjExZaLORy1TG3+hRANCAAT2noegBKa0mACMWOBXE51EPpDyxjsP
p3w9G6MKccB+6Ob6+s/8xN2FTntCrCSXVJBmlb+2DgDrhc2KG60MmrRq
-----END PRIVATE KEY-----
"""

# What a terminal, a page, a reader or a line-based log could be fooled by.
NASTY = (
    "\x1b]0;owned\x07\x1b[2J\x9b31m\x08\r\nSet-Cookie: a=b\r\n\r\n<script>alert(1)</script>"
    "</script><img src=x onerror=alert(1)>]]>\u202egnp.exe\u2066\u2028`$(id)`{{7*7}}@here"
)


def hostile_pack(root: Path) -> Pack:
    """A pack of three operations: `write` is to be spoilt, those before and after it behave."""
    text = {"type": "string", "minLength": 1, "maxLength": 20}
    note = {
        "type": "object",
        "required": ["id", "text"],
        "properties": {"id": {"type": "string", "pattern": "^[a-z0-9]+$"}, "text": text},
    }
    refusal = {
        "type": "object",
        "required": ["error"],
        "properties": {"error": {"type": "string"}},
    }

    def replies(schema: Any) -> dict[str, Any]:
        return {
            "200": {"description": "Done.", "content": {"application/json": {"schema": schema}}},
            "4XX": {"description": "No.", "content": {"application/json": {"schema": refusal}}},
        }

    body = {
        "type": "object",
        "required": ["text"],
        "properties": {"text": text, "loud": {"type": "boolean"}},
        "additionalProperties": False,
    }
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Notes", "version": "1"},
        "paths": {
            "/notes": {
                "get": {
                    "operationId": "list",
                    "responses": replies({"type": "array", "items": note}),
                },
                "post": {
                    "operationId": "write",
                    "requestBody": {
                        "required": True,
                        "content": {"application/json": {"schema": body}},
                    },
                    "responses": replies(note),
                },
            },
            "/about": {"get": {"operationId": "tell", "responses": replies(note)}},
        },
    }
    root.mkdir(parents=True, exist_ok=True)
    (root / "openapi.json").write_text(json.dumps(document), "utf-8")
    (root / "clausewise.yaml").write_text("contract: openapi.json\n", "utf-8")
    return load_pack(root)


def service(pack: Pack, spoil: Callable[[bytes], Reply]) -> Callable[[bytes], Reply]:
    """What the service answers: as the contract has it, but for the spoilt success of `write`."""
    body = pack.contract.operations["write"].body
    assert body is not None

    def answer(request: bytes) -> Reply:
        head, _, content = request.partition(b"\r\n\r\n")
        # Proxies are asked for whole URLs.
        if b"/about " in head.partition(b"\r\n")[0]:
            return reply(b'{"id": "n0", "text": "about"}')
        if head.startswith(b"GET "):
            return reply(b'[{"id": "n1", "text": "hello"}]')
        try:
            asked = parse(content)
        except NotJSON:
            asked = None
        if b"content-type: application/json" not in head.lower() or not body.accepts(asked):
            return reply(b'{"error": "no"}', "400 Bad Request")
        return spoil(json.dumps({"id": "n2", "text": asked["text"]}).encode())

    return answer


@dataclass(frozen=True)
class Misbehaviour:
    """One way to spoil a reply, and what a run may make of it.

    `red` are the clauses of `write` that it proves to be broken. `judged` says that the body is
    there to be judged; without it nothing that is promised of it may be upheld. `told` stands in
    the report, `unjudged` is why nothing is said of the body. `slow` ones take as long as a reply
    may, `heavy` ones much of a processor.
    """

    name: str
    spoil: Callable[[bytes], Reply]
    red: frozenset[str] = frozenset()
    judged: bool = False
    told: str = ""
    unjudged: str = ""
    slow: bool = False
    heavy: bool = False
    keep: bool = True


def _head(*headers: str, status: str = "HTTP/1.1 200 OK") -> bytes:
    lines = [status, "Content-Type: application/json", *headers]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"


def _coded(content: bytes, coding: str) -> bytes:
    return reply(content, "200 OK", f"Content-Encoding: {coding}")


def _sending(*parts: bytes, every: float = 0.0) -> Reply:
    """Sends these parts, the last one again and again, with a pause after each."""

    def send(connection: socket.socket) -> None:
        for part in parts[:-1]:
            connection.sendall(part)
        end = time.monotonic() + FOR_EVER
        while time.monotonic() < end:
            connection.sendall(parts[-1])
            time.sleep(every)

    return send


def _pouring(head: bytes, part: bytes) -> Reply:
    """Sends the head, and then the part without end."""
    return _sending(head, part)


def _trickling(content: bytes, every: float = 0.05) -> Reply:
    """Sends a byte at a time."""

    def send(connection: socket.socket) -> None:
        for number in range(len(content)):
            connection.sendall(content[number : number + 1])
            time.sleep(every)

    return send


def _then_silence(content: bytes) -> Reply:
    def send(connection: socket.socket) -> None:
        connection.sendall(content)
        # Until the client has had enough.
        connection.settimeout(FOR_EVER)
        connection.recv(1)

    return send


def _then_reset(content: bytes) -> Reply:
    def send(connection: socket.socket) -> None:
        connection.sendall(content)
        time.sleep(0.3)  # what was sent has to be read before the reset comes
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()

    return send


def _then_close(content: bytes) -> Reply:
    def send(connection: socket.socket) -> None:
        connection.sendall(content)
        connection.close()

    return send


_STATUS = frozenset({"write:status"})


def _head_only(name: str, content: bytes, told: str = "RemoteProtocolError") -> Misbehaviour:
    return Misbehaviour(name, lambda _: content, _STATUS, told=told, keep=False)


def _not_json(name: str, spoil: Callable[[bytes], Reply], told: str, **rest: Any) -> Misbehaviour:
    return Misbehaviour(name, spoil, frozenset({"write:200:json"}), told=told, **rest)


def _lawful(name: str, spoil: Callable[[bytes], Reply], **rest: Any) -> Misbehaviour:
    return Misbehaviour(name, spoil, judged=True, **rest)


def _with(body: bytes, **members: Any) -> bytes:
    """The body with other members; what is bytes is written as it stands."""
    told = json.loads(body) | members
    texts = [b"%s: %s" % (json.dumps(name).encode(), _text(value)) for name, value in told.items()]
    return b"{%s}" % b", ".join(texts)


def _text(value: Any) -> bytes:
    return value if isinstance(value, bytes) else json.dumps(value).encode()


def _nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


def _chunked(body: bytes, size: int = 1) -> bytes:
    parts = [body[at : at + size] for at in range(0, len(body), size)]
    coded = b"".join(b"%x;a=b\r\n%s\r\n" % (len(part), part) for part in parts)
    return _head("Transfer-Encoding: chunked") + coded + b"0\r\nX-Sum: 5\r\n\r\n"


def _raw_deflate(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(body) + packer.flush()


def _bomb(wbits: int) -> bytes:
    """Fifty megabytes of blanks in fifty kilobytes."""
    packer = zlib.compressobj(wbits=wbits)
    parts = [packer.compress(b" " * 1_000_000) for _ in range(50)]
    return b"".join([*parts, packer.flush()])


GZIP_BOMB = _bomb(zlib.MAX_WBITS | 16)
DEFLATE_BOMB = _bomb(zlib.MAX_WBITS)
_CHUNK = b"10000\r\n" + b" " * 65536 + b"\r\n"
_FORGED = reply(b'{"id": "FORGED", "text": ""}')

# No reply at all, twice, while others are answered: that alone is red, and nothing of `write` is
# upheld.
UNANSWERED = (
    Misbehaviour(
        "never answers", lambda _: _then_silence(b""), _STATUS, told="no reply within", slow=True
    ),
    Misbehaviour(
        "the head trickles",
        lambda b: _trickling(reply(b)),
        _STATUS,
        told="no reply within",
        slow=True,
    ),
    Misbehaviour(
        "the head of headers never ends",
        lambda _: _sending(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n", every=0.03),
        _STATUS,
        told="no reply within",
        slow=True,
    ),
    Misbehaviour(
        "100 Continue for ever",
        lambda _: _sending(b"HTTP/1.1 100 Continue\r\n\r\n", every=0.03),
        _STATUS,
        told="no reply within",
        slow=True,
    ),
    Misbehaviour(
        "a storm of 103",
        lambda _: _pouring(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n" * 2000),
        _STATUS,
        told="its head is longer than 102400 bytes",
    ),
    Misbehaviour(
        "closes without a word", lambda _: _then_close(b""), _STATUS, told="Server disconnected"
    ),
    Misbehaviour("resets before the head", lambda _: _then_reset(b""), _STATUS, told="ReadError"),
    Misbehaviour(
        "resets in the head",
        lambda _: _then_reset(b"HTTP/1.1 200 OK\r\nX"),
        _STATUS,
        told="ReadError",
    ),
    Misbehaviour(
        "closes in the head", lambda _: _then_close(b"HTTP/1.1 200 OK\r\nX"), _STATUS, told="Error"
    ),
    _head_only("HTTP/0.9", b'{"id": "n2", "text": "hello"}'),
    _head_only("another protocol", b"SSH-2.0-OpenSSH_9.6\r\n"),
    _head_only("status 0", _head(status="HTTP/1.1 0 OK")),
    _head_only("status 000", _head(status="HTTP/1.1 000 OK")),
    _head_only("status 99", _head(status="HTTP/1.1 99 OK")),
    _head_only("status 099", _head(status="HTTP/1.1 099 OK")),
    _head_only("status 101", _head(status="HTTP/1.1 101 Switching")),
    _head_only("status -1", _head(status="HTTP/1.1 -1 OK")),
    _head_only("status 2000", _head(status="HTTP/1.1 2000 OK")),
    _head_only("status in words", _head(status="HTTP/1.1 two OK")),
    _head_only("two lengths", _head("Content-Length: 2", "Content-Length: 3") + b"{}}"),
    _head_only("a negative length", _head("Content-Length: -5") + b"{}"),
    _head_only("a length in words", _head("Content-Length: \xb2") + b"{}"),
    _head_only("10,000 headers", _head(*[f"X-{n}: {'v' * 12}" for n in range(10_000)]) + b"{}"),
    _head_only("a header of 1 MB", _head("X-A: " + "x" * 1_000_000) + b"{}"),
    _head_only("control bytes in a name", _head("X-\x1b[31m: 1") + b"{}"),
    _head_only("NUL in a header", _head("X-A: a\x00b") + b"{}"),
    _head_only("CR in a header", _head("X-A: a\rSet-Cookie: b") + b"{}"),
    _head_only("an unknown transfer coding", _head("Transfer-Encoding: gzip") + b"{}"),
)

# A reply that is plainly no JSON: that clause is red, and nothing else.
GARBAGE = (
    _not_json(
        "Content-Length too large, then closed",
        lambda b: _then_close(reply(b, length=500)),
        "the body is not whole: peer closed connection",
    ),
    _not_json("Content-Length too small", lambda b: reply(b, length=5), "not JSON"),
    _not_json(
        "resets in the body", lambda b: _then_reset(reply(b, length=500)), "the body is not whole"
    ),
    _not_json(
        "chunks that break off",
        lambda b: _then_close(_chunked(b)[:-40]),
        "closed connection",
    ),
    _not_json(
        "chunks without a size",
        lambda b: _chunked(b)[:-30] + b"zz\r\n",
        "the body is not whole",
        keep=False,
    ),
    _not_json("no gzip", lambda b: _coded(b, "gzip"), "content coding is broken"),
    _not_json("no deflate", lambda b: _coded(b, "deflate"), "content coding is broken"),
    _not_json(
        "gzip that ends early", lambda b: _coded(gzip.compress(b)[:-4], "gzip"), "it ends early"
    ),
    _not_json(
        "gzip with a wrong checksum",
        lambda b: _coded(gzip.compress(b)[:-8] + b"\0" * 8, "gzip"),
        "content coding is broken",
    ),
    _not_json(
        "garbage after gzip", lambda b: _coded(gzip.compress(b) + b"<p>", "gzip"), "is broken"
    ),
    _not_json(
        "garbage after deflate", lambda b: _coded(zlib.compress(b) + b"<p>", "deflate"), "its end"
    ),
    _not_json("NUL bytes", lambda b: reply(b"\0" * len(b)), "not JSON"),
    _not_json("NUL in a string", lambda b: reply(b.replace(b"n2", b"n\0")), "control character"),
    _not_json("invalid UTF-8", lambda b: reply(b.replace(b"n2", b"n\xff")), "not UTF-8"),
    _not_json("UTF-16", lambda b: reply(b.decode().encode("utf-16")), "not UTF-8"),
    _not_json("lone surrogates", lambda b: reply(b.replace(b"n2", rb"\ud800")), "surrogate"),
    _not_json("lone surrogates in UTF-8", lambda b: reply(b + b"\xed\xa0\x80"), "not UTF-8"),
    _not_json("a member twice", lambda b: reply(b[:-1] + b', "id": "n3"}'), "stands twice"),
    _not_json(
        "a long member twice",
        lambda b: reply(b'{"%s": 1, "%s": 2}' % ((b"x" * 1_000_000,) * 2)),
        "stands twice",
        heavy=True,
    ),
    _not_json(
        "100,000 deep and not closed", lambda b: reply(b'{"id":' * 100_000), "nested", heavy=True
    ),
    _not_json("no body", lambda _: reply(b""), "empty"),
    _not_json("a page", lambda _: reply(NASTY.encode()), "not JSON"),
)

# A reply that may be JSON, and is more than is read or judged: nothing is red, and nothing upheld.
TOO_MUCH = (
    Misbehaviour(
        "the body trickles",
        lambda b: _sending(_head("Content-Length: 1000"), b[:1], b" ", every=0.03),
        slow=True,
        unjudged="the rest did not come in time",
    ),
    Misbehaviour(
        "Content-Length too large",
        lambda b: _then_silence(reply(b, length=500)),
        slow=True,
        unjudged="the rest did not come in time",
    ),
    Misbehaviour(
        "a body of 1 GB",
        lambda _: _pouring(_head("Content-Length: 1000000000"), _CHUNK),
        heavy=True,
        unjudged="longer than 4194304 bytes",
    ),
    Misbehaviour(
        "a body without end",
        lambda _: _pouring(_head("Connection: close"), _CHUNK),
        heavy=True,
        unjudged="longer than 4194304 bytes",
    ),
    Misbehaviour(
        "chunks without end",
        lambda _: _pouring(_head("Transfer-Encoding: chunked"), _CHUNK),
        heavy=True,
        unjudged="longer than 4194304 bytes",
    ),
    Misbehaviour(
        "chunk sizes without end",
        lambda _: _pouring(
            _head("Transfer-Encoding: chunked"), b"1;" + b"x" * 60_000 + b"\r\n \r\n"
        ),
        heavy=True,
        unjudged="more than 8388608 bytes came",
    ),
    Misbehaviour(
        "a gzip bomb",
        lambda _: _coded(GZIP_BOMB, "gzip"),
        heavy=True,
        unjudged="longer than 4194304 bytes",
    ),
    Misbehaviour(
        "a deflate bomb",
        lambda _: _coded(DEFLATE_BOMB, "deflate"),
        heavy=True,
        unjudged="longer than 4194304 bytes",
    ),
    Misbehaviour(
        "empty gzip members without end",
        lambda _: _pouring(
            _head("Content-Encoding: gzip", "Connection: close"), gzip.compress(b"") * 500
        ),
        slow=True,
        unjudged="the body is not whole",
    ),
    Misbehaviour(
        "brotli", lambda b: _coded(b, "br"), unjudged="coded as br, which is not read here"
    ),
    Misbehaviour(
        "two codings",
        lambda b: _coded(gzip.compress(gzip.compress(b)), "gzip, gzip"),
        unjudged="coded more than once",
    ),
    Misbehaviour(
        "a nasty coding",
        lambda b: _coded(b, "\x1b[31m<script>\xff"),
        unjudged="which is not read here",
    ),
    Misbehaviour(
        "100,000 deep",
        lambda b: reply(_with(b, deep=_nested(100_000))),
        heavy=True,
        unjudged="nested deeper than 200 levels",
    ),
    # Some readers take so much, and those who walk it then do not.
    Misbehaviour(
        "1,100 deep",
        lambda b: reply(_with(b, deep=_nested(1_100))),
        unjudged="nested deeper than 200 levels",
    ),
    Misbehaviour(
        "3,000 deep",
        lambda b: reply(_with(b, deep=_nested(3_000))),
        unjudged="nested deeper than 200 levels",
    ),
    Misbehaviour(
        "just too deep",
        lambda b: reply(_with(b, deep=_nested(DEEPEST))),
        unjudged="nested deeper than 200 levels",
    ),
    Misbehaviour(
        "a string of 10 MB",
        lambda b: reply(_with(b, more="x" * 10_000_000)),
        heavy=True,
        unjudged="longer than 4194304 bytes",
    ),
    Misbehaviour(
        "a million values",
        lambda b: reply(_with(b, more=b"[%s]" % b",".join([b"1"] * 1_000_000))),
        heavy=True,
        unjudged="more than 100000 values",
    ),
)

# A reply that is odd and lawful, or odd in what is not promised: it is judged like any other.
ODD = (
    _lawful("as it should be", reply),
    _lawful(
        "HTTP/1.0 without a length",
        lambda b: _head(status="HTTP/1.0 200 OK") + b,
        keep=False,
    ),
    _lawful("an empty reason", lambda b: reply(b, "200 ")),
    _lawful("no reason", lambda b: reply(b, "200")),
    _lawful("a nasty reason", lambda b: reply(b, "200 \x1b[31m<script>\xff")),
    _lawful("some 1xx", lambda b: b"HTTP/1.1 100 Continue\r\n\r\n" * 50 + reply(b)),
    _lawful("gzip", lambda b: _coded(gzip.compress(b), "GZIP")),
    _lawful(
        "gzip of two members", lambda b: _coded(gzip.compress(b[:9]) + gzip.compress(b[9:]), "gzip")
    ),
    _lawful("deflate", lambda b: _coded(zlib.compress(b), "deflate")),
    _lawful("deflate without a header", lambda b: _coded(_raw_deflate(b), "deflate")),
    _lawful("chunks of one byte", _chunked),
    _lawful("a length given twice", lambda b: reply(b, "200 OK", f"Content-Length: {len(b)}")),
    _lawful("a type given twice", lambda b: reply(b, "200 OK", "content-type: Application/JSON")),
    _lawful(
        "many headers",
        lambda b: reply(b, "200 OK", *[f"X-{n}: v" for n in range(3000)]),
        heavy=True,
    ),
    _lawful(
        "a flood of cookies",
        lambda b: reply(b, "200 OK", *[f"Set-Cookie: c{n}=v" for n in range(2000)]),
        heavy=True,
    ),
    _lawful(
        "nasty headers",
        lambda b: reply(b, "200 OK", *[f"X-{n}: \x1b[31m\x9b\xff<script>" for n in range(9)]),
    ),
    _lawful("another reply after it", lambda b: reply(b) + _FORGED),
    _lawful("half a reply after it", lambda b: reply(b) + _FORGED[:40]),
    _lawful("bytes after it", lambda b: reply(b) + b"\r\n\0garbage"),
    _lawful("as deep as may be", lambda b: reply(_with(b, deep=_nested(DEEPEST - 1)))),
    _lawful("a number of 4,000 digits", lambda b: reply(_with(b, more=b"9" * 4000))),
    _lawful(
        "50,000 undocumented members",
        lambda b: reply(_with(b, **{f"{n}": n for n in range(50_000)})),
        heavy=True,
    ),
    _lawful(
        "a long undocumented member", lambda b: reply(_with(b, **{"x" * 1_000_000: 1})), heavy=True
    ),
    _lawful("a nasty member", lambda b: reply(_with(b, **{NASTY: NASTY}))),
)

# A reply that breaks something else than that it is JSON.
BROKEN = (
    Misbehaviour("status 600", lambda b: reply(b, "600 Odd"), _STATUS),
    Misbehaviour("status 999", lambda b: reply(b, "999 Odd"), _STATUS),
    Misbehaviour(
        "a redirect to itself", lambda _: reply(b"", "302 Found", "Location: /notes"), _STATUS
    ),
    Misbehaviour(
        "a redirect to a script",
        lambda _: reply(b"", "301 Moved", "Location: javascript:alert(1)"),
        _STATUS,
    ),
    Misbehaviour(
        "a redirect to a file",
        lambda _: reply(b"", "308 Moved", "Location: file:///etc/passwd"),
        _STATUS,
    ),
    Misbehaviour(
        "a nasty redirect",
        lambda _: reply(b"", "307 Moved", "Location: \x1b[31m\x9b<script>"),
        _STATUS,
    ),
    Misbehaviour(
        "two types",
        lambda b: reply(b, "200 OK", "Content-Type: text/html"),
        frozenset({"write:200:media-type"}),
        judged=True,
        told="application/json, text/html",
    ),
    Misbehaviour(
        "a nasty type",
        lambda b: reply(b).replace(b"application/json", b"\x1b[31m<script>"),
        frozenset({"write:200:media-type"}),
        judged=True,
    ),
    Misbehaviour(
        "nasty text in every member",
        lambda _: reply(json.dumps({"id": NASTY, "text": NASTY, NASTY: NASTY}).encode()),
        frozenset({"write:200#/id:pattern", "write:200#/text:maxLength"}),
        judged=True,
    ),
    Misbehaviour(
        "1 MB in a member that may have 20",
        lambda b: reply(_with(b, text=NASTY * 5_000)),
        frozenset({"write:200#/text:maxLength"}),
        judged=True,
        told="longer than 20 characters",
        heavy=True,
    ),
    Misbehaviour(
        "deep where a string belongs",
        lambda b: reply(_with(b, text=_nested(190))),
        frozenset({"write:200#/text:type"}),
        judged=True,
    ),
)

MISBEHAVIOURS = (*UNANSWERED, *GARBAGE, *TOO_MUCH, *ODD, *BROKEN)
