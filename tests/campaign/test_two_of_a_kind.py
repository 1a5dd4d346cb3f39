"""Notes beside notes: merged into another one, given out again, starred; those of others stay."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import pytest

from .notes import CAUGHT, Notes, paths, upheld
from .odd import operation
from .services import (
    GONE,
    NO,
    OK,
    TEXT,
    Answer,
    Asked,
    campaign_of,
    lawful_body,
    members,
    placed,
    ruled,
)

SHOWN = {"id": TEXT, "title": TEXT}
THEIRS = {"title": "theirs", "size": 1}
# What the run is likely to send first: all that it sends before anything is made.
LIKELY = ({"title": "abc", "size": 0}, {"title": "abcdefgh", "size": 9})
BY_ID = [placed("id", TEXT)]


def below(told: dict[str, Any], end: str, **operations: Any) -> dict[str, Any]:
    """The paths with further operations on one note, at a path of their own."""
    return {**told, f"/notes/{{id}}/{end}": {"parameters": BY_ID, **operations}}


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize("member", ["noteId", "sourceNoteId"])
def test_what_is_merged_is_another_one_of_the_run(
    tmp_path: Path, member: str, broken: bool
) -> None:
    """Whatever goes with it before that, in its words: what is merged into a note is gone."""
    body = members([member], **{member: TEXT})

    class Merged(Notes):
        def __call__(self, asked: Asked) -> Answer:
            key, _, action = self.key_of(asked).partition("/")
            if not action:
                return super().__call__(asked)
            sent = lawful_body(asked, body)
            if sent is None or sent[member] == key:
                return NO
            if key not in self.notes or sent[member] not in self.notes:
                return GONE
            del self.notes[sent[member]]
            return 200, {"ok": "yes" if broken else True}

    notes = Merged(broken=False)
    notes.notes = {"t1": THEIRS, "t2": THEIRS}
    told = below(paths(**SHOWN), "merge", post=operation("merge", body))
    found, rulings = ruled(campaign_of(tmp_path, told, notes))
    assert found == ({"merge:200#/ok:type": "violated"} if broken else {})
    assert upheld(rulings, "make", "change", "merge", "drop")
    assert notes.notes == {"t1": THEIRS, "t2": THEIRS}


@pytest.mark.parametrize("always", [False, True])
@pytest.mark.parametrize("broken", [False, True])
def test_what_is_given_out_with_200_was_there(tmp_path: Path, broken: bool, always: bool) -> None:
    """Where 201 says that a note was made, one of others is not deleted; 200 alone says as much."""

    class Given(Notes):
        def make(self, asked: Asked) -> Answer:
            body = lawful_body(asked, self.schema)
            for key, note in self.notes.items():
                if note == body and not always:
                    return 200, self.shown(key)
            status, said = super().make(asked)
            return (200 if always and status == 201 else status), said

        def listed(self) -> Any:
            return super().listed()[:2]  # the first page

    told = paths(**SHOWN)
    replies = told["/notes"]["post"]["responses"]
    replies["200"] = replies["201"]
    notes = Given(broken)
    others = {f"t{number}": THEIRS for number in range(3)}
    others |= {f"s{number}": note for number, note in enumerate(LIKELY)}
    notes.notes = dict(others)
    found, rulings = ruled(campaign_of(tmp_path, told, notes, concurrency=1))
    assert found == (CAUGHT if broken else {})
    assert upheld(rulings, "make", "change", "drop")
    assert notes.notes.keys() == others.keys()


@pytest.mark.parametrize("broken", [False, True])
def test_a_star_is_there_once_it_was_given(tmp_path: Path, broken: bool) -> None:
    """What a DELETE takes from a note is put there just before it, and the note stays."""

    class Starred(Notes):
        stars: ClassVar = {"t1"}

        def __call__(self, asked: Asked) -> Answer:
            key, _, star = self.key_of(asked).partition("/")
            if not star:
                return super().__call__(asked)
            if key not in self.notes or (asked.method != "PUT" and key not in self.stars):
                return GONE
            self.stars.add(key)
            if asked.method == "DELETE":
                self.stars.remove(key)
                return 200, {} if broken else OK
            return 200, OK

    notes = Starred(broken=False)
    notes.notes = {"t1": THEIRS}
    told = below(
        paths(**SHOWN),
        "star",
        put=operation("star"),
        delete=operation("unstar"),
        get=operation("is"),
    )
    found, rulings = ruled(campaign_of(tmp_path, told, notes))
    assert found == ({"unstar:200#/ok:required": "violated"} if broken else {})
    assert upheld(rulings, "star", "unstar", "is", "drop")
    assert notes.notes == {"t1": THEIRS}
    assert "t1" in notes.stars


@pytest.mark.parametrize("name", ["force", "recursive", "dry"])
def test_what_goes_only_by_force(tmp_path: Path, name: str) -> None:
    """What was made is deleted with what is in it, if its DELETE can be told so."""

    class Forced(Notes):
        def about(self, asked: Asked, key: str) -> Answer:
            if asked.method == "DELETE" and asked.query not in ("force=true", "recursive=true"):
                return 409, {"error": "there is something in it"}
            return super().about(asked, key)

    notes = Forced(broken=False)
    notes.notes = {"t1": THEIRS}
    told = paths(**SHOWN)
    force = placed(name, {"type": "boolean"}, "query") | {"required": False}
    told["/notes/{id}"]["delete"] = operation("drop", parameters=[force])
    created = campaign_of(tmp_path, told, notes).sender.created
    gone = name != "dry"
    assert (created.left_over == []) is gone
    assert (notes.notes == {"t1": THEIRS}) is gone


@pytest.mark.parametrize("name", ["confirm", "size"])
def test_a_confirmation_that_has_to_be_a_name(tmp_path: Path, name: str) -> None:
    """What confirms may have to be the name of what is deleted; any other text is taken."""

    class Confirmed(Notes):
        def about(self, asked: Asked, key: str) -> Answer:
            title = f"{name}={self.notes[key]['title']}"
            if asked.method == "DELETE" and asked.query != title:
                return 400, {"error": "no"}
            return super().about(asked, key)

    told = paths(**SHOWN)
    asked = placed(name, TEXT, "query")
    told["/notes/{id}"]["delete"] = operation("drop", parameters=[asked])
    rulings = campaign_of(tmp_path, told, Confirmed(broken=False)).rulings()
    verdict = rulings["drop:served"].verdict
    assert verdict == ("inconclusive" if name == "confirm" else "strict")
