"""The order of a run: what makes things before what needs them, what destroys them last.

Every operation of a stage is asked once before any is asked in depth, and a stage is over before
the next one begins.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import IntEnum
from heapq import heapify, heappop, heappush

from clausewise.contract import Operation
from clausewise.links.catalogue import Catalogue
from clausewise.links.destroying import comes_last
from clausewise.pack import Pack
from clausewise.pack.settings import Settings


class Rank(IntEnum):
    """When an operation's turn is, among those that need nothing of each other."""

    SHOWS_WHAT_IS_THERE = 0
    MAKES = 1
    LISTS = 2
    READS = 3
    UPDATES = 4
    REWRITES_WHAT_IS_NAMED = 5
    DESTROYS = 6
    ENDS = 7


# Why a PUT or a PATCH of a whole collection is left out.
CHANGES_ALL = "it may change everything that is there, also what this run has not made"

# Each of these begins a stage.
_STAGES = (Rank.SHOWS_WHAT_IS_THERE, Rank.REWRITES_WHAT_IS_NAMED, Rank.DESTROYS, Rank.ENDS)


def stages(
    pack: Pack, settings: Settings, catalogue: Catalogue, names: Iterable[str]
) -> list[Iterator[str]]:
    """The operations in the order of asking, stage by stage; no stage is empty."""
    found: dict[Rank, dict[str, Rank]] = {stage: {} for stage in _STAGES}
    for name in names:
        rank = rank_of(pack, settings, catalogue, pack.contract.operations[name])
        found[max(stage for stage in _STAGES if stage <= rank)][name] = rank
    return [_in_order(catalogue, settings, ranks) for ranks in found.values() if ranks]


def left_out(
    pack: Pack, settings: Settings, catalogue: Catalogue, names: Iterable[str]
) -> dict[str, str]:
    """By operation, why nothing of it can be sent with these settings."""
    reasons: dict[str, str] = {}
    for name in names:
        operation = pack.contract.operations[name]
        if settings.read_only and not operation.safe:
            reasons[name] = f"{operation.method} may change something, and this run is read-only"
            continue
        why = catalogue.destroys(operation)
        if settings.destructive or pack.supply_for(name) is not None:
            continue
        needs = catalogue.path_needs(name)
        if catalogue.changes_all(operation) and not needs:
            reasons[name] = CHANGES_ALL
        if why is None:
            continue
        if needs and is_named(pack, settings, catalogue, operation):
            reasons[name] = f"{why}, and {needs[-1].name} is what you named"
        elif not needs or not any(catalogue.is_made(path) for path in needs[-1].collections):
            reasons[name] = f"{why}, and no operation makes what it would destroy"
    return reasons


def rank_of(pack: Pack, settings: Settings, catalogue: Catalogue, operation: Operation) -> Rank:
    """The rank of one operation."""
    if catalogue.destroys(operation) is not None:
        return Rank.ENDS if comes_last(operation) else Rank.DESTROYS
    if operation.safe:
        if operation.id in catalogue.deletable_lists and not catalogue.path_needs(operation.id):
            return Rank.SHOWS_WHAT_IS_THERE
        is_list = catalogue.listed_by(operation.id) is not None
        return Rank.LISTS if is_list else Rank.READS
    path = operation.path.rstrip("/")
    rewrites = operation.method in ("PUT", "PATCH") or path.endswith("}")
    if rewrites and is_named(pack, settings, catalogue, operation):
        return Rank.REWRITES_WHAT_IS_NAMED
    if catalogue.names_what_it_makes(operation) or catalogue.relates(operation):
        return Rank.MAKES
    if operation.method != "POST":
        return Rank.UPDATES
    below = f"{catalogue.path_of(operation)}/{{}}"
    needs = catalogue.path_needs(operation.id)
    makes = not needs or bool(catalogue.at(below))
    return Rank.MAKES if makes else Rank.UPDATES


def is_named(pack: Pack, settings: Settings, catalogue: Catalogue, operation: Operation) -> bool:
    """Whether what an operation is about is something that the user named."""
    supply = pack.supply_for(operation.id)
    given = supply.named_in_path(operation.id) if supply is not None else set()
    needs = catalogue.path_needs(operation.id)
    return (
        bool(needs)
        and needs[-1].name in settings.path_of(operation.id)
        and needs[-1].name not in given
    )


def _in_order(catalogue: Catalogue, settings: Settings, ranks: dict[str, Rank]) -> Iterator[str]:
    """The operations of a stage, each after what gives what it needs; else by rank and document.

    Who may show what nothing gives is told by all replies: that is asked when nothing else is
    waited for, so that the first operation need not wait for it.
    """
    # What is within other things is destroyed before them.
    place = {
        name: (rank, -len(catalogue.path_needs(name)) if rank >= Rank.DESTROYS else 0, index)
        for index, (name, rank) in enumerate(ranks.items())
    }
    giving = {name for name, rank in ranks.items() if rank < Rank.UPDATES}
    waiting = {name: giving.intersection(catalogue.sources(name)) for name in ranks}
    wanted_by: dict[str, list[str]] = {}
    for name, sources in waiting.items():
        for source in sources:
            wanted_by.setdefault(source, []).append(name)
    ready = [(place[name], name) for name, sources in waiting.items() if not sources]
    heapify(ready)
    looked_up: set[str] = set()
    while waiting:
        # Where operations need each other in a circle, one of them has to begin.
        in_turn = bool(ready)
        first = heappop(ready)[1] if in_turn else min(waiting, key=lambda name: place[name])
        if first not in waiting:
            continue
        if in_turn and first not in looked_up and len(waiting) > 1:
            looked_up.add(first)
            showing = catalogue.showing(first, settings.path_of(first))
            waiting[first] = giving.intersection(showing, waiting)
            for source in waiting[first]:
                wanted_by.setdefault(source, []).append(first)
            if waiting[first]:
                continue
        del waiting[first]
        yield first
        for name in wanted_by.get(first, ()):
            if name in waiting:
                waiting[name].discard(first)
                if not waiting[name]:
                    heappush(ready, (place[name], name))
