"""What a report says of a target that asked for patience."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from rich.console import Console

from clausewise.report import print_report, render_html, render_markdown

from .sample import as_report, sample

SAID = "3 requests put off by the target (429 or 503), 4.2 s waited"


def _told(model: dict[str, Any]) -> dict[str, str]:
    """The text of every format that tells how a run went."""
    file = io.StringIO()
    print_report(as_report(model), Console(file=file, width=200))
    html = re.sub(r"<[^>]+>", "", render_html(as_report(model)))
    return {
        "terminal": file.getvalue(),
        "markdown": render_markdown(as_report(model)),
        "html": html,
    }


@pytest.mark.parametrize("form", ["terminal", "markdown", "html"])
def test_it_is_told(form: str) -> None:
    """How often, and for how long."""
    model = sample()
    model["run"]["put_off"] = {"times": 3, "seconds": 4.2}

    assert SAID in _told(model)[form]


@pytest.mark.parametrize("form", ["terminal", "markdown", "html"])
@pytest.mark.parametrize("put_off", [None, {"times": 0, "seconds": 0}])
def test_nothing_is_told_where_there_was_none(form: str, put_off: dict[str, Any] | None) -> None:
    """Nor where a journal does not know."""
    model = sample()
    model["run"]["put_off"] = put_off

    assert "put off" not in _told(model)[form]
