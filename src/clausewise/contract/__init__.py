"""Documents to operations and clauses."""

from clausewise.contract.answers import Answer, ask
from clausewise.contract.clauses import GROUPS, Clause
from clausewise.contract.contract import Contract, load_contract
from clausewise.contract.documents import Source
from clausewise.contract.matching import Match
from clausewise.contract.message import Message
from clausewise.contract.operations import Operation, unknown_clauses
from clausewise.contract.parameters import Parameter
from clausewise.contract.places import Place, Promise
from clausewise.contract.rules import Rule, Step

__all__ = [
    "GROUPS",
    "Answer",
    "Clause",
    "Contract",
    "Match",
    "Message",
    "Operation",
    "Parameter",
    "Place",
    "Promise",
    "Rule",
    "Source",
    "Step",
    "ask",
    "load_contract",
    "unknown_clauses",
]
