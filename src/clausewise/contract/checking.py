"""What is to be said of a contract alone: what is not judged, and where it contradicts itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from msgspec import Struct

from clausewise.contract.contract import Contract
from clausewise.contract.message import Content
from clausewise.contract.operation import Operation
from clausewise.contract.source import Source
from clausewise.cutting import cut

Kind = Literal["not judged", "not asked", "not tested", "contradiction"]


class Remark(Struct, frozen=True):
    """One thing to know of a contract: of what kind, about which operation, and where it stands."""

    kind: Kind
    operation: str
    said: str
    source: Source | None


def remarks_of(contract: Contract, lacks: Mapping[str, str]) -> list[Remark]:
    """Everything there is to say, in document order.

    `lacks` says by operation why no request of it can be made.
    """
    remarks = [Remark("not judged", m.operation, m.reason, m.source) for m in contract.not_judged]
    said = {(remark.operation, remark.said) for remark in remarks}
    for operation in contract.operations.values():
        lack = lacks.get(operation.id)
        if lack is not None and (operation.id, lack) not in said:
            remarks.append(Remark("not asked", operation.id, lack, operation.source))
        remarks += _untestable(operation)
        remarks += _contradictions(operation)
    return remarks


def _untestable(operation: Operation) -> Iterator[Remark]:
    for clause in operation.clauses.values():
        if clause.untestable is not None:
            said = f"{clause.short_id} is not tested: {clause.untestable}"
            yield Remark("not tested", operation.id, said, clause.source or operation.source)


def _contradictions(operation: Operation) -> Iterator[Remark]:
    """Documented values that do not keep their own schema."""
    for content in operation.contents:
        yield from _of_examples(operation, content, "the request")
    for reply in operation.replies.values():
        for content in reply.contents:
            yield from _of_examples(operation, content, f"a {reply.part} reply")


def _of_examples(operation: Operation, content: Content, what: str) -> Iterator[Remark]:
    if not content.is_json or content.unread is not None:
        return
    for name, value in content.examples.items():
        error = next(iter(content.message.validator.iter_errors(value)), None)
        if error is None:
            continue
        at = "".join(f"/{step}" for step in error.instance_path) or "the whole"
        said = cut(f"{at}: {error.message}", 200)
        source = content.message.schema.sources.get("") or operation.source
        problem = f"the example {name!r} of {what} breaks its own schema at {said}"
        yield Remark("contradiction", operation.id, problem, source)
