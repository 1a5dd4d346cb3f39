"""A contract tester: a verdict for every single promise of an API's documentation.

PYTEST_DONT_REWRITE: nothing here asserts.
"""

from typing import TYPE_CHECKING, Any

from clausewise.checks import Broken, Kept, Message, check, fold, strategy
from clausewise.errors import ClausewiseError, ContractError, TargetError, UsageError
from clausewise.marks import Judged, Reply, Scenario, clauses, rule, scenario

if TYPE_CHECKING:
    from clausewise.api import Contract, Match, load
    from clausewise.comparing import Comparison
    from clausewise.contract import Clause
    from clausewise.judge.exchanges import Judgement, Observation
    from clausewise.judging import judge_traffic
    from clausewise.recorder import Recorder
    from clausewise.report import Report
    from clausewise.running import run
    from clausewise.secrets.secret_set import SecretSet
    from clausewise.sides import compare

__version__ = "0.1.0"

__all__ = [
    "Broken",
    "Clause",
    "ClausewiseError",
    "Comparison",
    "Contract",
    "ContractError",
    "Judged",
    "Judgement",
    "Kept",
    "Match",
    "Message",
    "Observation",
    "Recorder",
    "Reply",
    "Report",
    "Scenario",
    "SecretSet",
    "TargetError",
    "UsageError",
    "check",
    "clauses",
    "compare",
    "fold",
    "judge_traffic",
    "load",
    "rule",
    "run",
    "scenario",
    "strategy",
]

# Names that bring the engine with them: whoever only writes checks does without it.
_LATER = {
    "Clause": "clausewise.contract",
    "Comparison": "clausewise.comparing",
    "Contract": "clausewise.api",
    "Judgement": "clausewise.judge.exchanges",
    "Match": "clausewise.api",
    "Observation": "clausewise.judge.exchanges",
    "Recorder": "clausewise.recorder",
    "Report": "clausewise.report",
    "judge_traffic": "clausewise.judging",
    "SecretSet": "clausewise.secrets.secret_set",
    "compare": "clausewise.sides",
    "load": "clausewise.api",
    "run": "clausewise.running",
}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = globals()[name] = getattr(import_module(_LATER[name]), name)
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
