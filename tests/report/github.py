"""A runner of GitHub Actions, as far as it reads what a step prints."""

from __future__ import annotations

import re

COMMANDS = {
    "add-mask", "add-matcher", "add-path", "debug", "echo", "endgroup", "error", "group", "notice",
    "remove-matcher", "save-state", "set-env", "set-output", "stop-commands", "warning",
}  # fmt: skip
# At the beginning of a line the commands of today, anywhere in it those of the past.
_TODAY = re.compile(r"\s*::([^\s:]+)(?: ((?:(?!::).)*))?::(.*)")
_PAST = re.compile(r"##\[([^\s\]]+)(?: ([^\]]*))?\](.*)")


def processed(output: str) -> list[tuple[str, dict[str, str], str]]:
    """The commands in an output that a runner carries out: name, properties, text."""
    known, token = set(COMMANDS), None
    found = []
    # A runner reads lines as .NET does, and a terminal's carriage return ends one as well.
    for line in re.split(r"\r\n|\n|\r", output):
        match = _TODAY.match(line) or _PAST.search(line)
        if match is None or match[1] not in known:
            continue
        name, properties, text = match[1], match[2] or "", match[3]
        if token is not None:
            if name == token:
                known.remove(token)
                token = None
            continue
        if name == "stop-commands":
            token = text
            known.add(token)
            continue
        pairs = (pair.split("=", 1) for pair in properties.split(",") if "=" in pair)
        found.append((name, {key: _plain(value) for key, value in pairs}, _plain(text)))
    assert token is None, "commands were not switched on again"
    return found


def _plain(text: str) -> str:
    for escape, character in (("0D", "\r"), ("0A", "\n"), ("3A", ":"), ("2C", ","), ("25", "%")):
        text = text.replace(f"%{escape}", character)
    return text
