"""Recordings in parts, each of which is judged by itself: files, and ranges of JSON lines."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, cast
from zipfile import BadZipFile

from clausewise.errors import UsageError
from clausewise.traffic.exchange import Item, Poisoned
from clausewise.traffic.formats import FORMATS, HEAD, format_of
from clausewise.traffic.readers.har import base_url_of

_PACKED: dict[bytes, Callable[..., Any]] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ\0": lzma.open,
}
_BROKEN_OFF = (EOFError, zlib.error, lzma.LZMAError, BadZipFile)
# Bytes of JSON lines that are judged at once.
SIZE = 1 << 23


class Partition(NamedTuple):
    """A file, or the part of one from `start` to `end`; `first` is the number of its first line.

    `base_url` is where the file itself says that the API is served.
    """

    path: Path
    name: str
    format: str
    start: int = 0
    end: int | None = None
    first: int = 1
    base_url: str | None = None

    def items(self) -> Iterator[Item]:
        """Its exchanges, in order. Raises UsageError where it cannot be read."""
        number = 0
        try:
            with _opened(self.path) as stream:
                if self.end is None:
                    for item in FORMATS[self.format](stream):
                        number = item.number
                        yield item
                else:
                    stream.seek(self.start)
                    part = io.BytesIO(stream.read(self.end - self.start))
                    yield from FORMATS["lines"](part, self.first)
        except _BROKEN_OFF as error:
            if not number:
                raise UsageError(f"{self.path} cannot be unpacked: {error}") from None
            yield Item(number + 1, Poisoned(f"it cannot be unpacked from here on: {error}"))
        except ValueError as error:
            raise UsageError(f"{self.path} is no traffic of a known form: {error}") from None
        except OSError as error:
            raise UsageError(f"{self.path} cannot be read: {error.strerror or error}") from None


def partitions_of(paths: Iterable[Path], size: int = SIZE) -> list[Partition]:
    """The parts of files, in the order of their names, so that parts are named alike anywhere.

    Raises UsageError for a file that cannot be read or is of no known form.
    """
    parts: list[Partition] = []
    for path in sorted(set(paths), key=str):
        name = path.name
        if not path.is_file():
            # It is read in parts, each by itself, and none is kept.
            raise UsageError(f"{path} is no file that can be read twice; pipe it to `judge -`")
        try:
            with _opened(path) as stream:
                head = stream.read(HEAD)
                kind = format_of(path, head)
                is_packed = not isinstance(stream, io.BufferedReader)
            if kind == "lines" and not is_packed and path.stat().st_size:
                parts += _ranges(path, name, size)
            else:
                base = base_url_of(head.decode("utf-8", "replace")) if kind == "har" else None
                parts.append(Partition(path, name, kind, base_url=base))
        except (OSError, *_BROKEN_OFF) as error:
            said = error.strerror if isinstance(error, OSError) else None
            raise UsageError(f"{path} cannot be read: {said or error}") from None
    return parts


def _ranges(path: Path, name: str, size: int) -> Iterator[Partition]:
    """Ranges that end with a line; what is read to find them is not kept."""
    with path.open("rb") as stream:
        start, first = 0, 1
        while chunk := stream.read(size):
            chunk += stream.readline()
            end = start + len(chunk)
            yield Partition(path, name, "lines", start, end, first)
            first += chunk.count(b"\n")
            start = end


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """A file, unpacked where its beginning says that it is packed."""
    with path.open("rb") as raw:
        head = raw.read(6)
        raw.seek(0)
        packed = next((open_ for magic, open_ in _PACKED.items() if head.startswith(magic)), None)
        if packed is None:
            yield raw
        else:
            with packed(raw) as stream:
                yield cast(BinaryIO, stream)
