"""Write the files of a comparison, all of them or none."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from clausewise.report.writing import json_bytes, write_together

if TYPE_CHECKING:
    from clausewise.comparing.comparison import Comparison


def write_comparison(comparison: Comparison, directory: Path) -> list[Path]:
    """Write `comparison.json`, `.html` and `.md`; gives their paths.

    Raises OSError where the directory or a file cannot be written.
    """
    from clausewise.comparing.html import render_html
    from clausewise.comparing.markdown import render_markdown

    return write_together(
        directory,
        {
            "comparison.json": lambda: json_bytes(comparison.as_json()),
            "comparison.html": lambda: render_html(comparison).encode(),
            "comparison.md": lambda: render_markdown(comparison).encode(),
        },
    )
