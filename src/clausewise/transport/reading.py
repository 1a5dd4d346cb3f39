"""Reading a reply: its content coding undone, and never more of it than is asked for."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from typing import Any

import httpcore

from clausewise.pack.settings import MOST_BYTES
from clausewise.transport.line import Failure
from clausewise.transport.network import Network


def header_value(headers: Iterable[tuple[str, str]], name: str) -> str:
    """What all headers of a name (in lower case) say, with commas between them; "" for none."""
    return ", ".join([value for other, value in headers if other.lower() == name])


def read(
    parts: Iterable[bytes],
    headers: Iterable[tuple[str, str]],
    network: Network,
    most: int = MOST_BYTES,
) -> tuple[bytes, str | None, bool]:
    """The decoded body, why it is not whole, and whether that is for a limit of ours."""
    coding = header_value(headers, "content-encoding").strip().lower() or "identity"
    if "," in coding:
        return b"", "it is coded more than once", True
    if coding not in _CODINGS:
        return b"", f"it is coded as {coding[:40]}, which is not read here", True
    decoder = _Decoder(coding)
    content = bytearray()
    try:
        for part in parts:
            content += decoder.decode(part, most + 1 - len(content))
            if len(content) > most:
                del content[most:]
                return bytes(content), f"longer than {most} bytes", True
        decoder.finish()
    except zlib.error as error:
        return bytes(content), f"its content coding is broken ({error})", False
    except httpcore.ReadTimeout:
        return bytes(content), "the rest did not come in time", True
    except Failure as error:
        return bytes(content), str(error) or type(error).__name__, network.overrun
    return bytes(content), None, False


# By coding, the window as zlib has it (RFC 9110, section 8.4.1).
_CODINGS = {
    "identity": 0,
    "gzip": zlib.MAX_WBITS | 16,
    "x-gzip": zlib.MAX_WBITS | 16,
    "deflate": zlib.MAX_WBITS,
}


class _Decoder:
    """Undoes a content coding, and never more of it than is asked for.

    httpx decodes all that has come at once: a thousand times the bytes. It also takes a body that
    ends early, or goes on after its end, for whole.
    """

    def __init__(self, coding: str) -> None:
        self._window = _CODINGS[coding]
        self._inner: Any = None
        self._begun = b""

    def decode(self, data: bytes, most: int) -> bytes:
        """What comes out of the next bytes, at most so much. Raises zlib.error."""
        if not self._window:
            return data[:most]
        if self._inner is None:
            # Two bytes tell a zlib header (RFC 1950, section 2.2) from deflate without one.
            self._begun = data = self._begun + data
            if len(data) < 2:
                return b""
            if self._window == zlib.MAX_WBITS and (
                data[0] & 15 != 8 or int.from_bytes(data[:2], "big") % 31
            ):
                self._window = -zlib.MAX_WBITS
            self._inner = zlib.decompressobj(self._window)
        made = bytearray()
        while data and len(made) < most:
            if self._inner.eof:
                if self._window < 16:
                    raise zlib.error("there is more after its end")
                # Another member of a gzip file (RFC 1952, section 2.2).
                self._inner = zlib.decompressobj(self._window)
            made += self._inner.decompress(data, most - len(made))
            data = self._inner.unconsumed_tail or self._inner.unused_data
        return bytes(made)

    def finish(self) -> None:
        """Say that this was all. Raises zlib.error where it cannot be."""
        if self._begun and (self._inner is None or not self._inner.eof):
            raise zlib.error("it ends early")
