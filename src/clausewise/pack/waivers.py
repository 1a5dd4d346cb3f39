"""Waivers: deviations that somebody accepted for a while, with a reason and a name.

They stand as a list in `waivers.yaml`, beside `clausewise.yaml` or wherever `--waivers` says; or in
`clausewise.yaml` itself, as `waivers`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from msgspec import Struct

from clausewise.contract.documents import Documents
from clausewise.contract.source import Document
from clausewise.errors import ContractError, UsageError
from clausewise.options import WAIVABLE

FILE = "waivers.yaml"
_MEMBERS = ("clause", "verdicts", "reason", "owner", "expires")
_KNOWN = {*_MEMBERS, "verdict", "profile", "most"}


class Waiver(Struct, frozen=True):
    """One accepted deviation. It counts up to and including the day `expires`.

    `clause` is an id, or a pattern of ids (`*`, `?`) where `most` is there: that many findings at
    most, else it excuses none. `profile` is the one it holds for, None for every target. `written`
    says where it stands.
    """

    clause: str
    verdicts: tuple[str, ...]
    reason: str
    owner: str
    expires: date
    profile: str | None = None
    most: int | None = None
    written: str = ""

    def fits(self, clause: str, verdict: str) -> bool:
        """Whether it is about this verdict on this clause."""
        if verdict not in self.verdicts:
            return False
        return clause == self.clause or (self.most is not None and fnmatchcase(clause, self.clause))

    def applies(self, clause: str, verdict: str, today: date) -> bool:
        """Whether it excuses this verdict on this clause today."""
        return self.fits(clause, verdict) and today <= self.expires


class Unneeded(Struct, frozen=True):
    """A waiver that excuses nothing: what it is about, where it is written, and why."""

    clause: str
    written: str
    why: str


def read_waivers(document: Document, nodes: Any) -> Iterator[Waiver]:
    """Read a list of waivers. Raises ContractError with the line."""
    first = document.lines.get(id(document.data), {}).get("waivers")
    if not isinstance(nodes, list | None):
        raise ContractError("waivers are a list", document.name, first)
    for node in nodes or []:
        line = min(document.lines.get(id(node), {}).values(), default=first)
        try:
            yield _waiver(node, f"{document.name}:{line}" if line else document.name)
        except ValueError as error:
            raise ContractError(str(error), document.name, line) from None


def read_waivers_file(path: Path) -> tuple[Waiver, ...]:
    """The waivers of a file of their own. Raises ContractError with the line."""
    document = Documents(path.parent).read(path).without_doubles()
    return tuple(read_waivers(document, document.data))


def waivers_in(folder: Path, named: Path | None) -> tuple[Waiver, ...]:
    """Those of the file beside a pack, if there is one, and of the one that is named.

    Raises ContractError with the line, and UsageError where there is no file of that name.
    """
    beside = folder / FILE
    found = read_waivers_file(beside) if beside.is_file() else ()
    if named is None or (beside.is_file() and named.resolve() == beside.resolve()):
        return found
    if not named.is_file():
        raise UsageError(f"there are no waivers in {named}: no such file")
    return (*found, *read_waivers_file(named))


def _waiver(node: Any, written: str) -> Waiver:
    """One waiver. Raises ValueError that says what is wrong."""
    told = node if isinstance(node, dict) else {}
    verdicts = told.get("verdicts") or ([told["verdict"]] if told.get("verdict") else None)
    if not verdicts or any(not told.get(name) for name in _MEMBERS if name != "verdicts"):
        raise ValueError(f"a waiver has {', '.join(_MEMBERS)}")
    if unknown := sorted(map(str, told.keys() - _KNOWN)):
        raise ValueError(f"a waiver has no {unknown[0]!r}; known are {', '.join(sorted(_KNOWN))}")
    listed = tuple(map(str, verdicts if isinstance(verdicts, list) else [verdicts]))
    if wrong := [name for name in listed if name not in WAIVABLE]:
        raise ValueError(f"a waiver excuses some of {', '.join(WAIVABLE)}, not {wrong[0]!r}")
    clause, most, profile = told["clause"], told.get("most"), told.get("profile")
    if not isinstance(clause, str):
        raise ValueError(f"a waiver is about a clause, not about {clause!r}")
    if most is not None and (not isinstance(most, int) or isinstance(most, bool) or most < 1):
        raise ValueError(f"`most` is how many findings a pattern may excuse, not {most!r}")
    # An item of an array is a * of its own in an id.
    if most is None and set("*?") & set(clause.replace("/*", "")):
        raise ValueError(f"{clause!r} is a pattern: say how many findings it may excuse, as `most`")
    if profile is not None and not isinstance(profile, str):
        raise ValueError(f"`profile` is a profile's name, not {profile!r}")
    try:
        expires = date.fromisoformat(str(told["expires"]))
    except ValueError:
        said = f"a waiver expires on a date such as 2026-12-31, not {told['expires']!r}"
        raise ValueError(said) from None
    return Waiver(
        clause, listed, str(told["reason"]), str(told["owner"]), expires, profile, most, written
    )


def waiver_for(
    waivers: Iterable[Waiver], clause: str, verdict: str, today: date
) -> tuple[Waiver | None, Waiver | None]:
    """The waiver that applies, and one that would if it had not expired."""
    lapsed = None
    for waiver in waivers:
        if waiver.applies(clause, verdict, today):
            return waiver, None
        if waiver.fits(clause, verdict):
            lapsed = waiver
    return None, lapsed


def within_bounds(
    waivers: Iterable[Waiver], found: Iterable[tuple[str, str]]
) -> tuple[tuple[Waiver, ...], tuple[Unneeded, ...]]:
    """The waivers that excuse no more than they may, and those that would.

    `found` are the findings: clauses with their verdicts.
    """
    known = list(found)
    kept: list[Waiver] = []
    beyond: list[Unneeded] = []
    for waiver in waivers:
        count = 0 if waiver.most is None else sum(waiver.fits(*pair) for pair in known)
        if waiver.most is None or count <= waiver.most:
            kept.append(waiver)
        else:
            why = f"it fits {count} findings and may excuse {waiver.most}: it excuses none"
            beyond.append(Unneeded(waiver.clause, waiver.written, why))
    return tuple(kept), tuple(beyond)


def stale(
    waivers: Iterable[Waiver], verdicts: Iterable[tuple[str, str]], known: Collection[str]
) -> Iterator[Unneeded]:
    """The waivers that nothing needs any more, and why.

    `verdicts` are all of a run, `known` the clauses of the contract. Of a clause that was not
    judged nobody knows whether it still needs one.
    """
    told = dict(verdicts)
    for waiver in waivers:
        if waiver.most is None and waiver.clause not in known:
            yield Unneeded(waiver.clause, waiver.written, "the contract has no such clause")
            continue
        fitting = Counter(
            verdict
            for clause, verdict in told.items()
            if clause == waiver.clause or fnmatchcase(clause, waiver.clause)
        )
        needed = fitting.keys() & {*waiver.verdicts, "inconclusive", "unexercised"}
        if not needed and fitting:
            said = " and ".join(sorted(fitting))
            yield Unneeded(waiver.clause, waiver.written, f"what it is about is {said} now")
        elif waiver.most is not None and not any(fnmatchcase(c, waiver.clause) for c in known):
            yield Unneeded(waiver.clause, waiver.written, "no clause fits it")
