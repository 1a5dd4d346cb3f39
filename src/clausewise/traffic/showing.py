"""A tally and its exchanges as anybody may see them: masked, once, when all is known."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from clausewise.contract import Contract
from clausewise.exchange import Exchange
from clausewise.judge.outcomes import Outcome
from clausewise.judge.replies import ReplyJudgement
from clausewise.plan.cases import Case
from clausewise.record.exchanges import recorded
from clausewise.record.ledger import Entry
from clausewise.record.record import RecordedExchange
from clausewise.record.tally import Census, ClauseTally, Counted, Tally, TallyProof
from clausewise.secrets.masking import Mask
from clausewise.traffic.adding import ShownExchange
from clausewise.traffic.converting import exchange_of
from clausewise.traffic.origins import OperationsByUrl


class MaskedTally(NamedTuple):
    """A masked tally, and the exchanges that its evidence names, by digest, masked as well.

    What a report holds of recorded traffic, and so what reports of it merge by.
    """

    tally: Tally
    shown: dict[str, RecordedExchange]


def told(contract: Contract, tally: Tally, origins: OperationsByUrl) -> MaskedTally:
    """A tally as it may be told; `origins` are those that it was judged by."""
    mask = Mask(contract, ())
    held = {
        digest: msgspec.convert(one, ShownExchange) for digest, one in sorted(tally.shown.items())
    }
    exchanges = {digest: _exchange(contract, one, origins) for digest, one in held.items()}
    for exchange in exchanges.values():
        mask.learn_credentials(exchange.request)
        mask.learn(exchange.request, exchange.response)
    shown = {digest: _recorded(held[digest], one, mask) for digest, one in exchanges.items()}
    return MaskedTally(_masked(tally, mask), shown)


def _exchange(contract: Contract, shown: ShownExchange, origins: OperationsByUrl) -> Exchange:
    operation = contract.operations[shown.operation]
    traffic = shown.exchange
    found = origins.match(traffic.method, traffic.url)
    if found is not None:
        found = contract.meant(found, lambda one: one.operation is operation)
    return exchange_of(traffic, operation, found.path if found is not None else {})


def _recorded(shown: ShownExchange, exchange: Exchange, mask: Mask) -> RecordedExchange:
    """An exchange as reports show it: it was no case of a plan, it was recorded somewhere."""
    outcome: Outcome = msgspec.convert(shown.outcome, Outcome)
    case = Case(shown.where, shown.operation, "scenario", "either", "recorded")
    entry = Entry(0, case, exchange, outcome, ReplyJudgement())
    return recorded(entry, [entry], {}, mask)


def _masked(tally: Tally, mask: Mask) -> Tally:
    """A tally without exchanges, and without secrets in what it says."""
    return msgspec.structs.replace(
        tally,
        clauses={name: _clause(one, mask) for name, one in tally.clauses.items()},
        census={kind: _census(one, mask) for kind, one in tally.census.items()},
        shown=dict.fromkeys(tally.shown),
    )


def _clause(clause: ClauseTally, mask: Mask) -> ClauseTally:
    return msgspec.structs.replace(
        clause,
        broken=_counted(clause.broken, mask),
        accepted=_counted(clause.accepted, mask),
        refused=_counted(clause.refused, mask),
        doubted={mask.text(why): _counted(one, mask) for why, one in clause.doubted.items()},
    )


def _counted(counted: Counted, mask: Mask) -> Counted:
    return Counted(counted.count, [_proof(proof, mask) for proof in counted.best])


def _proof(proof: TallyProof, mask: Mask) -> TallyProof:
    value: Any = mask.value(proof.value)
    return msgspec.structs.replace(proof, note=mask.text(proof.note), value=value)


def _census(census: Census, mask: Mask) -> Census:
    counts: dict[str, int] = {}
    for key, times in census.sorted().counts.items():
        shown = mask.text(key)
        counts[shown] = counts.get(shown, 0) + times
    return Census(census.total, counts)
