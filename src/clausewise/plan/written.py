"""What of a request has a form on the wire: members and values that have none are never sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clausewise.contract.codecs import JsonCodec
from clausewise.contract.parameters import LOCATIONS
from clausewise.contract.requests import BODY, Encoded, RequestCodec
from clausewise.pointer import escape, look, steps_of
from clausewise.values.bodies import BodyModel
from clausewise.values.bounds import MOST_IN_URL
from clausewise.values.factors import Factor
from clausewise.values.stated import listed_values


def is_taken(wire: Encoded | None) -> bool:
    """Whether a request has a form, and its URL and headers are no longer than servers take."""
    if wire is None:
        return False
    headers = sum(len(name) + len(text) for name, text in wire.headers) + len(wire.cookies)
    return len(wire.path) + len(wire.query) <= MOST_IN_URL and headers <= MOST_IN_URL


def is_written(codec: RequestCodec, at: str, value: Any) -> bool:
    """Whether the wire can carry a value at a pointer of the request."""
    steps = steps_of(at)
    if steps[0] == BODY and isinstance(codec.body, JsonCodec):
        return True
    for step in reversed(steps):
        value = {step: value}
    return is_taken(codec.written(value))


def keep_written(
    model: BodyModel, codec: RequestCodec, never_empty: Mapping[str, bool]
) -> frozenset[str]:
    """Keep the members and values of a request that have a form on the wire.

    Of path values that are no closed list, one is enough: which others exist is not known. The
    query parameters `never_empty` have no empty value, nor have members of those that are said to
    be parted. Returns the pointers of what was left out.
    """
    at = {f"/query/{escape(name)}": parted for name, parted in never_empty.items()}
    keeping = _Keeping(model, codec, at)
    keeping.members()
    keeping.objects()
    return frozenset(keeping.left_out)


class _Keeping:
    """Leaves out of a model what its codec has no form for."""

    def __init__(
        self, model: BodyModel, codec: RequestCodec, never_empty: Mapping[str, bool]
    ) -> None:
        self.model = model
        self.codec = codec
        self.left_out: set[str] = set()
        self._never_empty = never_empty

    def members(self) -> None:
        """Keep the values that are written, and the members that have one."""
        free_of_forms = isinstance(self.codec.body, JsonCodec)
        for at, factor in list(self.model.factors.items()):
            steps = steps_of(at)
            if not steps or factor.container or (steps[0] == BODY and free_of_forms):
                continue
            if steps[0] in LOCATIONS and len(steps) == 1:
                continue
            parted = self._never_empty.get(at.rpartition("/")[0], False)
            empty = at in self._never_empty or parted
            values = (level for level in factor.levels if not (empty and level.value == ""))
            levels = [level for level in values if is_written(self.codec, at, level.value)]
            if steps[0] == "path" and not _is_closed(factor):
                levels = levels[:1]
            if levels:
                factor.levels = tuple(levels)
            else:
                self._leave_out(at)

    def objects(self) -> None:
        """Keep the objects of parameters and forms that are written with what they need.

        A deep object has no form for another one within it, and a cookie none for JSON with a
        quote: where that is required, nothing of the object is sent, else the members beside are.
        """
        factors = self.model.factors
        for at, factor in reversed(list(factors.items())):
            if not factor.container or len(steps_of(at)) < 2 or self._is_ever_written(at):
                continue
            for inner in [one for one in factors if one.startswith(f"{at}/")]:
                self._leave_out(inner)
            others = [lv for lv in factor.levels[1:] if is_written(self.codec, at, lv.value)]
            if others:
                factor.levels = tuple(others)
            else:
                self._leave_out(at)

    def _is_ever_written(self, at: str) -> bool:
        """Whether an object is, with what it requires or with all that it has."""
        factors = self.model.factors
        least = {at: factors[at].plain}
        most = {name: one.plain for name, one in factors.items() if name.startswith(f"{at}/")}
        built = (self.model.view(self.model.assigned(one)) for one in (least, {**least, **most}))
        return any(is_written(self.codec, at, look(whole, at)) for whole in built)

    def _leave_out(self, at: str) -> None:
        self.left_out.add(self.model.factors.pop(at).pointer)


def _is_closed(factor: Factor) -> bool:
    """Whether the values of a place are a closed list."""
    return listed_values(factor.place) is not None or factor.place.allowed_types == {"boolean"}
