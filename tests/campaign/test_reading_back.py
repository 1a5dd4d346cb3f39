"""A few of the things that a run makes are read before they are taken back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .notes import NOTE, WORD, Notes, paths, upheld
from .odd import operation
from .services import TEXT, Answer, Asked, campaign_of, members, ruled, showing

KINDS = ["plain", "secret", "old"]
BODY = members(
    ["title", "size"], **NOTE["properties"], kind={"enum": KINDS}, pinned={"type": "boolean"}
)


@pytest.mark.parametrize("of", [None, ("kind", "old"), ("pinned", True), ("pinned", False)])
def test_what_only_some_of_the_things_show(tmp_path: Path, of: tuple[str, Any] | None) -> None:
    """A read that loses a member of one kind of note alone is found, by few more requests."""
    reads = 0

    class Kinds(Notes):
        def shown(self, key: str) -> dict[str, Any]:
            return {"id": key, "title": self.notes[key]["title"]}

        def about(self, asked: Asked, key: str) -> Answer:
            nonlocal reads
            reads += asked.method == "GET"
            status, said = super().about(asked, key)
            broken = of is not None and self.notes.get(key, {}).get(of[0]) == of[1]
            return status, {"id": key} if broken and asked.method == "GET" else said

    told = paths(id=TEXT, title=WORD)
    told["/notes"]["post"] = showing(operation("make", BODY, "201"), id=TEXT, title=WORD)
    notes = Kinds(broken=False)
    notes.schema = BODY
    found, rulings = ruled(campaign_of(tmp_path, told, notes))
    assert found == ({"read:200#/title:required": "violated"} if of else {})
    assert upheld(rulings, "make", "read", "change", "drop")
    assert notes.notes == {}
    assert reads < 20
