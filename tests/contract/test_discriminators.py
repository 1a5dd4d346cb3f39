"""Discriminators: requests say what they mean, and replies are held to their schema alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from clausewise.contract import Contract, MessagePart, ask

from .making import document, load, ref


def contract_of(root: Path, schemas: dict[str, Any], schema: Any) -> Contract:
    """A contract whose one operation takes and gives this schema."""
    main = document(schema, schema) | {"components": {"schemas": schemas}}
    return load(root, {"openapi.json": main}, "openapi.json")


def both(contract: Contract) -> tuple[MessagePart, MessagePart]:
    """The messages of the request's body and of the 200 reply."""
    operation = contract.operations["send"]
    assert operation.body is not None
    return operation.body, operation.replies["200"].contents[0].message


def pet(**members: Any) -> dict[str, Any]:
    """A schema of a pet with more members."""
    return {"required": ["kind"], "properties": {"kind": {"type": "string"}, **members}}


CAT, DOG = pet(lives={"type": "integer"}), pet(tricks={"type": "array"})
BY = {"propertyName": "kind"}
MAPPED = BY | {"mapping": {"cat": ref("Cat")["$ref"], "kitten": "Cat", "dog": ref("Dog")["$ref"]}}


@pytest.mark.parametrize("keyword", ["oneOf", "anyOf"])
@pytest.mark.parametrize("default", ["Other", "#/components/schemas/Other"])
def test_a_schema_that_is_meant_by_every_other_value(
    tmp_path: Path, keyword: str, default: str
) -> None:
    """A `defaultMapping` (OpenAPI 3.2): what names no schema, or nothing, means that one."""
    other = {"required": ["name"], "properties": {"kind": {"type": "string"}, "name": {}}}
    cat = {**CAT, "required": ["kind", "lives"]}
    named = BY | {"mapping": {"cat": "Cat"}, "defaultMapping": default}
    schema = {keyword: [ref("Cat"), ref("Other")], "discriminator": named}
    request, reply = both(contract_of(tmp_path, {"Cat": cat, "Other": other}, schema))
    for kind in ({"kind": "Other"}, {"kind": "fish"}, {}):
        assert request.accepts({**kind, "name": "Tom"})
        assert reply.accepts({**kind, "name": "Tom"})
    assert not request.accepts({"kind": "cat", "name": "Tom"})


@pytest.mark.parametrize("keyword", ["oneOf", "anyOf"])
@pytest.mark.parametrize("wrapped", [False, True])
@pytest.mark.parametrize(
    ("discriminator", "cats", "dogs"),
    [
        (BY, ["Cat"], ["Dog"]),
        (MAPPED, ["cat", "kitten"], ["dog"]),
        (BY | {"mapping": {"cat": "Cat"}}, ["cat"], ["Dog"]),
        (BY | {"mapping": {"gone": "#/components/schemas/Gone"}}, ["Cat"], ["Dog"]),
    ],
)
def test_a_choice_of_named_schemas(
    tmp_path: Path, keyword: str, wrapped: bool, discriminator: Any, cats: Any, dogs: Any
) -> None:
    """By mapping, several values for one schema too, else by name; in array items as well."""
    choice = {keyword: [ref("Cat"), ref("Dog")], "discriminator": discriminator}
    schema = {"type": "array", "items": choice} if wrapped else choice
    request, reply = both(contract_of(tmp_path, {"Cat": CAT, "Dog": DOG}, schema))

    def put(value: Any) -> Any:
        return [value] if wrapped else value

    for kind in cats:
        assert request.accepts(put({"kind": kind, "lives": 9, "tricks": "none"}))
        assert not request.accepts(put({"kind": kind, "lives": "nine"}))
    for kind in dogs:
        assert request.accepts(put({"kind": kind, "tricks": [], "lives": "one"}))
    assert not request.accepts(put({"kind": "fish"}))
    assert not request.accepts(put({"lives": 9, "tricks": "none"}))
    # A reply keeps its schema, whatever the value names.
    assert reply.accepts(put({"kind": "fish", "lives": 9, "tricks": "none"}))


@pytest.mark.parametrize(
    ("kind", "broken"),
    [
        ("Dog", ["/bark:required", "/tricks:required"]),
        ("Cat", ["/lives:required"]),
        ("Cow", ["/lives:required"]),  # nothing names it: the one that lacks least
    ],
)
def test_the_branch_that_a_broken_reply_is_held_to(
    tmp_path: Path, kind: str, broken: list[str]
) -> None:
    """Where no branch fits, it is the one that the discriminator names, however much it lacks."""
    needs = {"Cat": [*CAT["required"], "lives"], "Dog": [*DOG["required"], "bark", "tricks"]}
    schemas = {"Cat": CAT | {"required": needs["Cat"]}, "Dog": DOG | {"required": needs["Dog"]}}
    choice = {"oneOf": [ref("Cat"), ref("Dog")], "discriminator": BY}
    _, reply = both(contract_of(tmp_path, schemas, choice))
    answers = ask(reply.place, {"kind": kind})
    assert [":".join(one.promise.key) for one in answers if one.kept is False] == broken


