"""Scenarios of a pack under pytest: what they send, what they show, and how they end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from clausewise.mock import running
from clausewise.pack import load_pack

from ..campaign.small import MOCK, Things, pack_of
from ..conftest import Command, Result

RULES = """
K1:
  statement: A thing that was looked at runs.
  operations: [look]
  scenario: test_passes
K2:
  statement: A thing has a nice name.
  operations: [make]
  soft: true
  scenario: test_is_odd
K3:
  statement: A thing that was paused is paused.
  operations: [act]
  scenario: test_gives_up
K4:
  statement: A thing that was stopped is gone.
  operations: [act, look]
  scenario: test_ends_badly
"""
HEAD = '''"""Things, one request after the other."""

import clausewise


def made(scenario):
    """A new thing."""
    reply = scenario.send("make", body={"slot": scenario.fresh("slot")})
    return {"thing_id": reply.must_be_accepted().at("/id")}

'''
PASSES = '''
@clausewise.scenario("K1", requests=6)
def test_passes(scenario):
    """Everything is as it should be."""
    thing = made(scenario)
    looked = scenario.poll("look", path=thing, until=lambda r: r.at("/state") == "RUNNING")
    assert looked.accepted and not looked.refused
    assert (looked.operation, looked.status) == ("look", 200)
    assert looked.body["state"] == "RUNNING" == looked.at("/state")
    assert looked.at("/nothing") is None
    scenario.holds("K1", looked, looked.at("/state") == "RUNNING", "it does not run")
    scenario.send("list", query={"per_page": 1})
    assert scenario.send("look", path=thing, query={"deep": True}).accepted
    assert scenario.send("act", path=thing, body={"action": "nothing"}).refused
'''
BREAKS = '''
@clausewise.scenario("K1", "K2", requests=3)
def test_breaks(scenario):
    """A hard rule is broken, and a soft one."""
    thing = made(scenario)
    looked = scenario.send("look", path=thing)
    assert scenario.holds("K1", looked, False, "it sleeps") is False
    scenario.holds("K1", looked, False, "it sleeps again")
'''
IS_ODD = '''
@clausewise.scenario("K2", requests=1)
def test_is_odd(scenario):
    """Only a soft rule is broken."""
    reply = scenario.send("make", body={"slot": scenario.fresh("slot")})
    scenario.holds("K2", reply, False, "its name is an id")
'''
GIVES_UP = '''
@clausewise.scenario("K1", "K3", requests=2)
def test_gives_up(scenario):
    """It cannot go on."""
    scenario.send("look", path=made(scenario))
    scenario.give_up("the moon is not full")
'''
ENDS_BADLY = '''
@clausewise.scenario("K4", requests=2)
def test_ends_badly(scenario):
    """The test itself is wrong."""
    reply = scenario.send("look", path=made(scenario))
    scenario.holds("K4", reply, True, "")
    {}["no such key"]
'''
IS_WRONG = '''
@clausewise.scenario(requests=1)
def test_is_wrong(scenario):
    """An assertion of the test's own does not hold."""
    assert made(scenario) is None, "that was to be expected"
'''
SENDS_TOO_MUCH = '''
@clausewise.scenario(requests=2)
def test_sends_too_much(scenario):
    """More requests than it declares."""
    thing = made(scenario)
    for _ in range(3):
        scenario.send("look", path=thing)
'''
CLAUSES = '''
@clausewise.clauses("list")
def test_list(clause):
    """Clauses of an operation, beside the scenarios."""
    clause.must_be_kept()


@clausewise.rule("K1")
@clausewise.rule("K2")
@clausewise.rule("K3")
@clausewise.rule("K4")
def test_rules(clause):
    """What the scenarios are to show."""
    clause.must_be_kept()
