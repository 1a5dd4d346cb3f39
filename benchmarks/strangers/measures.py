"""What is counted of a run: of Clausewise's report, of Schemathesis' HAR, and on the server."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from benchmarks.strangers.findings import Read
from benchmarks.strangers.server import Things
from clausewise.contract import Operation
from clausewise.pack import Pack

# An operation, and the status of what it answered: 5xx, or 0 for a dropped connection.
ServerError = tuple[str, int]


@dataclass(slots=True)
class Run:
    """What one run of one tool came to on one server."""

    requests: int = 0
    seconds: float = 0.0
    # Each with the number of the request that showed it first.
    errors: dict[ServerError, int] = field(default_factory=dict)
    left: Things = field(default_factory=set)
    destroyed: Things = field(default_factory=set)
    # What is left after `clausewise cleanup`.
    after_cleanup: Things = field(default_factory=set)
    findings: list[Read] = field(default_factory=list)
    told: int = 0
    operations: int = 0
    asked: int = 0
    judged: int = 0
    needing: int = 0
    supplied: int = 0
    errors_told: set[ServerError] = field(default_factory=set)

    def requests_until(self, errors: int) -> int | None:
        """After how many requests so many server errors were seen; None where they never were."""
        numbers = sorted(self.errors.values())
        return (numbers[errors - 1] if errors else 0) if errors <= len(numbers) else None

    def changed(self, before: Things, after: Things) -> None:
        """Take note of what a run left and destroyed."""
        self.left, self.destroyed = after - before, before - after


def of_clausewise(run: Run, pack: Pack, report: dict[str, Any], findings: list[Read]) -> None:
    """Count what a report says."""
    operations = pack.contract.operations
    run.requests = report["run"]["requests"]
    run.findings, run.told = findings, len(findings)
    run.operations = len(operations)
    verdicts = ("upheld", "violated", "lenient", "strict")
    run.judged = len({c["operation"] for c in report["clauses"] if c["verdict"] in verdicts})
    seen = {}
    for one in report["exchanges"]:
        request, response = one["request"], one["response"]
        sent = _text((request["body"] or {}).get("text"))
        said = _text((response["body"] or {}).get("text")) if response else ""
        status = response["status"] if response else 0
        seen[one["id"]] = Seen(one["operation"], request["url"], status, sent, said)
    run.asked = len({one.operation for one in seen.values()} & operations.keys())
    _weigh(run, pack, list(seen.values()))
    for clause in report["clauses"]:
        if clause["verdict"] in ("violated", "strict"):
            shown = {seen[one["exchange"]].error for one in clause["evidence"]}
            run.errors_told |= shown & run.errors.keys()
    # Silence that was not asked for again may be the way there.
    silent = [error for error in run.errors if not error[1] and error not in run.errors_told]
    for error in silent:
        del run.errors[error]


def of_schemathesis(run: Run, pack: Pack, har: Path, base: str) -> None:
    """Count what a HAR file has."""
    entries = json.loads(har.read_text("utf-8"))["log"]["entries"]
    run.requests = len(entries)
    routes = [(_route(one), one) for one in pack.contract.operations.values()]
    # The most literal path wins, as on a server.
    routes.sort(key=lambda pair: pair[1].path.count("{"))
    root, seen = urlsplit(base).path, []
    for entry in entries:
        request, response = entry["request"], entry["response"]
        path = urlsplit(request["url"]).path.removeprefix(root)
        known = [o for r, o in routes if o.method == request["method"] and r.fullmatch(path)]
        if known:
            sent = _text(request.get("postData", {}).get("text"))
            said = _text(response["content"].get("text"))
            status = max(response["status"], 0)
            seen.append(Seen(known[0].id, request["url"], status, sent, said))
    run.asked = len({one.operation for one in seen})
    _weigh(run, pack, seen)


@dataclass(frozen=True, slots=True)
class Seen:
    """One exchange: of which operation, where, with what status (0 for none), and both bodies."""

    operation: str
    url: str
    status: int
    sent: str
    said: str

    @property
    def error(self) -> ServerError:
        """The operation and its status."""
        return self.operation, self.status


def _weigh(run: Run, pack: Pack, seen: list[Seen]) -> None:
    """Count server errors, and operations that were asked about a thing that is there.

    That is one that an accepted request made or was answered with, by any of its values; or one
    that the operation itself accepted.
    """
    for number, one in enumerate(seen, 1):
        if one.status >= 500 or one.status == 0:
            run.errors.setdefault(one.error, number)
    known: set[str] = set()
    for one in seen:
        if 200 <= one.status < 300:
            known |= set(_VALUES.findall(one.sent)) | set(_VALUES.findall(one.said))
    operations = pack.contract.operations
    needing = {name for name, one in operations.items() if "{" in one.path}
    supplied = {
        one.operation
        for one in seen
        if one.operation in needing
        and (200 <= one.status < 300 or _last_value(operations[one.operation], one.url) in known)
    }
    run.needing, run.supplied = len(needing), len(supplied)


# The scalars of a JSON text, as they stand there.
_VALUES = re.compile(r'(?<=")(?:[^"\\]|\\.)+(?=")|-?\d+(?:\.\d+)?')


def _last_value(operation: Operation, url: str) -> str | None:
    """What stands in the place of the last path parameter."""
    found = re.search(_route(operation).pattern + r"/?$", urlsplit(url).path)
    return unquote(found[found.lastindex]) if found and found.lastindex else None


def _text(text: object) -> str:
    return text if isinstance(text, str) else ""


def _route(operation: Operation) -> re.Pattern[str]:
    parts = re.split(r"\{[^}]*\}", operation.path)
    return re.compile("([^/]+)".join(re.escape(part) for part in parts))
