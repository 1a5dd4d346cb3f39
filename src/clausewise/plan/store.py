"""Plans kept on disk: proving every negative with two validators is worth doing once.

A stored plan is used only for what its operation uses and for this engine (`uses`). Of a file
nothing is believed that was not checked (`restored`): for anything odd the plan is made anew. What
is not proved again is that a broken value breaks nothing else, and that both validators agree.
"""

from __future__ import annotations

import contextlib
import json
import os
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any, get_args

from clausewise.cache import cache_directory
from clausewise.contract import Clause
from clausewise.plan.cases import Case, Change, Credential, Expect, Kind, moved_case, renamed
from clausewise.plan.ground import Ground
from clausewise.pointer import ABSENT, look, put
from clausewise.values.bodies import BodyModel
from clausewise.values.values import LEFT_OUT, Level

# The largest documents have 2,000 operations; there may be several of them.
MOST_FILES = 6_000
# Old files are looked for with one plan in sixteen, since it takes a look at every file.
_PRUNING = "0"


def read(key: str) -> dict[str, Any] | None:
    """What is stored under a key, as far as it is what was written; else None."""
    try:
        stored = json.loads(_lines(key)[1])
    except (ValueError, RecursionError, IndexError):
        return None
    return stored if isinstance(stored, dict) else None


def agreed(key: str) -> frozenset[str]:
    """The requests, as JSON, that both validators were of one mind about; asking takes long."""
    try:
        told = json.loads(_lines(key)[0])
    except (ValueError, RecursionError, IndexError):
        return frozenset()
    return (
        frozenset(one for one in told if isinstance(one, str))
        if isinstance(told, list)
        else frozenset()
    )


def _lines(key: str) -> list[bytes]:
    """The lines that are stored under a key; none where they are not what was written."""
    directory = cache_directory()
    if directory is None:
        return []
    try:
        text, _, digest = (directory / f"plan-{key}.json").read_bytes().rpartition(b"\n")
    except OSError:
        return []
    return text.split(b"\n") if digest == _digest(key, [text]) else []


def restored(
    stored: Mapping[str, Any], clauses: Mapping[str, Clause], ground: Ground
) -> tuple[list[Case], dict[str, str]] | None:
    """The cases of what is stored, and the reasons for missing ones, or None.

    Nothing is believed that was not checked: that the words are those of a plan of this operation,
    with its `clauses`; that what should be accepted is lawful, and of the values that it says; and
    that what should be refused breaks what it probes.
    """
    try:
        old, new = stored["operation"], ground.operation.id
        cases = [moved_case(_case(node, ground.model, old), old, new) for node in stored["cases"]]
        unplanned = {renamed(name, old, new): why for name, why in stored["unplanned"].items()}
        sound = all(
            _is_sound(case, ground.operation.id, clauses) and _is_true(case, clauses, ground)
            for case in cases
        )
        told = all(name in clauses and isinstance(why, str) for name, why in unplanned.items())
        return (cases, unplanned) if sound and told else None
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError):
        return None


def _is_true(case: Case, clauses: Mapping[str, Clause], ground: Ground) -> bool:
    """Whether a case is lawful, or breaks its clause, as it says; what nobody can tell is."""
    first = ground.content.media_range if ground.content is not None else None
    if case.media_range not in (None, first):
        return True  # it is of another schema
    if case.expect == "accepted":
        return ground.isolation.lawful(case.value) and _is_built(case, ground)
    if case.expect == "either" or case.content is not None or case.query is not None:
        return True
    if case.kind != "negative" or case.credential != "ours" or not case.probes:
        return True
    clause = clauses[case.probes[0]]
    return clause.at is None or ground.isolation.may_break(clause, case.value)


def _is_built(case: Case, ground: Ground) -> bool:
    """Whether a request has the values that it says; of what it leases it has one of its own."""
    if case.change is not None:
        return True
    built = ground.model.view(case.levels)
    if ground.leased is not None and look(built, ground.leased) is not ABSENT:
        built = put(built, ground.leased, look(case.value, ground.leased))
    return bool(built == case.value)


def _digest(key: str, pieces: Iterable[bytes]) -> bytes:
    """The last line of a file that holds these pieces."""
    digest = blake2b(key=key.encode(), digest_size=16)
    for piece in pieces:
        digest.update(piece)
    return digest.hexdigest().encode()


def _is_sound(case: Case, operation: str, clauses: Mapping[str, Clause]) -> bool:
    """Whether what a run decides by is what it may be."""
    return (
        isinstance(case.id, str)
        and case.id.startswith(f"{operation}/")
        and isinstance(case.label, str)
        and isinstance(case.value, dict)
        and case.kind in get_args(Kind)
        and case.expect in get_args(Expect)
        and case.credential in get_args(Credential)
        and all(probe in clauses for probe in case.probes)
    )


def save(
    key: str,
    operation: str,
    cases: list[Case],
    unplanned: Mapping[str, str],
    agreed: Iterable[str] = (),
) -> None:
    """Store the plan of an operation. A directory that cannot be written is no reason to fail.

    `agreed` are requests, as JSON, that both validators were of one mind about.
    """
    directory = cache_directory()
    if directory is None:
        return
    import tempfile  # whoever reads a kept plan does without

    with contextlib.suppress(OSError):
        directory.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=directory, suffix=".tmp")
        try:
            with open(handle, "wb") as file:

                def written() -> Iterator[bytes]:
                    for piece in _pieces(operation, cases, unplanned, agreed):
                        file.write(piece)
                        yield piece

                digest = _digest(key, written())
                file.write(b"\n" + digest)
            os.replace(name, directory / f"plan-{key}.json")
        except OSError:
            os.unlink(name)  # a full disk is not to be filled any further
            raise
        if key.startswith(_PRUNING):
            _prune(directory)


def _pieces(
    operation: str, cases: list[Case], unplanned: Mapping[str, str], agreed: Iterable[str]
) -> Iterator[bytes]:
    """A plan as it is stored, case by case: all of a large one at once would take much room."""
    yield json.dumps(list(agreed)).encode() + b"\n"
    told = json.dumps({"operation": operation, "unplanned": dict(unplanned)})
    yield f'{told[:-1]}, "cases": ['.encode()
    for number, case in enumerate(cases):
        yield f"{', ' if number else ''}{json.dumps(_node(case))}".encode()
    yield b"]}"


def _prune(directory: Path) -> None:
    with os.scandir(directory) as entries:
        plans = [entry for entry in entries if entry.name.startswith("plan-")]
    if len(plans) > MOST_FILES:
        for entry in sorted(plans, key=lambda entry: entry.stat().st_mtime)[:-MOST_FILES]:
            os.unlink(entry.path)


def _node(case: Case) -> dict[str, Any]:
    node: dict[str, Any] = {
        "id": case.id,
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


def _case(node: dict[str, Any], model: BodyModel | None, operation: str) -> Case:
    content = b64decode(node["content"]) if "content" in node else None
    change = None
    if "change" in node:
        at, changed, gone = node["change"]
        change = Change(at, ABSENT if gone else changed)
    levels = {at: _level(at, told, model) for at, told in node["levels"].items()}
    levels |= dict.fromkeys(node["left_out"], LEFT_OUT)
    return Case(
        id=node["id"],
        operation=operation,
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
