"""The rules file: what a rule says, and rules that say nothing sensible."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from clausewise import ContractError
from clausewise.contract import Contract, Step, load_contract

from .making import document, write

HEAD = "R1:\n  statement: Something.\n  operations: [send]\n"


def _load(root: Path, rules: str) -> Contract:
    reply = {"properties": {"key": {"type": "string", "writeOnly": True}}}
    write(root, {"openapi.yaml": yaml.safe_dump(document({}, reply)), "rules.yaml": rules})
    return load_contract(root, root / "openapi.yaml", root / "rules.yaml")


def test_all_that_a_rule_may_say(tmp_path: Path) -> None:
    """Every member of a rule is read, and its statement is one line."""
    rule = _load(
        tmp_path,
        """\
# a remark
R1:
  statement: >-
    Something that takes
    two lines.
  documented: O, G
  operations: [send]
  soft: true
  when: {required: [a]}
  then: {required: [b]}
  check: a_check
  body: {not: {required: [x]}}
  broken_by: [{x: 1}]
  steps:
  - {operation: send, expect: accepted}
  - {operation: send, expect: refused, over: {a: 1}}
  unobservable: Nobody sees it.
""",
    ).rules["R1"]
    assert rule.statement == "Something that takes two lines."
    assert (rule.documented, rule.operations, rule.soft) == ("O, G", ("send",), True)
    assert (rule.when, rule.then) == ({"required": ["a"]}, {"required": ["b"]})
    assert (rule.check, rule.unobservable) == ("a_check", "Nobody sees it.")
    assert (rule.body, rule.broken_by) == ({"not": {"required": ["x"]}}, ({"x": 1},))
    assert rule.steps == (Step("send", {}, True), Step("send", {"a": 1}, False))
    assert str(rule.source) == "rules.yaml:2"


def test_a_rule_is_a_clause(tmp_path: Path) -> None:
    """A rule is a clause of each operation that it is about, with its own line and text."""
    contract = _load(tmp_path, f"{HEAD}  documented: O\n  soft: true\n  then: {{}}\n")
    clause = contract.clauses["send:rule:R1"]
    assert list(contract.clauses)[-1] == "send:rule:R1"
    assert (clause.part, clause.group, clause.pointer) == ("rule", "rules", None)
    assert (clause.promise, clause.documented, clause.soft) == ("Something.", "O", True)
    assert str(clause.source) == "rules.yaml:1"
    assert [rule.id for rule in contract.rules_of("send")] == ["R1"]
    assert contract.rules_of("other") == []


def test_a_rule_for_a_keyword(tmp_path: Path) -> None:
    """A rule may take over the clauses of a keyword; answers then lead to the rule."""
    contract = _load(tmp_path, f"{HEAD}  keyword: writeOnly\n")
    assert "send:200#/key:writeOnly" not in contract.clauses
    assert contract.clause_id("send", "200", "/key", "writeOnly") == "send:rule:R1"
    assert contract.clause_id("send", "200", "/key", "type") == "send:200#/key:type"


def test_an_empty_file_has_no_rules(tmp_path: Path) -> None:
    """A rules file with nothing in it is no mistake."""
    assert _load(tmp_path, "# none yet\n").rules == {}


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("- R1\n", 1, "a rules file maps rule ids to rules"),
        ("R1: 5\n", 1, "rule R1 is not a mapping"),
        (f"{HEAD}  then: {{}}\n  thne: {{}}\n", 5, "rule R1 has 'thne'; known are body, broken_by"),
        ("R1:\n  operations: [send]\n  then: {}\n", 1, "rule R1 has no 'statement'"),
        ("R1:\n  statement: x\n  then: {}\n", 1, "rule R1 has no 'operations'"),
        (HEAD, 1, "rule R1 says nothing that can be checked: give one of then, check"),
        ("R1:\n  statement: x\n  operations: send\n  then: {}\n", 3, "`operations` is a list"),
        ("R1:\n  statement: x\n  operations: []\n  then: {}\n", 3, "is about no operation"),
        ("R1:\n  statement: x\n  operations: [gone]\n  then: {}\n", 3, "is about 'gone', which is"),
        (f"{HEAD}  then: {{type: strin}}\n", 4, "`then` is no JSON Schema at type: "),
        (f"{HEAD}  then: {{}}\n  when: 5\n", 5, "`when` is no JSON Schema"),
        (f"{HEAD}  body: {{$ref: other.yaml}}\n", 4, "`body` is no JSON Schema"),
        (f"{HEAD}  body: {{$ref: 'http://127.0.0.1:9/x'}}\n", 4, "is not fetched"),
        (f"{HEAD}  check: 5\n", 4, "`check` is the name of a function, not 5"),
        (f"{HEAD}  check: x\n  soft: maybe\n", 5, "`soft` is true or false, not 'maybe'"),
        (f"{HEAD}  body: {{}}\n  when: {{}}\n", 5, "has `when` without `then`, `check` or `fold`"),
        (f"{HEAD}  check: x\n  broken_by: [{{}}]\n", 5, "has `broken_by` without `body`"),
        (f"{HEAD}  body: {{}}\n  broken_by: {{a: 1}}\n", 5, "`broken_by` is a list"),
        (f"{HEAD}  steps: [{{expect: accepted}}]\n", 4, "every step names an `operation`"),
        (f"{HEAD}  steps: [{{operation: gone, expect: accepted}}]\n", 4, "every step names an"),
        (f"{HEAD}  steps: [{{operation: send, expect: ok}}]\n", 4, "every step has an `expect`"),
        (f"{HEAD}  steps: [send]\n", 4, "every step names an `operation`"),
        (f"{HEAD}  then: {{}}\n{HEAD}  then: {{}}\n", 5, "key 'R1' stands twice"),
    ],
)
def test_what_is_wrong_with_a_rule(tmp_path: Path, text: str, line: int, said: str) -> None:
    """A rule of the wrong form is refused with its line and what is wrong."""
    with pytest.raises(ContractError) as caught:
        _load(tmp_path, text)
    assert str(caught.value).startswith(f"rules.yaml:{line}: ")
    assert said in str(caught.value)
