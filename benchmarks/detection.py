"""How many faults Clausewise and Schemathesis notice and name, on the same server.

The faults are the ones that `clausewise selftest` derives from the contract: a sample of as many
of each kind, the same every time. Each run is a process of its own against a fresh mock with one
fault in it. Rules that no schema can say are left out, as Schemathesis could not know them. What
is left still favours Clausewise: a refusal or a crash waits for a value, or a pair of values, of
its own plan. `not met` counts the faults that no request of a tool set off.

Schemathesis gets the best document and settings that we could find. The document has every `$ref`
put in place, and each schema bound to its direction; the rule between two members of the start
request is part of its schema. Refusals are documented as 4XX, links lead from a start to what can
be done with its recording, and the examples of ids are those of a recording that is there. A
configuration file has the account and the app. Without this it has more false alarms, and reaches
less.

What a tool also reports of the conforming server is a false alarm and counts for no fault, and
neither does a report about a fault that no request met. A fault is noticed when something is left.
It is named, for Clausewise, when a finding has the broken clause; for Schemathesis by `names`.
"""

from __future__ import annotations

import argparse
import json
import logging
import multiprocessing
import os
import platform
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from copy import deepcopy
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.executor import versions
from benchmarks.server import OPERATION, PACK, Counted
from clausewise.contract import Clause, Parameter
from clausewise.mock import running
from clausewise.pack import Pack, find_pack
from clausewise.plan.plan import make_plan
from clausewise.record.policy import DEVIATIONS
from clausewise.selftest import Fault, Faulty
from clausewise.selftest.deriving import derive
from clausewise.selftest.fault import KINDS

NEEDED = ("clausewise", "httpx", "hypothesis", "pytest", "uvicorn")
TOOLS = ("clausewise", "clausewise, default", "schemathesis", "schemathesis, coverage")
SCOPES = ("one", "six")
PATIENCE = 240.0
# The recording that is there before a run belongs to it.
MEETING = "3b1f6f0a-52c7-4a86-9d0e-7c5f1f0b2ad4"
# What a reply has to break for Schemathesis to report one of these.
_BY_KEYWORD = {
    "auth": {"IgnoredAuth"},
    "json": {"MalformedJson", "ContentDeserializationError"},
    "media-type": {"MissingContentType", "MalformedMediaType", "UndefinedContentType"},
    "status": {"ServerError", "UndefinedStatusCode"},
}
_FEW = 3

Key = tuple[str, str, str]


@dataclass(frozen=True)
class Finding:
    """What a tool reports: where, of what type, in which words.

    `key` tells a false alarm apart. `request` has the names of what was sent, when it was little.
    """

    operation: str
    type: str
    text: str
    request: tuple[str, ...] = ()

    @property
    def key(self) -> Key:
        """Operation, type and kind of message."""
        return self.operation, self.type, self.text.partition("\n")[0]


@dataclass(frozen=True)
class Ran:
    """One process. `applied` is how many replies the fault changed."""

    seconds: float
    requests: int
    code: int | None
    applied: int
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Outcome:
    """What one tool made of one fault."""

    tool: str
    scope: str
    kind: str
    fault: str
    met: bool
    noticed: bool
    named: bool
    timed_out: bool
    seconds: float
    requests: int
    said: tuple[str, ...]


@dataclass(frozen=True)
class Calm:
    """Runs against the conforming server: medians, and all false alarms."""

    tool: str
    scope: str
    seconds: float
    requests: int
    false_alarms: tuple[Key, ...]


