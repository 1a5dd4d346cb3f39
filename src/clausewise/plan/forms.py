"""Forms: how the value of a message goes over the wire, and what a server reads from it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Protocol

from clausewise.contract import Operation, Parameter
from clausewise.contract.parameters import query_string, read_query
from clausewise.plan.cases import encode


class Form(Protocol):
    """Writes values of one message, and reads them back as a server would."""

    def written(self, value: Any) -> bytes | None:
        """The bytes of a value; None where it has no form that means it and nothing else."""
        ...

    def read(self, content: bytes) -> Any:
        """The value that a server reads."""
        ...


class JsonForm:
    """A JSON body."""

    def written(self, value: Any) -> bytes | None:
        """The body; every value has one."""
        return encode(value)

    def read(self, content: bytes) -> Any:
        """The body parsed."""
        return json.loads(content)


class QueryForm:
    """The query of a URL, as an object with a member for each parameter."""

    def __init__(self, parameters: Sequence[Parameter]) -> None:
        self._parameters = tuple(parameters)

    def written(self, value: Any) -> bytes | None:
        """The percent-encoded query."""
        text = query_string(self._parameters, value) if isinstance(value, dict) else None
        return None if text is None else text.encode("ascii")

    def read(self, content: bytes) -> Any:
        """The parameters' values."""
        return read_query(self._parameters, content.decode("ascii"))


class SegmentForm:
    """One path parameter, not yet percent-encoded. An empty segment would be another path."""

    def __init__(self, parameter: Parameter) -> None:
        self._parameter = parameter

    def written(self, value: Any) -> bytes | None:
        """The text of the segment."""
        texts = self._parameter.written(value)
        if texts is None or not texts[0] or texts[0] in (".", ".."):
            return None
        return texts[0].encode()

    def read(self, content: bytes) -> Any:
        """The parameter's value."""
        return self._parameter.read([content.decode()])


def form_of(operation: Operation) -> Form:
    """The form of what a plan varies: the body, else the query."""
    return JsonForm() if operation.body is not None else QueryForm(operation.parameters)
