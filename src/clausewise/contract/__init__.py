"""Documents to operations and clauses."""

from clausewise.contract.answers import Answer, ask
from clausewise.contract.clauses import GROUPS, Clause
from clausewise.contract.contract import Contract, load_contract
from clausewise.contract.matching import Match
from clausewise.contract.message import Content, Message
from clausewise.contract.operation import NotJudged, Operation
from clausewise.contract.operation_clauses import unknown_clauses
from clausewise.contract.parameters import Parameter
from clausewise.contract.place import Place, Promise
from clausewise.contract.replies import Reply
from clausewise.contract.rules import Rule, Step
from clausewise.contract.source import Source

__all__ = [
    "GROUPS",
    "Answer",
    "Clause",
    "Content",
    "Contract",
    "Match",
    "Message",
    "NotJudged",
    "Operation",
    "Parameter",
    "Place",
    "Promise",
    "Reply",
    "Rule",
    "Source",
    "Step",
    "ask",
    "load_contract",
    "unknown_clauses",
]
