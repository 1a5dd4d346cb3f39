"""What a request is to be about: the values that are chosen for it, and the things they name."""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field

from clausewise.contract import Operation, ask
from clausewise.links.needs import Need
from clausewise.links.seen import Instance
from clausewise.plan.case_values import with_value
from clausewise.plan.cases import Case


class Chosen(Struct, frozen=True):
    """One value for one place of a request, and the thing that it names."""

    need: Need
    instance: Instance
    expression: str
    value: Any


class Wanted(Struct, frozen=True):
    """Which thing a request may be about.

    `own`: one of this run alone; `empty`: one that has nothing within it; `changed_by`: one
    that one of these operations was the last to change, an empty name stands for none. `within`:
    the operations that may have changed the thing around it last, if that has to be ours.
    `guessed`: also where a member may as well be a text of its own; `beside`: none of those.
    """

    own: bool = False
    empty: bool = False
    changed_by: tuple[str, ...] | None = None
    within: tuple[str, ...] | None = None
    guessed: bool = False
    beside: tuple[Instance, ...] = ()


ANY = Wanted()


class Binding(Struct):
    """What a request is to be about: values, and the exchanges that they rest on."""

    chosen: list[Chosen] = field(default_factory=list)
    path: dict[str, str] = field(default_factory=dict)
    # The path parameter that names what is to be made, with a name that nothing has yet.
    naming: str | None = None
    # Whether the path ends with a name that nobody has, since nothing is known that may be changed.
    of_nobody: bool = False
    # What requests of the operation were known to want when this one was made.
    wanting: frozenset[str] = frozenset()

    @property
    def entries(self) -> tuple[int, ...]:
        """The exchanges that it takes to have what is bound."""
        return tuple(sorted({number for one in self.chosen for number in one.instance.entries}))

    @property
    def target(self) -> Chosen | None:
        """What the path names at its end, where that is a thing that was seen."""
        return next((one for one in self.chosen if one.need.part == "path"), None)


def applied(operation: Operation, case: Case, binding: Binding) -> Case:
    """The case with what is bound, but for path parameters."""
    for one in binding.chosen:
        if one.need.part == "path":
            continue
        changed = with_value(operation, case, *one.need.place, one.value)
        if one.need.part != "request" or _lawful(operation, changed, case):
            case = changed
    return case


def place_in(need: Need) -> tuple[str, str]:
    """Where a need's value stands in a case; the first item stands for all of a list."""
    return need.part, need.pointer.replace("/*", "/0")


def _lawful(operation: Operation, changed: Case, before: Case) -> bool:
    """Whether what was put into a body breaks nothing in it that was kept before."""
    request = operation.request
    if changed is before or request.accepts(changed.value):
        return True
    if request.accepts(before.value):
        return False
    return _broken(operation, changed.value) <= _broken(operation, before.value)


def _broken(operation: Operation, value: Any) -> set[tuple[str, str]]:
    """The promises that a request breaks."""
    answers = ask(operation.request.place, value)
    return {answer.promise.key for answer in answers if answer.kept is False}
