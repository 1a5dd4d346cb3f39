"""One request as a `curl` line that anybody can paste into a shell."""

from __future__ import annotations

from collections.abc import Sequence

from clausewise.exchange import Request
from clausewise.judge.ledger import Entry
from clausewise.target.settings import Settings


def curl_for(entry: Entry, entries: Sequence[Entry], settings: Settings, variable: str) -> str:
    """What repeats an entry: its line, after those of its rule's or scenario's steps before it."""
    before = (entries[number - 1] for number in entry.after)
    group = entry.case.group
    steps = [*(e for e in before if group is not None and e.case.group == group), entry]
    return "; ".join(curl_line(e.exchange.request, settings.token, variable) for e in steps)


def curl_line(request: Request, token: str | None, variable: str) -> str:
    """The request as one line for a POSIX shell.

    The run's own token stands as `$VARIABLE`; any other credential (none, a made-up one) as it
    was sent.
    """
    parts = ["curl -sS -i", f"-X {request.method}"]
    for name, value in request.headers:
        if name == "User-Agent":
            continue
        if token and token in value:
            double = value.replace(token, f"${variable}")
            parts.append(f'-H "{name}: {double}"')
        else:
            parts.append(f"-H {_quoted(f'{name}: {value}')}")
    if request.content is not None:
        if not any(name.lower() == "content-type" for name, _ in request.headers):
            parts.append("-H 'Content-Type:'")
        parts.append(f"--data-binary {_quoted(request.content.decode('utf-8', 'replace'))}")
    parts.append(_quoted(request.url))
    return " ".join(parts)


def _quoted(text: str) -> str:
    """A word in quotes; characters that a terminal would not show are spelt out (bash, zsh)."""
    if text.isprintable():
        return "'" + text.replace("'", "'\\''") + "'"
    spelt = []
    for character in text:
        if character in "\\'":
            spelt.append(f"\\{character}")
        elif character.isprintable():
            spelt.append(character)
        else:
            code = ord(character)
            spelt.append(f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}")
    return f"$'{''.join(spelt)}'"
