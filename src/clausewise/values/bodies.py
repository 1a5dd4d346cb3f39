"""Request bodies as choices: one factor a member, one level a value class."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from clausewise.contract import Place
from clausewise.contract.keywords import DEMANDS
from clausewise.contract.place import Choice
from clausewise.pointer import ABSENT, copied, escape, look
from clausewise.values.bounds import (
    MOST_LEVELS,
    MOST_OF_LONG_TEXTS,
    TooLarge,
)
from clausewise.values.factors import Assignment, Factor, Members
from clausewise.values.keys import told_aside
from clausewise.values.members import (
    branches_of,
    constants_of,
    is_in_branches,
    levels_aside,
    member_levels,
    members_of,
    needed_members,
    other_than_objects,
    told_apart,
)
from clausewise.values.merging import (
    assigned_below,
    merged_members,
    shapes_differ,
    simple_that_differ,
    suits,
)
from clausewise.values.seeking import MOST_ADDED, sought
from clausewise.values.values import PRESENT, Level

# Texts that are longer are long.
LONG_TEXT = 2_000


class BodyModel:
    """All lawful bodies of one message, as assignments of levels to factors."""

    def __init__(self, place: Place, example: Any) -> None:
        """`example` is a documented body; its values become the plain ones."""
        self.root = place
        self.example = example
        # The members of an object place.
        self.members: Callable[[Place], dict[str, Place]] = merged_members
        # Why only what every message needs is laid out, where that is so.
        self._beyond: str | None = None
        # By the container that may be left out, the least lawful body with it; "": without any.
        self._bases: dict[str, dict[str, Level] | None] = {}
        # By a pointer and the branches left open there: these, and what each requires, by pointer.
        self._required: dict[tuple[str, int], tuple[list[Place], list[set[str]], set[str]]] = {}
        # By its pointer and the identity of its place; None for what is no object.
        self._objects: dict[tuple[str, int], Members | None] = {}
        # By branch and choice, the values of the discriminators that mean the branch.
        self._constants: dict[tuple[int, int], dict[str, Any]] = {}
        # By the identity of a place and where it stands, its plain value there.
        self._plain: dict[tuple[int, str], Any] = {}
        # By a choice and the levels of its discriminators: these, and the branches left open.
        self._found_open: dict[tuple[int, ...], tuple[Mapping[str, Level | None], list[Place]]] = {}
        self._clear()
        try:
            self._collect(place, "", None, example, frozenset())
        except TooLarge:
            # Of members whose shape depends on the branch, one shape is better than nothing.
            self._collect_again(members_of)
        self._demanding = any(
            promise.keyword in DEMANDS for inner in place.walk() for promise in inner.assertions
        )

    def _collect_again(self, members: Callable[[Place], dict[str, Place]]) -> None:
        """Lay out what these members are; where that is too much, what every message needs."""
        self.members = members
        self._clear()
        try:
            self._collect(self.root, "", None, self.example, frozenset())
        except TooLarge as error:
            if members is needed_members:
                raise
            self._beyond = error.problem
            self._collect_again(needed_members)

    def _clear(self) -> None:
        self.factors: dict[str, Factor] = {}
        self._levels = 0
        self._characters = 0

    def why_not_laid_out(self, pointer: str) -> str | None:
        """Why a clause's place is not among the choices, where that is for want of room."""
        return None if self._beyond is None or self.factor_of(pointer) else self._beyond

    def forget(self) -> None:
        """Forget what lawful bodies were found: what is lawful has changed."""
        self._bases.clear()

    def factor_of(self, pointer: str) -> Factor | None:
        """The first factor that a clause's pointer means."""
        return next((one for one in self.factors.values() if one.pointer == pointer), None)

    def build(self, assignment: Assignment) -> Any:
        """The body of an assignment.

        What is not assigned is left out, or plain where it is required. The result may break the
        contract (a wrong combination): that is for validators to say.
        """
        return copied(self.view(assignment))

    def view(self, assignment: Assignment) -> Any:
        """The same to be looked at and not to be changed: its values are those of the levels."""
        return self._build(self.root, "", assignment)

    def assigned(self, changes: Assignment) -> dict[str, Level]:
        """An assignment with the containers around every present member present as well."""
        full = dict(changes)
        for at, level in changes.items():
            if level.value is not ABSENT:
                parent = self.factors[at].parent
                while parent:
                    full.setdefault(parent, self.factors[parent].plain)
                    parent = self.factors[parent].parent
        return full

    def completed(
        self, changes: Assignment, lawful: Callable[[Any], bool]
    ) -> dict[str, Level] | None:
        """An assignment with what else a lawful body needs (`dependentRequired`, say), or None.

        Where the least body is not lawful as it comes, one is sought once, and what is asked for
        is put into that as well.
        """
        full = self.assigned(changes)
        if lawful(self.view(full)):
            return full
        if self._demanding and (found := self._demanded(full, lawful)) is not None:
            return found
        base = self._base_of(lawful, self._outermost(full))
        if base is None:
            return None
        if changes:
            # What is to stand in an object wants the object, whatever was found in its place.
            inner = tuple(at for at, level in changes.items() if level.value is not ABSENT)
            kept = {
                at: level
                for at, level in base.items()
                if level is PRESENT or not any(one.startswith(f"{at}/") for one in inner)
            }
            base = self.assigned({**kept, **changes})
        return base if lawful(self.view(base)) else None

    def _outermost(self, full: Assignment) -> str:
        """The container of a message that is there without having to be; "" for none."""
        there = (at for at in full if at.count("/") == 1 and full[at] is PRESENT)
        return next((at for at in there if self.factors[at].optional), "")

    def _base_of(self, lawful: Callable[[Any], bool], around: str = "") -> dict[str, Level] | None:
        """What is put into a body for it to be lawful; None where nothing has to be, or is found.

        `around` is the container that stands there.
        """
        if around not in self._bases:
            held = {around: PRESENT} if around else {}
            is_lawful = lawful(self.view(held))
            self._bases[around] = None if is_lawful else sought(self, lawful, held)
        return self._bases[around]

    def _demanded(
        self, full: dict[str, Level], lawful: Callable[[Any], bool]
    ) -> dict[str, Level] | None:
        """Members are added one, then all, and those that nothing needs are taken out again."""
        open_ = [at for at, factor in self.factors.items() if at and at not in full]
        for at in open_[:MOST_ADDED]:
            trial = self.assigned({**full, at: self.factors[at].plain})
            if lawful(self.view(trial)):
                return trial
        everything = self.assigned({**{at: self.factors[at].plain for at in open_}, **full})
        if not lawful(self.view(everything)):
            return None
        for at in reversed(open_[-MOST_ADDED:]):
            trial = {
                key: level
                for key, level in everything.items()
                if key != at and not key.startswith(f"{at}/")
            }
            if lawful(self.view(trial)):
                everything = trial
        return everything

    def classify(self, body: Any) -> dict[str, Level]:
        """The level of every factor in a body; factors whose container is not there are left out.

        A value of no class gets a level of its own.
        """
        found: dict[str, Level] = {}
        values: dict[str, Any] = {"": body}
        for at, factor in self.factors.items():
            around = values.get(factor.parent or "", ABSENT)
            if factor.parent is None or (factor.parent and factor.parent not in values):
                value = look(body, at)
            else:
                inside = isinstance(around, dict)
                value = around.get(factor.name, ABSENT) if inside else ABSENT
            values[at] = value
            found[at] = factor.classified(value)
        return found

    def level_in(self, body: Any, at: str) -> Level:
        """The level of one factor in a body."""
        return self.factors[at].classified(look(body, at))

    def _collect(
        self,
        place: Place,
        at: str,
        parent: str | None,
        example: Any,
        required: frozenset[str],
        variants: list[Place] | None = None,
        stated: bool = True,
        aside: Sequence[Place] = (),
    ) -> None:
        """`variants` are the place as branches have it; `stated` says that not only they do.

        `aside` are what conditions say of it.
        """
        members = self.members(place)
        container = bool(members)
        optional = parent is not None and at.rpartition("/")[2] not in required
        if container:
            found = told_apart([PRESENT, *other_than_objects(place)])
        else:
            documented = [] if example is ABSENT or example is None else [example]
            own = member_levels(place, variants or [], documented, stated)
            found = told_apart([*own, *levels_aside(place, aside, own)])
        found = self._without_too_long(found)
        self._levels += len(found)
        if self._levels > MOST_LEVELS:
            raise TooLarge(f"its message has more than {MOST_LEVELS} classes of values to try")
        if found and (at or not container):
            self.factors[at] = Factor(
                place.pointer, at, parent, tuple(found), optional, container, place
            )
        for name, member in members.items():
            if member.notes.get("readOnly"):
                continue
            inner = example.get(name, ABSENT) if isinstance(example, dict) else ABSENT
            self._collect(
                member,
                f"{at}/{escape(name)}",
                at,
                inner,
                frozenset(escape(key) for key in place.required),
                [
                    branch.members[name]
                    for branch in branches_of(place)
                    if name in branch.members and branch.members[name] is not member
                ],
                name in place.members or not is_in_branches(place, name),
                told_aside(place, name),
            )

    def _without_too_long(self, found: list[Level]) -> list[Level]:
        """The levels without long texts, where the message has enough of these already."""
        kept = []
        for level in found:
            length = len(level.value) if isinstance(level.value, str) else 0
            if length > LONG_TEXT and len(found) > 1:
                if self._characters and self._characters + length > MOST_OF_LONG_TEXTS:
                    continue
                self._characters += length
            kept.append(level)
        return kept or found[:1]

    def _build(self, place: Place, at: str, assignment: Assignment) -> Any:
        level = assignment.get(at)
        if level is not None and level is not PRESENT:
            return level.value
        known = self._object(place, at)
        if known is None:
            factor = self.factors.get(at)
            return self._plain_at(place, factor) if factor else {}
        required: Collection[str] = place.required
        told: dict[str, Any] = {}
        shapes: dict[str, Place] = {}
        differ = known.differ
        choices = [*place.choices]
        for choice in choices:
            branch = self._branch(choice, at, assignment, differ)
            if branch is not None:
                required = {*required, *branch.required}
                key = id(branch), id(choice)
                if key not in self._constants:
                    self._constants[key] = constants_of(branch, choice)
                told |= self._constants[key]
                if differ or known.simple:
                    names = (differ | known.simple) & branch.members.keys()
                    shapes |= {name: branch.members[name] for name in names}
                choices += branch.choices
        body = {}
        for _, name, inner, member in known.among(at, assignment, required):
            wanted = assignment.get(inner)
            if shapes:
                member = shapes.get(name, member)
            if wanted is PRESENT:
                body[name] = self._build(member, inner, assignment)
            elif wanted is not None:
                if wanted.value is not ABSENT:
                    body[name] = wanted.value
            elif name in required and not member.notes.get("readOnly"):
                if name in told:
                    body[name] = told[name]
                else:
                    body[name] = self._build(member, inner, assignment)
        return body

    def _plain_at(self, place: Place, factor: Factor) -> Any:
        """The plain value of a member; of one whose shape depends on the branch, of this shape."""
        if place is factor.place:
            return factor.plain.value
        key = id(place), factor.at
        if key not in self._plain:
            values = (level.value for level in factor.levels if level is not PRESENT)
            self._plain[key] = next((v for v in values if place.fits(v)), factor.plain.value)
        return self._plain[key]

    def _object(self, place: Place, at: str) -> Members | None:
        """How an object place is laid out where it stands; None for what is no object."""
        key = at, id(place)
        if key not in self._objects:
            members = self.members(place)
            told = (
                (number, name, f"{at}/{escape(name)}", inner)
                for number, (name, inner) in enumerate(members.items())
            )
            merged = self.members is merged_members
            differ, simple = shapes_differ(place) if merged else set(), simple_that_differ(place)
            known = Members({one[2]: one for one in told}, differ, simple) if members else None
            self._objects[key] = known
        return self._objects[key]

    def _required_there(self, open_: list[Place], at: str, assignment: Assignment) -> list[int]:
        """Of how many members that each branch requires an assignment says that they are there."""
        key = at, id(open_)
        if key not in self._required:
            named = [{f"{at}/{escape(name)}" for name in one.required} for one in open_]
            # The branches are kept with it: their identity is the key.
            self._required[key] = open_, named, set().union(*named)
        _, required, of_any = self._required[key]
        told = of_any & assignment.keys()
        there = {inner for inner in told if assignment[inner].value is not ABSENT}
        if not there:
            return [0] * len(open_)
        return [len(there & one) for one in required]

    def _branch(
        self, choice: Choice, at: str, assignment: Assignment, differ: set[str]
    ) -> Place | None:
        """The first branch that the assigned discriminators leave open, and that takes the rest.

        Without any, the one of which most is assigned that it requires. `differ` are the members
        whose shape depends on the branch.
        """
        open_ = self._open(choice, at, assignment)
        if len(open_) < 2 or (choice.discriminators and not differ):
            return open_[0] if open_ else None
        told = assigned_below(at, differ, assignment)
        taken = [suits(one, told) for one in open_] if told else [0] * len(open_)
        if choice.discriminators:
            return open_[taken.index(max(taken))]
        required = self._required_there(open_, at, assignment)
        there = [*zip(taken, required, strict=True)]
        return open_[there.index(max(there))]

    def _open(self, choice: Choice, at: str, assignment: Assignment) -> list[Place]:
        """The branches that the assigned discriminators leave open, found once for their levels."""
        told = {name: assignment.get(f"{at}/{escape(name)}") for name in choice.discriminators}
        key = (id(choice), *map(id, told.values()))
        if key not in self._found_open:
            open_ = [one for one in choice.branches if _is_open(one, told)]
            # The levels are kept with it: their identity is the key.
            self._found_open[key] = told, open_
        return self._found_open[key][1]


def _is_open(branch: Place, told: Mapping[str, Level | None]) -> bool:
    """Whether the levels of discriminators leave a branch open."""
    if "object" not in branch.allowed_types:
        return False
    for name, level in told.items():
        member = branch.members.get(name)
        if member is None or level is None:
            continue
        if level.value is ABSENT or not member.fits(level.value):
            return False
    return True
