"""What is known of links: what was accepted with a value and what was refused, and what that shows.

A link is *proved* where a safe operation accepted a value of it and refused one that was made up;
elsewhere it is *assumed*, and a refusal proves nothing. A target that takes made-up ids needs none.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, Literal

from msgspec import Struct, field

from clausewise.contract import Operation
from clausewise.judge.outcomes import GONE
from clausewise.links.binding import Chosen
from clausewise.links.needs import Need, bare
from clausewise.links.seen import Instance, shows
from clausewise.pack import Pack
from clausewise.record.ledger import Entry

State = Literal["declared", "proved", "assumed"]

# A place whatever its operation: for a path the template up to it, else operation, part, pointer.
_Spot = tuple[str, str, str]


class Link(Struct, frozen=True):
    """Where values come from and where they go; `exchanges` show it."""

    name: str
    source: str
    expression: str
    to: tuple[tuple[str, str, str], ...]
    state: State
    exchanges: tuple[int, ...]


class _LinkEvidence(Struct):
    """What became of one link: its places, what showed it, and whether it is proved."""

    name: str
    to: dict[tuple[str, str, str], None] = field(default_factory=dict)
    accepted: list[int] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)
    # Operations that take made-up values as well: they prove nothing, others may.
    careless: set[str] = field(default_factory=set)

    @property
    def proved(self) -> bool:
        return bool(self.accepted and self.refused)

    @property
    def needless(self) -> bool:
        return bool(self.careless) and not self.refused


class Proofs:
    """What requests showed of the links that their values came by."""

    def __init__(self) -> None:
        """Nothing is known yet."""
        self._known: dict[tuple[_Spot, str, str], _LinkEvidence] = {}
        # By spot, the values that were refused there before any was accepted.
        self._failed: dict[_Spot, list[Any]] = {}
        # By operation, the values of its last path parameter that it refused, though others take
        # them, and those that it took.
        self._refused_by: dict[str, list[Any]] = {}
        self._taken_by: dict[str, set[Any]] = {}
        # By path, the sources and expressions of what safe operations of just this path took.
        self._goes_by: dict[str, set[tuple[str, str]]] = {}
        # The links by whose values a safe operation of just the path showed the very thing.
        self._shown: set[tuple[_Spot, str, str]] = set()
        # By spot, the members that proved links take values from.
        self._members: dict[_Spot, set[str]] = {}

    def used(self, entry: Entry, operation: Operation, one: Chosen) -> None:
        """Take note of a value that a request was sent with."""
        known = self._known.setdefault(_key(one), _LinkEvidence(_called(one)))
        known.to[operation.id, one.need.part, one.need.pointer] = None
        if entry.outcome == "accepted":
            known.accepted.append(entry.id)
            self._taken_by.setdefault(operation.id, set()).add(one.value)
            path = bare(operation.path)
            if operation.safe and path == f"{one.need.around}/{{}}":
                key = one.instance.source, one.expression
                self._goes_by.setdefault(path, set()).add(key)
                if shows(one.instance, one.expression, entry.exchange):
                    self._shown.add(_key(one))

    def refused(self, entry: Entry, operation: Operation, target: Chosen, others: bool) -> None:
        """Take note that a used value of a path was refused; `others` says there are other names.

        A thing that was there and is not any more is gone from now.
        """
        known = self._known[_key(target)]
        if known.accepted:
            if target.value in self._taken_by.get(operation.id, ()):
                if known.proved and entry.exchange.status in GONE:
                    target.instance.gone = True  # something has taken it away
            elif operation.id not in self._taken_by and (operation.safe or others):
                # Others take it. This one may have another name for the same thing.
                self._refused_by.setdefault(operation.id, []).append(target.value)
            return
        if operation.safe:
            self._failed.setdefault(_spot(target.need), []).append(target.value)

    def probed(self, target: Chosen, answer: Entry) -> None:
        """Take note of what became of a made-up id in place of one that was accepted."""
        known = self._known[_key(target)]
        if answer.outcome == "refused":
            known.refused.append(answer.id)
            member = target.expression.rpartition("/")[2]
            self._members.setdefault(_spot(target.need), set()).add(member)
        elif answer.outcome == "accepted":
            known.careless.add(answer.case.operation)

    def would_tell(self, operation: Operation, target: Chosen) -> bool:
        """Whether a made-up id would tell something of a link that was accepted."""
        known = self._known.get(_key(target))
        return known is not None and not known.refused and operation.id not in known.careless

    def is_proved(self, one: Chosen) -> bool:
        """Whether the link of a value is proved."""
        known = self._known.get(_key(one))
        return known is not None and known.proved

    def is_sure(self, need: Need, instance: Instance, expression: str) -> bool:
        """Whether a value is certain to name this thing and no other.

        What only the request said is, where it bears the place's own name, or a link is proved.
        """
        if not expression.startswith("$request.body") or expression.endswith(f"#/{need.name}"):
            return True
        known = self._known.get((_spot(need), instance.source, expression))
        return known is not None and known.proved

    def is_shown(self, need: Need, instance: Instance, expression: str) -> bool:
        """Whether a link is proved, and a read by a value of it has shown what it came from."""
        key = _spot(need), instance.source, expression
        return key in self._shown and self._known[key].proved

    def goes_by(self, path: str) -> Collection[tuple[str, str]]:
        """The sources and expressions of what safe operations of just this path took."""
        return self._goes_by.get(path, ())

    def careful(self, target: Chosen) -> set[str]:
        """The operations that were asked with a proved link, and take no made-up value."""
        known = self._known.get(_key(target))
        if known is None or not known.proved:
            return set()
        return {operation for operation, _, _ in list(known.to)} - known.careless

    def members(self, need: Need) -> Collection[str]:
        """The members of replies that things at a place are known to go by.

        None for an operation that has refused what others took.
        """
        return () if need.operation in self._refused_by else self._members.get(_spot(need), ())

    def failed(self, need: Need) -> list[Any]:
        """The values that were refused at a place before any was accepted."""
        return self._failed.get(_spot(need), [])

    def in_vain(self, need: Need) -> list[Any]:
        """The values that were refused at a place, by all or by its own operation."""
        refused = self._refused_by.get(need.operation, []) if need.part == "path" else []
        return [*self.failed(need), *refused]

    @property
    def links(self) -> Iterator[Link]:
        """The links that something was accepted with, in the order of their discovery."""
        for (_, source, expression), known in self._known.items():
            if known.accepted and not known.needless:
                state: State = "proved" if known.proved else "assumed"
                shown = (*known.accepted[:1], *known.refused[:1])
                yield Link(known.name, source, expression, tuple(known.to), state, shown)


def declared(pack: Pack) -> Iterator[Link]:
    """The links that a pack declares: its supplies."""
    for supply in pack.supplies.values():
        names = {name: name for name in supply.gives}
        for name, expression in supply.gives.items():
            to = tuple(
                (operation, *place)
                for operation in supply.needed_by
                for place, given in supply.placed(operation, names).items()
                if given == name
            )
            yield Link(supply.name, supply.operation, expression, to, "declared", ())


def _spot(need: Need) -> _Spot:
    if need.around is None:
        return need.operation, need.part, need.pointer
    return "", "path", f"{need.around}/{{}}"


def _key(one: Chosen) -> tuple[_Spot, str, str]:
    return _spot(one.need), one.instance.source, one.expression


def _called(one: Chosen) -> str:
    path = one.instance.collection
    fixed = [step for step in path.split("/") if step not in ("", "{}")]
    return fixed[-1] if fixed else one.need.name
