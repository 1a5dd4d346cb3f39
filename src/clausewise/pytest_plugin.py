"""The pytest plugin: marks, options, fixtures, and one report at the end.

It imports nothing of the engine until a contract test is collected, since pytest loads it in
every run of every project that has Clausewise installed.
"""

from __future__ import annotations

import inspect
import json
import signal
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from clausewise.checks import mark_of
from clausewise.errors import EXIT_USAGE, ClausewiseError
from clausewise.options import add_run_options
from clausewise.pytest_judge import add_judge_options, clausewise_judge  # noqa: F401  # a fixture
from clausewise.pytest_state import (
    BUG,
    CODE,
    DEFAULT_SUITE,
    DRIVEN,
    MIXED,
    PACK,
    PREFIX,
    RUN,
    TROUBLE,
    clause_of,
    in_worker,
    is_controller,
    option,
    options_of,
    run_of,
    scenery_of,
    target_was_named,
)

if TYPE_CHECKING:
    from clausewise.contract import Clause
    from clausewise.pack import Pack
    from clausewise.record.record import Record
    from clausewise.report import Report
    from clausewise.suite.run import SuiteRun

_PARTS = pytest.StashKey[list[Any]]()
# What xdist workers wrote down as they went.
_JOURNALS = pytest.StashKey[list[Path]]()
# The clauses that have a test item of the pack.
_TESTED = pytest.StashKey[set[str]]()
# The first contract test that names what is not in the contract, and why it may not be.
_IN_VAIN = pytest.StashKey[str]()
_REPORT = pytest.StashKey[Any]()
_FILES = pytest.StashKey[list[Path]]()
# What the process did on signals before the run, by signal.
_SIGNALS = pytest.StashKey[dict[int, Any]]()
# Whoever runs pytest in this process may put a function here, to be told of every exchange.
LISTENER = pytest.StashKey[Any]()
# The ids of the clauses to judge, as far as the options say.
_MEANT = pytest.StashKey[frozenset[str]]()
_MARKS = ("clauses", "rule", "scenario")
_FIXTURES = "clausewise-fixtures"
_MARKED = "__clausewise_marked__"
_NO_CONTRACT_TESTS = (
    "nothing was judged: a target is named, and no contract test was collected; "
    "`clausewise run` needs none"
)
# Request clauses are judged first: a reply clause waits for the last exchange of its operation.
_ORDER = {"transport": 0, "request": 1, "envelope": 2, "reply": 3, "rules": 4}


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
    config.stash[_PARTS] = []
    config.stash[_JOURNALS] = []
    config.stash[_TESTED] = set()


def _nobody(progress: Any) -> None:
    """Listen to nothing."""


def is_clause(item: pytest.Item) -> bool:
    """Whether a test item is about a clause."""
    return clause_of(item) is not None


def is_scenario(item: pytest.Item) -> bool:
    """Whether a test item plays a scenario."""
    return scenery_of(item) is not None


