"""Send the deciding requests of a report again: fixed, or still broken?"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from clausewise.campaign.session import open_target
from clausewise.commands.explain import find_clause
from clausewise.contract import Clause
from clausewise.errors import UsageError
from clausewise.exchange import Exchange, Request, Response
from clausewise.judge.replies import ReplyJudge
from clausewise.pack import Pack, find_pack
from clausewise.plan.bodies import look, put
from clausewise.plan.cases import encode
from clausewise.plan.plan import WRONG_TOKEN
from clausewise.plan.values import ABSENT
from clausewise.strict_json import NotJSON, parse
from clausewise.target.settings import Settings, resolve
from clausewise.target.target import Failed, Target

NAME = "replay"
HELP = "send the deciding requests of a report again"
DEVIATIONS = ("violated", "lenient", "strict")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("report", metavar="REPORT", help="a conformance.json")
    parser.add_argument("clause", nargs="?", metavar="CLAUSE_ID", help="only this clause")
    parser.add_argument("--pack", metavar="PATH|bundled:NAME", help="the contract")
    parser.add_argument("--profile", metavar="NAME", help="a profile of the pack")
    parser.add_argument("--base-url", metavar="URL", help="another target than the report's")
    parser.add_argument(
        "--header", action="append", default=[], metavar="'NAME: VALUE'", help="another header"
    )


def execute(options: argparse.Namespace) -> int:
    """Replay; gives 0 when all is fixed, 1 when something is still broken."""
    pack = find_pack(options.pack)
    model = _read(Path(options.report))
    base_url = options.base_url or (None if options.profile else model["target"]["base_url"])
    settings = resolve(
        pack, base_url=base_url, profile=options.profile, headers=tuple(options.header)
    )
    wanted = [c for c in model["clauses"] if c["verdict"] in DEVIATIONS and c["evidence"]]
    if options.clause is not None:
        find_clause(pack, options.clause)
        wanted = [c for c in wanted if c["id"] == options.clause]
        if not wanted:
            print(f"{options.clause} is no deviation in {options.report}: nothing to send again")
            return 0
    exchanges = {exchange["id"]: exchange for exchange in model["exchanges"]}
    target = open_target(pack, settings)
    try:
        broken = sum(
            _one(pack, settings, target, clause, exchanges) for clause in wanted
        )
    finally:
        target.close()
    print(f"{len(wanted) - broken} fixed, {broken} still broken")
    return 1 if broken else 0


def _read(path: Path) -> dict[str, Any]:
    try:
        model = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise UsageError(f"{path} is not a report: {error}") from error
    if not isinstance(model, dict) or model.get("tool", {}).get("name") != "clausewise":
        raise UsageError(f"{path} is not a report of clausewise")
    if model["schema_version"] != 1:
        raise UsageError(f"{path} has schema_version {model['schema_version']}, known is 1")
    return model


def _one(
    pack: Pack,
    settings: Settings,
    target: Target,
    found: Mapping[str, Any],
    exchanges: Mapping[int, Mapping[str, Any]],
) -> bool:
    """Replay one clause; whether it is still broken."""
    clause = find_clause(pack, found["id"])
    shown = [exchanges[e["exchange"]] for e in found["evidence"] if e["exchange"] in exchanges]
    if not shown:
        print(f"cannot say  {clause.id}: the report does not hold its exchange")
        return True
    resource = next(iter(pack.resources.values()), None)
    at = resource.members.get(clause.operation) if resource else None
    exchange = None
    for before in _steps_before(shown[0], exchanges, pack, clause):
        exchange = _send(pack, settings, target, before, at, fresh=exchange is None)
    exchange = _send(pack, settings, target, shown[0], at, fresh=exchange is None)
    still, seen = _judge(pack, clause, found["verdict"], shown[0], exchange)
    print(f"{'still broken' if still else 'fixed':12}  {clause.id}: {seen}")
    sys.stdout.flush()
    return still


def _steps_before(
    shown: Mapping[str, Any],
    exchanges: Mapping[int, Mapping[str, Any]],
    pack: Pack,
    clause: Clause,
) -> list[Mapping[str, Any]]:
    """The earlier requests of a rule with several steps: those about the same resource."""
    rule = pack.contract.rules.get(clause.keyword) if clause.part == "rule" else None
    resource = next(iter(pack.resources.values()), None)
    at = resource.members.get(clause.operation) if resource else None
    if rule is None or not rule.steps or at is None:
        return []
    wanted = look(_body(shown), at)
    return [
        earlier
        for number, earlier in sorted(exchanges.items())
        if number < shown["id"] and look(_body(earlier), at) == wanted and wanted is not ABSENT
    ]


def _body(shown: Mapping[str, Any]) -> Any:
    body = shown["request"]["body"]
    try:
        return parse(body.encode()) if body is not None else ABSENT
    except NotJSON:
        return ABSENT


_LAST: dict[str, str] = {}


def _send(
    pack: Pack,
    settings: Settings,
    target: Target,
    shown: Mapping[str, Any],
    at: str | None,
    *,
    fresh: bool,
) -> Exchange:
    """Send a recorded request again, about another resource so that the first run is not in the
    way.
    """
    from uuid import uuid4

    request = shown["request"]
    content = request["body"].encode() if request["body"] is not None else None
    body = _body(shown)
    if at is not None and isinstance(look(body, at), str) and _is_id(look(body, at)):
        if fresh:
            _LAST["id"] = str(uuid4())
        content = encode(put(body, at, _LAST["id"]))
    base = settings.base_url or "http://mock.invalid"
    url = base + _path(request["url"], shown, pack)
    headers = []
    for name, value in request["headers"]:
        if name.lower() == "authorization":
            made_up = WRONG_TOKEN in shown["curl"]
            value = f"Bearer {WRONG_TOKEN if made_up else settings.token}"
        headers.append((name, value))
    sent = Request(request["method"], url, tuple(headers), content)
    try:
        return Exchange(shown["operation"], sent, target.send(sent))
    except Failed as failure:
        return Exchange(shown["operation"], sent, None, failure.reason)


def _is_id(value: str) -> bool:
    from uuid import UUID

    try:
        UUID(value)
    except ValueError:
        return False
    return True


def _path(url: str, shown: Mapping[str, Any], pack: Pack) -> str:
    """The path of a recorded URL, from the operation's first segment on."""
    first = pack.contract.operations[shown["operation"]].path.split("{")[0]
    return url[url.index(first) :]


def _judge(
    pack: Pack,
    clause: Clause,
    verdict: str,
    shown: Mapping[str, Any],
    exchange: Exchange,
) -> tuple[bool, str]:
    """Whether the clause is still broken, and what was seen."""
    response: Response | None = exchange.response
    if response is None:
        return True, f"there was no reply: {exchange.failure}"
    if verdict == "violated":
        operation = pack.contract.operations[clause.operation]
        judgement = ReplyJudge(pack.contract, operation, pack.checks).judge(exchange)
        for breach in judgement.broken:
            if breach.clause == clause.id:
                return True, breach.message
        return False, f"answered {response.status}"
    accepted = 200 <= response.status < 300
    word = "accepted" if accepted else "refused"
    return (accepted if shown["expect"] == "refused" else not accepted), (
        f"{word} with {response.status}"
    )
