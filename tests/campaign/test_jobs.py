"""What a request was only accepted for: its job is asked about, and names what is taken back."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import Any

import pytest

from .odd import hard, operation
from .services import (
    GONE,
    NO,
    OK,
    TEXT,
    Answer,
    Asked,
    Full,
    campaign_of,
    lawful_body,
    members,
    placed,
    showing,
)

FILM = members(["seconds"], seconds={"type": "integer", "minimum": 1, "maximum": 90})
LOOSE = members(["seconds"], seconds={"type": "integer", "minimum": 1})
# So many requests later a job is done.
LATER = 6


class Films:
    """Films that jobs make; `told` is how a job says which, `at` where it is said to be."""

    def __init__(self, at: str, told: str, broken: bool) -> None:
        self.at, self.told, self.broken = at, told, broken
        self.films: set[str] = set()
        self.jobs: dict[str, tuple[int, str]] = {}
        self.number = 0
        self._numbers = count(10)

    def __call__(self, asked: Asked) -> Answer | Full:
        """Answer one request."""
        self.number += 1
        done = {job: film for job, (due, film) in self.jobs.items() if due <= self.number}
        self.films |= {film for film in done.values() if film not in self.gone(done)}
        key = asked.path.rpartition("/")[2]
        if asked.method == "POST":
            if lawful_body(asked, LOOSE if self.broken else FILM) is None:
                return NO
            job = f"j{next(self._numbers)}"
            self.jobs[job] = self.number + LATER, f"f{next(self._numbers)}"
            where = f"/encodings/{job}" if self.at == "location" else "http://[half"
            return 202, {"encoding": job} if self.at == "member" else OK, {"location": where}
        if asked.path.startswith("/encodings/"):
            if key not in self.jobs:
                return GONE
            film = done.get(key)
            address = f"/films/{film}" if self.told != "filmId" else film
            return 200, {"done": film is not None, **({self.told: address} if film else {})}
        if key not in self.films:
            return GONE
        if asked.method == "DELETE":
            self.films.remove(key)
            self.jobs = {job: one for job, one in self.jobs.items() if one[1] != key}
        return 200, OK

    def gone(self, done: dict[str, str]) -> set[str]:
        """The films that were taken back."""
        return set(done.values()) - {film for _, film in self.jobs.values()}


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize(
    ("at", "told"), [("location", "filmId"), ("location", "output"), ("member", "output")]
)
def test_a_job_names_what_it_made(tmp_path: Path, at: str, told: str, broken: bool) -> None:
    """By its address, or its id; the job by Location, or a member of its name."""
    asked = showing(
        operation("encode", FILM, "202"), **({} if at == "location" else {"encoding": TEXT})
    )
    asked["responses"]["202"]["headers"] = {"Location": {"schema": TEXT}}
    one = {
        "parameters": [placed("film", TEXT)],
        "get": operation("read"),
        "delete": operation("drop"),
    }
    job = showing(operation("job"), done={"type": "boolean"})
    paths: dict[str, Any] = {
        "/films": {"post": asked},
        "/encodings/{encoding}": {"parameters": [placed("encoding", TEXT)], "get": job},
        "/films/{film}": one,
    }
    films = Films(at, told, broken)
    campaign = campaign_of(tmp_path, paths, films, concurrency=1)
    rulings = campaign.rulings()
    assert hard(rulings) == ({"encode:request#/seconds:maximum": "lenient"} if broken else {})
    assert rulings["job:served"].verdict == "upheld"
    assert rulings["job:200#/done:type"].verdict == "upheld"
    assert films.films == set()
    assert campaign.sender.created.left_over == []
