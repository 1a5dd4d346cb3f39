"""`clausewise compare`, as its users see it: against servers on loopback, and stored reports."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest

from clausewise.comparing.comparison import problems_of
from clausewise.exchange import Response
from clausewise.mock import running
from clausewise.pack import find_pack
from clausewise.plan.plan import make_plan
from clausewise.selftest import Fault, Faulty
from clausewise.selftest.deriving import derive, find_fault
from clausewise.selftest.fault import Asked, with_body

from ..conftest import REPOSITORY, Command, Result
from ..guards import in_time

PACK = ("--pack", str(REPOSITORY))
FEW = ("--examples", "0", "--include", "get_all_recordings")
TOKEN = ("--header", "Authorization: Bearer made-up")
LIMIT = "get_all_recordings:query#/per_page:minimum"


def comparison(result: Result) -> dict[str, Any]:
    """The comparison that a command wrote."""
    model: dict[str, Any] = json.loads(
        (result.folder / "reports" / "comparison.json").read_text("utf-8")
    )
    assert problems_of(model) == []
    return model


def differing(result: Result) -> dict[str, str]:
    """Effects by clause, of what differs."""
    return {c["id"]: c["effect"] for c in comparison(result)["clauses"] if c["effect"]}


@pytest.fixture
def lax() -> Any:
    """The pack's mock, with one query parameter that is not checked."""
    pack = find_pack(str(REPOSITORY))
    faults = derive(pack, make_plan(pack, operations=["get_all_recordings"], examples=0))
    fault = find_fault(faults, f"does not enforce {LIMIT}")
    return Faulty(pack.mock(), pack.contract, [fault])


def test_a_url_against_the_packs_mock(command: Command, lax: Any) -> None:
    """What the mock takes and the reference refuses is named, asked again, and ends with 1."""
    with running(lax) as url:
        result = command("compare", url, "mock", *PACK, *FEW)

    assert result.code == 1, result.errors
    assert differing(result) == {LIMIT: "pass wrongly"}
    assert f"pass wrongly  {LIMIT}" in result.output
    assert "1 difference in" in result.output
    (clause,) = [one for one in comparison(result)["clauses"] if one["effect"]]
    assert clause["mock"]["again"] == clause["reference"]["again"] == "the same"
    assert (clause["mock"]["status"], clause["reference"]["status"]) == (200, 400)
    files = {path.name for path in (result.folder / "reports").iterdir()}
    assert {"comparison.json", "comparison.html", "comparison.md", "mock", "reference"} == files


def test_a_stored_reference_is_enough(command: Command, lax: Any) -> None:
    """The same against a report of last week: nothing is asked of it, and its age is said."""
    assert command("run", *PACK, *FEW, "--report-dir", "real").code == 0
    with running(lax) as url:
        result = command("compare", url, "real/conformance.json", *PACK, "--include", FEW[-1])

    assert result.code == 1, result.errors
    assert differing(result) == {LIMIT: "pass wrongly"}
    assert "a report of today" in result.output
    assert comparison(result)["cases"]["why_not"] is None  # the same search as the report's


def test_recorded_traffic_is_a_reference(command: Command, lax: Any) -> None:
    """A report of what somebody recorded will do: what was refused there and is taken here."""
    command("run", *PACK, *FEW, "--report-dir", "real")
    command("judge", "real/conformance.har", *PACK, "--report-dir", "recorded")
    with running(lax) as url:
        result = command("compare", url, "recorded", *PACK, *FEW)

    assert result.code == 1, result.output
    assert differing(result) == {LIMIT: "pass wrongly"}


def test_two_reports_need_no_target(command: Command) -> None:
    """Two stored reports, and a folder in place of a file: compared, and not asked again."""
    command("run", *PACK, *FEW, "--report-dir", "one")
    command("run", *PACK, *FEW, "--report-dir", "two")
    result = command("compare", "one", "two/conformance.json", *PACK)

    assert result.code == 0, result.errors
    assert differing(result) == {}
    assert result.output.count("not asked again") == 2
    assert "No difference in" in result.output


