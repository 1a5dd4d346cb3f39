"""Who judges the parts of a recording: this process, or several of this machine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

import msgspec

from clausewise.record.tally import Tally, merged
from clausewise.traffic.folding import BUCKETS
from clausewise.traffic.partitions import Partition
from clausewise.traffic.work import OnDisk, Segment, fold_segments, judge_partition

# Buckets that are folded at once.
_TOGETHER = 16

# Is told how many parts are done.
Progress = Callable[[int], None]
_Map = Callable[..., Iterable[bytes]]
_Index = list[tuple[int, float, int, int]]


class Engine(Protocol):
    """Judges the parts of a recording; the tally is the same whichever does."""

    def run(self, pack: str, partitions: list[Partition], progress: Progress) -> Tally:
        """The tally of all parts, of which there is one at least."""
        ...


class Processes:
    """Some processes of this machine; one is this very process.

    What waits for the second step lies on disk, so memory does not grow with the recording.
    """

    def __init__(self, jobs: int = 1) -> None:
        self._jobs = jobs

    def run(self, pack: str, partitions: list[Partition], progress: Progress) -> Tally:
        """The tally of all parts, of which there is one at least."""
        with TemporaryDirectory(prefix="clausewise-") as folder:
            if self._jobs == 1:
                return _run(pack, partitions, progress, Path(folder), map)
            with ProcessPoolExecutor(self._jobs, get_context("spawn")) as pool:
                return _run(pack, partitions, progress, Path(folder), pool.map)


def _run(
    pack: str, partitions: list[Partition], progress: Progress, folder: Path, run_all: _Map
) -> Tally:
    files = [folder / f"{number}" for number in range(len(partitions))]
    judged = run_all(partial(_judge_to_disk, pack), files, partitions)
    groups = [range(start, start + _TOGETHER) for start in range(0, BUCKETS, _TOGETHER)]
    # The longest goes first.
    groups = [range(BUCKETS, BUCKETS + 1), *groups]
    tallies = [merged(_told(judged, progress))]
    folded = run_all(partial(_fold_from_disk, pack, files), groups)
    return merged([*tallies, *(Tally.from_bytes(written) for written in folded)])


def _told(judged: Iterable[bytes], progress: Progress) -> Iterator[Tally]:
    for done, written in enumerate(judged, 1):
        yield Tally.from_bytes(written)
        progress(done)


def _judge_to_disk(pack: str, path: Path, partition: Partition) -> bytes:
    tally, segments = judge_partition(pack, partition)
    index: _Index = []
    with path.open("wb") as file:
        for segment in segments:
            assert isinstance(segment.laid, bytes)
            index.append((segment.bucket, segment.first, file.tell(), len(segment.laid)))
            file.write(segment.laid)
    path.with_suffix(".index").write_bytes(msgspec.msgpack.encode(index))
    return tally


def _fold_from_disk(pack: str, files: list[Path], buckets: range) -> bytes:
    return fold_segments(pack, _segments(files, buckets))


def _segments(files: Iterable[Path], buckets: range) -> Iterator[Segment]:
    for path in files:
        index = msgspec.msgpack.decode(path.with_suffix(".index").read_bytes(), type=_Index)
        for bucket, first, start, length in index:
            if bucket in buckets:
                yield Segment(bucket, first, OnDisk(path, start, length))
