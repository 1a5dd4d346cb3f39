"""How pytest-xdist shares contract tests out: one operation, one worker."""

from __future__ import annotations

import re
from typing import Any

from xdist.scheduler.loadscope import LoadScopeScheduling

_OPERATION = re.compile(r"test_(?P<file>[^:]*)\.py::")


class OperationScheduling(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no stubs
    """Like `--dist loadscope`, with all contract tests of a folder as one scope."""

    def _split_scope(self, nodeid: str) -> Any:
        folder, slash, _ = nodeid.partition("contract_tests/")
        return f"{folder}contract_tests" if slash else super()._split_scope(nodeid)
