"""A loaded pack: the contract of a folder, and what goes with it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any

from msgspec import Struct

from clausewise.checks import mark_of
from clausewise.contract import Contract, Source, load_contract, unknown_clauses
from clausewise.contract.compiled import compiled
from clausewise.contract.documents import Documents
from clausewise.contract.source import Document
from clausewise.cutting import brief
from clausewise.errors import ContractError, UsageError
from clausewise.marks import Scenery
from clausewise.pack.python import marked_in, module_of
from clausewise.pack.supplies import Supply, read_supplies
from clausewise.pack.waivers import Waiver, read_waivers, waivers_in

FILE = "clausewise.yaml"
FOLDER_OF_TESTS = "contract_tests"
PACKAGE = Path(__file__).parents[1]
DEFAULT_SUITE = PACKAGE / "suite" / "default_suite.py"


class Credential(Struct, frozen=True):
    """The environment variable that holds the bearer token, and the mock's own token."""

    environment: str
    stand_in: str | None = None


class Undo(Struct, frozen=True):
    """How to undo what an operation created: a request; `{id}` in it is read from the reply."""

    method: str
    path: str
    id: str
    body: Any


class Resource(Struct, frozen=True):
    """A thing that two cases must not share: where each operation names it, how to undo its use.

    `members` maps an operation to the pointer of its request body where the id stands.
    """

    name: str
    members: dict[str, str]
    undo: dict[str, Undo]


