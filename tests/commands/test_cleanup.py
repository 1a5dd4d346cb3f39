"""What a run created and could not undo is listed, and `clausewise cleanup` takes it back later."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

import clausewise
from clausewise.__main__ import main
from clausewise.mock import running

from ..campaign.odd import operation, pack_of
from ..campaign.services import (
    GONE,
    NO,
    OK,
    TEXT,
    Answer,
    Asked,
    Served,
    lawful_body,
    members,
    placed,
)
from ..conftest import REPOSITORY, Command
from .conftest import TOKEN, Server

MEETINGS = ["5f0c7b1e-94d3-4c7a-8a55-2f6be1d0c9a4", "97440c6a-140b-40a9-9499-b23fd7a38686"]


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """Our pack with a profile that lists its meetings: what is started there is stopped again."""
    folder = tmp_path / "pack"
    for name in ("schemas", "rules", "strategies", "contract_tests", "mock"):
        shutil.copytree(REPOSITORY / name, folder / name)
    settings = (REPOSITORY / "clausewise.yaml").read_text("utf-8")
    profile = (
        f"  local:\n    base_url: ${{URL}}\n    resources: {{meeting: {json.dumps(MEETINGS)}}}\n"
    )
    (folder / "clausewise.yaml").write_text(f"{settings.rstrip()}\n{profile}", "utf-8")
    return folder


def test_what_is_left_is_taken_back_later(command: Command, pack: Path) -> None:
    """The report lists it, cleanup stops each recording, and then nothing is left."""
    stuck = True

    def change(asked: dict[str, Any], status: int, answer: Any) -> tuple[int, Any]:
        if stuck and asked == {"action": "stop"}:
            return 500, {"success": False, "error": {"code": 500, "message": "stuck"}}
        return status, answer

    server = Server(change)
    with running(server) as url:
        words = ("run", "--pack", str(pack), "--profile", "local", "-k", "height and maximum")
        result = command(*words, URL=url)
        created = result.model["created"]
        assert created["started"] > created["undone"]
        assert len(created["to_undo"]) == created["started"] - created["undone"]
        assert "Left behind at the target" in result.output

        cleanup = ("cleanup", "reports/conformance.json", "--pack", str(pack))
        still = command(*cleanup, "--profile", "local", URL=url)
        assert still.code == 1
        assert f"0 undone, {len(created['to_undo'])} left" in still.output

        stuck = False
        done = command(*cleanup, "--profile", "local", URL=url)
    assert done.code == 0, done.output + done.errors
    assert f"{len(created['to_undo'])} undone, 0 left" in done.output


def test_nothing_is_left(command: Command, conforming: tuple[str, Server]) -> None:
    """A report without anything to undo asks for nothing."""
    command("run", "--base-url", conforming[0], "-k", "height and maximum")
    before = conforming[1].requests
    result = command("cleanup", "reports/conformance.json")

    assert (result.code, result.output) == (0, "Nothing is left to take back.\n")
    assert conforming[1].requests == before


def test_a_report_of_a_target_elsewhere_needs_consent(command: Command, tmp_path: Path) -> None:
    """Nobody's token goes where a report says without a word of its user."""
    command("run", "-k", "height and maximum")
    report = tmp_path / "reports" / "conformance.json"
    model = json.loads(report.read_text("utf-8"))
    model["target"] = {"base_url": "https://elsewhere.example.net", "kind": "http"}
    thing = {"method": "PUT", "url": "https://elsewhere.example.net/x", "body": None}
    model["created"]["to_undo"] = [thing]
    report.write_text(json.dumps(model), "utf-8")

    result = command("cleanup", str(report), CLOUDFLARE_API_TOKEN=TOKEN)
    assert result.code == 4
    assert "is not on this machine" in result.errors

    model["created"]["to_undo"] = [{**thing, "url": "https://third.example.net/x"}]
    report.write_text(json.dumps(model), "utf-8")
    result = command("cleanup", str(report), "--yes")
    assert result.code == 4
    assert "another target than its own" in result.errors


@pytest.mark.parametrize("listed", [True, False])
def test_what_a_delete_says_is_looked_at(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], listed: bool
) -> None:
    """A DELETE that is answered 200 and keeps the thing has undone nothing."""
    label, kept, stuck = members(["name"], name=TEXT), {"theirs"}, True
    by, item = [placed("name", TEXT)], members(["name"], name=TEXT)
    listing, drop = operation("list"), operation("drop", parameters=by)
    listing["responses"]["200"]["content"] = {
        "application/json": {"schema": {"type": "array", "items": item}}
    }
    every = {"post": operation("make", label, status="201")} | ({"get": listing} if listed else {})
    one = {"delete": drop} | ({} if listed else {"get": operation("read", parameters=by)})
    pack_of(tmp_path, {"/labels": every, "/labels/{name}": one})

    def service(asked: Asked) -> Answer:
        name = asked.path.removeprefix("/labels").removeprefix("/")
        if asked.method == "POST":
            body = lawful_body(asked, label)
            if body is None or not body["name"].isalnum():
                return NO
            kept.add(body["name"])
            return 201, OK
        if asked.method == "DELETE":
            kept.difference_update(() if stuck else {name})
            return 200, OK
        if not name:
            return 200, [{"name": one} for one in kept]
        return (200, OK) if name in kept else GONE

    report = str(tmp_path / "reports" / "conformance.json")
    cleanup = ["cleanup", report, "--pack", str(tmp_path)]
    with running(Served(service)) as url:
        clausewise.run(tmp_path / "openapi.json", url, examples=0).write(tmp_path / "reports")
        left = len(kept) - 1
        assert left > 0
        assert main(cleanup) == 1
        shown = capsys.readouterr().out
        assert f"0 undone, {left} left" in shown
        assert f"GET {'/labels' if listed else '/labels/{name}'} shows it still" in shown
        stuck = False
        assert main(cleanup) == 0
    assert kept == {"theirs"}
