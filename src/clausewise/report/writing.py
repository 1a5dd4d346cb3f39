"""Write the report files, all of them or none, and each of them whole."""

from __future__ import annotations

import json
import os
import re
from contextlib import contextmanager, suppress
from errno import EISDIR
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from clausewise.errors import UsageError
from clausewise.options import FORMATS, WRITTEN, Format

from .ascii_json import quick_ascii
from .showing import escape_of, without_nan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from .report import Report

# Members whose numbers are counts and seconds: what a target says stands in them as text.
_PLAIN = ("exchanges", "cases")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_ESCAPED_SURROGATE = re.compile(r"\\ud[89a-f]")
_QUICK = msgspec.json.Encoder()
_EXACT = json.JSONEncoder(ensure_ascii=False, allow_nan=False)


# Stands in the folder while files are replaced; one that is left tells of a kill.
UNFINISHED = "conformance.unfinished"
_UNFINISHED_TEXT = (
    "These reports were being replaced when the process that did so was killed: some may be older "
    "than others. Run again, or write them anew from the journal: clausewise report JOURNAL\n"
)


def check_folder(directory: Path) -> None:
    """Find out whether reports can be written into a folder, by writing something; leave nothing.

    Raises UsageError that says why not.
    """
    made: list[Path] = []
    probe = directory / f".conformance.{os.getpid()}.tmp"
    try:
        made = [folder for folder in (directory, *directory.parents) if not folder.exists()]
        directory.mkdir(parents=True, exist_ok=True)
        try:
            probe.write_bytes(b"?")
        finally:
            probe.unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(
            f"no report can be written into {directory}: {reason_of(error)}; name another folder "
            "with --report-dir"
        ) from None
    finally:
        for folder in made:
            with suppress(OSError):  # somebody else has put something there
                folder.rmdir()


def reason_of(error: OSError) -> str:
    """What the system says is wrong, in words."""
    return error.strerror or str(error) or type(error).__name__


def write_reports(
    report: Report, directory: Path, formats: Iterable[str] | None = None
) -> list[Path]:
    """Write the files of a report, ``conformance.`` and an ending each.

    Return their paths. ``formats`` are the endings of those to write; None means those that are
    written unasked (``WRITTEN``).

    The directory is made if need be. All files are written under other names first; only when all
    of them are there they replace the old ones, each in one step. So what goes wrong before leaves
    the old reports as they were, and who reads meanwhile sees an old or a new one, never half.
    Two runs that end at once take turns.

    Raises OSError if the directory or a file cannot be written.
    """
    wanted = set(WRITTEN if formats is None else formats)
    if unknown := wanted - set(FORMATS):
        raise ValueError(f"no format {min(unknown)!r}; there are {', '.join(FORMATS)}")
    endings = (one for one in FORMATS if one in wanted)
    return write_together(
        directory, {f"conformance.{one}": partial(_rendered, report, one) for one in endings}
    )


def write_together(directory: Path, contents: Mapping[str, Callable[[], bytes]]) -> list[Path]:
    """Write files of these names, all of them or none, as `write_reports` does.

    Raises OSError if the directory or a file cannot be written.
    """
    directory.mkdir(parents=True, exist_ok=True)
    drafts: dict[Path, Path] = {}
    try:
        for name, content in contents.items():
            # Not tempfile: its files are closed to all but their owner, and CI collects as another.
            draft = directory / f".{name}.{os.getpid()}.tmp"
            drafts[directory / name] = draft
            draft.write_bytes(content())
        _replace(drafts, directory)
    finally:
        for draft in drafts.values():
            draft.unlink(missing_ok=True)
    return list(drafts)


def _rendered(report: Report, ending: Format) -> bytes:
    """Return a report in one format. What renders the others is not even imported."""
    match ending:
        case "json":
            return json_bytes(report.as_json())
        case "html":
            from .html import render_html

            return render_html(report).encode()
        case "junit.xml":
            from .junit import render_junit

            return render_junit(report).encode()
        case "md":
            from .markdown import render_markdown

            return render_markdown(report).encode()
        case "sarif":
            from .sarif import sarif_of

            return _ascii_json(sarif_of(report)).encode()
        case "ctrf.json":
            from .ctrf import ctrf_of

            return _ascii_json(ctrf_of(report)).encode()
        case "codequality.json":
            from .code_quality import code_quality_of

            return _ascii_json(code_quality_of(report)).encode()
        case "har":
            from .har import har_of

            return _ascii_json(har_of(report)).encode()


