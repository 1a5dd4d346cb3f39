"""States: whether a refusal may be about the state that a thing is in, not about the request.

What does something to a thing may want it in a state that no document tells of: a job has to run
before it can be stopped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from clausewise.contract import Operation
from clausewise.contract.path_templates import without_names
from clausewise.exchange import Response
from clausewise.judge.outcomes import GONE

# What servers say of the state of a thing. A `status` may as well be that of the answer.
_STATES = re.compile(
    r"\bstates?\b|\btransition|\bnot (?:yet )?(?:active|open|paid|ready|running|started|stopped)\b"
    r"|\b(?:archived|cancel+ed|closed|completed|finali[sz]ed|finished|frozen|locked|suspended)\b"
    r"|\b(?:is|still|currently) (?:active|draft|empty|inactive|open|pending|running|stopped)\b",
    re.IGNORECASE,
)
_MOST_READ = 2000
_PATCH = "application/json-patch+json"


def acts_on_a_thing(operation: Operation) -> bool:
    """Whether an operation does something to what its path names: `POST /jobs/{id}/stop`, DELETE.

    A PUT or a PATCH of the thing itself has its values to be refused for.
    """
    return _leads_on(operation) or (operation.method == "DELETE" and "{" in operation.path)


def of_its_state(
    operation: Operation, response: Response | None, free: bool, others: Iterable[Operation]
) -> str | None:
    """Why a refusal may be about the state of the thing that is asked about; None where not.

    `free` says that the request had values that may be to blame instead; `others` are the
    operations of the contract: some may have to come first.
    """
    status = response.status if response is not None else None
    if free and any(one.media_range == _PATCH for one in operation.contents) and status != 404:
        return "whether a JSON Patch applies depends on what is there (RFC 6902, section 5)"
    if response is None or not acts_on_a_thing(operation) or status in (*GONE, 405):
        return None
    word = _STATES.search(response.text(_MOST_READ))
    if word is not None:
        return f"the server says {word.group(0)!r}, which is about a state"
    beside = (one for one in others if one is not operation and _leads_on(one))
    first = next((one for one in beside if _thing(one) == _thing(operation)), None)
    if free or first is None:
        return None
    return f"it may want the thing in another state, as {first.id} may leave it"


def _leads_on(operation: Operation) -> bool:
    path = operation.path.rstrip("/")
    return not operation.safe and "{" in path and not path.endswith("}")


def _thing(operation: Operation) -> str:
    """The path of the thing that an operation is about."""
    return without_names(operation.path[: operation.path.rfind("}") + 1])
