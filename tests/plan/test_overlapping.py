"""Forms that overlap: why nothing of them can be asked is said, and only where that is so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from clausewise.contract import Place
from clausewise.plan.negatives import NOT_ALONE, OVERLAPS, negatives
from clausewise.values.contexts import Contexts
from clausewise.values.finding import values_found

from .making import object_of, plan_of, small, small_pack

_TEXT = {"type": "string"}
_OPEN = [object_of(a=_TEXT), object_of(b=_TEXT)]


@pytest.mark.parametrize(
    "schema",
    [
        {"oneOf": _OPEN},
        {"oneOf": [*_OPEN, {"oneOf": [object_of("c", c=_TEXT), object_of("d", d=_TEXT)]}]},
        {"oneOf": [object_of(a=_TEXT), object_of(a=_TEXT)]},
    ],
)
@pytest.mark.parametrize("inside", [True, False])
def test_what_is_never_one_form_alone(tmp_path: Path, schema: Any, inside: bool) -> None:
    """Every body of one form is one of another, so no promise of any can be asked about."""
    whole = object_of("x", x=_TEXT, it=schema) if inside else object_of(it=schema)
    plan = plan_of(small_pack(tmp_path, whole))
    about = {name: why for name, why in plan.unplanned.items() if "#/it" in name}
    assert about
    assert set(about.values()) <= set(NOT_ALONE)
    assert OVERLAPS in about.values()


@pytest.mark.parametrize(
    "forms",
    [
        [object_of("a", a=_TEXT), object_of("b", b=_TEXT)],
        [{**object_of(a=_TEXT), "additionalProperties": False}, object_of("b", b=_TEXT)],
        [object_of("kind", kind={"const": "a"}, a=_TEXT), object_of("kind", kind={"const": "b"})],
    ],
)
def test_what_is_one_form_alone(tmp_path: Path, forms: Any) -> None:
    """Such a form is asked for, and its promises are broken."""
    plan = plan_of(small_pack(tmp_path, object_of(it={"oneOf": forms})))
    assert OVERLAPS not in plan.unplanned.values()
    assert any("send:request#/it/a:type" in case.probes for case in plan.cases)


_SIZED = object_of("kind", kind=_TEXT, size={"type": "integer", "minimum": 1}, name=_TEXT)


@pytest.mark.parametrize("inside", [True, False])
def test_what_is_one_form_alone_for_a_value_beside(tmp_path: Path, inside: bool) -> None:
    """What breaks a form is the other one, but for a value that some lawful requests have."""
    # No empty name is one of the other form.
    forms = {"oneOf": [_SIZED, object_of(name={"type": "string", "minLength": 1})]}
    plan = plan_of(small_pack(tmp_path, object_of("it", it=forms) if inside else forms))
    at = "send:request#/it" if inside else "send:request#"
    probed = {probe for case in plan.cases for probe in case.probes}
    assert {f"{at}/size:minimum", f"{at}/size:type", f"{at}/kind:required"} <= probed


def test_what_stands_beside_a_member_that_is_never_one_form_alone(tmp_path: Path) -> None:
    """An object needs such a member: nothing of the object is asked, and that is the reason."""
    around = object_of("it", "n", it={"oneOf": _OPEN}, n={"type": "integer"})
    plan = plan_of(small_pack(tmp_path, object_of(a=_TEXT, around=around)))
    about = {name: why for name, why in plan.unplanned.items() if "/around/" in name}
    assert {"send:request#/around/n:type", "send:request#/around/n:required"} <= about.keys()
    assert set(about.values()) <= set(NOT_ALONE)
    assert "send:request#/a:type" not in plan.unplanned


def _tagged(kind: Any, *required: str) -> dict[str, Any]:
    return object_of(*required, kind={"enum": [kind]}, name={"type": "string"})


def _around(member: dict[str, Any]) -> dict[str, Any]:
    return object_of("of", of=member)


@pytest.mark.parametrize(
    ("branches", "is_asked"),
    [
        ([{"type": "string"}, object_of("a", a={"type": "integer"})], False),
        ([_around(_tagged("x", "kind")), _around(_tagged("y", "kind"))], False),
        ([_around(_tagged("x", "kind")), _around(_tagged("y"))], True),  # one says no kind
        ([{"type": ["object", "null"]}, {"type": ["string", "null"]}], True),
    ],
)
def test_what_plainly_excludes_each_other_is_not_searched(
    monkeypatch: pytest.MonkeyPatch, branches: list[Any], is_asked: bool
) -> None:
    """A value in two branches is looked for where there may be one."""
    asked: list[Any] = []

    def values(place: Place, most: int) -> list[Any]:
        asked.append(place)
        return values_found(place, most)

    monkeypatch.setattr("clausewise.values.breaking_members.values_found", values)
    one = small(object_of("a", a={"oneOf": branches}))
    negatives(Contexts(one.model, one.isolation), one.clauses["/a:oneOf"], most=100)
    assert bool(asked) is is_asked
