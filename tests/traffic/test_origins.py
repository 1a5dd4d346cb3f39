"""Whose a recorded URL is: ours on any host by its whole path, and not by how it ends alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import clausewise
from clausewise.errors import UsageError
from clausewise.judging import judge_files
from clausewise.pack import find_pack

from ..conftest import Command
from .lamps import EXAMPLE, census, dimmed, findings, lines, shown

ENUM = "show_lamp:200#/state:enum"
BASE = "path of an operation below an undocumented base URL (yours? --base-url URL)"
# No lamp, and lawful as what it is.
PICTURE = {"id": 7, "state": "a picture of a lamp"}

OURS = {
    "the documented server": "https://api.example.net/v1/lamps/7",
    "a staging host": "https://staging.example.org/v1/lamps/7",
    "a mock without the base path": "http://127.0.0.1:8080/lamps/7",
    "a URL with credentials and a query": "https://user:pass@staging.example.org/v1/lamps/7?a=/b",
    "a path alone": "/v1/lamps/7",
    "a gateway's log, without a host": "/home/lamps/7",
    "the whole documented path below a prefix, on a documented host":
        "https://API.example.net:443/gateway/v1/lamps/7",
}  # fmt: skip
OTHERS = {
    "assets of somebody else": ("https://cdn.example/assets/lamps/7", "https://cdn.example/assets"),
    "an API of somebody else": ("https://other.example/api/v1/lamps/7", "https://other.example/api/v1"),
    "another version": ("https://api.example.net/v2/lamps/7", "https://api.example.net/v2"),
    "another service of the host, by its port":
        ("https://api.example.net:3000/app/v1/lamps/7", "https://api.example.net:3000/app/v1"),
    "a host that begins alike":
        ("https://api.example.net.evil.example/x/v1/lamps/7", "https://api.example.net.evil.example/x/v1"),
    "whose scheme was not recorded": ("//cdn.example/assets/lamps/7", "//cdn.example/assets"),
    "no credential and no value is told":
        ("https://user:pass@x.example/of/8812/lamps/7", "https://x.example/of/{}"),
}  # fmt: skip


def _report(folder: Path, *exchanges: Any, base_urls: tuple[str, ...] = ()) -> clausewise.Report:
    path = folder / "traffic.jsonl"
    path.write_bytes(lines(exchanges))
    return judge_files(find_pack(str(EXAMPLE)), [path], base_urls=base_urls)


@pytest.mark.parametrize("what", OURS)
def test_a_whole_path_is_ours(tmp_path: Path, what: str) -> None:
    """Where nothing undocumented stands before it, or nobody else could be meant, it is judged."""
    assert findings(_report(tmp_path, shown(7, url=OURS[what]))) == {}
    report = _report(tmp_path, shown(7, PICTURE, url=OURS[what]))
    assert findings(report) == {ENUM: "violated"}
    assert report.traffic["census"] == {}


@pytest.mark.parametrize("what", OTHERS)
def test_an_end_alone_is_not_ours(tmp_path: Path, what: str) -> None:
    """What merely ends like one of ours breaks nothing, and is counted by what makes it ours."""
    url, told = OTHERS[what]
    twice = [shown(7, PICTURE, url=url), dimmed(7, {"brightness": 101}, url=url)]
    report = _report(tmp_path, shown(1), *twice)
    assert findings(report) == {}
    assert report.verdicts[ENUM] == "upheld"
    assert census(report, BASE) == {told: 2}
    assert census(report, "path of no operation") == {}


@pytest.mark.parametrize("what", OTHERS)
def test_a_base_url_that_was_told_makes_it_ours(tmp_path: Path, what: str) -> None:
    """The hint of the census, given as a base URL, is taken, and for nothing beside that."""
    url, told = OTHERS[what]
    report = _report(tmp_path, shown(7, PICTURE, url=url), base_urls=("https://a.example", told))
    assert findings(report) == {ENUM: "violated"}
    assert report.traffic["census"] == {}
    [exchange] = report.exchanges
    assert exchange.operation == "show_lamp"
    beside = [url.replace("/lamps", more) for more in ("/more/lamps", "-more/lamps")]
    for other in beside[:1] if "{}" in told else beside:
        report = _report(tmp_path, shown(7, PICTURE, url=other), base_urls=(told,))
        assert findings(report) == {}


def test_a_server_without_a_path_is_documented_below_any(tmp_path: Path) -> None:
    """Documents often leave the base path out; on their host, and no other, one may be there."""
    document = tmp_path / "openapi.yaml"
    text = EXAMPLE.read_text(encoding="utf-8")
    document.write_text(text.replace("https://api.example.net/v1", "'https://{at}.example.net'"))
    path = tmp_path / "traffic.jsonl"
    for host, found in [("eu.example.net", {ENUM: "violated"}), ("example.org", {})]:
        path.write_bytes(lines([shown(7, PICTURE, url=f"https://{host}/api/v3/lamps/7")]))
        assert findings(judge_files(find_pack(str(document)), [path])) == found


def test_an_operation_that_has_a_server_of_its_own(tmp_path: Path) -> None:
    """Below its own server's path it is ours on any host, and below another one on none."""
    document, path = tmp_path / "openapi.yaml", tmp_path / "traffic.jsonl"
    text = EXAMPLE.read_text(encoding="utf-8")
    own = "operationId: show_lamp\n      servers: [{url: 'https://show.example.net/shown/v2'}]\n"
    document.write_text(text.replace("operationId: show_lamp\n", own))
    for base, found in [
        ("https://show.example.net/shown/v2", {ENUM: "violated"}),
        ("http://127.0.0.1:8080/shown/v2", {ENUM: "violated"}),
        ("https://cdn.example/x/shown/v2", {}),
    ]:
        path.write_bytes(lines([shown(7, PICTURE, url=f"{base}/lamps/7")]))
        assert findings(judge_files(find_pack(str(document)), [path])) == found


