"""The pytest plugin: marks, options, fixtures, and one report at the end.

It imports nothing of the engine until a contract test is collected, since pytest loads it in
every run of every project that has Clausewise installed.
"""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from clausewise.options import add_run_options
from clausewise.pytest_judge import add_judge_options, clausewise_judge  # noqa: F401  # a fixture

if TYPE_CHECKING:
    from clausewise.campaign.scenario import PlayedScenario
    from clausewise.contract import Clause
    from clausewise.marks import Scenery
    from clausewise.pack import Pack
    from clausewise.record.record import Record
    from clausewise.report import Report
    from clausewise.suite.items import Judged, SuiteRun

_PACK = pytest.StashKey[Any]()
_RUN = pytest.StashKey[Any]()
_PARTS = pytest.StashKey[list[Any]]()
# Why the run cannot go on at all, and the exit code that this means.
_TROUBLE = pytest.StashKey[str]()
_CODE = pytest.StashKey[int]()
_BUG = pytest.StashKey[bool]()
_REPORT = pytest.StashKey[Any]()
# What the process did on signals before the run, by signal.
_SIGNALS = pytest.StashKey[dict[int, Any]]()
# Whoever runs pytest in this process may put a function here, to be told of every exchange.
LISTENER = pytest.StashKey[Any]()
# Request clauses are judged first: a reply clause waits for the last exchange of its operation.
_ORDER = {"transport": 0, "request": 1, "envelope": 2, "reply": 3, "rules": 4}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options of a run."""
    group = parser.getgroup("clausewise", "contract tests (clausewise)")

    def add(*names: str, **settings: Any) -> None:
        try:
            group.addoption(*names, dest=f"clausewise_{_name(names[0])}", **settings)
        except ValueError:
            # Another plugin has an option of this name (pytest-base-url has --base-url): its
            # value is used then.
            return

    add_run_options(add)
    add_judge_options(parser)


def _name(option: str) -> str:
    return option.lstrip("-").replace("-", "_")


def _option(config: pytest.Config, name: str) -> Any:
    value = config.getoption(f"clausewise_{name}", None)
    return value if value is not None else config.getoption(name, None)


def _options(config: pytest.Config) -> dict[str, Any]:
    names = (
        "base_url", "profile", "header", "report_dir", "examples", "seed", "max_requests",
        "max_time", "rate", "concurrency", "fail_on", "min_judged", "set", "yes",
    )  # fmt: skip
    return {name: _option(config, name) for name in names}


def pytest_configure(config: pytest.Config) -> None:
    """Register the marks."""
    config.addinivalue_line(
        "markers",
        "clauses(operation, group=None): one test item for each clause of an operation",
    )
    config.addinivalue_line("markers", "rule(name): one test item for each operation of a rule")
    config.addinivalue_line("markers", "scenario(scenery): a test that plays a scenario")
    config.stash[_PARTS] = []


def _nobody(progress: Any) -> None:
    """Listen to nothing."""


def is_clause(item: pytest.Item) -> bool:
    """Whether a test item is about a clause."""
    return _clause_of(item) is not None


def is_scenario(item: pytest.Item) -> bool:
    """Whether a test item plays a scenario."""
    return _scenery_of(item) is not None


def _pack(config: pytest.Config, path: Path) -> Pack:
    """The pack of a test file: the one that --pack names, or the one the file lies in."""
    from clausewise.errors import ClausewiseError
    from clausewise.pack import find_pack

    named = _option(config, "pack")
    try:
        pack = find_pack(named, start=path.parent)
        pack.contract  # noqa: B018  # a broken contract must stop the run here
    except ClausewiseError as error:
        raise pytest.UsageError(str(error)) from None
    known: Pack = config.stash.setdefault(_PACK, pack)
    if known is not pack:
        raise pytest.UsageError(f"one run judges one pack; found {known.origin} and {pack.origin}")
    return pack


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
    chosen: list[Clause] = []
    for mark in marks:
        found = list(_chosen(pack, mark))
        if not found:
            raise pytest.UsageError(
                f"{metafunc.definition.nodeid}: nothing in the contract fits {mark.name}{mark.args}"
            )
        chosen += found
    ids = [clause.id for clause in chosen]
    metafunc.parametrize("clause", chosen, ids=ids, indirect=True)


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


def _clause_of(item: pytest.Item) -> Clause | None:
    spec = getattr(item, "callspec", None)
    clause = spec.params.get("clause") if spec is not None else None
    return clause if type(clause).__name__ == "Clause" else None


def _scenery_of(item: pytest.Item) -> Scenery | None:
    spec = getattr(item, "callspec", None)
    scenery = spec.params.get("scenario") if spec is not None else None
    return scenery if type(scenery).__name__ == "Scenery" else None


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put contract tests into the order in which their verdicts are known: scenarios first."""
    places = [index for index, item in enumerate(items) if is_clause(item) or is_scenario(item)]
    ours = [items[index] for index in places]
    if not ours:
        return
    pack = ours[0].config.stash[_PACK]
    operations = {name: place for place, name in enumerate(pack.contract.operations)}
    ours.sort(key=lambda item: _rank(_clause_of(item), operations))
    for index, item in zip(places, ours, strict=True):
        items[index] = item


