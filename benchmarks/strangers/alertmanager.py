"""Alertmanager of Prometheus: Go; its document stands in the program, which validates by it."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.strangers.server import Copy, Server, Things

PROGRAM = "/usr/bin/prometheus-alertmanager"
CONFIGURATION = "route: {receiver: none, group_by: [alertname]}\nreceivers: [{name: none}]\n"


def _command(_installed: Path, fresh: Path, port: int) -> list[str]:
    (fresh / "alertmanager.yml").write_text(CONFIGURATION)
    return [
        PROGRAM, "--config.file=alertmanager.yml", "--storage.path=data",
        f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address=",
    ]  # fmt: skip


def _document(_installed: Path, copy: Copy) -> Path:
    """The first JSON object in the program that says `swagger` near its beginning."""
    program = Path(PROGRAM).read_bytes()
    begin = program.rindex(b"{\n", 0, program.index(b'"swagger": "2.0"'))
    text = program[begin : begin + 1_000_000].decode("utf-8", "replace")
    document, _ = json.JSONDecoder().raw_decode(text)
    file = copy.folder.parent / "openapi.json"
    file.write_text(json.dumps(document, indent=1), "utf-8")
    return file


def _seed(copy: Copy) -> None:
    alerts = [{"alertname": "DiskFull", "host": "a"}, {"alertname": "Down", "host": "b"}]
    copy.send("POST", "/alerts", [{"labels": labels} for labels in alerts])
    silence = {
        "matchers": [{"name": "host", "value": "b", "isRegex": False}],
        "startsAt": "2026-01-01T00:00:00Z",
        "endsAt": "2037-01-01T00:00:00Z",
        "createdBy": "me",
        "comment": "maintenance",
    }
    copy.send("POST", "/silences", silence)


def _things(copy: Copy) -> Things:
    # Nothing deletes alerts: they run out.
    return {
        ("silence", f"{one['id']} {one['comment']}")
        for one in copy.get("/silences").json()
        if one["status"]["state"] != "expired"
    }


SERVER = Server(
    name="alertmanager",
    registry="debian",
    packages=("prometheus-alertmanager",),
    made_of="Go, go-swagger; document by hand (Swagger 2.0)",
    root="/api/v2",
    ready="/status",
    command=_command,
    document=_document,
    seed=_seed,
    things=_things,
)
