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
from typing import TYPE_CHECKING, Any

from clausewise.commands.output import Outlet
from clausewise.contract.selecting import operations_of, selected
from clausewise.errors import NothingToJudgeError, UsageError
from clausewise.options import add_run_options
from clausewise.pack import Pack, find_pack

if TYPE_CHECKING:
    from clausewise.commands.watching import Watcher
    from clausewise.contract import Clause, Contract
    from clausewise.pack.settings import Settings

NAME = "run"
HELP = "judge a target clause by clause and write the reports"

# With one of these, pytest's own output is what the user wants to see.
_TALKATIVE = ("-v", "--verbose", "-s", "--pdb", "--collect-only", "--co", "--durations", "-h")

# Options of pytest whose value may be the name of a file that is no test.
_VALUED = (
    "-c", "--config-file", "-k", "-m", "-p", "-o", "-W", "-n", "--junitxml", "--junit-xml",
    "--rootdir", "--confcutdir", "--basetemp", "--ignore", "--ignore-glob", "--deselect",
    "--log-file", "--dist",
)  # fmt: skip


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_run_options(parser.add_argument)
    parser.add_argument(
        "--dry-run", action="store_true", help="say what would be sent where; send nothing"
    )


def execute(options: argparse.Namespace) -> int:
    """Run the suite; gives pytest's exit code, or 6."""
    pack = find_pack(options.pack)
    _must_have_operations(pack.contract)  # a broken contract ends here, with file and line
    from clausewise.pack.settings import settings_of

    settings = settings_of(pack, vars(options))
    _selected(options, pack)  # a word that fits nothing ends here
    if options.dry_run:
        return _dry_run(options, pack, settings)
    if not settings.consented:
        _ask(options, pack, settings)
    from clausewise.report.writing import check_folder

    check_folder(Path(options.report_dir))
    if not options.rest:
        _plan_ahead(options, pack)
    import pytest
    from rich.console import Console

    # Imported before pytest starts, our modules are not searched for asserts to rewrite.
    import clausewise.report
    import clausewise.suite.items  # noqa: F401  # for that alone
    from clausewise.commands.watching import Watcher

    # A job that is called off ends like Ctrl-C: what was made is undone, and the report is written.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    quiet = not any(
        word == talk or word.startswith(f"{talk}=") or (talk == "-v" and word.startswith("-v"))
        for word in options.rest
        for talk in _TALKATIVE
    )
    with _own_output() as output, _silenced(quiet):
        console = Console(file=output)
        watcher = Watcher(pack, settings.shown, console, quiet)
        watcher.by_default = options.pack is None and pack.origin.startswith("bundled:")
        try:
            code = int(pytest.main(_arguments(options, pack), plugins=[watcher]))
        except KeyboardInterrupt:  # another one, while pytest was about the first
            code = int(pytest.ExitCode.INTERRUPTED)
    if watcher.mistake is not None:
        raise watcher.mistake
    return _close(watcher, code, quiet)


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
    from clausewise.campaign.catalogue import Catalogue
    from clausewise.campaign.order import left_out
    from clausewise.commands.watching import named
    from clausewise.plan.plan import make_plan
    from clausewise.secrets.masking import MASK, mask_for

    plan = make_plan(pack, examples=options.examples, seed=options.seed)
    scenarios = sum(scenery.requests for scenery, _ in pack.scenarios)
    total = len(plan.cases) + plan.preparations(pack) + plan.repeats + scenarios
    if settings.max_requests is not None:
        total = min(total, settings.max_requests)
    yield f"target       {settings.shown}"
    yield f"pack         {named(pack)}"
    mask = mask_for(pack.contract, settings, pack.token_variable)
    for name, value in settings.path.items():
        yield f"path         {name} = {MASK if mask.hides(name) else value}"
    for name in _credentials_of(settings) or ["none"]:
        yield f"credential   {name}"
    for name, _ in settings.headers:
        yield f"header       {name}"
    yield f"requests     at most {total}, before what a finding takes to explain"
    for plan_of in plan.operations.values():
        operation = plan_of.operation
        yield f"  {len(plan_of.cases):4} {operation.method:6} {operation.path}"
    for name, why in left_out(pack, settings, Catalogue(pack), plan.operations).items():
        operation = pack.contract.operations[name]
        way = "" if settings.read_only else " (--destructive)"
        yield f"left out     {operation.method} {operation.path}: {why}{way}"
    pace = f"{settings.rate:g} a second" if settings.rate else "as fast as it answers"
    yield f"pace         {pace}, {settings.concurrency} at a time"
    for resource, ids in settings.leases.items():
        yield f"{resource:12} {', '.join(ids)}"
    undone = "undone afterwards" if settings.clean_up else "left as it is"
    yield f"what it makes is {undone}"


def _credentials_of(settings: Settings) -> list[str]:
    """The credentials of a run, by scheme and by the variables that hold them."""
    given = [
        f"{scheme}, of {settings.variables.get(secret, 'the pack')}"
        for scheme, secret in settings.credentials.items()
    ]
    return [*given, settings.token_name] if settings.token else given


