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
