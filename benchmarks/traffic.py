"""Judging recorded traffic: exchanges a second and core, memory, and the same tally by any engine.

A recording of the pack's own API is made up: recordings that are started, looked at, paused and
stopped, lists of them, and refusals; each exchange has fresh ids, times and texts, and some have a
secret. Then it is judged by one process, by two, and by Dask, where that is installed. What is told
is CPU time, by which machines can be compared, and the digest of the tally, which is always one.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from clausewise.pack import find_pack
from clausewise.traffic.engines import Engine, Processes
from clausewise.traffic.partitions import partitions_of

ROOT = Path(__file__).parents[1]
ACCOUNT = "023e105f4ecef8ad9ca31a8372d0c353"
BASE = f"https://api.cloudflare.com/client/v4/accounts/{ACCOUNT}/realtime/kit"
KIT = "7c1d2a90-3b58-4e0f-9d26-61a4f0e8b713"
JSON_TYPE = ["Content-Type", "application/json"]
START = datetime(2026, 3, 1, tzinfo=UTC)
LOOKS = ("INVOKED", "RECORDING", "RECORDING", "PAUSED", "RECORDING", "UPLOADING", "UPLOADED")


class Maker:
    """Makes exchanges up, always the same ones."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311  # nothing secret
        self._moment = START

    def _id(self) -> str:
        return str(UUID(int=self._random.getrandbits(128), version=4))

    def _now(self) -> str:
        self._moment += timedelta(milliseconds=self._random.randint(1, 40))
        return self._moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def exchanges(self, count: int) -> Iterator[dict[str, Any]]:
        """So many exchanges, in the order of their times."""
        made = 0
        while made < count:
            for one in self._life():
                yield one
                made += 1
                if made == count:
                    return

    def _life(self) -> Iterator[dict[str, Any]]:
        """A recording from its start to its end, with lists and refusals on the way."""
        name, meeting, now = self._id(), self._id(), self._now()
        text = "".join(self._random.choices("abcdefghijklmnopqrstuvwxyz", k=24))
        sent: dict[str, Any] = {"meeting_id": meeting, "file_name_prefix": f"room_{text}"}
        sent["max_seconds"] = self._random.randint(60, 80_000)
        sent["video_config"] = {"codec": "H264", "width": 1280, "height": 720}
        if self._random.random() < 0.02:
            sent["storage_config"] = {
                "type": "aws", "access_key": "AKIAFIXEDFIXED01", "secret": "one-of-few-secrets",
                "bucket": "recordings", "region": "eu-west-1", "path": f"/{text}",
            }  # fmt: skip
        recording: dict[str, Any] = {
            "id": name, "status": "INVOKED", "invoked_time": now, "started_time": None,
            "stopped_time": None, "output_file_name": f"room_{text}_{meeting}.mp4",
            "session_id": self._id(), "download_url": None, "download_url_expiry": None,
            "audio_download_url": None, "file_size": None,
            "start_reason": {"reason": "API_CALL", "caller": {
                "name": f"Org {text}", "type": "ORGANIZATION", "user_Id": self._id()}},
        }  # fmt: skip
        yield self._exchange("POST", f"/{KIT}/recordings", sent, 200, recording)
        for status in LOOKS:
            recording["status"] = status
            if status == "RECORDING" and recording["started_time"] is None:
                recording["started_time"] = self._now()
            if status == "UPLOADING":
                recording["stopped_time"] = self._now()
            if status == "UPLOADED":
                recording["file_size"] = self._random.randint(1_000, 10**9)
                recording["download_url"] = f"https://files.example/{self._id()}/{text}.mp4"
                recording["download_url_expiry"] = "2026-04-01T00:00:00Z"
            if status == "PAUSED":
                url = f"/{KIT}/recordings/{name}"
                yield self._exchange("PUT", url, {"action": "pause"}, 200, recording)
            yield self._exchange("GET", f"/{KIT}/recordings/{name}", None, 200, recording)
        if self._random.random() < 0.3:
            listed = [{**recording, "id": self._id()} for _ in range(5)]
            for one in listed:
                del one["start_reason"]
            url = f"/{KIT}/recordings?page_no=1&per_page=5&sort_by=invokedTime"
            paging = {"total_count": 5, "start_offset": 1, "end_offset": 5}
            yield self._exchange("GET", url, None, 200, listed, paging=paging)
        error = {"code": 404, "message": f"no recording {self._id()}"}
        yield self._exchange("GET", f"/{KIT}/recordings/{self._id()}", None, 404, error=error)

    def _exchange(
        self, method: str, path: str, sent: Any, status: int, data: Any = None, **more: Any
    ) -> dict[str, Any]:
        body = {"absent": True} if sent is None else {"text": _text(sent)}
        said = {"success": status < 300, **({"data": data} if data is not None else {}), **more}
        return {
            "method": method,
            "url": f"{BASE}{path}",
            "request": {
                "headers": [
                    ["Accept", "application/json"], ["User-Agent", "recorder/3.1 (fleet)"],
                    ["Authorization", "Bearer •••"], ["X-Request-Id", self._id()],
                    *([JSON_TYPE] if sent is not None else []),
                ],
                "body": body,
            },
            "response": {
                "status": status,
                "headers": [JSON_TYPE, ["Date", "Sun, 01 Mar 2026 00:00:00 GMT"],
                            ["CF-Ray", self._id()[:16]]],
                "body": {"text": _text(said)},
            },
            "started": self._now(),
            "seconds": 0.001,
        }  # fmt: skip


