"""Plans kept on disk: proving every negative with two validators is worth doing once.

A stored plan is used only for the very same contract, strategies, options and code. Anything odd
about a file means that the plan is made anew.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import tempfile
from base64 import b64decode, b64encode
from collections.abc import Mapping
from hashlib import blake2b
from importlib import metadata
from pathlib import Path
from typing import Any

from clausewise.cache import cache_directory
from clausewise.pack import Pack
from clausewise.plan.bodies import BodyModel
from clausewise.plan.cases import Case, Change
from clausewise.plan.values import LEFT_OUT, Level
from clausewise.pointer import ABSENT

MOST_FILES = 60
_WITNESSES = ("hypothesis", "jsonschema", "jsonschema-rs")


def key_of(pack: Pack, operation: str, examples: int, seed: int) -> str:
    """The name of a plan: a digest of everything that it depends on."""
    digest = blake2b(digest_size=16)
    for part in (operation, examples, seed, sys.version_info[:2], pack.contract.digest):
        digest.update(f"{part}\0".encode())
    for name in _WITNESSES:
        digest.update(metadata.version(name).encode())
    digest.update(json.dumps(pack.settings, sort_keys=True, default=str).encode())
    code = Path(__file__).parent
    watched = [*code.glob("*.py"), *(code.parent / "contract").glob("*.py")]
    for path in sorted(watched):
        state = path.stat()
        digest.update(f"{path.name} {state.st_size} {state.st_mtime_ns}\0".encode())
    folder = pack.root / str(pack.settings.get("strategies", "strategies"))
    for path in sorted(folder.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def load(key: str, model: BodyModel | None) -> tuple[list[Case], dict[str, str]] | None:
    """The stored cases and the reasons for missing ones, or None."""
    directory = cache_directory()
    if directory is None:
        return None
    try:
        stored = json.loads((directory / f"plan-{key}.json").read_text("utf-8"))
        return [_case(node, model) for node in stored["cases"]], stored["unplanned"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def save(key: str, cases: list[Case], unplanned: Mapping[str, str]) -> None:
    """Store a plan. A directory that cannot be written is no reason to fail."""
    directory = cache_directory()
    if directory is None:
        return
    text = json.dumps({"cases": [_node(case) for case in cases], "unplanned": dict(unplanned)})
    with contextlib.suppress(OSError):
        directory.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=directory, suffix=".tmp")
        with open(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(name, directory / f"plan-{key}.json")
        _prune(directory)


def _prune(directory: Path) -> None:
    files = sorted(directory.glob("plan-*.json"), key=lambda path: path.stat().st_mtime)
    for path in files[:-MOST_FILES]:
        path.unlink(missing_ok=True)


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
