"""Scenarios that ask nothing of pytest: played without it, which saves what it takes to start."""

from __future__ import annotations

import ast
import io
import traceback
from collections.abc import Callable, Iterable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clausewise.campaign.scenario import play
from clausewise.errors import ClausewiseError

if TYPE_CHECKING:
    from clausewise.marks import Scenery
    from clausewise.suite.run import SuiteRun

_OF_PYTEST = ("pytest", "unittest", "_pytest")
# What a conftest.py of a pack may have and say nothing to a scenario.
_NAMES_OF_OPTIONS = "clausewise.pytest_plugin"


def are_plain(tests: Path) -> bool:
    """Whether all scenarios below a folder are functions of `scenario` alone, and no more.

    What asserts, takes fixtures, has further marks, or imports pytest is pytest's to play, as is
    what cannot be read: pytest says what is wrong.
    """
    for path in tests.rglob("*.py"):
        try:
            content = path.read_bytes()
            if path.name == "conftest.py":
                plain = _says_nothing(ast.parse(content))
            elif b"scenario" in content:
                plain = path.parent == tests and path.name.startswith("test_")
                plain = plain and _is_plain(ast.parse(content))
            else:
                continue
        except (OSError, SyntaxError, ValueError, RecursionError):
            return False
        if not plain:
            return False
    return True


def _says_nothing(module: ast.Module) -> bool:
    return all(
        isinstance(node, ast.Expr | ast.Assign)
        or (isinstance(node, ast.ImportFrom) and node.module == _NAMES_OF_OPTIONS)
        for node in module.body
    )


def _is_plain(module: ast.Module) -> bool:
    for node in ast.walk(module):
        if isinstance(node, ast.Assert | ast.ClassDef | ast.AsyncFunctionDef):
            return False
        if isinstance(node, ast.Import):
            if any(name.name.split(".")[0] in _OF_PYTEST for name in node.names):
                return False
        elif isinstance(node, ast.ImportFrom):
            if node.level or (node.module or "").split(".")[0] in _OF_PYTEST:
                return False
        elif isinstance(node, ast.FunctionDef) and not _takes_a_scenario_alone(node):
            return False
    return True


def _takes_a_scenario_alone(function: ast.FunctionDef) -> bool:
    """Whether a function is no scenario, or one that pytest would call with that alone."""
    marks = [ast.unparse(mark) for mark in function.decorator_list]
    if not any("scenario" in mark for mark in marks):
        return not marks
    given = function.args
    others = (*given.posonlyargs, *given.kwonlyargs, *filter(None, (given.vararg, given.kwarg)))
    alone = [one.arg for one in given.args] == ["scenario"] and not others
    return len(marks) == 1 and alone and function.name.startswith("test")


def play_here(
    run: SuiteRun,
    scenarios: Iterable[tuple[Scenery, Callable[[Any], None]]],
    quote: Callable[[str], None],
) -> int:
    """Play scenarios of the run's pack; gives 1 where a test of one failed, else 0.

    What they print goes nowhere, as in a silenced pytest; `quote` is told of tracebacks. Raises
    TargetError where the target cannot be judged at all.
    """
    code = 0
    for scenery, function in scenarios:
        try:
            with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
                play(run.session.campaign, scenery, function)
        except ClausewiseError:
            raise
        except Exception as error:
            code = 1
            told = "".join(traceback.format_exception(error))
            quote(run.mask.logged(f"{scenery.name}\n{told}"))
        finally:
            run.session.scenario_over()
    return code
