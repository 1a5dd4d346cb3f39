"""changedetection.io: watches pages for changes; Python, Flask; a document written by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from benchmarks.strangers.server import Copy, Server, Things


def _command(installed: Path, fresh: Path, port: int) -> list[str]:
    program = str(installed / "bin" / "changedetection.io")
    return [program, "-d", str(fresh / "data"), "-C", "-h", "127.0.0.1", "-p", str(port)]


def _headers(folder: Path) -> Mapping[str, str]:
    kept = json.loads((folder / "data" / "changedetection.json").read_text("utf-8"))
    return {"x-api-key": kept["settings"]["application"]["api_access_token"]}


def _document(installed: Path, _copy: Copy) -> Path:
    return next(installed.glob("lib/*/site-packages/changedetectionio/docs/api-spec.yaml"))


def _seed(copy: Copy) -> None:
    for title in ("Home", "Work"):
        copy.send("POST", "/tag", {"title": title})
    for number in range(3):
        copy.send("POST", "/watch", {"url": f"http://127.0.0.1:9/{number}", "paused": True})
    copy.send("POST", "/notifications", {"notification_urls": ["json://127.0.0.1:9/one"]})


def _things(copy: Copy) -> Things:
    told = copy.get("/notifications").json()["notification_urls"]
    return {
        *(("watch", uuid) for uuid in copy.get("/watch").json()),
        *(("tag", uuid) for uuid in copy.get("/tags").json()),
        *(("notification", url) for url in told),
    }


SERVER = Server(
    name="changedetection",
    registry="pypi",
    packages=("changedetection.io==0.60.10",),
    made_of="Python, Flask; document by hand (OpenAPI 3.1)",
    root="/api/v1",
    ready="/systeminfo",
    command=_command,
    document=_document,
    seed=_seed,
    things=_things,
    headers=_headers,
)
