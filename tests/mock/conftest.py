"""The shop, and a mock of it that notes what its handlers are called with."""

from __future__ import annotations

from pathlib import Path

import pytest

from clausewise.contract import Contract, load_contract
from clausewise.mock import Application, Call, Reply

from .shop import DOCUMENT, RULES, build


@pytest.fixture
def contract(tmp_path: Path) -> Contract:
    """Read the shop's contract."""
    (tmp_path / "shop.yaml").write_text(DOCUMENT, "utf-8")
    (tmp_path / "rules.yaml").write_text(RULES, "utf-8")
    return load_contract(tmp_path, tmp_path / "shop.yaml", tmp_path / "rules.yaml")


@pytest.fixture
def calls() -> list[Call]:
    """Collect what the handlers are called with."""
    return []


@pytest.fixture
def app(contract: Contract, calls: list[Call]) -> Application:
    """Build a mock that keeps the shop's contract."""

    def order(call: Call) -> Reply:
        calls.append(call)
        return Reply(200, {"id": 1})

    def show(call: Call) -> Reply:
        calls.append(call)
        return Reply(200, {})

    return build(
        contract,
        order=order,
        list=show,
        show=show,
        change=show,
        cancel=lambda _: Reply(204),
        print=lambda _: Reply(200, b"an order"),
    )
