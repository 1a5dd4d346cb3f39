"""Credentials that a run fetches: from a token endpoint, or by an operation that logs in."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from clausewise import run
from clausewise.errors import TargetError, UsageError
from clausewise.mock import running
from clausewise.pack import Pack, load_pack
from clausewise.pack.credentials import ClientCredentials
from clausewise.pack.resolving import must_be_meant, resolve
from clausewise.pack.settings import Settings

from .lagging import NOTE, notes_paths
from .odd import operation, pack_of

CLIENT, SECRET, PASSWORD = "client-of-ours", "secret/of ours+1", "password-of-ours-9"
ENVIRONMENT = {"CLIENT": CLIENT, "SECRET": SECRET, "NAME": "ada", "PASSWORD": PASSWORD}
LOGIN = {
    "type": "object",
    "required": ["name", "password"],
    "properties": {"name": {"type": "string"}, "password": {"type": "string"}},
}
LOGGING_IN = {
    "login": "log_in",
    "values": {"/name": {"env": "NAME"}, "request#/password": {"env": "PASSWORD"}},
    "take": "$response.body#/token",
}


class Service:
    """Notes for whoever has a token; each is good for so many requests."""

    def __init__(
        self, good_for: int = 10_000, *, basic: bool = True, one_each: bool = False
    ) -> None:
        """`one_each` says that whoever logs in is logged out elsewhere."""
        self.good_for = good_for
        self.one_each = one_each
        self.wrong = 0
        self.basic = basic
        self.tokens: dict[str, int] = {}
        self.notes: dict[str, str] = {}
        self.asked: list[tuple[str, int]] = []
        self.scopes: list[str] = []
        self.application = Starlette(
            routes=[
                Route("/token", self._token, methods=["POST"]),
                Route("/sessions", self._log_in, methods=["POST"]),
                Route("/notes", self._list, methods=["GET"]),
                Route("/notes", self._make, methods=["POST"]),
                Route("/notes/{name}", self._one, methods=["GET", "PUT", "DELETE"]),
            ]
        )

    def _new(self) -> str:
        token = f"fetched-token-number-{len(self.tokens) + 1:04}"
        self.tokens[token] = 0
        return token

    async def _token(self, request: Request) -> Response:
        said = parse_qs((await request.body()).decode())
        form = {name: values[0] for name, values in said.items()}
        given = request.headers.get("authorization", "")
        if self.basic:
            pair = b64decode(given.partition(" ")[2]).decode()
            known = pair == f"{CLIENT}:secret%2Fof%20ours%2B1"
        else:
            known = (form.get("client_id"), form.get("client_secret")) == (CLIENT, SECRET)
        if not known or form.get("grant_type") != "client_credentials":
            return JSONResponse({"error": "invalid_client"}, 401)
        self.scopes.append(form.get("scope", ""))
        return JSONResponse({"access_token": self._new(), "token_type": "Bearer"})

    async def _log_in(self, request: Request) -> Response:
        try:
            body = await request.json()
        except ValueError:
            return JSONResponse({}, 400)
        given = [body.get(name) for name in ("name", "password")] if isinstance(body, dict) else []
        self.wrong += given[:1] == ["ada"] and given[1] != PASSWORD
        form = request.headers.get("content-type") != "application/json"
        if form or not given or not all(isinstance(text, str) for text in given):
            return JSONResponse({}, 400)
        if given != ["ada", PASSWORD]:
            return JSONResponse({}, 403)
        if self.one_each:
            self.tokens = dict.fromkeys(self.tokens, self.good_for)
        return JSONResponse({"ok": True, "token": self._new()})

    def _let_in(self, request: Request) -> bool:
        word, _, token = request.headers.get("authorization", "").partition(" ")
        if word != "Bearer" or token not in self.tokens or self.tokens[token] >= self.good_for:
            return False
        self.tokens[token] += 1
        return True

    async def _list(self, request: Request) -> Response:
        if not self._let_in(request):
            return JSONResponse({}, 401)
        return JSONResponse([{"id": name, "text": text} for name, text in self.notes.items()])

    async def _make(self, request: Request) -> Response:
        text = await _text_of(request)
        if not self._let_in(request):
            return JSONResponse({}, 401)
        if text is None:
            return JSONResponse({}, 400)
        name = f"n{len(self.asked) + 1}"
        self.asked.append((name, len(self.tokens)))
        self.notes[name] = text
        return JSONResponse({"id": name, "text": text}, 201)

    async def _one(self, request: Request) -> Response:
        name, text = request.path_params["name"], await _text_of(request)
        if not self._let_in(request):
            return JSONResponse({}, 401)
        if name not in self.notes:
            return JSONResponse({}, 404)
        if request.method == "DELETE":
            del self.notes[name]
            return Response(status_code=204)
        if request.method == "PUT":
            if text is None:
                return JSONResponse({}, 400)
            self.notes[name] = text
        return JSONResponse({"id": name, "text": self.notes[name]})


async def _text_of(request: Request) -> str | None:
    if request.headers.get("content-type") != "application/json":
        return None
    try:
        body = await request.json()
    except ValueError:
        return None
    text = body.get("text") if isinstance(body, dict) else None
    low, high = NOTE["properties"]["text"]["minLength"], NOTE["properties"]["text"]["maxLength"]
    return text if isinstance(text, str) and low <= len(text) <= high else None


@contextmanager
def environment(patch: pytest.MonkeyPatch) -> Iterator[None]:
    """The variables of the pack's credentials."""
    for name, value in ENVIRONMENT.items():
        patch.setenv(name, value)
    yield