'''


def pack(root: Path, *parts: str, **settings: Any) -> Path:
    """The folder of a pack with a suite of these parts."""
    suite = HEAD + "\n".join(parts)
    made = pack_of(
        root / "pack", rules=RULES, tests={"test_things.py": suite}, mock=MOCK, **settings
    )
    return made.root


def by_hand(command: Command, root: Path, *words: str) -> Result:
    """The suite under pytest itself."""
    return command(str(root / "contract_tests"), "-rA", "-q", *words, module="pytest")


def outcomes(result: Result) -> dict[str, str]:
    """What became of each test item."""
    found = re.findall(r"^(PASSED|FAILED|XFAIL|ERROR) \S+::(\S+)", result.output, re.MULTILINE)
    found += re.findall(r"^(SKIPPED) \[\d+\] \S+?:\d+: (.+)$", result.output, re.MULTILINE)
    return {name.removesuffix("[scenario]"): outcome for outcome, name in found}


def messages(result: Result) -> dict[str, str]:
    """What the report says of each clause."""
    return {clause["id"]: clause["message"] for clause in result.model["clauses"]}


Asked = tuple[str, str, bytes, int]


@contextmanager
def served(root: Path) -> Iterator[tuple[str, list[Asked]]]:
    """The URL of the pack's service, and what it was asked and answered."""
    log: list[Asked] = []
    application = Things().application(load_pack(root))

    async def noting(scope: Any, receive: Any, send: Any) -> None:
        event = await receive()

        async def again() -> Any:
            return event

        async def answer(message: Any) -> None:
            if message["type"] == "http.response.start":
                body = event.get("body", b"")
                log.append((scope["method"], scope["path"], body, message["status"]))
            await send(message)

        await application(scope, again, answer)

    with running(noting) as url:
        yield url, log


def test_how_scenarios_end(command: Command, tmp_path: Path) -> None:
    """Each by itself: one that goes wrong is no matter of the others, nor of the clauses."""
    parts = (PASSES, BREAKS, IS_ODD, GIVES_UP, ENDS_BADLY, IS_WRONG, SENDS_TOO_MUCH, CLAUSES)
    result = by_hand(command, pack(tmp_path, *parts))

    assert result.code == 1, result.output + result.errors
    assert "INTERNALERROR" not in result.output
    found = outcomes(result)
    assert found["inconclusive: the moon is not full"] == "SKIPPED"
    assert {name: found.get(name) for name in SCENARIOS} == SCENARIOS
    assert all(found[name] == "PASSED" for name in found if name.startswith("test_list["))
    assert found["test_rules[look:rule:K1]"] == "FAILED"
    assert found["test_rules[make:rule:K2]"] == "XFAIL"
    assert found["test_rules[look:rule:K4]"] == "PASSED"
    # K3 and K4 of act: said to be inconclusive, each with the reason of its own scenario.
    said = messages(result)
    assert said["act:rule:K3"] == "test_gives_up could not go on: the moon is not full"
    assert (
        said["act:rule:K4"] == "test_ends_badly could not go on: its test did not come to its end"
    )
    assert result.verdicts["act:rule:K3"] == result.verdicts["act:rule:K4"] == "inconclusive"
    assert result.findings == {"look:rule:K1"}
    assert said["look:rule:K1"] == "it sleeps"
    # Of the test's own mistakes their own text is shown.
    assert "KeyError: 'no such key'" in result.output
    assert "AssertionError: that was to be expected" in result.output
    assert "test_sends_too_much sends more than the 2 requests that it declares" in result.output


SCENARIOS = {
    "test_passes": "PASSED",
    "test_breaks": "FAILED",
    "test_is_odd": "XFAIL",
    "test_ends_badly": "FAILED",
    "test_is_wrong": "FAILED",
    "test_sends_too_much": "FAILED",
}


def test_a_broken_rule_is_told_like_any_finding(command: Command, tmp_path: Path) -> None:
    """The promise, where it is written, what was seen, and lines to repeat it."""
    result = by_hand(command, pack(tmp_path, BREAKS))

    assert result.code == 1
    assert "violated: look:rule:K1" in result.output
    assert "promised: A thing that was looked at runs. (rules.yaml:2" in result.output
    assert "seen:     it sleeps" in result.output
    lines = [line for line in result.output.splitlines() if line.strip().startswith("repeat:")]
    assert "-X POST" in lines[0]
    assert "-X GET" in lines[0].partition("; ")[2]
    assert "def test_breaks" not in result.output, "a finding has no traceback"


@pytest.mark.parametrize(
    ("part", "code", "verdicts"),
    [
        (PASSES, 0, {"look:rule:K1": "upheld"}),
        (BREAKS, 1, {"look:rule:K1": "violated"}),
        (IS_ODD, 0, {"make:rule:K2": "violated"}),
        (GIVES_UP, 0, {"act:rule:K3": "inconclusive"}),
        (ENDS_BADLY, 1, {"look:rule:K4": "upheld"}),
    ],
)
def test_a_scenario_alone(
    command: Command, tmp_path: Path, part: str, code: int, verdicts: dict[str, str]
) -> None:
    """-k takes the plan away: what the scenario sends is all that is sent, and is judged."""
    name = part.partition("def ")[2].partition("(")[0]
    root = pack(tmp_path, part, CLAUSES)
    result = command("run", "--pack", str(root), "-k", name)

    assert result.code == code, result.output + result.errors
    asked = {exchange["case"].partition("/")[0] for exchange in result.model["exchanges"]}
    assert asked == {name}
    assert {clause: result.verdicts.get(clause) for clause in verdicts} == verdicts
    # Its exchanges are judged by everything else as well.
    assert result.verdicts["make:201#/id:required"] == "upheld"
    assert not any(clause.startswith("list:query") for clause in result.verdicts) or part == PASSES


def test_a_mistake_of_a_scenario_is_shown_by_the_command(command: Command, tmp_path: Path) -> None:
    """What is asked wrongly fails the one test, says why, and sends nothing."""
    wrong = {
        "test_no_operation": 'scenario.send("nothing")',
        "test_no_parameter": 'scenario.send("list", query={"page": 1})',
        "test_no_query": 'scenario.send("ping", query={"page": 1})',
        "test_no_form": 'scenario.send("list", query={"per_page": None})',
        "test_no_body": 'scenario.send("list", body={})',
        "test_no_query_beside": 'scenario.send("make", body={}, query={"page": 1})',
        "test_no_resource": 'scenario.fresh("nothing")',
        "test_no_rule": 'scenario.holds("K4", scenario.send("ping"), True, "")',
        "test_no_rule_of_it": 'scenario.holds("K1", scenario.send("ping"), True, "")',
    }
    mark = '@clausewise.scenario("K1", requests=1)'
    parts = [f"{mark}\ndef {name}(scenario):\n    {line}\n" for name, line in wrong.items()]
    result = by_hand(command, pack(tmp_path, *parts))

    assert result.code == 1, result.output
    assert outcomes(result) == dict.fromkeys(wrong, "FAILED")
    for told in (
        "no operation 'nothing' in the contract",
        "list: {'page': 1} is no query that its parameters could say",
        "ping: {'page': 1} is no query",
        "list: {'per_page': None} is no query",
        "list takes no body",
        "make: {'page': 1} is no query",
        "no resource 'nothing'; there are: slot",
        "does not declare that it may show K4",
        "rule K1 is not about ping",
    ):
        assert told in result.output, told
    # Two pings, and one to see what a path answers that is not in the contract.
    assert result.model["run"]["requests"] <= 3


def test_ids_in_paths(command: Command, tmp_path: Path) -> None:
    """A number is as good as a text; nothing to ask about ends the scenario without a finding."""
    numbers = '''
