"""`curl` lines work as they are printed: what arrives is what was sent."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from clausewise.contract import Contract
from clausewise.exchange import USER_AGENT, Request
from clausewise.record.curl import curl_line
from clausewise.secrets.masking import Mask

from ..guards import FOR_EVER

pytestmark = pytest.mark.skipif(
    not (shutil.which("curl") and shutil.which("bash")), reason="there is no curl, or no bash"
)
SECRET = "s3cret-of-a-test-000"  # noqa: S105  # nobody's
STAND_IN = "stand-in-of-a-test-$(000)`"


@dataclass
class Server:
    """What it got: method, target, headers by their lower-case name, body."""

    url: str = ""
    got: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server on loopback that takes everything."""
    known = Server()

    class Handler(BaseHTTPRequestHandler):
        def _go(self) -> None:
            content = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            known.got.append((self.command, self.path, headers, content))
            self.send_response(204)
            self.end_headers()

        do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = _go  # noqa: N815  # http.server's names

        def log_message(self, *_: Any) -> None:
            """Nothing is logged."""

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=httpd.serve_forever, daemon=True)
    thread.start()
    known.url = f"http://127.0.0.1:{httpd.server_port}"
    yield known
    httpd.shutdown()
    httpd.server_close()
    thread.join()


def _asked_again(
    server: Server, request: Request, variables: dict[str, str | None] | None = None
) -> tuple[str, str, dict[str, str], bytes]:
    mask = Mask(Contract("x", "1", {}), ())
    line = curl_line(request, variables or {}, mask)
    assert line.isprintable()
    # As anywhere: a locale that has no character beyond ASCII.
    subprocess.run(  # noqa: S603  # our own command
        ["bash", "-c", line],  # noqa: S607  # a tool of the system
        check=True,
        capture_output=True,
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TOKEN": SECRET},
        timeout=FOR_EVER,
    )
    return server.got.pop()


@pytest.mark.parametrize(
    "body",
    [
        b'{"a": "b"}',
        b"",
        b"@/etc/passwd",
        b'it\'s $HOME `id` \\n "quoted" !bang',
        "J\u2007d \u00a0 \u3000 é 😀".encode(),
        b"two\r\nlines\t\x1b[31m",
        b"no text: \xff\xfe",
    ],
)
def test_bodies(server: Server, body: bytes) -> None:
    """Quotes, blanks of other alphabets, control characters and bytes that are no text arrive."""
    headers = (("Content-Type", "application/json"),)
    method, _, got, arrived = _asked_again(
        server, Request("POST", f"{server.url}/x", headers, body)
    )
    assert (method, got["content-type"], arrived) == ("POST", "application/json", body)


@pytest.mark.parametrize(
    "target", ["/a/[1]/{x}?f[a]=1", "/a/../b/./c", "/q?x=it's&y=%27%20", "/~u/%2e%2e/x"]
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE"])
def test_targets(server: Server, method: str, target: str) -> None:
    """No path is tidied up, and no bracket read as a pattern; a HEAD waits for no body."""
    assert _asked_again(server, Request(method, f"{server.url}{target}", ()))[:2] == (
        method,
        target,
    )


def test_headers(server: Server) -> None:
    """Empty headers are sent, and none is added that says what the body is."""
    headers = (("X-Empty", ""), ("X-Odd", "it's \\ $HOME"))
    _, _, got, _ = _asked_again(server, Request("PUT", f"{server.url}/x", headers, b"{}"))
    assert got["x-empty"] == ""
    assert got["x-odd"] == "it's \\ $HOME"
    assert "content-type" not in got


@pytest.mark.parametrize("agent", [None, "", "a planned one, 'v1'"])
@pytest.mark.parametrize("name", ["User-Agent", "user-agent"])
def test_who_asks(server: Server, name: str, agent: str | None) -> None:
    """What is sent as planned, or left out, where the contract speaks of it is so in the line."""
    headers = (("Accept", "*/*"), *(((name, agent),) if agent is not None else ()))
    got = _asked_again(server, Request("GET", f"{server.url}/x", headers))[2]
    assert got.get("user-agent") == agent


@pytest.mark.parametrize("accept", [None, "text/csv"])
def test_what_is_accepted(server: Server, accept: str | None) -> None:
    """A request without `Accept` is repeated without one."""
    headers = (("Accept", accept),) if accept is not None else ()
    got = _asked_again(server, Request("GET", f"{server.url}/x", headers))[2]
    assert got.get("accept") == accept


def test_our_own_name(server: Server) -> None:
    """What a run says of itself makes no line longer; who asks is then curl."""
    headers = (("Accept", "*/*"), ("User-Agent", USER_AGENT))
    request = Request("GET", f"{server.url}/x", headers)
    assert "User-Agent" not in curl_line(request, {}, Mask(Contract("x", "1", {}), ()))
    assert _asked_again(server, request)[2]["user-agent"].startswith("curl/")


def test_credentials(server: Server) -> None:
    """A secret comes from its variable; what is no secret stands as it is, whatever is in it."""
    for secret, name in ((SECRET, "TOKEN"), (STAND_IN, STAND_IN)):
        headers = (("Authorization", f"Bearer {secret}"),)
        request = Request("GET", f"{server.url}/x", headers)
        assert _asked_again(server, request, {secret: name})[2]["authorization"] == (
            f"Bearer {secret}"
        )
        line = curl_line(request, {secret: name}, Mask(Contract("x", "1", {}), ()))
        assert ("$TOKEN" in line) is (name == "TOKEN")
        assert SECRET not in line
