"""The published schema of clausewise.yaml, which editors and the reader share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml
from jsonschema import Draft202012Validator

from clausewise.pack.finding import find_pack
from clausewise.pack.shape import schema_of_settings


def _settings(node: Any, at: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(node, dict):
        for name, inner in (node.get("properties") or {}).items():
            yield f"{at}.{name}", inner
        for key, inner in node.items():
            yield from _settings(inner, f"{at}/{key}")


def test_the_schema_is_one_and_says_what_each_setting_is_for() -> None:
    """It is JSON Schema, and an editor that completes by it can show a sentence for a setting."""
    schema = schema_of_settings()
    Draft202012Validator.check_schema(schema)
    told_by_their_names = {"method", "body", "verify", "ca_bundle", "client_certificate"}
    silent = {
        at
        for at, node in _settings(schema)
        if not (isinstance(node, dict) and ("description" in node or "$ref" in node))
    }
    assert {at.rpartition(".")[2] for at in silent} <= told_by_their_names | {"client_key"}


def test_the_settings_of_the_bundled_pack_keep_it() -> None:
    """Another validator than ours takes the settings of the first pack too."""
    settings = yaml.safe_load(find_pack("bundled:realtimekit_recordings").document.path.read_text())
    Draft202012Validator(schema_of_settings()).validate(settings)
