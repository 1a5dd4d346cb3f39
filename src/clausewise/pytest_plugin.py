"""The pytest plugin: marks, options, fixtures, and one report at the end.

It imports nothing of the engine until a contract test is collected, since pytest loads it in
every run of every project that has Clausewise installed. What the hooks do stands in `suite/`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Generator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from clausewise.checks import mark_of
from clausewise.errors import EXIT_USAGE, ClausewiseError
from clausewise.options import add_run_options
from clausewise.pytest_judge import add_judge_options, clausewise_judge  # noqa: F401  # a fixture
from clausewise.pytest_state import (
    CODE,
    DRIVEN,
    IN_VAIN,
    JOURNALS,
    LISTENER,
    MARKS,
    MIXED,
    PACK,
    PARTS,
    PREFIX,
    RUN,
    TESTED,
    TROUBLE,
    clause_of,
    in_worker,
    is_controller,
    is_ours,
    is_scenario,
    option,
    options_of,
    report_of,
    run_of,
    scenery_of,
    target_was_named,
    tell_trouble,
)

if TYPE_CHECKING:
    pass

_FIXTURES = "clausewise-fixtures"
_MARKED = "__clausewise_marked__"
_NO_CONTRACT_TESTS = (
    "nothing was judged: a target is named, and no contract test was collected; "
    "`clausewise run` needs none"
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options of a run, by names that no other plugin has."""
    _declare(parser, lambda names: [f"{PREFIX}{name.removeprefix('--')}" for name in names])
    add_judge_options(parser)


def add_short_names(parser: pytest.Parser) -> None:
    """Declare the options by the names that `clausewise run` has, as far as those are free.

    For the conftest.py of a pack's contract tests: `pytest contract_tests --base-url URL`.
    """
    _declare(parser, lambda names: [name for name in names if _is_free(parser, name)])


def _declare(parser: pytest.Parser, spell: Callable[[tuple[str, ...]], list[str]]) -> None:
    group = parser.getgroup("clausewise", "contract tests (clausewise)")

    def add(*names: str, **settings: Any) -> None:
        dest = f"clausewise_{names[0].removeprefix('--').replace('-', '_')}"
        if spelt := spell(names):
            group.addoption(*spelt, dest=dest, **settings)

    add_run_options(add)


def _is_free(parser: pytest.Parser, name: str) -> bool:
    """Whether no plugin has declared an option. Pytest has no other public way to ask."""
    try:
        return name in parser.parse_known_and_unknown_args([name])[1]
    except (pytest.UsageError, SystemExit):
        return False  # somebody wants a value for it


