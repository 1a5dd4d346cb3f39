"""Chroma: a vector database, written in Rust; its document is made by utoipa."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from benchmarks.strangers.server import Copy, Server, Things, fetched

TENANT = "/api/v2/tenants/default_tenant"


def _command(installed: Path, fresh: Path, port: int) -> list[str]:
    chroma = str(installed / "bin" / "chroma")
    return [
        chroma,
        "run",
        "--path",
        str(fresh / "data"),
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    ]


def _seed(copy: Copy) -> None:
    for name in ("papers", "notes"):
        path = f"{TENANT}/databases/default_database/collections"
        made = copy.send("POST", path, {"name": name}).json()
        body = {"ids": ["a", "b"], "embeddings": [[0.1, 0.2], [0.3, 0.4]], "documents": ["x", "y"]}
        copy.send("POST", f"{path}/{made['id']}/add", body)
    copy.send("POST", f"{TENANT}/databases", {"name": "archive"})


def _things(copy: Copy) -> Things:
    # Not all tenants can be listed, so it is looked up where the server keeps it.
    file = copy.folder / "data" / "chroma.sqlite3"
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as kept:
        databases = set(kept.execute("select tenant_id || '/' || name from databases"))
        collections = set(kept.execute("select id || '/' || name from collections"))
    found: Things = {("database", name) for (name,) in databases}
    found |= {("collection", name) for (name,) in collections}
    for one in copy.get(f"{TENANT}/databases/default_database/collections").json():
        path = f"{TENANT}/databases/default_database/collections/{one['id']}/get"
        for record in copy.send("POST", path, {}).json()["ids"]:
            found.add(("record", f"{one['id']}/{record}"))
    return found


SERVER = Server(
    name="chroma",
    registry="pypi",
    packages=("chromadb==1.5.9",),
    made_of="Rust, axum; document by utoipa (OpenAPI 3.1)",
    root="",
    ready="/api/v2/heartbeat",
    command=_command,
    document=fetched("/openapi.json"),
    seed=_seed,
    things=_things,
)
