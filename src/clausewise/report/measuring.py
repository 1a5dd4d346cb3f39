"""What kind of target it is, in facts that were counted: ids, bodies, refusals, credentials."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

from msgspec import Struct

from clausewise.options import TOKENS, Tokens
from clausewise.pointer import ABSENT, look
from clausewise.record.policy import JUDGED
from clausewise.record.record import RecordedExchange

from .evidence import RunEvidence, is_accepted, reply_of, request_body, status_of

State = Literal["none", "some", "kept"]
# Where what was made is named, the outermost first.
_IDS = ("id", "uuid", "_id", "key")
_AROUND = ("data", "result", "item")
_SAFE = ("GET", "HEAD")
# Fewer starts show nothing of how ids are given.
_ENOUGH_STARTS = 3
# One member that is tidied up is no kind of target.
_ENOUGH_MEMBERS = 3
# A thing that comes to be shows two bodies in a few reads.
_ENOUGH_READS = 5
# A time in a body changes by itself.
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?([Zz]|[+-]\d{2}:?\d{2})?")


class KindFacts(Struct, frozen=True):
    """What was counted.

    `ids` are the different ids of what `starts` accepted creations made. `bodies` are the different
    replies to one safe request that was sent `reads` times with no change in between: of the one
    that varies most. `refused` are the `broken` requests that were refused. `tokens` says what is
    asked of credentials, `state` whether promises about state are kept. Of the members of accepted
    requests that replies have as well, `echoed` of `sent` always came back as they were. None: it
    was not seen.
    """

    ids: int | None
    starts: int
    bodies: int | None
    reads: int
    refused: int | None
    broken: int
    tokens: Tokens | None
    state: State | None
    echoed: int | None
    sent: int


def facts_of(evidence: RunEvidence) -> KindFacts:
    """The facts of a run."""
    ids, starts = _ids_of(evidence)
    bodies, reads = _bodies_of(evidence)
    told = [case.outcome for case in evidence.cases if case.expect == "refused"]
    refused, accepted = told.count("refused"), told.count("accepted")
    broken = refused + accepted
    echoed, sent = _echoed(evidence)
    return KindFacts(
        ids if starts else None,
        starts,
        bodies if reads else None,
        reads,
        refused if broken else None,
        broken,
        _tokens_of(evidence),
        _state_of(evidence),
        echoed if sent else None,
        sent,
    )


def _ids_of(evidence: RunEvidence) -> tuple[int, int]:
    """Of the operation that made the most: how many different ids, for how many requests."""
    made: dict[str, list[str]] = defaultdict(list)
    for exchange in evidence.exchanges.values():
        if exchange.request.method == "POST" and is_accepted(exchange):
            named = _id_in(reply_of(exchange))
            if named is not ABSENT:
                made[exchange.operation].append(json.dumps(named))
    most = max(made.values(), key=len, default=[])
    return len(set(most)), len(most)


def _id_in(reply: Any) -> Any:
    for around in ("", *(f"/{name}" for name in _AROUND)):
        for name in _IDS:
            value = look(reply, f"{around}/{name}")
            if isinstance(value, str | int) and not isinstance(value, bool):
                return value
    return ABSENT


def _bodies_of(evidence: RunEvidence) -> tuple[int, int]:
    """Of the read that varies most: how many different bodies, in how many replies.

    Only what was asked twice or more with no accepted change in between counts.
    """
    window: dict[tuple[str, str], list[str]] = defaultdict(list)
    best = (0, 0)
    for number in sorted(evidence.exchanges):
        exchange = evidence.exchanges[number]
        accepted = is_accepted(exchange)
        if exchange.request.method not in _SAFE:
            if accepted:
                window.clear()
            continue
        if accepted:
            read = window[_asked(exchange)]
            read.append(_shown(exchange))
            if len(read) > 1:
                best = max(best, (len(set(read)), len(read)))
    return best


def _echoed(evidence: RunEvidence) -> tuple[int, int]:
    """How many members of requests came back as they were sent, of how many that came back."""
    same: dict[tuple[str, str], bool] = {}
    for exchange in evidence.exchanges.values():
        body = request_body(exchange)
        lawful = exchange.expect == "accepted" and is_accepted(exchange)
        if not lawful or not isinstance(body, dict):
            continue
        reply = reply_of(exchange)
        around = [reply, *(look(reply, f"/{name}") for name in _AROUND)]
        shown = next((one for one in reversed(around) if isinstance(one, dict)), {})
        for name in body.keys() & shown.keys():
            key = (exchange.operation, name)
            same[key] = same.get(key, True) and _comes_back(body[name], shown[name])
    return sum(same.values()), len(same)


def _comes_back(sent: Any, shown: Any) -> bool:
    """Whether a value is what was sent; an object may leave out members, as secrets are."""
    if isinstance(sent, dict) and isinstance(shown, dict):
        return all(_comes_back(sent[name], shown[name]) for name in sent.keys() & shown.keys())
    return bool(sent == shown)


def own_ids(evidence: RunEvidence) -> tuple[int, int]:
    """Of operations that are asked for one thing by its id: how many never give another one.

    Those count of which some reply had just the id that stood last in the path.
    """
    given: dict[str, list[bool]] = defaultdict(list)
    for exchange in evidence.exchanges.values():
        asked = urlsplit(exchange.request.url).path.rpartition("/")[2]
        if exchange.request.method in _SAFE and is_accepted(exchange):
            named = _id_in(reply_of(exchange))
            if named is not ABSENT:
                given[exchange.operation].append(str(named) == unquote(asked))
    told = [alike for alike in given.values() if any(alike)]
    return sum(map(all, told)), len(told)


def _asked(exchange: RecordedExchange) -> tuple[str, str]:
    return exchange.request.method, exchange.request.url


def _shown(exchange: RecordedExchange) -> str:
    body = exchange.response.body if exchange.response is not None else None
    return _TIME.sub("", body.shown) if body is not None else ""


def _tokens_of(evidence: RunEvidence) -> Tokens | None:
    """What is asked of credentials, of the operation that asks least; None where it is not known.

    A credential is looked at where a made-up one is refused.
    """
    clauses = [clause for clause in evidence.clauses if clause.part == "auth"]
    found: list[Tokens] = []
    for clause in clauses:
        taken = {p.credential for p in evidence.proofs(clause) if status_of(p) is not None}
        if clause.verdict == "upheld":
            found.append("value")
        elif clause.verdict == "lenient":
            found.append("none" if "none" in taken else "presence")
    return min(found, key=TOKENS.index, default=None)


def _state_of(evidence: RunEvidence) -> State | None:
    judged = [c for c in evidence.clauses if c.level == "state" and c.verdict in JUDGED]
    unknown = [c for c in evidence.clauses if c.keyword == "unknown" and c.verdict in JUDGED]
    told = judged or unknown
    found, asked = own_ids(evidence)
    if not told:
        return None if not asked else "kept" if found == asked else "some"
    kept = sum(clause.verdict == "upheld" for clause in told)
    lost = unknown and all(clause.verdict == "lenient" for clause in unknown)
    if lost or not kept:
        # Whoever takes any id, and shows none of its own, keeps no state, whatever a rule says.
        return "some" if kept == len(told) and found else "none"
    return "kept" if kept == len(told) and found == asked else "some"


def kind_of(facts: KindFacts) -> str | None:
    """What kind of target it is, in one sentence; None where nothing is known."""
    parts = [
        _of_ids(facts),
        _of_bodies(facts),
        _of_echo(facts),
        _of_refusals(facts),
        {
            None: "",
            "none": "asks for no token",
            "presence": "asks for a token, takes any",
            "value": "looks at tokens",
        }[facts.tokens],
        {None: "", "none": "keeps no state", "some": "keeps some state", "kept": "keeps state"}[
            facts.state
        ],
    ]
    told = "; ".join(part for part in parts if part)
    return f"{told[:1].upper()}{told[1:]}." if told else None


def _of_ids(facts: KindFacts) -> str:
    if facts.ids is None or facts.starts < _ENOUGH_STARTS:
        return ""
    if facts.ids == 1:
        return f"the same id for all {facts.starts} things made"
    if facts.ids == facts.starts:
        return f"a fresh id for each of {facts.starts} things made"
    return f"{facts.ids} ids for {facts.starts} things made"


def _of_bodies(facts: KindFacts) -> str:
    if facts.bodies is None or facts.reads < _ENOUGH_READS:
        return ""
    if facts.bodies == 1:
        return f"the same body in {facts.reads} equal reads"
    # What comes to be by and by is no whim: it is not another thing at every look.
    if facts.bodies * 2 <= facts.reads:
        return ""
    if facts.bodies == facts.reads:
        return f"another body in each of {facts.reads} equal reads"
    return f"{facts.bodies} different bodies in {facts.reads} equal reads"


def _of_echo(facts: KindFacts) -> str:
    if facts.echoed is None or facts.echoed == facts.sent or facts.sent < _ENOUGH_MEMBERS:
        return ""
    return f"gives back {facts.echoed} of {facts.sent} members as they were sent"


def _of_refusals(facts: KindFacts) -> str:
    if facts.refused is None:
        return ""
    return f"refuses {facts.refused} of {facts.broken} broken requests"
