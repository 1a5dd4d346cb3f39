"""Forms that overlap: why nothing of them can be asked is said, and only where that is so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from clausewise.plan.negatives import NOT_ALONE, OVERLAPS

from .making import plan_of, small_pack


def _object(*required: str, **members: Any) -> dict[str, Any]:
    return {"type": "object", "required": list(required), "properties": members}


_TEXT = {"type": "string"}
_OPEN = [_object(a=_TEXT), _object(b=_TEXT)]


@pytest.mark.parametrize(
    "schema",
    [
        {"oneOf": _OPEN},
        {"oneOf": [*_OPEN, {"oneOf": [_object("c", c=_TEXT), _object("d", d=_TEXT)]}]},
        {"oneOf": [_object(a=_TEXT), _object(a=_TEXT)]},
    ],
)
@pytest.mark.parametrize("inside", [True, False])
def test_what_is_never_one_form_alone(tmp_path: Path, schema: Any, inside: bool) -> None:
    """Every body of one form is one of another, so no promise of any can be asked about."""
    whole = _object("x", x=_TEXT, it=schema) if inside else _object(it=schema)
    plan = plan_of(small_pack(tmp_path, whole))
    about = {name: why for name, why in plan.unplanned.items() if "#/it" in name}
    assert about
    assert set(about.values()) <= set(NOT_ALONE)
    assert OVERLAPS in about.values()


@pytest.mark.parametrize(
    "forms",
    [
        [_object("a", a=_TEXT), _object("b", b=_TEXT)],
        [{**_object(a=_TEXT), "additionalProperties": False}, _object("b", b=_TEXT)],
        [_object("kind", kind={"const": "a"}, a=_TEXT), _object("kind", kind={"const": "b"})],
    ],
)
def test_what_is_one_form_alone(tmp_path: Path, forms: Any) -> None:
    """Such a form is asked for, and its promises are broken."""
    plan = plan_of(small_pack(tmp_path, _object(it={"oneOf": forms})))
    assert OVERLAPS not in plan.unplanned.values()
    assert any("send:request#/it/a:type" in case.probes for case in plan.cases)
