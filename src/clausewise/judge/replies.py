"""Judging one reply: what it says of every clause that it can speak to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any, NamedTuple

from clausewise.checks import Broken, Kept, strings_in
from clausewise.checks import Message as CheckMessage
from clausewise.contract import Contract, Message, Operation, Rule
from clausewise.contract.compiled import compiled
from clausewise.contract.operations import JSON
from clausewise.contract.places import Place
from clausewise.exchange import Exchange, Response
from clausewise.judge.breaches import Asker, Breach, first_each, short
from clausewise.judge.history import Fold, History, Occurrence, Verdict, occurrences
from clausewise.pointer import ABSENT, escape, look, put
from clausewise.strict_json import NotJSON, parse

# Replies that say nothing about the contract: the target asks for patience.
PATIENCE = (429, 503)
# What a server sends may be long: of one reply no more members are told that nobody documented.
MOST_STRANGERS = 100


class Judgement(NamedTuple):
    """What one reply says: the clauses it keeps, those it breaks, and what nobody documented.

    `unjudged` are clauses that it could have spoken to, each with why nothing is said of them.
    """

    kept: tuple[str, ...] = ()
    broken: tuple[Breach, ...] = ()
    undocumented: tuple[tuple[str, str], ...] = ()
    unjudged: tuple[tuple[str, str], ...] = ()


class ReplyJudge:
    """Judges the replies of one operation. Safe to use from several threads."""

    def __init__(
        self,
        contract: Contract,
        operation: Operation,
        checks: Mapping[str, Callable[..., Any]],
    ) -> None:
        self.operation = operation
        self._asker = Asker(contract, operation.id)
        self._rules = [
            (rule, rule.clause(operation.id).id)
            for rule in contract.rules_of(operation.id)
            if rule.then is not None or rule.check is not None
        ]
        self._declarations = {
            rule.id: (compiled(rule.when if rule.when is not None else {}), compiled(rule.then))
            for rule, _ in self._rules
            if rule.then is not None
        }
        self._known: dict[Any, tuple[tuple[str, ...], tuple[tuple[str, str], ...]]] = {}
        self._tellers = {
            part: _told_apart_by(reply.place) for part, reply in operation.replies.items()
        }
        self._checks = checks
        # An exchange of any operation may tell something that a fold remembers.
        self._folds: dict[str, tuple[Fold, tuple[str, ...]]] = {
            rule.id: (checks[rule.fold], rule.by)
            for rule in contract.rules.values()
            if rule.fold is not None
        }
        self._folded = {
            rule.id: rule.clause(operation.id).id
            for rule in contract.rules_of(operation.id)
            if rule.fold is not None
        }
        self._secret_pointers = list(_secrets(operation.body.place)) if operation.body else []

    def judge(
        self,
        exchange: Exchange,
        history: History | None = None,
        sent: int | None = None,
    ) -> Judgement:
        """What the reply of an exchange says; nothing where there is none.

        The exchange is added to the run's `history`, of which `sent` says how much was over when
        the request was sent (`History.now`). Without one it stands for itself.
        """
        response = exchange.response
        if response is None or response.status in PATIENCE:
            return Judgement()
        kept: list[str] = []
        broken: list[Breach] = []
        undocumented: list[tuple[str, str]] = []
        unjudged: list[tuple[str, str]] = []
        documented = self._status(response, kept, broken)
        body: Any = None
        if documented is not None and documented.required:
            problem = self._transport(documented, response, kept, broken)
            if problem is None:
                body = response.json
                undocumented += self._body(documented, body, kept, broken)
            elif response.too_much:
                unjudged.append((f"{self.operation.id}:{documented.part}:json", problem))
        elif response.not_json is None:
            body = response.json
        if self._rules or self._folds:
            message = self._message(exchange, response, body)
            both = message.parts
            self._apply_rules(message, both, kept, broken)
            self._fold(message, both, history or History(), sent, kept, broken)
        return Judgement(
            tuple(kept),
            first_each(broken),
            tuple(undocumented),
            tuple(unjudged),
        )

    def _status(self, response: Response, kept: list[str], broken: list[Breach]) -> Message | None:
        clause = f"{self.operation.id}:status"
        status = response.status
        message = self.operation.reply_for(status)
        if message is not None and status < 500:
            kept.append(clause)
            return message
        if 400 <= status < 500:
            return message  # which 4xx a server picks is its own affair
        documented = ", ".join(self.operation.replies)
        broken.append(
            Breach(clause, f"the status was {status}; documented are {documented}", status)
        )
        if 200 <= status < 300 and response.content:
            # The body still means what the one documented success means.
            successes = [part for part in self.operation.replies if part.startswith("2")]
            return self.operation.replies[successes[0]] if len(successes) == 1 else None
        return message

    def _transport(
        self, message: Message, response: Response, kept: list[str], broken: list[Breach]
    ) -> str | None:
        prefix = f"{self.operation.id}:{message.part}"
        media = response.media_type
        if media in {kind.split(";")[0].strip().lower() for kind in message.media_types}:
            kept.append(f"{prefix}:media-type")
        else:
            said = f"it was {media}" if media else "there was no Content-Type"
            expected = " or ".join(message.media_types) or JSON
            text = f"{said}; documented is {expected}"
            broken.append(Breach(f"{prefix}:media-type", text, media))
        problem = response.not_json
        if problem is None:
            kept.append(f"{prefix}:json")
        elif not response.too_much:
            broken.append(Breach(f"{prefix}:json", problem, _excerpt(response.content)))
        return problem

    def _body(
        self, message: Message, body: Any, kept: list[str], broken: list[Breach]
    ) -> tuple[tuple[str, str], ...]:
        """Ask a body every promise; gives what nobody documented.

        Of a body that keeps them all, only the shape tells which ones were asked: one with the
        same names, types and discriminators was asked the same.
        """
        tellers = self._tellers[message.part]
        if tellers is None or not message.accepts(body):
            self._asker.ask(message.part, message.place, body, kept, broken)
            return _some_strangers(message, body)
        key = (message.part, _shape(body), *(look(body, at) for at in tellers))
        known = self._known.get(key)
        if known is None:
            asked: list[str] = []
            before = len(broken)
            self._asker.ask(message.part, message.place, body, asked, broken)
            known = tuple(asked), _some_strangers(message, body)
            if len(broken) == before:
                self._known[key] = known
        kept += known[0]
        return known[1]

    def _apply_rules(
        self, message: CheckMessage, both: Any, kept: list[str], broken: list[Breach]
    ) -> None:
        for rule, clause in self._rules:
            if rule.then is not None:
                self._declared(rule, clause, both, kept, broken)
            if rule.check is not None:
                _note(clause, self._checks[rule.check](message), kept, broken)

    def _fold(
        self,
        message: CheckMessage,
        both: Any,
        history: History,
        sent: int | None,
        kept: list[str],
        broken: list[Breach],
    ) -> None:
        """Ask the rules of several exchanges."""
        # Rules that are keyed alike, as most are, look for the same keys.
        keys: dict[tuple[str, ...], tuple[Occurrence, ...]] = {}
        folds = {}
        for rule, (fold, by) in self._folds.items():
            if by not in keys:
                keys[by] = occurrences(both, by)
            found = keys[by]
            if rule not in self._folded:
                # Nothing is said of these, and without a key there is nothing to remember.
                found = tuple(one for one in found if one.key is not None)
            if found:
                folds[rule] = fold, found
        for rule, verdict in history.add(message, folds, sent).items():
            if rule in self._folded:
                _note(self._folded[rule], verdict, kept, broken)

    def _declared(
        self, rule: Rule, clause: str, both: Any, kept: list[str], broken: list[Breach]
    ) -> None:
        speaks, holds = self._declarations[rule.id]
        if not speaks.is_valid(both):
            return
        if holds.is_valid(both):
            kept.append(clause)
            return
        error = next(iter(holds.iter_errors(both)))
        deepest = _deepest(error)
        at = "/".join(["", *(str(step) for step in deepest.instance_path)])
        where = at.removeprefix("/response/body") if at.startswith("/response/body") else None
        broken.append(Breach(clause, f"{where or at}: {_worded(deepest)}", None, where))

    def _message(self, exchange: Exchange, response: Response, body: Any) -> CheckMessage:
        request, sent = exchange.request, _request_body(exchange)
        secrets, others = self._told_apart(sent)
        values = strings_in(list(request.query.values()))
        return CheckMessage(
            self.operation.id,
            sent,
            response.status,
            body,
            response.content.decode("utf-8", "replace"),
            tuple(secrets),
            response.headers,
            request.path,
            request.query,
            (*strings_in(others), *request.path.values(), *values),
        )

    def _told_apart(self, sent: Any) -> tuple[list[str], Any]:
        """The values of write-only members, and the body without them."""
        secrets: list[str] = []
        others = sent
        for at in self._secret_pointers:
            value = look(sent, at)
            if isinstance(value, str):
                secrets.append(value)
                others = put(others, at, ABSENT)
        return secrets, others


def _note(clause: str, verdict: Verdict, kept: list[str], broken: list[Breach]) -> None:
    if isinstance(verdict, Kept):
        kept.append(clause)
    elif isinstance(verdict, Broken):
        broken.append(Breach(clause, verdict.message, None, verdict.at))


def _shape(value: Any) -> Any:
    """Names and types, without values."""
    if isinstance(value, dict):
        return tuple([(name, _shape(inner)) for name, inner in value.items()])
    if isinstance(value, list):
        return (list, *[_shape(inner) for inner in value])
    return type(value)


def _told_apart_by(place: Place) -> tuple[str, ...] | None:
    """The discriminators of a message's choices; None where more than they tell branches apart."""
    found: list[str] = []
    for inner in place.walk():
        for choice in inner.choices:
            needs = {tuple(sorted(branch.required)) for branch in choice.branches}
            if "*" in inner.pointer or not (
                choice.discriminators or len(needs) == len(choice.branches)
            ):
                return None
            found += [f"{inner.pointer}/{escape(name)}" for name in choice.discriminators]
    return tuple(found)


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
    text = str(error.message)
    return text if len(text) <= 200 else f"{text[:199]}…"


