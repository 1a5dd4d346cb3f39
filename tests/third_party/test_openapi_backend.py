"""A run against a mock by openapi-backend: its kind, its levels, and each cause read by hand."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .serving import PACK, serving

START, TRACK = "start_recording", "startTrackRecordingForAMeeting"
HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def backend(node_modules: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The mock's URL, with the public document behind it."""
    if not (node_modules / "openapi-backend").is_dir():
        pytest.skip("openapi-backend is not installed here")
    command = ["node", str(HERE / "openapi_backend.mjs"), str(HERE / "public.openapi.json")]
    with serving(command, tmp_path_factory.mktemp("backend") / "log") as url:
        yield url


@pytest.fixture(scope="module")
def model(backend: str, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The report of one run."""
    folder = tmp_path_factory.mktemp("run")
    environment = {k: v for k, v in os.environ.items() if k != "CLOUDFLARE_API_TOKEN"}
    command = [sys.executable, "-m", "clausewise", "run", "--pack", PACK, "--base-url", backend]
    # What it answers never changes: waiting would change nothing.
    done = subprocess.run(  # noqa: S603  # our own command
        [*command, "--settle", "0"], cwd=folder, env=environment, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    print(done.stdout, done.stderr)
    return json.loads((folder / "reports" / "conformance.json").read_text("utf-8"))


def test_kind(model: Any) -> None:
    """One id for all, most of the broken requests refused, no token, no state."""
    facts = model["fidelity"]["facts"]
    assert (facts["ids"], facts["bodies"], facts["tokens"], facts["state"]) == (
        1,
        1,
        "none",
        "none",
    )
    assert 0.7 < facts["refused"] / facts["broken"] < 0.9
    assert model["fidelity"]["kind"].endswith("asks for no token; keeps no state.")


def test_levels(model: Any) -> None:
    """It validates less than Prism does, which shows at one glance."""
    levels = {one["level"]: one for one in model["fidelity"]["levels"]}
    share = {name: 100 * one["kept"] / (one["judged"] or 1) for name, one in levels.items()}
    print({name: (one["kept"], one["judged"], one["all"]) for name, one in levels.items()})
    assert share["reach"] == 100
    assert 80 < share["leniency"] < 95 < share["shape"]
    assert share["auth"] == 0
    assert model["fidelity"]["grade"] == "E"


def test_causes(model: Any) -> None:
    """Each cause is true, and nothing that it claims has another."""
    roots = {root["title"]: root["clauses"] for root in model["roots"] if root["hard"]}

    # The example of the document comes whatever is asked.
    (canned,) = [name for name in roots if name.startswith("the same answer whatever is asked")]
    assert f"{START}:rule:R24" in roots[canned]
    # Its validator is made without the formats that JSON Schema leaves to who uses it: there is no
    # format of requests that is looked at.
    (formats,) = [name for name in roots if name == "no format is checked"]
    verdicts = {clause["id"]: clause["verdict"] for clause in model["clauses"]}
    of_requests = {
        name
        for name in verdicts
        if name.endswith(":format")
        and name.split(":")[1].split("#")[0] in ("request", "query", "path")
    }
    assert set(roots[formats]) == {name for name in of_requests if verdicts[name] == "lenient"}
    assert {verdicts[name] for name in of_requests} <= {"lenient", "unexercised"}
    # It looks for no credential, and parses a body whatever it is said to be.
    assert sum(name.startswith("no credential is asked for") for name in roots) == 1
    assert "no media-type is checked" in roots
    # Its examples leave out what is required of `storage_config`, in each place that has it.
    for member in ("type", "bucket"):
        (found,) = [name for name in roots if name.startswith(f"/data/storage_config/{member} is")]
        assert len(roots[found]) == 5
    # Null fits the `oneOf` of a 3.0 document twice; `page_no=` is no number.
    assert f"{START}:request#/storage_config:type" in roots["/storage_config is an object or null"]
    assert len(roots) <= 10
