"""A report from a journal: what a run had found out when it was cut off."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from clausewise.campaign.undoing import ToUndo, undoing
from clausewise.errors import UsageError
from clausewise.exchange import Exchange, Request, Response
from clausewise.judge.breaches import Breach
from clausewise.judge.replies import Judgement
from clausewise.pack import Pack
from clausewise.plan.cases import Case
from clausewise.record.ledger import Blame, Entry, Ledger, Observation
from clausewise.record.verdicts import NOT_SELECTED, Ruling, rule_on
from clausewise.report.journal import VERSION
from clausewise.report.model import assemble, clause_of, to_undo_of
from clausewise.secrets.masking import Mask

CUT_OFF = "the run was cut off; its journal ends here"


def recovered(
    pack: Pack, lines: list[dict[str, Any]], score: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The report model of a journal's lines, as `read_journal` gives them.

    `score` is what the last self-test of the pack said, if there was one.
    """
    head = lines[0]
    ledger, leaned, exchanges = _ledger_of(lines)
    asked = {entry.case.operation for entry in ledger.entries} | set(head["operations"])
    clauses = [c for c in pack.contract.clauses.values() if c.operation in asked]
    why_not = dict(head["why_not"])
    for clause in clauses:
        why_not.setdefault(clause.id, f"not reached: {CUT_OFF}")
    rulings = rule_on(clauses, ledger, leaned, why_not)
    if head["selected"] is not None:
        for name in rulings.keys() - set(head["selected"]):
            clause = rulings[name].clause
            rulings[name] = Ruling(clause, "unexercised", NOT_SELECTED)
    nothing = Mask(pack.contract, (), set())  # the journal is masked
    undocumented: dict[tuple[str, str, str], int] = {}
    for entry in ledger.entries:
        for part, pointer in entry.judgement.undocumented:
            key = (entry.case.operation, part, pointer)
            undocumented[key] = undocumented.get(key, 0) + 1
    left_over, to_undo = _made(pack, head, exchanges) if head["cleans_up"] else ([], [])
    cut_off: dict[str, Any] = {
        "started": head["started"],
        "seconds": _seconds(head["started"], exchanges),
        "requests": len(exchanges),
        # Replies that asked for patience are no exchanges, so a journal has none.
        "put_off": None,
        "planned": head["planned"],
        "complete": False,
        "stopped_because": CUT_OFF,
        "clauses": [clause_of(ruling, nothing) for ruling in rulings.values()],
        "undocumented": [
            {"operation": operation, "part": part, "pointer": pointer, "seen": seen}
            for (operation, part, pointer), seen in undocumented.items()
        ],
        "created": {
            "started": len(left_over),
            "undone": 0,
            "left_over": left_over,
            "to_undo": [to_undo_of(thing, head["path"], nothing) for thing in to_undo],
        },
        "exchanges": exchanges,
    }
    return assemble(
        [cut_off],
        contract=pack.contract,
        origin=pack.origin,
        base_url=head["base_url"],
        seed=head["seed"],
        fail_on=head["fail_on"],
        waivers=pack.waivers,
        score=score,
    )


def read_journal(path: Path) -> list[dict[str, Any]]:
    """The lines of a journal; the last one may be half written. Raises UsageError."""
    try:
        text = path.read_text("utf-8", errors="replace")
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None
    lines: list[dict[str, Any]] = []
    for number, line in enumerate(text.splitlines(), 1):
        try:
            made = json.loads(line)
        except ValueError:
            if number == len(text.splitlines()):
                break
            raise UsageError(f"{path}, line {number} is no line of a journal") from None
        if not isinstance(made, dict):
            raise UsageError(f"{path}, line {number} is no line of a journal")
        lines.append(made)
    if not lines or lines[0].get("journal") != VERSION:
        raise UsageError(f"{path} is no journal of a run; it begins otherwise")
    return lines


