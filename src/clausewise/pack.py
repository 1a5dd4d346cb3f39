"""Finding and loading a pack: the folder of a contract and what goes with it.

A pack's Python is data. It is loaded under a private module name, so that two packs with the same
file names live in one process; decorators only mark, this module collects.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, cached_property
from hashlib import blake2b
from pathlib import Path
from types import ModuleType
from typing import Any

from clausewise.checks import MARK
from clausewise.contract import Contract, load_contract
from clausewise.contract.documents import Document, Library
from clausewise.errors import ContractError, UsageError
from clausewise.waivers import Waiver, read_waivers

FILE = "clausewise.yaml"
DEFAULT = "realtimekit_recordings"
_BUNDLED = Path(__file__).parent / "packs"
_KNOWN = {
    "name", "contract", "rules", "strategies", "tests", "mock", "credential", "path", "resources",
    "profiles", "waivers",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Credential:
    """The environment variable that holds the bearer token, and the mock's own token."""

    environment: str
    stand_in: str | None = None


@dataclass(frozen=True, slots=True)
class Undo:
    """How to undo what an operation created: a request; `{id}` in it is read from the reply."""

    method: str
    path: str
    id: str
    body: Any = None


@dataclass(frozen=True, slots=True)
class Resource:
    """A thing that two cases must not share: where each operation names it, how to undo its use.

    `members` maps an operation to the pointer of its request body where the id stands.
    """

    name: str
    members: dict[str, str]
    undo: dict[str, Undo] = field(default_factory=dict)


@dataclass(frozen=True)
class Pack:
    """A loaded pack. `origin` is how a user names it: a path, or `bundled:NAME`."""

    root: Path
    origin: str
    settings: dict[str, Any]
    document: Document

    @property
    def name(self) -> str:
        """The pack's own name."""
        return str(self.settings.get("name", self.root.name))

    @cached_property
    def contract(self) -> Contract:
        """The contract. Raises ContractError with file and line."""
        rules = self.settings.get("rules")
        return load_contract(
            self.root,
            self.root / self._setting("contract"),
            self.root / rules if rules else None,
        )

    @cached_property
    def credential(self) -> Credential | None:
        """Where the token comes from, if the pack says so."""
        node = self.settings.get("credential")
        if not node:
            return None
        return Credential(node["environment"], node.get("stand_in"))

    @property
    def path_values(self) -> dict[str, str]:
        """Values of path parameters, by name."""
        return {name: str(value) for name, value in (self.settings.get("path") or {}).items()}

    @cached_property
    def resources(self) -> dict[str, Resource]:
        """What cases lease, by name."""
        made = {}
        for name, node in (self.settings.get("resources") or {}).items():
            undo = {
                operation: Undo(item["method"], item["path"], item["id"], item.get("body"))
                for operation, item in (node.get("undo") or {}).items()
            }
            made[name] = Resource(name, dict(node.get("members") or {}), undo)
        return made

    def profile(self, name: str) -> dict[str, Any]:
        """One profile's settings. Raises UsageError for a name that is not there."""
        profiles = self.settings.get("profiles") or {}
        if name not in profiles:
            known = ", ".join(sorted(profiles)) or "none"
            raise UsageError(f"{self.root / FILE} has no profile {name!r}; it has: {known}")
        return dict(profiles[name] or {})

    @property
    def tests(self) -> Path:
        """The folder of the pack's pytest suite."""
        return self.root / str(self.settings.get("tests", "contract_tests"))

    @cached_property
    def waivers(self) -> tuple[Waiver, ...]:
        """Accepted deviations. Raises ContractError."""
        nodes = self.settings.get("waivers")
        return tuple(read_waivers(self.document, nodes, self.contract.clauses))

    @cached_property
    def checks(self) -> dict[str, Callable[..., Any]]:
        """The checks that the pack's rules name."""
        folder = Path(str(self.settings["rules"])).parent if "rules" in self.settings else None
        return dict(self._marked("check", folder)) if folder else {}

    @cached_property
    def strategies(self) -> dict[tuple[str, str], Callable[[], Any]]:
        """The pack's strategies, by operation and pointer."""
        folder = self.settings.get("strategies")
        return dict(self._marked("strategy", Path(folder))) if folder else {}

    def mock(self) -> Any:
        """A new instance of the pack's mock, an ASGI application.

        Raises UsageError when the pack has none.
        """
        path = self.settings.get("mock")
        if path is None:
            raise UsageError(
                f"the pack {self.name} has no mock; name a target with --base-url URL"
            )
        module = self._module(Path(path))
        return module.create_app(self)

    def _setting(self, key: str) -> str:
        value = self.settings.get(key)
        if not isinstance(value, str):
            raise ContractError(f"`{key}` is missing", self.document.name, 1)
        return value

    def _marked(self, kind: str, folder: Path) -> list[tuple[Any, Callable[..., Any]]]:
        found = []
        for path in sorted((self.root / folder).glob("[!_]*.py")):
            module = self._module(path.relative_to(self.root))
            for value in vars(module).values():
                mark = getattr(value, MARK, None)
                if mark is not None and mark[0] == kind and value.__module__ == module.__name__:
                    found.append((mark[1], value))
        return found

    def _module(self, path: Path) -> ModuleType:
        package = f"_clausewise_packs.{self._private_name}"
        _mount("_clausewise_packs", [])
        _mount(package, [str(self.root)])
        return importlib.import_module(f"{package}.{'.'.join(path.with_suffix('').parts)}")

    @property
    def _private_name(self) -> str:
        digest = blake2b(str(self.root).encode(), digest_size=4).hexdigest()
        return f"pack_{digest}"


