"""Loading a pack, or a document that stands for one; each once in a process."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from jsonschema_rs import ValidationError

from clausewise.contract.compiled import compiled
from clausewise.contract.documents import Documents
from clausewise.contract.source import Document
from clausewise.cutting import brief
from clausewise.errors import ContractError
from clausewise.pack.pack import DEFAULT_SUITE, FILE, Pack
from clausewise.pack.shape import check_settings


@cache
def load_pack(root: Path, origin: str | None = None) -> Pack:
    """Load the pack of a folder that holds `clausewise.yaml`.

    Raises ContractError when its settings cannot be read.
    """
    document = Documents(root).read(root / FILE).without_doubles()
    if not isinstance(document.data, dict):
        raise ContractError("a mapping is needed", document.name, 1)
    check_settings(document)
    pack = Pack(root.resolve(), origin or str(root), document.data, document)
    for key in ("contract", "rules", "strategies", "tests", "mock", "faults"):
        named = pack.settings.get(key)
        if named and not _is_inside(pack.root, named):
            line = document.lines[id(pack.settings)][key]
            raise ContractError(f"{brief(named)} lies outside of the pack", document.name, line)
    if "refusal" in pack.settings:
        _check_refusal(document, pack.settings)
    return pack


def _is_inside(root: Path, named: str) -> bool:
    """Whether a path leads to somewhere below a folder; one that is no path leads nowhere."""
    try:
        return (root / named).resolve().is_relative_to(root)
    except (OSError, ValueError, RuntimeError):  # a zero byte in it, or links in a circle
        return False


def _check_refusal(document: Document, settings: dict[str, Any]) -> None:
    try:
        compiled(settings["refusal"])
    except ValueError as error:
        said = error.message if isinstance(error, ValidationError) else error
        line = document.lines[id(settings)]["refusal"]
        problem = brief(f"`refusal` is no JSON Schema: {said}")
        raise ContractError(problem, document.name, line) from None


@cache
def load_document(path: Path, origin: str | None = None) -> Pack:
    """A pack of one OpenAPI document alone: its clauses, and no more.

    What it refers to may stand anywhere in its repository. Raises ContractError when it cannot be
    read.
    """
    settings = {"name": path.stem, "contract": path.name, "tests": str(DEFAULT_SUITE)}
    documents = Documents(path.parent, _repository(path))
    return Pack(path.parent, origin or str(path), settings, documents.read(path), documents)


def _repository(path: Path) -> Path | None:
    """The repository that a file lies in; None for none, and for a home folder that is one."""
    found = next((folder for folder in path.parents if (folder / ".git").exists()), None)
    return None if found is None or Path.home().is_relative_to(found) else found
