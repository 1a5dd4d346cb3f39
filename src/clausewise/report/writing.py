"""Write the report files, each of them whole or not at all."""

from __future__ import annotations

import json
import math
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .html import render_html
from .junit import render_junit
from .markdown import render_markdown
from .showing import escape_of

if TYPE_CHECKING:
    from .findings import Model

_SURROGATE = re.compile(r"[\ud800-\udfff]")


def write_reports(model: Model, directory: Path) -> list[Path]:
    """Write ``conformance.json``, ``.html``, ``.junit.xml`` and ``.md``; return their paths.

    The model must conform to ``conformance.schema.json``. The directory is made if need be. The
    JSON comes first, so that it is there even if another format cannot be made. A file is replaced
    in one step: who reads meanwhile sees an old or a new report, never half of one.

    Raises OSError if the directory or a file cannot be written.
    """
    directory.mkdir(parents=True, exist_ok=True)
    formats = {
        "conformance.json": _json,
        "conformance.html": render_html,
        "conformance.junit.xml": render_junit,
        "conformance.md": render_markdown,
    }
    return [_replace(directory / name, render(model)) for name, render in formats.items()]


def _json(model: Model) -> str:
    try:
        text = json.dumps(model, indent=1, ensure_ascii=False, allow_nan=False)
    except ValueError:
        text = json.dumps(_without_nan(model), indent=1, ensure_ascii=False)
    # Half a surrogate pair has no UTF-8, but an escape in a JSON string.
    return _SURROGATE.sub(lambda match: escape_of(match[0]), text) + "\n"


def _without_nan(value: Any) -> Any:
    """Return the value with NaN and infinities, which JSON does not have, as strings."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {key: _without_nan(member) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(item) for item in value]
    return value


def _replace(path: Path, text: str) -> Path:
    # Not tempfile: its files are closed to all but their owner, and CI collects as another user.
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        draft.write_bytes(text.encode("utf-8"))
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    return path
