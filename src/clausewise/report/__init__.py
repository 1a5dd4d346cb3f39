"""Ledger to JSON, HTML, JUnit, Markdown and terminal: one file each, all from one JSON model."""

from .html import render_html
from .junit import render_junit
from .markdown import render_markdown
from .terminal import print_report
from .validation import validate_model
from .writing import write_reports

__all__ = [
    "print_report",
    "render_html",
    "render_junit",
    "render_markdown",
    "validate_model",
    "write_reports",
]
