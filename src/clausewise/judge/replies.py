"""Judging one reply: what it says of every clause that it can speak to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from clausewise.checks import SETTLE_SECONDS, Broken, Kept, Message
from clausewise.contract import Contract, DocumentedReply, Operation, Rule
from clausewise.contract.compiled import compiled
from clausewise.cutting import cut
from clausewise.exchange import Exchange, Response, ended_at
from clausewise.judge.breaches import Answers, Breach, first_each
from clausewise.judge.classes import (
    MOST_CLASSES,
    NOTHING,
    class_of,
    look_at,
    projected,
    promised,
)
from clausewise.judge.contents import PartsJudge
from clausewise.judge.history import Fold, History, Occurrence, Verdict, occurrences
from clausewise.judge.masked import MASKED
from clausewise.judge.messages import said_openly, secrets_apart
from clausewise.judge.outcomes import PATIENCE, is_documented, is_left_open, is_success
from clausewise.strict_json import NotJSON, parse


class ReplyJudgement(NamedTuple):
    """What one reply says: the clauses it keeps, those it breaks, and what nobody documented.

    `unjudged` are clauses that it could have spoken to, each with why nothing is said of them.
    """

    kept: tuple[str, ...] = ()
    broken: tuple[Breach, ...] = ()
    undocumented: tuple[tuple[str, str], ...] = ()
    unjudged: tuple[tuple[str, str], ...] = ()


# Statuses with a Content-Type that are remembered, and bytes of the bodies whose classes are.
_MOST_KINDS = 1_000
MOST_HELD = 1 << 22
_UNSEEN: Any = object()

# An exchange as the functions of rules see it, and as their schemas do: `{request, response}`.
_Seen = tuple[Message, dict[str, Any]]


class _ClassAnswers(NamedTuple):
    """What is said of an exchange but for its headers, and which functions of rules it is asked.

    `reply` is what is documented of it, `ruled` what the schemas of rules say.
    """

    reply: DocumentedReply | None
    answers: Answers
    ruled: Answers
    checks: tuple[tuple[str, Callable[..., Any]], ...]
    folds: tuple[str, ...]

    @property
    def holds_for_others(self) -> bool:
        """Whether all exchanges of its class say the same: what breaks nothing says no more."""
        return not (self.answers.broken or self.answers.unjudged or self.ruled.broken)


class ReplyJudge:
    """Judges the replies of one operation. Safe to use from several threads."""

    def __init__(
        self,
        contract: Contract,
        operation: Operation,
        checks: Mapping[str, Callable[..., Any]],
        settle_seconds: float = SETTLE_SECONDS,
    ) -> None:
        """`settle_seconds` is how long what is not there yet may take to show."""
        self.operation = operation
        self._settle_seconds = settle_seconds
        self._rules = [
            (rule, rule.clause(operation.id).id)
            for rule in contract.rules_of(operation.id)
            if rule.then is not None or rule.check is not None
        ]
        self._speaks = {
            rule.id: compiled(rule.when if rule.when is not None else {}) for rule, _ in self._rules
        }
        self._holds = {
            rule.id: compiled(rule.then) for rule, _ in self._rules if rule.then is not None
        }
        self._parts = PartsJudge(contract, operation)
        self._checks = checks
        # An exchange of any operation may tell something that a fold remembers.
        self._folds: dict[str, tuple[Fold, tuple[str, ...]]] = {
            rule.id: (checks[rule.fold], rule.by)
            for rule in contract.rules.values()
            if rule.fold is not None
        }
        self._concerns = {
            rule.id: compiled(rule.when)
            for rule in contract.rules.values()
            if rule.fold is not None and rule.when is not None
        }
        self._folded = {
            rule.id: rule.clause(operation.id).id
            for rule in contract.rules_of(operation.id)
            if rule.fold is not None
        }
        self.apart = secrets_apart(operation)
        # What exchanges depend on, by which what one of them was found to say holds for others.
        self._look = look_at(contract, operation)
        self._promised: dict[tuple[int, str | None], Any] = {}
        self._known: dict[Any, _ClassAnswers] = {}
        self._held = 0

    def judge(
        self,
        exchange: Exchange,
        history: History | None = None,
        sent: int | None = None,
        folds: bool = True,
        checks: bool = True,
    ) -> ReplyJudgement:
        """What the reply of an exchange says; nothing where there is none.

        The exchange is added to the run's `history`, of which `sent` says how much was over when
        the request was sent (`History.now`). Without one it stands for itself; without `folds`
        the rules about several exchanges are left to whoever brings these into an order, without
        `checks` the functions of rules to whoever asks them.
        """
        response = exchange.response
        if response is None:
            return ReplyJudgement()
        if response.status in PATIENCE and str(response.status) not in self.operation.replies:
            # A limiter before the server speaks for itself, whatever range its status lies in.
            return ReplyJudgement()
        kind, seen = self._class(exchange, response)
        known = self._known.get(kind) if kind is not None else None
        if known is None:
            known, seen = self._ask(exchange, response, seen)
            if kind is not None and known.holds_for_others:
                self._remember(kind, known, len(response.content))
        answers, ruled = Answers(), Answers()
        _join(answers, known.answers)
        if known.reply is not None:
            self._parts.headers(known.reply, response, answers)
        if seen is not None:
            message, both = seen
            _join(ruled, known.ruled)
            for clause, check in known.checks if checks else ():
                note(clause, check(message), ruled.kept, ruled.broken)
            if folds and known.folds:
                found = self._occurrences(known.folds, both)
                said = (history or History()).add(message, found, sent)
                for rule, verdict in said.items():
                    if rule in self._folded:
                        note(self._folded[rule], verdict, ruled.kept, ruled.broken)
            _add(ruled, answers, exchange)
        return ReplyJudgement(
            tuple(dict.fromkeys(answers.kept)),
            first_each(answers.broken) if answers.broken else (),
            tuple(dict.fromkeys(answers.undocumented)),
            tuple(answers.unjudged),
        )

    def _remember(self, kind: Any, known: _ClassAnswers, size: int) -> None:
        """Know what a class says from here on; how much it holds goes with the size of a body."""
        self._held += size
        if self._held > MOST_HELD or len(self._known) >= MOST_CLASSES:
            self._known.clear()
            self._held = size
        self._known[kind] = known

    def _class(self, exchange: Exchange, response: Response) -> tuple[Any, _Seen | None]:
        """The class of an exchange, and how rules see it; None and None where it has none.

        Only what keeps its schemas, and is known as a whole, has one.
        """
        look, request = self._look, exchange.request
        if look is None or request.masked or response.masked or not response.headers_known:
            return None, None
        key = response.status, response.content_type
        promise, body = self._promised.get(key, _UNSEEN), response.json_or_none
        if promise is _UNSEEN:
            if len(self._promised) >= _MOST_KINDS:
                self._promised.clear()
            promise = self._promised[key] = promised(self.operation, *key)
        if promise is None or (
            promise is not NOTHING and (response.not_json is not None or not promise.accepts(body))
        ):
            return None, None
        shape = class_of(body, look.members["response"].members["body"])
        if not self._rules and not self._folds:
            return (key, shape), None
        message = self._message(exchange, response, body)
        both = message.parts
        asked = look.members.get("request")
        of_request = projected(both["request"], asked) if asked is not None else None
        return (key, shape, of_request), (message, both)

    def _ask(
        self, exchange: Exchange, response: Response, seen: _Seen | None
    ) -> tuple[_ClassAnswers, _Seen | None]:
        """What an exchange says for itself; `seen` is how rules see it, where that is known."""
        answers, ruled = Answers(), Answers()
        reply = self._status(response, answers)
        body = self._parts.body(reply, response, answers)
        if not self._rules and not self._folds:
            return _ClassAnswers(reply, answers, ruled, (), ()), None
        if seen is None:
            message = self._message(exchange, response, body)
            seen = message, message.parts
        both = seen[1]
        for rule, clause in self._rules:
            if rule.then is not None and self._speaks[rule.id].is_valid(both):
                self._declared(rule, clause, both, ruled.kept, ruled.broken)
        return _ClassAnswers(
            reply, answers, ruled, self.checks_asked(both), self.folds_asked(both)
        ), seen

    def message(self, exchange: Exchange) -> Message | None:
        """An exchange as the functions of rules see it; None where there is no reply."""
        response = exchange.response
        if response is None:
            return None
        return self._message(exchange, response, response.json_or_none)

    def _status(self, response: Response, answers: Answers) -> DocumentedReply | None:
        clause = f"{self.operation.id}:status"
        status = response.status
        reply = self.operation.reply_for(status)
        if is_documented(self.operation, status) or (reply is not None and status < 500):
            answers.kept.append(clause)
            return reply
        if is_left_open(self.operation, status):
            return reply
        documented = ", ".join(self.operation.replies) or "none"
        said = f"the status was {status}; documented are {documented}"
        if reply is not None:
            said = f"it failed with {status}, which only `default` covers"
        answers.broken.append(Breach(clause, said, status))
        if is_success(status) and response.content:
            # The body still means what the one documented success means.
            successes = [part for part in self.operation.replies if part.startswith("2")]
            return self.operation.replies[successes[0]] if len(successes) == 1 else None
        return reply

    def checks_asked(self, both: Any) -> tuple[tuple[str, Callable[..., Any]], ...]:
        """The functions that the rules ask of an exchange, `{request, response}`, with clauses."""
        return tuple(
            (clause, self._checks[rule.check])
            for rule, clause in self._rules
            if rule.check is not None
            and (rule.when is None or self._speaks[rule.id].is_valid(both))
        )

    def folds_asked(self, both: Any) -> tuple[str, ...]:
        """The rules whose folds are asked of an exchange, `{request, response}`, by their ids."""
        return tuple(
            rule
            for rule in self._folds
            if rule not in self._concerns or self._concerns[rule].is_valid(both)
        )

    def _occurrences(
        self, asked: tuple[str, ...], both: Any
    ) -> dict[str, tuple[Fold, tuple[Occurrence, ...]]]:
        """The rules of several exchanges that an exchange concerns, and where their keys stand."""
        # Rules that are keyed alike, as most are, look for the same keys.
        keys: dict[tuple[str, ...], tuple[Occurrence, ...]] = {}
        folds = {}
        for rule in asked:
            fold, by = self._folds[rule]
            if by not in keys:
                keys[by] = occurrences(both, by)
            found = keys[by]
            if rule not in self._folded:
                # Nothing is said of these, and without a key there is nothing to remember.
                found = tuple([one for one in found if one.key is not None])
            if found:
                folds[rule] = fold, found
        return folds

    def _declared(
        self, rule: Rule, clause: str, both: Any, kept: list[str], broken: list[Breach]
    ) -> None:
        holds = self._holds[rule.id]
        if holds.is_valid(both):
            kept.append(clause)
            return
        error = next(iter(holds.iter_errors(both)))
        deepest = _deepest(error)
        at = "/".join(["", *(str(step) for step in deepest.instance_path)])
        where = at.removeprefix("/response/body") if at.startswith("/response/body") else None
        broken.append(Breach(clause, f"{where or at}: {_worded(deepest)}", None, where))

    def _message(self, exchange: Exchange, response: Response, body: Any) -> Message:
        request, sent = exchange.request, _request_body(exchange)
        secrets, others = self.apart(sent)
        return Message(
            self.operation.id,
            sent,
            response.status,
            body,
            response.text() if not response.limited else None,
            tuple(secrets),
            response.headers,
            request.path,
            request.query,
            said_openly(others, request.path, request.query),
            exchange.started,
            ended_at(exchange.started, response.seconds),
            self._settle_seconds,
        )


def _join(answers: Answers, more: Answers) -> None:
    """Add what was said elsewhere, of which nothing is ever changed."""
    answers.kept += more.kept
    answers.broken += more.broken
    answers.undocumented += more.undocumented
    answers.unjudged += more.unjudged


def _add(said: Answers, answers: Answers, exchange: Exchange) -> None:
    """Add what rules said of an exchange, as far as nothing that they look at was masked."""
    sent = exchange.request.masked
    masked = exchange.response.masked if exchange.response is not None else ()
    bodies = any(pointer.startswith("/body") for pointer in (*sent, *masked))
    if bodies:
        answers.unjudged += [(clause, MASKED) for clause in said.kept]
    else:
        answers.kept += said.kept
    if bodies or sent or masked:
        answers.unjudged += [(breach.clause, MASKED) for breach in said.broken]
    else:
        answers.broken += said.broken


def note(clause: str, verdict: Verdict, kept: list[str], broken: list[Breach]) -> None:
    """Note what a rule says of an exchange."""
    if isinstance(verdict, Kept):
        kept.append(clause)
    elif isinstance(verdict, Broken):
        broken.append(Breach(clause, verdict.message, None, verdict.at))


def _deepest(error: Any) -> Any:
    """The error that says most: of a choice, the first one inside it."""
    context = getattr(getattr(error, "kind", None), "context", None)
    while context:
        inner = context[0][0] if context[0] else None
        if inner is None:
            break
        error = inner
        context = getattr(getattr(error, "kind", None), "context", None)
    return error


def _worded(error: Any) -> str:
    """A validator's complaint without the whole object in it."""
    steps = list(error.schema_path)
    if steps and steps[-1] == "not":
        forbidden = error.kind.as_dict().get("schema", {}) if hasattr(error.kind, "as_dict") else {}
        names = forbidden.get("required") if isinstance(forbidden, dict) else None
        if names:
            return f"{' and '.join(names)} should not be there"
        return "what should not be there is there"
    return cut(str(error.message), 200)


def _request_body(exchange: Exchange) -> Any:
    if exchange.request.content is None:
        return None
    if exchange.request.body is not None:
        return exchange.request.body
    try:
        return parse(exchange.request.content)
    except NotJSON:
        return None
