"""Judge a target clause by clause and write the reports.

Without --base-url and --profile the pack's own mock is judged, in this process. Arguments that are
not listed here go to pytest: -k EXPRESSION, -x, --lf, -n 2, -v, --junitxml=FILE, a test file …
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from clausewise.errors import UsageError
from clausewise.options import add_run_options
from clausewise.pack import Pack, find_pack

if TYPE_CHECKING:
    import pytest
    from rich.console import Console

    from clausewise.campaign.campaign import Progress
    from clausewise.pack.settings import Settings
    from clausewise.report import Report

NAME = "run"
HELP = "judge a target clause by clause and write the reports"

# With one of these, pytest's own output is what the user wants to see.
_TALKATIVE = ("-v", "--verbose", "-s", "--pdb", "--collect-only", "--co", "--durations", "-h")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_run_options(parser.add_argument)
    parser.add_argument(
        "--dry-run", action="store_true", help="say what would be sent where; send nothing"
    )


def execute(options: argparse.Namespace) -> int:
    """Run the suite; gives pytest's exit code, or 6."""
    pack = find_pack(options.pack)
    pack.contract  # noqa: B018  # a broken contract ends here, with file and line
    settings = _settings(options, pack)
    if options.dry_run:
        return _dry_run(options, pack, settings)
    if not settings.consented:
        _ask(options, pack, settings)
    if not options.rest:
        _plan_ahead(options, pack)
    import pytest
    from rich.console import Console

    # Imported before pytest starts, our modules are not searched for asserts to rewrite.
    import clausewise.report
    import clausewise.suite.items  # noqa: F401

    # A job that is called off ends like Ctrl-C: what was made is undone, and the report is written.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    quiet = not any(
        word == talk or word.startswith(f"{talk}=") or (talk == "-v" and word.startswith("-v"))
        for word in options.rest
        for talk in _TALKATIVE
    )
    with _own_output() as output, _silenced(quiet):
        console = Console(file=output)
        watcher = _Watcher(pack, settings.shown, console, quiet)
        watcher.by_default = options.pack is None and pack.origin.startswith("bundled:")
        try:
            code = int(pytest.main(_arguments(options, pack), plugins=[watcher]))
        except KeyboardInterrupt:  # another one, while pytest was about the first
            code = int(pytest.ExitCode.INTERRUPTED)
    return _close(watcher, code, quiet)


def _settings(options: argparse.Namespace, pack: Pack) -> Settings:
    """Where the run would go. Raises UsageError before anything is imported or sent."""
    from clausewise.pack.settings import resolve

    return resolve(
        pack,
        base_url=options.base_url,
        profile=options.profile,
        headers=tuple(options.header),
        concurrency=options.concurrency,
        rate=options.rate,
        max_requests=options.max_requests,
        max_seconds=options.max_time,
        path_values=tuple(options.set),
        auth=tuple(options.auth),
        yes=options.yes,
    )


def _ask(options: argparse.Namespace, pack: Pack, settings: Settings) -> None:
    """Ask once whether a target elsewhere is meant. Raises UsageError where nobody can say so."""
    from clausewise.pack.settings import must_be_meant

    # Without a terminal there may be no standard input at all.
    if sys.stdin is None or not sys.stdin.isatty() or os.environ.get("CI"):
        must_be_meant(settings)
    for line in _said_of(options, pack, settings):
        print(line)
    try:
        answer = input("Go on? [y/N] ")
    except EOFError:
        print()
        answer = ""
    if answer.strip().lower() not in ("y", "yes"):
        raise UsageError("nothing was sent")
    options.yes = True


def _dry_run(options: argparse.Namespace, pack: Pack, settings: Settings) -> int:
    for line in _said_of(options, pack, settings):
        print(line)
    print("Nothing was sent. clausewise plan prints every single request.")
    return 0