class Pack(Struct, frozen=True, dict=True):
    """A loaded pack. `origin` is how a user names it: a path, or `bundled:NAME`.

    `document` has its settings; where it is an OpenAPI document alone, with no `clausewise.yaml`,
    it is that one, and `documents` has it already.
    """

    root: Path
    origin: str
    settings: dict[str, Any]
    document: Document
    documents: Documents | None = None

    @property
    def name(self) -> str:
        """The pack's own name."""
        return str(self.settings.get("name", self.root.name))

    @property
    def is_document(self) -> bool:
        """Whether it is an OpenAPI document alone, with no `clausewise.yaml`."""
        return self.documents is not None

    @cached_property
    def contract(self) -> Contract:
        """The contract. Raises ContractError with file and line."""
        contract = load_contract(
            self.root,
            self.root / self.settings["contract"],
            self.root / self.settings["rules"] if self.settings.get("rules") else None,
            self.documents,
        )
        for rule in contract.rules.values():
            for kind, named in (("check", rule.check), ("fold", rule.fold)):
                if named is not None and mark_of(self.checks.get(named)) != (kind, named):
                    raise ContractError(
                        f"rule {rule.id} names the {kind} {named!r}, which no file beside it marks",
                        rule.source.file if rule.source else None,
                        rule.source.line if rule.source else None,
                    )
        supplies = self._read_supplies(contract)
        for name, operation in contract.operations.items():
            for supply in supplies.values():
                if name in supply.needed_by:
                    line = self.document.lines[id(self.settings)]["supplies"]
                    source = Source(self.document.name, line)
                    given = supply.named_in_path(name)
                    operation.promise(unknown_clauses(operation, given, source))
        self._check_named(contract)
        return contract

    def _check_named(self, contract: Contract) -> None:
        """Raises ContractError where `destructive` or `safe` names what is no operation."""
        for setting in ("destructive", "safe"):
            for name in self.settings.get(setting) or ():
                if name not in contract.operations:
                    line = self.document.lines[id(self.settings)][setting]
                    raise ContractError(
                        f"`{setting}` names {brief(repr(name))}, which is no operation",
                        self.document.name,
                        line,
                    )

    def _read_supplies(self, contract: Contract) -> dict[str, Supply]:
        return read_supplies(self.document, self.settings.get("supplies") or {}, contract)

    @cached_property
    def supplies(self) -> dict[str, Supply]:
        """What operations need, by name. Raises ContractError."""
        return self._read_supplies(self.contract)

    @cached_property
    def conditions(self) -> dict[str, str]:
        """By operation, what it needs that no client can bring about. Raises ContractError."""
        told = dict(self.settings.get("conditions") or {})
        for name in told:
            if name not in self.contract.operations:
                line = self.document.lines[id(self.settings["conditions"])][name]
                raise ContractError(f"{name!r} is no operation", self.document.name, line)
        return told

    def supply_for(self, operation: str) -> Supply | None:
        """What an operation needs before it can be asked, if anything."""
        return next((s for s in self.supplies.values() if operation in s.needed_by), None)

    @cached_property
    def credential(self) -> Credential | None:
        """Where the token comes from, if the pack says so."""
        node = self.settings.get("credential")
        if not node:
            return None
        return Credential(node["environment"], node.get("stand_in"))

    @property
    def declared_credentials(self) -> dict[str, Any]:
        """Where the secrets of security schemes come from, by scheme."""
        return dict(self.settings.get("credentials") or {})

    @property
    def path_values(self) -> dict[str, str]:
        """Values of path parameters, by name."""
        return {name: str(value) for name, value in (self.settings.get("path") or {}).items()}

    @cached_property
    def resources(self) -> dict[str, Resource]:
        """What cases lease, by name."""
        made = {}
        for name, node in (self.settings.get("resources") or {}).items():
            node = node or {}
            undo = {
                operation: Undo(item["method"], item["path"], item["id"], item.get("body"))
                for operation, item in (node.get("undo") or {}).items()
            }
            made[name] = Resource(name, dict(node.get("members") or {}), undo)
        return made

    @property
    def leased(self) -> Resource | None:
        """The resource that cases take turns on: the first one, if there is any."""
        return next(iter(self.resources.values()), None)

    @property
    def token_variable(self) -> str:
        """What stands for the credential in a `curl` line."""
        return self.credential.environment if self.credential else "TOKEN"

    @property
    def coercions(self) -> str:
        """How it counts that `"7"` is taken for 7: `soft` warns, `hard` is a finding."""
        return str(self.settings.get("coercions", "soft"))

    @cached_property
    def refusal(self) -> Any:
        """A validator of bodies that mean a refusal whatever the status; None where not said."""
        schema = self.settings.get("refusal")
        return compiled(schema) if schema is not None else None

    def profile(self, name: str) -> dict[str, Any]:
        """One profile's settings. Raises UsageError for a name that is not there."""
        profiles = self.settings.get("profiles") or {}
        if name not in profiles:
            known = ", ".join(sorted(profiles)) or "none"
            raise UsageError(f"{self.root / FILE} has no profile {name!r}; it has: {known}")
        return dict(profiles[name] or {})

    @property
    def tests(self) -> Path:
        """The folder of the pack's pytest suite; without one, the file with one for all packs."""
        named = self.settings.get("tests")
        folder = self.root / str(named or FOLDER_OF_TESTS)
        return folder if named or folder.is_dir() else DEFAULT_SUITE

    def waivers(self, profile: str | None = None, named: Path | None = None) -> tuple[Waiver, ...]:
        """Accepted deviations of a target: those for every one, and those for its profile.

        `named` is a file with more of them. Raises ContractError with the line, and UsageError
        where there is no such file.
        """
        own = read_waivers(self.document, self.settings.get("waivers"))
        known = (*own, *waivers_in(self.root, named))
        return tuple(waiver for waiver in known if waiver.profile in (None, profile))

    @cached_property
    def checks(self) -> dict[str, Callable[..., Any]]:
        """The checks and folds that the pack's rules name."""
        rules = self.settings.get("rules")
        if not rules:
            return {}
        folder = Path(rules).parent
        return dict([*marked_in(self.root, "check", folder), *marked_in(self.root, "fold", folder)])

    @cached_property
    def scenarios(self) -> tuple[tuple[Scenery, Callable[[Any], None]], ...]:
        """The scenarios of the pack's suite, in the order of its files: what each declares, and it.

        The functions are called with a scenario.
        """
        if not self.tests.is_dir():
            return ()
        folder = self.tests.relative_to(self.root)
        return tuple(marked_in(self.root, "scenario", folder, "test_*.py", b"scenario"))

    @cached_property
    def strategies(self) -> dict[tuple[str, str], Callable[[], Any]]:
        """The pack's strategies, by operation and pointer."""
        folder = self.settings.get("strategies")
        found = dict(marked_in(self.root, "strategy", Path(folder))) if folder else {}
        for (name, pointer), made in found.items():
            operation = self.contract.operations.get(name)
            body = operation.body if operation is not None else None
            if body is None or all(place.pointer != pointer for place in body.place.walk()):
                raise ContractError(
                    f"the strategy {made.__name__} is about {name} {pointer}, which is no member "
                    "of any request",
                    str(folder),
                )
        return found

    @cached_property
    def rule_faults(self) -> tuple[Any, ...]:
        """The faults that break the pack's rules, for the self-test.

        They are what the function `create_faults(pack)` of the file gives that `faults` names:
        objects of `clausewise.selftest.Fault`. Raises ContractError when it has no such function.
        """
        if self.settings.get("faults") is None:
            return ()
        return tuple(self._function("faults", "create_faults")(self))

    def mock(self) -> Any:
        """A new instance of the pack's mock, an ASGI application.

        Raises UsageError when the pack has none, ContractError when it is not where it should be.
        """
        if self.settings.get("mock") is None:
            raise UsageError(
                f"the pack {self.name} has no mock (`mock` in {FILE} names one); "
                "a run can judge a target with --base-url URL"
            )
        return self._function("mock", "create_app")(self)

    def _function(self, setting: str, name: str) -> Callable[[Pack], Any]:
        """The function of a name in the file that a setting names. Raises ContractError."""
        path = self.settings[setting]
        line = self.document.lines[id(self.settings)][setting]
        if not (self.root / path).is_file():
            raise ContractError(f"there is no file {path}", self.document.name, line)
        function: Callable[[Pack], Any] | None = getattr(
            module_of(self.root, Path(path)), name, None
        )
        if function is None:
            raise ContractError(f"{path} has no function {name}", self.document.name, line)
        return function
