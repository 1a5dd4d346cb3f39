"""Faults: every promise of a contract broken on purpose, to see whether a run would notice."""

from clausewise.selftest.fault import (
    Asked,
    Fault,
    plain_text,
    with_body,
    with_content,
    with_header,
    with_status,
)
from clausewise.selftest.faulty import Faulty

__all__ = [
    "Asked",
    "Fault",
    "Faulty",
    "plain_text",
    "with_body",
    "with_content",
    "with_header",
    "with_status",
]
