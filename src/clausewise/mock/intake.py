"""What is asked of a request before its handler sees it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from starlette.requests import Request

from clausewise.contract import Contract, Operation
from clausewise.contract.compiled import compiled
from clausewise.mock.bearer import authenticate
from clausewise.mock.breaches import breaches, in_words
from clausewise.mock.call import Call, Refused
from clausewise.mock.parameters import Parameters, field
from clausewise.strict_json import NotJSON, parse

LARGEST_BODY = 8 * 1024 * 1024


class Intake:
    """The requests of one operation.

    Asked in this order, and the first breach decides: the credential (401), the body's size (413),
    parameters (400), the media type (415), that there is a body, that it is JSON, its schema, the
    rules on it (400).
    """

    def __init__(self, contract: Contract, operation: Operation, tokens: Sequence[str]) -> None:
        self._contract = contract
        self._operation = operation
        self._tokens = tuple(tokens)
        self._parameters = Parameters(contract, operation)
        # Compiled once: to look a schema up by its text takes longer than to validate.
        self._body: Any = compiled(operation.body.schema.document) if operation.body else None
        self._rules = [
            (rule, compiled(rule.body))
            for rule in contract.rules_of(operation.id)
            if rule.body is not None
        ]

    def read(self, request: Request, content: bytes) -> Call:
        """Read a request as a Call. Raises Refused."""
        if self._operation.secured:
            authenticate(field(request.headers, "authorization"), self._tokens)
        if len(content) > LARGEST_BODY:
            raise Refused(413, f"a body has at most {LARGEST_BODY} bytes")
        path = self._parameters.path(request.path_params)
        query = self._parameters.query(request.query_params)
        self._parameters.check_headers(request.headers)
        body = self._read_body(field(request.headers, "content-type"), content)
        return Call(self._operation, path, query, request.headers, body)

    def _read_body(self, content_type: str | None, content: bytes) -> Any:
        message = self._operation.body
        if message is None:
            return None
        if content_type is not None or content:
            # JSON has no parameters of Content-Type (RFC 8259, section 11): they say nothing.
            documented = self._operation.content_for(content_type)
            if documented is None:
                ranges = [content.media_range for content in self._operation.contents]
                raise Refused(415, f"the media type has to be {' or '.join(ranges)}")
        if not content:
            if self._operation.body_required:
                raise Refused(400, "a body is required")
            return None
        body = _json(content)
        if not self._body.is_valid(body):
            found = breaches(self._contract, self._operation.id, message.part, message.place, body)
            broken = in_words(found) or "it does not keep its schema"
            raise Refused(400, f"the body breaks the contract: {broken}")
        for rule, validator in self._rules:
            if not validator.is_valid(body):
                raise Refused(400, f"the body breaks rule {rule.id}: {rule.statement}")
        return body


def _json(content: bytes) -> Any:
    try:
        body = parse(content)
    except NotJSON as problem:
        raise Refused(400, f"the body is not JSON: {problem}") from None
    if b"\\ud" in content or b"\\uD" in content:
        # Half a surrogate pair passes the grammar but is no text (RFC 8259, section 8.2), and
        # neither validators nor an encoder take it.
        try:
            json.dumps(body, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            raise Refused(400, "the body is not JSON: half a surrogate pair") from None
    return body
