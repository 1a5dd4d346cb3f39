"""Write the report files, each of them whole or not at all."""

from __future__ import annotations

import json
import math
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .har import har_of
from .html import render_html
from .junit import render_junit
from .markdown import render_markdown
from .sarif import sarif_of
from .showing import escape_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from .report import Report

_SURROGATE = re.compile(r"[\ud800-\udfff]")


def write_reports(
    report: Report, directory: Path, formats: Iterable[str] | None = None
) -> list[Path]:
    """Write ``conformance.json``, ``.html``, ``.junit.xml``, ``.md``, ``.sarif`` and ``.har``.

    Return their paths. ``formats`` are the endings of those to write; None means all.

    The directory is made if need be. The
    JSON comes first, so that it is there even if another format cannot be made. A file is replaced
    in one step: who reads meanwhile sees an old or a new report, never half of one.

    Raises OSError if the directory or a file cannot be written.
    """
    directory.mkdir(parents=True, exist_ok=True)
    renderers: dict[str, Callable[[Report], str]] = {
        "json": lambda report: _json(report.as_json()),
        "html": render_html,
        "junit.xml": render_junit,
        "md": render_markdown,
        "sarif": lambda report: _ascii_json(sarif_of(report)),
        "har": lambda report: _ascii_json(har_of(report)),
    }
    wanted = set(renderers if formats is None else formats)
    if unknown := wanted - renderers.keys():
        raise ValueError(f"no format {min(unknown)!r}; there are {', '.join(renderers)}")
    return [
        _replace(directory / f"conformance.{ending}", render(report))
        for ending, render in renderers.items()
        if ending in wanted
    ]


def _json(model: dict[str, Any]) -> str:
    try:
        text = _laid_out(model)
    except ValueError:
        text = _laid_out(_without_nan(model))
    # Half a surrogate pair has no UTF-8, but an escape in a JSON string.
    return _SURROGATE.sub(lambda match: escape_of(match[0]), text) + "\n"


def _laid_out(model: Mapping[str, Any]) -> str:
    """Return the model as JSON with one clause, and one exchange, a line.

    To indent all of it, `json` would leave its quick encoder: that takes ten times as long.
    """
    encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode
    members = []
    for name, value in model.items():
        shown = encode(value)
        if isinstance(value, list | tuple) and value:
            shown = "[\n" + ",\n".join(f"  {encode(item)}" for item in value) + "\n ]"
        members.append(f" {encode(name)}: {shown}")
    return "{\n" + ",\n".join(members) + "\n}"


def _ascii_json(document: dict[str, Any]) -> str:
    """Return a document of another format as JSON that no parser and no terminal stumbles over."""
    text = json.dumps(document, ensure_ascii=False, allow_nan=False)
    if _SURROGATE.search(text):
        # Many parsers refuse half a pair even as an escape: it is spelt out.
        document = json.loads(_SURROGATE.sub(lambda match: "\\" + escape_of(match[0]), text))
    elif text.isascii():
        return text + "\n"
    return json.dumps(document, allow_nan=False) + "\n"


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
