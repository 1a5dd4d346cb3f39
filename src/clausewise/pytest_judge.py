"""The fixture `clausewise_judge`: any project's own API tests hold their responses to a contract.

It imports nothing of the engine until a response is judged.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from clausewise.api import Contract
    from clausewise.judge.exchanges import Judgement

_CONTRACTS = pytest.StashKey[dict[Path, Any]]()
_INI = "clausewise_contract"


def add_judge_options(parser: pytest.Parser) -> None:
    """Declare where the contract of `clausewise_judge` is named."""
    told = "the contract that the fixture clausewise_judge holds responses to"
    parser.addini(_INI, f"{told}: an OpenAPI document, or a folder with a clausewise.yaml")
    group = parser.getgroup("clausewise", "contract tests (clausewise)")
    group.addoption("--clausewise-contract", metavar="PATH", default=None, help=told)


@pytest.fixture
def clausewise_judge(pytestconfig: pytest.Config) -> Callable[..., Judgement]:
    """Hold a response to the contract, and fail the test where it is broken.

    `clausewise_judge(response)` takes a response that carries its request, as those of httpx,
    requests and the test clients of Starlette and FastAPI do; others take `request=`. `contract=`
    names another contract than `clausewise_contract` does. It gives the judgement.
    """

    def judge(
        response: Any, *, request: Any = None, contract: str | Path | None = None
    ) -> Judgement:
        __tracebackhide__ = True
        from clausewise.errors import ClausewiseError
        from clausewise.foreign import request_behind

        try:
            promised = _contract(pytestconfig, contract)
            sent = request if request is not None else request_behind(response)
            judgement = promised.judge(sent, response)
        except ClausewiseError as error:
            pytest.fail(f"clausewise_judge: {error}", pytrace=False)
        if not judgement.kept:
            raise AssertionError(str(judgement))
        return judgement

    return judge


def _contract(config: pytest.Config, named: str | Path | None) -> Contract:
    """The contract to judge by, read once a run. Raises ClausewiseError."""
    from clausewise.api import load
    from clausewise.errors import UsageError

    path: Path
    if named is not None:
        path = config.rootpath / named
    elif config.getoption("--clausewise-contract"):
        path = config.invocation_params.dir / config.getoption("--clausewise-contract")
    elif config.getini(_INI):
        path = (config.inipath.parent if config.inipath else config.rootpath) / config.getini(_INI)
    else:
        raise UsageError(
            f"which contract? Write `{_INI} = openapi.yaml` into pytest's settings, or give "
            "--clausewise-contract openapi.yaml"
        )
    known: dict[Path, Contract] = config.stash.setdefault(_CONTRACTS, {})
    if path not in known:
        known[path] = load(path)
    return known[path]
