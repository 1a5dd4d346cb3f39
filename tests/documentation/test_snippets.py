"""Snippets of settings on the pages are settings: the schema takes each, as a part of a whole."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
import yaml

from clausewise.pack.shape import schema_of_settings

from ..conftest import REPOSITORY

_SNIPPET = re.compile(r"^```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def _snippets() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every YAML snippet that begins with a setting: its page and place, and what it says."""
    known = schema_of_settings()["properties"]
    for page in sorted([REPOSITORY / "README.md", *(REPOSITORY / "docs").rglob("*.md")]):
        text = page.read_text("utf-8")
        for found in _SNIPPET.finditer(text):
            said = yaml.safe_load(found[1])
            # A list, or a job of that name.
            if not isinstance(said, dict) or isinstance(said.get("contract"), dict):
                continue
            if next(iter(said)) in known:
                yield f"{page.stem}:{text[: found.start()].count(chr(10)) + 1}", said


def test_there_are_some() -> None:
    """Credentials, profiles, supplies and values are shown somewhere."""
    shown = {name for _, said in _snippets() for name in said}
    assert {"credentials", "credential", "profiles", "supplies", "values"} <= shown


@pytest.mark.parametrize("said", [pytest.param(s, id=name) for name, s in _snippets()])
def test_a_snippet_is_what_the_schema_takes(said: dict[str, Any]) -> None:
    """A reader can paste it: no setting in it is misspelt, and none has a wrong form."""
    schema = {**schema_of_settings(), "required": []}
    plain = json.loads(json.dumps(said, default=str))
    errors = [e.message for e in jsonschema_rs.Draft202012Validator(schema).iter_errors(plain)]
    assert errors == []
