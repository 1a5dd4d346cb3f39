"""The archive of a run knows where the API was served, so its exchanges are ours again."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import clausewise
from clausewise.judging import judge_files
from clausewise.pack import find_pack

from ..conftest import Command
from .lamps import EXAMPLE, LAMP

ENUM = "show_lamp:200#/state:enum"


class _Lamps(BaseHTTPRequestHandler):
    """Shows a lamp, whatever is asked, in a state that is not documented."""

    def do_GET(self) -> None:
        body = json.dumps({**LAMP, "state": "dim"}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *values: object) -> None:  # named so there
        """Say nothing."""


def test_below_an_undocumented_prefix(tmp_path: Path, command: Command) -> None:
    """What a run found below a gateway's prefix, its archive shows without any option."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Lamps) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/gateway/home"
        run = clausewise.run(EXAMPLE, url, examples=0, include=["show_lamp"], values={"id": "7"})
        server.shutdown()
    assert run.verdicts[ENUM] == "violated"
    run.write(tmp_path, ["har", "json"])
    archive = tmp_path / "conformance.har"

    judged = judge_files(find_pack(str(EXAMPLE)), [archive])
    assert judged.verdicts[ENUM] == "violated"
    assert judged.traffic["exchanges"] == run.run.requests
    # By the command the report stands beside that of a run, not in its place.
    before = (tmp_path / "reports").exists()
    done = command("judge", str(archive), "--pack", str(EXAMPLE))
    assert done.code == 1
    assert not before
    assert [one.name for one in (tmp_path / "reports").iterdir()] == ["traffic"]

    content = json.loads(archive.read_bytes())
    del content["log"]["_clausewise"]
    archive.write_text(json.dumps(content))
    elsewhere = judge_files(find_pack(str(EXAMPLE)), [archive])
    assert elsewhere.verdicts[ENUM] == "unexercised"
