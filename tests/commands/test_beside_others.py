"""Plain pytest in projects that have other plugins, other tests, and other fixtures."""

from __future__ import annotations

from pathlib import Path

import pytest

from clausewise.mock import running

from ..campaign.small import SHORT_NAMES, Things, pack_of
from ..conftest import REPOSITORY, Command

SUITE = str(REPOSITORY / "contract_tests")
# What these plugins declare (pytest-base-url 2.1, pytest-playwright 0.7, pytest-profiling 1.8).
BASE_URL = '''
import pytest


def pytest_addoption(parser):
    parser.addini("base_url", help="base url for the application under test.")
    parser.addoption("--base-url", metavar="url", default=None, help="base url")


def pytest_configure(config):
    config.option.base_url = config.getoption("base_url") or config.getini("base_url") or None


@pytest.fixture(scope="session")
def base_url(request):
    """The base URL of the application under test."""
    return request.config.getoption("base_url")
'''
PLAYWRIGHT = """
def pytest_addoption(parser):
    group = parser.getgroup("playwright", "Playwright")
    for name in ("--browser", "--browser-channel", "--device", "--output", "--tracing", "--video"):
        group.addoption(name, action="append", default=[])
    group.addoption("--slowmo", default=0, type=int)
    for name in ("--headed", "--full-page-screenshot"):
        group.addoption(name, action="store_true", default=False)
"""
PROFILING = """
def pytest_addoption(parser):
    group = parser.getgroup("Profiling")
    group.addoption("--profile", action="store_true", help="generate profiling information")
    group.addoption("--profile-svg", action="store_true")
    group.addoption("--pstats-dir", nargs=1)
    group.addoption("--element-number", action="store", type=int, default=20)
    group.addoption("--strip-dirs", action="store_true")
"""
OTHERS = {"base_url": BASE_URL, "playwright": PLAYWRIGHT, "profiling": PROFILING}
UNIT = '''
def test_of_the_project():
    """Something else."""
'''


@pytest.fixture
def others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Modules of plugins like those that many projects have installed."""
    for name, text in OTHERS.items():
        (tmp_path / f"other_{name}.py").write_text(text, "utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=":")
    return [f"other_{name}" for name in OTHERS]


@pytest.mark.parametrize("ours_first", [True, False])
def test_options_of_other_plugins(
    command: Command, others: list[str], tmp_path: Path, ours_first: bool
) -> None:
    """No option collides, whichever plugin comes first; each has its own value."""
    (tmp_path / "test_unit.py").write_text(
        "def test_values(pytestconfig):\n"
        "    options = pytestconfig.option\n"
        "    assert (options.base_url, options.profile) == ('http://127.0.0.1:9', True)\n"
        "    assert options.clausewise_base_url is options.clausewise_profile is None\n",
        "utf-8",
    )
    order = ["clausewise.pytest_plugin", *others] if ours_first else [*others, "no:nothing"]
    plugins = [word for name in order for word in ("-p", name)]
    block = ("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1") if ours_first else ("NOTHING", "")
    result = command(
        "test_unit.py", *plugins, "--profile", "--base-url", "http://127.0.0.1:9", "-q",
        module="pytest", **dict([block]),
    )  # fmt: skip
    assert result.code == 0, result.output + result.errors
    assert "1 passed" in result.output


def test_a_pack_beside_other_plugins(command: Command, others: list[str], broken: str) -> None:
    """The URL that pytest-base-url has is judged; a longer name beats it."""
    plugins = [word for name in others for word in ("-p", name)]
    words = (SUITE, "-q", "-k", "test_transport and status", *plugins)
    by_theirs = command(*words, "--base-url", broken, module="pytest")
    assert by_theirs.code in (0, 1), by_theirs.output + by_theirs.errors
    assert by_theirs.model["target"]["base_url"] == broken
    nowhere = "http://127.0.0.1:9"
    by_ours = command(
        *words, "--base-url", nowhere, f"--clausewise-base-url={broken}", module="pytest"
    )
    assert by_ours.model["target"]["base_url"] == broken


def test_the_command_beside_other_plugins(
    command: Command, others: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """`clausewise run` judges what it is told to, whatever URL a plugin has."""
    (tmp_path / "pytest.ini").write_text("[pytest]\nbase_url = http://127.0.0.1:9\n", "utf-8")
    monkeypatch.setenv("PYTEST_PLUGINS", ",".join(others))
    result = command("run", "-k", "status", "--rootdir=.", "-c", "pytest.ini")
    assert result.code == 0, result.output + result.errors
    assert result.model["target"]["kind"] == "in-process"


def test_short_names_are_those_of_the_pack_alone(command: Command, tmp_path: Path) -> None:
    """Outside of a pack's tests a project may have options and fixtures of the same names."""
    (tmp_path / "conftest.py").write_text(
        "import pytest\n"
        "def pytest_addoption(parser):\n"
        "    for name in ('--seed', '--header', '--yes', '--rate', '--pack', '--set'):\n"
        "        parser.addoption(name)\n",
        "utf-8",
    )
    (tmp_path / "test_unit.py").write_text(
        UNIT + "def test_no_fixture(clause, scenario):\n    pass\n", "utf-8"
    )
    result = command("-q", "--seed", "x", module="pytest")
    assert "1 passed, 1 error" in result.output, result.output + result.errors
    assert "fixture 'clause' not found" in result.output


