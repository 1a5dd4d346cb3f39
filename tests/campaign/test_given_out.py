"""Creates that answer with what is there already: what others made is neither changed nor deleted.

Each service has a twin that takes more than its document says.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from clausewise.record.ledger import Entry

from .notes import CAUGHT, Notes, paths, upheld
from .odd import hard
from .services import TEXT, Answer, Asked, campaign_of, lawful_body, ruled

THEIRS = {"title": "abc", "size": 1}


class Answering200(Notes):
    """Notes whose creates are answered with 200, and that others have some of."""

    def __init__(self, broken: bool, finds: bool) -> None:
        super().__init__(broken)
        self.finds = finds

    def make(self, asked: Asked) -> Answer:
        """Give out the note of this title, where `finds` says so."""
        body = lawful_body(asked, self.schema)
        known = (k for k, note in self.notes.items() if body and note["title"] == body["title"])
        key = next(known, None) if self.finds else None
        status, said = (200, self.shown(key)) if key is not None else super().make(asked)
        return 200 if status == 201 else status, said


def documented(**shown: Any) -> dict[str, Any]:
    """Notes that no list shows."""
    told = paths(**shown)
    del told["/notes"]["get"]
    told["/notes"]["post"]["responses"]["200"] = told["/notes"]["post"]["responses"].pop("201")
    return told


def of_others(tmp_path: Path, broken: bool) -> dict[str, Any]:
    """Notes of somebody else, of the first titles that a run sends."""
    sent: list[str] = []

    def note(_campaign: Any, entry: Entry) -> None:
        body = entry.exchange.request.body
        if entry.case.operation == "make" and isinstance(body, dict) and "title" in body:
            sent.append(body["title"])

    notes = Answering200(broken, finds=True)
    first = campaign_of(tmp_path / "first", documented(id=TEXT, title=TEXT), notes, record=note)
    assert first.complete
    return {f"theirs{n}": {**THEIRS, "title": t} for n, t in enumerate(dict.fromkeys(sent[:9]))}


@pytest.mark.parametrize("broken", [False, True])
def test_what_was_there_is_given_out(tmp_path: Path, broken: bool) -> None:
    """The same request twice tells; what has a title of the run's own is changed and deleted."""
    again = Answering200(broken, finds=True)
    theirs = of_others(tmp_path, broken)
    again.notes |= theirs
    told = documented(id=TEXT, title=TEXT)
    campaign = campaign_of(tmp_path / "again", told, again)
    rulings = campaign.rulings()
    assert hard(rulings) == (CAUGHT if broken else {})
    assert upheld(rulings, "read", "change", "drop")
    assert {k: again.notes.get(k) for k in theirs} == theirs
    # What may be somebody's is told; all else is gone.
    left = " ".join(campaign.sender.created.left_over)
    assert "it may have been there" in left or len(again.notes) == len(theirs)


def test_a_refusal_for_another_reason_makes_nothing(tmp_path: Path) -> None:
    """What is given out once, and refused the second time for a quota, was not made by that."""

    class Counting(Answering200):
        def __init__(self) -> None:
            super().__init__(broken=False, finds=True)
            self.given: set[str] = set()

        def make(self, asked: Asked) -> Answer:
            body = lawful_body(asked, self.schema)
            if body and body["title"] in self.given:
                return 422, {"error": "this note was handed out to you"}
            if body and any(note["title"] == body["title"] for note in self.notes.values()):
                self.given.add(body["title"])
            return super().make(asked)

    again = Counting()
    theirs = of_others(tmp_path, broken=False)
    again.notes |= theirs
    campaign_of(tmp_path / "again", documented(id=TEXT, title=TEXT), again)
    assert {k: again.notes.get(k) for k in theirs} == theirs


@pytest.mark.parametrize("unique", [False, True])
def test_what_is_made_with_200_is_taken_back(tmp_path: Path, unique: bool) -> None:
    """Another thing each time, or none for a title that is taken: it was made by the run."""

    class Unique(Answering200):
        def make(self, asked: Asked) -> Answer:
            body = lawful_body(asked, self.schema)
            titles = [note["title"] for note in self.notes.values()]
            if unique and body and body["title"] in titles:
                return 409, {"error": "it exists already"}
            return super().make(asked)

    notes = Unique(broken=False, finds=False)
    found, rulings = ruled(campaign_of(tmp_path, documented(id=TEXT, title=TEXT), notes))
    assert found == {}
    assert upheld(rulings, "make", "read", "change", "drop")
    assert notes.notes == {}
