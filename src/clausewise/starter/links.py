"""The links of a report that are worth writing down as supplies."""

from __future__ import annotations

from msgspec import UNSET

from clausewise.contract import Contract
from clausewise.report import Report
from clausewise.starter.new_pack import FoundLink


def proved_links(report: Report, contract: Contract) -> list[FoundLink]:
    """The links that a run proved, from operations that make things.

    What is only listed may be somebody's: no run should be told to use and to destroy it.
    """
    found = []
    for link in report.links if report.links is not UNSET else ():
        maker = contract.operations[link.start.operation]
        if link.state != "proved" or maker.safe:
            continue
        needed_by: dict[str, list[str]] = {}
        for place in link.to:
            needed_by.setdefault(place.operation, []).append(f"{place.part}#{place.pointer}")
        found.append(FoundLink(link.name, maker.id, link.start.expression, needed_by))
    return found
