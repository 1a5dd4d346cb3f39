"""How the parts of the package depend on each other: in one direction only, and not too soon."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import clausewise

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "clausewise"

# Data flows this way: a room may import those before it.
ROOMS = (
    "contract",
    "judge",
    "pack",
    "values",
    "plan",
    "transport",
    "record",
    "links",
    "campaign",
    "report",
)
# Single modules that every room may import.
BASE = {
    "",
    "cache",
    "checks",
    "cutting",
    "errors",
    "exchange",
    "foreign",
    "marks",
    "options",
    "pointer",
    "strict_json",
}
# Where the other parts stand: each may import what stands before it, and the base.
ORDER: dict[str, tuple[str, ...]] = {
    # Regular expressions are a language of their own.
    "patterns": (),
    "contract": ("patterns",),
    "judge": ("contract",),
    "pack": ("contract",),
    # What schemas ask of values: nothing of requests, and nothing of a pack.
    "values": ("patterns", "contract"),
    "plan": ("contract", "pack", "values"),
    "transport": ("contract", "pack"),
    "secrets": ("contract", "pack", "plan", "transport"),
    # What a record holds is fit to be shown.
    "record": ("contract", "pack", "plan", "judge", "secrets"),
    # Recorded exchanges are judged as those of a run, and nothing is sent.
    "traffic": ("contract", "pack", "plan", "judge", "secrets", "record"),
    "diagnosis": ("contract", "values", "plan", "judge", "record"),
    # Which ids a request may name: what is sent to find out is sent by who runs.
    "links": ("contract", "pack", "values", "plan", "judge", "record"),
    "campaign": (
        "contract",
        "pack",
        "values",
        "plan",
        "transport",
        "judge",
        "secrets",
        "record",
        "diagnosis",
        "links",
    ),
    # A report is a function of a record: it knows no run.
    "report": ("contract", "pack", "record", "secrets"),
    "comparing": ("contract", "plan", "judge", "record", "report"),
    "selftest": (
        "contract",
        "pack",
        "values",
        "plan",
        "transport",
        "judge",
        "record",
        "links",
        "diagnosis",
        "campaign",
    ),
    # Mocks stand on the other side of the wire: they know the contract, and read requests by it as
    # who judges them does. They never know the tester.
    "mock": ("contract", "judge"),
    # What the plugin may load in every pytest of every project.
    "pytest_state": ("contract",),
    "suite": (
        "pytest_state",
        "contract",
        "pack",
        "record",
        "secrets",
        "campaign",
        "report",
        "selftest",
    ),
}
# `starter` turns answers and a report into files; a command asks and writes them.
ORDER["starter"] = ("contract", "pack", "report")
LAST = {
    "api",
    "commands",
    "judging",
    "merging",
    "recorder",
    "pytest_judge",
    "pytest_plugin",
    "running",
    "sides",
    "__main__",
}


def _module(path: Path) -> str:
    parts = path.relative_to(SOURCE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def _imports(at_once: bool = False) -> dict[str, set[str]]:
    """For every module of the package, what it imports; `at_once` leaves out what waits for a call.

    Imports for the type checker alone never happen.
    """
    paths = {_module(path): path for path in SOURCE.rglob("*.py")}
    found: dict[str, set[str]] = {}
    for name, path in paths.items():
        names: set[str] = set()
        for node in _running(ast.parse(path.read_text("utf-8")), at_once):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                around = (name if path.stem == "__init__" else name.rpartition(".")[0]).split(".")
                start = around[: len(around) - node.level + 1] if node.level else []
                base = ".".join([*start, *([node.module] if node.module else [])])
                inner = {f"{base}.{alias.name}" for alias in node.names}
                names |= {one if one in paths else base for one in inner}
        found[name] = names
    return found


def _running(node: ast.AST, at_once: bool) -> Iterator[ast.AST]:
    """A node and those below it that run."""
    if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
        return
    if at_once and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return
    yield node
    for inner in ast.iter_child_nodes(node):
        yield from _running(inner, at_once)


def _part(module: str) -> str:
    """The room or single module that a module of the package belongs to."""
    return f"{module}.".split(".")[1]


def _links() -> list[tuple[str, str]]:
    return [
        (name, other)
        for name, others in _imports().items()
        for other in sorted(others)
        if other.split(".")[0] == "clausewise"
    ]


def test_imports_follow_the_data() -> None:
    """A room imports the rooms before it and the base modules, and nothing that comes later."""
    assert tuple(part for part in ORDER if part in ROOMS) == ROOMS
    wrong = []
    for name, other in _links():
        here, there = _part(name), _part(other)
        if here == there or there in BASE or here in LAST:
            continue
        if here in BASE or there not in ORDER[here]:
            wrong.append(f"{name} imports {other}")
    assert wrong == []


def test_every_part_has_its_place() -> None:
    """Each module of the package belongs to a part that this test knows."""
    parts = {_part(name) for name in _imports()}
    assert parts == BASE | ORDER.keys() | LAST


def test_nobody_imports_what_comes_last() -> None:
    """Commands and the plugin are imported by nobody else; the plugin does without commands."""
    for name, other in _links():
        if _part(other) in LAST - {"commands"}:
            assert _part(name) in LAST, f"{name} imports {other}"
        if _part(other) == "commands":
            assert _part(name) in ("commands", "__main__"), f"{name} imports {other}"


def test_there_are_no_circles() -> None:
    """No module imports itself by way of others, not even when one of its functions is called."""
    graph = {**_imports(), **_of_values()}
    done: set[str] = set()

    def visit(name: str, way: tuple[str, ...]) -> None:
        assert name not in way, f"a circle: {' -> '.join((*way, name))}"
        if name not in done and name in graph:
            for other in sorted(graph[name]):
                visit(other, (*way, name))
            done.add(name)

    for name in sorted(graph):
        visit(name, ())


def _of_values() -> dict[str, set[str]]:
    """What modules of `values` import at once: values are found within values, by turns."""
    at_once = _imports(at_once=True)
    return {name: others for name, others in at_once.items() if _part(name) == "values"}


def test_the_package_imports_no_pack() -> None:
    """A pack is data: nothing in the package imports one, nor any test."""
    packs = {"schemas", "strategies", "contract_tests", "mock", "rules", "reports", "tests"}
    for name, others in _imports().items():
        assert not {other.split(".")[0] for other in others} & packs, name


def test_a_pack_imports_the_package_only() -> None:
    """The pack's Python imports the package, its own folder, Hypothesis and no room's inside.

    Mocks and checks may use more of the package: they are written with it.
    """
    allowed = {"strategies": {"clausewise", "hypothesis"}, "contract_tests": {"clausewise"}}
    # Its conftest.py has the short names of the options from there.
    allowed["contract_tests"].add("clausewise.pytest_plugin")
    for folder, roots in allowed.items():
        for path in (ROOT / folder).glob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Import):
                    names = [alias.name for alias in node.names]
                elif isinstance(node, ast.ImportFrom) and node.level == 0:
                    names = [node.module or ""]
                else:
                    continue
                for name in names:
                    standard = name.split(".")[0] in sys.stdlib_module_names
                    assert standard or name in roots or name.split(".")[0] == "hypothesis", path


def test_what_the_package_offers() -> None:
    """`__all__` is sorted, without repeats, and every name in it is there."""
    names = clausewise.__all__
    assert names == sorted(set(names))
    for name in names:
        assert getattr(clausewise, name) is not None


def _imported(statement: str) -> set[str]:
    """The modules that are loaded after a statement in a fresh interpreter."""
    script = f"import sys\n{statement}\nprint('\\n'.join(sys.modules))"
    done = subprocess.run(  # noqa: S603  # our own script
        [sys.executable, "-c", script], capture_output=True, check=True, text=True
    )
    return set(done.stdout.split())


HEAVY = {"hypothesis", "jsonschema", "jsonschema_rs", "httpx", "pytest", "yaml", "starlette"}


def test_importing_the_package_is_cheap() -> None:
    """`import clausewise` loads no library at all."""
    loaded = _imported("import clausewise")
    assert loaded & HEAVY == set()
    assert {name for name in loaded if name.startswith("clausewise.")} <= {
        f"clausewise.{part}" for part in BASE
    }


def test_the_plugin_loads_no_room() -> None:
    """Pytest loads the plugin in every project: it brings none of the engine with it.

    Of the suite it needs the keys of a session's state, which bring nothing with them either.
    """
    loaded = _imported("import clausewise.pytest_plugin")
    assert loaded & (HEAVY - {"pytest"}) == set()
    rooms = {name for name in loaded if name.startswith("clausewise.") and _part(name) in ORDER}
    assert rooms == {"clausewise.pytest_state"}


@pytest.mark.parametrize("room", ["contract", "plan.plan", "judge.replies", "report"])
def test_rooms_load_no_more_than_they_need(room: str) -> None:
    """No room before the targets loads HTTP, and none loads pytest or the random search."""
    loaded = _imported(f"import clausewise.{room}")
    assert loaded & {"httpx", "pytest", "hypothesis", "starlette", "uvicorn"} == set()