def _rank(clause: Clause | None, operations: dict[str, int]) -> tuple[int, int]:
    if clause is None:
        return -1, 0
    return operations[clause.operation], _ORDER[clause.group]


def pytest_collection_finish(session: pytest.Session) -> None:
    """Set the run up for the clauses that were selected; send nothing yet."""
    config = session.config
    clauses = tuple(clause for item in session.items if (clause := _clause_of(item)) is not None)
    scenarios = tuple(found for item in session.items if (found := _scenery_of(item)) is not None)
    if not (clauses or scenarios) or config.option.collectonly:
        return
    from clausewise.errors import ClausewiseError
    from clausewise.suite.items import open_run

    def listen(progress: Any) -> None:
        config.stash.get(LISTENER, _nobody)(progress)

    try:
        config.stash[_RUN] = open_run(
            config.stash[_PACK],
            _options(config),
            config.invocation_params.dir,
            clauses,
            listen,
            scenarios,
        )
    except ClausewiseError as error:
        raise pytest.UsageError(str(error)) from None
    _heed_signals(config, config.stash[_RUN])
    from clausewise.suite.redaction import Discretion

    run = config.stash[_RUN]
    config.pluginmanager.register(Discretion(lambda: run.mask), "clausewise-discretion")


def pytest_runtestloop(session: pytest.Session) -> None:
    """Begin to send before the first item asks. An xdist worker waits until it has an item."""
    from clausewise.errors import ClausewiseError

    config = session.config
    run = _run(config)
    if run is None or _in_worker(config) or _is_controller(config):
        return
    try:
        run.start()
    except ClausewiseError as error:
        config.stash[_TROUBLE], config.stash[_CODE] = str(error), error.exit_code
        pytest.exit(str(error), returncode=error.exit_code)


def _heed_signals(config: pytest.Config, run: SuiteRun) -> None:
    """A run that is called off ends like Ctrl-C: what was made is undone, and reported.

    Interrupts are counted where they come: the second one ends the run, wherever pytest or a
    plugin is with the first one.
    """
    if threading.current_thread() is not threading.main_thread():
        return

    def interrupted(number: int, frame: Any) -> None:
        if run.session.interrupt():
            raise KeyboardInterrupt

    ours: dict[int, tuple[Any, ...]] = {
        signal.SIGINT: (signal.default_int_handler,),
        signal.SIGTERM: (signal.default_int_handler, signal.SIG_DFL),
    }
    config.stash[_SIGNALS] = {
        number: signal.signal(number, interrupted)
        for number, usual in ours.items()
        if signal.getsignal(number) in usual
    }


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave the process as it was."""
    for number, handler in config.stash.get(_SIGNALS, {}).items():
        signal.signal(number, handler)


@pytest.fixture
def clause(request: pytest.FixtureRequest) -> Judged:
    """One clause of the contract, with its verdict."""
    from clausewise.suite.items import Judged

    run = _run(request.config)
    assert run is not None
    judged = Judged(request.param, run)
    with _ending_the_run(request):
        judged.ruling  # noqa: B018  # it waits
    return judged


@pytest.fixture
def scenario(request: pytest.FixtureRequest) -> Iterator[PlayedScenario]:
    """Requests one after the other, judged like all others, and what they show of rules."""
    run = _run(request.config)
    assert run is not None
    with _ending_the_run(request):
        played = run.play(request.param)
    yield played
    if request.session.shouldfail or request.session.shouldstop:
        run.session.stop("the run was stopped")
    run.session.scenario_over()


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Conclude a scenario when its test is over."""
    run = _run(pyfuncitem.config)
    if run is None or not is_scenario(pyfuncitem):
        return (yield)
    from clausewise.campaign.scenario import ScenarioEnded

    played: Any = pyfuncitem.funcargs["scenario"]
    ended: str | None = "its test did not come to its end"
    result: object = True
    try:
        with _ending_the_run(pyfuncitem._request, own_code=True):
            result = yield
        ended = None
    except ScenarioEnded as end:
        ended = str(end)
    finally:
        # What it made is undone before the plan is carried out, which may need the same resources.
        played.end(ended)
    run.conclude(played, ended)
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    """Mask what pytest itself says of a test: it may quote requests, replies and settings."""
    report = yield
    run = _run(item.config)
    if run is not None:
        from clausewise.suite.redaction import mask_report

        mask_report(report, run.mask)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Generator[None, Any, Any]:
    """A test file that cannot be read shows what it had read of the environment."""
    report = yield
    config = collector.config
    if report.failed and (_PACK in config.stash or _option(config, "pack")):
        from clausewise.errors import ClausewiseError
        from clausewise.pack import find_pack
        from clausewise.suite.items import first_mask
        from clausewise.suite.redaction import mask_report

        with suppress(ClausewiseError):  # it is told when the run begins
            pack = config.stash.get(_PACK, None) or find_pack(_option(config, "pack"))
            mask_report(report, first_mask(pack, _options(config)))
    return report


