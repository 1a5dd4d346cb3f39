"""Secrets stay where they are: none is in any file or on any output that a run leaves behind."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from clausewise.mock import running

from ..conftest import REPOSITORY, Command, Result
from .conftest import Server

TOKEN = "cfat_canary-of-the-token-0123456789abcdef"  # noqa: S105  # made up for the tests
HEADERS = {
    "X-Api-Key": "canary-of-an-api-key-01",
    "X-Auth-Token": "canary-of-an-auth-token-02",
    "Cookie": "session=canary-of-a-cookie-03",
    "X-Client-Secret": "canary-of-a-client-secret-04",
}
STORAGE: dict[str, str | int] = {
    "type": "sftp",
    "bucket": "acme",
    "access_key": "canary-of-an-access-key-05",
    "region": "eu",
    "auth_method": "PASSWORD",
    "username": "acme",
    "host": "sftp.example.net",
    "port": 22,
    "secret": "canary-of-a-secret-06",
    "password": "canary-of-a-password-07",
    "private_key": "canary-of-a-private-key-08",
}
# What a leaky endpoint puts into its replies: secrets of its own, and those that it was sent.
LEAKED = {name: f"canary-leaked-{name}-09" for name in ("secret", "password", "private_key")}
SCENARIO = '''"""A scenario with secrets of its user."""

import json
import os

import clausewise


@clausewise.scenario("R7", requests=2)
def test_with_secrets(scenario: clausewise.Scenario) -> None:
    """What is sent here is nobody else's business."""
    started = scenario.send(
        "start_recording",
        body={
            "meeting_id": scenario.fresh("meeting"),
            "storage_config": json.loads(os.environ["STORAGE"]),
        },
    )
    assert started.status == 418, started.body
'''


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """Our pack with a scenario that sends secrets and fails, and a profile that has more."""
    folder = tmp_path / "pack"
    for name in ("schemas", "rules", "strategies", "contract_tests", "mock"):
        shutil.copytree(REPOSITORY / name, folder / name)
    (folder / "contract_tests" / "test_secrets.py").write_text(SCENARIO, "utf-8")
    settings = (REPOSITORY / "clausewise.yaml").read_text("utf-8")
    headers = json.dumps({name: f"${{{name.upper().replace('-', '_')}}}" for name in HEADERS})
    profile = f"  local: {{base_url: '${{URL}}', headers: {headers}}}\n"
    (folder / "clausewise.yaml").write_text(f"{settings.rstrip()}\n{profile}", "utf-8")
    return folder


def _leaky(asked: dict[str, Any], status: int, answer: Any) -> tuple[int, Any]:
    if status == 200 and "storage_config" in asked and asked["storage_config"]:
        sent = asked["storage_config"].get("secret", "nothing")
        answer["data"]["storage_config"] = {"type": "gcs", "bucket": "acme", **LEAKED}
        answer["data"]["x_debug"] = f"with {sent}"
    return status, answer


def _everything(result: Result) -> str:
    texts = [result.output, result.errors]
    texts += [
        path.read_text("utf-8", errors="replace")
        for path in result.folder.rglob("*")
        if path.is_file() and "pack" not in path.parts and path.name != "canaries"
    ]
    return "\n".join(texts)


@pytest.mark.parametrize("words", [(), ("-v",), ("-x", "-v")], ids=" ".join)
def test_no_secret_leaves_a_run(command: Command, pack: Path, words: tuple[str, ...]) -> None:
    """Terminal, pytest's own output, all report formats, and the journal, are free of them."""
    environment = {name.upper().replace("-", "_"): value for name, value in HEADERS.items()}
    secrets = [TOKEN, *HEADERS.values(), *LEAKED.values()]
    secrets += [str(value) for value in STORAGE.values() if "canary" in str(value)]
    secrets.append("canary-of-a-cookie-03")

    class Forgiving(Server):
        """Takes whatever token there is: the mock's own stands behind."""

        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            credential = self.pack.credential
            assert credential is not None
            headers = [h for h in scope["headers"] if h[0] != b"authorization"]
            told = dict(scope["headers"]).get(b"authorization", b"")
            if told == f"Bearer {TOKEN}".encode():
                headers.append((b"authorization", f"Bearer {credential.stand_in}".encode()))
            await super().__call__({**scope, "headers": headers}, receive, send)

    with running(Forgiving(_leaky)) as url:
        result = command(
            "run", "--pack", str(pack), "--profile", "local", "--examples", "5",
            "-k", "start_recording or secrets", *words,
            URL=url, CLOUDFLARE_API_TOKEN=TOKEN, STORAGE=json.dumps(STORAGE), **environment,
        )  # fmt: skip
    assert result.code == 1, result.output + result.errors
    if words:
        assert "AssertionError" in result.output
    else:
        assert "start_recording:rule:R7" in result.findings
    everything = _everything(result)
    assert [secret for secret in secrets if secret in everything] == []
