"""How pytest-xdist shares contract tests out: one operation, one worker."""

from __future__ import annotations

import re

from xdist.scheduler.loadscope import LoadScopeScheduling

# Contract tests are named by their clause: test_reply[start_recording:200#/data/status:enum].
_OPERATION = re.compile(r"\[(?P<operation>[^\]:/]+):")


class OperationScheduling(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """Like `--dist loadscope`, with all contract tests of one operation as one scope."""

    def _split_scope(self, nodeid: str) -> str:
        told = _OPERATION.search(nodeid)
        return told["operation"] if told else str(super()._split_scope(nodeid))
