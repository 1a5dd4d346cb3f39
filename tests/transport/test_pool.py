"""The transport by itself: httpx's public interface, over httpcore's public pool."""

from __future__ import annotations

import ast
import inspect
import json
from pathlib import Path

import httpcore
import httpx
import pytest

import clausewise.transport
from clausewise.pack.settings import Settings
from clausewise.transport.network import Network
from clausewise.transport.pool import PoolTransport
from clausewise.transport.proxies import proxy_of, proxy_url
from clausewise.transport.target import Failed

from .raw_server import reply, serving

ROOM = Path(inspect.getfile(clausewise.transport)).parent


def test_any_client_of_httpx_may_use_it() -> None:
    """A client sends by it as by any transport, and the connection is kept."""
    network = Network(5.0)
    with (
        serving(reply(json.dumps({"a": 1}).encode()), keep=True) as server,
        httpx.Client(transport=PoolTransport(network)) as client,
    ):
        network.begin()
        assert client.get(server.url).json() == {"a": 1}
        assert network.connected
        network.begin()
        assert client.post(server.url, json={}).status_code == 200
        assert not network.connected


def test_errors_are_those_of_httpx() -> None:
    """Who knows httpx catches what it raises, whatever is below."""
    network = Network(5.0)
    network.begin()
    transport = PoolTransport(network)
    with pytest.raises(httpx.ConnectError) as caught:
        transport.handle_request(httpx.Request("GET", "http://127.0.0.1:9/"))
    assert isinstance(caught.value.__cause__, httpcore.ConnectError)


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
