"""TLS as a profile has it: who is trusted, what we show, and what is said where it fails."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import yaml

from clausewise.campaign.campaign import Campaign
from clausewise.errors import TargetError, UsageError
from clausewise.pack import Pack, load_pack
from clausewise.pack.resolving import resolve
from clausewise.pack.settings import Settings
from clausewise.plan.plan import Plan, make_plan
from clausewise.transport.http import HttpTarget

from .certificates import AUTHORITY, CLIENT, KEY, OUT_OF_DATE, SERVER
from .hostile_server import CERTIFICATE, hostile_pack, service
from .raw_server import RawServer, answering, reply

FILES = {
    "authority.pem": AUTHORITY,
    "client.pem": CLIENT,
    "key.pem": KEY,
    "both.pem": CLIENT + KEY,
    "other.pem": CERTIFICATE,
    "empty.pem": "",
    "page.pem": "<html>no certificate</html>",
}
TRUSTED = {"ca_bundle": "tls/authority.pem"}
SHOWN = {"client_certificate": "tls/client.pem", "client_key": "tls/key.pem"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a pack, with PEM files beside its clausewise.yaml."""
    root = tmp_path_factory.mktemp("pack")
    hostile_pack(root)
    (root / "tls").mkdir()
    for name, text in FILES.items():
        (root / "tls" / name).write_text(text, "ascii")
    return root


@pytest.fixture(scope="module")
def plan(folder: Path) -> Plan:
    """The plan of the pack."""
    return make_plan(load_pack(folder), examples=0)


def _pack(folder: Path, tls: dict[str, Any], **profile: Any) -> Pack:
    told = {"contract": "openapi.json", "profiles": {"staging": {"tls": tls, **profile}}}
    (folder / "clausewise.yaml").write_text(yaml.safe_dump(told), "utf-8")
    load_pack.cache_clear()
    return load_pack(folder)


def _settings(folder: Path, tls: dict[str, Any], **profile: Any) -> Settings:
    return resolve(_pack(folder, tls, **profile), profile="staging", environment={})


@contextmanager
def _served(
    folder: Path, pack: Pack, certificate: str = SERVER, asks: bool = False
) -> Iterator[RawServer]:
    """The service behind TLS; it may ask who is there. Its URL has the name `localhost`."""
    path = folder / "server.pem"
    path.write_text(certificate + KEY, "ascii")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    if asks:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(cadata=AUTHORITY)
    with answering(service(pack, reply), keep=True, tls=context) as server:
        server.url = server.url.replace("127.0.0.1", "localhost")
        yield server


def _run(folder: Path, plan: Plan, url: str, tls: dict[str, Any]) -> Campaign:
    pack = _pack(folder, tls, base_url=url)
    settings = resolve(pack, profile="staging", environment={})
    campaign = Campaign(pack, plan, settings, HttpTarget(settings))
    campaign.run()
    return campaign


@pytest.mark.parametrize("tls", [TRUSTED, {"verify": False}, {**TRUSTED, "verify": False}])
def test_a_target_that_is_trusted(folder: Path, plan: Plan, tls: dict[str, Any]) -> None:
    """Its authority is named, relative to clausewise.yaml, or nothing is checked."""
    with _served(folder, _pack(folder, {})) as server:
        campaign = _run(folder, plan, server.url, tls)
    assert campaign.complete
    assert server.requests
    unchecked = f"{server.url}, whose certificate is not checked"
    checked = tls.get("verify", True)
    assert campaign.settings.shown == (server.url if checked else unchecked)


@pytest.mark.parametrize(
    ("certificate", "host", "tls", "said"),
    [
        (SERVER, "localhost", {}, r"name a PEM file .* `ca_bundle` under `tls` in a profile"),
        (SERVER, "localhost", {"ca_bundle": "tls/other.pem"}, "nobody who is trusted here"),
        (SERVER, "127.0.0.1", TRUSTED, "is for another host than the one in base_url"),
        (OUT_OF_DATE, "localhost", TRUSTED, "its certificate is out of date"),
    ],
    ids=["unknown", "another authority", "another host", "out of date"],
)
def test_a_target_that_is_not_trusted(
    folder: Path, plan: Plan, certificate: str, host: str, tls: dict[str, Any], said: str
) -> None:
    """Nothing is sent, and the message says what to try."""
    with _served(folder, _pack(folder, {}), certificate) as server:
        with pytest.raises(TargetError, match=said) as caught:
            _run(folder, plan, server.url.replace("localhost", host), tls)
        assert caught.value.exit_code == 6
        assert server.requests == []