def test_the_clause_of_a_discriminator(tmp_path: Path) -> None:
    """Its values are one clause of the member, written where the discriminator stands."""
    schema = {"oneOf": [ref("Cat"), ref("Dog")], "discriminator": MAPPED}
    contract = contract_of(tmp_path, {"Cat": CAT, "Dog": DOG}, schema)
    clause = contract.clauses["send:request#/kind:enum"]
    assert clause.promise == "/kind is cat, kitten or dog"
    lines = (tmp_path / "openapi.json").read_text().splitlines()
    assert clause.source is not None
    assert '"discriminator"' in lines[clause.source.line - 1]
    assert "send:200#/kind:enum" not in contract.clauses


def test_a_member_that_nobody_requires_is_sent_all_the_same(tmp_path: Path) -> None:
    """Without it nobody knows what is meant; but no document says that it must be refused."""
    loose = {"properties": {"kind": {"type": "string"}}}
    schema = {"oneOf": [ref("Cat"), ref("Dog")], "discriminator": BY}
    contract = contract_of(tmp_path, {"Cat": loose, "Dog": DOG}, schema)
    request, _ = both(contract)
    assert request.accepts({"kind": "Cat"})
    assert not request.accepts({})
    assert "send:request#/kind:optional" not in contract.clauses


@pytest.mark.parametrize(
    ("discriminator", "cat", "dog"),
    [(BY, "Cat", "Dog"), (MAPPED, "kitten", "dog")],
)
def test_inheritance(tmp_path: Path, discriminator: Any, cat: str, dog: str) -> None:
    """Where a base is asked for, one of its heirs is sent; where an heir is, it says its name."""
    schemas = {
        "Pet": pet() | {"discriminator": discriminator},
        "Cat": {"allOf": [ref("Pet"), {"properties": {"lives": {"type": "integer"}}}]},
        "Dog": {"allOf": [ref("Pet"), {"required": ["tricks"]}]},
        "Alias": {"allOf": [ref("Pet")]},
    }
    schema = {"properties": {"any": ref("Pet"), "cat": ref("Cat"), "alias": ref("Alias")}}
    request, reply = both(contract_of(tmp_path, schemas, schema))
    for member in ("any", "alias"):
        assert request.accepts({member: {"kind": cat, "lives": 9}})
        assert request.accepts({member: {"kind": dog, "tricks": 1}})
        assert not request.accepts({member: {"kind": dog}})
        assert not request.accepts({member: {"kind": "Pet"}})
    assert request.accepts({"cat": {"kind": cat}})
    assert not request.accepts({"cat": {"kind": dog}})
    assert reply.accepts({"any": {"kind": "Pet"}, "cat": {"kind": "whatever"}})


def test_heirs_that_contain_their_base(tmp_path: Path) -> None:
    """A tree of inheritance ends; what is deep in it is held to the same."""
    schemas = {
        "Shape": pet() | {"discriminator": BY},
        "Group": {"allOf": [ref("Shape"), {"properties": {"parts": {"items": ref("Shape")}}}]},
        "Dot": {"allOf": [ref("Shape"), {"properties": {"x": {"type": "integer"}}}]},
    }
    request, _ = both(contract_of(tmp_path, schemas, ref("Shape")))
    dot: Any = {"kind": "Dot", "x": 1}
    assert request.accepts({"kind": "Group", "parts": [{"kind": "Group", "parts": [dot]}]})
    assert not request.accepts({"kind": "Group", "parts": [{"kind": "Group", "parts": [{}]}]})


def test_what_branches_say_themselves_counts(tmp_path: Path) -> None:
    """A branch with values of its own is left alone, and so is one without such a member."""
    named = {"properties": {"kind": {"const": "CAT"}}}
    closed = {"properties": {"n": {}}, "required": ["n"], "additionalProperties": False}
    schema = {"anyOf": [ref("Cat"), ref("Closed"), {"type": "null"}], "discriminator": BY}
    request, _ = both(contract_of(tmp_path, {"Cat": named, "Closed": closed}, schema))
    for value in ({"kind": "CAT"}, {"n": 1}, None):
        assert request.accepts(value)


@pytest.mark.parametrize("is_choice", [True, False])
@pytest.mark.parametrize(
    ("kinds", "taken"), [(["cat", "dog"], "cat"), (["Cat", "Dog"], "Cat"), (["cat", "Cat"], "Cat")]
)
def test_names_that_the_schema_forbids_are_not_asked_for(
    tmp_path: Path, is_choice: bool, kinds: list[str], taken: str
) -> None:
    """Without a mapping schemas are named by their names, unless their member has other values."""
    base = {"required": ["kind"], "properties": {"kind": {"$ref": "#/components/schemas/Kind"}}}
    cat: dict[str, Any] = {"required": ["lives"], "properties": {"lives": {"type": "integer"}}}
    schemas = {"Kind": {"enum": kinds}, "Cat": {**cat, "allOf": [ref("Base")]}}
    schema = {"oneOf": [ref("Cat")], "discriminator": BY} if is_choice else ref("Cat")
    schemas["Base"] = base if is_choice else {**base, "discriminator": BY}
    request, _ = both(contract_of(tmp_path, schemas, schema))
    assert [one for one in ("cat", "Cat") if request.accepts({"kind": one, "lives": 9})] == [taken]


@pytest.mark.parametrize("discriminator", [5, {}, {"propertyName": 7}, BY | {"mapping": []}])
def test_a_discriminator_that_is_none(tmp_path: Path, discriminator: Any) -> None:
    """What has not the form of one takes nothing from the schema."""
    schema = {"oneOf": [ref("Cat")], "discriminator": discriminator}
    request, _ = both(contract_of(tmp_path, {"Cat": CAT}, schema))
    assert request.accepts({"kind": "Cat"})
