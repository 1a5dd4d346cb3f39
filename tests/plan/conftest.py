"""What the tests of this room share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from clausewise.cache import VARIABLE
from clausewise.pack import Pack
from clausewise.plan.plan import OperationPlan, make_plan


@pytest.fixture(scope="session", autouse=True)
def _no_store() -> Iterator[None]:
    """Make every plan anew: what is on disk from another run proves nothing."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, "")
        yield


@pytest.fixture(scope="session")
def start_recording(pack: Pack) -> OperationPlan:
    """The plan of the pack's operation, without a random search."""
    return make_plan(pack, examples=0).operations["start_recording"]
