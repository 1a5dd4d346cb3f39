"""Forms of a choice that can't be told apart: whatever is one of them is another one as well."""

from __future__ import annotations

from clausewise.contract import Clause, Place
from clausewise.contract.place import Choice
from clausewise.pointer import ABSENT
from clausewise.values.bodies import BodyModel
from clausewise.values.spots import stated_by


def overlaps(root: Place, clause: Clause) -> bool:
    """Whether a clause is stated in forms of a `oneOf` alone that are never the only one.

    They are tried with as little in them as can be, and with every member that they have.
    """
    stated = [promise for _, promise in stated_by(root, clause)]
    choices = [c for place in root.walk() for c in place.choices if c.keyword == "oneOf"]
    return bool(stated) and all(
        any(_is_never_kept(choice, promise.site) for choice in choices) for promise in stated
    )


def _is_never_kept(choice: Choice, site: str) -> bool:
    """Whether a choice is, or has around it, a keyword that no value comes to: none keeps one."""
    if choice.promise.site == site:
        return not any(_is_ever_alone(choice, form) for form in choice.branches)
    forms = [form for form in choice.branches if site.startswith(f"{form.site}/")]
    return any(not _is_ever_alone(choice, form) for form in forms)


def _is_ever_alone(choice: Choice, form: Place) -> bool:
    model = BodyModel(form, ABSENT)
    whole = {at: factor.plain for at, factor in model.factors.items()}
    return any(
        form.fits(value) and sum(other.fits(value) for other in choice.branches) == 1
        for value in (model.view({}), model.view(whole))
    )