def _mount(name: str, path: list[str]) -> None:
    if name not in sys.modules:
        module = ModuleType(name)
        module.__path__ = path
        sys.modules[name] = module


@cache
def load_pack(root: Path, origin: str | None = None) -> Pack:
    """Load the pack of a folder that holds `clausewise.yaml`.

    Raises ContractError when its settings cannot be read.
    """
    library = Library(root)
    document = library.read(root / FILE)
    settings = document.data
    if not isinstance(settings, dict):
        raise ContractError("a mapping is needed", document.name, 1)
    unknown = sorted(settings.keys() - _KNOWN)
    if unknown:
        source = library.source(settings, unknown[0])
        raise ContractError(
            f"{unknown[0]!r} is not a setting; known are {', '.join(sorted(_KNOWN))}",
            document.name,
            source.line if source else None,
        )
    return Pack(root.resolve(), origin or str(root), settings, document)


def find_pack(named: str | None = None, start: Path | None = None) -> Pack:
    """The pack to use: the named one, else from `start` upward, else the bundled one.

    `named` is a folder or `bundled:NAME`. Raises UsageError when there is none.
    """
    if named is not None:
        if named.startswith("bundled:"):
            return _bundled(named.removeprefix("bundled:"))
        root = Path(named)
        root = root.parent if root.name == FILE else root
        if not (root / FILE).is_file():
            raise UsageError(f"there is no {FILE} in {root}; --pack takes a folder that has one")
        return load_pack(root.resolve(), named)
    for folder in (start := (start or Path.cwd()).resolve(), *start.parents):
        if (folder / FILE).is_file():
            return load_pack(folder)
    return _bundled(DEFAULT)


def _bundled(name: str) -> Pack:
    for root in (_BUNDLED / name, _checkout(name)):
        if root is not None and (root / FILE).is_file():
            return load_pack(root, f"bundled:{name}")
    known = sorted(path.name for path in _BUNDLED.glob("*")) if _BUNDLED.is_dir() else [DEFAULT]
    raise UsageError(f"no bundled pack {name!r}; there are: {', '.join(known)}")


def _checkout(name: str) -> Path | None:
    # An editable install has no bundled copy: there the repository's root is the pack.
    root = Path(__file__).resolve().parents[2]
    return root if name == DEFAULT and (root / "hatch_build.py").is_file() else None