def _pack(config: pytest.Config, path: Path) -> Pack:
    """The pack of a test file: the one that --pack names, or the one the file lies in."""
    from clausewise.pack import find_pack

    named = option(config, "pack")
    try:
        pack = find_pack(named, start=path.parent)
        pack.contract  # noqa: B018  # a broken contract must stop the run here
    except ClausewiseError as error:
        raise pytest.UsageError(str(error)) from None
    known: Pack = config.stash.setdefault(PACK, pack)
    if known is not pack:
        raise pytest.UsageError(f"one run judges one pack; found {known.origin} and {pack.origin}")
    return pack


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
    if not plugins.hasplugin(_FIXTURES) and not marks.isdisjoint(_MARKS):
        from clausewise.suite import fixtures

        plugins.register(fixtures, _FIXTURES)
    return None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make one test item a clause; give a scenario what it declares."""
    played = metafunc.definition.get_closest_marker("scenario")
    if played is not None and "scenario" in metafunc.fixturenames:
        _pack(metafunc.config, metafunc.definition.path)
        metafunc.parametrize("scenario", [played.args[0]], ids=["scenario"], indirect=True)
    marks = [
        mark for mark in metafunc.definition.iter_markers() if mark.name in ("clauses", "rule")
    ]
    if not marks or "clause" not in metafunc.fixturenames:
        return
    pack = _pack(metafunc.config, metafunc.definition.path)
    meant = _meant(metafunc.config, pack)
    chosen: list[Clause] = []
    for mark in marks:
        found = list(_chosen(pack, mark))
        if not found:
            # Raised here it would be an error in a test file; when all is collected it is told.
            metafunc.config.stash.setdefault(_IN_VAIN, _named_in_vain(metafunc, mark, pack))
        chosen += [clause for clause in found if clause.id in meant]
    tested = metafunc.config.stash[_TESTED]
    if metafunc.definition.path == DEFAULT_SUITE:
        # It stands behind a pack's own tests, for what they leave out.
        chosen = [clause for clause in chosen if clause.id not in tested]
    tested.update(clause.id for clause in chosen)
    ids = [clause.id for clause in chosen]
    metafunc.parametrize("clause", chosen, ids=ids, indirect=True)


def _named_in_vain(metafunc: pytest.Metafunc, mark: pytest.Mark, pack: Pack) -> str:
    """What a contract test asks for that is not in the contract, and what of that was not read."""
    path, line, _ = metafunc.definition.location
    named = ", ".join(map(repr, mark.args))
    told = f"{path}:{(line or 0) + 1}: nothing in the contract fits {mark.name}({named})"
    unread = [f"{one.source}: {one.reason}" for one in pack.contract.not_judged if one.source]
    return f"{told}; of the contract is not read: {'; '.join(unread[:3])}" if unread else told


def _meant(config: pytest.Config, pack: Pack) -> frozenset[str]:
    """The ids of the clauses that `--include` and `--exclude` leave."""
    if _MEANT not in config.stash:
        from clausewise.contract.selecting import selected

        words = (option(config, "include") or (), option(config, "exclude") or ())
        try:
            config.stash[_MEANT] = frozenset(selected(pack.contract, *words))
        except ClausewiseError as error:
            raise pytest.UsageError(str(error)) from None
    return config.stash[_MEANT]


def _is_left_out(item: pytest.Item) -> bool:
    """Whether a test is about clauses, or plays a scenario, of which none is to be judged."""
    if is_clause(item):
        return False
    scenery = scenery_of(item)
    if scenery is None:
        marks = ("clauses", "rule")
        return any(item.get_closest_marker(name) for name in marks) and _wants_clause(item)
    config = item.config
    if not (option(config, "include") or option(config, "exclude")):
        return False
    contract = config.stash[PACK].contract
    meant = _meant(config, config.stash[PACK])
    names = (contract.rules[rule] for rule in scenery.rules if rule in contract.rules)
    return not any(rule.clause(name).id in meant for rule in names for name in rule.operations)


def _wants_clause(item: pytest.Item) -> bool:
    return "clause" in getattr(item, "fixturenames", ())


def _chosen(pack: Pack, mark: pytest.Mark) -> Iterator[Clause]:
    clauses = pack.contract.clauses.values()
    if mark.name == "rule":
        name = mark.args[0]
        yield from (c for c in clauses if c.part == "rule" and c.keyword == name)
    else:
        operation, group = mark.args[0], mark.kwargs.get("group")
        for clause in clauses:
            chosen = group in (None, clause.group) and operation in (None, clause.operation)
            if chosen and (group or operation is None or clause.part != "rule"):
                yield clause


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put contract tests into the order in which their verdicts are known: scenarios first."""
    # What pytest makes of no clauses at all.
    items[:] = [item for item in items if not _is_left_out(item)]
    places = [index for index, item in enumerate(items) if is_clause(item) or is_scenario(item)]
    ours = [items[index] for index in places]
    if not ours:
        return
    pack = ours[0].config.stash[PACK]
    operations = {name: place for place, name in enumerate(pack.contract.operations)}
    ours.sort(key=lambda item: _rank(clause_of(item), operations))
    for index, item in zip(places, ours, strict=True):
        items[index] = item


def _rank(clause: Clause | None, operations: dict[str, int]) -> tuple[int, int]:
    if clause is None:
        return -1, 0
    return operations[clause.operation], _ORDER[clause.group]


