"""The files of a new pack, as texts by their paths; nothing here touches the disk."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from clausewise.pack.shape import SCHEMA
from clausewise.starter.answers import Answers

if TYPE_CHECKING:
    from jinja2 import Environment

_TEMPLATES = Path(__file__).with_name("templates")
IGNORED = "reports/"


def starter_files(answers: Answers) -> Iterator[tuple[str, str]]:
    """Each file of a pack: its path below the folder, and its text."""
    environment = _environment()
    names = {
        "clausewise.yaml": "clausewise.yaml.j2",
        "contract_tests/conftest.py": "conftest.py.j2",
        "contract_tests/test_promises.py": "test_promises.py.j2",
    }
    if answers.reader is not None:
        names["contract_tests/test_scenarios.py"] = "test_scenarios.py.j2"
    if answers.ci == "github":
        names[".github/workflows/contract.yml"] = "github.yml.j2"
    if answers.ci == "gitlab":
        names[".gitlab/contract.yml"] = "gitlab.yml.j2"
    for path, template in names.items():
        yield path, environment.get_template(template).render(answers=answers)
    yield "clausewise.schema.json", SCHEMA.read_text("utf-8")


def missing_line(gitignore: str) -> str | None:
    """What to add to a `.gitignore` so that reports are left out; None where they are already."""
    lines = [line.strip().strip("/") for line in gitignore.splitlines()]
    if IGNORED.strip("/") in lines:
        return None
    break_before = "\n" if gitignore and not gitignore.endswith("\n") else ""
    return f"{break_before}{IGNORED}\n"


def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701  # YAML and Python: `plain` and `quoted` do that
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["plain"] = _plain
    environment.filters["quoted"] = json.dumps
    return environment


def _plain(text: str) -> str:
    """A text as a YAML scalar, with quotes where it needs some."""
    import yaml

    written = yaml.safe_dump(text, default_style=None, width=10_000, allow_unicode=True)
    return str(written).removesuffix("...\n").strip()
