"""A pack's Python.

It is data: loaded under a private module name, so that two packs with the same file names live in
one process. Decorators only mark, this module collects.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path
from types import ModuleType
from typing import Any

from clausewise.checks import mark_of

_PACKS = "_clausewise_packs"


def marked_in(
    root: Path, kind: str, folder: Path, files: str = "[!_]*.py", word: bytes = b""
) -> list[tuple[Any, Callable[..., Any]]]:
    """What decorators of one kind have marked in the files of a folder, each with its mark.

    `folder` lies in the pack at `root`. Files without `word` in them are not imported.
    """
    found = []
    for path in sorted((root / folder).glob(files)):
        if word not in path.read_bytes():
            continue
        module = module_of(root, path.relative_to(root))
        for value in vars(module).values():
            mark = mark_of(value)
            if mark is not None and mark[0] == kind and value.__module__ == module.__name__:
                found.append((mark[1], value))
    return found


def module_of(root: Path, path: Path) -> ModuleType:
    """The module of a file, by its path from the root of its pack."""
    digest = blake2b(str(root).encode(), digest_size=4).hexdigest()
    package = f"{_PACKS}.pack_{digest}"
    _mount(_PACKS, [])
    _mount(package, [str(root)])
    return importlib.import_module(f"{package}.{'.'.join(path.with_suffix('').parts)}")


def _mount(name: str, path: list[str]) -> None:
    if name not in sys.modules:
        module = ModuleType(name)
        module.__path__ = path
        sys.modules[name] = module
