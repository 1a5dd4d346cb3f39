"""One tally by any engine: in parts, in several processes, and on a Dask cluster."""

from __future__ import annotations

import os
import signal
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from clausewise.errors import UsageError
from clausewise.traffic import work
from clausewise.traffic.engines import Processes
from clausewise.traffic.partitions import partitions_of

from ..conftest import REPOSITORY
from . import made_up
from .lamps import LAMP, lines, shown, tally_bytes


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recording of our contract with a breach in it; lives of recordings cross its parts."""
    path = tmp_path_factory.mktemp("traffic") / "traffic.jsonl"
    made_up.write(path, 1_500)
    content = path.read_bytes().replace(b'\\"success\\":true', b'\\"success\\":false', 3)
    path.write_bytes(content)
    return path


def _tally(path: Path, engine: Any, size: int) -> bytes:
    written: bytes = engine.run(
        str(REPOSITORY), partitions_of([path], size), lambda _: None
    ).to_bytes()
    return written


def test_parts_of_any_size_come_to_one_tally(recording: Path, tmp_path: Path) -> None:
    """However a recording is parted, rules about several exchanges see all of them, in order."""
    whole = _tally(recording, Processes(), 1 << 30)
    assert _tally(recording, Processes(), 100_000) == whole
    assert b"rule:R36" in whole
    lamps = tmp_path / "lamps.jsonl"
    lamps.write_bytes(lines([shown(1), b"{", shown(2, {**LAMP, "state": "dim"})]))
    assert tally_bytes(lamps, size=10) == tally_bytes(lamps)


def test_a_file_that_is_not_parted_is_laid_down_as_it_is_read(
    recording: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a long archive no more waits in memory than of lines, and the tally is the same."""
    [part] = partitions_of([recording], 1 << 30)
    whole, some = list[work.Segment](), list[work.Segment]()
    work.judge_partition(str(REPOSITORY), part, whole.append)
    monkeypatch.setattr(work, "_MOST_WAITING", 50_000)
    work.judge_partition(str(REPOSITORY), part, some.append)
    assert max(len(one.laid) for one in some) < 100_000 < max(len(one.laid) for one in whole)
    assert work.fold_segments(str(REPOSITORY), some) == work.fold_segments(str(REPOSITORY), whole)


def test_lines_are_numbered_through_all_parts(tmp_path: Path) -> None:
    """A poisoned line is named by its number in the file, wherever the part begins."""
    path = tmp_path / "lamps.jsonl"
    path.write_bytes(lines([shown(n) for n in range(9)] + [b"{"]))
    tally = Processes().run(str(REPOSITORY), partitions_of([path], 300), lambda _: None)
    assert [key.split(":")[1] for key in tally.census["poisoned"].counts] == ["10"]


@pytest.mark.slow
def test_two_processes_come_to_the_same(recording: Path) -> None:
    """Who judges a part makes no difference."""
    assert _tally(recording, Processes(2), 200_000) == _tally(recording, Processes(), 1 << 30)


@pytest.mark.slow
def test_a_worker_that_is_killed_loses_and_doubles_nothing(recording: Path) -> None:
    """On a Dask cluster one of two workers is killed while it judges: the tally is the same."""
    distributed = pytest.importorskip("distributed")
    from clausewise.traffic.dask_engine import Dask

    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=":0", silence_logs=50
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        victims = list(client.run(os.getpid).values())
        done: list[int] = []

        def kill() -> None:
            while not done:
                time.sleep(0.01)
            os.kill(victims[0], signal.SIGKILL)

        killer = threading.Thread(target=kill)
        killer.start()
        parts = partitions_of([recording], 40_000)
        tally = Dask(cluster.scheduler_address).run(str(REPOSITORY), parts, done.append)
        killer.join()
        assert victims[0] not in client.run(os.getpid).values()
    assert tally.to_bytes() == _tally(recording, Processes(), 1 << 30)


@pytest.mark.slow
def test_a_cluster_holds_no_exchanges(tmp_path: Path) -> None:
    """However much waits for rules of several exchanges, workers hold a few tallies alone."""
    distributed = pytest.importorskip("distributed")
    from clausewise.traffic.dask_engine import Dask

    path, held = tmp_path / "traffic.jsonl", list[int]()
    made_up.write(path, 10_000)
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=":0", silence_logs=50
    ) as cluster:

        def note(_: int) -> None:
            held.append(sum(worker.nbytes for worker in cluster.scheduler.workers.values()))

        parts = partitions_of([path], 300_000)
        Dask(cluster.scheduler_address).run(str(REPOSITORY), parts, note)
    assert len(held) == len(parts) > 40
    assert max(held) < path.stat().st_size / 10


@pytest.mark.skipif(not Path("/proc/self/cwd").exists(), reason="needs Linux")
@pytest.mark.slow
def test_workers_that_do_not_see_the_temporary_folder_are_told(
    recording: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where what waits cannot be kept, the message has the folder, and what to do."""
    distributed = pytest.importorskip("distributed")
    from clausewise.traffic.dask_engine import Dask

    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, dashboard_address=":0", silence_logs=50
    ) as cluster:
        monkeypatch.chdir(tmp_path)
        # Every process has another folder by that name: its own.
        monkeypatch.setattr(tempfile, "tempdir", "/proc/self/cwd")
        parts = partitions_of([recording])
        with pytest.raises(UsageError, match=r"kept in /proc/self/cwd/.*let TMPDIR name"):
            Dask(cluster.scheduler_address).run(str(REPOSITORY), parts, lambda _: None)


def test_a_scheduler_that_is_not_there_is_told() -> None:
    """Nothing goes on for ever, and the message has the address."""
    pytest.importorskip("distributed")
    from clausewise.traffic.dask_engine import Dask

    with pytest.raises(UsageError, match="no Dask scheduler at tcp://127"):
        Dask("tcp://127.0.0.1:1").run(str(REPOSITORY), [], lambda _: None)
