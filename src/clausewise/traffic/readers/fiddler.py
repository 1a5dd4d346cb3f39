"""Fiddler's session archives (`.saz`): a zip file with the bytes of each request and reply.

https://docs.telerik.com/fiddler-everywhere/knowledge-base/fiddler-archives
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO
from zipfile import BadZipFile, ZipFile

from clausewise.traffic.exchange import Aside, Item, Poisoned, TrafficExchange
from clausewise.traffic.readers.wire import wire_request, wire_response

_ASKED = re.compile(r"raw[/\\](\d+)_c\.txt")
_BEGUN = re.compile(rb'ClientBeginRequest="([^"]*)"')
# What a member may say at most; the rest of an archive is read all the same.
_LONGEST = 1 << 28


def read_saz(stream: BinaryIO) -> Iterator[Item]:
    """Read the sessions of an archive, in their order. Raises ValueError for no archive."""
    try:
        archive = ZipFile(stream)
    except BadZipFile as error:
        raise ValueError(f"it is no zip file: {error}") from None
    with archive:
        names = set(archive.namelist())
        found = [(int(name[1]), name[0]) for name in map(_ASKED.fullmatch, names) if name]
        if not found:
            raise ValueError("it has no sessions of Fiddler in `raw`")
        for number, name in sorted(found):
            try:
                yield Item(number, _session(archive, name, names))
            except (BadZipFile, IndexError, ValueError, RuntimeError, NotImplementedError) as error:
                yield Item(number, Poisoned(f"it is no session of Fiddler: {error}"))


def _session(archive: ZipFile, name: str, names: set[str]) -> TrafficExchange | Aside:
    asked = wire_request(_member(archive, name))
    if asked.method == "CONNECT":
        return Aside("tunnel of a proxy")
    replied, about = (name.replace("_c.txt", end) for end in ("_s.txt", "_m.xml"))
    message = _member(archive, replied) if replied in names else b""
    begun = _BEGUN.search(_member(archive, about)) if about in names else None
    return TrafficExchange(
        asked.method,
        asked.url,
        asked.sent,
        wire_response(message) if message.strip() else None,
        begun[1].decode("latin-1") if begun else None,
    )


def _member(archive: ZipFile, name: str) -> bytes:
    if archive.getinfo(name).file_size > _LONGEST:
        raise ValueError("it is too long")
    return archive.read(name)
