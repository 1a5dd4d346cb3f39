"""Jupyter Server: files, sessions and kernels; Python, Tornado; a document written by hand."""

from __future__ import annotations

from pathlib import Path

from benchmarks.strangers.server import Copy, Server, Things

HEADERS = {"Authorization": "token benchmark"}


def _command(installed: Path, fresh: Path, port: int) -> list[str]:
    (fresh / "files").mkdir()
    return [
        str(installed / "bin" / "python"), "-m", "jupyter_server",
        "--no-browser", "--allow-root", f"--port={port}", "--ip=127.0.0.1",
        f"--ServerApp.root_dir={fresh / 'files'}", "--IdentityProvider.token=benchmark",
    ]  # fmt: skip


def _document(installed: Path, _copy: Copy) -> Path:
    return next(installed.glob("lib/*/site-packages/jupyter_server/services/api/api.yaml"))


def _seed(copy: Copy) -> None:
    files = copy.folder / "files"
    (files / "letters").mkdir()
    for name in ("hello.txt", "list.txt", "letters/first.txt"):
        (files / name).write_text("some text\n")


def _things(copy: Copy) -> Things:
    files = copy.folder / "files"
    found: Things = {("file", str(one.relative_to(files))) for one in files.rglob("*")}
    for kind in ("sessions", "kernels", "terminals"):
        found |= {(kind, str(one)) for one in copy.get(f"/api/{kind}").json()}
    return found


SERVER = Server(
    name="jupyter",
    registry="pypi",
    packages=("jupyter-server==2.21.1", "ipykernel==7.4.0"),
    made_of="Python, Tornado; document by hand (Swagger 2.0)",
    root="",
    ready="/api/",
    command=_command,
    document=_document,
    seed=_seed,
    things=_things,
    headers=lambda folder: HEADERS,
)
