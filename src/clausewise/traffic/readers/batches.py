"""Lines that hold several: some exporters write what they have together."""

from __future__ import annotations

from clausewise.traffic.readers.azure import records_of
from clausewise.traffic.readers.opentelemetry import spans_of


def parted(line: bytes) -> list[bytes] | None:
    """The lines that one holds; None where it is a single one."""
    if b'"re' not in line[:64]:  # neither "resourceSpans" nor "records"
        return None
    several = spans_of(line)
    return records_of(line) if several is None else several
