"""Plans kept on disk: proving every negative with two validators is worth doing once.

A stored plan is used only for what its operation uses and for this engine (`uses`). A file is
believed as far as its digest and its form go: anything odd means that the plan is made anew.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from base64 import b64decode, b64encode
from collections.abc import Collection, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any, get_args

from clausewise.cache import cache_directory
from clausewise.plan.bodies import BodyModel
from clausewise.plan.cases import Case, Change, Credential, Expect, Kind
from clausewise.plan.values import LEFT_OUT, Level
from clausewise.pointer import ABSENT

# The largest documents have 2,000 operations; there may be several of them.
MOST_FILES = 6_000
# Old files are looked for with one plan in sixteen, since it takes a look at every file.
_PRUNING = "0"


def load(
    key: str, operation: str, clauses: Collection[str], model: BodyModel | None
) -> tuple[list[Case], dict[str, str]] | None:
    """The stored cases and the reasons for missing ones, or None.

    `clauses` are the ids of the operation's clauses: a file that speaks of others is not believed.
    """
    directory = cache_directory()
    if directory is None:
        return None
    try:
        digest, _, text = (directory / f"plan-{key}.json").read_text("utf-8").partition("\n")
        if digest != _digest(key, text):
            return None
        stored = json.loads(text)
        cases = [_case(node, model) for node in stored["cases"]]
        unplanned = stored["unplanned"]
        sound = all(_is_sound(case, operation, clauses) for case in cases)
        return (cases, unplanned) if sound and _are_reasons(unplanned, clauses) else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError):
        return None


def _digest(key: str, text: str) -> str:
    return blake2b(text.encode(), key=key.encode(), digest_size=16).hexdigest()


def _is_sound(case: Case, operation: str, clauses: Collection[str]) -> bool:
    """Whether what a run decides by is what it may be."""
    return (
        case.operation == operation
        and isinstance(case.id, str)
        and isinstance(case.label, str)
        and isinstance(case.value, dict)
        and case.kind in get_args(Kind)
        and case.expect in get_args(Expect)
        and case.credential in get_args(Credential)
        and all(probe in clauses for probe in case.probes)
    )


def _are_reasons(unplanned: Any, clauses: Collection[str]) -> bool:
    return isinstance(unplanned, dict) and all(
        clause in clauses and isinstance(why, str) for clause, why in unplanned.items()
    )


def save(key: str, cases: list[Case], unplanned: Mapping[str, str]) -> None:
    """Store a plan. A directory that cannot be written is no reason to fail."""
    directory = cache_directory()
    if directory is None:
        return
    text = json.dumps({"cases": [_node(case) for case in cases], "unplanned": dict(unplanned)})
    with contextlib.suppress(OSError):
        directory.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=directory, suffix=".tmp")
        try:
            with open(handle, "w", encoding="utf-8") as file:
                file.write(f"{_digest(key, text)}\n{text}")
            os.replace(name, directory / f"plan-{key}.json")
        except OSError:
            os.unlink(name)  # a full disk is not to be filled any further
            raise
        if key.startswith(_PRUNING):
            _prune(directory)


def _prune(directory: Path) -> None:
    with os.scandir(directory) as entries:
        plans = [entry for entry in entries if entry.name.startswith("plan-")]
    if len(plans) > MOST_FILES:
        for entry in sorted(plans, key=lambda entry: entry.stat().st_mtime)[:-MOST_FILES]:
            os.unlink(entry.path)


def _node(case: Case) -> dict[str, Any]:
    node: dict[str, Any] = {
        "id": case.id,
        "operation": case.operation,
        "kind": case.kind,
        "expect": case.expect,
        "label": case.label,
        "probes": case.probes,
        "value": case.value,
        "content_type": case.content_type,
        "query": case.query,
        "media_range": case.media_range,
        "pinned": sorted(case.pinned),
        "needs": case.needs,
        "credential": case.credential,
        "group": case.group,
        "levels": {
            at: [lv.label, None if lv.value is ABSENT else lv.value, lv.keyword, lv.value is ABSENT]
            for at, lv in case.levels.items()
            if lv is not LEFT_OUT
        },
        "left_out": [at for at, level in case.levels.items() if level is LEFT_OUT],
    }
    if case.content is not None:
        node["content"] = b64encode(case.content).decode("ascii")
    if case.change is not None:
        gone = case.change.value is ABSENT
        node["change"] = [case.change.at, None if gone else case.change.value, gone]
    return node


def _case(node: dict[str, Any], model: BodyModel | None) -> Case:
    content = b64decode(node["content"]) if "content" in node else None
    change = None
    if "change" in node:
        at, changed, gone = node["change"]
        change = Change(at, ABSENT if gone else changed)
    levels = {at: _level(at, told, model) for at, told in node["levels"].items()}
    levels |= dict.fromkeys(node["left_out"], LEFT_OUT)
    return Case(
        id=node["id"],
        operation=node["operation"],
        kind=node["kind"],
        expect=node["expect"],
        label=node["label"],
        probes=tuple(node["probes"]),
        value=node["value"],
        content=content,
        content_type=node["content_type"],
        query=node["query"],
        media_range=node["media_range"],
        pinned=frozenset(node["pinned"]),
        needs=(node["needs"][0], node["needs"][1]) if node["needs"] else None,
        credential=node["credential"],
        levels=levels,
        change=change,
        group=node["group"],
    )


def _level(at: str, told: list[Any], model: BodyModel | None) -> Level:
    """The model's own level where it is one of them: levels are told apart by identity."""
    label, value, keyword, absent = told
    known = model.factors[at].levels if model is not None else ()
    for level in known:
        if level.label == label and level.value == value:
            return level
    return Level(label, ABSENT if absent else value, keyword)
