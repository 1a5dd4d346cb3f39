"""Limits that are nearer than documented ones are named, and so are forms that are taken apart."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .odd import operation
from .services import OK, TEXT, Answer, Asked, campaign_of, lawful_body, members

SIZE = members(["title"], title=TEXT, size={"type": "integer", "minimum": 0, "maximum": 100})
MOMENT = members(["at"], at={"type": "string", "format": "date-time"}, note=TEXT)
QUIET: Any = {"error": "no"}


def strict(root: Path, schema: Any, bad: Any, words: Any) -> dict[str, str]:
    """What a run with a search finds where a body is refused that is `bad`, in these words."""

    def service(asked: Asked) -> Answer:
        if asked.path == "/ping":
            return 200, OK
        body = lawful_body(asked, schema)
        return (422, words) if body is None or bad(body) else (200, OK)

    paths = {"/things": {"post": operation("make", schema)}, "/ping": {"get": operation("ping")}}
    rulings = campaign_of(root, paths, service, examples=25).rulings()
    return {name: ruling.verdict for name, ruling in rulings.items() if ruling.verdict == "strict"}


@pytest.mark.parametrize("words", [QUIET, {"errors": {"size": ["is wrong"]}}])
@pytest.mark.parametrize(
    ("bad", "keyword"),
    [(lambda size: size > 50, "maximum"), (lambda size: size < 30, "minimum")],
)
def test_a_nearer_limit(tmp_path: Path, words: Any, bad: Any, keyword: str) -> None:
    """Whatever is refused beyond what is taken is put down to that limit, and to nothing else."""
    found = strict(tmp_path, SIZE, lambda body: "size" in body and bad(body["size"]), words)
    assert found == {f"make:request#/size:{keyword}": "strict"}


def test_numbers_in_between(tmp_path: Path) -> None:
    """Odd numbers are no matter of a limit: the number itself is blamed."""
    found = strict(tmp_path, SIZE, lambda body: body.get("size", 0) % 10 == 7, QUIET)
    assert set(found) <= {"make:request#/size:type"}


def test_a_part_of_a_format(tmp_path: Path) -> None:
    """Of moments with fractions of a second the format is blamed, not that they are texts."""
    found = strict(tmp_path, MOMENT, lambda body: "." in body["at"], QUIET)
    assert found == {"make:request#/at:format": "strict"}


# `word-1` and `name-1` have as many characters as these allow, or ask for.
LENGTHS = members(
    ["word", "name", "mode"],
    word={**TEXT, "maxLength": 6},
    name={**TEXT, "minLength": 6},
    mode={**TEXT, "minLength": 4, "maxLength": 6},
)


@pytest.mark.parametrize(
    ("name", "keyword", "bad"),
    [
        ("word", "maxLength", lambda text: len(text) > 5),
        ("name", "minLength", lambda text: len(text) < 7),
        ("mode", "maxLength", lambda text: len(text) > 5),
    ],
)
def test_a_length_that_is_off_by_one(tmp_path: Path, name: str, keyword: str, bad: Any) -> None:
    """What is sent most does not stand on a bound, so that the bound itself is what is blamed."""
    found = strict(tmp_path, LENGTHS, lambda body: bad(body[name]), QUIET)
    assert found == {f"make:request#/{name}:{keyword}": "strict"}


@pytest.mark.parametrize(
    ("schema", "bad", "where"),
    [
        ({**TEXT, "maxLength": 12}, lambda one: len(one) > 8, "*:maxLength"),
        ({**TEXT, "minLength": 2}, lambda one: len(one) < 4, "*:minLength"),
        (
            members(["n"], n={**TEXT, "minLength": 2}),
            lambda one: len(one["n"]) < 3,
            "*/n:minLength",
        ),
    ],
)
def test_lengths_of_texts_in_lists(tmp_path: Path, schema: Any, bad: Any, where: str) -> None:
    """What is refused for one of its items is put down to the limit of that."""
    listed = members([], notes={"type": "array", "items": schema})
    found = strict(tmp_path, listed, lambda body: any(map(bad, body.get("notes", []))), QUIET)
    assert found == {f"make:request#/notes/{where}": "strict"}
