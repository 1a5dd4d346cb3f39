"""Waivers: deviations that somebody accepted for a while, with a reason and a name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from clausewise.contract.documents import Document
from clausewise.errors import ContractError

_MEMBERS = ("clause", "verdict", "reason", "owner", "expires")
_VERDICTS = ("violated", "lenient", "strict", "inconclusive", "unexercised")


@dataclass(frozen=True, slots=True)
class Waiver:
    """One accepted deviation. It counts up to and including the day `expires`."""

    clause: str
    verdict: str
    reason: str
    owner: str
    expires: date

    def applies(self, clause: str, verdict: str, today: date) -> bool:
        """Whether it excuses this verdict on this clause today."""
        return (self.clause, self.verdict) == (clause, verdict) and today <= self.expires


def read_waivers(document: Document, nodes: Any, known: Iterable[str]) -> Iterator[Waiver]:
    """Read a pack's `waivers`: a list of mappings. Raises ContractError with the line."""
    known = set(known)
    first = document.lines.get(id(document.data), {}).get("waivers")
    if not isinstance(nodes, list | None):
        raise ContractError("`waivers` is a list", document.name, first)
    for node in nodes or []:
        line = min(document.lines.get(id(node), {}).values(), default=first)
        if not isinstance(node, dict) or any(not node.get(member) for member in _MEMBERS):
            raise ContractError(f"a waiver has {', '.join(_MEMBERS)}", document.name, line)
        clause, verdict = str(node["clause"]), str(node["verdict"])
        if clause not in known:
            raise ContractError(
                f"a waiver is about {clause!r}, which is no clause", document.name, line
            )
        if verdict not in _VERDICTS:
            raise ContractError(
                f"a waiver excuses one of {', '.join(_VERDICTS)}, not {verdict!r}",
                document.name,
                line,
            )
        try:
            expires = date.fromisoformat(str(node["expires"]))
        except ValueError:
            raise ContractError(
                f"a waiver expires on a date such as 2026-12-31, not {node['expires']!r}",
                document.name,
                line,
            ) from None
        yield Waiver(clause, verdict, str(node["reason"]), str(node["owner"]), expires)


def waiver_for(
    waivers: Iterable[Waiver], clause: str, verdict: str, today: date
) -> tuple[Waiver | None, Waiver | None]:
    """The waiver that applies, and one that would if it had not expired."""
    lapsed = None
    for waiver in waivers:
        if waiver.applies(clause, verdict, today):
            return waiver, None
        if (waiver.clause, waiver.verdict) == (clause, verdict):
            lapsed = waiver
    return None, lapsed
