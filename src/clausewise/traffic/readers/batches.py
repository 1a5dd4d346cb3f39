"""Lines that hold several: some exporters write what they have together."""

from __future__ import annotations

from clausewise.traffic.readers.azure import records_of
from clausewise.traffic.readers.opentelemetry import spans_of


def parted(line: bytes) -> list[bytes]:
    """The lines that one holds; itself where it is a single one."""
    several = spans_of(line)
    if several is None:
        several = records_of(line)
    return [line] if several is None else several
