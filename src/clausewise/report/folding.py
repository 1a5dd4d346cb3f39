"""Causes that several findings share: each function claims what one kind of cause explains."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Literal, NamedTuple

from msgspec import UNSET

from clausewise.contract.clauses import pointer_name
from clausewise.contract.ids import part_name
from clausewise.contract.levels import level_of
from clausewise.contract.operation_clauses import UNKNOWN
from clausewise.record.record import JudgedClause, WrittenAt

from .evidence import RunEvidence, said_by
from .showing import listed

# How the message of a null that no type allows begins.
_IS_NULL = "null is not of type"
# And what that of a request ends with.
_NULL_SENT = " is null"
# What the message of a pair has.
_TOGETHER = " together with "
# What is promised of a body as a whole.
_OF_BODIES = ("media-type", "json", "well-formed")
# What is said of a whole part, or of a keyword everywhere, takes so many findings and no exception.
ENOUGH = 3
_PARTS = {"request": "body", "query": "query", "path": "path", "header": "headers"} | {
    "cookie": "cookies"
}


# What kinds of causes there are; the published schema of reports lists them as well.
Kind = Literal[
    "crash", "auth", "canned", "unvalidated", "unknown", "stored", "format", "empty", "lacking",
    "keyword", "schema", "rule", "clause",
]  # fmt: skip


class Fold(NamedTuple):
    """Findings with one cause. `kind` and `anchor` name it, the same from run to run.

    `follows` are those of the clauses that come of what another one let in.
    """

    kind: Kind
    anchor: str
    title: str
    clauses: tuple[JudgedClause, ...]
    follows: frozenset[str] = frozenset()


Claim = Callable[[RunEvidence, Sequence[JudgedClause]], Iterator[Fold]]


def without_credential(evidence: RunEvidence, left: Sequence[JudgedClause]) -> Iterator[Fold]:
    """Credentials that are not asked for, or not looked at, wherever that is."""
    groups: dict[str, list[JudgedClause]] = defaultdict(list)
    for clause in left:
        if clause.part == "auth" and clause.verdict == "lenient":
            taken = {proof.credential for proof in evidence.proofs(clause)}
            known = "none" if "none" in taken else "wrong" if "wrong" in taken else ""
            if not known and taken - {UNSET}:
                one_less = any(str(kind).endswith("missing") for kind in taken)
                known = "missing" if one_less else "near"
            groups[known].append(clause)
    titles = {
        "none": "no credential is asked for",
        "wrong": "a credential is asked for, any will do",
        "missing": "of several credentials one is not asked for",
        "near": "a credential that is almost right will do",
        "": "requests without a valid credential are accepted",
    }
    for taken_as, clauses in groups.items():
        where = listed(clause.operation for clause in clauses)
        yield Fold("auth", taken_as, f"{titles[taken_as]}: {where}", tuple(clauses))


def without_lookup(evidence: RunEvidence, left: Sequence[JudgedClause]) -> Iterator[Fold]:
    """Ids that nobody was given and that do as well as any, if that is so of all of them."""
    ours = tuple(c for c in left if c.keyword == UNKNOWN and c.verdict == "lenient")
    known = any(c.keyword == UNKNOWN and c.verdict == "upheld" for c in evidence.clauses)
    if len(ours) > 1 and not known:
        where = listed(clause.operation for clause in ours)
        yield Fold("unknown", "", f"no id is looked up, any will do: {where}", ours)


class _Part(NamedTuple):
    """What came of broken requests to one part of one operation."""

    lenient: list[JudgedClause]
    # Of these, those that say something about values.
    values: int
    # Whether something of its values, and of it as a whole, was looked at.
    looked_at: bool
    looked_at_whole: bool


def unvalidated(evidence: RunEvidence, left: Sequence[JudgedClause]) -> Iterator[Fold]:
    """Parts of requests of which nothing is validated, and rules between their members."""
    parts = _parts_of(evidence, left)
    blind = {key: part for key, part in parts.items() if part.values and not part.looked_at}
    asked = {key for key, part in parts.items() if part.values or part.looked_at}
    operations = {operation for operation, _ in asked}
    count = sum(part.values for part in blind.values())
    if blind.keys() == asked and len(operations) > 1 and count >= ENOUGH:
        # Of a body of octets there are no values: what it is called is all that could be looked at.
        bare = {k: p for k, p in parts.items() if p.lenient and not (p.values or p.looked_at_whole)}
        yield _blind("", "any request", blind | bare, left)
        return
    for operation in operations:
        ours = {key: part for key, part in blind.items() if key[0] == operation}
        if len(ours) > 1 and ours.keys() == {key for key in asked if key[0] == operation}:
            if sum(part.values for part in ours.values()) >= ENOUGH:
                yield _blind(operation, f"requests to {operation}", ours, left)
            continue
        for (_, name), part in ours.items():
            if part.values >= ENOUGH:
                where = f"the {_PARTS[name]} of {operation}"
                yield _blind(f"{operation}:{name}", where, {(operation, name): part}, left)


def _parts_of(evidence: RunEvidence, left: Sequence[JudgedClause]) -> dict[tuple[str, str], _Part]:
    still = {clause.id for clause in left}
    found: dict[tuple[str, str], list[JudgedClause]] = defaultdict(list)
    for clause in evidence.clauses:
        name = part_name(clause.part)
        if name in _PARTS and level_of(clause.part, clause.keyword) == "leniency":
            found[clause.operation, name].append(clause)
    parts = {}
    for key, clauses in found.items():
        lenient = [c for c in clauses if c.verdict == "lenient" and c.id in still]
        looked = [c for c in clauses if _looked_at(c)]
        parts[key] = _Part(
            lenient,
            sum(c.pointer is not None for c in lenient),
            any(c.pointer is not None for c in looked),
            any(c.pointer is None for c in looked),
        )
    return parts


def _looked_at(clause: JudgedClause) -> bool:
    """Whether some request was refused for what a clause is about."""
    return clause.verdict == "strict" or (clause.verdict == "upheld" and bool(clause.evidence))


def _blind(
    anchor: str,
    where: str,
    parts: dict[tuple[str, str], _Part],
    left: Sequence[JudgedClause],
) -> Fold:
    claimed: list[JudgedClause] = []
    whole = not any(part.looked_at_whole for part in parts.values())
    for part in parts.values():
        claimed += [c for c in part.lenient if c.pointer is not None or not part.looked_at_whole]
    bodies = {operation for operation, name in parts if name == "request"}
    claimed += [
        clause
        for clause in left
        if clause.part == "rule"
        and clause.level == "leniency"
        and clause.verdict == "lenient"
        and clause.operation in bodies
    ]
    said = "nothing" if whole else "no value"
    return Fold("unvalidated", anchor, f"{said} of {where} is validated", tuple(claimed))


def nulls(_: RunEvidence, left: Sequence[JudgedClause]) -> Iterator[Fold]:
    """Members that are null, or may be, where the document allows none: one habit of a server."""
    shown = [c for c in left if c.verdict == "violated" and c.message.startswith(_IS_NULL)]
    taken = [c for c in left if c.verdict == "lenient" and c.message.endswith(_NULL_SENT)]
    for ours, anchor, said in ((shown, "null", "null"), (taken, "null taken", "null is taken")):
        if len({clause.pointer for clause in ours}) >= ENOUGH:
            names = listed(dict.fromkeys(pointer_name(clause.pointer or "") for clause in ours))
            title = f"{said} where the document allows none: {names}"
            yield Fold("keyword", anchor, title, tuple(ours))


def one_keyword(evidence: RunEvidence, left: Sequence[JudgedClause]) -> Iterator[Fold]:
    """A keyword that is nowhere checked, or one form that no reply has: of no clause the contrary.

    First over all operations, then in one.
    """
    claimed: set[str] = set()
    for scope in (_everywhere, _operation):
        groups: dict[tuple[str, str, str], list[JudgedClause]] = defaultdict(list)
        kept: set[tuple[str, str, str]] = set()
        for clause in evidence.clauses:
            for verdict, name in _of_one_keyword(clause):
                key = (scope(clause), verdict, name)
                if clause.verdict == verdict:
                    groups[key].append(clause)
                elif _looked_at(clause) if verdict == "lenient" else clause.verdict == "upheld":
                    kept.add(key)
        still = {clause.id for clause in left} - claimed
        for key, clauses in groups.items():
            ours = [clause for clause in clauses if clause.id in still]
            # One member that several operations share is no more than one schema.
            places = {clause.pointer or clause.operation for clause in ours}
            if key in kept or len(places) < ENOUGH:
                continue
            where, verdict, name = key
            claimed |= {clause.id for clause in ours}
            within = f" in {where}" if where else ""
            said = (
                f"no {name} is checked{within}"
                if verdict == "lenient"
                else f"broken wherever it is promised{within}: {name}"
            )
            yield Fold("keyword", ":".join(key), said, tuple(ours))


def _everywhere(_: JudgedClause) -> str:
    return ""


def _operation(clause: JudgedClause) -> str:
    return clause.operation


def _of_one_keyword(clause: JudgedClause) -> Iterator[tuple[str, str]]:
    """The verdicts by which a clause may belong to a keyword that is never kept, with its name."""
    if clause.keyword is None or (clause.pointer is None and clause.keyword not in _OF_BODIES):
        return
    if level_of(clause.part, clause.keyword) == "leniency":
        yield "lenient", clause.keyword
    elif clause.keyword not in ("required", "type") and not clause.part.startswith("rule"):
        yield "violated", phrase_of(clause)


def phrase_of(clause: JudgedClause) -> str:
    """What is promised, without where."""
    name = pointer_name(clause.pointer) if clause.pointer is not None else ""
    return clause.promise.removeprefix(name).strip()


def lacking(_: RunEvidence, left: Sequence[JudgedClause]) -> Iterator[Fold]:
    """Objects of one schema in replies that lack several members which they must have."""
    objects: dict[tuple[str, str, str], list[JudgedClause]] = defaultdict(list)
    for clause in left:
        is_missing = clause.verdict == "violated" and clause.keyword == "required"
        if is_missing and clause.pointer and clause.source is not None:
            parent = clause.pointer.rpartition("/")[0]
            objects[clause.operation, clause.part, parent].append(clause)
    alike: dict[tuple[str, str], list[tuple[set[str], list[JudgedClause]]]] = defaultdict(list)
    for (_operation, _part, parent), clauses in objects.items():
        names = {_member(clause) for clause in clauses}
        if len(names) < ENOUGH or clauses[0].source is None:
            continue
        groups = alike[clauses[0].source.file, parent.rpartition("/")[2]]
        known = next((group for group in groups if names & group[0]), None)
        if known is None:
            groups.append((names, [*clauses]))
        else:
            known[0].update(names)
            known[1].extend(clauses)
    for (file, name), groups in alike.items():
        for names, clauses in groups:
            parent = pointer_name((clauses[0].pointer or "").rpartition("/")[0])
            lacks = listed(_member(clause) for clause in clauses)
            also = f":{min(names)}" if len(groups) > 1 else ""
            title = f"{parent or 'the body'} lacks members that it must have: {lacks}"
            yield Fold("lacking", f"{file}:{name}{also}", title, tuple(clauses))


def _member(clause: JudgedClause) -> str:
    return (clause.pointer or "").rpartition("/")[2]


def one_source(evidence: RunEvidence, left: Sequence[JudgedClause]) -> Iterator[Fold]:
    """One keyword of one schema that several messages share."""
    places: dict[str, set[str]] = defaultdict(set)
    for clause in evidence.clauses:
        if clause.source is not None:
            places[clause.source.file].add(_written_at(clause.source))
    groups: dict[tuple[str, ...], list[JudgedClause]] = defaultdict(list)
    for clause in left:
        if clause.source is None or clause.pointer is None:
            continue
        file, place = clause.source.file, _written_at(clause.source)
        # A document of which but one place is known tells keywords apart by nothing but names.
        steps = clause.pointer.split("/")[-1 if len(places[file]) > 1 else -2 :]
        named = (clause.verdict, file, place, "/".join(steps), phrase_of(clause))
        groups[named].append(clause)
    for key, clauses in groups.items():
        if len(clauses) > 1:
            first = clauses[0]
            title = f"{first.promise}: {first.verdict} in {len(clauses)} places of one schema"
            yield Fold("schema", "\n".join(key), title, tuple(clauses))


def _written_at(source: WrittenAt) -> str:
    column = source.column if source.column is not UNSET else ""
    return f"{source.line}:{column}"


def refused_alike(evidence: RunEvidence, left: Sequence[JudgedClause]) -> Iterator[Fold]:
    """A value of a member that several operations refuse, all with the same words."""
    groups: dict[tuple[str, str], list[JudgedClause]] = defaultdict(list)
    for clause in left:
        if clause.part != "served":
            continue
        place, is_value, _ = clause.message.partition(" = ")
        said = said_by(evidence.deciding(clause)) if is_value else None
        if said:
            groups[place.rpartition(" ")[2], said].append(clause)
    for (place, said), clauses in groups.items():
        if len(clauses) > 1:
            where = listed(clause.operation for clause in clauses)
            title = f"{pointer_name(place)} is refused, though lawful: {where}"
            yield Fold("schema", f"refused\n{place}\n{said}", title, tuple(clauses))


def refused_together(evidence: RunEvidence, left: Sequence[JudgedClause]) -> Iterator[Fold]:
    """Members of one operation that are refused beside each other, for one rule of the server's.

    What it says of each pair begins alike: one sentence, before it names them.
    """
    groups: dict[tuple[str, str], list[JudgedClause]] = defaultdict(list)
    for clause in left:
        if clause.verdict == "strict" and _TOGETHER in clause.message:
            said = said_by(evidence.deciding(clause)) or ""
            groups[clause.operation, said.partition(". ")[0]].append(clause)
    for (operation, said), clauses in groups.items():
        names = list(dict.fromkeys(pointer_name(clause.pointer or "") for clause in clauses))
        if said and len(names) >= ENOUGH:
            title = f"members of {operation} that are refused beside others: {listed(names)}"
            yield Fold("rule", f"together\n{operation}\n{said}", title, tuple(clauses))


def one_rule(_: RunEvidence, left: Sequence[JudgedClause]) -> Iterator[Fold]:
    """One rule, wherever its exchanges show it."""
    groups: dict[str, list[JudgedClause]] = defaultdict(list)
    for clause in left:
        if clause.part == "rule":
            groups[clause.keyword or ""].append(clause)
    for name, clauses in groups.items():
        yield Fold("rule", name, f"{name}: {clauses[0].promise}", tuple(clauses))


def alone(_: RunEvidence, left: Sequence[JudgedClause]) -> Iterator[Fold]:
    """What has a cause of its own, as far as anybody can see."""
    for clause in left:
        yield Fold("clause", clause.id, clause.promise, (clause,))
