"""The HTML report in a browser: the script works, and a phone shows the page without overflow."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from clausewise.report import write_reports

from ..guards import FOR_EVER
from .sample import as_report, clause, sample

BROWSER = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium or Chrome to open the page in")

STATUS = "start_recording:200#/data/status:enum"

# The report in a frame of a given width; the expression is evaluated with its window as `page`.
WRAPPER = """<!doctype html><meta charset="utf-8">
<iframe id="frame" src="conformance.html{fragment}" width="{width}" height="800"></iframe>
<script>
document.getElementById("frame").addEventListener("load", (event) => {{
  const page = event.target.contentWindow;
  const rows = () => page.document.querySelectorAll(".group tbody tr:not([hidden])").length;
  document.body.dataset.answer = JSON.stringify((() => {expression})());
}});
</script>"""


def _ask(directory: Path, expression: str, fragment: str = "", width: int = 360) -> Any:
    """Open the report in the directory and return what the JavaScript expression says."""
    wrapper = directory / "wrapper.html"
    wrapper.write_text(
        WRAPPER.format(expression=expression, fragment=fragment, width=width), encoding="utf-8"
    )
    command = [
        str(BROWSER),
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--allow-file-access-from-files",
        f"--user-data-dir={directory / 'profile'}",
        "--virtual-time-budget=10000",
        "--dump-dom",
        wrapper.as_uri(),
    ]
    run = subprocess.run(  # noqa: S603 (a browser on our own page)
        command, capture_output=True, encoding="utf-8", timeout=FOR_EVER, check=True
    )
    answer = re.search(r'data-answer="([^"]*)"', run.stdout)
    assert answer is not None, run.stdout[-2000:] + run.stderr[-2000:]
    return json.loads(html.unescape(answer[1]))


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Return a directory that holds the sample's report, with long words in it."""
    model = sample()
    clause(model, STATUS)["message"] = "x" * 3_000
    model["exchanges"][1]["response"]["headers"].append(["x-long", "y" * 3_000])
    write_reports(as_report(model), tmp_path)
    return tmp_path


def test_phone_width(directory: Path) -> None:
    """At 360 pixels, with everything unfolded, nothing makes the page scroll sideways."""
    answer = _ask(
        directory,
        """{
          for (const details of page.document.querySelectorAll("details")) details.open = true;
          const root = page.document.documentElement;
          return [root.scrollWidth, root.clientWidth];
        }""",
    )

    assert answer[0] <= answer[1] <= 360


def test_filter(directory: Path) -> None:
    """The chips and the text filter the clauses, and the address remembers them."""
    answer = _ask(
        directory,
        """{
          const seen = ["ready" in page.document.body.dataset, rows()];
          page.document.querySelector(".chip.violated").click();
          seen.push(rows());
          const field = page.document.getElementById("text");
          field.value = "Status:ENUM";
          field.dispatchEvent(new page.Event("input"));
          seen.push(rows(), page.location.hash);
          page.document.querySelector(".clear").click();
          seen.push(rows(), page.location.hash);
          return seen;
        }""",
    )

    assert answer == [True, 14, 3, 1, "#verdict=violated&text=Status%3AENUM", 14, ""]


def test_filter_from_the_address(directory: Path) -> None:
    """A page opened with a filter in its address shows just that."""
    answer = _ask(
        directory,
        "[rows(), page.document.querySelectorAll('.told:not([hidden])').length]",
        fragment="#verdict=lenient,strict&text=start_recording",
    )

    assert answer == [2, 2]


def test_link_to_a_folded_exchange(directory: Path) -> None:
    """A link to an exchange in the folded list unfolds it."""
    answer = _ask(
        directory,
        "page.document.querySelector('#exchange-40 pre').checkVisibility()",
        fragment="#exchange-40",
    )

    assert answer is True
