"""A mock that keeps its contract: every reply is held against it before it is sent."""

from __future__ import annotations

from typing import Any

from clausewise.contract import Contract, DocumentedReply, MessagePart, Operation, ask
from clausewise.contract.compiled import compiled
from clausewise.judge.breaches import Answers, Asker
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
        self._check_media_type(documented.reply, reply)
        if documented.message is None or isinstance(reply.body, bytes):
            return
        if reply.body is None:
            raise self._broke(f"{documented.message.part}:json", "a body is missing")
        # A validator reads "required" and "writeOnly" apart: that a write-only member is there
        # only the walk over the places notices.
        if not documented.validator.is_valid(reply.body) or (
            documented.hides
            and any(answer.kept is False for answer in ask(documented.message.place, reply.body))
        ):
            raise self._breaks(documented.message, reply.body)

    def _check_media_type(self, documented: DocumentedReply, reply: Reply) -> None:
        sent = next(
            (value for name, value in reply.headers.items() if name.lower() == "content-type"),
            self.media_type(reply.status),
        )
        if reply.body is not None and documented.content_for(sent) is None:
            listed = " or ".join(documented.media_ranges) or "no body at all"
            raise self._broke(f"{documented.part}:media-type", f"{sent} is not {listed}")

    def _find(self, status: int) -> _Documented | None:
        if status not in self._documented:
            reply = self._operation.reply_for(status)
            self._documented[status] = _Documented(reply) if reply else None
        return self._documented[status]

    def _broke(self, clause: str, problem: str) -> MockBroke:
        return MockBroke(f"the mock broke {self._operation.id}:{clause}: {problem}")

    def _breaks(self, message: MessagePart, body: Any) -> MockBroke:
        answers = Answers()
        self._asker.ask(message, body, answers)
        told = [
            f"{breach.clause} (at {breach.at or 'the body'}: {promise_of(self._contract, breach)})"
            for breach in answers.broken
        ]
        problem = "; ".join(told) or f"the schema of {self._operation.id}:{message.part}"
        return MockBroke(f"the mock broke {problem}")


class _Documented:
    """A documented reply, ready to check with."""

    def __init__(self, reply: DocumentedReply) -> None:
        self.reply = reply
        content = reply.json_content
        self.message = content.message if content is not None else None
        schema = self.message.schema.document if self.message is not None else {}
        self.validator = compiled(schema)
        places = self.message.place.walk() if self.message is not None else ()
        self.hides = any(place.hidden is not None for place in places)
        kinds = reply.media_ranges
        self.media_type = content.media_range if content else next(iter(kinds), JSON)
