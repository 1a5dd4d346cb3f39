"""What the HTML report costs: to write it, to open it, and to filter it in Chromium.

Reports of no, some and thousands of findings, each on an exchange of its own. What is told beside
the times is how many elements a page has once it is there. Nothing is sent.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path

from clausewise.report import render_html
from tests.report.browser import Page, browsing
from tests.report.sample import as_report, many

FILTER = """(() => {
  const field = document.getElementById("text");
  const before = performance.now();
  for (const text of ["member_12", ""]) {
    field.value = text;
    field.dispatchEvent(new Event("input"));
  }
  return (performance.now() - before) / 2;
})()"""
OPENED = "performance.getEntriesByType('navigation')[0].domComplete"


def measure(page: Page, path: Path, findings: int, rounds: int) -> str:
    """A line about the page of a report with so many findings more than the sample's."""
    report = as_report(many(findings))
    written, opened, filtered = [], [], []
    for _ in range(rounds):
        before = time.perf_counter()
        text = render_html(report)
        written.append(1000 * (time.perf_counter() - before))
        path.write_text(text, "utf-8")
        page.open(path)
        opened.append(page.ask(OPENED))
        filtered.append(page.ask(FILTER))
    elements = page.ask("document.querySelectorAll('*').length")
    times = [f"{statistics.median(some):7.0f} ms" for some in (written, opened, filtered)]
    return f"{len(report.findings):6} {len(text) / 1e6:7.1f} MB {' '.join(times)} {elements:8}"


def main() -> None:
    """Measure, and print a line a report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    print("findings    size    written     opened   filtered elements")
    with tempfile.TemporaryDirectory() as place, browsing(Path(place, "profile")) as page:
        for findings in (0, 130, 5_000):
            print(measure(page, Path(place, "page.html"), findings, rounds), flush=True)


if __name__ == "__main__":
    main()
