"""Record to report; report to JSON, HTML, JUnit, Markdown, SARIF, HAR, terminal: a module each."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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

# Imported when they are asked for: a run needs none of them before its end, and seldom all.
_LATER = {
    "Report": "report",
    "annotations_of": "annotations",
    "commands_off": "annotations",
    "har_of": "har",
    "make_report": "model",
    "print_report": "terminal",
    "render_html": "html",
    "render_junit": "junit",
    "render_markdown": "markdown",
    "sarif_of": "sarif",
    "validate_model": "validation",
    "write_reports": "writing",
}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
    return value