def _text(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def write(path: Path, count: int, seed: int = 0) -> None:
    """Write a recording of so many exchanges, a JSON line each."""
    with path.open("w", encoding="utf-8") as file:
        for exchange in Maker(seed).exchanges(count):
            file.write(json.dumps(exchange, ensure_ascii=False, separators=(",", ":")) + "\n")


def measure(path: Path, engine: str, jobs: int) -> dict[str, Any]:
    """Judge a recording in this process and those that it starts; times, memory and the digest."""
    find_pack(str(ROOT))
    chosen: Engine = Processes(jobs)
    if engine == "dask":
        from clausewise.traffic.dask_engine import Dask

        chosen = Dask(workers=jobs)
    begun, before = time.perf_counter(), _cpu()
    tally = chosen.run(str(ROOT), partitions_of([path]), lambda done: None)
    return {
        "engine": engine,
        "jobs": jobs,
        "exchanges": tally.exchanges,
        "seconds": round(time.perf_counter() - begun, 2),
        "cpu": round(_cpu() - before, 2),
        "peak_mb": round(max(_peak(resource.RUSAGE_SELF), _peak(resource.RUSAGE_CHILDREN))),
        "digest": blake2b(tally.to_bytes(), digest_size=8).hexdigest(),
    }


def _cpu() -> float:
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def _peak(who: int) -> float:
    return resource.getrusage(who).ru_maxrss / 1024


def main() -> None:
    """Measure, each engine in a process of its own, and print a line each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--exchanges", type=int, default=1_000_000)
    parser.add_argument("--file", type=Path, help="a recording that is there already")
    parser.add_argument("--engines", default="processes:1,processes:2")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        engine, _, jobs = options.one.partition(":")
        print(json.dumps(measure(options.file, engine, int(jobs))))
        return
    with TemporaryDirectory() as folder:
        path = options.file or Path(folder) / "traffic.jsonl"
        if options.file is None:
            write(path, options.exchanges)
        print(f"{path.stat().st_size / 1e6:.0f} MB")
        for one in options.engines.split(","):
            command = [
                sys.executable,
                "-m",
                "benchmarks.traffic",
                "--file",
                str(path),
                "--one",
                one,
            ]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            told = json.loads(done.stdout)
            rate = told["exchanges"] / told["cpu"]
            print(
                f"{told['engine']:10} {told['jobs']} job(s)  {rate:8.0f} exchanges a CPU second  "
                f"{told['seconds']:7.1f} s  peak {told['peak_mb']:5} MB  tally {told['digest']}"
            )


if __name__ == "__main__":
    main()
