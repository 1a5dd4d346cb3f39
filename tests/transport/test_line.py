"""The way of one thread: its connection, and what goes over it."""

from __future__ import annotations

import ast
import inspect
import json
from contextlib import closing
from pathlib import Path

import httpx
import pytest

import clausewise.transport
from clausewise.exchange import Request
from clausewise.pack.settings import Settings
from clausewise.transport.direct import Address, DirectRequest
from clausewise.transport.http import HttpTarget
from clausewise.transport.line import Line
from clausewise.transport.proxies import proxy_of, proxy_url
from clausewise.transport.target import Failed

from .raw_server import reply, serving

ROOM = Path(inspect.getfile(clausewise.transport)).parent


def test_a_connection_is_kept() -> None:
    """The second request goes by the connection of the first."""
    with serving(reply(json.dumps({"a": 1}).encode()), keep=True) as server:
        settings = Settings(base_url=server.url, path={})
        line = Line(settings, None, None)
        url = httpx.URL(server.url)
        address = Address(url.raw_scheme, url.raw_host, url.port, url.netloc)
        for first in (True, False):
            with closing(line.send(DirectRequest("POST", address, b"/", (), b"", 0))) as sent:
                assert sent.status == 200
                assert b"".join(sent.parts) == b'{"a": 1}'
            assert line.network.connected is first
        line.close()


@pytest.mark.parametrize(
    "path",
    [
        "/accounts/4a-5_b/apps/~x", "/a%2Fb/c%20d", "/a?b=1&c=%E2%82%AC", "/a?b=x/../y", "/a;v=1",
        "/a/../b", "/./a", "/.well-known/x", "/a b", "/é", "/a%zz", "/a?q=a b", "/a?q=é", "/a#b",
        "", "/", "//a", "/a?", "?q=1", "/a'b", "/a?q='b'", "/a[1]", "/a|b", "/a?q=a|b",
    ],
)  # fmt: skip
@pytest.mark.parametrize("base", ["", "/v1"])
def test_what_is_asked_for_is_as_httpx_has_it(base: str, path: str) -> None:
    """The target of a request is that of its URL, whether it had to be rewritten or not."""
    with serving(reply(b"{}")) as server:
        target = HttpTarget(Settings(base_url=f"{server.url}{base}", path={}))
        url = f"{server.url}{base}{path}"
        target.send(Request("GET", url))
        target.close()
    (asked,) = server.requests
    assert asked.split(b" ")[1] == httpx.URL(url).raw_path


@pytest.mark.parametrize(
    ("method", "given", "content", "length"),
    [
        ("POST", (), b"abc", b"3"),
        ("POST", (), None, b"0"),
        ("GET", (), None, None),
        ("DELETE", (), b"abc", b"3"),
        ("POST", (("Content-Length", "3"),), b"abc", b"3"),
        ("GET", (("Host", "elsewhere"),), None, None),
    ],
)
def test_every_request_has_its_host_and_length(
    method: str, given: tuple[tuple[str, str], ...], content: bytes | None, length: bytes | None
) -> None:
    """Each is said once, and what the sender says is what counts."""
    with serving(reply(b"{}")) as server:
        target = HttpTarget(Settings(base_url=server.url, path={}))
        target.send(Request(method, server.url, given, content))
        target.close()
    (asked,) = server.requests
    lines = asked.partition(b"\r\n\r\n")[0].lower().split(b"\r\n")[1:]
    sent = [tuple(line.split(b": ", 1)) for line in lines]
    assert [v for n, v in sent if n == b"content-length"] == ([] if length is None else [length])
    host = dict(given).get("Host", server.url.removeprefix("http://")).encode()
    assert [v for n, v in sent if n == b"host"] == [host]


def test_nothing_private_of_others_is_used() -> None:
    """No name with an underscore is reached for on anything but on our own objects."""
    for path in ROOM.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr.startswith("_"):
                own = ast.unparse(node.value).startswith(("self", "cls"))
                assert own or node.attr.startswith("__"), f"{path.name}: {ast.unparse(node)}"


@pytest.mark.parametrize(
    ("url", "environment", "asked"),
    [
        ("https://api.example.net/v1", {"https_proxy": "http://proxy:3128"}, "http://proxy:3128"),
        ("https://api.example.net", {"https_proxy": "proxy:3128"}, "http://proxy:3128"),
        ("https://api.example.net", {"all_proxy": "http://proxy:1"}, "http://proxy:1"),
        ("https://api.example.net", {"http_proxy": "http://proxy:1"}, None),
        ("http://api.example.net", {"http_proxy": "http://proxy:1"}, "http://proxy:1"),
        ("https://a.example.net", {"https_proxy": "http://p:1", "no_proxy": "example.net"}, None),
        ("https://api.example.net", {"https_proxy": "http://proxy:1", "no_proxy": "*"}, None),
        ("https://x.net:8443", {"https_proxy": "http://proxy:1", "no_proxy": "x.net:8443"}, None),
        ("http://127.0.0.1:8080", {"http_proxy": "http://proxy:1"}, None),
    ],
)
def test_the_proxy_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, url: str, environment: dict[str, str], asked: str | None
) -> None:
    """It is asked where the variables name one, and never for what is on this machine."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert proxy_url(Settings(base_url=url, path={})) == asked


def test_a_proxy_has_its_credentials_apart() -> None:
    """User and password of its URL go into a header of their own."""
    settings = Settings(base_url="https://x.net", path={})
    proxy = proxy_of("http://user:p%40ss@proxy:3128", settings)
    assert proxy.url.host == b"proxy"
    assert proxy.auth == (b"user", b"p@ss")


def test_what_is_no_proxy_is_said() -> None:
    """A scheme that nobody speaks is told before anything is sent."""
    settings = Settings(base_url="https://x.net", path={})
    with pytest.raises(Failed, match="environment's proxy cannot be used"):
        proxy_of("ftp://proxy:21", settings)
