"""A file read into a document: its text, its data and its lines."""

from __future__ import annotations

import re
import stat
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from pathlib import Path

from clausewise.contract.json_values import HALF, read_json
from clausewise.contract.source import Document
from clausewise.cutting import brief
from clausewise.errors import ContractError

# The largest public descriptions have some 30 MB in one file; a device has no end at all.
MOST_BYTES = 64 * 1024 * 1024


def _content(path: Path, name: str) -> bytes:
    """The bytes of a file. Raises ContractError where it is none, or too large to be a document.

    Only files are opened: a named pipe would wait for its writer, and a device has no end.
    """
    name = brief(name)
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            what = "Is a directory" if stat.S_ISDIR(mode) else "Is not a file"
            raise ContractError(f"cannot be read: {what}", name)
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise ContractError(f"cannot be read: {error.strerror}", name) from error
    except ValueError as error:
        raise ContractError(f"cannot be read: {error}", name) from error
    if len(content) > MOST_BYTES:
        raise ContractError(f"is longer than {MOST_BYTES} bytes; split it into files", name)
    return content


def parse(path: Path, name: str) -> Document:
    """Read one file, which errors call `name`. Raises ContractError, with the line."""
    try:
        content = _content(path, name)
        text = content.decode(_encoding(content))
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        encoding = "UTF-16" if error.encoding.startswith("utf-16") else "UTF-8"
        raise ContractError(f"is not {encoding}: {error.reason}", name, line) from error
    if path.suffix != ".json":
        return _of_yaml(Document(path, name, None, text))
    if HALF.search(text):
        text = _JSON_PAIR.sub(_character, text)
    text = _JSON_ALONE.sub(_escaped, text)
    document = Document(path, name, None, text)
    return document if read_json(document) else _of_yaml(document)


def _encoding(content: bytes) -> str:
    """The encoding of a file, by its first bytes: its mark, or a character of ASCII.

    YAML 1.2, section 5.2, and RFC 4627, section 3; RFC 8259, section 8.1, allows JSON but UTF-8.
    """
    if content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return "utf-16"
    first, second = content[:2] if len(content) > 1 else b"  "
    if first and not second:
        return "utf-16-le"
    return "utf-16-be" if second and not first else "utf-8"


def _of_yaml(document: Document) -> Document:
    """A document with the data of its text. Raises ContractError."""
    import yaml  # most large documents are JSON

    from clausewise.contract.yaml_nodes import Composer
    from clausewise.contract.yaml_values import Builder

    text, name = document.text, document.name
    try:
        node = Composer(text, name).compose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        # Some builds of libyaml look far ahead, and give up before `DEEPEST` is noticed here.
        deep = "nesting depth" in str(error.problem)
        problem = "is nested too deeply" if deep else f"is not YAML: {brief(str(error.problem))}"
        raise ContractError(problem, name, mark.line + 1 if mark else None) from error
    except yaml.YAMLError as error:
        odd = yaml.reader.Reader.NON_PRINTABLE.search(text)
        line_of_it = text.count("\n", 0, odd.start()) + 1 if odd else None
        raise ContractError("is not YAML: it has control characters", name, line_of_it) from error
    if node is not None:
        document.data = Builder(document).build(node)
    return document


# In JSON a character beyond U+FFFF is escaped as two halves, which YAML knows nothing of.
_JSON_PAIR = re.compile(r"(?<!\\)((?:\\\\)*)\\u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})", re.I)


# What may stand in a string of JSON as it is, and is no sign of YAML, or ends a line there.
_JSON_ALONE = re.compile("[\x7f-\x9f\u2028\u2029\ufffe\uffff]")


def _escaped(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"


def _character(match: re.Match[str]) -> str:
    high, low = int(match[2], 16), int(match[3], 16)
    return match[1] + chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))
