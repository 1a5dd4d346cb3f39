"""The least that the recording of `traffic.py` can cost: by hand, to the same counts.

It knows the pack's operations, the shapes of the replies that `traffic.py` makes up, and what its
rules ask, and has no answer for any other recording. Reading, validating and searching are done by
what Clausewise uses for them; what a class of exchanges keeps is asked of Clausewise once a class.
What Clausewise takes beyond that is the price of being for any contract and any rule.
"""

from __future__ import annotations

import argparse
import re
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec

from clausewise.pack import find_pack
from clausewise.traffic.engines import Processes
from clausewise.traffic.exchange import Item
from clausewise.traffic.judging import TrafficJudge
from clausewise.traffic.partitions import partitions_of

from .traffic import ROOT, write

_OPERATIONS = {"POST": "start_recording", "PUT": "pause_resume_stop_recording"}
_LIST, _ONE = "get_all_recordings", "get_one_recording"
_ENDED = ("UPLOADING", "UPLOADED", "ERRORED")
_NULL = ("started_time", "stopped_time", "file_size", "download_url")


class _Body(msgspec.Struct):
    text: str | None = None


class _Sent(msgspec.Struct):
    body: _Body


class _Received(msgspec.Struct):
    status: int
    body: _Body
    headers: msgspec.Raw


class _Line(msgspec.Struct):
    method: str
    url: str
    request: _Sent
    response: _Received


class _Known(msgspec.Struct, gc=False):
    """What is known of a recording."""

    name: str
    invoked: str
    was_started: bool
    has_ended: bool


_line_of = msgspec.json.Decoder(_Line).decode
_value_of = msgspec.json.Decoder().decode


class Least:
    """Counts by hand how often each clause is kept by a recording that `traffic.py` made."""

    def __init__(self) -> None:
        self._pack = find_pack(str(ROOT))
        self._judge = TrafficJudge(self._pack, True, ())
        self._classes: Counter[Any] = Counter()
        self._first: dict[Any, bytes] = {}
        self._said: Counter[tuple[str, str]] = Counter()
        self._known: dict[str, _Known] = {}
        self._secrets: set[str] = set()
        self._has_secret: Callable[[str], Any] | None = None
        self._accepts: dict[tuple[str, int], Callable[[Any], bool]] = {}
        for operation in (*_OPERATIONS.values(), _ONE, _LIST):
            known = self._pack.contract.operations[operation]
            for status in (200, 404):
                reply = known.reply_for(status)
                assert reply is not None
                [content] = reply.contents
                self._accepts[operation, status] = content.message.accepts

    def count(self, path: Path) -> dict[str, int]:
        """How often each clause is kept by the recording in a file."""
        with path.open("rb") as file:
            for raw in file:
                self._add(raw)
        kept: Counter[str] = Counter()
        for kind, raw in self._first.items():
            tally = self._judge.tally()
            self._judge.judge(Item(1, raw), "x", tally)
            self._judge.flush(tally)
            for clause, one in tally.clauses.items():
                kept[clause] += one.kept * self._classes[kind]
        for (operation, rule), times in self._said.items():
            kept[f"{operation}:rule:{rule}"] += times
        return dict(kept)

    def _add(self, raw: bytes) -> None:
        line = _line_of(raw)
        method, response, sent = line.method, line.response, line.request.body.text
        text = response.body.text
        operation = _OPERATIONS.get(method) or (_LIST if "?" in line.url else _ONE)
        assert text is not None
        body = _value_of(text)
        assert self._accepts[operation, response.status](body)
        data = body.get("data")
        shown = [data] if data.__class__ is dict else data or []
        kind = operation, response.status, sent is not None and "storage_config" in sent, *[
            (one["status"], *[one[name] is None for name in _NULL]) for one in shown[:1]
        ]  # fmt: skip
        self._classes[kind] += 1
        if kind not in self._first:
            self._first[kind] = raw
        if sent is not None:
            self._learn(_value_of(sent))
        if self._has_secret is not None:
            assert not self._has_secret(text)
            assert not self._has_secret(bytes(response.headers).decode())
            self._said[operation, "R7"] += 1
        for one in shown:
            self._fold(operation, one)

    def _learn(self, sent: Any) -> None:
        storage = sent.get("storage_config")
        if storage is not None and storage["secret"] not in self._secrets:
            self._secrets |= {storage["secret"], storage["access_key"]}
            self._has_secret = re.compile("|".join(map(re.escape, self._secrets))).search

    def _fold(self, operation: str, one: dict[str, Any]) -> None:
        """R2, R18, R29, R42 and R43; the others have nothing to say here."""
        known, said = self._known.get(one["id"]), self._said
        status, name, invoked = one["status"], one["output_file_name"], one["invoked_time"]
        if known is None:
            is_start = operation == "start_recording"
            self._known[one["id"]] = known = _Known(name, invoked, is_start, status in _ENDED)
            if is_start:
                said[operation, "R43"] += 1
        else:
            assert (name, invoked) == (known.name, known.invoked)
            said[operation, "R42"] += 1
            if known.has_ended:
                assert status in _ENDED
                said[operation, "R29"] += 1
            elif status in _ENDED:
                known.has_ended = True
        if known.was_started:
            assert name.endswith(".mp4")
            assert one["audio_download_url"] is None
            said[operation, "R2"] += 1
            said[operation, "R18"] += 1


def main() -> None:
    """Count both ways, and print what each takes of an exchange."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--exchanges", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "traffic.jsonl"
        write(path, options.exchanges)
        least, whole, told, counted = [], [], {}, {}
        for _ in range(options.rounds):
            by_hand, begun = Least(), time.process_time()
            counted = by_hand.count(path)
            between = time.process_time()
            tally = Processes().run(str(ROOT), partitions_of([path]), lambda _: None)
            least.append(between - begun)
            whole.append(time.process_time() - between)
            told = {name: clause.kept for name, clause in tally.clauses.items()}
    same = "the same counts" if told == counted else "NOT the same counts"
    for name, times in (("by hand", least), ("clausewise", whole)):
        print(f"{name:12} {min(times) / options.exchanges * 1e6:6.1f} µs an exchange")
    print(f"{len(told)} clauses, {same}")


if __name__ == "__main__":
    main()