@contextmanager
def _ending_the_run(request: Any, own_code: bool = False) -> Iterator[None]:
    """End the run where the target cannot be judged, or where we have a bug.

    With `own_code`, what else goes wrong is the user's, and fails one test.
    """
    from clausewise.errors import ClausewiseError, TargetError

    config = request.config
    if _TROUBLE in config.stash:
        pytest.skip(config.stash[_TROUBLE])
    try:
        yield
    except ClausewiseError as error:
        if own_code and not isinstance(error, TargetError):
            raise
        run = _run(config)
        # It quotes what the target said.
        told = run.mask.text(str(error)) if run is not None else str(error)
        config.stash[_TROUBLE], config.stash[_CODE] = told, error.exit_code
        if run is not None:
            run.session.stop(told)
        if _in_worker(config):
            # The controller is told when this worker is done: it ends the run with the exit code.
            request.session.shouldstop = told
            pytest.skip(told)
        pytest.exit(told, returncode=error.exit_code)
    except Exception:
        if own_code:
            raise
        # Our bug: show it once, not once an item.
        config.stash[_BUG] = True
        request.session.shouldstop = "internal error of clausewise"
        raise


def _run(config: pytest.Config) -> SuiteRun | None:
    run: SuiteRun | None = config.stash.get(_RUN, None)
    return run


def _in_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


def _is_controller(config: pytest.Config) -> bool:
    return config.pluginmanager.hasplugin("dsession")


@pytest.hookimpl(wrapper=True)
def pytest_sessionfinish(
    session: pytest.Session, exitstatus: int | pytest.ExitCode
) -> Generator[None, None, None]:
    """Write the one report, and let it have its say about the exit code."""
    config = session.config
    run = _run(config)
    if run is None or _is_controller(config):
        yield
        if _is_controller(config):
            _finish_controller(session, exitstatus)
        return
    interrupted = exitstatus in (pytest.ExitCode.INTERRUPTED, pytest.ExitCode.INTERNAL_ERROR)
    if interrupted or session.shouldstop or session.shouldfail:
        run.session.stop("the run was stopped")
    if _BUG in config.stash:
        session.exitstatus = pytest.ExitCode.INTERNAL_ERROR
        _await_undoing(run)
        yield
        return
    if _TROUBLE in config.stash:
        _await_undoing(run)
        run.give_up()
        if _in_worker(config):
            trouble = [config.stash[_TROUBLE], config.stash[_CODE]]
            config.workeroutput["clausewise_trouble"] = trouble  # type: ignore[attr-defined]
        yield
        return
    try:
        records = run.records()
        if _in_worker(config):
            config.workeroutput["clausewise_parts"] = json.dumps([r.as_json() for r in records])  # type: ignore[attr-defined]
        else:
            _finish(session, run, records, exitstatus)
    except KeyboardInterrupt:
        journal = run.journal.path if run.journal is not None else None
        config.stash[_TROUBLE] = _advice(journal)
        session.exitstatus = pytest.ExitCode.INTERRUPTED
    yield


def _await_undoing(run: SuiteRun) -> None:
    """Wait until what a broken run had made is undone: it goes on in a thread of its own."""
    run.session.stop("the run was stopped")
    with suppress(Exception):  # it was told already
        run.session.finished()