def document(pack: Pack, recording: str, scope: str) -> dict[str, Any]:
    """The contract as one OpenAPI document without `$ref`; links only where all is tested."""
    examples = {**pack.path_values, "recording_id": recording, "meeting_id": MEETING}
    paths: dict[str, dict[str, Any]] = {}
    for operation in pack.contract.operations.values():
        node: dict[str, Any] = {
            "operationId": operation.id,
            "parameters": [_parameter(p, examples) for p in operation.parameters],
            "responses": {
                part: {
                    "description": part,
                    "content": {
                        content.media_range: {"schema": content.message.schema.document}
                        for content in reply.contents
                    },
                }
                for part, reply in operation.replies.items()
            },
        }
        if operation.body is not None:
            body = deepcopy(operation.body.schema.document)
            rules = [rule.body for rule in pack.contract.rules_of(operation.id) if rule.body]
            if rules:
                body["allOf"] = [*body.get("allOf", []), *rules]
            content = {one.media_range: {"schema": body} for one in operation.contents}
            node["requestBody"] = {"required": operation.body_required, "content": content}
        paths.setdefault(operation.path, {})[operation.method.lower()] = node
    for source, links in _links().items() if scope == "six" else ():
        operation = pack.contract.operations[source]
        paths[operation.path][operation.method.lower()]["responses"]["200"]["links"] = links
    scheme = {"type": "http", "scheme": "bearer"}
    return {
        "openapi": "3.1.0",
        "info": {"title": pack.contract.name, "version": pack.contract.version},
        "security": [{"token": []}],
        "paths": paths,
        "components": {"securitySchemes": {"token": scheme}},
    }


def _parameter(parameter: Parameter, examples: dict[str, Any]) -> dict[str, Any]:
    schema = dict(parameter.message.schema.document)
    if schema.get("type") == "array":
        schema["minItems"] = 1  # an empty one has no written form
    told: dict[str, Any] = {
        "name": parameter.name,
        "in": parameter.location,
        "required": parameter.message.required,
        "style": parameter.style,
        "explode": parameter.explode,
        "schema": schema,
    }
    if parameter.allow_empty:
        told["allowEmptyValue"] = True
    if parameter.location == "path":
        schema.pop("examples", None)
        told["example"] = examples[parameter.name]
    return told


def _links() -> dict[str, dict[str, Any]]:
    def link(operation: str, **given: str) -> dict[str, Any]:
        same = {f"path.{name}": f"$request.path.{name}" for name in ("account_id", "app_id")}
        given = {f"path.{name}": value for name, value in given.items()}
        return {"operationId": operation, "parameters": {**same, **given}}

    started, tracked = "$response.body#/data/id", "$response.body#/data/recording/id"
    return {
        "start_recording": {
            "look": link("get_one_recording", recording_id=started),
            "act": link("pause_resume_stop_recording", recording_id=started),
            "active": link("get_active_recording", meeting_id="$request.body#/meeting_id"),
            "list": link("get_all_recordings"),
        },
        "startTrackRecordingForAMeeting": {"look": link("get_one_recording", recording_id=tracked)},
    }


def _token(pack: Pack) -> str:
    assert pack.credential is not None
    return f"Bearer {pack.credential.stand_in}"


def _recording(pack: Pack, mock: Any) -> str:
    """Start a recording before the run."""
    operation = pack.contract.operations[OPERATION]
    headers = {"authorization": _token(pack), "content-type": "application/json"}
    path = operation.path.format(**pack.path_values)
    body = json.dumps({"meeting_id": MEETING}).encode()
    told = json.loads(mock.answer(operation.method, path, "", headers, body)[2])
    return str(told["data"]["id"])


def command(tool: str, scope: str, pack: Pack, url: str, peer: str) -> list[str]:
    """What is run, in a folder with `openapi.json` and `schemathesis.toml`."""
    if tool.startswith("clausewise"):
        only = ["-k", OPERATION] if scope == "one" else []
        examples = [] if tool.endswith("default") else ["--examples", "0"]
        started = [sys.executable, "-m", "clausewise", "run", "--pack", PACK, "--base-url", url]
        return [*started, "--report-dir", "reports", *examples, *only]
    only = ["--include-operation-id", OPERATION] if scope == "one" else []
    phases = ["--phases", "coverage"] if tool.endswith("coverage") else []
    return [
        peer, "run", "openapi.json", "--url", url, "-H", f"Authorization: {_token(pack)}",
        "--seed", "1", "--no-color", "--report", "ndjson", "--report-ndjson-path", "told.ndjson",
        *phases, *only,
    ]  # fmt: skip


