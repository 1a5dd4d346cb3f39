"""An OpenAPI document that nobody made a pack of: judged as it is."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from clausewise.mock import running

from ..conftest import Command

ERROR = {"type": "object", "required": ["message"], "properties": {"message": {"type": "string"}}}
PET = {
    "type": "object",
    "required": ["id", "name"],
    "properties": {"id": {"type": "integer"}, "name": {"type": "string"}},
}
TENANT = {"name": "X-Tenant", "in": "header", "required": True, "schema": {"type": "string"}}
NUMBER = {"name": "pet", "in": "path", "required": True, "schema": {"type": "integer"}}


def _replies(status: str, schema: Any) -> dict[str, Any]:
    return {
        status: {"description": "Done.", "content": {"application/json": {"schema": schema}}},
        "default": {"description": "No.", "content": {"application/json": {"schema": ERROR}}},
    }


def _document(**tenant: Any) -> dict[str, Any]:
    """A document of OpenAPI 3.0; `tenant` is what else it says of the header."""
    new_pet = {
        "type": "object",
        "required": ["name"],
        "properties": {
            "name": {"type": "string", "minLength": 1, "maxLength": 30},
            "age": {"type": "integer", "minimum": 0, "maximum": 40},
        },
    }
    taken = {"required": True, "content": {"application/json": {"schema": new_pet}}}
    make = {
        "operationId": "makePet",
        "parameters": [{**TENANT, **tenant}],
        "requestBody": taken,
        "responses": _replies("201", PET),
    }
    look = {"operationId": "getPet", "parameters": [NUMBER], "responses": _replies("200", PET)}
    return {
        "openapi": "3.0.3",
        "info": {"title": "Pets", "version": "1"},
        "paths": {"/pets": {"post": make}, "/pets/{pet}": {"get": look}},
    }


def _server(oldest: int, tenants: set[str] | None = None) -> Starlette:
    """Keeps the document, but for an age that may be beyond 40; notes who made pets."""
    pets: list[dict[str, Any]] = [{"id": 1, "name": "Rex"}]

    def refused(status: int) -> JSONResponse:
        return JSONResponse({"message": "no"}, status)

    async def make(request: Request) -> JSONResponse:
        if not request.headers.get("x-tenant"):
            return refused(400)
        if not request.headers.get("content-type", "").startswith("application/json"):
            return refused(415)
        try:
            body = await request.json()
        except ValueError:
            return refused(400)
        if not isinstance(body, dict):
            return refused(422)
        name, age = body.get("name"), body.get("age", 0)
        right = isinstance(age, int | float) and not isinstance(age, bool) and age == int(age)
        if not isinstance(name, str) or not 1 <= len(name) <= 30:
            return refused(422)
        if not right or not 0 <= age <= oldest:
            return refused(422)
        pets.append({"id": len(pets) + 1, "name": name})
        if tenants is not None:
            tenants.add(request.headers["x-tenant"])
        return JSONResponse(pets[-1], 201)

    async def look(request: Request) -> JSONResponse:
        number = request.path_params["pet"]
        known = number.isdigit() and 0 < int(number) <= len(pets)
        return JSONResponse(pets[int(number) - 1]) if known else refused(404)

    return Starlette(routes=[Route("/pets", make, methods=["POST"]), Route("/pets/{pet}", look)])


@pytest.fixture
def honest() -> Iterator[str]:
    """The URL of a server that keeps the document."""
    with running(_server(oldest=40)) as url:
        yield url


def _written(folder: Path, **tenant: Any) -> str:
    path = folder / "pets.yaml"
    path.write_text(yaml.safe_dump(_document(**tenant)), "utf-8")
    return str(path)


def test_a_document_is_enough(command: Command, tmp_path: Path, honest: str) -> None:
    """Every clause is judged that can be, with ids of what was made."""
    document = _written(tmp_path, example="acme")
    result = command("run", "--pack", document, "--base-url", honest)

    assert result.code == 0, result.output + result.errors
    assert result.model["contract"]["name"] == "Pets"
    assert result.verdicts["makePet:request#/age:maximum"] == "upheld"
    assert result.verdicts["getPet:200#/name:type"] == "upheld"
    (link,) = result.model["links"]
    assert (link["from"]["operation"], link["to"][0]["operation"]) == ("makePet", "getPet")


def test_what_it_finds(command: Command, tmp_path: Path) -> None:
    """A bound that is not kept is named, with its line in the document."""
    document = _written(tmp_path, schema={"type": "string", "default": "acme"})
    with running(_server(oldest=41)) as url:
        result = command("run", "--pack", document, "--base-url", url)

    assert result.findings == {"makePet:request#/age:maximum"}
    assert "pets.yaml:" in result.output
    assert "X-Tenant: acme" in result.output
    assert result.code == 1


@pytest.mark.parametrize("words", [(), ("--header", "x-tenant: acme")])
def test_a_header_that_the_document_gives_no_value_of(
    command: Command, tmp_path: Path, words: tuple[str, ...]
) -> None:
    """A required header has values of its schema, or the user's alone where that is given."""
    document = _written(tmp_path)
    tenants: set[str] = set()
    with running(_server(40, tenants)) as url:
        result = command("run", "--pack", document, "--set", "pet=1", "--base-url", url, *words)

    assert result.verdicts["makePet:request#/age:maximum"] == "upheld"
    assert tenants == {"acme"} if words else len(tenants) > 1


