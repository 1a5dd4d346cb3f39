"""Which form a recording has, told by its name and its beginning."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from clausewise.errors import UsageError
from clausewise.traffic.exchange import Item
from clausewise.traffic.readers.har import read_har
from clausewise.traffic.readers.lines import read_lines

FORMATS: dict[str, Callable[..., Iterator[Item]]] = {
    "har": read_har,
    "lines": read_lines,
}
_HEAD = 1 << 16


def format_of(path: Path, stream: BinaryIO) -> str:
    """The form of a recording. Raises UsageError for one that is not known."""
    head = stream.read(_HEAD)
    text = head.decode("utf-8-sig", "replace").lstrip()
    name = path.name.removesuffix(".gz")
    if name.endswith(".har") or (text.startswith("{") and '"log"' in text[:200]):
        return "har"
    if text.startswith("{"):
        return "lines"
    raise UsageError(f"{path} is no traffic of a known form; known are {', '.join(FORMATS)}")
