"""The exchanges that the bench of recorded traffic makes up, for tests to judge as well."""

from __future__ import annotations

from ..conftest import REPOSITORY
from ..modules import module_at

_bench = module_at(REPOSITORY / "benchmarks" / "traffic.py")
# `Maker(seed).exchanges(count)` makes them up; `write(path, count)` writes them as JSON lines.
Maker = _bench.Maker
write = _bench.write
