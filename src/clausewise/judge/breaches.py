"""Asking one value what it keeps and breaks, in clause ids: the same for requests and replies."""

from __future__ import annotations

from functools import cached_property
from typing import Any, NamedTuple

from msgspec import Struct, field

from clausewise.contract import Contract, MessagePart, ask
from clausewise.judge.masked import MASKED, Hidden

# What comes over the wire may be long: of a value or a complaint no more is quoted.
LONGEST_WORDS = 1000


class Breach(NamedTuple):
    """One clause that a message breaks: what was promised otherwise, the value, and where it is."""

    clause: str
    message: str
    value: Any = None
    at: str | None = None


class Answers(Struct):
    """What one message answers: clauses kept and broken, members that nobody documented, the rest.

    `unjudged` are clauses that it could have spoken to, each with why nothing is said of them.
    """

    kept: list[str] = field(default_factory=list)
    broken: list[Breach] = field(default_factory=list)
    undocumented: list[tuple[str, str]] = field(default_factory=list)
    unjudged: list[tuple[str, str]] = field(default_factory=list)


class Asker:
    """Asks the values of one operation's messages. Safe to use from several threads."""

    def __init__(self, contract: Contract, operation: str) -> None:
        self._contract = contract
        self._operation = operation
        self._ids: dict[tuple[str, str, str], str] = {}

    @cached_property
    def clauses(self) -> frozenset[str]:
        """The ids of the operation's clauses, made at the first question."""
        return frozenset(clause.id for clause in self._contract.clauses_of(self._operation))

    def ask(
        self, message: MessagePart, value: Any, answers: Answers, masked: tuple[str, ...] = ()
    ) -> None:
        """Ask a value every promise of its message, in document order.

        Of what is `masked`, by pointers into the value, nothing is known but that it is there.
        """
        asked = ask(message.place, value)
        if masked:
            hidden = Hidden(message.place, masked)
            for answer in asked:
                if hidden.bears_on(answer):
                    one = answer.promise
                    answers.unjudged.append((self.id(message.part, *one.key), MASKED))
            asked = [answer for answer in asked if not hidden.bears_on(answer)]
        # Of a value of a wrong type only that it is there is asked too; branches have asked of it.
        wrong = {a.at for a in asked if a.promise.keyword == "type" and a.kept is False}
        for answer in asked:
            promise = answer.promise
            if answer.at in wrong and promise.keyword not in ("type", "required"):
                continue
            clause = self.id(message.part, promise.pointer, promise.keyword)
            if clause not in self.clauses:
                continue  # as the type of a text, which no message could break
            if answer.kept:
                answers.kept.append(clause)
            elif answer.kept is None:
                why = f"it hangs on what nobody can tell: {promise.doubt}"
                answers.unjudged.append((clause, why))
            elif promise.keyword == "required":
                answers.broken.append(Breach(clause, "it is missing", None, answer.at))
            elif promise.keyword == "writeOnly":
                answers.broken.append(Breach(clause, f"{answer.at} came back", None, answer.at))
            else:
                text = promise.complaint(answer.value)
                answers.broken.append(Breach(clause, text, answer.value, answer.at))

    def id(self, part: str, pointer: str, keyword: str) -> str:
        """The id of a clause, or of the rule that took its keyword over."""
        key = (part, pointer, keyword)
        if key not in self._ids:
            self._ids[key] = self._contract.clause_id(self._operation, *key)
        return self._ids[key]


def first_each(broken: list[Breach]) -> tuple[Breach, ...]:
    """One breach a clause, its first; what it quotes is short and hashable."""
    firsts: dict[str, Breach] = {}
    for breach in broken:
        if breach.clause not in firsts:
            small = breach._replace(message=short(breach.message), value=_small(breach.value))
            firsts[breach.clause] = small
    return tuple(firsts.values())


def short(text: str) -> str:
    """The beginning and the end of a text: a complaint about a value has that in its middle."""
    return text if len(text) <= LONGEST_WORDS else f"{text[: LONGEST_WORDS - 200]}…{text[-200:]}"


def _small(value: Any) -> Any:
    if isinstance(value, int | float | bool) or value is None:
        return value
    return short(value if isinstance(value, str) else repr(value))
