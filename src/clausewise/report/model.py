"""The report model: a run's campaigns as the one JSON document that every format is made from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date
from typing import Any
from urllib.parse import quote

from clausewise import __version__
from clausewise.campaign.campaign import Campaign
from clausewise.campaign.undoing import ToUndo
from clausewise.contract.contract import Contract
from clausewise.pack.waivers import Waiver, waiver_for
from clausewise.record.ledger import Entry
from clausewise.record.verdicts import Ruling
from clausewise.report.curl import curl_for
from clausewise.secrets.masking import Mask, mask_for, secrets_of

SCHEMA_VERSION = 1
# Exchanges beyond those that some evidence names, so that a report stays readable.
MOST_EXCHANGES = 2000
LONGEST_BODY = 20_000


def part_of(campaign: Campaign) -> dict[str, Any]:
    """What one campaign adds to a report: clauses, exchanges, counts. Plain JSON."""
    mask = mask_of(campaign)
    rulings = campaign.rulings()
    undocumented: dict[tuple[str, str, str], int] = {}
    for entry in campaign.ledger.entries:
        for part, pointer in entry.judgement.undocumented:
            key = (entry.case.operation, part, mask.text(pointer))
            undocumented[key] = undocumented.get(key, 0) + 1
    created = campaign.sender.created
    return {
        "started": campaign.started.isoformat(timespec="seconds"),
        "seconds": round(campaign.seconds, 3),
        "requests": campaign.sender.requests,
        "put_off": {
            "times": campaign.sender.pace.put_off,
            "seconds": round(campaign.sender.pace.waited, 3),
        },
        "planned": campaign.planned,
        "complete": campaign.complete,
        "stopped_because": _masked(campaign.stopped_because, mask),
        "clauses": [clause_of(ruling, mask) for ruling in rulings.values()],
        "undocumented": [
            {"operation": operation, "part": part, "pointer": pointer, "seen": seen}
            for (operation, part, pointer), seen in undocumented.items()
        ],
        "created": {
            "started": created.started,
            "undone": created.undone,
            "left_over": [mask.text(said) for said in created.left_over],
            "to_undo": [
                to_undo_of(thing, campaign.settings.path, mask) for thing in created.to_undo
            ],
        },
        "exchanges": [exchange_of(entry, campaign, mask) for entry in campaign.ledger.entries],
    }


def mask_of(campaign: Campaign) -> Mask:
    """The mask for everything that comes out of a campaign."""
    mask = begin_mask(campaign)
    for entry in list(campaign.ledger.entries):
        learn(mask, entry)
    return mask


def begin_mask(campaign: Campaign) -> Mask:
    """The mask of a campaign before its first exchange: it knows the settings and the plan."""
    pack = campaign.pack
    mask = mask_for(pack.contract, campaign.settings, pack.token_variable)
    for plan in campaign.plan.operations.values():
        if plan.model is not None:
            for factor in plan.model.factors.values():
                mask.allow([level.value for level in factor.levels])
    return mask


def learn(mask: Mask, entry: Entry) -> None:
    """Let a mask know what an exchange holds that must not be shown, and what may be."""
    case = entry.case
    # What the plan made up tells nobody anything, and whoever sends it again needs it.
    if case.kind != "scenario":
        mask.allow([case.value])
        mask.allow([level.value for level in case.levels.values()])
    mask.learn(entry.exchange.request, entry.exchange.response)


def assemble(
    parts: Iterable[Mapping[str, Any]],
    *,
    contract: Contract,
    origin: str,
    base_url: str | None,
    seed: int,
    fail_on: Iterable[str],
    waivers: Iterable[Waiver] = (),
    score: Mapping[str, Any] | None = None,
    today: date | None = None,
) -> dict[str, Any]:
    """Put the parts of one run together. Exchanges get new numbers where parts clash.

    `score` is what the last self-test of the pack said, if there was one.
    """
    parts = list(parts)
    waivers = tuple(waivers)
    clauses: list[dict[str, Any]] = []
    exchanges: list[dict[str, Any]] = []
    undocumented: list[dict[str, Any]] = []
    created: dict[str, Any] = {"started": 0, "undone": 0, "left_over": [], "to_undo": []}
    for part in parts:
        offset = len(exchanges)
        for clause in part["clauses"]:
            evidence = [{**e, "exchange": e["exchange"] + offset} for e in clause["evidence"]]
            clauses.append({**clause, "evidence": evidence})
        exchanges += [
            {**e, "id": e["id"] + offset, "after": [number + offset for number in e["after"]]}
            for e in part["exchanges"]
        ]
        undocumented += part["undocumented"]
        created["started"] += part["created"]["started"]
        created["undone"] += part["created"]["undone"]
        created["left_over"] += part["created"]["left_over"]
        created["to_undo"] += part["created"]["to_undo"]
    order = {name: place for place, name in enumerate(contract.clauses)}
    clauses.sort(key=lambda clause: order.get(clause["id"], len(order)))
    _apply_waivers(clauses, waivers, today or date.today())
    summary = dict.fromkeys(
        ("upheld", "violated", "lenient", "strict", "inconclusive", "unexercised"), 0
    )
    for clause in clauses:
        summary[clause["verdict"]] += 1
    named = {e["exchange"] for clause in clauses for e in clause["evidence"]}
    named |= {number for e in exchanges if e["id"] in named for number in e["after"]}
    fail_on = list(fail_on)
    reasons = [part["stopped_because"] for part in parts if part["stopped_because"]]
    model: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "clausewise", "version": __version__},
        "contract": {
            "name": contract.name,
            "version": contract.version,
            "clauses": len(contract.clauses),
            "pack": origin,
        },
        "target": {"base_url": base_url, "kind": "in-process" if base_url is None else "http"},
        "run": {
            "started": min((part["started"] for part in parts), default="1970-01-01T00:00:00Z"),
            "seconds": round(sum(part["seconds"] for part in parts), 3),
            "seed": seed,
            "requests": sum(part["requests"] for part in parts),
            "put_off": _added([part["put_off"] for part in parts]),
            "planned": sum(part["planned"] for part in parts),
            "complete": all(part["complete"] for part in parts),
            "stopped_because": reasons[0] if reasons else None,
            "fail_on": fail_on,
            "exit_code": 0,
        },
        "selftest": dict(score) if score is not None else None,
        "summary": summary,
        "clauses": clauses,
        "undocumented": undocumented,
        "created": created,
        "exchanges": [e for e in exchanges if e["id"] in named or e["id"] <= MOST_EXCHANGES],
    }
    failing = any(
        clause["verdict"] in fail_on and not clause["soft"] and not clause["waived"]
        for clause in clauses
    )
    judged = sum(summary[verdict] for verdict in ("upheld", "violated", "lenient", "strict"))
    model["run"]["exit_code"] = 1 if failing else 0 if judged else 5
    return model


def _added(parts: list[Mapping[str, Any] | None]) -> dict[str, Any] | None:
    """How often a target asked for patience in all parts; None where one does not know."""
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    return {
        "times": sum(part["times"] for part in known),
        "seconds": round(sum(part["seconds"] for part in known), 3),
    }


def _apply_waivers(clauses: list[dict[str, Any]], waivers: Iterable[Waiver], today: date) -> None:
    for clause in clauses:
        waiver, lapsed = waiver_for(waivers, clause["id"], clause["verdict"], today)
        if waiver is not None:
            clause["waived"] = {
                "reason": waiver.reason,
                "owner": waiver.owner,
                "expires": waiver.expires.isoformat(),
            }
        elif lapsed is not None:
            clause["message"] += f" (a waiver for it expired on {lapsed.expires})"


def to_undo_of(thing: ToUndo, path: Mapping[str, str], mask: Mask) -> dict[str, Any]:
    """What takes one thing back; sensitive path parameters stand by their name in its URL. JSON."""
    shown = asdict(thing)
    for name, value in path.items():
        if mask.hides(name) and value:
            shown["url"] = shown["url"].replace(quote(value, safe=""), f"{{{name}}}")
    return shown


def _masked(text: str | None, mask: Mask) -> str | None:
    return mask.text(text) if text is not None else None


def clause_of(ruling: Ruling, mask: Mask) -> dict[str, Any]:
    """One clause as a report has it. JSON."""
    clause = ruling.clause
    evidence = []
    for item in ruling.evidence:
        shown: dict[str, Any] = {"exchange": item.exchange}
        if item.note is not None and item.note not in ruling.message:
            shown["note"] = mask.text(item.note)
        if item.value is not None:
            shown["value"] = mask.value(item.value)
        evidence.append(shown)
    source = clause.source
    return {
        "id": clause.id,
        "operation": clause.operation,
        "part": clause.part,
        "group": clause.group,
        "pointer": clause.pointer,
        "keyword": clause.keyword,
        "promise": clause.promise,
        "documented": clause.documented,
        "verdict": ruling.verdict,
        "message": mask.text(ruling.message),
        "soft": ruling.soft,
        "source": {"file": source.file, "line": source.line} if source else None,
        "exercised": ruling.exercised,
        "waived": None,
        "evidence": evidence,
    }


def exchange_of(entry: Entry, campaign: Campaign, mask: Mask) -> dict[str, Any]:
    """One exchange as a report has it, everything masked. JSON."""
    request, response = entry.exchange.request, entry.exchange.response
    variables = secrets_of(campaign.settings, campaign.pack.token_variable)
    reply = None
    if response is not None:
        reply = {
            "status": response.status,
            "reason": _reason(response.status),
            "headers": mask.headers(response.headers),
            "body": _shortened(mask.body(response.content.decode("utf-8", "backslashreplace"))),
            "bytes": len(response.content),
            "truncated": response.cut is not None,
            "seconds": round(response.seconds, 4),
        }
    sent = request.content.decode("utf-8", "backslashreplace") if request.content else None
    started = entry.exchange.started
    return {
        "id": entry.id,
        "operation": entry.case.operation,
        "case": mask.text(f"{entry.case.id}: {entry.case.label}"),
        "expect": entry.case.expect,
        "after": list(entry.after),
        "outcome": entry.outcome,
        "started": started.isoformat(timespec="milliseconds") if started else None,
        "request": {
            "method": request.method,
            "url": mask.text(request.url),
            "headers": mask.headers(request.headers),
            "body": mask.body(sent) if sent is not None else None,
        },
        "response": reply,
        "failure": _masked(entry.exchange.failure, mask),
        "curl": curl_for(entry, campaign.ledger.entries, variables, mask),
    }


def _reason(status: int) -> str:
    from http import HTTPStatus

    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _shortened(text: str) -> str:
    if len(text) <= LONGEST_BODY:
        return text
    return f"{text[:LONGEST_BODY]}\n… {len(text) - LONGEST_BODY} more characters"
