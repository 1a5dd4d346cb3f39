"""Causes that make further findings: a crash, replies of another form, answers from a can."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from typing import Any

from msgspec import UNSET

from clausewise.contract.ids import part_name
from clausewise.pointer import ABSENT, anywhere, look, steps_of, unescape
from clausewise.record.record import JudgedClause, RecordedExchange

from .evidence import (
    RunEvidence,
    is_accepted,
    media_type_of,
    reply_of,
    request_body,
    said_by,
    status_of,
)
from .folding import ENOUGH, Fold
from .showing import listed

# Levels of which nothing can be right where every answer is the same.
_OF_WHAT_IS_ASKED = ("identity", "state")
# What HTTP itself calls a status says nothing of a cause; nor does silence.
_PHRASES = frozenset({"", *(one.phrase.lower() for one in HTTPStatus)})
# Names of members that say which thing a reply is about.
_OF_AN_ID = re.compile(r"^_?(?:id|uuid|key)$|_(?:id|uuid)$|[a-z0-9](?:Id|ID|Uuid)$")


def crashes(evidence: RunEvidence, left: Sequence[JudgedClause]) -> Iterator[Fold]:
    """Operations that fail, with what their failing replies break besides.

    Several that fail with the same words of the server's own, as one does that is switched off,
    are one cause.
    """
    alike: dict[tuple[int | None, str], list[Fold]] = defaultdict(list)
    for clause, status, fold in _of_one_operation(evidence, left):
        said = said_by(evidence.deciding(clause)) or ""
        own_words = said.rstrip(".").lower() not in _PHRASES
        alike[status, said if own_words else clause.operation].append(fold)
    for (status, said), folds in alike.items():
        if len(folds) < ENOUGH:
            yield from folds
            continue
        where = listed(fold.anchor for fold in folds)
        claimed = tuple(clause for fold in folds for clause in fold.clauses)
        title = f"{len(folds)} operations answer {status} alike: {where}"
        yield Fold("crash", f"{status}\n{said}", title, claimed)


def _of_one_operation(
    evidence: RunEvidence, left: Sequence[JudgedClause]
) -> Iterator[tuple[JudgedClause, int | None, Fold]]:
    """The operations that fail, each with the clause and the status that say so."""
    for clause in left:
        decided = evidence.deciding(clause)
        if clause.part != "status" or clause.verdict != "violated" or decided is None:
            continue
        status = status_of(decided)
        if status is not None and status < 500:
            continue
        also = (
            other
            for other in left
            if other is not clause
            and other.operation == clause.operation
            and (other.verdict == "violated" or other.part == "served")
            and _all_failing(evidence, other)
        )
        said = f"answers {status}" if status is not None else "gives no reply"
        fold = Fold("crash", clause.operation, f"{clause.operation} {said}", (clause, *also))
        yield clause, status, fold


def _all_failing(evidence: RunEvidence, clause: JudgedClause) -> bool:
    proofs = list(evidence.proofs(clause))
    return bool(proofs) and all((status_of(proof) or 500) >= 500 for proof in proofs)


def canned(evidence: RunEvidence, left: Sequence[JudgedClause]) -> Iterator[Fold]:
    """Operations that answer the same whatever they are asked: about ids and state nothing holds.

    A rule counts only where what it was broken by are such answers.
    """
    same = same_answers(evidence)
    claimed = [
        clause
        for clause in left
        if clause.operation in same
        and clause.verdict in ("violated", "lenient")
        and clause.level in _OF_WHAT_IS_ASKED
        and all(map(is_accepted, evidence.proofs(clause)))
    ]
    if claimed:
        where = listed(dict.fromkeys(clause.operation for clause in claimed))
        title = f"the same answer whatever is asked: {where}"
        yield Fold("canned", "", title, tuple(claimed))


def same_answers(evidence: RunEvidence) -> set[str]:
    """Operations whose accepted requests differ, and whose replies, about some thing, never do."""
    requests: dict[str, set[tuple[str, str]]] = defaultdict(set)
    replies: dict[str, set[str]] = defaultdict(set)
    for exchange in evidence.exchanges.values():
        if not is_accepted(exchange):
            continue
        body, reply = exchange.request.body, reply_of(exchange)
        requests[exchange.operation].add((exchange.request.url, body.shown if body else ""))
        telling = reply is not ABSENT and _names_a_thing(reply)
        replies[exchange.operation].add(json.dumps(reply) if telling else "")
    return {
        operation
        for operation, known in replies.items()
        if len(known) == 1 and known != {""} and len(requests[operation]) >= ENOUGH
    }


def _names_a_thing(reply: Any) -> bool:
    """Whether a reply has an id: {"status": "deleted"} may well be all that there is to say."""
    if isinstance(reply, list):
        return any(map(_names_a_thing, reply))
    if not isinstance(reply, dict):
        return False
    named = any(
        _OF_AN_ID.search(name) and isinstance(value, str | int) for name, value in reply.items()
    )
    return named or any(map(_names_a_thing, reply.values()))


def foreign_replies(evidence: RunEvidence, left: Sequence[JudgedClause]) -> Iterator[Fold]:
    """Replies of another form than the documented one: another type, none of the root members.

    What else is wrong with just these replies comes of that. Operations with the same form of their
    own are one cause.
    """
    groups: dict[tuple[str, str], list[JudgedClause]] = defaultdict(list)
    for (_, part), clauses in _by_reply(left).items():
        media = next((clause for clause in clauses if clause.keyword == "media-type"), None)
        roots = _members_of("", clauses)
        unknown = bool(roots) and not _some_upheld(evidence, clauses[0], "")
        if media is None and not (unknown and len(roots) > 1):
            continue
        named = media or roots[0]
        decided = evidence.deciding(named)
        if decided is None:
            continue
        form = _form(decided, media is not None)
        missing = [clause.pointer or "" for clause in roots]
        claimed = [
            clause
            for clause in clauses
            if clause is media
            or (unknown and _all_foreign(evidence, clause, form, missing, media is not None))
        ]
        kind = "refusals" if part[:1] in "4d" else "replies"
        groups[kind, form].extend(claimed)
    for (kind, form), claimed in groups.items():
        where = listed(clause.operation for clause in claimed)
        title = f"{kind} are {form}, not as documented: {where}"
        yield Fold("format", f"{kind}:{form}", title, tuple(claimed))


def _by_reply(left: Sequence[JudgedClause]) -> dict[tuple[str, str], list[JudgedClause]]:
    """What replies broke, by operation and documented status."""
    found: dict[tuple[str, str], list[JudgedClause]] = defaultdict(list)
    for clause in left:
        name = part_name(clause.part)
        is_reply = name[:1].isdigit() or name == "default"
        if is_reply and clause.verdict == "violated" and ":header" not in clause.part:
            found[clause.operation, name].append(clause)
    return found


def _members_of(parent: str, clauses: Sequence[JudgedClause]) -> list[JudgedClause]:
    """The promises that members of the object at a pointer are there."""
    return [
        clause
        for clause in clauses
        if clause.keyword == "required"
        and clause.pointer is not None
        and clause.pointer.rpartition("/")[0] == parent
    ]


def _some_upheld(evidence: RunEvidence, like: JudgedClause, parent: str) -> bool:
    """Whether some member of an object, of the same message, was there."""
    same = (c for c in evidence.clauses if (c.operation, c.part) == (like.operation, like.part))
    return any(clause.verdict == "upheld" for clause in _members_of(parent, list(same)))


def _form(exchange: RecordedExchange, by_type: bool) -> str:
    reply = reply_of(exchange)
    if by_type:
        return media_type_of(exchange) or "without a media type"
    names = ", ".join(sorted(reply)) if isinstance(reply, dict) else ""
    return f"{{{names}}}"


def _all_foreign(
    evidence: RunEvidence, clause: JudgedClause, form: str, missing: Sequence[str], by_type: bool
) -> bool:
    """Whether every reply that shows a breach has another form than the documented one."""
    proofs = list(evidence.proofs(clause))
    return bool(proofs) and all(
        _form(proof, by_type) == form
        and all(look(reply_of(proof), pointer) is ABSENT for pointer in missing)
        for proof in proofs
    )


def empty_objects(evidence: RunEvidence, left: Sequence[JudgedClause]) -> Iterator[Fold]:
    """Objects in replies that have none of the members they should have."""
    groups: dict[tuple[str, str], list[JudgedClause]] = defaultdict(list)
    for clauses in _by_reply(left).values():
        parents = dict.fromkeys(
            (clause.part, clause.pointer.rpartition("/")[0])
            for clause in clauses
            if clause.keyword == "required" and clause.pointer
        )
        for part, parent in parents:
            ours = [c for c in _members_of(parent, clauses) if c.part == part]
            if len(ours) >= ENOUGH and not _some_upheld(evidence, ours[0], parent):
                names = ",".join(steps_of(clause.pointer or "")[-1] for clause in ours)
                groups[parent, names].extend(ours)
    for (parent, names), claimed in groups.items():
        count, where = names.count(",") + 1, listed(clause.operation for clause in claimed)
        title = f"{parent or 'the body'} has none of its {count} members: {where}"
        yield Fold("empty", f"{parent}:{names}", title, tuple(claimed))


def stored(evidence: RunEvidence, left: Sequence[JudgedClause]) -> dict[str, JudgedClause]:
    """By clauses of replies: the lenient one whose unlawful value they came to hold.

    Every reply that shows the breach has to have got the very value from such a request, under the
    same name, or what the reply to that one shows of it.
    """
    taken: dict[tuple[str, str | None], list[JudgedClause]] = defaultdict(list)
    for clause in left:
        if clause.verdict == "lenient" and clause.pointer and part_name(clause.part) == "request":
            taken[_named(clause)].append(clause)
    found = {}
    for clause in left:
        if clause.verdict != "violated" or not clause.pointer or part_name(clause.part)[:1] != "2":
            continue
        for cause in taken.get(_named(clause), ()):
            if _all_stored(evidence, clause, cause):
                found[clause.id] = cause
                break
    return found


def _named(clause: JudgedClause) -> tuple[str, str | None]:
    return (clause.pointer or "").rpartition("/")[2], clause.keyword


def _all_stored(evidence: RunEvidence, clause: JudgedClause, cause: JudgedClause) -> bool:
    sent = {proof.id: proof for proof in evidence.proofs(cause)}
    values = [look(request_body(one), cause.pointer or "") for one in sent.values()]
    # What the server made of it, as its own reply shows: a date as a date-time, say.
    name = unescape(_named(cause)[0])
    values += [value for one in sent.values() for value in anywhere(reply_of(one), name)]
    known = [json.dumps(value) for value in values if value is not ABSENT]
    for item in clause.evidence:
        proof = evidence.exchanges.get(item.exchange)
        if proof is None:
            return False
        follows = proof.id in sent or bool(sent.keys() & set(proof.after))
        # Null is a value that no proof names.
        shown = None if item.value is UNSET else item.value
        same = json.dumps(shown, default=str) in known
        if not same and not (follows and clause.keyword == "required"):
            return False
    return bool(clause.evidence)
