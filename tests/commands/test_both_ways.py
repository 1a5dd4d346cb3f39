"""Who drives a run makes no difference: the command itself, or pytest with an item a clause."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from clausewise.mock import running
from clausewise.pack import find_pack
from clausewise.plan.plan import make_plan
from clausewise.selftest.deriving import derive
from clausewise.selftest.fault import Fault
from clausewise.selftest.faulty import Faulty
from clausewise.suite.plain import are_plain

from ..conftest import REPOSITORY, Command, Result

# With an argument of pytest's, pytest drives.
BY_PYTEST = ("-p", "no:cacheprovider")
NUMBER = 20


def _twenty() -> list[Fault]:
    """Faults from the whole list, one of each stretch of it."""
    pack = find_pack(str(REPOSITORY))
    faults = derive(pack, make_plan(pack, examples=0))
    return [faults[place * len(faults) // NUMBER] for place in range(NUMBER)]


def _verdicts(result: Result) -> dict[str, tuple[str, bool]]:
    """The verdicts by clause; what a reply may leave out is kept or not shown, by its ids."""
    return {
        clause["id"]: ("kept" if _may_be_unseen(clause) else clause["verdict"], clause["soft"])
        for clause in result.model["clauses"]
    }


def _may_be_unseen(clause: dict[str, Any]) -> bool:
    quiet = clause["verdict"] in ("upheld", "unexercised")
    return quiet and clause["part"][:1].isdigit() and bool(clause["pointer"])


@pytest.mark.slow
def test_twenty_faults_get_the_same_verdicts_both_ways(command: Command) -> None:
    """Each fault is found alike: every clause has one verdict, and both runs end with one code."""
    pack = find_pack(str(REPOSITORY))
    faults = _twenty()
    assert len({fault.name for fault in faults}) == NUMBER
    found = 0
    for fault in faults:
        ended = []
        for words in ((), BY_PYTEST):
            with running(Faulty(pack.mock(), pack.contract, [fault])) as url:
                result = command("run", "--base-url", url, "--examples", "0", *words)
            ended.append((result.code, _verdicts(result)))
        assert ended[0] == ended[1], fault.name
        found += ended[0][0] == 1
    # Faults that no request of the plan sets off would compare nothing.
    assert found > NUMBER // 2


def test_a_run_is_the_same_both_ways(command: Command, broken: str) -> None:
    """Two faults: the same findings, exit code and kept report, whoever drives."""
    words = ("run", "--base-url", broken, "--examples", "0", "--include", "start_recording")
    ours, pytests = command(*words), command(*words, *BY_PYTEST)

    assert ours.code == pytests.code == 1
    assert ours.findings == pytests.findings != set()
    assert _verdicts(ours) == _verdicts(pytests)


def _small_pack(folder: Path, test: str) -> Path:
    """A pack of one operation, with a scenario."""
    pack = folder / "pack"
    tests = pack / "contract_tests"
    tests.mkdir(parents=True)
    (pack / "openapi.yaml").write_text(
        "openapi: 3.1.0\ninfo: {title: One, version: '1'}\npaths:\n  /a:\n    get:\n"
        "      operationId: a\n      responses: {'200': {description: fine}}\n"
    )
    (pack / "clausewise.yaml").write_text("contract: openapi.yaml\nmock: mock.py\n")
    (pack / "mock.py").write_text(
        "from starlette.applications import Starlette\n"
        "from starlette.responses import Response\n"
        "from starlette.routing import Route\n"
        "def create_app(pack):\n"
        "    return Starlette(routes=[Route('/a', lambda request: Response())])\n"
    )
    (tests / "test_clauses.py").write_text("raise RuntimeError('it was imported')\n")
    (tests / "test_played.py").write_text("import pathlib, sys, clausewise\n" + test)
    return pack


def test_only_scenarios_are_played_by_pytest(command: Command, tmp_path: Path) -> None:
    """One that takes a fixture is pytest's; what else stands there is not even imported."""
    pack = _small_pack(
        tmp_path,
        "@clausewise.scenario(requests=1)\n"
        "def test_it(scenario, tmp_path):\n"
        f"    pathlib.Path({str(tmp_path / 'played')!r}).touch()\n"
        "    scenario.send('a')\n"
        "def test_of_another_kind():\n"
        "    raise RuntimeError('it was played')\n",
    )

    result = command("run", "--pack", str(pack))

    assert result.code == 0, result.output + result.errors
    assert (tmp_path / "played").exists()
    assert result.verdicts["a:status"] == "upheld"