def run(tool: str, scope: str, pack: Pack, fault: Fault | None, peer: str) -> Ran:
    """One run of one tool on a server of its own."""
    mock = pack.mock()
    recording = _recording(pack, mock)
    faulty = Faulty(mock, pack.contract, [fault] if fault else [])
    counted = Counted(faulty)
    with tempfile.TemporaryDirectory() as name, running(counted) as url:
        folder = Path(name)
        (folder / "openapi.json").write_text(json.dumps(document(pack, recording, scope)))
        fixed = [f'"path.{key}" = "{value}"\n' for key, value in pack.path_values.items()]
        (folder / "schemathesis.toml").write_text("".join(["[parameters]\n", *fixed]))
        start = time.perf_counter()
        code = _process(command(tool, scope, pack, url, peer), folder)
        seconds = time.perf_counter() - start
        if counted.asked == 0:
            raise RuntimeError(f"{tool} sent nothing:\n{(folder / 'output').read_text()}")
        told = _clausewise if tool.startswith("clausewise") else _schemathesis
        findings = tuple(dict.fromkeys(told(pack, folder, code)))
    applied = faulty.applied[fault.name] if fault else 0
    return Ran(seconds, counted.asked, code, applied, findings)


def _process(arguments: list[str], folder: Path) -> int | None:
    """The exit code, or None after a time-out."""
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    with (folder / "output").open("wb") as output:
        try:
            done = subprocess.run(
                arguments, cwd=folder, env=kept, stdout=output, stderr=output, timeout=PATIENCE
            )
        except subprocess.TimeoutExpired:
            return None
    return done.returncode


def _clausewise(pack: Pack, folder: Path, code: int | None) -> Iterator[Finding]:
    report = folder / "reports" / "conformance.json"
    if not report.exists():
        if code:
            yield Finding("", "the target as a whole", (folder / "output").read_text())
        return
    for clause in json.loads(report.read_text("utf-8"))["clauses"]:
        known = pack.contract.clauses.get(clause["id"])
        if clause["verdict"] in DEVIATIONS:
            soft = "soft" if known is not None and known.soft else clause["verdict"]
            yield Finding(clause["operation"] or "", soft, clause["id"])


def _schemathesis(pack: Pack, folder: Path, code: int | None) -> Iterator[Finding]:
    operations = {f"{o.method} {o.path}": o.id for o in pack.contract.operations.values()}
    report = folder / "told.ndjson"
    if code not in (1, None) or not report.exists():
        return
    for line in report.read_text("utf-8").splitlines():
        try:
            (event, told), *_ = json.loads(line).items()
        except ValueError:  # cut by a time-out
            continue
        if event == "NonFatalError":
            label = told.get("label", "")
            yield Finding(operations.get(label, label), "error", json.dumps(told.get("value")))
        if event != "ScenarioFinished":
            continue
        recorder = told["recorder"]
        for case, checks in recorder.get("checks", {}).items():
            for check in checks:
                if check["status"] != "failure" or not check.get("failure_info"):
                    continue
                failure = check["failure_info"]["failure"]
                sent = recorder["cases"].get(case, {}).get("value", {})
                label = failure["operation"]
                yield Finding(
                    operations.get(label, label),
                    failure["type"],
                    f"{failure['message']}\n{failure['title']}",
                    _few_names(sent),
                )


def _few_names(sent: dict[str, Any]) -> tuple[str, ...]:
    """The names in a body or a query that holds few of them, else nothing."""
    names = [*_names(sent.get("body")), *_names(sent.get("query"))]
    return tuple(names) if len(names) <= _FEW else ()