def _replace(drafts: Mapping[Path, Path], directory: Path) -> None:
    """Put the drafts where the reports are; says so in the folder while it is under way."""
    for path in drafts:
        if path.is_dir():
            raise IsADirectoryError(EISDIR, os.strerror(EISDIR), str(path))
    with _alone_in(directory):
        note = directory / UNFINISHED
        try:
            note.write_text(_UNFINISHED_TEXT, "utf-8")
        except OSError:
            note.unlink(missing_ok=True)
            raise
        for path, draft in drafts.items():
            draft.replace(path)
        note.unlink()


@contextmanager
def _alone_in(directory: Path) -> Iterator[None]:
    """Keep other runs from replacing reports in a folder meanwhile, where the system can."""
    try:
        import fcntl
    except ImportError:  # Windows
        yield
        return
    handle = os.open(directory, os.O_RDONLY)
    try:
        with suppress(OSError):  # some network file systems have no locks
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def json_bytes(model: Mapping[str, Any]) -> bytes:
    """Return a model as JSON, one item of each list a line."""
    try:
        return _laid_out(model)
    except ValueError:
        return _laid_out(without_nan(model))


def _laid_out(model: Mapping[str, Any]) -> bytes:
    """Return the model as JSON with one clause, and one exchange, a line.

    To indent all of it, `json` would leave its quick encoder: that takes ten times as long.
    """
    members = []
    for name, value in model.items():
        if isinstance(value, list | tuple) and value:
            shown = b"[\n  " + b",\n  ".join(_lines(value, name in _PLAIN)) + b"\n ]"
        else:
            shown = _encoded(value)
        members.append(b" %b: %b" % (_encoded(name), shown))
    return b"{\n" + b",\n".join(members) + b"\n}\n"


def _lines(items: Sequence[Any], plain: bool) -> list[bytes]:
    """Return each item as JSON; `plain` says that there is no NaN in any of them."""
    try:
        lines = _QUICK.encode_lines(items).split(b"\n")[:-1]
    except UnicodeEncodeError:  # half a surrogate pair
        return [_encoded(item) for item in items]
    if not plain:  # the quick encoder would write null
        lines = [
            line if _is_plain(item) else _encoded(item)
            for line, item in zip(lines, items, strict=True)
        ]
    return lines


def _encoded(value: Any) -> bytes:
    """Return a value as JSON. Half a surrogate pair has no UTF-8, but an escape in a JSON string.

    Raises ValueError for NaN.
    """
    text = _EXACT.encode(value)
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        return _SURROGATE.sub(lambda match: escape_of(match[0]), text).encode("utf-8")


def _is_plain(item: Any) -> bool:
    """Return whether an item is a clause without a value that may have NaN in it."""
    proofs = item.get("evidence") if isinstance(item, dict) else None
    if not isinstance(proofs, list | tuple):
        return False
    return True not in [isinstance(proof.get("value"), float | dict | list) for proof in proofs]


def _ascii_json(document: Any) -> str:
    """Return a document of another format as JSON that no parser and no terminal stumbles over."""
    try:
        return quick_ascii(document) + "\n"
    except UnicodeEncodeError:  # half a surrogate pair
        text = json.dumps(document, allow_nan=False)
    if _ESCAPED_SURROGATE.search(text):
        whole = json.dumps(document, ensure_ascii=False, allow_nan=False)
        if _SURROGATE.search(whole):
            # Many parsers refuse half a pair even as an escape: it is spelt out.
            spelt = _SURROGATE.sub(lambda match: "\\" + escape_of(match[0]), whole)
            text = json.dumps(json.loads(spelt), allow_nan=False)
    return text + "\n"