def test_one_operation_of_it(command: Command, tmp_path: Path, honest: str) -> None:
    """What was not selected is nothing to complain of."""
    document = _written(tmp_path, example="acme")
    result = command("run", "--pack", document, "--base-url", honest, "-k", "makePet")

    assert result.code == 0, result.output + result.errors
    assert "Nothing is known" not in result.output


def test_without_a_target(command: Command, tmp_path: Path) -> None:
    """A document has no mock: the message says what to give."""
    result = command("run", "--pack", _written(tmp_path, example="acme"))

    assert result.code == 4
    said = " ".join(result.errors.split())
    assert "the pack pets has no mock" in said
    assert "a run can judge a target with --base-url URL" in said


def test_how_much_would_be_noticed(command: Command, tmp_path: Path) -> None:
    """A document needs no mock for its self-test; its score cannot go where no pack is."""
    document = _written(tmp_path, example="acme")
    words = ("selftest", "--pack", document, "--seeds", "1", "--jobs", "1")
    result = command(*words, "makePet", "--sample", "10")
    assert result.code == 0, result.output + result.errors
    assert "0 false alarms under 1 seeds" in result.output

    refused = command(*words, "--save")
    assert refused.code == 4
    assert "--save writes beside clausewise.yaml" in " ".join(refused.errors.split())


def test_where_no_value_is_known_at_all(command: Command, tmp_path: Path, honest: str) -> None:
    """Of a required header of which no value can be made, the reason is told with its name."""
    document = _written(tmp_path, schema={"type": "string", "pattern": "^(?=(a+)+$)b"})
    result = command("run", "--pack", document, "--base-url", honest)

    assert result.code == 6
    assert "makePet: every request needs the header parameter X-Tenant" in result.errors


def test_the_plan_of_a_document_without_paths(command: Command, tmp_path: Path) -> None:
    """A document of webhooks alone plans nothing, says so and names them."""
    hook = {"post": {"responses": {"200": {"description": "Done."}}}}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Hooks", "version": "1"},
        "webhooks": {"newPet": hook},
    }
    (tmp_path / "hooks.yaml").write_text(yaml.safe_dump(document), "utf-8")
    result = command("plan", "--pack", str(tmp_path / "hooks.yaml"), "--json")

    assert result.code == 0
    assert result.output == ""
    assert "Hooks has no operations, so nothing is planned (webhook newPet:" in result.errors


@pytest.mark.skipif(os.name == "nt", reason="there such a path leads somewhere")
def test_paths_and_lines_of_windows(command: Command, tmp_path: Path, honest: str) -> None:
    """`C:` is no kind of URL, target or recording, and a line ends where its two signs do."""
    document = "C:\\api\\openapi.yaml"
    text = yaml.safe_dump(_document(example="acme"), sort_keys=False).replace("\n", "\r\n")
    (tmp_path / document).write_bytes(text.encode())
    given = ("--pack", document, "--report-dir", "D:\\out")
    ran = command("run", *given, "--base-url", honest)
    assert ran.code == 0, ran.output + ran.errors
    assert "Reports in D:\\out: conformance.har" in " ".join(ran.output.split())

    report = "D:\\out/conformance.json"
    told = command(
        "explain", "makePet:request#/age:maximum", "--pack", document, "--report", report
    )
    line = 1 + text.split("\r\n").index("                  maximum: 40")
    assert f"written: {document}:{line}\n" in told.output
    assert "last run: upheld" in told.output
    judged = command("judge", *given, "D:\\out/conformance.har", "--base-url", honest)
    assert judged.code == 0, judged.output + judged.errors
    assert command("compare", *given, report, report).code == 0
    missing = command("run", "--pack", "C:\\api\\none.yaml", "--base-url", honest)
    assert "there is no file and no folder C:\\api\\none.yaml" in " ".join(missing.errors.split())
