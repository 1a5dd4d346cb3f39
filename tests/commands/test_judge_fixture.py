"""The fixture `clausewise_judge` in a project of somebody else's, alone and under xdist."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1] / "foreign_project"


def run(folder: Path, *arguments: str, wrong: str = "") -> tuple[int, str]:
    """Run the project's tests as its owner does; gives the exit code and what was printed."""
    done = subprocess.run(  # noqa: S603  # our own interpreter
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments],
        cwd=folder,
        env={**os.environ, "BOOKSHOP_WRONG": wrong, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("arguments", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_a_service_that_keeps_its_contract(arguments: tuple[str, ...]) -> None:
    """All tests of the project pass, each with one line that holds a response to the document."""
    code, said = run(PROJECT, *arguments)
    assert (code, "12 passed" in said) == (0, True), said


@pytest.mark.parametrize(
    ("wrong", "arguments", "failed", "told"),
    [
        ("reply", ("-n", "2"), "test_a_book_is_added", "violated: add_book:201#/state:enum"),
        ("lenient", (), "test_a_book_needs_a_title", "lenient: add_book:request#/title:minLength"),
        ("crash", (), "test_a_book_is_shown", "violated: show_book:status"),
    ],
)
def test_a_service_that_breaks_it(
    wrong: str, arguments: tuple[str, ...], failed: str, told: str
) -> None:
    """The test that met it fails, with the clause, what was promised, and file and line."""
    code, said = run(PROJECT, *arguments, "-k", failed, wrong=wrong)
    assert code == 1, said
    assert f"FAILED tests/test_bookshop.py::{failed}" in said
    assert told in said
    assert "(openapi.yaml:" in said


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project that names no contract."""
    shutil.copytree(PROJECT, tmp_path / "project")
    (tmp_path / "project" / "pytest.ini").write_text("[pytest]\npythonpath = .\n", "utf-8")
    return tmp_path / "project"


def test_the_contract_on_the_command_line(project: Path) -> None:
    """It is relative to where pytest was called."""
    arguments = ("--clausewise-contract", "../openapi.yaml", "-k", "shown")
    assert run(project / "tests", *arguments)[0] == 0


def test_no_contract_is_named(project: Path) -> None:
    """The test fails, and is told what to write."""
    code, said = run(project, "-k", "shown")
    assert code == 1
    assert "clausewise_judge: which contract? Write `clausewise_contract = openapi.yaml`" in said


def test_a_response_that_does_not_fit(project: Path) -> None:
    """What cannot be judged fails the test in one line, and says what is missing."""
    (project / "tests" / "test_odd.py").write_text(
        "from httpx import Request, Response\n"
        "def test_alone(clausewise_judge):\n"
        "    clausewise_judge(Response(200), contract='openapi.yaml')\n"
        "def test_unknown(clausewise_judge):\n"
        "    request = Request('GET', 'http://x/shelves')\n"
        "    clausewise_judge(Response(200), request=request, contract='openapi.yaml')\n"
        "def test_both(clausewise_judge):\n"
        "    request = Request('GET', 'http://x/books')\n"
        "    judged = clausewise_judge(Response(200, json=[]), request=request,\n"
        "                              contract='openapi.yaml')\n"
        "    assert judged.operation == 'list_books'\n",
        "utf-8",
    )
    code, said = run(project, "tests/test_odd.py")
    assert (code, "2 failed, 1 passed" in said) == (1, True), said
    assert "clausewise_judge: httpx.Response does not carry its request" in said
    assert "has no GET /shelves; it has: GET /books, POST /books, GET /books/{id}" in said


def test_the_fixture_is_listed(project: Path) -> None:
    """Whoever asks pytest for its fixtures finds it, with what it does."""
    code, said = run(project, "--fixtures", "-v")
    assert code == 0
    assert "clausewise_judge" in said
    assert "Hold a response to the contract" in said
