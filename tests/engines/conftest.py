"""Runs against servers that read requests by other code than ours."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ..conftest import Command, Result

Judged = Callable[..., Result]


@pytest.fixture
def judged(command: Command, tmp_path: Path) -> Judged:
    """Run `clausewise run` with a document alone against a URL."""

    def run(document: Any, url: str, *words: str, **environment: str) -> Result:
        path = tmp_path / "openapi.json"
        path.write_text(json.dumps(document), "utf-8")
        return command("run", "--pack", str(path), "--base-url", url, *words, **environment)

    return run


def unsaid(result: Result) -> set[str]:
    """The clauses of requests of which a run says nothing."""
    return {
        clause["id"]
        for clause in result.model["clauses"]
        if clause["verdict"] in ("inconclusive", "unexercised")
        and clause["id"].split(":")[1].split("#")[0].split("(")[0]
        in ("request", "query", "header", "cookie", "path", "auth")
        and not clause["id"].endswith(":optional")
    }
