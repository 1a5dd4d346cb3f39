"""Bodies that are items one after another: JSON lines, JSON sequences, server-sent events."""

from __future__ import annotations

from typing import Any

from clausewise.strict_json import NotJSON, parse

# As many are judged of one reply; a stream may have no end.
MOST_ITEMS = 100


def items_of(
    kind: str, content: bytes, is_cut: bool, as_text: bool = False
) -> tuple[list[Any], str | None]:
    """The first items of a stream, and what is wrong with the first that is none.

    `is_cut` says that more was to come: then the last item may not be whole, and is left out.
    `as_text` leaves the data of events as the text that it is.
    """
    if kind == "text/event-stream":
        return _events(content, is_cut, as_text)
    lines = content.replace(b"\x1e", b"\n").split(b"\n")
    if is_cut or lines[-1] == b"":
        lines = lines[:-1]
    items: list[Any] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        if len(items) == MOST_ITEMS:
            break
        try:
            items.append(parse(line))
        except NotJSON as problem:
            return items, f"line {number} of the stream is not JSON: {problem}"
    return items, None


def _events(content: bytes, is_cut: bool, as_text: bool) -> tuple[list[Any], str | None]:
    """The data of each event, as JSON where it is some (WHATWG HTML, section 9.2.6)."""
    try:
        text = content.decode("utf-8", "ignore" if is_cut else "strict")
    except UnicodeDecodeError:
        return [], "the stream is not UTF-8"
    blocks = text.replace("\r\n", "\n").replace("\r", "\n").split("\n\n")
    items: list[Any] = []
    for block in blocks[:-1][:MOST_ITEMS]:
        data = [_value(line) for line in block.split("\n") if line.startswith("data")]
        if not data:
            continue
        whole = "\n".join(data)
        try:
            items.append(whole if as_text else parse(whole.encode()))
        except NotJSON:
            items.append(whole)
    return items, None


def _value(line: str) -> str:
    return line.partition(":")[2].removeprefix(" ")