def _advice(journal: Path | None) -> str:
    """What to do after a run whose end nobody waited for."""
    if journal is None:
        return "interrupted"
    here = Path.cwd()
    shown = journal.relative_to(here) if journal.is_relative_to(here) else journal
    return (
        "interrupted before all that was made was known to be undone. Write the report with "
        f"`clausewise report {shown}`, then undo what it lists with `clausewise cleanup`"
    )


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: Any) -> None:
    """Take over what an xdist worker found out."""
    output = getattr(node, "workeroutput", None) or {}
    if "clausewise_parts" in output:
        from clausewise.record.record import Record

        found = json.loads(output["clausewise_parts"])
        node.config.stash[_PARTS] += [Record.from_json(one) for one in found]
    if "clausewise_trouble" in output:
        text, code = output["clausewise_trouble"]
        node.config.stash[_TROUBLE], node.config.stash[_CODE] = text, code


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep contract tests together: they share one ledger, and nothing is sent twice."""
    if config.getoption("dist", "no") not in ("load", "loadscope", "loadfile"):
        return None
    from clausewise.suite.xdist import ContractScheduling

    return ContractScheduling(config, log)


def _finish_controller(session: pytest.Session, exitstatus: int | pytest.ExitCode) -> None:
    config = session.config
    if _TROUBLE in config.stash:
        session.exitstatus = config.stash[_CODE]
        return
    parts = config.stash[_PARTS]
    if not parts:
        if exitstatus == pytest.ExitCode.INTERRUPTED:
            # A worker undoes what it has made, and nobody waits to hear of it.
            folder = Path(config.invocation_params.dir, _option(config, "report_dir"))
            config.stash[_TROUBLE] = _advice(max(folder.glob("journal-*.jsonl"), default=None))
        return
    _finish(session, _run(config) or _bare_run(config), parts, exitstatus)


def _bare_run(config: pytest.Config) -> SuiteRun:
    """The controller of xdist collects nothing: make the run from its options alone."""
    from clausewise.campaign.session import clauses_of
    from clausewise.pack import find_pack
    from clausewise.suite.items import open_run

    start = Path(str(config.args[0]).split("::")[0]) if config.args else config.rootpath
    pack = find_pack(_option(config, "pack"), start=start if start.is_dir() else start.parent)
    return open_run(pack, _options(config), config.invocation_params.dir, clauses_of(pack))


def _finish(
    session: pytest.Session,
    run: SuiteRun,
    records: Sequence[Record],
    exitstatus: int | pytest.ExitCode,
) -> None:
    report = run.finish(records, int(exitstatus))
    session.config.stash[_REPORT] = report
    # The controller of xdist has collected nothing, and does not know it yet.
    session.config.stash[_PACK] = run.pack
    session.exitstatus = report.run.exit_code


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(
    terminalreporter: Any, config: pytest.Config
) -> Generator[None, None, None]:
    """Say where the report is; in GitHub Actions annotate what it found."""
    report: Report | None = config.stash.get(_REPORT, None)
    if report is None and _TROUBLE not in config.stash:
        yield
        return
    from clausewise.report.annotations import annotations_of, commands_off
    from clausewise.report.findings import headline, reasons, share
    from clausewise.report.showing import one_line

    # Around what pytest prints meanwhile as well: its failures quote the target.
    with commands_off(terminalreporter.write_line):
        yield
        if _TROUBLE in config.stash:
            terminalreporter.write_line(config.stash[_TROUBLE], red=True)
    if report is None or LISTENER in config.stash:
        return
    directory = Path(config.invocation_params.dir, _option(config, "report_dir"))
    terminalreporter.write_sep("=", "contract")
    terminalreporter.write_line(headline(report))
    for line in (share(report), *(f"{n:5} {why}" for n, why in reasons(report, 12))):
        if line:
            terminalreporter.write_line(one_line(line, 300))
    run = _run(config)
    if run is not None:
        terminalreporter.write_line(f"target: {run.session.settings.shown}")
    terminalreporter.write_line(f"reports: {directory}")
    for line in annotations_of(report, config.stash[_PACK].root):
        terminalreporter.write_line(line)


def report_of(config: pytest.Config) -> Report | None:
    """The report of a finished run, for whoever ran pytest in this process."""
    report: Report | None = config.stash.get(_REPORT, None)
    return report


def trouble(config: pytest.Config) -> str | None:
    """Why the target could not be judged at all, if it could not."""
    return config.stash.get(_TROUBLE, None)
