"""PowerDNS, the authoritative server, over SQLite: C++; a document written by hand."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from pathlib import Path

import httpx

from benchmarks.strangers.server import Copy, Server, Things, free_port

SCHEMA = Path("/usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql")
CONFIGURATION = """launch=gsqlite3
gsqlite3-database={fresh}/pdns.db
gsqlite3-pragma-foreign-keys=yes
gsqlite3-dnssec=yes
api=yes
api-key=of-the-bench
webserver=yes
webserver-address=127.0.0.1
webserver-allow-from=127.0.0.1
webserver-port={port}
local-address=127.0.0.1
local-port={dns_port}
socket-dir={fresh}
daemon=no
guardian=no
write-pid=no
setuid=
"""


def _command(_installed: Path, fresh: Path, port: int) -> list[str]:
    known = sqlite3.connect(fresh / "pdns.db")
    known.executescript(SCHEMA.read_text())
    known.close()
    (fresh / "pdns.conf").write_text(
        CONFIGURATION.format(fresh=fresh, port=port, dns_port=free_port())
    )
    return ["/usr/sbin/pdns_server", f"--config-dir={fresh}"]


def _headers(_folder: Path) -> Mapping[str, str]:
    return {"X-API-Key": "of-the-bench"}


def _document(_installed: Path, copy: Copy) -> Path:
    file = copy.folder.parent / "openapi.yaml"
    told = httpx.get(copy.base.removesuffix("/v1") + "/docs", headers=copy.headers, timeout=30)
    file.write_bytes(told.raise_for_status().content)
    return file


def _seed(copy: Copy) -> None:
    for name in ("example.org.", "example.net."):
        zone = {"name": name, "kind": "Native", "nameservers": [f"ns1.{name}"]}
        copy.send("POST", "/servers/localhost/zones", zone)


def _things(copy: Copy) -> Things:
    told: Things = set()
    for kind in ("zones", "tsigkeys", "autoprimaries"):
        for one in copy.get(f"/servers/localhost/{kind}").json():
            # One that was changed is not what it was.
            told.add((kind, json.dumps(one, sort_keys=True)))
    return told


SERVER = Server(
    name="powerdns",
    registry="debian",
    packages=("pdns-server", "pdns-backend-sqlite3"),
    made_of="C++; document by hand (Swagger 2.0)",
    root="/api/v1",
    ready="/servers",
    command=_command,
    document=_document,
    seed=_seed,
    things=_things,
    headers=_headers,
)
