"""The options of a run: one list for the command line and for pytest."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, NamedTuple, get_args

# The environment variables of the commands that send something, and what each is for.
ASKING_VARIABLES = {
    "HTTP_PROXY, HTTPS_PROXY, NO_PROXY": "the way to a target that is not on this machine",
    "(yours)": "credentials, in the variables that --auth or clausewise.yaml name",
}
FAIL_ON = ("violated", "lenient", "strict")
# All verdicts that could fail a run, and so those that a waiver may excuse.
WAIVABLE = (*FAIL_ON, "inconclusive", "unexercised")
# Levels of fidelity, in the order in which they are told.
Level = Literal[
    "reach", "shape", "errors", "leniency", "strictness", "auth", "identity", "state", "breadth",
    "steadiness",
]  # fmt: skip
LEVELS: tuple[Level, ...] = get_args(Level)
# What is asked of credentials, from less to more.
Tokens = Literal["none", "presence", "value"]
TOKENS: tuple[Tokens, ...] = get_args(Tokens)
# What a report is written as, by the endings of its files; then also where that is asked for.
Written = Literal["json", "html", "junit.xml", "md", "sarif", "har"]
Format = Literal[Written, "ctrf.json", "codequality.json"]
WRITTEN: tuple[Written, ...] = get_args(Written)
FORMATS: tuple[Format, ...] = get_args(Format)
# The share of what is asked, in percent, that a run has to judge.
MIN_JUDGED = 25


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A question to put behind a word that is not known; empty where nothing is near."""
    from difflib import get_close_matches

    near = get_close_matches(word, list(known), n=2, cutoff=0.6)
    return f"; did you mean {' or '.join(near)}?" if near else ""