@pytest.mark.parametrize(
    ("each", "changed", "clause"),
    [
        (5, {"success": None}, "get_all_recordings:200#/success:required"),
        (3, {"success": "yes"}, "get_all_recordings:200#/success:type"),
    ],
)
def test_what_varies_on_one_side_alone_is_left_out(
    command: Command, each: int, changed: dict[str, Any], clause: str
) -> None:
    """A reply that is wrong now and then: asked again, it is no difference of the two."""
    turns = count(1)

    def after(asked: Asked, response: Response) -> Response:
        body = response.json_or_none
        if response.status != 200 or not isinstance(body, dict) or next(turns) % each:
            return response
        return with_body(response, {k: v for k, v in (body | changed).items() if v is not None})

    pack = find_pack(str(REPOSITORY))
    chance = Faulty(pack.mock(), pack.contract, [Fault("chance", "reply", "", (), after=after)])
    with running(chance) as url:
        result = command("compare", url, "mock", *PACK, *FEW)

    (left,) = [one for one in comparison(result)["clauses"] if one["id"] == clause]
    assert left["mock"]["verdict"] == "violated"
    assert left["effect"] is None
    assert "vary" in left["why"] or "not the same" in left["why"]
    assert result.code == 0, result.output


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_comparison_that_is_called_off(tmp_path: Path, number: int) -> None:
    """Ctrl-C, and a job that is ended: code 2, and all that was made is taken back."""
    pack = find_pack(str(REPOSITORY))
    account, app = pack.path_values["account_id"], pack.path_values["app_id"]
    assert pack.credential is not None
    headers = {"Authorization": f"Bearer {pack.credential.stand_in}"}
    with running(pack.mock()) as url, in_time():

        def recordings() -> list[str]:
            listed = f"{url}/accounts/{account}/realtime/kit/{app}/recordings?per_page=50"
            answer = httpx.get(listed, headers=headers, trust_env=False).json()
            return [one["status"] for one in answer["data"]]

        words = ["compare", "mock", url, *PACK, "--include", "start_recording", "--rate", "40"]
        process = subprocess.Popen(  # noqa: S603  # our own command
            [sys.executable, "-m", "clausewise", *words],
            cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            # A shell that starts tests in the background has its children ignore Ctrl-C.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )  # fmt: skip
        while len(recordings()) < 5:
            time.sleep(0.05)
        process.send_signal(number)
        process.communicate()
        left = set(recordings())

    assert process.returncode == 2
    assert not left & {"INVOKED", "RECORDING", "PAUSED"}


def test_baseline_and_levels(command: Command, lax: Any) -> None:
    """A known difference fails nothing; a level that is reached lets differences pass."""
    with running(lax) as url:
        first = command("compare", url, "mock", *PACK, *FEW, "--report-dir", "before")
        again = command("compare", url, "mock", *PACK, *FEW, "--baseline", "before/comparison.json")
        enough = command("compare", url, "mock", *PACK, *FEW, "--min", "leniency=50")
        short = command("compare", url, "mock", *PACK, *FEW, "--min", "leniency=100")

    assert [first.code, again.code, enough.code, short.code] == [1, 0, 0, 1]
    assert "in the baseline" in again.output


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("none.json", "mock"), 4, "there is no report none.json"),
        (("stagng", "mock"), 4, "no profile of the pack"),
        (("mock", "http://127.0.0.1:9"), 6, "cannot be reached"),
        (("mock", "https://api.example.test", *TOKEN), 4, "is not on this machine"),
        (("mock", "mock", "--min", "shapes=9"), 4, "did you mean shape"),
        (("mock", "mock", "--baseline", "none.json"), 4, "none.json cannot be read"),
        (("mock",), 4, "REFERENCE"),
    ],
)
def test_mistakes(command: Command, words: tuple[str, ...], code: int, said: str) -> None:
    """A side that is nothing, that cannot be reached or is not meant: what, and what to try."""
    result = command("compare", *words, *PACK, *FEW)

    assert result.code == code
    assert said in result.errors
    assert not (result.folder / "reports").exists()


def test_a_report_of_another_contract(command: Command, tmp_path: Path) -> None:
    """Ids and values tell contracts apart: they never compare."""
    document = tmp_path / "api.yaml"
    document.write_text(
        "openapi: 3.1.0\ninfo: {title: T, version: '1'}\npaths:\n  /ping:\n    get:\n"
        "      operationId: ping\n      responses: {'200': {description: ok}}\n",
        "utf-8",
    )

    async def ping(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    with running(ping) as url:
        command("run", "--pack", str(document), "--base-url", url, "--report-dir", "other")
    command("run", *PACK, *FEW, "--report-dir", "ours")
    result = command("compare", "other", "ours", *PACK)

    assert result.code == 4, (result.output, result.errors)
    assert "different contracts" in result.errors
