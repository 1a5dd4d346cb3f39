"""What judging one exchange costs when there were many before it about the same thing.

The replies of a run that looks at one recording again and again are judged with the rules of the
pack and the run's history. What is told is CPU time, by hundreds: the last ones must cost what the
first ones did. Nothing is sent.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

from clausewise.exchange import Exchange, Request, Response
from clausewise.judge.history import History
from clausewise.judge.replies import ReplyJudge
from clausewise.pack import Pack, find_pack

START, LOOK = "start_recording", "get_one_recording"
HEADERS = (("Content-Type", "application/json"),)


def recording(name: str, status: str) -> dict[str, Any]:
    """A recording as the pack's mock shows it."""
    return {
        "id": name,
        "status": status,
        "invoked_time": "2026-03-01T12:00:00.123Z",
        "started_time": None if status == "INVOKED" else "2026-03-01T12:00:05Z",
        "stopped_time": None,
        "output_file_name": "room_20260301120000.mp4",
        "session_id": None,
        "download_url": None,
        "download_url_expiry": None,
        "audio_download_url": None,
        "file_size": None,
    }


def exchanges(pack: Pack, looks: int, many: bool) -> Iterator[Exchange]:
    """A start, and looks at what it made; with `many`, a start of its own for every look."""
    name, account = str(uuid4()), pack.path_values
    for number in range(looks):
        if number == 0 or many:
            name = str(uuid4())
            body = {"meeting_id": str(uuid4()), "file_name_prefix": "room"}
            reply = {"success": True, "data": recording(name, "INVOKED")}
            sent = Request("POST", "http://x/", HEADERS, json.dumps(body).encode(), dict(account))
            yield Exchange(START, sent, Response(200, HEADERS, json.dumps(reply).encode(), 0.0))
        reply = {"success": True, "data": recording(name, "RECORDING")}
        sent = Request("GET", "http://x/", path={**account, "recording_id": name})
        yield Exchange(LOOK, sent, Response(200, HEADERS, json.dumps(reply).encode(), 0.0))


def measure(pack: Pack, looks: int, many: bool, remembered: bool) -> list[float]:
    """CPU seconds of judging each exchange, in their order."""
    contract = pack.contract
    judges = {
        name: ReplyJudge(contract, contract.operations[name], pack.checks) for name in (START, LOOK)
    }
    history = History() if remembered else None
    spent: list[float] = []
    for exchange in exchanges(pack, looks, many):
        begun = time.process_time()
        sent = history.now() if history else None
        judgement = judges[exchange.operation].judge(exchange, history, sent)
        spent.append(time.process_time() - begun)
        broken = [one.clause for one in judgement.broken if not contract.clauses[one.clause].soft]
        if broken:
            raise SystemExit(f"the benchmark's own reply breaks {broken}")
    return spent


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--looks", type=int, default=4000)
    looks = parser.parse_args().looks
    pack = find_pack("bundled:realtimekit_recordings")
    share = max(looks // 10, 1)
    print(f"{looks} looks, µs of CPU an exchange (medians)   first tenth   last tenth   last/first")
    rows = [
        ("at one recording", False, True),
        ("each at one of its own", True, True),
        ("at one recording, no history", False, False),
    ]
    for name, many, remembered in rows:
        spent = measure(pack, looks, many, remembered)[20:]
        first = statistics.median(spent[:share]) * 1e6
        last = statistics.median(spent[-share:]) * 1e6
        print(f"{name:46} {first:12.0f} {last:12.0f} {last / first:12.2f}")


if __name__ == "__main__":
    main()
