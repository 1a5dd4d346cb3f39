"""The two steps of judging traffic, each a function of its input alone: any engine may call them.

`judge_partition` judges a part of a recording and lays out what rules about several exchanges need.
`fold_segments` takes of all parts what was laid into the same bucket. Both give tallies, which
merge in any order; so where something is done twice, or anew elsewhere, nothing changes.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from heapq import heappop, heappush
from operator import attrgetter
from typing import NamedTuple

import msgspec

from clausewise.pack import Pack, find_pack
from clausewise.record.tally import Tally
from clausewise.traffic.exchange import Item
from clausewise.traffic.folding import BUCKETS, ORDER, Folds, Laid
from clausewise.traffic.judging import TrafficJudge
from clausewise.traffic.partitions import Partition

_decode = msgspec.msgpack.Decoder(list[Laid]).decode
_encode = msgspec.msgpack.Encoder().encode
# Exchanges come and go without cycles, so there is little to be looked for.
_RARELY = (50_000, 50, 50)
_NEVER = float("inf")
_BY_TIME = attrgetter("started", "number")
# Characters of bodies that wait in memory, until they are laid down; a file may be larger.
_MOST_WAITING = 1 << 23
_OF_ONE = 500


class OnDisk(NamedTuple):
    """Where bytes are kept until they are asked for."""

    path: str
    start: int
    length: int


class Segment(NamedTuple):
    """What a part laid into one bucket: in order, from the time `first` on; `laid` is encoded."""

    bucket: int
    first: float
    laid: bytes | OnDisk

    def read(self) -> list[Laid]:
        """What was laid."""
        if isinstance(self.laid, bytes):
            return _decode(self.laid)
        path, start, length = self.laid
        file = os.open(path, os.O_RDONLY)
        try:
            return _decode(os.pread(file, length, start))
        finally:
            os.close(file)


class Worker:
    """Judges traffic in one process."""

    def __init__(self, pack: Pack, quickly: bool = True, base_urls: tuple[str, ...] = ()) -> None:
        self.judge = TrafficJudge(pack, quickly, base_urls)
        self.folds = Folds(self.judge)

    def judge_items(
        self, items: Iterable[Item], source: str, keep: Callable[[Segment], object]
    ) -> Tally:
        """Judge the pieces of a recording; what waits for others is given to `keep` as it comes."""
        tally, laid, waiting = self.judge.tally(), dict[int, list[Laid]](), 0
        for item in items:
            judged = self.judge.judge(item, source, tally)
            if judged is None:
                continue
            self.folds.lay_out(judged, laid, tally)
            seen = judged.seen
            waiting += len(seen.reply_text or "") + len(seen.sent_text or "") + _OF_ONE
            if waiting > _MOST_WAITING:
                _lay_down(laid, keep)
                waiting = 0
        _lay_down(laid, keep)
        self.judge.flush(tally)
        return tally

    def fold(self, segments: Iterable[Segment]) -> Tally:
        """Fold what all parts laid into one bucket, or into several, bucket by bucket."""
        tally = self.judge.tally()
        self.folds.fold_all(_in_order(segments), tally)
        return tally


def _lay_down(laid: dict[int, list[Laid]], keep: Callable[[Segment], object]) -> None:
    for bucket in sorted(laid):
        keep(_segment(bucket, laid[bucket]))
    laid.clear()


def _segment(bucket: int, laid: list[Laid]) -> Segment:
    if bucket == BUCKETS:
        laid.sort(key=_BY_TIME)  # its key is one, and so is its source
    first = min([one.started for one in laid])
    return Segment(bucket, first, _encode(laid))


def _in_order(segments: Iterable[Segment]) -> Iterator[Laid]:
    """What segments hold, by key and time. Of rules without a key no more than needed is decoded.

    A bucket of keys is small, so it is sorted whole. The bucket of no key is as long as the
    recording, of which parts follow each other in time, mostly: one is opened when its time comes.
    """
    by_bucket: dict[int, list[Segment]] = {}
    for segment in segments:
        by_bucket.setdefault(segment.bucket, []).append(segment)
    for bucket, some in sorted(by_bucket.items()):
        if bucket != BUCKETS:
            yield from sorted((one for segment in some for one in segment.read()), key=ORDER)
            continue
        some.sort(key=lambda segment: segment.first)
        yield from _merged(some)


def _merged(segments: list[Segment]) -> Iterator[Laid]:
    waiting = list(reversed(segments))
    heap: list[tuple[tuple[object, ...], int, Iterator[Laid], Laid]] = []
    while waiting or heap:
        while waiting and (not heap or waiting[-1].first <= heap[0][3].started):
            _push(heap, len(waiting), iter(waiting.pop().read()))
        _, number, rest, least = heappop(heap)
        yield least
        if not heap:  # as long as no other is open, nobody else can be the next
            opens = waiting[-1].first if waiting else _NEVER
            for least in rest:
                if least.started >= opens:
                    heappush(heap, (ORDER(least), number, rest, least))
                    break
                yield least
            continue
        _push(heap, number, rest)


def _push(
    heap: list[tuple[tuple[object, ...], int, Iterator[Laid], Laid]],
    number: int,
    rest: Iterator[Laid],
) -> None:
    following = next(rest, None)
    if following is not None:
        heappush(heap, (ORDER(following), number, rest, following))


@cache
def _worker(pack: str, base_urls: tuple[str, ...]) -> Worker:
    """The worker of this process for a pack, which is read once."""
    worker = Worker(find_pack(pack), base_urls=base_urls)
    # A contract is many objects that stay: they need not be looked through again and again.
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_RARELY)
    return worker


def judge_partition(
    pack: str,
    partition: Partition,
    keep: Callable[[Segment], object],
    base_urls: tuple[str, ...] = (),
) -> bytes:
    """Judge one part of a recording against a pack, by its path or name; gives the tally as bytes.

    What waits for exchanges of other parts is given to `keep`, in the order in which it comes.
    """
    worker = _worker(pack, base_urls)
    return worker.judge_items(partition.items(), partition.name, keep).to_bytes()


def fold_segments(pack: str, segments: Iterable[Segment], base_urls: tuple[str, ...] = ()) -> bytes:
    """Fold what all parts laid into the same buckets; gives the tally as bytes."""
    return _worker(pack, base_urls).fold(segments).to_bytes()
