"""Bodies that are items one after another: JSON lines, JSON sequences, server-sent events."""

from __future__ import annotations

from typing import Any, Literal

from clausewise.strict_json import NotJSON, parse, value_or_text

# As many are judged of one reply; a stream may have no end.
MOST_ITEMS = 100
# What of an event is its item: its data as JSON or as text, or all its fields as an object.
EventForm = Literal["json", "text", "fields"]


def stream_items(
    kind: str, content: bytes, is_cut: bool, form: EventForm
) -> tuple[list[Any], str | None]:
    """The first items of a stream, and what is wrong with the first that is none.

    `is_cut` says that more was to come: then the last item may not be whole, and is left out.
    `form` says what of an event its item is.
    """
    if kind == "text/event-stream":
        return _events(content, is_cut, form)
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


def _events(content: bytes, is_cut: bool, form: EventForm) -> tuple[list[Any], str | None]:
    """The item of each event (WHATWG HTML, section 9.2.6); data that is no JSON is a text."""
    try:
        text = content.decode("utf-8", "ignore" if is_cut else "strict")
    except UnicodeDecodeError:
        return [], "the stream is not UTF-8"
    blocks = text.replace("\r\n", "\n").replace("\r", "\n").split("\n\n")
    items: list[Any] = []
    for block in blocks[:-1][:MOST_ITEMS]:
        fields = _fields(block)
        if "data" not in fields:
            continue  # no client is told of it
        if form == "fields":
            items.append(fields)
        else:
            items.append(fields["data"] if form == "text" else value_or_text(fields["data"]))
    return items, None


def _fields(block: str) -> dict[str, Any]:
    """The fields of an event that mean something; a comment is none."""
    fields: dict[str, Any] = {}
    for line in block.split("\n"):
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data" and "data" in fields:
            fields["data"] += f"\n{value}"
        elif name in ("data", "event", "id"):
            fields[name] = value
        elif name == "retry" and value.isascii() and value.isdigit():
            fields[name] = int(value)
    return fields
