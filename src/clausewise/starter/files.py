"""The files of a new pack, as texts by their paths; nothing here touches the disk."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from string import Template

from clausewise.pack.shape import SCHEMA
from clausewise.starter.answers import Answers

_TEMPLATES = Path(__file__).with_name("templates")
IGNORED = "reports/"


def starter_files(answers: Answers) -> Iterator[tuple[str, str]]:
    """Each file of a pack: its path below the folder, and its text."""
    yield "clausewise.yaml", _settings(answers)
    yield "contract_tests/conftest.py", _filled("conftest.py")
    yield "contract_tests/test_promises.py", _filled("test_promises.py")
    if answers.reader is not None:
        reader = json.dumps(answers.reader)
        yield "contract_tests/test_scenarios.py", _filled("test_scenarios.py", reader=reader)
    if answers.ci == "github":
        yield ".github/workflows/contract.yml", _github(answers)
    if answers.ci == "gitlab":
        yield ".gitlab/contract.yml", _gitlab(answers)
    yield "clausewise.schema.json", SCHEMA.read_text("utf-8")


def missing_line(gitignore: str) -> str | None:
    """What to add to a `.gitignore` so that reports are left out; None where they are already."""
    lines = [line.strip().strip("/") for line in gitignore.splitlines()]
    if IGNORED.strip("/") in lines:
        return None
    break_before = "\n" if gitignore and not gitignore.endswith("\n") else ""
    return f"{break_before}{IGNORED}\n"


def _settings(answers: Answers) -> str:
    only = "read_only: true      # GET, HEAD and OPTIONS only; without this line all is judged"
    may_write = "# read_only: true    # send GET, HEAD and OPTIONS only"
    slow = "rate: 4              # requests a second at most"
    return _filled(
        "clausewise.yaml",
        name=_plain(answers.name),
        document=_plain(answers.document),
        credentials=_credentials(answers),
        profile=answers.profile,
        base_url=_plain(answers.base_url),
        read_only=may_write if answers.may_create else only,
        rate=f"# {slow}" if answers.on_this_machine else slow,
        supplies=_supplies(answers),
    )


def _credentials(answers: Answers) -> str:
    """The setting of that name, with what it is; empty where the document asks for none."""
    if not answers.variables:
        return ""
    lines = [
        "",
        "# Environment variables that hold the credentials, by security scheme of the contract.",
        "# For a user name and a password the variable holds user:password.",
        "credentials:",
        *(f"  {_plain(s)}: {{env: {_plain(v)}}}" for s, v in answers.variables.items()),
        "",
    ]
    return "\n".join(lines)


def _supplies(answers: Answers) -> str:
    """The setting of that name, with the links that a run proved; empty where it proved none."""
    if not answers.links:
        return ""
    lines = ["", "# Where ids come from, and who needs them. These links were proved by a run."]
    lines.append("supplies:")
    for link in answers.links:
        lines.append(f"  {_plain(link.name)}:")
        lines.append(f"    operation: {_plain(link.operation)}")
        lines.append(f"    gives: {{id: {json.dumps(link.expression)}}}")
        lines.append("    needed_by:")
        for operation, places in link.needed_by.items():
            into = ", ".join(f"{json.dumps(place)}: id" for place in places)
            lines.append(f"      {_plain(operation)}: {{into: {{{into}}}}}")
    return "\n".join([*lines, ""])


def _github(answers: Answers) -> str:
    named = "".join(
        f"          {variable}: ${{{{ secrets.{variable} }}}}\n"
        for variable in answers.variables.values()
    )
    return _filled(
        "github.yml",
        profile=answers.profile,
        start=_start(answers, "      "),
        secrets=f"        env:\n{named}" if named else "",
    )


def _gitlab(answers: Answers) -> str:
    names = ", ".join(answers.variables.values())
    needed = f"# Masked CI/CD variables that it needs: {names}\n" if names else ""
    return _filled(
        "gitlab.yml", profile=answers.profile, start=_start(answers, "    "), secrets=needed
    )


def _start(answers: Answers, indent: str) -> str:
    """Where a job has to start the API itself, since it is asked for on its own machine."""
    if not answers.on_this_machine:
        return ""
    said = "# Start your API here, in the background, so that it listens on"
    return f"{indent}{said}\n{indent}# {answers.base_url}\n"


def _filled(template: str, **texts: str) -> str:
    return Template((_TEMPLATES / f"{template}.txt").read_text("utf-8")).substitute(texts)


def _plain(text: str) -> str:
    """A text as a YAML scalar, with quotes where it needs some."""
    import yaml

    written = yaml.safe_dump(text, default_style=None, width=10_000, allow_unicode=True)
    return str(written).removesuffix("...\n").strip()