def _plan_ahead(options: argparse.Namespace, pack: Pack) -> None:
    """Make the plans before pytest is there, which would rewrite all of Hypothesis' asserts.

    The suite finds them where plans are kept. A selection of tests plans only what it needs.
    """
    from clausewise.plan.plan import make_plan

    names = operations_of(_selected(options, pack).values(), pack.contract)
    make_plan(pack, operations=names, examples=options.examples, seed=options.seed)


def _selected(options: argparse.Namespace, pack: Pack) -> dict[str, Clause]:
    """The clauses that are to be judged, by id. Raises UsageError for a word that fits nothing."""
    return selected(pack.contract, options.include, options.exclude)


def _must_have_operations(contract: Contract) -> None:
    """Raise NothingToJudgeError for a document that no request could be made of."""
    if contract.operations:
        return
    rest = "; ".join(f"{one.operation}: {one.reason}" for one in contract.not_judged)
    why = f" ({rest})" if rest else ""
    raise NothingToJudgeError(f"{contract.name} has no operations, so nothing can be judged{why}")


def _close(watcher: Watcher, code: int, quiet: bool) -> int:
    """The last words, and the exit code."""
    from rich.console import Console

    from clausewise.report import commands_off

    if watcher.report is not None and quiet:
        _print_report(watcher)
    if watcher.trouble is not None:
        text = f"clausewise: {watcher.trouble}"
        with commands_off(partial(print, file=sys.stderr, flush=True)):
            Console(stderr=True).print(text, markup=False, highlight=False, soft_wrap=True)
    return code


def _print_report(watcher: Watcher) -> None:
    from rich.console import Console

    from clausewise.report import annotations_of, commands_off, print_report

    assert watcher.report is not None
    with commands_off(partial(print, flush=True)):
        print_report(watcher.report, Console(), watcher.reports)
    for line in annotations_of(watcher.report, watcher.pack.root):
        encoding = sys.stdout.encoding or "utf-8"
        print(line.encode(encoding, "backslashreplace").decode(encoding))


@contextmanager
def _own_output() -> Iterator[Any]:
    """Standard output by a descriptor of its own: pytest captures the usual one."""
    usual = sys.stdout
    try:
        descriptor = os.dup(sys.stdout.fileno())
    except (OSError, ValueError, AttributeError):  # a stream in memory
        yield sys.stdout
        return
    with open(descriptor, "w", encoding=sys.stdout.encoding, errors="replace") as output:
        outlet = Outlet(output, usual if isinstance(usual, Outlet) else None)
        yield outlet
        outlet.flush()


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
    from clausewise.pytest_state import DEFAULT_SUITE, PREFIX

    before = ["", *options.rest]
    paths = [w for at, w in enumerate(options.rest) if before[at] not in _VALUED and _is_path(w)]
    # What the pack's own tests leave out is judged all the same.
    arguments = [] if paths else list(dict.fromkeys([str(pack.tests), str(DEFAULT_SUITE)]))
    inside = Path.cwd().is_relative_to(pack.root)
    arguments += ["--import-mode=importlib", f"--rootdir={pack.root if inside else Path.cwd()}"]
    # A pack in site-packages must stay as it is: the cache goes where the user is.
    if "no:cacheprovider" not in options.rest:  # without it, pytest knows no `cache_dir`
        arguments += ["-o", f"cache_dir={Path.cwd() / '.pytest_cache'}"]
    # Plugins that the suite has no use for, and that take long to import.
    for plugin in ("anyio", "hypothesispytest", "schemathesis"):
        arguments += ["-p", f"no:{plugin}"]
    # A full disk is no error of a test, even where warnings are.
    for warning in ("PytestAssertRewriteWarning", "PytestCacheWarning"):
        arguments += ["-W", f"ignore::pytest.{warning}"]
    for name in ("pack", "profile", "base_url", "report_dir", "examples", "seed", "max_requests",
                 "max_time", "rate", "concurrency", "min_judged"):  # fmt: skip
        value = getattr(options, name)
        if value is not None:
            arguments.append(f"{PREFIX}{name.replace('_', '-')}={value}")
    arguments += [f"{PREFIX}header={line}" for line in options.header]
    arguments += [f"{PREFIX}set={pair}" for pair in options.set]
    arguments += [f"{PREFIX}include={word}" for word in options.include]
    arguments += [f"{PREFIX}exclude={word}" for word in options.exclude]
    arguments += [f"{PREFIX}auth={pair}" for pair in options.auth]
    if options.yes:
        arguments.append(f"{PREFIX}yes")
    if options.destructive:
        arguments.append(f"{PREFIX}destructive")
    if options.read_only:
        arguments.append(f"{PREFIX}read-only")
    arguments.append(f"{PREFIX}fail-on={','.join(options.fail_on)}")
    if options.pack is None:
        arguments.append(f"{PREFIX}pack={pack.origin}")
    return [*arguments, *options.rest]


def _is_path(word: str) -> bool:
    return not word.startswith("-") and ("::" in word or Path(word).exists())
