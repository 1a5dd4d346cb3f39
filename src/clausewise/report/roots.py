"""Roots: one cause behind several findings. Every deviation belongs to exactly one."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from msgspec import Struct

from clausewise.record.policy import DEVIATIONS
from clausewise.record.record import JudgedClause

from .cascades import canned, crashes, empty_objects, foreign_replies, stored
from .evidence import RunEvidence, said_by
from .folding import (
    Claim,
    Fold,
    Kind,
    alone,
    lacking,
    nulls,
    one_keyword,
    one_rule,
    one_source,
    refused_alike,
    refused_together,
    unvalidated,
    without_credential,
    without_lookup,
)

# In this order each claims what it explains of what is left: the widest causes first.
_CLAIMS: tuple[Claim, ...] = (
    crashes,
    without_credential,
    canned,
    unvalidated,
    without_lookup,
    foreign_replies,
    empty_objects,
    lacking,
    nulls,
    one_keyword,
    one_source,
    refused_alike,
    refused_together,
    one_rule,
    alone,
)


class Root(Struct, frozen=True):
    """One cause behind the findings on `clauses`, the most telling first.

    `id` is a digest of `kind` and what it is about, the same from run to run. `hard` says that one
    of them at least does more than warn. `exchange` shows it; `said` are the server's own words.
    """

    id: str
    kind: Kind
    title: str
    clauses: tuple[str, ...]
    hard: bool
    exchange: int | None
    said: str | None


def roots_of(evidence: RunEvidence) -> tuple[Root, ...]:
    """The causes of all deviations: those that fail a run first, crashes and violations before.

    Waived ones have a cause like others.
    """
    deviations = evidence.deviations
    held = stored(evidence, deviations)
    left = [clause for clause in deviations if clause.id not in held]
    folds: dict[tuple[str, str], Fold] = {}
    for claim in _CLAIMS:
        for fold in list(claim(evidence, left)):
            known = folds.get((fold.kind, fold.anchor))
            whole = fold if known is None else known._replace(clauses=known.clauses + fold.clauses)
            folds[fold.kind, fold.anchor] = whole
            claimed = {clause.id for clause in fold.clauses}
            left = [clause for clause in left if clause.id not in claimed]
    by_id = {clause.id: clause for clause in deviations}
    with_cascades = _with_stored(
        folds.values(), {by_id[name]: cause.id for name, cause in held.items()}
    )
    return tuple(_root(fold, evidence) for fold in sorted(with_cascades, key=_rank))


def _with_stored(folds: Iterable[Fold], held: dict[JudgedClause, str]) -> list[Fold]:
    """The causes with what replies hold since an unlawful value was taken."""
    made = []
    for fold in folds:
        ours = {clause.id for clause in fold.clauses}
        also = tuple(clause for clause, cause in held.items() if cause in ours)
        if also and fold.kind == "clause":
            title = f"an unlawful value is stored and comes back: {fold.clauses[0].promise}"
            fold = fold._replace(kind="stored", title=title)
        follows = frozenset(clause.id for clause in also)
        made.append(fold._replace(clauses=fold.clauses + also, follows=follows))
    return made


def _rank(fold: Fold) -> tuple[bool, bool, int, int]:
    gravest = min(DEVIATIONS.index(clause.verdict) for clause in fold.clauses)
    hard = any(not clause.soft for clause in fold.clauses)
    return not hard, fold.kind != "crash", gravest, -len(fold.clauses)


def _root(fold: Fold, evidence: RunEvidence) -> Root:
    # What came of an unlawful value stands behind the clause that let it in.
    clauses = sorted(
        fold.clauses,
        key=lambda c: (c.soft, c.id in fold.follows, DEVIATIONS.index(c.verdict)),
    )
    decided = evidence.deciding(clauses[0])
    name = f"{fold.kind}\n{fold.anchor}"
    digest = hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=5).hexdigest()
    return Root(
        digest,
        fold.kind,
        fold.title,
        tuple(clause.id for clause in clauses),
        any(not clause.soft for clause in clauses),
        decided.id if decided is not None else None,
        said_by(decided),
    )
