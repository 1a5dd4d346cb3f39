"""Write waivers for findings of a report: all of them, those of a cause, or single clauses.

They go into waivers.yaml beside the pack's clausewise.yaml, or into the file that --waivers names;
where the pack is a bundled one, into ./waivers.yaml, which `run --waivers waivers.yaml` then takes.
What a later run finds besides fails it all the same.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clausewise.errors import UsageError
from clausewise.options import WAIVABLE, did_you_mean, read_verdicts

if TYPE_CHECKING:
    from clausewise.pack.waivers import Waiver
    from clausewise.record.record import JudgedClause
    from clausewise.report import Report

EXAMPLES = (
    "clausewise waive reports/conformance.json --reason 'the stub knows no tokens' "
    "--owner qa@example.net --expires 2027-03-31 --root 8633833f6f",
    "clausewise waive reports/conformance.json '*:auth' --reason 'as above' "
    "--owner qa@example.net --expires 2027-03-31 --waivers mine.yaml",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("report", metavar="REPORT", help="a conformance.json")
    parser.add_argument(
        "clause",
        nargs="*",
        metavar="CLAUSE",
        help="a clause id, or a pattern (*, ?) of ids; with neither that nor --root: all findings",
    )
    parser.add_argument(
        "--root", action="append", default=[], metavar="ID", help="the findings of one cause"
    )
    parser.add_argument("--reason", required=True, help="why they are accepted")
    parser.add_argument("--owner", required=True, help="who accepts them")
    parser.add_argument(
        "--expires", required=True, type=_day, metavar="DAY", help="the last day, as 2026-12-31"
    )
    parser.add_argument(
        "--profile", metavar="NAME", help="only for this profile (default: the report's own)"
    )
    parser.add_argument(
        "--verdicts",
        type=read_verdicts,
        metavar="VERDICTS",
        help=f"excuse these of {', '.join(WAIVABLE)} (default: what was found)",
    )
    parser.add_argument("--pack", metavar="PATH|bundled:NAME", help="the contract")
    parser.add_argument("--waivers", metavar="FILE", help="where to write them")


def execute(options: argparse.Namespace) -> int:
    """Write the waivers; gives 0. Raises UsageError where nothing fits, or they cannot be kept."""
    from clausewise.pack.waivers import read_waivers_file
    from clausewise.report import Report
    from clausewise.report.findings import plural

    report = Report.load(options.report)
    profile = options.profile
    if profile is None and isinstance(report.run.profile, str):
        profile = report.run.profile
    nodes = [
        _node(clause, verdicts, options, profile, most)
        for clause, verdicts, most in _meant(report, options.clause, options.root)
    ]
    path, hint = _place(options, report)
    known = read_waivers_file(path) if path.exists() else ()
    fresh = [node for node in nodes if not any(_holds(waiver, node) for waiver in known)]
    if fresh:
        _append(path, _by_cause(report, fresh))
        read_waivers_file(path)  # what nobody could read is told now
    there = len(nodes) - len(fresh)
    also = f", {there} {'was' if there == 1 else 'were'} there" if there else ""
    where = f" for the profile {profile}" if profile else ""
    print(f"{plural(len(fresh), 'waiver')}{where} written to {path}{also}{hint}")
    return 0


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day such as 2026-12-31") from None
    if day < date.today():
        raise argparse.ArgumentTypeError(f"{text} is over: such a waiver excuses nothing")
    return day


def _meant(
    report: Report, words: Iterable[str], roots: Iterable[str]
) -> Iterator[tuple[str, tuple[str, ...], int | None]]:
    """The clauses, or patterns, with what is found of them, and how much a pattern may excuse."""
    found = {clause.id: clause for clause in report.findings}
    wanted: dict[str, JudgedClause] = {}
    for name in roots:
        wanted.update((one.id, one) for one in _of_root(report, name) if one.id in found)
    patterns: dict[str, list[JudgedClause]] = {}
    for word in words:
        if word in found:
            wanted[word] = found[word]
            continue
        fitting = [clause for clause in found.values() if fnmatchcase(clause.id, word)]
        if not fitting:
            near = did_you_mean(word, found)
            raise UsageError(f"the report has no finding {word!r}{near}")
        patterns[word] = fitting
    if not words and not roots:
        wanted = found
    if not wanted and not patterns:
        raise UsageError("the report has no findings: there is nothing to waive")
    for clause in wanted.values():
        yield clause.id, (clause.verdict,), None
    for word, clauses in patterns.items():
        yield word, tuple(dict.fromkeys(clause.verdict for clause in clauses)), len(clauses)


def _of_root(report: Report, name: str) -> list[JudgedClause]:
    from clausewise.report.telling import causes

    roots = {root.id: root for root in causes(report)}
    if name not in roots:
        raise UsageError(f"the report has no root {name!r}{did_you_mean(name, roots)}")
    by_id = {clause.id: clause for clause in report.clauses}
    return [by_id[clause] for clause in roots[name].clauses]


def _node(
    clause: str,
    found: tuple[str, ...],
    options: argparse.Namespace,
    profile: str | None,
    most: int | None,
) -> dict[str, Any]:
    """One waiver, as a file has it."""
    node: dict[str, Any] = {"clause": clause, "verdicts": list(options.verdicts or found)}
    node |= {"most": most} if most is not None else {}
    # A day of its own: YAML would write a reference to what stands there twice.
    node |= {"reason": options.reason, "owner": options.owner, "expires": options.expires.replace()}
    return node | ({"profile": profile} if profile else {})


def _holds(waiver: Waiver, node: Mapping[str, Any]) -> bool:
    """Whether a waiver that is there excuses all that a new one would, for as long."""
    return (
        (waiver.clause, waiver.profile) == (node["clause"], node.get("profile"))
        and waiver.expires >= node["expires"]
        and set(waiver.verdicts) >= set(node["verdicts"])
        and (waiver.most or 0) >= node.get("most", 0)
    )


def _place(options: argparse.Namespace, report: Report) -> tuple[Path, str]:
    """Where the waivers go, and what a later run has to be told."""
    from clausewise.pack import find_pack
    from clausewise.pack.waivers import FILE

    if options.waivers:
        return Path(options.waivers), f"; run with --waivers {options.waivers}"
    pack = find_pack(options.pack or report.contract.pack)
    if pack.origin.startswith("bundled:"):
        return Path(FILE), f"; run with --waivers {FILE}"
    return pack.root / FILE, ""


def _by_cause(
    report: Report, nodes: Iterable[dict[str, Any]]
) -> dict[str | None, list[dict[str, Any]]]:
    """Waivers by the cause that their clause shares with others; None for those alone."""
    from clausewise.report.showing import one_line
    from clausewise.report.telling import causes_by_clause

    causes = causes_by_clause(report)
    found: dict[str | None, list[dict[str, Any]]] = {}
    for node in nodes:
        root = causes.get(node["clause"])
        shared = root is not None and len(root.clauses) > 1
        title = one_line(f"{root.title} (root {root.id})") if root is not None and shared else None
        found.setdefault(title, []).append(node)
    return found


def _append(path: Path, by_cause: Mapping[str | None, list[dict[str, Any]]]) -> None:
    """Add waivers to a file, of which the rest stays as it is. Raises UsageError."""
    import yaml

    text = ""
    for cause, nodes in by_cause.items():
        text += f"# {cause}\n" if cause is not None else ""
        text += yaml.safe_dump(nodes, sort_keys=False, allow_unicode=True, width=100)
    try:
        before = path.read_text("utf-8") if path.exists() else ""
        if before.strip() == "[]":
            before = ""
        if before and not before.endswith("\n"):
            before += "\n"
        path.write_text(before + text, "utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"the waivers cannot be written to {path}: {error}") from None
