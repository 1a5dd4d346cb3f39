"""The same work on a Dask cluster: one that is there, or one of this machine while it is needed.

Parts of recordings become tallies and what rules about several exchanges need; Dask brings the
latter together by bucket (a shuffle), and adds the tallies up (a tree). Work whose worker is lost
is done again by another one, which changes nothing: every step is a function of its input alone.
Workers read the files and the pack by the same paths.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from clausewise.errors import UsageError
from clausewise.record.tally import Tally, merged
from clausewise.traffic.engines import Progress
from clausewise.traffic.partitions import Partition
from clausewise.traffic.work import Partial, Segment, fold_segments, judge_partition

if TYPE_CHECKING:
    from distributed import Client

# Buckets go together into so many groups at least, and more for more parts.
_GROUPS = 8


class Dask:
    """A Dask cluster, by the address of its scheduler; without one, `workers` of this machine."""

    def __init__(self, scheduler: str | None = None, workers: int = 2) -> None:
        self._scheduler = scheduler
        self._workers = workers

    def run(self, pack: str, partitions: list[Partition], progress: Progress) -> Tally:
        """The tally of all parts, of which there is one at least.

        Raises UsageError where Dask is not installed, or there is no such scheduler.
        """
        try:
            import dask.bag
            from distributed import Client, LocalCluster
        except ImportError:
            raise UsageError("--engine dask needs Dask: pip install 'clausewise[dask]'") from None
        with _client(Client, LocalCluster, self._scheduler, self._workers) as client:
            parts = dask.bag.from_sequence(partitions, npartitions=len(partitions))
            judged = parts.map(lambda part: judge_partition(pack, part)).persist()
            _watch(judged, progress)
            groups = max(_GROUPS, 2 * len(client.scheduler_info()["workers"]))
            folded = (
                judged.map(_segments)
                .flatten()
                .groupby(lambda segment: segment.bucket % groups, shuffle="tasks")
                .map(lambda group: fold_segments(pack, group[1]))
            )
            tallies = dask.bag.concat([judged.map(_tally_of), folded])
            written = tallies.fold(_added, initial=None).compute()
        return Tally.from_bytes(written)


def _segments(partial: Partial) -> list[Segment]:
    return partial.segments


def _tally_of(partial: Partial) -> bytes:
    return partial.tally


def _added(one: bytes | None, other: bytes | None) -> bytes | None:
    if one is None or other is None:
        return one or other
    return merged([Tally.from_bytes(one), Tally.from_bytes(other)]).to_bytes()


def _watch(judged: Any, progress: Progress) -> None:
    from distributed import as_completed, futures_of

    for done, _ in enumerate(as_completed(futures_of(judged)), 1):
        progress(done)


@contextmanager
def _client(client: Any, cluster: Any, scheduler: str | None, workers: int) -> Iterator[Client]:
    if scheduler is not None:
        try:
            with client(scheduler, timeout="10s", set_as_default=True) as there:
                yield there
        except OSError as error:
            raise UsageError(f"there is no Dask scheduler at {scheduler}: {error}") from None
        return
    with (
        cluster(
            n_workers=workers, threads_per_worker=1, dashboard_address=None, silence_logs=40
        ) as ours,
        client(ours, set_as_default=True) as there,
    ):
        yield there
