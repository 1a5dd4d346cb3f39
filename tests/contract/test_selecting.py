"""`--include` and `--exclude`: which clauses their words leave."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from clausewise.contract import Contract
from clausewise.contract.selecting import operations_of, selected
from clausewise.errors import UsageError

from .making import load


def _operation(name: str | None, tag: str) -> dict[str, Any]:
    schema = {"type": "object", "required": ["a"]}
    content = {"application/json": {"schema": schema}}
    named = {} if name is None else {"operationId": name}
    return {**named, "tags": [tag], "responses": {"200": {"description": "ok", "content": content}}}


@pytest.fixture(name="contract")
def _contract(tmp_path: Path) -> Contract:
    paths = {
        "/pets": {"get": _operation("list_pets", "pets"), "post": _operation(None, "pets")},
        "/orders": {"get": _operation("list:orders", "shop")},
    }
    document = {"openapi": "3.1.0", "info": {"title": "Shop", "version": "1"}, "paths": paths}
    return load(tmp_path, {"openapi.yaml": document})


@pytest.mark.parametrize(
    ("include", "exclude", "operations"),
    [
        ((), (), ["list_pets", "post_/pets", "list%3Aorders"]),
        (("list_pets",), (), ["list_pets"]),
        (("list:orders",), (), ["list%3Aorders"]),  # as the document spells it
        (("list%3Aorders",), (), ["list%3Aorders"]),  # as ids do
        (("POST /pets",), (), ["post_/pets"]),
        (("post /pets",), (), ["post_/pets"]),
        (("tag:pets",), (), ["list_pets", "post_/pets"]),
        (("tag:pets",), ("list_pets",), ["post_/pets"]),
        ((), ("tag:pets",), ["list%3Aorders"]),
        (("list_*:200#*",), (), ["list_pets"]),
    ],
)
def test_words_choose_operations(
    contract: Contract, include: tuple[str, ...], exclude: tuple[str, ...], operations: list[str]
) -> None:
    """An operationId, a method and a path, a tag or a glob; what is excluded goes."""
    clauses = selected(contract, include, exclude)

    assert operations_of(clauses.values(), contract) == operations


def test_a_glob_chooses_clauses(contract: Contract) -> None:
    """A glob is about ids, not about all of their operation."""
    assert list(selected(contract, ["*:200#/a:required"])) == [
        "list_pets:200#/a:required",
        "post_/pets:200#/a:required",
        "list%3Aorders:200#/a:required",
    ]


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("list_pet", "did you mean list_pets"),
        ("tag:pet", "did you mean tag:pets"),
        ("PUT /pets", "did you mean POST /pets"),
        ("zzz", "an operationId, 'METHOD /path'"),
    ],
)
def test_words_that_fit_nothing(contract: Contract, word: str, said: str) -> None:
    """A word that is about nothing is a mistake, whichever option has it."""
    for words in ([(word,), ()], [(), (word,)]):
        with pytest.raises(UsageError, match=said):
            selected(contract, *words)
