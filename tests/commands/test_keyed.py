"""An API behind a key, with numbers for ids: taken back after a run, and replayed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from clausewise.mock import running

from ..conftest import Command

KEY = "a-key-of-ours"
LAMP = {
    "type": "object",
    "required": ["id", "label", "watts"],
    "properties": {
        "id": {"type": "integer"},
        "label": {"type": "string"},
        "watts": {"type": "integer"},
    },
}
NEW = {
    "type": "object",
    "required": ["label"],
    "properties": {"label": {"type": "string", "minLength": 1, "maxLength": 30}},
}
NUMBER = {"name": "lamp", "in": "path", "required": True, "schema": {"type": "integer"}}


def _replies(status: str, schema: Any = None) -> dict[str, Any]:
    content = {"application/json": {"schema": schema}} if schema else None
    done = {"description": "Done.", **({"content": content} if content else {})}
    return {status: done, "4XX": {"description": "No."}}


def _document(place: str) -> dict[str, Any]:
    body = {"required": True, "content": {"application/json": {"schema": NEW}}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Lamps", "version": "1"},
        "components": {
            "securitySchemes": {"Key": {"type": "apiKey", "in": place, "name": "X-Key"}}
        },
        "security": [{"Key": []}],
        "paths": {
            "/lamps": {
                "post": {
                    "operationId": "make",
                    "requestBody": body,
                    "responses": _replies("201", LAMP),
                }
            },
            "/lamps/{lamp}": {
                "parameters": [NUMBER],
                "get": {"operationId": "look", "responses": _replies("200", LAMP)},
                "delete": {"operationId": "drop", "responses": _replies("204")},
            },
        },
    }


class _Lamps:
    """Keeps the document, but for what it is told not to; labels are unique."""

    def __init__(self, first: int = 1) -> None:
        self.lamps: dict[int, dict[str, Any]] = {}
        self.next = first
        self.text_for_watts = False
        self.stuck = False
        routes = [
            Route("/lamps", self.make, methods=["POST"]),
            Route("/lamps/{lamp}", self.one, methods=["GET", "DELETE"]),
        ]
        self.app = Starlette(routes=routes)

    def _is_known(self, request: Request) -> bool:
        given = (request.headers, request.query_params, request.cookies)
        return KEY in [part.get("X-Key") for part in given]

    async def make(self, request: Request) -> Response:
        if not self._is_known(request):
            return Response(status_code=401)
        if not request.headers.get("content-type", "").startswith("application/json"):
            return Response(status_code=415)
        try:
            body = await request.json()
        except ValueError:
            return Response(status_code=400)
        label = body.get("label") if isinstance(body, dict) else None
        if not isinstance(label, str) or not 1 <= len(label) <= 30:
            return Response(status_code=422)
        if label in [lamp["label"] for lamp in self.lamps.values()]:
            return Response(status_code=409)
        lamp = {"id": self.next, "label": label, "watts": 7}
        self.lamps[self.next] = lamp
        self.next += 1
        return JSONResponse(lamp, 201)

    async def one(self, request: Request) -> Response:
        if not self._is_known(request):
            return Response(status_code=401)
        text = request.path_params["lamp"]
        lamp = self.lamps.get(int(text)) if text.isascii() and text.isdigit() else None
        if lamp is None:
            return Response(status_code=404)
        if request.method == "DELETE":
            if self.stuck:
                return Response(status_code=423)
            del self.lamps[lamp["id"]]
            return Response(status_code=204)
        return JSONResponse({**lamp, "watts": "7"} if self.text_for_watts else lamp)


def _written(folder: Path, place: str = "header") -> str:
    path = folder / "lamps.yaml"
    path.write_text(yaml.safe_dump(_document(place)), "utf-8")
    return str(path)


AUTH = ("--auth", "Key=env:LAMP_KEY")
FEW = ("--examples", "0")


@pytest.mark.parametrize("place", ["header", "query", "cookie"])
def test_what_was_made_is_taken_back(command: Command, tmp_path: Path, place: str) -> None:
    """The requests that take back have the key, wherever it stands."""
    served = _Lamps()
    document = _written(tmp_path, place)
    with running(served.app) as url:
        result = command("run", "--pack", document, "--base-url", url, *FEW, *AUTH, LAMP_KEY=KEY)

    assert result.code == 0, result.output + result.errors
    assert result.model["created"]["started"] > 0
    assert served.lamps == {}


def test_cleanup_has_the_key_too(command: Command, tmp_path: Path) -> None:
    """What a run left is taken back with the same `--auth`."""
    served = _Lamps()
    served.stuck = True
    document = _written(tmp_path)
    with running(served.app) as url:
        command("run", "--pack", document, "--base-url", url, *FEW, *AUTH, LAMP_KEY=KEY)
        assert served.lamps
        served.stuck = False
        cleanup = ("cleanup", "reports/conformance.json", "--pack", document)
        done = command(*cleanup, *AUTH, LAMP_KEY=KEY)

    assert done.code == 0, done.output + done.errors
    assert served.lamps == {}


def test_a_replay_makes_anew_what_is_asked_about(command: Command, tmp_path: Path) -> None:
    """Its number differs from the first run's, and it is gone afterwards."""
    document = _written(tmp_path)
    served = _Lamps()
    served.text_for_watts = True
    clause = "look:200#/watts:type"
    with running(served.app) as url:
        result = command("run", "--pack", document, "--base-url", url, *FEW, *AUTH, LAMP_KEY=KEY)
        assert result.findings == {clause}
        again = ("replay", "reports/conformance.json", "--pack", document, *AUTH)
        still = command(*again, LAMP_KEY=KEY)
        assert f"still broken  {clause}" in still.output, still.output + still.errors
        served.text_for_watts = False
        fixed = command(*again, LAMP_KEY=KEY)
        assert (fixed.code, served.lamps) == (0, {}), fixed.output
        assert f"fixed         {clause}: answered 200" in fixed.output


