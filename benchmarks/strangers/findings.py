"""Findings that were read by hand: kept beside the bench, one JSON object a line, by server.

`judgement` is `true`, `false` or `arguable`, with `why`; it holds for a clause and its verdict, as
long as the message stays of the same kind. Ids, numbers and times in it differ from run to run.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "read"
# So much of a reply and of a message is kept.
MOST = 200
UNREAD = "unread"


@dataclass(slots=True)
class Read:
    """One finding, and what was thought of it."""

    clause: str
    verdict: str
    soft: bool
    said: str
    curl: str
    reply: str
    judgement: str = UNREAD
    why: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        """What stays of it from run to run."""
        return self.clause, self.verdict, kind_of(self.said)


def kind_of(said: str) -> str:
    """The first words of a message, without values."""
    return " ".join(re.findall(r"[a-z]+", said.lower())[:3])


def findings_of(report: dict[str, Any], base: str) -> list[Read]:
    """The findings of a report, each with the exchange that shows it best."""
    exchanges = {one["id"]: one for one in report["exchanges"]}
    found = []
    for clause in report["clauses"]:
        if clause["verdict"] not in ("violated", "lenient", "strict"):
            continue
        shown = [exchanges[one["exchange"]] for one in clause["evidence"]]
        curl = _shortened(shown[0]["curl"].replace(base, "$BASE"), 3 * MOST) if shown else ""
        said = _shortened(clause["message"], 2 * MOST)
        reply = _reply(shown[0]) if shown else ""
        soft = bool(clause["soft"])
        found.append(Read(clause["id"], clause["verdict"], soft, said, curl, reply))
    return found


def _reply(exchange: dict[str, Any]) -> str:
    response = exchange["response"]
    if response is None:
        return f"no reply: {exchange['failure']}"
    body = response["body"] or {}
    return f"{response['status']} {_shortened(str(body.get('text', '')), MOST)}".strip()


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]}…"


def read_by_hand(server: str) -> list[Read]:
    """What was read of a server before."""
    file = FOLDER / f"{server}.jsonl"
    if not file.exists():
        return []
    return [Read(**json.loads(line)) for line in file.read_text("utf-8").splitlines()]


def judged(server: str, found: list[Read]) -> list[Read]:
    """The findings with what is known of them; others stay unread."""
    known = {one.key: one for one in read_by_hand(server)}
    for one in found:
        before = known.get(one.key)
        if before is not None:
            one.judgement, one.why = before.judgement, before.why
    return found


def keep(server: str, found: list[Read]) -> None:
    """Write the findings of a run down, to be read; what was thought of one before is kept."""
    lines = [json.dumps(asdict(one), ensure_ascii=False) for one in judged(server, found)]
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{server}.jsonl").write_text("\n".join(lines) + "\n", "utf-8")


def counts(found: list[Read]) -> Counter[str]:
    """How many findings were thought what of."""
    return Counter(one.judgement for one in found)
