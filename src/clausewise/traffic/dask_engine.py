"""The same work on a Dask cluster: one that is there, or one of this machine while it is needed.

Dask calls the two steps, a part of a recording or some buckets of keys at a time. Work whose worker
is lost is done again by another one, which changes nothing: every step is a function of its input
alone. Only names of files and ranges go to the workers, and only tallies come back, which are added
up and let go as they come: workers read the files and the pack by the same paths, and lay what
waits into a temporary folder (TMPDIR) that all of them see.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from clausewise.errors import UsageError
from clausewise.traffic.engines import Engine, RunAll

if TYPE_CHECKING:
    from distributed import Client

# Steps that are handed out before the first one is done, or more for more workers.
_AHEAD = 32


class Dask(Engine):
    """A Dask cluster, by the address of its scheduler; without one, `workers` of this machine."""

    def __init__(self, scheduler: str | None = None, workers: int = 2) -> None:
        self._scheduler = scheduler
        self._workers = workers

    @contextmanager
    def opened(self) -> Iterator[RunAll]:
        """The workers of the cluster.

        Raises UsageError where Dask is not installed, or there is no such scheduler.
        """
        try:
            from distributed import Client, LocalCluster
        except ImportError:
            raise UsageError("--engine dask needs Dask: pip install 'clausewise[dask]'") from None
        with _client(Client, LocalCluster, self._scheduler, self._workers) as client:
            yield partial(_run_all, client)


def _run_all(client: Client, step: Callable[..., bytes], *lists: Iterable[Any]) -> Iterator[bytes]:
    """What a step gives for each input, as it comes; no more is under way than workers need."""
    from distributed import as_completed

    inputs = zip(*lists, strict=True)
    ahead = max(_AHEAD, 4 * sum(client.nthreads().values()))
    # Not `pure`: no two are alike, so Dask need not look for those.
    first = [client.submit(step, *one, pure=False) for one in islice(inputs, ahead)]
    running = as_completed(first, with_results=True)
    del first
    for future, written in running:
        future.release()
        for one in islice(inputs, 1):
            running.add(client.submit(step, *one, pure=False))
        yield written


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
            n_workers=workers, threads_per_worker=1, dashboard_address=":0", silence_logs=40
        ) as ours,
        client(ours, set_as_default=True) as there,
    ):
        yield there