def _said_of(options: argparse.Namespace, pack: Pack, settings: Settings) -> Iterator[str]:
    """What a run would send where, one line a fact."""
    from clausewise.plan.plan import make_plan
    from clausewise.secrets.masking import MASK, mask_for

    plan = make_plan(pack, examples=options.examples, seed=options.seed)
    scenarios = sum(scenery.requests for scenery, _ in pack.scenarios)
    total = len(plan.cases) + plan.preparations(pack) + scenarios
    if settings.max_requests is not None:
        total = min(total, settings.max_requests)
    yield f"target       {settings.shown}"
    yield f"pack         {_named(pack)}"
    mask = mask_for(pack.contract, settings, pack.token_variable)
    for name, value in settings.path.items():
        yield f"path         {name} = {MASK if mask.hides(name) else value}"
    yield f"credential   {settings.token_name if settings.token else 'none'}"
    for name, _ in settings.headers:
        yield f"header       {name}"
    yield f"requests     at most {total}, before what a finding takes to explain"
    for plan_of in plan.operations.values():
        operation = plan_of.operation
        yield f"  {len(plan_of.cases):4} {operation.method:6} {operation.path}"
    pace = f"{settings.rate:g} a second" if settings.rate else "as fast as it answers"
    yield f"pace         {pace}, {settings.concurrency} at a time"
    for resource, ids in settings.leases.items():
        yield f"{resource:12} {', '.join(ids)}"
    undone = "undone afterwards" if settings.clean_up else "left as it is"
    yield f"what it makes is {undone}"


def _plan_ahead(options: argparse.Namespace, pack: Pack) -> None:
    """Make the plans before pytest is there, which would rewrite all of Hypothesis' asserts.

    The suite finds them where plans are kept. A selection of tests plans only what it needs.
    """
    from clausewise.plan.plan import make_plan

    make_plan(pack, examples=options.examples, seed=options.seed)


def _close(watcher: _Watcher, code: int, quiet: bool) -> int:
    """The last words, and the exit code."""
    from rich.console import Console

    from clausewise.report import annotations_of, commands_off, print_report

    if watcher.trouble is not None:
        text = f"clausewise: {watcher.trouble}"
        with commands_off(partial(print, file=sys.stderr, flush=True)):
            Console(stderr=True).print(text, markup=False, highlight=False)
        return code
    if watcher.report is not None and quiet:
        with commands_off(partial(print, flush=True)):
            print_report(watcher.report, Console(), watcher.reports)
        for line in annotations_of(watcher.report, watcher.pack.root):
            encoding = sys.stdout.encoding or "utf-8"
            print(line.encode(encoding, "backslashreplace").decode(encoding))
    return code


@contextmanager
def _own_output() -> Iterator[IO[str]]:
    """Standard output by a descriptor of its own: pytest captures the usual one."""
    try:
        descriptor = os.dup(sys.stdout.fileno())
    except (OSError, ValueError, AttributeError):  # a stream in memory
        yield sys.stdout
        return
    with open(descriptor, "w", encoding=sys.stdout.encoding, errors="replace") as output:
        yield output


@contextmanager
def _silenced(quiet: bool) -> Iterator[None]:
    """Pytest's own report goes nowhere: the closing table says what it would."""
    if not quiet:
        yield
        return
    with open(os.devnull, "w", encoding="utf-8") as nowhere, redirect_stdout(nowhere):
        yield


def _arguments(options: argparse.Namespace, pack: Pack) -> list[str]:
    """The command line for pytest."""
    paths = [word for word in options.rest if _is_path(word)]
    arguments = [] if paths else [str(pack.tests)]
    inside = Path.cwd().is_relative_to(pack.root)
    arguments += ["--import-mode=importlib", f"--rootdir={pack.root if inside else Path.cwd()}"]
    # A pack in site-packages must stay as it is: the cache goes where the user is.
    if "no:cacheprovider" not in options.rest:  # without it, pytest knows no `cache_dir`
        arguments += ["-o", f"cache_dir={Path.cwd() / '.pytest_cache'}"]
    # Plugins that the suite has no use for, and that take long to import.
    for plugin in ("anyio", "hypothesispytest", "schemathesis"):
        arguments += ["-p", f"no:{plugin}"]
    arguments += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]
    for name in ("pack", "profile", "base_url", "report_dir", "examples", "seed", "max_requests",
                 "max_time", "rate", "concurrency", "min_judged"):  # fmt: skip
        value = getattr(options, name)
        if value is not None:
            arguments.append(f"--{name.replace('_', '-')}={value}")
    arguments += [f"--header={line}" for line in options.header]
    arguments += [f"--set={pair}" for pair in options.set]
    arguments += [f"--auth={pair}" for pair in options.auth]
    if options.yes:
        arguments.append("--yes")
    arguments.append(f"--fail-on={','.join(options.fail_on)}")
    if options.pack is None:
        arguments.append(f"--pack={pack.origin}")
    return [*arguments, *options.rest]