@pytest.mark.parametrize("words", [(), AUTH])
def test_a_replay_that_shows_nothing_calls_nothing_fixed(
    command: Command, tmp_path: Path, words: tuple[str, ...]
) -> None:
    """Without a key, and where nothing can be made, the reply in question never came."""
    document = _written(tmp_path)
    served = _Lamps()
    served.text_for_watts = True
    with running(served.app) as url:
        command("run", "--pack", document, "--base-url", url, *FEW, *AUTH, LAMP_KEY=KEY)
        taken = [f"label-{number}" for number in range(3)]
        served.lamps = {900 + n: {"id": 900 + n, "label": t} for n, t in enumerate(taken)}
        result = command(
            "replay", "reports/conformance.json", "--pack", document, *words, LAMP_KEY=KEY
        )

    assert result.code == 1
    assert "0 fixed, 0 still broken, 1 cannot be said" in result.output
    assert f"what it rests on, make, answered {409 if words else 401}" in result.output


def test_a_replay_says_what_it_left_behind(command: Command, tmp_path: Path) -> None:
    """What it made and could not take back is named."""
    document = _written(tmp_path)
    served = _Lamps()
    served.text_for_watts = True
    with running(served.app) as url:
        command("run", "--pack", document, "--base-url", url, *FEW, *AUTH, LAMP_KEY=KEY)
        served.stuck = True
        result = command(
            "replay", "reports/conformance.json", "--pack", document, *AUTH, LAMP_KEY=KEY
        )

    (left,) = served.lamps
    assert f"left behind   {url}/lamps/{left}: DELETE answered 423" in result.output


def test_a_dry_run_names_the_credential(command: Command, tmp_path: Path) -> None:
    """Scheme and variable are said, the secret is not."""
    words = ("run", "--pack", _written(tmp_path), "--base-url", "http://127.0.0.1:9", "--dry-run")
    given = command(*words, *AUTH, LAMP_KEY=KEY)
    assert "credential   Key, of LAMP_KEY\n" in given.output, given.output + given.errors
    assert KEY not in given.output
    assert "credential   none\n" in command(*words).output


def test_a_check_says_which_contract_it_read(command: Command, tmp_path: Path) -> None:
    """Where none is named and none lies here, that it is the bundled one, and why."""
    assert "since no folder from here upward has a clausewise.yaml" in command("check").output
    assert command("check", _written(tmp_path)).output.startswith("Lamps: 3 of 3 operations")