def test_base_urls_of_the_command(tmp_path: Path, command: Command) -> None:
    """`judge` names the base URL to give, takes several, and refuses what is none."""
    path, url = tmp_path / "traffic.jsonl", "https://gw.example/home/lamps/7"
    path.write_bytes(lines([shown(1), shown(7, PICTURE, url=url)]))
    words = ["judge", str(path), "--pack", str(EXAMPLE), "--report-dir", "reports"]
    done = command(*words, COLUMNS="200")
    assert done.code == 0
    assert f"1 times {BASE}: https://gw.example/home (1)" in done.output
    named = ["--base-url", "https://a.example", "--base-url", "http://gw.example/home/"]
    done = command(*words, *named)
    assert (done.code, done.findings) == (1, {ENUM})
    done = command(*words, "--base-url", "gw.example/home")
    assert done.code == 4
    assert "--base-url gw.example/home is no URL" in done.errors


def test_exchanges_from_python_are_ours_by_a_base_url() -> None:
    """`judge_traffic` takes base URLs as well."""
    request = {"method": "GET", "url": "https://gw.example/home/lamps/7", "headers": []}
    content = {"text": json.dumps(PICTURE), "mimeType": "application/json"}
    entry = {"request": request, "response": {"status": 200, "headers": [], "content": content}}
    contract = clausewise.load(EXAMPLE)
    assert findings(clausewise.judge_traffic(contract, [entry])) == {}
    base_urls = ["https://gw.example/home"]
    report = clausewise.judge_traffic(contract, [entry], base_urls=base_urls)
    assert findings(report) == {ENUM: "violated"}


@pytest.mark.parametrize("url", ["home", "/home", "https://", "http://[::1/home"])
def test_a_base_url_is_a_url(url: str) -> None:
    """From Python too, a base URL without a host is refused."""
    with pytest.raises(UsageError, match=r"--base-url .* is no URL"):
        clausewise.judge_traffic(clausewise.load(EXAMPLE), [], base_urls=[url])


def test_a_recorded_url_that_is_none_stops_nothing(tmp_path: Path) -> None:
    """A host that cannot be one is counted, and what follows is judged."""
    report = _report(tmp_path, shown(7, url="http://[::1/x/lamps/7"), shown(7, PICTURE))
    assert findings(report) == {ENUM: "violated"}
    assert census(report, "poisoned") == {"traffic.jsonl:1: Invalid IPv6 URL": 1}
