"""Exchanging: a request is sent when it is its turn, what comes back is judged and recorded."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec.structs import replace

from clausewise.campaign.memory import Memory
from clausewise.campaign.pacing import Pace
from clausewise.campaign.preparing import Ready
from clausewise.contract import MatchedOperation, Operation
from clausewise.exchange import Exchange, Response
from clausewise.judge.exchanges import ExchangeJudge
from clausewise.judge.history import History
from clausewise.judge.outcomes import GONE, Outcome, about_of, is_success, outcome_of
from clausewise.judge.replies import ReplyJudge, ReplyJudgement
from clausewise.pack import Pack
from clausewise.pack.settings import Settings
from clausewise.plan.cases import Case
from clausewise.plan.transport import says_charset
from clausewise.pointer import ABSENT
from clausewise.record.ledger import Entry, Ledger
from clausewise.record.record import FELL_SILENT
from clausewise.record.softness import coercion, trimmed
from clausewise.transport.target import Target

# A path that stands in no contract.
STRANGER = "clausewise-asks-for-what-is-in-no-contract"
# Members by which a reply says whether it is a success.
SUCCEEDING = ("success", "ok", "succeeded")


# Precondition Required (RFC 6585, section 3), and where what it asks for stands.
_WITHOUT_CONDITION = 428
_CONDITIONS = ("/header/if-match", "/header/if-unmodified-since")


def _lacks_one(case: Case) -> bool:
    """Whether a case is about a condition that is left out."""
    change = case.change
    return change is not None and change.value is ABSENT and change.at.lower() in _CONDITIONS


class Exchanger:
    """Asks a target, at a pace, and records each exchange with what the judge says of it."""

    def __init__(
        self,
        pack: Pack,
        settings: Settings,
        target: Target,
        ledger: Ledger,
        on_entry: Callable[[Entry], None],
        pace: Pace,
    ) -> None:
        """`on_entry` is told of every entry."""
        self._pack = pack
        self._settings = settings
        self._target = target
        self._ledger = ledger
        self._on_entry = on_entry
        self._pace = pace
        self._history = History()
        self._memory = Memory()
        self._judges: dict[str, ReplyJudge] = {}
        self._both_sides = ExchangeJudge(pack.contract, pack.checks, pack.refusal)
        # By operation, the members that said of lawful requests that they succeeded.
        self._succeeding: dict[str, set[str]] = {}

    def exchange(self, ready: Ready) -> Entry:
        """Send a request, judge what comes back, and record it. Raises Stopped."""
        operation, case = ready.operation, ready.case
        sent = self._history.now()
        exchange = self._pace.exchange(self._target, case.operation, ready.request)
        judgement = self._judge(operation).judge(exchange, self._history, sent)
        if operation.twin is not None and judgement.broken:
            judgement = self._spared(operation, exchange, judgement)
        outcome = self._outcome(operation, case, exchange.response)
        probed = operation.clauses.get(case.probes[0]) if case.probes else None
        soft = None
        if self._pack.coercions == "soft":
            soft = coercion(case, probed) or trimmed(case, probed, exchange.response)
        entry = self._ledger.add(case, exchange, outcome, judgement, ready.after, soft)
        unsaid = self._pack.refusal is None and outcome == "refused"
        if unsaid and exchange.status is not None and is_success(exchange.status):
            self._ledger.note("a refusal is answered with a success", entry)
        if says_charset(case) and outcome == "refused" and exchange.status not in GONE:
            self._ledger.note("a charset beside JSON is refused", entry)
        return entry

    def tell(self, entries: Iterable[Entry]) -> None:
        """Let others know what was sent, once it is known what it made."""
        for entry in entries:
            began = self._pace.note(entry)
            if began is not None:
                self._ledger.note(FELL_SILENT, began)
            self._on_entry(entry)
            if entry.exchange.response is not None:
                self._memory.settle(entry.exchange.response)

    def _outcome(self, operation: Operation, case: Case, response: Response | None) -> Outcome:
        """What came of a request: a reply may say by a member of its own that it is no success.

        It is believed of broken requests, where the same member says the opposite of lawful ones.
        """
        about = about_of(case.kind, case.credential)
        if response is not None and response.status == _WITHOUT_CONDITION and _lacks_one(case):
            about = "state"
        outcome = outcome_of(operation, response, about, self._pack.refusal)
        body = response.json_or_none if response is not None else None
        if outcome != "accepted" or not isinstance(body, dict):
            return outcome
        told = self._succeeding.setdefault(operation.id, set())
        if case.expect == "accepted":
            told.update(name for name in SUCCEEDING if body.get(name) is True)
        denied = case.expect == "refused" and any(body.get(name) is False for name in tuple(told))
        return "refused" if denied and self._pack.refusal is None else outcome

    def ask_stranger(self, like: Entry) -> Response | None:
        """What is answered to a path that is not in the contract; None where nothing is.

        The request is `like` another one in all but its path. Raises Stopped.
        """
        asked = like.exchange.request
        base = self._settings.origin
        request = replace(asked, url=f"{base}/{STRANGER}", path={}, query={})
        return self._pace.exchange(self._target, like.case.operation, request).response

    def _spared(
        self, operation: Operation, exchange: Exchange, judgement: ReplyJudgement
    ) -> ReplyJudgement:
        """What is said of a reply that may be another operation's of the same path."""
        here = MatchedOperation(operation, dict(exchange.request.path))
        _, *others = self._pack.contract.twins(here)
        for other in others:
            request = replace(exchange.request, path=other.path)
            asked = replace(exchange, operation=other.operation.id, request=request)
            said = self._both_sides.judge(asked)
            if all(one.kept for one in (*said.request, *said.response)):
                name = other.operation.id
                why = f"its path is that of {name} as well, whose contract this exchange keeps"
                open_ = ((breach.clause, why) for breach in judgement.broken)
                return judgement._replace(broken=(), unjudged=(*judgement.unjudged, *open_))
        return judgement

    def _judge(self, operation: Operation) -> ReplyJudge:
        if operation.id not in self._judges:
            contract, seconds = self._pack.contract, self._settings.settle_seconds
            self._judges[operation.id] = ReplyJudge(contract, operation, self._pack.checks, seconds)
        return self._judges[operation.id]
