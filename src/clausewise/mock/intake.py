"""What is asked of a request before its handler sees it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from starlette.requests import Request

from clausewise.contract import Contract, Operation
from clausewise.contract.ids import read_id
from clausewise.judge.breaches import Breach
from clausewise.judge.requests import RequestJudge, RequestReading, name_of
from clausewise.mock.bearer import authenticate
from clausewise.mock.call import Call, Refused
from clausewise.pointer import ABSENT, steps_of

# So many promises that a body breaks are named in its refusal.
_MOST_NAMED = 3

LARGEST_BODY = 8 * 1024 * 1024


class Intake:
    """The requests of one operation.

    Asked in this order, and the first breach decides: the credential (401), the body's size (413),
    parameters (400), the media type (415), that there is a body, that it is JSON, its schema, the
    rules on it (400). They are read by whoever judges requests: what is unlawful there is refused.
    """

    def __init__(self, contract: Contract, operation: Operation, tokens: Sequence[str]) -> None:
        self._contract = contract
        self._operation = operation
        self._tokens = tuple(tokens)
        self._judge = RequestJudge(contract, operation)

    def read(self, request: Request, path: Mapping[str, str], content: bytes) -> Call:
        """Read a request as a Call. Raises Refused."""
        if self._operation.secured:
            # Repeated fields mean one list (RFC 9110, section 5.3).
            credentials = ", ".join(request.headers.getlist("authorization"))
            authenticate(credentials or None, self._tokens)
        if len(content) > LARGEST_BODY:
            raise Refused(413, f"a body has at most {LARGEST_BODY} bytes")
        query = request.scope["query_string"].decode("latin-1")
        reading = self._judge.read(path, query, request.headers.items(), content)
        if not reading.lawful:
            raise self._refusal(reading)
        # A segment that no parameter is documented for is handed on as well.
        values = {**path, **reading.path}
        body = None if reading.body is ABSENT else reading.body
        return Call(self._operation, values, reading.query, request.headers, body)

    def _refusal(self, reading: RequestReading) -> Refused:
        """The refusal of an unlawful request. It never has a value: any may be a secret."""
        if not reading.broken:
            return Refused(400, f"{reading.unexplained[0]} does not keep its schema")
        first = reading.broken[0]
        part = self._part(first)
        if part == "request:media-type":
            ranges = [content.media_range for content in self._operation.contents]
            return Refused(415, f"the media type has to be {' or '.join(ranges)}")
        if part == "request:required":
            return Refused(400, "a body is required")
        if part == "request:json":
            return Refused(400, f"the body is not JSON: {first.message}")
        if part.startswith("rule:"):
            rule = self._contract.rules[part.removeprefix("rule:")]
            return Refused(400, f"the body breaks rule {rule.id}: {rule.statement}")
        location = part.partition("#")[0]
        alike = [
            breach for breach in reading.broken if self._part(breach).startswith(f"{location}#")
        ]
        if location.startswith("request"):
            return Refused(
                400, f"the body breaks the contract: {first_broken(self._contract, alike)}"
            )
        name = name_of(first)
        if part.endswith(":required") and steps_of(first.at or "") == [name]:
            return Refused(400, f"the {location} parameter {name} is required")
        words = first_broken(self._contract, [one for one in alike if name_of(one) == name])
        return Refused(400, f"the {location} parameter {name} is wrong: {words}")

    def _part(self, breach: Breach) -> str:
        """A clause id without its operation."""
        return breach.clause.removeprefix(f"{self._operation.id}:")


def promise_of(contract: Contract, breach: Breach) -> str:
    """What was promised where a clause is broken, without the value that breaks it."""
    clause = contract.clauses.get(breach.clause)
    keyword = read_id(breach.clause).kind
    return clause.promise if clause else f"{breach.at or 'the body'} keeps `{keyword}`"


def first_broken(contract: Contract, broken: Iterable[Breach]) -> str:
    """The first promises that were broken, in one line."""
    texts = list(dict.fromkeys(promise_of(contract, breach) for breach in broken))
    more = [f"and {len(texts) - _MOST_NAMED} more"] if len(texts) > _MOST_NAMED else []
    return "; ".join([*texts[:_MOST_NAMED], *more])