def root_of(folder: Path, source: dict[str, Any]) -> Path:
    """A pack of the notes whose token comes from such a source."""
    log_in = operation("log_in", LOGIN, security=[])
    paths = {**notes_paths(), "/sessions": {"post": log_in}}
    scheme = {"token": {"type": "http", "scheme": "bearer"}}
    pack_of(folder, paths, security=scheme, credentials={"token": source})
    return folder


def written(report: Any, folder: Path) -> str:
    """All that a report writes, as one text."""
    report.write(folder)
    return "".join(path.read_text("utf-8") for path in folder.iterdir() if path.is_file())


def granted(url: str) -> dict[str, Any]:
    """The grant of a client."""
    source = {"client_id_env": "CLIENT", "client_secret_env": "SECRET"}
    return {**source, "token_url": f"{url}/token", "scopes": "notes.read notes.write"}


@pytest.mark.parametrize("way", ["basic", "body", "login"])
@pytest.mark.parametrize("good_for", [10_000, 7])
def test_a_token_is_fetched_and_fetched_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str, good_for: int
) -> None:
    """Before the first request, and whenever it has expired; no secret is in any report."""
    service = Service(good_for, basic=way == "basic")
    with running(service.application) as url, environment(monkeypatch):
        # A URL that is not whole is one from the server's.
        source = LOGGING_IN if way == "login" else granted("" if way == "body" else url)
        report = run(root_of(tmp_path / "pack", source), url)
    said = written(report, tmp_path / "reports")
    assert [f.id for f in report.findings if not f.soft] == []
    verdicts = {one.id: one.verdict for one in report.clauses}
    assert verdicts["make:auth"] == verdicts["change:served"] == verdicts["drop:served"] == "upheld"
    assert service.notes == {}
    assert (sum(used > 0 for used in service.tokens.values()) > 5) is (good_for == 7)
    if way != "login":
        assert set(service.scopes) == {"notes.read notes.write"}
    for secret in (SECRET, PASSWORD, *service.tokens):
        assert secret not in said
        assert json.dumps(secret)[1:-1] not in said