def _is_path(word: str) -> bool:
    return not word.startswith("-") and ("::" in word or Path(word).exists())


def _named(pack: Pack, by_default: bool = False) -> str:
    """A pack in words: whose contract it has, and where it is."""
    where = "this folder" if pack.root == Path.cwd() else pack.origin
    if by_default:
        where += ", since no folder from here upward has a clausewise.yaml"
    return f"{pack.contract.name} ({where})"


class _Watcher:
    """A pytest plugin: shows progress, keeps pytest quiet, and keeps the report model."""

    def __init__(self, pack: Pack, target: str, console: Console, quiet: bool) -> None:
        self.pack = pack
        self.target = target
        self.console = console
        self.quiet = quiet
        # Whether nobody named the pack: it is the bundled one.
        self.by_default = False
        self.report: Report | None = None
        self.trouble: str | None = None
        self.reports: list[Path] = []
        self._bar: Any = None
        self._task: Any = None
        self._phase: tuple[str, str] | None = None

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Say what will be judged, before anything is sent."""
        from clausewise import pytest_plugin

        if not self.quiet or session.config.option.collectonly:
            return
        clauses = sum(1 for item in session.items if pytest_plugin.is_clause(item))
        self._say(f"pack   {_named(self.pack, self.by_default)}")
        self._say(f"target {self.target}")
        self._say(f"{clauses} clause{'' if clauses == 1 else 's'} to judge\n")
        session.config.stash[pytest_plugin.LISTENER] = self._progress

    def pytest_internalerror(self, excrepr: Any) -> None:
        """A bug shows its traceback."""
        if self.quiet:
            self._end_bar()
            self._quote(str(excrepr))

    def pytest_collectreport(self, report: Any) -> None:
        """A test file that cannot be read is told in full."""
        if report.failed and self.quiet:
            self._quote(str(report.longrepr))

    def pytest_runtest_logreport(self, report: Any) -> None:
        """So is a failure that is no verdict: a test of the user's own, or a bug of ours."""
        told = report.longreprtext.lstrip()
        verdict = report.when == "call" and told.startswith(("violated:", "lenient:", "strict:"))
        if report.failed and self.quiet and not verdict:
            self._end_bar()
            self._quote(f"{report.nodeid}\n{report.longreprtext}")

    def pytest_sessionfinish(self) -> None:
        """Clear the bar before pytest's last words."""
        self._end_bar()

    def pytest_unconfigure(self, config: pytest.Config) -> None:
        """Take the results over."""
        from clausewise import pytest_plugin

        self._end_bar()
        self.report = pytest_plugin.report_of(config)
        self.trouble = pytest_plugin.trouble(config)
        directory = Path(config.invocation_params.dir, config.getoption("clausewise_report_dir"))
        if self.report is not None:
            here = Path.cwd()
            shown = directory.relative_to(here) if directory.is_relative_to(here) else directory
            self.reports = sorted(shown.glob("conformance.*"))

    def _progress(self, progress: Progress) -> None:
        operation = progress.operation
        if not self.console.is_terminal:
            if (operation, progress.phase) != self._phase:
                self._phase = (operation, progress.phase)
                sent = f"{progress.sent} request{'' if progress.sent == 1 else 's'}"
                self._say(f"{operation}: {progress.phase}, {sent} so far")
            return
        if self._bar is None:
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

            # The streams stay pytest's: put back later, those of its capture would be closed.
            self._bar = Progress(
                TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
                console=self.console, transient=True, redirect_stdout=False, redirect_stderr=False,
            )  # fmt: skip
            self._bar.start()
            self._task = self._bar.add_task(operation, total=progress.planned)
        self._bar.update(
            self._task,
            description=f"{operation}: {progress.phase}",
            completed=progress.sent,
            total=max(progress.planned, progress.sent),
        )

    def _end_bar(self) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def _quote(self, text: str) -> None:
        """Print what may hold words of the target."""
        from clausewise.report import commands_off

        with commands_off(partial(print, file=self.console.file, flush=True)):
            self.console.print(text, markup=False, highlight=False)

    def _say(self, line: str) -> None:
        self.console.print(line, markup=False, highlight=False, soft_wrap=True)
        self.console.file.flush()
