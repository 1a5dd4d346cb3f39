"""What a recipe says of one server, and how it is installed and started on a fresh copy."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

# A thing by kind and name, as a server's own API lists it.
Things = set[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Copy:
    """One server that runs: its folder, where its API begins, and the headers that let one in."""

    folder: Path
    base: str
    headers: Mapping[str, str] = field(default_factory=dict)

    def get(self, path: str, **query: str) -> httpx.Response:
        """Ask for something as a user would. Raises httpx.HTTPError."""
        return httpx.get(self.base + path, headers=self.headers, params=query, timeout=30)

    def send(self, method: str, path: str, body: object) -> httpx.Response:
        """Send something as a user would, that has to be accepted. Raises httpx.HTTPError."""
        sent = httpx.request(method, self.base + path, headers=self.headers, json=body, timeout=30)
        return sent.raise_for_status()


@dataclass(frozen=True, slots=True)
class Server:
    """A recipe.

    `packages` are what is installed: from `registry` pypi or npm into a folder of their own, from
    debian into the system, which takes root. `command` starts the server there, given that folder,
    a fresh one and a port; `headers` are the credential, known once it runs. `document` writes the
    server's own document into a file; `seed` makes things that a user would have, and `things`
    lists all that are there, as far as the contract has a DELETE of them.
    """

    name: str
    registry: str
    packages: tuple[str, ...]
    made_of: str
    root: str
    command: Callable[[Path, Path, int], list[str]]
    document: Callable[[Path, Copy], Path]
    seed: Callable[[Copy], None]
    things: Callable[[Copy], Things]
    ready: str = "/"
    headers: Callable[[Path], Mapping[str, str]] = lambda folder: {}

    def install(self, folder: Path) -> None:
        """Install the packages into a folder, where they are not there. Raises on failure."""
        done = folder / "installed.txt"
        if done.exists() and done.read_text() == "\n".join(self.packages):
            return
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        if self.registry == "pypi":
            subprocess.run([sys.executable, "-m", "venv", folder], check=True)
            pip = folder / "bin" / "pip"
            subprocess.run([pip, "install", "--quiet", *self.packages], check=True)
        elif self.registry == "debian":
            quiet = ["--yes", "--quiet", "--no-install-recommends"]
            subprocess.run(["apt-get", "install", *quiet, *self.packages], check=True)
        else:
            quiet = ["--no-audit", "--no-fund", "--silent"]
            subprocess.run(
                ["npm", "install", "--prefix", folder, *quiet, *self.packages], check=True
            )
        done.write_text("\n".join(self.packages))

    @contextmanager
    def running(self, installed: Path, fresh: Path) -> Iterator[Copy]:
        """The server on an empty folder, seeded, for as long as the block lasts."""
        fresh.mkdir(parents=True)
        port = free_port()
        environment = {**os.environ, "HOME": str(fresh), "PYTHONPATH": ""}
        with (fresh / "server.log").open("wb") as log:
            process = subprocess.Popen(
                self.command(installed, fresh, port),
                cwd=fresh, env=environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                start_new_session=True,
            )  # fmt: skip
            try:
                origin = f"http://127.0.0.1:{port}"
                _await(origin + self.root + self.ready, process, fresh / "server.log")
                copy = Copy(fresh, origin + self.root, self.headers(fresh))
                self.seed(copy)
                yield copy
            finally:
                process.terminate()
                try:
                    process.wait(20)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()


def fetched(path: str, name: str = "openapi.json") -> Callable[[Path, Copy], Path]:
    """The document as the server gives it out, at a path below its root."""

    def document(_installed: Path, copy: Copy) -> Path:
        file = copy.folder.parent / name
        file.write_bytes(copy.get(path).raise_for_status().content)
        return file

    return document


def free_port() -> int:
    """A port of the loopback that nobody listens at."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _await(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(600):
        if process.poll() is not None:
            break
        try:
            if httpx.get(url, timeout=5).status_code < 500:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.2)
    raise RuntimeError(f"{url} does not answer: {log.read_text('utf-8', 'replace')[-2000:]}")