def positive(text: str) -> int:
    """Read a number from 1 up."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a number from 1 up")
    return number


def natural(text: str) -> int:
    """Read a number from 0 up."""
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError(f"{text} is not a number from 0 up")
    return number


def _seconds(text: str) -> float:
    number = float(text.removesuffix("s"))
    if not number > 0:
        raise argparse.ArgumentTypeError(f"{text} is not a number of seconds above 0")
    return number


def _settle(text: str) -> float:
    number = float(text.removesuffix("s"))
    if not number >= 0:
        raise argparse.ArgumentTypeError(f"{text} is not a number of seconds from 0 up")
    return number


def _rate(text: str) -> float:
    number = float(text.removesuffix("/s"))
    if not number > 0:
        raise argparse.ArgumentTypeError(f"{text} is not a rate such as 4/s")
    return number


class Shard(NamedTuple):
    """One of so many parts of a run, from 1 up."""

    part: int
    parts: int

    def __str__(self) -> str:
        return f"{self.part}/{self.parts}"


def _shard(text: str) -> Shard:
    part, _, parts = text.partition("/")
    if not (part.isdigit() and parts.isdigit() and 1 <= int(part) <= int(parts)):
        raise argparse.ArgumentTypeError(f"{text} is no part such as 2/8")
    return Shard(int(part), int(parts))


def _percentage(text: str) -> int:
    number = int(text.removesuffix("%"))
    if not 0 <= number <= 100:
        raise argparse.ArgumentTypeError(f"{text} is not a percentage from 0 to 100")
    return number


def _words(text: str, known: tuple[str, ...], what: str, offered: Iterable[str]) -> tuple[str, ...]:
    """Read words with commas between them, of which each is `what` or refused."""
    named = tuple(word.strip() for word in text.split(",") if word.strip())
    for word in named:
        if word not in known:
            raise argparse.ArgumentTypeError(
                f"{word!r} is no {what}; take some of {', '.join(offered)}"
            )
    return named


def _formats(text: str) -> tuple[str, ...]:
    named = _words(text, FORMATS, "format of reports", FORMATS)
    if not named:
        raise argparse.ArgumentTypeError(f"take some of {', '.join(FORMATS)}")
    return named


def level_wanted(text: str) -> str:
    """Read what a level of fidelity has to reach: `LEVEL=PERCENT`, or `auth=WORD`."""
    level, _, wanted = text.partition("=")
    level, wanted = level.strip(), wanted.strip().removesuffix("%").strip()
    if level not in LEVELS:
        near = did_you_mean(level, LEVELS) or f"; there are {', '.join(LEVELS)}"
        raise argparse.ArgumentTypeError(f"{level!r} is no level of fidelity{near}")
    if level == "auth" and wanted in TOKENS:
        return f"{level}={wanted}"
    if not (wanted.isdecimal() and int(wanted) <= 100):
        words = f" or one of {', '.join(TOKENS)}" if level == "auth" else ""
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a level with a percentage{words}, such as leniency=80"
        )
    return f"{level}={wanted}"


def read_verdicts(text: str) -> tuple[str, ...]:
    """Read verdicts that may fail a run, or that a waiver excuses."""
    return _words(text, WAIVABLE, "verdict that can fail a run", FAIL_ON)


for _type, _name in ((positive, "number"), (natural, "number"), (_seconds, "seconds")):
    _type.__name__ = _name
_settle.__name__ = "seconds"
_rate.__name__ = "rate"
_percentage.__name__ = "percentage"
read_verdicts.__name__ = "list of verdicts"
level_wanted.__name__ = "level"
_formats.__name__ = "list of formats"


def add_plan_options(add: Callable[..., Any], like_report: bool = False) -> None:
    """Declare the options that change a plan; `like_report` leaves the default to a report."""
    known = "as the report has it, else " if like_report else ""
    add("--pack", metavar="PATH|bundled:NAME", help="the contract to test against")
    add(
        "--examples",
        type=natural,
        default=None if like_report else 25,
        metavar="N",
        help=f"size of the random search; 0 is off (default: {known}25)",
    )
    add(
        "--seed",
        type=int,
        default=None if like_report else 0,
        metavar="N",
        help=f"seed of the random search (default: {known}0)",
    )
    add("--max-requests", type=positive, metavar="N", help="send no more than N requests")


def add_selection_options(add: Callable[..., Any]) -> None:
    """Declare the options that say which clauses are meant."""
    for name, told in (("--include", "judge only these"), ("--exclude", "leave these out")):
        add(
            name,
            action="append",
            default=[],
            metavar="OPERATION",
            help=f"{told}: an operationId, 'METHOD /path', tag:NAME or a glob of clause ids; "
            "may be repeated",
        )


def add_after(add: Callable[..., Any]) -> None:
    """Declare the option that leaves to others what they have done."""
    add(
        "--after",
        metavar="REPORT",
        help="judge only what a conformance.json (of recorded traffic, say) has not shown",
    )


def add_auth(add: Callable[..., Any]) -> None:
    """Declare the option that names credentials."""
    add(
        "--auth",
        action="append",
        default=[],
        metavar="SCHEME=env:VARIABLE",
        help="the variable that holds a security scheme's credential; may be repeated",
    )


def _add_least(add: Callable[..., Any], what: str) -> None:
    """Declare the option that names levels with what each has to reach."""
    add(
        "--min",
        action="append",
        type=level_wanted,
        default=[],
        metavar="LEVEL=PERCENT",
        help=f"{what}: shape=95, auth=presence; may be repeated",
    )


def add_judging_options(add: Callable[..., Any], min_judged: int = MIN_JUDGED) -> None:
    """Declare the options that say what fails, and how much is enough by default."""
    add(
        "--fail-on",
        type=read_verdicts,
        default=FAIL_ON,
        metavar="VERDICTS",
        help="verdicts that fail the run (default: violated,lenient,strict)",
    )
    add(
        "--min-judged",
        type=_percentage,
        default=min_judged,
        metavar="PERCENT",
        help=f"end with 5 where less of what is asked could be judged (default: {min_judged})",
    )
    _add_least(add, "end with 1 where a level of fidelity is below that")
    add(
        "--baseline",
        metavar="REPORT",
        help="fail only on what this conformance.json had not found",
    )
    add("--waivers", metavar="FILE", help="accepted deviations, beside those of the pack")


def _add_header(add: Callable[..., Any]) -> None:
    """Declare the option that adds headers to requests."""
    add(
        "--header",
        action="append",
        default=[],
        metavar="'NAME: VALUE'",
        help="a header of every request; may be repeated",
    )


def add_again_options(add: Callable[..., Any]) -> None:
    """Declare the options of who sends to the target of a report again."""
    add("--pack", metavar="PATH|bundled:NAME", help="the contract")
    add("--profile", metavar="NAME", help="a profile of the pack")
    _add_header(add)
    add_auth(add)
    add("--yes", action="store_true", help="a target on another machine is meant")


def add_way_options(add: Callable[..., Any]) -> None:
    """Declare the options that say how a target is asked, whichever it is."""
    _add_header(add)
    add_auth(add)
    add(
        "--set",
        action="append",
        default=[],
        metavar="[[OPERATION:]PART#]POINTER=VALUE",
        help="a value for a place of requests: id=7 for a path parameter, query#/tenant=acme, "
        "create_user:request#/plan=basic; may be repeated",
    )
    add(
        "--destructive",
        action="store_true",
        help="also destroy (DELETE, reset, revoke, …) what the run has not made itself",
    )
    add(
        "--read-only",
        action="store_true",
        help="send GET, HEAD and OPTIONS only; what needs anything else is left out",
    )
    add("--yes", action="store_true", help="a target on another machine is meant, do not ask")
    add("--max-time", type=_seconds, metavar="SECONDS", help="send nothing after so many seconds")
    add(
        "--settle",
        type=_settle,
        metavar="SECONDS",
        help="how long what is not there yet may take to show (default: 2 on this machine, "
        "15 elsewhere)",
    )
    add("--rate", type=_rate, metavar="N/s", help="send at most N requests a second")
    add("--concurrency", type=positive, metavar="N", help="connections used at the same time")


def add_report_dir(
    add: Callable[..., Any], what: str = "the reports go", default: str = "reports"
) -> None:
    """Declare the option that says where reports go, or `what` goes."""
    add(
        "--report-dir",
        default=default,
        metavar="DIR",
        help=f"where {what} (default: ./{default})",
    )


def add_comparing_options(add: Callable[..., Any]) -> None:
    """Declare the options of a comparison; those of requests hold for sides that are asked."""
    add_plan_options(add, like_report=True)
    add_selection_options(add)
    add_way_options(add)
    add_report_dir(add)
    _add_least(add, "end with 1 only where less of a level is the same")
    add(
        "--baseline",
        metavar="COMPARISON",
        help="fail only on what differs otherwise than in this comparison.json",
    )


def add_run_options(add: Callable[..., Any]) -> None:
    """Declare every option of a run through `add`, a parser's or a pytest group's method."""
    add_plan_options(add)
    add_selection_options(add)
    add("--profile", metavar="NAME", help="a profile of the pack's clausewise.yaml")
    add(
        "--base-url",
        metavar="URL",
        help="the target to judge; without it, the pack's own mock in this process",
    )
    add_way_options(add)
    add_report_dir(add)
    add_formats(add)
    add_judging_options(add)
    add(
        "--shard",
        type=_shard,
        metavar="I/N",
        help="do part I of N of a run; clausewise merge puts their reports together",
    )


def add_formats(add: Callable[..., Any]) -> None:
    """Declare the option that says what reports are written as."""
    add(
        "--report",
        type=_formats,
        default=WRITTEN,
        metavar="FORMATS",
        help=f"what to write: some of {','.join(FORMATS)} (default: the first {len(WRITTEN)})",
    )


def run_options() -> dict[str, dict[str, Any]]:
    """By the name of each option of a run in Python, how it was declared."""
    declared: dict[str, dict[str, Any]] = {}

    def add(name: str, **settings: Any) -> None:
        declared[name.removeprefix("--").replace("-", "_")] = settings

    add_run_options(add)
    return declared


def spelt(options: Mapping[str, Any], prefix: str) -> list[str]:
    """The options of a run as arguments again, each name behind a prefix; defaults are left out."""
    arguments = []
    for name, settings in run_options().items():
        word, value = f"{prefix}{name.replace('_', '-')}", options[name]
        if value == settings.get("default") or value is None or value is False:
            continue
        if settings.get("action") == "store_true":
            arguments.append(word)
        elif settings.get("action") == "append":
            arguments += [f"{word}={one}" for one in value]
        elif isinstance(value, tuple) and not isinstance(value, Shard):
            arguments.append(f"{word}={','.join(value)}")
        else:
            arguments.append(f"{word}={value}")
    return arguments
