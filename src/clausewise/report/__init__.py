"""Record to report; report to JSON, HTML, JUnit, Markdown, SARIF, HAR, terminal: a module each."""

from .annotations import annotations_of, commands_off
from .har import har_of
from .html import render_html
from .junit import render_junit
from .markdown import render_markdown
from .model import make_report
from .report import Report
from .sarif import sarif_of
from .terminal import print_report
from .validation import validate_model
from .writing import write_reports

__all__ = [
    "Report",
    "annotations_of",
    "commands_off",
    "har_of",
    "make_report",
    "print_report",
    "render_html",
    "render_junit",
    "render_markdown",
    "sarif_of",
    "validate_model",
    "write_reports",
]