def pytest_collection_finish(session: pytest.Session) -> None:
    """Set the run up for the clauses that were selected; send nothing yet."""
    config = session.config
    if _IN_VAIN in config.stash and DRIVEN not in config.stash:
        raise pytest.UsageError(config.stash[_IN_VAIN])
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

    def listen(progress: Any) -> None:
        config.stash.get(LISTENER, _nobody)(progress)

    try:
        config.stash[RUN] = open_run(
            config.stash[PACK],
            options_of(config),
            config.invocation_params.dir,
            clauses,
            listen,
            scenarios,
        )
    except ClausewiseError as error:
        if not config.stash[MIXED] and not in_worker(config):
            raise pytest.UsageError(str(error)) from None
        config.stash[TROUBLE], config.stash[CODE] = str(error), error.exit_code
        return
    _heed_signals(config, config.stash[RUN])
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


def _heed_signals(config: pytest.Config, run: SuiteRun) -> None:
    """A run that is called off ends like Ctrl-C: what was made is undone, and reported.

    Interrupts are counted where they come: the second one ends the run, wherever pytest or a
    plugin is with the first one.
    """
    if threading.current_thread() is not threading.main_thread():
        return

    def interrupted(_: int, __: Any) -> None:
        if run.session.interrupt():
            raise KeyboardInterrupt

    ours: dict[int, tuple[Any, ...]] = {
        signal.SIGINT: (signal.default_int_handler,),
        signal.SIGTERM: (signal.default_int_handler, signal.SIG_DFL),
    }
    if hangup := getattr(signal, "SIGHUP", None):  # a terminal that is closed
        ours[hangup] = ours[signal.SIGTERM]
    config.stash[_SIGNALS] = {
        number: signal.signal(number, interrupted)
        for number, usual in ours.items()
        if signal.getsignal(number) in usual
    }


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave the process as it was."""
    for number, handler in config.stash.get(_SIGNALS, {}).items():
        signal.signal(number, handler)


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
        config.workeroutput["clausewise_trouble"] = trouble  # type: ignore[attr-defined]
    if run is None or is_controller(config):
        if is_controller(config):
            yield
            _finish_controller(session, exitstatus)
        else:
            _tell_trouble(session, exitstatus)
            yield
        return
    interrupted = exitstatus in (pytest.ExitCode.INTERRUPTED, pytest.ExitCode.INTERNAL_ERROR)
    if interrupted or session.shouldstop or session.shouldfail:
        run.session.stop("the run was stopped")
    if DRIVEN in config.stash:  # who drives it ends it
        yield
        return
    if BUG in config.stash:
        session.exitstatus = pytest.ExitCode.INTERNAL_ERROR
        run.abandon()
        yield
        return
    if TROUBLE in config.stash:
        config.stash[TROUBLE] = run.given_up(config.stash[TROUBLE], config.stash[CODE])
        _tell_trouble(session, exitstatus)
        yield
        return
    try:
        records = run.records()
        if in_worker(config):
            _hand_over(config, run, records)
        else:
            _finish(session, run, records, exitstatus)
    except KeyboardInterrupt:
        from clausewise.suite.run import advice

        journal = run.journal.path if run.journal is not None else None
        config.stash[TROUBLE] = advice(journal)
        session.exitstatus = pytest.ExitCode.INTERRUPTED
    yield


def _hand_over(config: pytest.Config, run: SuiteRun, records: Sequence[Record]) -> None:
    """Give the controller of xdist what a worker found out. The journal goes with the report."""
    output: dict[str, Any] = config.workeroutput  # type: ignore[attr-defined]
    output["clausewise_parts"] = json.dumps([one.as_json() for one in records])
    if run.journal is not None and run.journal.path is not None:
        run.journal.close(keep=True)
        output["clausewise_journal"] = str(run.journal.path)


def _tell_trouble(session: pytest.Session, exitstatus: int | pytest.ExitCode) -> None:
    """Let tests of other kinds speak for themselves, unless somebody named a target to judge."""
    config = session.config
    unnoticed = exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)
    if TROUBLE in config.stash and unnoticed and target_was_named(config):
        session.exitstatus = config.stash[CODE]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over what an xdist worker found out."""
    output = getattr(node, "workeroutput", None) or {}
    if "clausewise_parts" in output:
        from clausewise.record.record import Record

        found = json.loads(output["clausewise_parts"])
        node.config.stash[_PARTS] += [Record.from_json(one) for one in found]
    if "clausewise_trouble" in output:
        text, code, mixed = output["clausewise_trouble"]
        stash = node.config.stash
        stash[TROUBLE], stash[CODE], stash[MIXED] = text, code, mixed
    if "clausewise_journal" in output:
        node.config.stash[_JOURNALS].append(Path(output["clausewise_journal"]))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep contract tests together: they share one ledger, and nothing is sent twice."""
    if config.getoption("dist", "no") not in ("load", "loadscope", "loadfile"):
        return None
    from clausewise.suite.xdist import ContractScheduling

    return ContractScheduling(config, log)


def _finish_controller(session: pytest.Session, exitstatus: int | pytest.ExitCode) -> None:
    config = session.config
    if TROUBLE in config.stash:
        if config.stash[MIXED]:
            _tell_trouble(session, exitstatus)
        else:
            session.exitstatus = config.stash[CODE]
        return
    parts = config.stash[_PARTS]
    if not parts:
        if exitstatus == pytest.ExitCode.INTERRUPTED:
            # A worker undoes what it has made, and nobody waits to hear of it.
            from clausewise.suite.run import advice

            folder = Path(config.invocation_params.dir, option(config, "report_dir"))
            config.stash[TROUBLE] = advice(max(folder.glob("journal-*.jsonl"), default=None))
        return
    _finish(session, run_of(config) or _bare_run(config), parts, exitstatus)
    if TROUBLE not in config.stash:
        for journal in config.stash[_JOURNALS]:
            journal.unlink(missing_ok=True)


def _bare_run(config: pytest.Config) -> SuiteRun:
    """The controller of xdist collects nothing: make the run from its options alone."""
    from clausewise.campaign.session import clauses_of
    from clausewise.pack import find_pack
    from clausewise.suite.run import open_run

    start = Path(str(config.args[0]).split("::")[0]) if config.args else config.rootpath
    pack = find_pack(option(config, "pack"), start=start if start.is_dir() else start.parent)
    return open_run(pack, options_of(config), config.invocation_params.dir, clauses_of(pack))


def _finish(
    session: pytest.Session,
    run: SuiteRun,
    records: Sequence[Record],
    exitstatus: int | pytest.ExitCode,
) -> None:
    report = run.finish(records, int(exitstatus))
    session.config.stash[_REPORT] = report
    session.config.stash[_FILES] = run.shown_files
    if run.trouble is not None:
        session.config.stash[TROUBLE], session.config.stash[CODE] = run.trouble, EXIT_USAGE
    # The controller of xdist has collected nothing, and does not know it yet.
    session.config.stash[PACK] = run.pack
    session.exitstatus = report.run.exit_code


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(
    terminalreporter: Any, config: pytest.Config
) -> Generator[None, None, None]:
    """Say where the report is; in GitHub Actions annotate what it found."""
    report: Report | None = config.stash.get(_REPORT, None)
    if report is None and TROUBLE not in config.stash:
        yield
        return
    from clausewise.report.annotations import annotations_of, commands_off
    from clausewise.report.findings import gates, headline, reasons, share, unneeded
    from clausewise.report.showing import one_line

    # Around what pytest prints meanwhile as well: its failures quote the target.
    with commands_off(terminalreporter.write_line):
        yield
        if TROUBLE in config.stash:
            terminalreporter.write_line(config.stash[TROUBLE], red=True)
    if report is None or LISTENER in config.stash:
        return
    directory = Path(config.invocation_params.dir, option(config, "report_dir"))
    terminalreporter.write_sep("=", "contract")
    terminalreporter.write_line(headline(report))
    known = [share(report), *gates(report)]
    known += [f"stale waiver: {line}" for line in unneeded(report)[:5]]
    for line in (*known, *(f"{n:5} {why}" for n, why in reasons(report, 12))):
        if line:
            terminalreporter.write_line(one_line(line, 300))
    run = run_of(config)
    if run is not None:
        terminalreporter.write_line(f"target: {run.session.settings.shown}")
    terminalreporter.write_line(f"reports: {directory}")
    for line in annotations_of(report, config.stash[PACK].root):
        terminalreporter.write_line(line)


def report_of(config: pytest.Config) -> Report | None:
    """The report of a finished run, for whoever ran pytest in this process."""
    report: Report | None = config.stash.get(_REPORT, None)
    return report


def reports_of(config: pytest.Config) -> list[Path]:
    """The report files of a finished run, as their user would name them."""
    files: list[Path] = config.stash.get(_FILES, [])
    return files


def trouble(config: pytest.Config) -> str | None:
    """Why the target could not be judged at all, if it could not."""
    return config.stash.get(TROUBLE, None)
