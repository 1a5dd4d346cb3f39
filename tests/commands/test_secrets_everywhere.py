"""A secret in every place that may hold one, and none of them in anything that is left behind."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from clausewise.__main__ import main
from clausewise.secrets.masking import MASK

from ..conftest import Command, Result
from ..guards import FOR_EVER
from .leaking import (
    ARGUMENTS,
    CANARIES,
    ENVIRONMENT,
    HONEST,
    OF_THE_SERVER,
    PARTS,
    Leaky,
    everything_below,
    leaks,
    leaky_server,
    write_pack,
)

# `tox -e hostile` has it.
pytestmark = pytest.mark.slow

LOUD = (
    "-vv", "-rA", "--showlocals", "--tb=long", "-o", "log_cli=true", "-o", "log_cli_level=DEBUG",
    "--log-file=log.txt", "--log-file-level=DEBUG", "--junitxml=pytest.xml",
)  # fmt: skip


@dataclass
class Place:
    """A folder with the leaky pack, the leaky server, and how to run commands there."""

    folder: Path
    pack: Path
    server: Leaky
    command: Command

    @property
    def environment(self) -> dict[str, str]:
        """Where the secrets come from."""
        return {
            **ENVIRONMENT,
            "URL": f"http://{self.server.address}",
            "PROXY": self.server.address,
            "CLAUSEWISE_CACHE_DIR": str(self.folder / "cache"),
        }

    def run(self, *words: str, module: str = "clausewise", **environment: str) -> Result:
        """Run a command with all secrets there are."""
        return self.command(*words, module=module, **self.environment, **environment)

    def left_by(self, result: Result) -> dict[str, str]:
        """Every byte that a command left on the terminal and on disk."""
        texts = everything_below(self.folder, besides=(self.pack,))
        return {**texts, "stdout": result.output, "stderr": result.errors}


@pytest.fixture
def place(tmp_path: Path, command: Command) -> Iterator[Place]:
    """The pack, and a server that says everything again."""
    with leaky_server() as server:
        yield Place(tmp_path, write_pack(tmp_path / "pack"), server, command)


def _words(place: Place, profile: str = "leaky") -> tuple[str, ...]:
    return ("--pack", str(place.pack), "--profile", profile, *ARGUMENTS)


def _carried(place: Place, *but_for: str) -> None:
    """Hold that each secret crossed the wire: else nothing could have leaked."""
    carried = place.server.carried()
    never = {"client key", *but_for}
    assert [name for name, it in CANARIES.items() if it not in carried and name not in never] == []


def test_a_run_and_what_comes_after_it(place: Place) -> None:
    """Reports, annotations, dry run, replay, cleanup, comparison: no secret is in any of them."""
    result = place.run(
        "run", *_words(place), "--examples", "3", GITHUB_ACTIONS="true",
        GITHUB_WORKSPACE=str(place.folder),
    )  # fmt: skip
    assert result.code == 1, result.output + result.errors
    assert "::error" in result.output
    assert "AssertionError" in result.output
    _carried(place, "userinfo of the proxy")
    names = {path.name for path in (place.folder / "reports").iterdir()}
    ends = ("json", "html", "junit.xml", "md", "sarif", "har")
    assert {f"conformance.{end}" for end in ends} == names
    assert list((place.folder / "cache").rglob("*"))
    assert leaks(place.left_by(result)) == []
    _shown(result)

    for words in (
        ("run", *_words(place), "--dry-run"),
        ("replay", "reports/conformance.json", *_words(place)[:4], *ARGUMENTS[:2]),
        ("cleanup", "reports/conformance.json", *_words(place)[:4], *ARGUMENTS[:2]),
        (
            "compare",
            "leaky",
            "reports/conformance.json",
            "--pack",
            str(place.pack),
            *ARGUMENTS,
            "--report-dir",
            "compared",
        ),
    ):
        after = place.run(*words)
        assert after.code in (0, 1), after.output + after.errors
        assert after.output
        assert leaks(place.left_by(after)) == [], words


def _shown(result: Result) -> None:
    """Hold that masks stand where secrets were, and honest words where they were."""
    model = result.model
    exchanges = [e for e in model["exchanges"] if e["case"].startswith("test_secrets")]
    asked, made = exchanges[:2]
    sent = dict(made["request"]["headers"])
    assert sent["Authorization"] == f"Bearer {MASK}"
    assert (sent["X-Api-Key"], sent["X-Client-Secret"], sent["Cookie"]) == (MASK, MASK, MASK)
    assert sent["X-Tenant"] == f"of {MASK}"
    assert f"/{MASK}/things?access_code={MASK}" in asked["request"]["url"]
    body = json.loads(made["request"]["body"]["text"])
    assert body["seat"] == "seat-one"
    assert body["password"] == body["private_key"] == body["pass_phrase"] == MASK
    assert body["owner"] == {"ssn": MASK}
    assert body["codes"] == [MASK]
    assert body["keys"] == [{"material": MASK}]
    got = dict(made["response"]["headers"])
    assert got["Set-Cookie"] == got["Authorization"] == MASK
    assert got["X-Echo"] == f"Bearer {MASK}"
    assert got["Location"] == f"/a?page=2&access_token={MASK}#x"
    assert got["Link"] == f'<https://h.example/b?sig={MASK}>; rel="next"'
    answer = json.loads(made["response"]["body"]["text"])
    assert answer["password"] == answer["ticket"] == answer["pin"] == MASK
    assert answer["recovery"] == [MASK]
    assert answer["url"] == f"https://s3.example/f.mp4?X-Amz-Expires=60&X-Amz-Signature={MASK}"
    assert answer["message"] == f"rtmp://{MASK}@h.example/live"
    assert answer["words"] == f"{HONEST}, said again"
    assert answer["echo"]["body"]["seat"] == "seat-one"
    # A curl line names variables, and a shell can read it.
    line = shlex.split(made["curl"].rpartition("; ")[2])
    assert "Authorization: Bearer $LEAKY_TOKEN" in line
    assert "X-Api-Key: $API_KEY" in line
    assert "X-Tenant: of $TENANT_SECRET" in line
    assert "X-Client-Secret: $X_CLIENT_SECRET" in line
    assert json.loads(line[line.index("--data-raw") + 1]) == body


@pytest.mark.parametrize("module", ["clausewise", "pytest"])
def test_what_pytest_says_by_itself(place: Place, module: str) -> None:
    """Assertions, local variables, captured output, logs, warnings, and files pytest writes."""
    words = [*_words(place, "by-proxy"), "--examples", "1", *LOUD]
    start = ["run"] if module == "clausewise" else [str(place.pack / "contract_tests")]
    result = place.run(*start, *words, module=module)

    assert result.code == 1, result.output + result.errors
    _carried(place)
    for said in ("AssertionError", "captured", "a traceback of", "receive_response_headers"):
        assert said in result.output, said
    assert "UserWarning: sent" in result.output
    assert (place.folder / "log.txt").stat().st_size > 1000
    assert (place.folder / "pytest.xml").stat().st_size > 1000
    assert leaks(place.left_by(result)) == []


@pytest.mark.parametrize(
    ("words", "where", "code"), [((), "scenario", 1), ((), "plan", 3), (LOUD, "plan", 3)],
    ids=["scenario", "plan", "loud"],
)  # fmt: skip
def test_the_traceback_of_a_check(
    place: Place, words: tuple[str, ...], where: str, code: int
) -> None:
    """A check that breaks shows its traceback, without the secrets that it had at hand."""
    result = place.run("run", *_words(place), "--examples", "1", *words, BREAK=where)

    assert result.code == code, result.output + result.errors
    assert "LookupError" in result.output + result.errors
    assert leaks(place.left_by(result)) == []


def test_a_killed_run(place: Place) -> None:
    """The journal of a run that was killed has none, nor has the report that is made of it."""
    process = subprocess.Popen(  # noqa: S603  # our own command
        [sys.executable, "-m", "clausewise", "run", *_words(place), "--rate", "60"],
        cwd=place.folder,
        env={**os.environ, "PYTHONUTF8": "1", **place.environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        journal = _journal_of(place.folder, 12)
    finally:
        process.kill()
        process.wait()
    _carried(place, "userinfo of the proxy")
    result = place.run("report", str(journal), "--pack", str(place.pack), GITHUB_ACTIONS="true")

    assert result.code == 1, result.output + result.errors
    assert journal.exists()
    assert MASK in json.dumps(result.model["exchanges"], ensure_ascii=False)
    assert leaks(place.left_by(result)) == []


def _journal_of(folder: Path, exchanges: int) -> Path:
    end = time.monotonic() + FOR_EVER
    while time.monotonic() < end:
        for path in folder.glob("reports/journal-*.jsonl"):
            if path.read_text("utf-8").count('{"exchange"') >= exchanges:
                return path
        time.sleep(0.05)
    raise AssertionError("the run wrote no journal")


@pytest.mark.parametrize("status", [401, 302, 404])
def test_a_target_that_closes_the_door(place: Place, status: int) -> None:
    """What is said of it quotes its reply, and no secret."""
    place.server.status = status
    result = place.run("run", *_words(place), "--examples", "1", "-k", "promises")

    assert result.code == 6, result.output + result.errors
    assert str(status) in result.errors
    assert leaks(place.left_by(result)) == []


SECRET = "canary30/slash-in-it"  # noqa: S105  # made up for the tests


@pytest.mark.parametrize(
    "words",
    [
        ("--base-url", f"http://user:{SECRET}@127.0.0.1:1"),
        ("--base-url", f"http://user:{SECRET.replace('/', '-')}@127.0.0.1:1"),
        ("--base-url", f"http://{SECRET}@127.0.0.1:x"),
        ("--base-url", f"user:{SECRET}@127.0.0.1"),
        ("--base-url", f"ftp://user:{SECRET}@127.0.0.1"),
        ("--base-url", f"http://127.0.0.1:1/?api_key={SECRET}"),
        ("--base-url", f"http://127.0.0.1:1/#access_token={SECRET}"),
        ("--base-url", f"http://127.0.0.1:1/ ?api_key={SECRET}"),
        ("--base-url", f"http://[::1?api_key={SECRET}"),
        ("--header", f"Authorization: Bearer {SECRET}\nX: y"),
        ("--header", f"Authorization {SECRET}"),
        ("--header", f"Bearer {SECRET}: x"),
        ("--header", f"Bearer {SECRET}\n: x"),
        ("--set", SECRET),
        ("--set", f"{SECRET}="),
        ("--profile", "proxied"),
        ("--profile", "userinfo"),
        ("--profile", "queried"),
    ],
    ids=lambda words: " ".join(words).replace("\n", " ")[:60],
)
def test_mistakes_that_hold_a_secret(
    tmp_path: Path,
    words: tuple[str, ...],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A message says what is wrong, not what the secret was; in no half of it either."""
    pack = write_pack(
        tmp_path / "pack",
        proxied={"base_url": "http://127.0.0.1:1", "proxy": "http://user:${SECRET}@h:port"},
        userinfo={"base_url": "http://user:${SECRET}@127.0.0.1:1"},
        queried={"base_url": "http://127.0.0.1:1/?api_key=${SECRET}"},
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SECRET", SECRET)
    monkeypatch.setenv("LEAKY_TOKEN", "token-of-the-tests")

    code = main(["run", "--pack", str(pack), *words])
    said = "".join(capsys.readouterr())
    assert code == 4, said
    assert said.startswith("clausewise: ")
    assert "canary30" not in said
    assert "slash-in-it" not in said


def test_there_are_enough() -> None:
    """Every secret is one of its own, and those that only the server knows are there."""
    assert len(CANARIES) >= 20
    for secret in CANARIES.values():
        assert sum(secret in other for other in CANARIES.values()) == 1
    assert set(OF_THE_SERVER) | set(PARTS) <= set(CANARIES)