def _names(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inside in value.items():
            yield name
            yield from _names(inside)
    elif isinstance(value, list):
        for inside in value:
            yield from _names(inside)


def names(finding: Finding, fault: Fault, clause: Clause) -> bool:
    """Whether a failure of Schemathesis tells what is broken.

    It is about the operation that is broken. Of a clause about a member: the member's name stands
    in the message as a whole word, schema and quoted part of the reply included; or what was
    refused or crashed on has no more than three names, the member's among them. Of a clause about
    the whole: the type of the failure says it, or for a body that has to be there, to be JSON or
    to be of a media type, that wrong data was accepted. For a crash, as for Clausewise, a server
    error of the operation is enough.
    """
    if finding.operation != fault.operation:
        return False
    member = next(
        (step for step in reversed((clause.pointer or "").split("/")) if step not in ("", "*")), ""
    )
    if member and clause.keyword != "status":
        word = re.search(rf"(?<!\w){re.escape(member)}(?!\w)", finding.text)
        return word is not None or member in finding.request
    if clause.part == "request":
        return finding.type == "AcceptedNegativeData"
    if clause.pointer is not None:
        # The body as a whole.
        return finding.type == "JsonSchemaError"
    return finding.type in _BY_KEYWORD.get(clause.keyword, ())


def judged(tool: str, scope: str, pack: Pack, fault: Fault, ran: Ran, alarms: set[Key]) -> Outcome:
    """What a run says of a fault."""
    found = [finding for finding in ran.findings if finding.key not in alarms]
    if not ran.applied:
        found = []
    if tool.startswith("clausewise"):
        named = any(finding.text in fault.clauses for finding in found)
        noticed = named or any(finding.type != "soft" for finding in found)
    else:
        broken = [pack.contract.clauses[clause] for clause in fault.clauses]
        named = any(names(finding, fault, clause) for finding in found for clause in broken)
        noticed = bool(found)
    return Outcome(
        tool,
        scope,
        fault.kind,
        fault.name,
        bool(ran.applied),
        noticed,
        named,
        ran.code is None,
        round(ran.seconds, 2),
        ran.requests,
        tuple(" | ".join(finding.key)[:300] for finding in found[:5]),
    )


def sampled(faults: list[Fault], each: int, scope: str) -> list[Fault]:
    """As many of each kind, the same every time."""
    chance = random.Random(0)  # noqa: S311  # a choice of tests is no secret
    chosen: list[Fault] = []
    for kind in KINDS:
        of_kind = [
            f for f in faults if f.kind == kind and (scope == "six" or f.operation == OPERATION)
        ]
        if kind != "rule":
            chosen += chance.sample(of_kind, min(each, len(of_kind)))
    return chosen


_KEPT: dict[str, Any] = {}


def _prepare() -> None:
    # Uvicorn warns of each request that is no HTTP; some contenders send such.
    logging.disable(logging.WARNING)
    pack = find_pack(PACK)
    faults = derive(pack, make_plan(pack, examples=0))
    _KEPT.update(pack=pack, faults={fault.name: fault for fault in faults})


def _judge(task: tuple[str, str, str, str, set[Key]]) -> Outcome:
    tool, scope, name, peer, alarms = task
    pack, fault = _KEPT["pack"], _KEPT["faults"][name]
    return judged(tool, scope, pack, fault, run(tool, scope, pack, fault, peer), alarms)


def calm(tool: str, scope: str, pack: Pack, peer: str, rounds: int) -> Calm:
    """Runs against the conforming server, one at a time."""
    if tool.startswith("clausewise"):
        run(tool, scope, pack, None, peer)  # for caches and byte code
    taken = [run(tool, scope, pack, None, peer) for _ in range(rounds)]
    return Calm(
        tool,
        scope,
        round(statistics.median(ran.seconds for ran in taken), 2),
        int(statistics.median(ran.requests for ran in taken)),
        tuple(sorted({finding.key for ran in taken for finding in ran.findings})),
    )


def measure(
    peer: str, each: int, rounds: int, jobs: int, scopes: tuple[str, ...]
) -> tuple[list[Calm], list[Outcome]]:
    """All runs: those without a fault one at a time, those with one `jobs` at a time."""
    _prepare()
    pack, faults = _KEPT["pack"], list(_KEPT["faults"].values())
    calms = [calm(tool, scope, pack, peer, rounds) for scope in scopes for tool in TOOLS]
    tasks = [
        (told.tool, told.scope, fault.name, peer, set(told.false_alarms))
        for told in calms
        for fault in sampled(faults, each, told.scope)
    ]
    outcomes: list[Outcome] = []
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=spawn, initializer=_prepare) as pool:
        for outcome in pool.map(_judge, tasks):
            outcomes.append(outcome)
            print(f"\r{len(outcomes)} of {len(tasks)} runs", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return calms, outcomes


def table(calms: list[Calm], outcomes: list[Outcome]) -> Iterator[str]:
    """The results as text: one table of all, one by kind."""
    for scope in dict.fromkeys(told.scope for told in calms):
        mine = [outcome for outcome in outcomes if outcome.scope == scope]
        count = len({outcome.fault for outcome in mine})
        title = f"{OPERATION} alone" if scope == "one" else "all six operations"
        yield f"{title}: {count} faults"
        yield (f"{'':24} noticed  named  not met  timed out  false alarms  requests     time")
        for told in (told for told in calms if told.scope == scope):
            own = [outcome for outcome in mine if outcome.tool == told.tool]
            yield (
                f"{told.tool:24} {sum(o.noticed for o in own):7} {sum(o.named for o in own):6}"
                f" {sum(not o.met for o in own):8} {sum(o.timed_out for o in own):10}"
                f" {len(told.false_alarms):13} {told.requests:9} {told.seconds:6.1f} s"
            )
        yield ""
        kinds = list(dict.fromkeys(outcome.kind for outcome in mine))
        yield f"{'noticed/named of':24} " + " ".join(f"{kind:>10}" for kind in kinds)
        for tool in dict.fromkeys(outcome.tool for outcome in mine):
            cells = []
            for kind in kinds:
                own = [o for o in mine if o.tool == tool and o.kind == kind]
                told_of = f"{sum(o.noticed for o in own)}/{sum(o.named for o in own)}"
                cells.append(f"{told_of + ' of ' + str(len(own)):>10}")
            yield f"{tool:24} " + " ".join(cells)
        yield ""


def missed(outcomes: list[Outcome]) -> Iterator[str]:
    """The faults that some run of Schemathesis noticed and Clausewise did not."""
    by_fault: dict[tuple[str, str], dict[str, Outcome]] = {}
    for outcome in outcomes:
        by_fault.setdefault((outcome.scope, outcome.fault), {})[outcome.tool] = outcome
    for (scope, fault), told in by_fault.items():
        theirs = [tool for tool in TOOLS if tool.startswith("schemathesis") and told[tool].noticed]
        if theirs and not told["clausewise"].noticed:
            yield f"noticed by {theirs[0]} alone ({scope}): {fault}"


def _version(peer: str) -> str:
    said = subprocess.run([peer, "--version"], capture_output=True, text=True, check=True)
    return said.stdout.split()[-1]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.detection", description=__doc__)
    parser.add_argument("--sample", type=int, default=2, help="faults of each kind (default: 2)")
    parser.add_argument("--rounds", type=int, default=2, help="runs without a fault (default: 2)")
    parser.add_argument("--jobs", type=int, default=2, help="runs with a fault at a time")
    parser.add_argument("--scope", choices=SCOPES, help="one operation or all six; without, both")
    parser.add_argument("--json", type=Path, metavar="FILE", help="every outcome, too")
    parser.add_argument(
        "--schemathesis",
        default="schemathesis",
        metavar="COMMAND",
        help="its command, best in an environment of its own: pytest loads its plugin too",
    )
    options = parser.parse_args()
    peer = options.schemathesis
    scopes = (options.scope,) if options.scope else SCOPES
    used = versions(NEEDED) | {"schemathesis": _version(peer)}
    about = {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": f"{os.cpu_count()} cores, {platform.system()}",
        "versions": used,
        "seconds_at_most": PATIENCE,
    }
    calms, outcomes = measure(peer, options.sample, options.rounds, options.jobs, scopes)
    print(f"{about['date']}, {about['machine']}")
    print(", ".join(f"{name} {number}" for name, number in used.items()))
    print(f"requests and time: medians of {options.rounds} runs on the conforming server")
    print(f"a run is stopped after {PATIENCE:.0f} s\n")
    print("\n".join([*table(calms, outcomes), *missed(outcomes)]))
    if options.json:
        told = {"calm": [asdict(c) for c in calms], "outcomes": [asdict(o) for o in outcomes]}
        options.json.write_text(json.dumps({**about, **told}, indent=1), "utf-8")


if __name__ == "__main__":
    main()
