"""Contract tests as items: which clauses they have, and in which order they are judged."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from clausewise.campaign.session import is_about
from clausewise.contract.selecting import selected
from clausewise.errors import ClausewiseError
from clausewise.pack import find_pack
from clausewise.pytest_state import (
    DEFAULT_SUITE,
    IN_VAIN,
    MEANT,
    OF_CLAUSES,
    PACK,
    TESTED,
    clause_of,
    is_clause,
    is_ours,
    is_scenario,
    option,
    scenery_of,
)

if TYPE_CHECKING:
    from clausewise.contract import Clause
    from clausewise.pack import Pack

# Request clauses are judged first: a reply clause waits for the last exchange of its operation.
_ORDER = {"transport": 0, "request": 1, "envelope": 2, "reply": 3, "rules": 4}


def pack_for(config: pytest.Config, path: Path) -> Pack:
    """The pack of a test file: the one that --pack names, or the one the file lies in."""
    named = option(config, "pack")
    try:
        pack = find_pack(named, start=path.parent)
        pack.contract  # noqa: B018  # a broken contract must stop the run here
    except ClausewiseError as error:
        raise pytest.UsageError(str(error)) from None
    known: Pack = config.stash.setdefault(PACK, pack)
    if known is not pack:
        raise pytest.UsageError(f"one run judges one pack; found {known.origin} and {pack.origin}")
    return pack


def parametrize(metafunc: pytest.Metafunc) -> None:
    """Make one test item a clause; give a scenario what it declares. Raises UsageError."""
    played = metafunc.definition.get_closest_marker("scenario")
    if played is not None and "scenario" in metafunc.fixturenames:
        pack_for(metafunc.config, metafunc.definition.path)
        metafunc.parametrize("scenario", [played.args[0]], ids=["scenario"], indirect=True)
    marks = [mark for mark in metafunc.definition.iter_markers() if mark.name in OF_CLAUSES]
    if not marks or "clause" not in metafunc.fixturenames:
        return
    pack = pack_for(metafunc.config, metafunc.definition.path)
    meant = _meant(metafunc.config, pack)
    chosen: list[Clause] = []
    for mark in marks:
        found = list(_chosen(pack, mark))
        if not found:
            # Raised here it would be an error in a test file; when all is collected it is told.
            metafunc.config.stash.setdefault(IN_VAIN, _named_in_vain(metafunc, mark, pack))
        chosen += [clause for clause in found if clause.id in meant]
    tested = metafunc.config.stash[TESTED]
    if metafunc.definition.path == DEFAULT_SUITE:
        # It stands behind a pack's own tests, for what they leave out.
        chosen = [clause for clause in chosen if clause.id not in tested]
    tested.update(clause.id for clause in chosen)
    ids = [clause.id for clause in chosen]
    metafunc.parametrize("clause", chosen, ids=ids, indirect=True)


def _named_in_vain(metafunc: pytest.Metafunc, mark: pytest.Mark, pack: Pack) -> str:
    """What a contract test asks for that is not in the contract, and what of that was not read."""
    path, line, _ = metafunc.definition.location
    named = ", ".join(map(repr, mark.args))
    told = f"{path}:{(line or 0) + 1}: nothing in the contract fits {mark.name}({named})"
    unread = [f"{one.source}: {one.reason}" for one in pack.contract.not_judged if one.source]
    return f"{told}; of the contract is not read: {'; '.join(unread[:3])}" if unread else told


def _meant(config: pytest.Config, pack: Pack) -> frozenset[str]:
    """The ids of the clauses that `--include` and `--exclude` leave."""
    if MEANT not in config.stash:
        words = (option(config, "include") or (), option(config, "exclude") or ())
        try:
            config.stash[MEANT] = frozenset(selected(pack.contract, *words))
        except ClausewiseError as error:
            raise pytest.UsageError(str(error)) from None
    return config.stash[MEANT]


def arrange(items: list[pytest.Item]) -> None:
    """Put contract tests into the order in which their verdicts are known: scenarios first."""
    items[:] = [item for item in items if not _is_left_out(item)]
    places = [index for index, item in enumerate(items) if is_clause(item) or is_scenario(item)]
    ours = [items[index] for index in places]
    if not ours:
        return
    pack = ours[0].config.stash[PACK]
    operations = {name: place for place, name in enumerate(pack.contract.operations)}
    ours.sort(key=lambda item: _rank(clause_of(item), operations))
    for index, item in zip(places, ours, strict=True):
        items[index] = item


def _is_left_out(item: pytest.Item) -> bool:
    """Whether a test is about clauses, or plays a scenario, of which none is to be judged."""
    if is_clause(item):
        return False
    scenery = scenery_of(item)
    if scenery is None:  # what pytest makes of no clauses at all
        return is_ours(item)
    config = item.config
    if not (option(config, "include") or option(config, "exclude")):
        return False
    pack = config.stash[PACK]
    return not is_about(scenery, pack.contract, _meant(config, pack))


def _chosen(pack: Pack, mark: pytest.Mark) -> Iterator[Clause]:
    clauses = pack.contract.clauses.values()
    if mark.name == "rule":
        name = mark.args[0]
        yield from (c for c in clauses if c.part == "rule" and c.keyword == name)
    else:
        operation, group = mark.args[0], mark.kwargs.get("group")
        for clause in clauses:
            chosen = group in (None, clause.group) and operation in (None, clause.operation)
            if chosen and (group or operation is None or clause.part != "rule"):
                yield clause


def _rank(clause: Clause | None, operations: dict[str, int]) -> tuple[int, int]:
    if clause is None:
        return -1, 0
    return operations[clause.operation], _ORDER[clause.group]
