"""Who judges the parts of a recording: this process, or several of this machine.

What waits for the second step lies on disk, whoever judges, so memory does not grow with the
recording. Each part has files of its own, which are there as a whole or not at all: where it is
judged again, because who judged it was lost, the same bytes take their place.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory
from typing import BinaryIO, NamedTuple, cast

import msgspec

from clausewise.errors import UsageError
from clausewise.record.tally import Tally, merged
from clausewise.traffic.folding import BUCKETS
from clausewise.traffic.partitions import Partition
from clausewise.traffic.work import OnDisk, Segment, fold_segments, judge_partition

# Buckets that are folded at once.
_TOGETHER = 16

# Is told how many parts are done.
Progress = Callable[[int], None]
# Calls a function with each of its arguments, as `map` does; the results may come in any order.
RunAll = Callable[..., Iterable[bytes]]
# Of buckets that are folded at once what a part laid into each: from which time on, and where it
# lies in the part's file. An index has them by the first of these buckets.
_Places = list[tuple[int, float, int, int]]
_read_index = msgspec.msgpack.Decoder(dict[int, msgspec.Raw]).decode
_read_places = msgspec.msgpack.Decoder(_Places).decode


class Engine(ABC):
    """Judges the parts of a recording; the tally is the same whichever does."""

    def run(
        self,
        pack: str,
        partitions: list[Partition],
        progress: Progress,
        base_urls: tuple[str, ...] = (),
    ) -> Tally:
        """The tally of all parts, of which there is one at least.

        Raises UsageError where there is nobody to judge, or what waits cannot be kept.
        """
        # What is lost may still write while the folder goes.
        waiting = TemporaryDirectory(prefix="clausewise-", ignore_cleanup_errors=True)
        with waiting as folder, self.opened() as run_all:
            return _run(run_all, TrafficWork(pack, base_urls, folder), partitions, progress)

    @abstractmethod
    def opened(self) -> AbstractContextManager[RunAll]:
        """Whoever judges, while they are there. Raises UsageError where there is nobody."""


class Processes(Engine):
    """Some processes of this machine; one is this very process."""

    def __init__(self, jobs: int = 1) -> None:
        self._jobs = jobs

    @contextmanager
    def opened(self) -> Iterator[RunAll]:
        """So many processes: this one, or others."""
        if self._jobs == 1:
            yield map
            return
        with ProcessPoolExecutor(self._jobs, get_context("spawn")) as pool:
            yield pool.map


class TrafficWork(NamedTuple):
    """The two steps by a contract; what waits between them lies in `folder`.

    Both raise UsageError where it cannot be kept there.
    """

    pack: str
    base_urls: tuple[str, ...]
    folder: str

    def judge(self, number: int, partition: Partition) -> bytes:
        """Judge a part, by its number, and lay out what waits; gives the tally as bytes."""
        index: dict[int, _Places] = {}
        with _kept_in(self.folder):
            with _as_a_whole(_laid(self.folder, number)) as file:

                def keep(segment: Segment) -> None:
                    bucket, first, laid = segment
                    assert isinstance(laid, bytes)
                    there = index.setdefault(bucket - bucket % _TOGETHER, [])
                    there.append((bucket, first, file.tell(), len(laid)))
                    file.write(laid)

                tally = judge_partition(self.pack, partition, keep, self.base_urls)
            with _as_a_whole(_index(self.folder, number)) as file:
                file.write(msgspec.msgpack.encode(index))
        return tally

    def fold(self, parts: int, bucket: int) -> bytes:
        """Fold what so many parts laid into some buckets from one on; gives the tally as bytes."""
        with _kept_in(self.folder):
            segments = _segments(self.folder, parts, bucket)
            return fold_segments(self.pack, segments, self.base_urls)


def _run(
    run_all: RunAll, work: TrafficWork, partitions: list[Partition], progress: Progress
) -> Tally:
    """Both steps, one after the other."""
    parts = range(len(partitions))
    tally = merged(_told(run_all(work.judge, parts, partitions), progress))
    # The longest goes first.
    folded = run_all(partial(work.fold, len(parts)), [BUCKETS, *range(0, BUCKETS, _TOGETHER)])
    return merged([tally, *(Tally.from_bytes(written) for written in folded)])


def _told(judged: Iterable[bytes], progress: Progress) -> Iterator[Tally]:
    for done, written in enumerate(judged, 1):
        yield Tally.from_bytes(written)
        progress(done)


def _segments(folder: str, parts: int, together: int) -> Iterator[Segment]:
    for number in range(parts):
        read, laid = _index(folder, number).read_bytes(), str(_laid(folder, number))
        there = _read_index(read).get(together)
        for bucket, first, start, length in _read_places(there) if there is not None else ():
            yield Segment(bucket, first, OnDisk(laid, start, length))


def _laid(folder: str, number: int) -> Path:
    return Path(folder, f"{number}")


def _index(folder: str, number: int) -> Path:
    return Path(folder, f"{number}.index")


@contextmanager
def _as_a_whole(path: Path) -> Iterator[BinaryIO]:
    with NamedTemporaryFile(dir=path.parent, delete=False) as file:
        yield cast(BinaryIO, file)
    os.replace(file.name, path)


@contextmanager
def _kept_in(folder: str) -> Iterator[None]:
    """Raises UsageError where the folder is full, or is not there on the machine that judges."""
    try:
        yield
    except OSError as error:
        raise UsageError(
            f"what waits for rules of several exchanges cannot be kept in {folder}: "
            f"{error.strerror or error}; let TMPDIR name a folder with room for as much as the "
            "recordings, which all who judge can write to"
        ) from None
