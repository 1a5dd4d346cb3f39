"""The files of a new pack, as texts by their paths; nothing here touches the disk."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from string import Template

from clausewise.pack.shape import SCHEMA
from clausewise.starter.new_pack import NewPack

_TEMPLATES = Path(__file__).with_name("templates")
IGNORED = "reports/"


def starter_files(new_pack: NewPack) -> Iterator[tuple[str, str]]:
    """Each file of a pack: its path below the folder, and its text."""
    yield "clausewise.yaml", _settings(new_pack)
    yield "contract_tests/conftest.py", _filled("conftest.py")
    yield "contract_tests/test_promises.py", _filled("test_promises.py")
    if new_pack.reader is not None:
        reader = json.dumps(new_pack.reader)
        yield "contract_tests/test_scenarios.py", _filled("test_scenarios.py", reader=reader)
    if new_pack.ci == "github":
        yield ".github/workflows/contract.yml", _github(new_pack)
    if new_pack.ci == "gitlab":
        yield ".gitlab/contract.yml", _gitlab(new_pack)
    yield "clausewise.schema.json", SCHEMA.read_text("utf-8")


def missing_line(gitignore: str) -> str | None:
    """What to add to a `.gitignore` so that reports are left out; None where they are already."""
    lines = [line.strip().strip("/") for line in gitignore.splitlines()]
    if IGNORED.strip("/") in lines:
        return None
    break_before = "\n" if gitignore and not gitignore.endswith("\n") else ""
    return f"{break_before}{IGNORED}\n"


def _settings(new_pack: NewPack) -> str:
    only = "read_only: true      # GET, HEAD and OPTIONS only; without this line all is judged"
    may_write = "# read_only: true    # send GET, HEAD and OPTIONS only"
    slow = "rate: 4              # requests a second at most"
    return _filled(
        "clausewise.yaml",
        name=_plain(new_pack.name),
        document=_plain(new_pack.document),
        credentials=_credentials(new_pack),
        profile=new_pack.profile,
        base_url=_plain(new_pack.base_url),
        read_only=may_write if new_pack.may_create else only,
        rate=f"# {slow}" if new_pack.on_this_machine else slow,
        supplies=_supplies(new_pack),
    )


def _credentials(new_pack: NewPack) -> str:
    """The setting of that name, with what it is; empty where the document asks for none."""
    if not new_pack.variables:
        return ""
    lines = [
        "",
        "# Environment variables that hold the credentials, by security scheme of the contract.",
        "# For a user name and a password the variable holds user:password.",
        "credentials:",
        *(f"  {_plain(s)}: {{env: {_plain(v)}}}" for s, v in new_pack.variables.items()),
        "",
    ]
    return "\n".join(lines)


def _supplies(new_pack: NewPack) -> str:
    """The setting of that name, with the links that a run proved; empty where it proved none."""
    if not new_pack.links:
        return ""
    lines = ["", "# Where ids come from, and who needs them. These links were proved by a run."]
    lines.append("supplies:")
    for link in new_pack.links:
        lines.append(f"  {_plain(link.name)}:")
        lines.append(f"    operation: {_plain(link.operation)}")
        lines.append(f"    gives: {{id: {json.dumps(link.expression)}}}")
        lines.append("    needed_by:")
        for operation, places in link.needed_by.items():
            into = ", ".join(f"{json.dumps(place)}: id" for place in places)
            lines.append(f"      {_plain(operation)}: {{into: {{{into}}}}}")
    return "\n".join([*lines, ""])


def _github(new_pack: NewPack) -> str:
    named = "".join(
        f"          {variable}: ${{{{ secrets.{variable} }}}}\n"
        for variable in new_pack.variables.values()
    )
    return _filled(
        "github.yml",
        profile=new_pack.profile,
        start=_start(new_pack, "      "),
        secrets=f"        env:\n{named}" if named else "",
    )


def _gitlab(new_pack: NewPack) -> str:
    names = ", ".join(new_pack.variables.values())
    needed = f"# Masked CI/CD variables that it needs: {names}\n" if names else ""
    return _filled(
        "gitlab.yml", profile=new_pack.profile, start=_start(new_pack, "    "), secrets=needed
    )


def _start(new_pack: NewPack, indent: str) -> str:
    """Where a job has to start the API itself, since it is asked for on its own machine."""
    if not new_pack.on_this_machine:
        return ""
    said = "# Start your API here, in the background, so that it listens on"
    return f"{indent}{said}\n{indent}# {new_pack.base_url}\n"


def _filled(template: str, **texts: str) -> str:
    return Template((_TEMPLATES / f"{template}.txt").read_text("utf-8")).substitute(texts)


def _plain(text: str) -> str:
    """A text as a YAML scalar, with quotes where it needs some."""
    import yaml

    written = yaml.safe_dump(text, default_style=None, width=10_000, allow_unicode=True)
    return str(written).removesuffix("...\n").strip()