def _ledger_of(
    lines: list[dict[str, Any]],
) -> tuple[Ledger, dict[str, int], list[dict[str, Any]]]:
    kept: list[tuple[str, ...]] = []
    entries: dict[int, Entry] = {}
    exchanges: dict[int, dict[str, Any]] = {}
    leaned: dict[str, int] = {}
    ledger = Ledger()
    for line in lines[1:]:
        if "exchange" in line:
            entry = _entry(line, kept)
            entries[entry.id] = entry
            exchanges[entry.id] = line["exchange"]
            for name in line["leans"]:
                leaned[name] = leaned.get(name, 0) + 1
        elif "kept" in line:
            kept.append(tuple(line["kept"]))
        elif "blame" in line:
            clause, levels, message, number, crashed, soft = line["blame"]
            pairs = tuple((at, label) for at, label in levels)
            ledger.blames.append(Blame(clause, pairs, message, number, crashed, soft))
        elif "observation" in line:
            ledger.observations.append(Observation(*line["observation"]))
        elif "hindered" in line:
            ledger.hindered = dict(line["hindered"])
        elif "explained" in line:
            ledger.explained = dict(line["explained"])
        elif "confirmed" in line:
            ledger.confirmed = dict(line["confirmed"])
        elif "hiccups" in line:
            ledger.hiccups = dict(line["hiccups"])
    # Several threads write: one exchange may be missing that others come after.
    for number in range(1, max(entries, default=0) + 1):
        ledger.entries.append(entries.get(number) or _lost(number))
    return ledger, leaned, [exchanges[number] for number in sorted(exchanges)]


def _entry(line: Mapping[str, Any], kept: list[tuple[str, ...]]) -> Entry:
    shown, told = line["exchange"], line["case"]
    case = Case(
        id=told["id"],
        operation=shown["operation"],
        kind=told["kind"],
        expect=shown["expect"],
        label=told["label"],
        probes=tuple(told["probes"]),
        group=told["group"],
        credential=told["credential"],
    )
    request, reply = shown["request"], shown["response"]
    content = request["body"].encode() if request["body"] is not None else None
    response = None
    if reply is not None:
        response = Response(reply["status"], (), reply["body"].encode(), reply["seconds"])
    exchange = Exchange(
        shown["operation"],
        Request(request["method"], request["url"], content=content),
        response,
        shown["failure"],
    )
    judgement = Judgement(
        kept[line["kept"]],
        tuple(Breach(*breach) for breach in line["broken"]),
        tuple((part, pointer) for part, pointer in line["undocumented"]),
        tuple((clause, why) for clause, why in line["unjudged"]),
    )
    return Entry(
        shown["id"],
        case,
        exchange,
        shown["outcome"],
        judgement,
        tuple(shown["after"]),
        line["soft"],
    )


def _lost(number: int) -> Entry:
    case = Case(f"lost-{number}", "", "scenario", "either", "an exchange that was not written")
    return Entry(number, case, Exchange("", Request("", ""), None, "lost"), "odd", Judgement())


def _seconds(started: str, exchanges: list[dict[str, Any]]) -> float:
    """From the start to the last exchange, as far as that is known."""
    ends = [e["started"] for e in exchanges if e.get("started")]
    if not ends:
        return 0.0
    first, last = (datetime.fromisoformat(text) for text in (started, max(ends)))
    return round(max(0.0, (last - first).total_seconds()), 3)


def _made(
    pack: Pack, head: Mapping[str, Any], exchanges: list[dict[str, Any]]
) -> tuple[list[str], list[ToUndo]]:
    """What was made and may still be there, in words and as requests: nobody undid it."""
    said: list[str] = []
    things: list[ToUndo] = []
    for exchange in exchanges:
        if exchange["outcome"] != "accepted" or exchange["response"] is None:
            continue
        try:
            reply = json.loads(exchange["response"]["body"])
        except ValueError:
            reply = None
        found = undoing(pack, head["base_url"], head["path"], exchange["operation"], reply)
        if isinstance(found, ToUndo):
            things.append(found)
        if found is not None:
            why = f": {found}" if isinstance(found, str) else ""
            said.append(f"exchange {exchange['id']} ({exchange['operation']}){why}")
    return said, things