@pytest.mark.parametrize("shown", [SHOWN, {"client_certificate": "tls/both.pem"}])
def test_a_target_that_asks_who_is_there(folder: Path, plan: Plan, shown: dict[str, Any]) -> None:
    """The certificate of the profile is shown, its key in a file of its own or in the same."""
    with _served(folder, _pack(folder, {}), asks=True) as server:
        assert _run(folder, plan, server.url, {**TRUSTED, **shown}).complete
        assert server.requests


def test_a_target_that_wants_a_certificate(folder: Path, plan: Plan) -> None:
    """Without one it takes no request, and the message names what is missing."""
    with _served(folder, _pack(folder, {}), asks=True) as server:
        with pytest.raises(TargetError, match="`client_certificate` and `client_key` under `tls`"):
            _run(folder, plan, server.url, TRUSTED)
        assert server.requests == []


def test_a_target_without_tls(folder: Path, plan: Plan) -> None:
    """Plain HTTP where https is asked for is told from a certificate that is wrong."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def refuse() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(reply(b"", "400 Bad Request"))
                with suppress(OSError):  # the client has heard enough
                    connection.recv(65536)

        thread = threading.Thread(target=refuse, daemon=True)
        thread.start()
        url = f"https://127.0.0.1:{listener.getsockname()[1]}"
        with pytest.raises(TargetError, match="is it https that is spoken there") as caught:
            _run(folder, plan, url, {"verify": False})
        thread.join(5)
    assert "certificate" not in str(caught.value)


@pytest.mark.parametrize(
    ("tls", "said"),
    [
        ({"ca_bundle": "tls/none.pem"}, r"tls\.ca_bundle: there is no file tls/none\.pem"),
        ({"ca_bundle": "tls"}, r"tls\.ca_bundle: there is no file tls"),
        ({"ca_bundle": "tls/empty.pem"}, r"tls\.ca_bundle: \S+/tls/empty\.pem has no certificates"),
        ({"ca_bundle": "tls/page.pem"}, r"tls\.ca_bundle: \S+/tls/page\.pem has no certificates"),
        (
            {"client_certificate": "tls/client.pem"},
            r"tls\.client_certificate: \S+/tls/client\.pem: there is no certificate and key",
        ),
        (
            {"client_certificate": "tls/other.pem", "client_key": "tls/key.pem"},
            r"tls\.client_certificate: \S+/other\.pem with tls\.client_key: \S+/key\.pem",
        ),
        ({"client_certificate": "tls/none.pem"}, r"tls\.client_certificate: there is no file"),
        ({**SHOWN, "client_key": "tls/none.pem"}, r"tls\.client_key: there is no file"),
        ({"client_key": "tls/key.pem"}, r"tls\.client_key needs a client_certificate"),
    ],
)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_files_that_cannot_be_used(
    folder: Path, tls: dict[str, Any], said: str, scheme: str
) -> None:
    """It is a usage error that names profile, key and file; whatever the target speaks."""
    with pytest.raises(UsageError, match=rf"^profile 'staging': {said}"):
        _settings(folder, tls, base_url=f"{scheme}://localhost:9")


def test_a_file_that_may_not_be_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reason is that of the system."""

    def refused(*_: Any, **__: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", refused)
    with pytest.raises(UsageError, match=r"tls\.ca_bundle: .*authority\.pem .*Permission denied"):
        _settings(folder, TRUSTED, base_url="https://localhost:9")


def test_a_key_with_a_password(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is asked for it: a run must not wait for a terminal."""

    def locked(context: Any, certificate: str, key: str | None, password: Any) -> None:
        password()

    monkeypatch.setattr(ssl.SSLContext, "load_cert_chain", locked)
    with pytest.raises(UsageError, match="the key has a password; give one without"):
        _settings(folder, SHOWN, base_url="https://localhost:9")
