"""What an httpx client sends, recorded: as a transport, and as an event hook."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

import clausewise
from clausewise.judging import judge_files
from clausewise.pack import find_pack

from .lamps import EXAMPLE, LAMP, URL, findings

CONTRACT = clausewise.load(EXAMPLE)


def _lamps(request: httpx.Request) -> httpx.Response:
    if request.url.path.endswith("/99"):
        raise httpx.ConnectError("nobody is there")
    number = int(request.url.path.rpartition("/")[2])
    content = gzip.compress(json.dumps({**LAMP, "id": number, "state": "dim"}).encode())
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    return httpx.Response(200, headers=headers, content=content)


def test_a_transport_notes_what_goes_by() -> None:
    """Its client reads what it would read without it, and all of that is judged."""
    recorder = clausewise.Recorder(httpx.MockTransport(_lamps))
    with httpx.Client(transport=recorder) as client:
        assert client.get(f"{URL}1").json()["state"] == "dim"
        for number in (1, 2):
            client.patch(f"{URL}{number}", json={"brightness": 101})
        with pytest.raises(httpx.ConnectError):
            client.get(f"{URL}99")
        with client.stream("GET", f"{URL}3") as left:
            assert left.status_code == 200  # and nobody reads it
    assert len(recorder) == 5
    report = clausewise.judge_traffic(CONTRACT, recorder)
    assert findings(report) == {
        "show_lamp:200#/state:enum": "violated",
        "dim_lamp:200#/state:enum": "violated",
        "dim_lamp:request#/brightness:maximum": "lenient",
    }
    assert report.traffic["census"]["no reply recorded"]["counts"] == {"show_lamp": 1}
    assert report.traffic["census"]["reply without its whole body"]["counts"] == {"show_lamp": 1}


def test_an_event_hook_notes_responses(tmp_path: Path) -> None:
    """A client that has a transport of its own hands its responses over; a file keeps them."""
    recorder = clausewise.Recorder(httpx.MockTransport(_lamps))
    hooks = {"response": [recorder.take]}
    with httpx.Client(transport=httpx.MockTransport(_lamps), event_hooks=hooks) as client:
        assert client.get(f"{URL}1").json()["id"] == 1
    recorder.write(tmp_path / "noted.jsonl")
    report = judge_files(find_pack(str(EXAMPLE)), [tmp_path / "noted.jsonl"])
    assert findings(report) == {"show_lamp:200#/state:enum": "violated"}


def test_what_a_client_streams_is_not_known() -> None:
    """A body that was sent as a stream is gone, and breaks nothing."""

    def parts() -> Iterator[bytes]:
        yield b"{}"

    class Sent(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            assert isinstance(request.stream, httpx.SyncByteStream)
            assert b"".join(request.stream) == b"{}"
            return httpx.Response(200, json=LAMP)

    recorder = clausewise.Recorder(Sent())
    with httpx.Client(transport=recorder) as client:
        for _ in range(2):
            client.patch(f"{URL}7", content=parts(), headers={"Content-Type": "application/json"})
    report = clausewise.judge_traffic(CONTRACT, recorder)
    assert findings(report) == {}


def test_pairs_entries_and_responses_are_taken() -> None:
    """Exchanges of any client in any of the known ways, and nothing else."""
    request = httpx.Request("GET", f"{URL}7")
    response = httpx.Response(200, json={**LAMP, "state": "dim"}, request=request)
    content = {"mimeType": "application/json", "text": json.dumps({**LAMP, "state": "dim"})}
    entry = {
        "request": {"method": "GET", "url": f"{URL}7", "headers": []},
        "response": {"status": 200, "headers": [], "content": content},
    }
    for exchange in (response, (request, response), entry):
        report = clausewise.judge_traffic(str(EXAMPLE), [exchange])
        assert findings(report) == {"show_lamp:200#/state:enum": "violated"}
    with pytest.raises(clausewise.UsageError):
        clausewise.judge_traffic(CONTRACT, ["an exchange"])
