"""Forms of a choice that can't be told apart: whatever is one of them is another one as well."""

from __future__ import annotations

from clausewise.contract import Clause, Place
from clausewise.contract.place import Choice
from clausewise.pointer import ABSENT, unescape
from clausewise.values.bodies import BodyModel
from clausewise.values.spots import stated_by


class Overlapping:
    """The forms of one message that are never the only one.

    They are tried with as little in them as can be, and with every member that they have.
    """

    def __init__(self, root: Place) -> None:
        self._root = root
        # By the identity of a form.
        self._known: dict[int, bool] = {}

    def hides(self, clause: Clause) -> bool:
        """Whether a clause is never asked about for them.

        It is stated in such forms alone, or stands in what is never without another such choice.
        """
        return self._is_stated_there(clause) or self._stands_beside_one(clause)

    def _is_stated_there(self, clause: Clause) -> bool:
        stated = [promise for _, promise in stated_by(self._root, clause)]
        choices = [c for p in self._root.walk() for c in p.choices if c.keyword == "oneOf"]
        return bool(stated) and all(
            any(self._is_never_kept(choice, promise.site) for choice in choices)
            for promise in stated
        )

    def _is_never_kept(self, choice: Choice, site: str) -> bool:
        """Whether a choice is, or has around it, a keyword that no value comes to."""
        if choice.promise.site == site:
            return not self._has_one_alone(choice)
        forms = [form for form in choice.branches if site.startswith(f"{form.site}/")]
        return any(not self._is_ever_alone(choice, form) for form in forms)

    def _stands_beside_one(self, clause: Clause) -> bool:
        place = self._root
        for step in (clause.pointer or "").removeprefix(place.pointer).split("/")[1:]:
            inner = place.items if step == "*" else place.members.get(unescape(step))
            if inner is None:
                return False
            place = inner
            if self._is_never_made(place):
                return True
        return False

    def _is_never_made(self, place: Place) -> bool:
        """Whether every value of a place needs a form that is never the only one."""
        if any(c.keyword == "oneOf" and not self._has_one_alone(c) for c in place.choices):
            return True
        inner = (place.members[name] for name in place.required if name in place.members)
        return any(self._is_never_made(member) for member in inner)

    def _has_one_alone(self, choice: Choice) -> bool:
        return any(self._is_ever_alone(choice, form) for form in choice.branches)

    def _is_ever_alone(self, choice: Choice, form: Place) -> bool:
        if id(form) not in self._known:
            model = BodyModel(form, ABSENT)
            whole = {at: factor.plain for at, factor in model.factors.items()}
            self._known[id(form)] = any(
                form.fits(value) and sum(other.fits(value) for other in choice.branches) == 1
                for value in (model.view({}), model.view(whole))
            )
        return self._known[id(form)]