MAKES = '''"""What is promised of things."""

import clausewise


@clausewise.clauses("make")
def test_make(clause):
    """Make things."""
    clause.must_be_kept()
'''


def _project(root: Path, base_url: str) -> None:
    """A project with unit tests, and a pack whose profile is the usual target."""
    profile = {"base_url": base_url, "headers": {"X-Key": "${THE_KEY}"}}
    pack = pack_of(root, tests={"test_a.py": MAKES}, profiles={"local": profile})
    (pack.root / "test_unit.py").write_text(UNIT, "utf-8")


def test_unit_tests_beside_contract_tests_without_a_token(command: Command, tmp_path: Path) -> None:
    """They run and decide; contract tests are skipped with what is missing, which is told."""
    _project(tmp_path, "http://127.0.0.1:9")
    (tmp_path / "pytest.ini").write_text(
        "[pytest]\naddopts = --clausewise-profile=local\n", "utf-8"
    )
    plain = command("-q", "-rs", module="pytest")
    assert plain.code == 0, plain.output + plain.errors
    assert "1 passed" in plain.output
    assert "THE_KEY" in plain.output
    assert "passed, " in plain.output
    assert "skipped" in plain.output
    # With a key the target does not answer: the same.
    gone = command("-q", "-rs", module="pytest", THE_KEY="x")
    assert gone.code == 0, gone.output + gone.errors
    assert "1 passed" in gone.output
    assert "cannot be reached" in gone.output


@pytest.mark.parametrize(("key", "code"), [({}, 4), ({"THE_KEY": "x"}, 6)])
@pytest.mark.parametrize("workers", [(), ("-n", "1")])
def test_a_target_that_is_named_is_meant(
    command: Command, tmp_path: Path, key: dict[str, str], code: int, workers: tuple[str, ...]
) -> None:
    """Who names it on the command line is not told that all is well; unit tests run as well."""
    _project(tmp_path, "http://127.0.0.1:9")
    words = ("-q", "--clausewise-profile=local", *workers)
    result = command(*words, module="pytest", **key)
    assert result.code == code, result.output + result.errors
    assert "1 passed" in result.output
    alone = command("contract_tests", *words, module="pytest", **key)
    assert alone.code == code, alone.output + alone.errors
    assert "Traceback" not in alone.output + alone.errors


ONE_SCENARIO = '''"""One scenario, and no clauses."""

import clausewise


@clausewise.scenario(requests=1)
def test_a_start(scenario):
    """Something is made."""
    scenario.send("make", body={"slot": scenario.fresh("slot")}).must_be_accepted()
'''


@pytest.mark.parametrize("selected", ["", "make and status", "size"])
def test_a_pack_with_one_scenario(command: Command, tmp_path: Path, selected: str) -> None:
    """All its clauses are judged, by items of ours behind the pack's own tests."""
    pack = pack_of(tmp_path / "pack", tests={"test_life.py": ONE_SCENARIO}, profiles={})
    with running(Things().application(pack)) as url:
        words = ("-k", selected) if selected else ()
        result = command("run", "--pack", "pack", "--base-url", url, "--examples", "0", *words)
    assert result.code == 0, result.output + result.errors
    judged = {name for name, verdict in result.verdicts.items() if verdict == "upheld"}
    assert "make:request#/size:maximum" in judged or selected == "make and status"
    if not selected:
        assert f"{len(pack.contract.clauses)} clauses to judge" in result.output
        exchanges = result.model["exchanges"]
        assert any(exchange["case"].startswith("test_a_start") for exchange in exchanges)


def test_a_pack_that_tests_one_operation(command: Command, tmp_path: Path) -> None:
    """What its own tests leave out is judged as well, and nothing twice."""
    pack = pack_of(tmp_path / "pack", tests={"test_a.py": MAKES}, profiles={})
    with running(Things().application(pack)) as url:
        words = ("run", "--pack", "pack", "--base-url", url, "--collect-only", "-q")
        result = command(*words)
    items = [line.partition("::")[2] for line in result.output.splitlines() if "::" in line]
    own = [item for item in items if item.startswith("test_make[make:")]
    rest = [item for item in items if item.startswith("test_clause[")]
    assert len(own) + len(rest) == len(items) == len(pack.contract.clauses)
    assert not any(item.startswith("test_clause[make:") for item in rest if ":rule:" not in item)
    assert SHORT_NAMES in (tmp_path / "pack" / "contract_tests" / "conftest.py").read_text("utf-8")


@pytest.mark.parametrize(
    ("option", "code"), [("--clausewise-base-url", 4), ("--clausewise-examples", 0)]
)
def test_a_named_target_without_contract_tests(
    command: Command, tmp_path: Path, option: str, code: int
) -> None:
    """Who names a target by our own option learns that nothing was there to judge it."""
    (tmp_path / "test_own.py").write_text("def test_own():\n    pass\n", "utf-8")
    value = "http://127.0.0.1:9" if code else "1"
    result = command("test_own.py", option, value, module="pytest")

    assert result.code == code, result.output
    assert ("no contract test was collected" in result.output) == bool(code)
    assert "1 passed" in result.output