@pytest.mark.parametrize("ending", ["", "    raise KeyError('a bug of the test')\n"])
def test_a_plain_scenario_needs_no_pytest(command: Command, tmp_path: Path, ending: str) -> None:
    """A function of `scenario` alone is called without it; a bug in it fails the run, in words."""
    pack = _small_pack(
        tmp_path,
        "@clausewise.scenario(requests=1)\n"
        "def test_it(scenario):\n"
        "    print('nobody wants to read this')\n"
        f"    seen = pathlib.Path({str(tmp_path / 'seen')!r})\n"
        "    seen.write_text(f\"{'pytest' in sys.modules} {scenario.send('a').status}\")\n"
        + ending,
    )

    result = command("run", "--pack", str(pack))

    assert result.code == (1 if ending else 0), result.output + result.errors
    assert (tmp_path / "seen").read_text() == "False 200"
    assert "nobody wants" not in result.output + result.errors
    assert ("KeyError: 'a bug of the test'" in result.output) is bool(ending)
    assert result.verdicts["a:status"] == "upheld"


@pytest.mark.parametrize("selected", ["a:rule:R1", "a:status"])
def test_a_selection_of_clauses_is_one_of_scenarios(
    command: Command, tmp_path: Path, selected: str
) -> None:
    """A plain scenario is played without pytest where one of its rules is selected, and else not.

    The other way is the same: pytest leaves out what shows nothing that is selected.
    """
    seen = tmp_path / "seen"
    pack = _small_pack(
        tmp_path,
        "@clausewise.scenario('R1', requests=1)\n"
        "def test_it(scenario):\n"
        f"    pathlib.Path({str(seen)!r}).write_text(str('pytest' in sys.modules))\n"
        "    scenario.holds('R1', scenario.send('a'), True, '')\n",
    )
    with (pack / "clausewise.yaml").open("a") as settings:
        settings.write("rules: rules.yaml\n")
    (pack / "rules.yaml").write_text(
        "R1:\n  statement: All is well.\n  documented: here\n"
        "  operations: [a]\n  scenario: test_it\n"
    )

    result = command("run", "--pack", str(pack), "--include", selected)

    assert result.code == 0, result.output + result.errors
    played = selected.endswith("R1")
    assert seen.exists() is played
    assert not played or seen.read_text() == "False"
    assert result.verdicts[selected] == "upheld"


@pytest.mark.parametrize(
    ("test", "plain"),
    [
        ("@clausewise.scenario('R1', requests=2)\ndef test_it(scenario): pass\n", True),
        ("def helper(scenario, more): pass\nVALUE = {'a': 1}\n", True),
        ("@clausewise.scenario(requests=2)\ndef test_it(scenario, tmp_path): pass\n", False),
        ("@clausewise.scenario(requests=2)\ndef test_it(scenario):\n    assert scenario\n", False),
        ("import pytest\n@clausewise.scenario(requests=2)\ndef test_it(scenario): pass\n", False),
        ("class Test:\n    def test_it(self, scenario): pass\n", False),
        ("@other\n@clausewise.scenario(requests=2)\ndef test_it(scenario): pass\n", False),
        ("from .conftest import scenario\n", False),
        ("def test_it(scenario)", False),
    ],
)
def test_which_scenarios_are_plain(tmp_path: Path, test: str, plain: bool) -> None:
    """Whatever only pytest knows of makes a scenario pytest's."""
    pack = _small_pack(tmp_path, test)
    assert are_plain(pack / "contract_tests") is plain


def test_a_test_file_that_cannot_be_read_ends_with_4(command: Command, tmp_path: Path) -> None:
    """A scenario that is no Python is a mistake of its pack: it is quoted, nothing is judged."""
    pack = tmp_path / "pack"
    (pack / "contract_tests").mkdir(parents=True)
    shutil.copy(REPOSITORY / "clausewise.yaml", pack)
    for name in ("schemas", "rules", "strategies", "mock"):
        shutil.copytree(REPOSITORY / name, pack / name)
    (pack / "contract_tests" / "test_it.py").write_text("scenario = (\n")

    result = command("run", "--pack", str(pack), "--examples", "0")

    assert result.code == 4
    assert "SyntaxError" in result.output
    assert not (result.folder / "reports").exists()


def test_only_the_formats_that_are_asked_for_are_written(command: Command) -> None:
    """`--report html,json` writes two files and names them; a format that is none ends with 4."""
    words = ("run", "--examples", "0", "--include", "get_one_recording")
    result = command(*words, "--report", "html,json")
    files = {path.name for path in (result.folder / "reports").iterdir()}

    assert result.code == 0, result.output + result.errors
    assert files == {"conformance.html", "conformance.json"}
    assert "conformance.html, conformance.json" in result.output
    assert "conformance.sarif" not in result.output
    wrong = command(*words, "--report", "pdf")
    assert wrong.code == 4
    assert "'pdf' is no format of reports" in wrong.errors
