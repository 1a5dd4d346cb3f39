"""Documents to operations and clauses."""

from clausewise.contract.answers import Answer, ask
from clausewise.contract.clauses import GROUPS, Clause
from clausewise.contract.contract import Contract, load_contract
from clausewise.contract.matching import MatchedOperation
from clausewise.contract.message import Content, MessagePart
from clausewise.contract.operation import NotJudged, Operation
from clausewise.contract.operation_clauses import unknown_clauses
from clausewise.contract.parameters import Parameter
from clausewise.contract.place import Place, Promise
from clausewise.contract.replies import DocumentedReply
from clausewise.contract.rules import Rule, Step
from clausewise.contract.source import Source

__all__ = [
    "GROUPS",
    "Answer",
    "Clause",
    "Content",
    "Contract",
    "DocumentedReply",
    "MatchedOperation",
    "MessagePart",
    "NotJudged",
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
