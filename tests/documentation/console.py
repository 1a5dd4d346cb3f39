"""Console blocks of a page: commands after `$`, and below each what it prints; and its files.

A line that is `…` stands for any number of lines, and `…` within a line for any text. What differs
from run to run (durations, ports, dates, ids) is made alike on both sides before they are compared.
Of a command without anything below it only the exit code counts; `# exit N` behind it says which.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

# A page says in comments which servers it needs, and which blocks cannot be run here.
NEEDS = re.compile(r"<!-- running: ([^>]+) -->")
NOT_RUN = re.compile(r"<!-- not run: (?P<why>[^>]+) -->\s*$")
_BLOCK = re.compile(
    r"^```(?:console|\w+ title=\"(?P<file>[^\" ]+)(?P<at_its_end> \(at its end\))?\")\n"
    r"(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
_EXIT = re.compile(r"\s+# exit (\d)$")
_VARYING = (
    (re.compile(r"127\.0\.0\.1:\d+"), "127.0.0.1:PORT"),
    (re.compile(r"\b\d+(\.\d+)? (ms|s|min)\b"), "TIME"),
    (re.compile(r"\d{4}-\d\d-\d\d(T[\d:]+(\+00:00|Z)?)?"), "DATE"),
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "UUID"),
)


@dataclass
class Command:
    """One command of a page: its line in the page, its words, and what it should print."""

    line: int
    words: str
    exit_code: int = 0
    output: list[str] = field(default_factory=list)


@dataclass
class File:
    """A block with a file name as its title: the file is written, or goes on."""

    path: str
    text: str
    at_its_end: bool


def steps_of(page: str) -> Iterator[Command | File]:
    """The commands and files of a page, in order, but for blocks that are not run."""
    for block in re.finditer(_BLOCK, page):
        if NOT_RUN.search(page[: block.start()]):
            continue
        if block["file"]:
            yield File(block["file"], block["text"], bool(block["at_its_end"]))
            continue
        line = page[: block.start("text")].count("\n") + 1
        command: Command | None = None
        for text in block["text"].splitlines():
            if text.startswith("$ "):
                if command is not None:
                    yield command
                told = _EXIT.search(text)
                words = _EXIT.sub("", text[2:])
                command = Command(line, words, int(told[1]) if told else 0)
            elif command is not None and command.words.endswith("\\"):
                command.words += f"\n{text.removeprefix('>')}"
            elif command is not None:
                command.output.append(text)
            line += 1
        if command is not None:
            yield command


def is_as_shown(shown: list[str], printed: str) -> bool:
    """Whether an output is what a page shows."""
    pattern = "".join(
        r"(?:.*\n)*?" if line.strip() == "…" else f"{'.*?'.join(map(re.escape, line.split('…')))}\n"
        for line in map(_alike, shown)
    )
    lines = "".join(f"{_alike(line)}\n" for line in printed.splitlines())
    return re.fullmatch(pattern, lines) is not None


def _alike(line: str) -> str:
    for varying, name in _VARYING:
        line = varying.sub(name, line)
    return line.rstrip()
