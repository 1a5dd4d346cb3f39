"""The exchanges that the bench of recorded traffic makes up, for tests to judge as well."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

_BENCH = Path(__file__).parents[2] / "benchmarks" / "traffic.py"


def _loaded() -> ModuleType:
    spec = importlib.util.spec_from_file_location("bench_of_traffic", _BENCH)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_bench = _loaded()
# `Maker(seed).exchanges(count)` makes them up; `write(path, count)` writes them as JSON lines.
Maker = _bench.Maker
write = _bench.write
