"""Proxies of a profile and of the environment: what goes by them, and what they say themselves."""

from __future__ import annotations

import base64
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import yaml
from msgspec.structs import replace

from clausewise.campaign.campaign import Campaign
from clausewise.errors import TargetError, UsageError
from clausewise.exchange import Request
from clausewise.pack import Pack, load_pack
from clausewise.pack.resolving import resolve
from clausewise.pack.settings import Settings
from clausewise.plan.plan import Plan, make_plan
from clausewise.transport.http import HttpTarget
from clausewise.transport.target import Failed

from ..guards import FOR_EVER
from .certificates import AUTHORITY, KEY, SERVER
from .hostile_server import hostile_pack, service
from .proxy import proxying
from .raw_server import RawServer, answering, reply

HOST = "staging.example"
VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture(autouse=True)
def _no_proxies_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment names none but those of a test."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    """The small contract of the service, with its authority beside it."""
    root = tmp_path_factory.mktemp("pack")
    hostile_pack(root)
    (root / "authority.pem").write_text(AUTHORITY, "ascii")
    (root / "server.pem").write_text(SERVER + KEY, "ascii")
    return load_pack(root)


@pytest.fixture(scope="module")
def plan(pack: Pack) -> Plan:
    """Its plan."""
    return make_plan(pack, examples=0)


def _settings(pack: Pack, **profile: Any) -> Settings:
    """What a profile makes of it, but for the pace."""
    told = {"contract": "openapi.json", "profiles": {"staging": {"rate": 9999, **profile}}}
    (pack.root / "clausewise.yaml").write_text(yaml.safe_dump(told), "utf-8")
    load_pack.cache_clear()
    settings = resolve(load_pack(pack.root), profile="staging", environment={})
    return replace(settings, connect_seconds=FOR_EVER, read_seconds=FOR_EVER)


def _run(pack: Pack, plan: Plan, settings: Settings) -> Campaign:
    campaign = Campaign(pack, plan, settings, HttpTarget(settings))
    campaign.run()
    return campaign


@contextmanager
def _secure(pack: Pack) -> Iterator[RawServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pack.root / "server.pem")
    with answering(service(pack, reply), keep=True, tls=context) as server:
        yield server


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


@pytest.mark.parametrize("host", [HOST, "127.0.0.1"])
def test_requests_in_plain_text(pack: Pack, plan: Plan, host: str) -> None:
    """They go by the proxy in absolute form; its credentials stay with it."""
    with answering(service(pack, reply)) as server, proxying({host: server.url}) as proxy:
        settings = _settings(
            pack,
            base_url=f"http://{host}:8080/v1",
            proxy=proxy.with_credentials("us%40er", "pass"),
            headers={"Authorization": "Bearer ours"},
        )
        campaign = _run(pack, plan, settings)
    assert campaign.ledger.entries
    assert len(proxy.log) == len(server.requests) == campaign.sender.requests
    assert {line.split(" ")[1].partition("/v1")[0] for line in proxy.lines} == {
        f"http://{host}:8080"
    }
    assert {asked.headers["proxy-authorization"] for asked in proxy.log} == {
        _basic("us@er", "pass")
    }
    assert all(b"Authorization: Bearer ours" in request for request in server.requests)
    assert settings.shown == f"http://{host}:8080/v1, by the proxy {proxy.url}"


def test_requests_by_tls(pack: Pack, plan: Plan) -> None:
    """They go through a tunnel: no token for the proxy, no password for the target."""
    with _secure(pack) as server, proxying({HOST: server.url}) as proxy:
        settings = _settings(
            pack,
            base_url=f"https://{HOST}:8443",
            proxy=proxy.with_credentials("user", "pass"),
            tls={"ca_bundle": "authority.pem"},
            headers={"Authorization": "Bearer ours"},
        )
        campaign = _run(pack, plan, settings)
    assert campaign.complete
    assert len(server.requests) == campaign.sender.requests
    assert set(proxy.lines) == {f"CONNECT {HOST}:8443 HTTP/1.1"}
    for asked in proxy.log:
        assert asked.headers["proxy-authorization"] == _basic("user", "pass")
        assert "authorization" not in asked.headers
    for request in server.requests:
        assert b"Authorization: Bearer ours" in request
        assert b"proxy-authorization" not in request.lower()


def test_a_tunnel_to_somebody_else(pack: Pack, plan: Plan) -> None:
    """The target's certificate is checked as ever, and the proxy is not blamed."""
    with _secure(pack) as server, proxying({"other.example": server.url}) as proxy:
        settings = _settings(
            pack,
            base_url="https://other.example",
            proxy=proxy.url,
            tls={"ca_bundle": "authority.pem"},
        )
        with pytest.raises(TargetError, match="is for another host") as caught:
            _run(pack, plan, settings)
        assert "proxy" not in str(caught.value)
        assert server.requests == []


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize(
    ("status", "advice"),
    [
        ("407 Proxy Authentication Required", "a user name and a password, which go into its URL"),
        ("502 Bad Gateway", ""),
        ("504 Gateway Timeout", ""),
    ],
)
def test_what_a_proxy_says_itself(
    pack: Pack, plan: Plan, scheme: str, status: str, advice: str
) -> None:
    """It is no word of the API, and the message names the proxy without its password."""
    with proxying({}, reply(b"<h1>No</h1>", status)) as proxy:
        settings = _settings(
            pack,
            base_url=f"{scheme}://{HOST}",
            proxy=proxy.with_credentials("user", "hidden"),
        )
        with pytest.raises(TargetError, match=f"the proxy {proxy.url} answered {status}") as caught:
            _run(pack, plan, settings)
    assert caught.value.exit_code == 6
    assert advice in str(caught.value)
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_is_not_there(pack: Pack, plan: Plan, scheme: str) -> None:
    """It is the proxy that cannot be reached."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        settings = _settings(pack, base_url=f"{scheme}://{HOST}", proxy=url)
        with pytest.raises(TargetError, match=f"the proxy {url} cannot be reached") as caught:
            _run(pack, plan, settings)
    assert caught.value.exit_code == 6


def test_a_proxy_that_fails_in_the_middle(pack: Pack, plan: Plan) -> None:
    """Nothing is said of the target for what the proxy answered in its stead."""
    answers = iter([None] * 8)

    def broken(request: bytes) -> Any:
        done = service(pack, reply)(request)
        return done if next(answers, "over") is None else reply(b"", "502 Bad Gateway")

    with answering(broken) as server:
        settings = _settings(pack, base_url=f"http://{HOST}", proxy=server.url)
        campaign = _run(pack, plan, settings)
    verdicts = {ruling.verdict for ruling in campaign.rulings().values()}
    assert not verdicts & {"violated", "lenient", "strict"}
    assert "inconclusive" in verdicts


def test_a_word_of_the_target_itself(pack: Pack) -> None:
    """Without a proxy a 502 is the target's."""
    with answering(lambda _: reply(b"{}", "502 Bad Gateway")) as server:
        target = HttpTarget(Settings(base_url=server.url, path={}))
        assert target.send(Request("GET", f"{server.url}/x")).status == 502
        target.close()


