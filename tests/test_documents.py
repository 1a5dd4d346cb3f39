"""What the documents say agrees with what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import clausewise
from clausewise.commands import COMMANDS
from clausewise.pack import find_pack
from clausewise.plan.plan import Plan, make_plan

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text("utf-8")


def test_the_readme_counts_right() -> None:
    """Clauses and requests in the README are those of the contract and its plan."""
    told = re.search(r"(\d+)\s+clauses, judged with at most (\d+) requests \((\d+) without", README)
    assert told is not None
    pack = find_pack(str(ROOT))

    def in_all(plan: Plan) -> int:
        scenarios = sum(scenery.requests for scenery, _ in pack.scenarios)
        return plan.requests(pack) + scenarios

    clauses, requests, without = (int(number) for number in told.groups())
    assert clauses == len(pack.contract.clauses)
    assert requests == in_all(make_plan(pack))
    assert without == in_all(make_plan(pack, examples=0))


def test_the_changelog_counts_right() -> None:
    """So does the changelog."""
    pack = find_pack(str(ROOT))
    rules = sum(clause.part == "rule" for clause in pack.contract.clauses.values())
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")

    assert f"{len(pack.contract.clauses)} clauses, {rules} of them rules" in text


def test_every_command_is_in_the_readme() -> None:
    """A command that nobody reads of is a command that nobody runs."""
    for name in COMMANDS:
        assert f"clausewise {name}" in README or f"`{name}`" in README


def test_the_version_is_written_once_or_alike() -> None:
    """pyproject.toml and the package name the same version."""
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    assert f'version = "{clausewise.__version__}"' in text


def test_links_between_documents_lead_somewhere() -> None:
    """Every relative link of every Markdown file has a file at its end."""
    for document in [*ROOT.glob("*.md"), *ROOT.glob("*/README.md")]:
        for link in re.findall(r"\]\(([^)#]+)\)", document.read_text("utf-8")):
            if not link.startswith("http"):
                assert (document.parent / link).exists(), f"{document.name}: {link}"


ROOMS = ROOT / "src" / "clausewise"
_NAMED = re.compile(r"`([\w./-]+(?:\.(?:py|js|json|yaml|ini|md|toml)|/))`")


def _is_there(name: str) -> bool:
    """Whether a file or folder is there: by its path, from a room, or in any room."""
    if (ROOT / name).exists() or next(ROOMS.rglob(name.rstrip("/")), None) is not None:
        return True
    return any((room / name).exists() for room in ROOMS.iterdir())


@pytest.mark.parametrize("document", ["ARCHITECTURE.md", "CONTRIBUTING.md"])
def test_every_file_that_a_document_names_is_there(document: str) -> None:
    """What a newcomer is sent to exists, and the constants that are to be found in it do."""
    text = (ROOT / document).read_text("utf-8")
    named = _NAMED.findall(text)
    assert len(named) > 15
    assert [name for name in named if not _is_there(name)] == []

    for constant, name in re.findall(r"`([A-Za-z_]+)` in\s+`([\w./]+\.py)`", text):
        assert constant in (ROOT / name).read_text("utf-8"), f"{constant} in {name}"
