"""A contract tester: a verdict for every single promise of an API's documentation.

PYTEST_DONT_REWRITE: nothing here asserts.
"""

from clausewise.checks import Broken, Kept, Message, check, fold, strategy
from clausewise.errors import ClausewiseError, ContractError, TargetError, UsageError
from clausewise.marks import Judged, Reply, Scenario, clauses, rule, scenario
from clausewise.secret_set import SecretSet

__version__ = "0.1.0"

__all__ = [
    "Broken",
    "ClausewiseError",
    "ContractError",
    "Judged",
    "Kept",
    "Message",
    "Reply",
    "Scenario",
    "SecretSet",
    "TargetError",
    "UsageError",
    "check",
    "clauses",
    "fold",
    "rule",
    "scenario",
    "strategy",
]
