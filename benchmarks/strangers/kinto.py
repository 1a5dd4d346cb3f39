"""Kinto: a store for JSON by buckets and collections; Python, Pyramid; Swagger 2.0 by cornice."""

from __future__ import annotations

from pathlib import Path

from benchmarks.strangers.server import Copy, Server, Things, fetched

# Any name and password are one user of their own (the policy of Kinto's tutorial).
HEADERS = {"Authorization": "Basic YmVuY2g6bWFyaw=="}
INI = """
[server:main]
use = egg:waitress#main
host = 127.0.0.1
port = {port}
[app:main]
use = egg:kinto
kinto.includes = kinto.plugins.default_bucket
kinto.storage_backend = kinto.core.storage.memory
kinto.cache_backend = kinto.core.cache.memory
kinto.permission_backend = kinto.core.permission.memory
kinto.userid_hmac_secret = b4c96a8692291d88fe5a97dd91846eb4
multiauth.policies = basicauth
kinto.bucket_create_principals = system.Authenticated
"""


def _command(installed: Path, fresh: Path, port: int) -> list[str]:
    (fresh / "kinto.ini").write_text(INI.format(port=port))
    return [str(installed / "bin" / "kinto"), "start", "--ini", "kinto.ini", "--port", str(port)]


def _seed(copy: Copy) -> None:
    for bucket in ("home", "garden"):
        copy.send("PUT", f"/buckets/{bucket}", {})
        copy.send(
            "PUT", f"/buckets/{bucket}/groups/friends", {"data": {"members": ["basicauth:a"]}}
        )
        for collection in ("tasks", "notes"):
            copy.send("PUT", f"/buckets/{bucket}/collections/{collection}", {})
            path = f"/buckets/{bucket}/collections/{collection}/records"
            for number in range(3):
                copy.send("POST", path, {"data": {"number": number}})


def _things(copy: Copy) -> Things:
    found: Things = set()
    for bucket in _ids(copy, "/buckets"):
        found.add(("bucket", bucket))
        for group in _ids(copy, f"/buckets/{bucket}/groups"):
            found.add(("group", f"{bucket}/{group}"))
        for collection in _ids(copy, f"/buckets/{bucket}/collections"):
            found.add(("collection", f"{bucket}/{collection}"))
            for record in _ids(copy, f"/buckets/{bucket}/collections/{collection}/records"):
                found.add(("record", f"{bucket}/{collection}/{record}"))
    return found


def _ids(copy: Copy, path: str) -> list[str]:
    return [one["id"] for one in copy.get(path).raise_for_status().json()["data"]]


SERVER = Server(
    name="kinto",
    registry="pypi",
    packages=("kinto==26.5.0",),
    made_of="Python, Pyramid; document by cornice (Swagger 2.0)",
    root="/v1",
    command=_command,
    document=fetched("/__api__"),
    seed=_seed,
    things=_things,
    headers=lambda folder: HEADERS,
)