@pytest.mark.parametrize(
    ("variables", "by_proxy"),
    [
        ({"http_proxy": "PROXY"}, True),
        ({"HTTP_PROXY": "PROXY"}, True),
        ({"all_proxy": "PROXY"}, True),
        ({"https_proxy": "PROXY"}, False),
        ({"http_proxy": "PROXY", "no_proxy": "example"}, False),
        ({"http_proxy": "PROXY", "NO_PROXY": "*"}, False),
        ({"http_proxy": "PROXY", "no_proxy": "elsewhere.example"}, True),
    ],
    ids=str,
)
def test_proxies_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], by_proxy: bool
) -> None:
    """For a target elsewhere they hold, and NO_PROXY does."""
    with proxying({}, reply(b"", "407 Who are you")) as proxy:
        for name, value in variables.items():
            monkeypatch.setenv(name, value.replace("PROXY", proxy.url))
        # A name that nobody has: without a proxy there is no way.
        url = "http://staging.invalid.example"
        target = HttpTarget(Settings(base_url=url, path={}, connect_seconds=1.0))
        with pytest.raises(Failed) as caught:
            target.send(Request("GET", f"{url}/x"))
        target.close()
        assert bool(proxy.log) is by_proxy
    assert (proxy.url in str(caught.value)) is by_proxy


def test_a_profile_beats_the_environment(
    monkeypatch: pytest.MonkeyPatch, pack: Pack, plan: Plan
) -> None:
    """Its proxy is asked, NO_PROXY or not."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "*")
    with answering(service(pack, reply)) as server, proxying({HOST: server.url}) as proxy:
        assert _run(
            pack, plan, _settings(pack, base_url=f"http://{HOST}", proxy=proxy.url)
        ).complete
        assert proxy.log


@pytest.mark.parametrize("proxy", ["proxy.example:3128", "ftp://proxy", "http://", "http://a:b:c"])
def test_what_is_no_proxy(pack: Pack, proxy: str) -> None:
    """It is a usage error that names the key, and does not repeat what may hold a password."""
    with pytest.raises(UsageError, match=r"^profile 'staging': proxy takes a URL") as caught:
        _settings(pack, base_url=f"http://{HOST}", proxy=proxy)
    assert "a:b:c" not in str(caught.value)