def test_the_log_in_itself_is_judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is asked with what it is to be asked with, though each time the run's own token ends."""
    service = Service(one_each=True)
    with running(service.application) as url, environment(monkeypatch):
        report = run(root_of(tmp_path / "pack", LOGGING_IN), url)
    verdicts = {one.id: one.verdict for one in report.clauses}
    assert [f.id for f in report.findings if not f.soft] == []
    assert verdicts["log_in:served"] == verdicts["log_in:request#/name:type"] == "upheld"
    assert verdicts["make:auth"] == verdicts["change:served"] == "upheld"
    # Wrong passwords may lock a user out: nobody's name is beside them.
    assert service.wrong == 0
    assert service.notes == {}
    assert PASSWORD not in written(report, tmp_path / "reports")


def test_a_token_that_is_not_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run ends before anything is judged, says why, and repeats no secret."""
    with running(Service().application) as url, environment(monkeypatch):
        monkeypatch.setenv("SECRET", "another-secret-of-nobody")
        with pytest.raises(TargetError, match=r"127\.0\.0\.1 answered 401") as raised:
            run(root_of(tmp_path, granted(url)), url)
    assert "another-secret" not in str(raised.value)


def test_a_login_whose_reply_has_no_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The expression that finds nothing is named."""
    source = {**LOGGING_IN, "take": "$response.body#/data/token"}
    said = r"log_in has none at \$response\.body#/data/token"
    with (
        running(Service().application) as url,
        environment(monkeypatch),
        pytest.raises(TargetError, match=said),
    ):
        run(root_of(tmp_path, source), url)


def _here(pack: Pack, *, yes: bool) -> Settings:
    return resolve(pack, base_url="http://127.0.0.1:1", environment=ENVIRONMENT, yes=yes)


def test_a_token_of_another_host_has_to_be_meant(tmp_path: Path) -> None:
    """The client's secret goes nowhere that nobody has consented to."""
    root = root_of(tmp_path, granted("https://login.example"))
    pack = load_pack(root)
    with pytest.raises(UsageError, match=r"login\.example, which is another host") as raised:
        must_be_meant(_here(pack, yes=False))
    assert SECRET not in str(raised.value)
    must_be_meant(_here(pack, yes=True))


@pytest.mark.parametrize(
    ("told", "meant"),
    [
        ("/token", "http://127.0.0.1:1/token"),
        ("token", "http://127.0.0.1:1/v1/token"),
        ("../token?a=b", "http://127.0.0.1:1/token?a=b"),
        ("//127.0.0.2/token", "http://127.0.0.2/token"),
        ("http://127.0.0.2/token", "http://127.0.0.2/token"),
    ],
)
def test_a_token_url_from_the_servers(tmp_path: Path, told: str, meant: str) -> None:
    """What is no whole URL is read as a reference from that of the server."""
    pack = load_pack(root_of(tmp_path, {**granted(""), "token_url": told}))
    settings = resolve(pack, base_url="http://127.0.0.1:1/v1/x", environment=ENVIRONMENT)
    (source,) = settings.fetched.values()
    assert isinstance(source, ClientCredentials)
    assert source.token_url == meant


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ({**LOGGING_IN, "login": "nowhere"}, "login names 'nowhere', which is no operation"),
        ({**LOGGING_IN, "take": "token"}, "take is a runtime expression"),
        ({**LOGGING_IN, "values": {"name": {"env": "NAME"}}}, "values is"),
        ({"token_url": "http://127.0.0.1/token"}, "credentials: token is"),
        ({**granted("ftp://x"), "scopes": "a"}, "token_url takes an http or https URL"),
        ({**granted("http://x"), "client_secret_env": "UNSET"}, "variable UNSET is not set"),
    ],
)
def test_a_source_that_is_none(tmp_path: Path, source: dict[str, Any], said: str) -> None:
    """What is wrong with it is said before anything is sent."""
    pack = load_pack(root_of(tmp_path, source))
    with pytest.raises(UsageError, match=said):
        resolve(pack, base_url="http://127.0.0.1:1", environment=ENVIRONMENT)
