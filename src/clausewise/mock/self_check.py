"""A mock that keeps its contract: every reply is held against it before it is sent."""

from __future__ import annotations

from typing import Any

from clausewise.contract import Contract, Message, Operation, ask
from clausewise.contract.compiled import compiled
from clausewise.judge.breaches import Asker, Breach
from clausewise.mock.call import Reply
from clausewise.mock.intake import promise_of

JSON = "application/json"


class MockBroke(Exception):  # noqa: N818  # it says what happened
    """A reply of the mock breaks the mock's own contract: a mistake in the mock."""


class SelfCheck:
    """The replies of one operation."""

    def __init__(self, contract: Contract, operation: Operation) -> None:
        self._contract = contract
        self._asker = Asker(contract, operation.id)
        self._operation = operation
        self._documented: dict[int, _Documented | None] = {}

    def media_type(self, status: int) -> str:
        """Tell the media type that a reply of this status is sent with."""
        documented = self._find(status)
        return documented.media_type if documented else JSON

    def check(self, reply: Reply, refusal: bool = False) -> None:
        """Hold a reply against the contract. Raises MockBroke.

        The status of a refusal may be undocumented: documents seldom list them all, and a mock
        that may not refuse could not keep its other promises.
        """
        documented = self._find(reply.status)
        if documented is None:
            if refusal:
                return
            listed = ", ".join(self._operation.replies) or "none"
            raise self._broke("status", f"{reply.status} is not documented; documented: {listed}")
        self._check_media_type(documented.message, reply)
        if not documented.message.required or isinstance(reply.body, bytes):
            return
        if reply.body is None:
            raise self._broke(f"{documented.message.part}:json", "a body is missing")
        # A validator reads "required" and "writeOnly" apart: that a write-only member is there
        # only the walk over the places notices.
        if not documented.validator.is_valid(reply.body) or (
            documented.hides
            and not all(answer.kept for answer in ask(documented.message.place, reply.body))
        ):
            raise self._breaks(documented.message, reply.body)

    def _check_media_type(self, message: Message, reply: Reply) -> None:
        sent = next(
            (value for name, value in reply.headers.items() if name.lower() == "content-type"),
            self.media_type(reply.status),
        )
        kind = sent.partition(";")[0].strip().lower()
        if reply.body is not None and kind not in message.media_types:
            listed = " or ".join(message.media_types) or "no body at all"
            raise self._broke(f"{message.part}:media-type", f"{kind} is not {listed}")

    def _find(self, status: int) -> _Documented | None:
        if status not in self._documented:
            message = self._operation.reply_for(status)
            self._documented[status] = _Documented(message) if message else None
        return self._documented[status]

    def _broke(self, clause: str, problem: str) -> MockBroke:
        return MockBroke(f"the mock broke {self._operation.id}:{clause}: {problem}")

    def _breaks(self, message: Message, body: Any) -> MockBroke:
        broken: list[Breach] = []
        self._asker.ask(message.part, message.place, body, [], broken)
        told = [
            f"{breach.clause} (at {breach.at or 'the body'}: {promise_of(self._contract, breach)})"
            for breach in broken
        ]
        problem = "; ".join(told) or f"the schema of {self._operation.id}:{message.part}"
        return MockBroke(f"the mock broke {problem}")


class _Documented:
    """A documented reply, ready to check with."""

    def __init__(self, message: Message) -> None:
        self.message = message
        self.validator = compiled(message.schema.document)
        self.hides = any(place.hidden is not None for place in message.place.walk())
        json_types = (kind for kind in message.media_types if "json" in kind)
        self.media_type = next(json_types, next(iter(message.media_types), JSON))