def _excerpt(content: bytes) -> str:
    return content[:200].decode("utf-8", "replace")


def _request_body(exchange: Exchange) -> Any:
    if exchange.request.content is None:
        return None
    if exchange.request.body is not None:
        return exchange.request.body
    try:
        return parse(exchange.request.content)
    except NotJSON:
        return None


def _secrets(place: Place) -> Iterator[str]:
    for inner in place.walk():
        if inner.notes.get("writeOnly") and "*" not in inner.pointer:
            yield inner.pointer


def _some_strangers(message: Message, body: Any) -> tuple[tuple[str, str], ...]:
    found = _strangers(message.place, body, message.part)
    return tuple((part, short(at)) for part, at in islice(found, MOST_STRANGERS))


def _strangers(place: Place, value: Any, part: str) -> Iterator[tuple[str, str]]:
    """Pointers of members that no schema mentions."""
    if isinstance(value, dict):
        members: dict[str, list[Place]] = {}
        for inner in _readings(place):
            for name, member in inner.members.items():
                members.setdefault(name, []).append(member)
        free = [extra for inner in _readings(place) for extra in inner.extras]
        if not members and not free:
            return
        for name, inside in value.items():
            for member in members.get(name, [])[:1]:
                yield from _strangers(member, inside, part)
            if name not in members and not free:
                yield part, f"{place.pointer}/{name}"
    elif isinstance(value, list) and place.items is not None:
        for item in value:
            yield from _strangers(place.items, item, part)


def _readings(place: Place) -> Iterator[Place]:
    yield place
    for choice in place.choices:
        for branch in choice.branches:
            yield from _readings(branch)
