"""Recorded exchanges with the contract of the examples, and what becomes of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import clausewise
from clausewise.pack import find_pack
from clausewise.traffic.engines import Processes
from clausewise.traffic.partitions import Partition, partitions_of

from ..conftest import REPOSITORY

EXAMPLE = REPOSITORY / "docs" / "examples" / "openapi.yaml"
URL = "https://api.example.net/v1/lamps/"
JSON_TYPE = ["Content-Type", "application/json"]
LAMP = {"id": 7, "state": "on", "brightness": 40}


def shown(number: int = 1, body: Any = None, **changed: Any) -> dict[str, Any]:
    """A lamp is asked for, and shown as documented; `changed` are members of the exchange."""
    text = json.dumps({**LAMP, "id": number} if body is None else body)
    return {
        "method": "GET",
        "url": f"{URL}{number}",
        "request": {"headers": [], "body": {"absent": True}},
        "response": {"status": 200, "headers": [JSON_TYPE], "body": {"text": text}},
        "started": f"2026-03-01T00:00:{number % 60:02}Z",
        "seconds": 0.01,
        **changed,
    }


def dimmed(number: int, sent: Any, status: int = 200, **changed: Any) -> dict[str, Any]:
    """A lamp is dimmed by a body, and that is answered."""
    reply = {**LAMP, "id": number} if status == 200 else {}
    return {
        **shown(number, reply),
        "method": "PATCH",
        "request": {"headers": [JSON_TYPE], "body": {"text": json.dumps(sent)}},
        "response": {
            "status": status,
            "headers": [JSON_TYPE],
            "body": {"text": json.dumps(reply)},
        },
        **changed,
    }


def lines(exchanges: Iterable[Any]) -> bytes:
    """Exchanges as JSON lines; bytes stand for themselves."""
    return b"".join(
        (one if isinstance(one, bytes) else json.dumps(one).encode()) + b"\n" for one in exchanges
    )


def judge(folder: Path, content: bytes, name: str = "traffic.jsonl") -> clausewise.Report:
    """The report on a recording."""
    from clausewise.judging import judge_files

    path = folder / name
    path.write_bytes(content)
    return judge_files(find_pack(str(EXAMPLE)), [path])


def told(report: clausewise.Report, *but: str) -> dict[str, str]:
    """The verdicts that are neither of these, by clause; without what was never shown."""
    left_out = {"unexercised", *but}
    return {name: verdict for name, verdict in report.verdicts.items() if verdict not in left_out}


def findings(report: clausewise.Report) -> Mapping[str, str]:
    """The verdicts of all findings."""
    return {clause.id: clause.verdict for clause in report.findings}


def census(report: clausewise.Report, kind: str) -> dict[str, int]:
    """What a census counted of one kind."""
    found: dict[str, int] = report.traffic["census"].get(kind, {}).get("counts", {})
    return found


def tally_bytes(path: Path, jobs: int = 1, size: int = 1 << 23) -> bytes:
    """The tally of a recording, judged in parts of a size."""
    parts: list[Partition] = partitions_of([path], size)
    return Processes(jobs).run(str(EXAMPLE), parts, lambda done: None).to_bytes()