@clausewise.scenario(requests=3)
def test_numbers(scenario):
    """A note's id is a number in the path, and a text in the reply."""
    thing = made(scenario)
    written = scenario.send("write", path=thing, body={})
    note = scenario.send("read", path={"note_id": int(written.at("/id"))})
    assert note.at("/id") == written.at("/id")
'''
    nothing = '''
@clausewise.scenario("K1", requests=3)
def test_nothing_{0}(scenario):
    """There is no id."""
    made(scenario)
    scenario.send("look", path={{"thing_id": {0}}})
'''
    parts = [numbers, *(nothing.format(value) for value in ("None", "True"))]
    parts.append(nothing.format("None").replace("None", "''").replace("_''", "_empty"))
    result = by_hand(command, pack(tmp_path, *parts))

    assert result.code == 0, result.output
    assert outcomes(result) == {
        "test_numbers": "PASSED",
        "inconclusive: there is no thing_id to ask look about": "SKIPPED",
    }
    assert result.output.count("SKIPPED") == 3 or "SKIPPED [3]" in result.output


def test_a_target_that_is_not_there_ends_the_run_once(command: Command, tmp_path: Path) -> None:
    """Exit 6 and one paragraph, with a plan or without one; nothing is undone or tried again."""
    root = pack(tmp_path, PASSES, BREAKS, CLAUSES)
    for words in ([], ["-k", "test_passes or test_breaks"]):
        nowhere = ["--base-url", "http://127.0.0.1:9"]
        result = command("run", "--pack", str(root), *nowhere, *words)

        assert result.code == 6, result.output + result.errors
        assert result.errors.count("cannot be reached") == 1
        assert "Traceback" not in result.output + result.errors
        assert not list(result.folder.glob("reports/conformance.*"))
    result = by_hand(command, root, *nowhere, "-n", "2")
    assert result.code == 6
    assert "cannot be reached" in result.output + result.errors
    assert not list(result.folder.glob("reports/conformance.*"))


def test_a_path_without_a_value_has_one_made_up(command: Command, tmp_path: Path) -> None:
    """Where the pack names none, the schema's is sent; also from a worker."""
    clauses_alone = CLAUSES.partition("@clausewise.rule")[0].replace('"list"', '"look"')
    root = pack(tmp_path, clauses_alone, supplies={})
    for words in ([], ["-n", "2"]):
        result = by_hand(command, root, *words)
        assert result.code == 0, result.output
        assert result.verdicts["look:path#/thing_id:format"] == "upheld"
        assert "INTERNALERROR" not in result.output
        assert "internal error of clausewise" not in result.output


def test_scenarios_under_xdist(command: Command, tmp_path: Path) -> None:
    """One worker plays them and judges: as many requests as without, and one report."""
    root = pack(tmp_path, PASSES, IS_ODD, GIVES_UP, CLAUSES)
    with served(root) as (url, log):
        alone = by_hand(command, root, "--base-url", url)
        sent, before = len(log), alone.verdicts
        spread = by_hand(command, root, "--base-url", url, "-n", "2")
    assert alone.code == spread.code == 0, spread.output
    assert len(log) == 2 * sent
    assert spread.model["run"]["requests"] == alone.model["run"]["requests"]
    assert spread.verdicts == before


def test_collecting_sends_nothing(command: Command, tmp_path: Path) -> None:
    """--collect-only lists scenarios first, and asks the target nothing."""
    root = pack(tmp_path, CLAUSES, PASSES)
    with served(root) as (url, log):
        result = by_hand(command, root, "--base-url", url, "--collect-only")
    assert result.code == 0
    items = [line.partition("::")[2] for line in result.output.splitlines() if "::" in line]
    assert items[0] == "test_passes[scenario]"
    assert len(items) > 5
    assert log == []
    assert not list(result.folder.glob("reports/conformance.*"))


def test_scenarios_come_before_the_plan(command: Command, tmp_path: Path) -> None:
    """But for the first request of all, which says whether the target can be judged."""
    root = pack(tmp_path, CLAUSES, PASSES, BREAKS)
    result = by_hand(command, root)
    cases = [exchange["case"] for exchange in result.model["exchanges"]]
    played = [index for index, case in enumerate(cases) if case.startswith("test_")]
    assert played == list(range(1, len(played) + 1))
    assert cases[0].startswith("make/000")
    assert len(cases) > len(played) + 1


@pytest.mark.parametrize("part", [PASSES, GIVES_UP, ENDS_BADLY, BREAKS])
def test_what_a_scenario_made_is_undone_before_the_plan(
    command: Command, tmp_path: Path, part: str
) -> None:
    """However it ends: the plan may need the very resource that the scenario held."""
    slot = "97440c6a-140b-40a9-9499-b23fd7a3868f"
    profiles = {"one": {"base_url": "${URL}", "resources": {"slot": [slot]}}}
    clauses = CLAUSES.replace('"list"', '"make"')
    root = pack(tmp_path, part, clauses, profiles=profiles)
    with served(root) as (url, log):
        words = ["--pack", str(root), "--profile", "one", "--examples", "0"]
        result = command("run", *words, URL=url)
    assert result.code in (0, 1), result.output + result.errors
    held = False
    for method, path, body, status in log:
        if (method, path, status) == ("POST", "/things", 201):
            assert not held, "two things in one slot"
            assert slot.encode() in body
            held = True
        elif b'"action":"stop"' in body and status == 200:
            held = False
    assert not held
    created = result.model["created"]
    # Notes have nothing that would take them back, and the thing around them goes.
    assert all("/notes: the contract has no DELETE of it" in left for left in created["left_over"])
    assert created["started"] == created["undone"] + len(created["left_over"])
    assert created["undone"] > 1


def test_a_skipped_scenario_keeps_nobody_waiting(command: Command, tmp_path: Path) -> None:
    """The plan is carried out all the same; what the scenario was to show is unexercised."""
    skipped = PASSES.replace("@clausewise", '@__import__("pytest").mark.skip\n@clausewise', 1)
    result = by_hand(command, pack(tmp_path, skipped, CLAUSES))
    assert result.code == 0, result.output
    assert result.verdicts["list:served"] == "upheld"
    assert result.verdicts["look:rule:K1"] == "unexercised"


def test_the_first_failure_ends_the_run(command: Command, tmp_path: Path) -> None:
    """-x after a broken rule: the report is there, the plan is not carried out."""
    root = pack(tmp_path, BREAKS, CLAUSES)
    result = by_hand(command, root, "-x")
    assert result.code == 1
    assert result.findings == {"look:rule:K1"}
    assert result.model["run"]["stopped_because"] == "the run was stopped"
    assert result.model["run"]["requests"] < 8


def test_a_budget_leaves_room_for_scenarios(command: Command, tmp_path: Path) -> None:
    """They count in the one budget, and the plan is shortened to what they leave."""
    root = pack(tmp_path, PASSES, CLAUSES)
    result = command("run", "--pack", str(root), "--max-requests", "9", "--examples", "0")
    assert result.code == 0, result.output
    assert result.model["run"]["requests"] <= 9
    assert result.verdicts["look:rule:K1"] == "upheld"
    assert result.verdicts["list:served"] == "upheld"
    assert any("the budget of 9 requests is used up" in said for said in messages(result).values())


def test_a_waived_rule_does_not_fail(command: Command, tmp_path: Path) -> None:
    """Nor one of a verdict that --fail-on leaves out: the scenario is an expected failure."""
    waiver = {"clause": "look:rule:K1", "verdict": "violated", "reason": "known", "owner": "qa"}
    waived = pack(tmp_path / "a", BREAKS, waivers=[{**waiver, "expires": "2999-12-31"}])
    result = by_hand(command, waived)
    assert result.code == 0, result.output
    assert outcomes(result) == {"test_breaks": "XFAIL"}
    result = by_hand(command, pack(tmp_path / "b", BREAKS), "--fail-on", "lenient")
    assert result.code == 0, result.output
    assert outcomes(result) == {"test_breaks": "XFAIL"}


@pytest.mark.parametrize(("operation", "code"), [("make", 0), ("look", 1)])
def test_a_rule_of_an_operation_that_is_not_judged(
    command: Command, tmp_path: Path, operation: str, code: int
) -> None:
    """What a scenario breaks of an operation that was left out is no finding, and fails no run."""
    root = pack(tmp_path, BREAKS, CLAUSES)
    result = command("run", "--pack", str(root), "--include", operation, "--examples", "0")
    assert (result.code, bool(result.findings)) == (code, bool(code)), result.output


def test_the_plan_lists_scenarios(command: Command, tmp_path: Path) -> None:
    """With the most requests that each may send, and the rules that it may show."""
    result = command("plan", "--counts", "--pack", str(pack(tmp_path, PASSES, BREAKS)))
    assert "at most 6 in the scenario test_passes (K1)" in result.output
    assert "at most 3 in the scenario test_breaks (K1, K2)" in result.output


def test_replaying_what_only_a_scenario_shows(command: Command, tmp_path: Path) -> None:
    """Its requests are sent again; whether the rule holds now is not for them to say."""
    root = pack(tmp_path, BREAKS)
    by_hand(command, root)
    result = command("replay", "reports/conformance.json", "--pack", str(root))
    assert result.code == 1
    assert "cannot say" in result.output
    assert "what it shows is for test_breaks to say" in result.output
    assert "fixed  look:rule:K1" not in result.output


def test_two_scenarios_of_one_name(command: Command, tmp_path: Path) -> None:
    """In two files, or of several values: each has resources and findings of its own."""
    twice = BREAKS.replace("def test_breaks(scenario)", "def test_passes(scenario, _n)").replace(
        "@clausewise", '@__import__("pytest").mark.parametrize("_n", [1, 2])\n@clausewise', 1
    )
    root = pack(tmp_path, PASSES)
    (root / "contract_tests" / "test_others.py").write_text(HEAD + twice, "utf-8")
    result = by_hand(command, root)

    assert result.code == 1
    assert "1 passed" in result.output
    assert "2 failed" in result.output
    slots = [
        e["request"]["body"]["text"] for e in result.model["exchanges"] if e["operation"] == "make"
    ]
    assert len(slots) == len(set(slots)) == 3