def pytest_configure(config: pytest.Config) -> None:
    """Register the marks."""
    config.addinivalue_line(
        "markers",
        "clauses(operation, group=None): one test item for each clause of an operation",
    )
    config.addinivalue_line("markers", "rule(name): one test item for each operation of a rule")
    config.addinivalue_line("markers", "scenario(scenery): a test that plays a scenario")
    config.stash[PARTS] = []
    config.stash[JOURNALS] = []
    config.stash[TESTED] = set()


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makeitem(collector: pytest.Collector, obj: object) -> list[Any] | None:
    """Define `clause` and `scenario` once there is a test that is marked as ours.

    Of a run that is driven from outside, nothing but scenarios is collected.
    """
    if not inspect.isfunction(obj):
        return None
    marked = mark_of(obj)
    if marked is not None and marked[0] == "scenario" and not hasattr(obj, _MARKED):
        setattr(obj, _MARKED, True)
        pytest.mark.scenario(marked[1])(obj)
    marks = {mark.name for mark in getattr(obj, "pytestmark", ())}
    if DRIVEN in collector.config.stash and "scenario" not in marks:
        return []
    plugins = collector.config.pluginmanager
    if not plugins.hasplugin(_FIXTURES) and not marks.isdisjoint(MARKS):
        from clausewise.suite import fixtures

        plugins.register(fixtures, _FIXTURES)
    return None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make one test item a clause; give a scenario what it declares."""
    wanted = {"clause", "scenario"} & {*metafunc.fixturenames}
    if wanted and any(metafunc.definition.get_closest_marker(name) for name in MARKS):
        from clausewise.suite.collecting import parametrize

        parametrize(metafunc)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put contract tests into the order in which their verdicts are known: scenarios first."""
    if any(is_ours(item) for item in items):
        from clausewise.suite.collecting import arrange

        arrange(items)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Set the run up for the clauses that were selected; send nothing yet."""
    config = session.config
    if IN_VAIN in config.stash and DRIVEN not in config.stash:
        raise pytest.UsageError(config.stash[IN_VAIN])
    clauses = tuple(clause for item in session.items if (clause := clause_of(item)) is not None)
    scenarios = tuple(found for item in session.items if (found := scenery_of(item)) is not None)
    if config.option.collectonly:
        return
    if DRIVEN in config.stash:
        run_of(config).session.expect(scenarios)
        _be_discreet(config)
        return
    if not (clauses or scenarios):
        if target_was_named(config, as_ours=True) and not in_worker(config):
            config.stash[TROUBLE], config.stash[CODE] = _NO_CONTRACT_TESTS, EXIT_USAGE
        return
    config.stash[MIXED] = len(clauses) + len(scenarios) < len(session.items)
    from clausewise.suite.run import open_run
    from clausewise.suite.signals import heed_signals

    def listen(progress: Any) -> None:
        if LISTENER in config.stash:
            config.stash[LISTENER](progress)

    try:
        config.stash[RUN] = open_run(
            config.stash[PACK],
            options_of(config),
            config.invocation_params.dir,
            clauses,
            listen=listen,
            scenarios=scenarios,
        )
    except ClausewiseError as error:
        if not config.stash[MIXED] and not in_worker(config):
            raise pytest.UsageError(str(error)) from None
        config.stash[TROUBLE], config.stash[CODE] = str(error), error.exit_code
        return
    heed_signals(config, config.stash[RUN])
    _be_discreet(config)


def _be_discreet(config: pytest.Config) -> None:
    """Mask what pytest says from now on."""
    from clausewise.suite.redaction import Discretion

    run = run_of(config)
    config.pluginmanager.register(Discretion(lambda: run.mask), "clausewise-discretion")


def pytest_runtestloop(session: pytest.Session) -> None:
    """Begin to send before the first item asks. An xdist worker waits until it has an item."""
    config = session.config
    run = run_of(config)
    if run is None or in_worker(config) or is_controller(config):
        return
    try:
        run.start()
    except ClausewiseError as error:
        config.stash[TROUBLE], config.stash[CODE] = str(error), error.exit_code
        if not config.stash[MIXED]:
            pytest.exit(str(error), returncode=error.exit_code)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave the process as it was."""
    if run_of(config) is not None:
        from clausewise.suite.signals import leave_signals

        leave_signals(config)


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Conclude a scenario when its test is over."""
    run = run_of(pyfuncitem.config)
    if run is None or not is_scenario(pyfuncitem):
        return (yield)
    from clausewise.campaign.scenario import ScenarioEnded
    from clausewise.suite.fixtures import ending_the_run
    from clausewise.suite.items import conclude

    played: Any = pyfuncitem.funcargs["scenario"]
    ended: str | None = "its test did not come to its end"
    result: object = True
    try:
        with ending_the_run(pyfuncitem.session, own_code=True):
            result = yield
        ended = None
    except ScenarioEnded as end:
        ended = str(end)
    finally:
        # What it made is undone before the plan is carried out, which may need the same resources.
        played.end(ended)
    conclude(run, played, ended)
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    """Mask what pytest itself says of a test: it may quote requests, replies and settings."""
    report = yield
    run = run_of(item.config)
    if run is not None:
        from clausewise.suite.redaction import mask_report

        mask_report(report, run.mask)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Generator[None, Any, Any]:
    """A test file that cannot be read shows what it had read of the environment."""
    report = yield
    config = collector.config
    if report.failed and (PACK in config.stash or option(config, "pack")):
        from clausewise.pack import find_pack
        from clausewise.suite.redaction import mask_report
        from clausewise.suite.run import first_mask

        with suppress(ClausewiseError):  # it is told when the run begins
            pack = config.stash.get(PACK, None) or find_pack(option(config, "pack"))
            mask_report(report, first_mask(pack, options_of(config)))
    return report


@pytest.hookimpl(wrapper=True)
def pytest_sessionfinish(
    session: pytest.Session, exitstatus: int | pytest.ExitCode
) -> Generator[None, None, None]:
    """Write the one report, and let it have its say about the exit code."""
    config = session.config
    run = run_of(config)
    if in_worker(config) and TROUBLE in config.stash:
        trouble = [config.stash[TROUBLE], config.stash[CODE], config.stash[MIXED]]
        config.workeroutput["clausewise_trouble"] = trouble  # type: ignore[attr-defined]  # xdist's
    if is_controller(config):
        yield
        interrupted = exitstatus == pytest.ExitCode.INTERRUPTED
        if interrupted or TROUBLE in config.stash or config.stash[PARTS]:
            from clausewise.suite.ending import end_controller

            end_controller(session, exitstatus)
        return
    if run is None:
        tell_trouble(session, exitstatus)
    else:
        from clausewise.suite.ending import end

        end(session, run, exitstatus)
    yield


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over what an xdist worker found out."""
    output = getattr(node, "workeroutput", None) or {}
    if any(name.startswith("clausewise_") for name in output):
        from clausewise.suite.ending import take_over

        take_over(node.config, output)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep contract tests together: they share one ledger, and nothing is sent twice."""
    if config.getoption("dist", "no") not in ("load", "loadscope", "loadfile"):
        return None
    from clausewise.suite.xdist import ContractScheduling

    return ContractScheduling(config, log)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(
    terminalreporter: Any, config: pytest.Config
) -> Generator[None, None, None]:
    """Say where the report is; in GitHub Actions annotate what it found."""
    report = report_of(config)
    if report is None and TROUBLE not in config.stash:
        yield
        return
    from clausewise.report.annotations import commands_off

    # Around what pytest prints meanwhile as well: its failures quote the target.
    with commands_off(terminalreporter.write_line):
        yield
        if TROUBLE in config.stash:
            terminalreporter.write_line(config.stash[TROUBLE], red=True)
    if report is not None and LISTENER not in config.stash:
        from clausewise.suite.summary import summarise

        summarise(terminalreporter, config, report)
