"""How pytest-xdist shares contract tests out: all of them to one worker."""

from __future__ import annotations

import re

from xdist.scheduler.loadscope import LoadScopeScheduling

# Contract tests are named by their clause, test_reply[start_recording:200#/data/status:enum], or
# are scenarios.
_CONTRACT = re.compile(r"\[(?:[^\]:/]+:|scenario\])")


class ContractScheduling(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """Like `--dist loadscope`, with all contract tests as one scope: they share one ledger."""

    def _split_scope(self, nodeid: str) -> str:
        return "contract" if _CONTRACT.search(nodeid) else str(super()._split_scope(nodeid))
