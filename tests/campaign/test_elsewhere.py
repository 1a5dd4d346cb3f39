"""Addresses where something else stands than the API, and APIs that look so at first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from clausewise.errors import TargetError

from .odd import hard, operation
from .services import OK, WHOLE, Answer, Asked, Full, Service, campaign_of, placed

PAGE = 200, b"<!doctype html><title>App</title>", {"content-type": "text/html; charset=utf-8"}
SHELVES = ("books", "films", "games", "maps", "songs")


def _paths() -> dict[str, Any]:
    """Things of five kinds that are listed, made, read and changed."""
    paths: dict[str, Any] = {}
    for kind in SHELVES:
        paths[f"/{kind}"] = {
            "post": operation(f"add_{kind}", {"type": "object"}),
            "get": operation(f"list_{kind}"),
        }
        paths[f"/{kind}/{{id}}"] = {
            "parameters": [placed("id", WHOLE)],
            "get": operation(f"read_{kind}"),
            "patch": operation(f"change_{kind}", {"type": "object"}),
        }
    return paths


def _page(asked: Asked) -> Full:
    return PAGE


def _page_to_read(asked: Asked) -> Answer | Full:
    return PAGE if asked.method == "GET" else (405, {"error": "not allowed"})


def _nothing(asked: Asked) -> Answer | Full:
    said = f"Cannot {asked.method} {asked.path}".encode()
    return 404, said, {"content-type": "text/html"}


@pytest.mark.parametrize(
    ("service", "told"),
    [(_page, "with a page of HTML"), (_page_to_read, "a page of HTML"), (_nothing, "is not there")],
)
def test_something_else_stands_there(tmp_path: Path, service: Service, told: str) -> None:
    """It says what no contract has as it answers us: a few requests tell."""
    asked: list[str] = []

    def counted(one: Asked) -> Answer | Full:
        asked.append(one.path)
        return service(one)

    with pytest.raises(TargetError, match=told):
        campaign_of(tmp_path, _paths(), counted)
    assert len(asked) <= 12


def test_a_page_in_some_places(tmp_path: Path) -> None:
    """An API beside a front end, which has what the API lacks, is judged, and its pages told.

    What such a page takes is not the API's to take.
    """

    def service(asked: Asked) -> Answer | Full:
        return (200, OK) if asked.path in ("/songs", "/maps") else PAGE

    found = hard(campaign_of(tmp_path, _paths(), service).rulings())
    assert found["list_books:200:media-type"] == found["read_songs:200:media-type"] == "violated"
    assert "list_songs:200:media-type" not in found
    assert "read_songs:path#/id:type" not in found


def test_what_is_made_elsewhere(tmp_path: Path) -> None:
    """A service that makes nothing, and says so as of any other path, is read all the same."""

    def service(asked: Asked) -> Answer | Full:
        listed = asked.method == "GET" and asked.path[1:] in SHELVES
        return (200, OK) if listed else _nothing(asked)

    rulings = campaign_of(tmp_path, _paths(), service).rulings()
    assert {rulings[f"list_{kind}:served"].verdict for kind in SHELVES} == {"upheld"}
    assert {rulings[f"add_{kind}:served"].verdict for kind in SHELVES} <= {"strict", "inconclusive"}
