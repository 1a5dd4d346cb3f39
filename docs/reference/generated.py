"""Fills the reference pages from what the code says of itself, while the site is built.

A line `<!-- generated: NAME -->` becomes what the function below of that name gives.
"""

from __future__ import annotations

import argparse
import inspect
import re
from collections.abc import Iterator
from typing import Any

import clausewise
from clausewise.commands import COMMANDS, command
from clausewise.pack.shape import schema_of_settings

_MARK = re.compile(r"^<!-- generated: (\w+) -->$", re.MULTILINE)


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Called by MkDocs for every page."""
    return _MARK.sub(lambda mark: "\n".join(GENERATED[mark[1]]()), markdown)


def commands() -> Iterator[str]:
    """Every command: what it does, its options, examples."""
    for name in COMMANDS:
        module = command(name)
        parser = argparse.ArgumentParser(prog=f"clausewise {name}", add_help=False)
        module.add_arguments(parser)
        yield f"## {name}\n\n{inspect.getdoc(module)}\n"
        yield "| option | |\n| --- | --- |"
        for action in parser._actions:  # noqa: SLF001  # argparse has no other way to them
            words = ", ".join(action.option_strings) or action.metavar or action.dest
            takes = "" if action.nargs == 0 or not action.option_strings else _value_of(action)
            text = (action.help or "") % {"default": action.default}
            yield f"| `{words}{takes}` | {_cell(text)} |"
        yield ""
        yield "```sh\n" + "\n".join(module.EXAMPLES) + "\n```\n"


def settings() -> Iterator[str]:
    """Every setting of clausewise.yaml, with those within it."""
    yield "| setting | value | |\n| --- | --- | --- |"
    yield from _settings_of(schema_of_settings(), "")
    yield ""


def python() -> Iterator[str]:
    """Every public name of the package, with its signature and what it says of itself."""
    for name in clausewise.__all__:
        value = getattr(clausewise, name)
        if not callable(value):
            continue
        try:
            signature = f"{name}{inspect.signature(value)}"
        except (TypeError, ValueError):
            signature = name
        yield f"### {name}\n\n```python\n{signature}\n```\n\n{inspect.getdoc(value) or ''}\n"


GENERATED = {"commands": commands, "settings": settings, "python": python}


def _value_of(action: argparse.Action) -> str:
    if action.choices:
        return f" {'|'.join(map(str, action.choices))}"
    return f" {action.metavar or action.dest.upper()}"


def _settings_of(schema: dict[str, Any], at: str) -> Iterator[str]:
    """The rows of an object's members; `NAME` stands for a name that the user chooses."""
    for name, node in _members(schema):
        if "$ref" in node:
            node = {**schema_of_settings()["$defs"][node["$ref"].rpartition("/")[2]], **node}
        path = f"{at}.{name}" if at else name
        yield f"| `{path}` | {_kind(node)} | {_cell(node.get('description', ''))} |"
        yield from _settings_of(node, path)


def _members(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, node in schema.get("properties", {}).items():
        yield name, node if isinstance(node, dict) else {}
    free = schema.get("additionalProperties")
    if isinstance(free, dict) and ("properties" in free or "$ref" in free):
        yield "NAME", free


def _kind(node: dict[str, Any]) -> str:
    if "enum" in node:
        return " or ".join(f"`{one}`" for one in node["enum"])
    types = node.get("type", "any")
    names = [types] if isinstance(types, str) else types
    return " or ".join(name for name in names if name != "null")


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;").replace("{", "&#123;")
