"""Which pack is meant: the named one, the one that is lain in, or the bundled one."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

from clausewise.errors import UsageError
from clausewise.pack.loading import load_document, load_pack
from clausewise.pack.pack import FILE, PACKAGE, Pack

DEFAULT = "realtimekit_recordings"

_BUNDLED = PACKAGE / "packs"

# Documents say first what they are; JSON may say it after what it is about.
_LONGEST_HEAD = 200_000
_IN_JSON = re.compile(rb'"(openapi|swagger)"\s*:\s*"\d')
_IN_YAML = re.compile(rb"""^["']?(openapi|swagger)["']?\s*:\s*["']?\d""", re.MULTILINE)


def find_pack(named: str | None = None, start: Path | None = None) -> Pack:
    """The pack to use: the named one, else from `start` upward, else the bundled one.

    `named` is a folder, an OpenAPI document or `bundled:NAME`. Raises UsageError when there is
    none; and where nothing is named and OpenAPI documents lie in `start`: whoever runs there means
    them, not the bundled pack.
    """
    if named is not None:
        if named.startswith("bundled:"):
            return _bundled(named.removeprefix("bundled:"))
        root = Path(named)
        if root.is_file() and root.name != FILE:
            return load_document(root.resolve(), named)
        root = root.parent if root.name == FILE else root
        if not root.exists():
            raise UsageError(
                f"there is no file and no folder {named}; --pack takes an OpenAPI document, or a "
                f"folder with {FILE}"
            )
        if not (root / FILE).is_file():
            raise UsageError(
                f"there is no {FILE} in {root}; --pack takes a folder that has one, or an OpenAPI "
                "document"
            )
        return load_pack(root.resolve(), named)
    for folder in (start := (start or Path.cwd()).resolve(), *start.parents):
        if (folder / FILE).is_file():
            # Named as a user would, so that it is read once in a process.
            return load_pack(folder, str(folder))
    if documents := openapi_documents(start):
        names = ", ".join(path.name for path in documents)
        raise UsageError(
            f"there is no {FILE} here, but {names}; name the document: --pack {documents[0].name}"
        )
    return _bundled(DEFAULT)


def openapi_documents(folder: Path) -> list[Path]:
    """The OpenAPI and Swagger documents of a folder, as far as their beginnings tell."""
    found = []
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.suffix.lower() in (".yaml", ".yml", ".json"):
            with suppress(OSError), path.open("rb") as file:
                head = file.read(_LONGEST_HEAD)
                sought = _IN_JSON if head.lstrip()[:1] == b"{" else _IN_YAML
                if sought.search(head):
                    found.append(path)
    return found


def _bundled(name: str) -> Pack:
    for root in (_BUNDLED / name, _checkout(name)):
        if root is not None and (root / FILE).is_file():
            return load_pack(root, f"bundled:{name}")
    known = sorted(path.name for path in _BUNDLED.glob("*")) if _BUNDLED.is_dir() else [DEFAULT]
    raise UsageError(f"no bundled pack {name!r}; there are: {', '.join(known)}")


def _checkout(name: str) -> Path | None:
    # An editable install has no bundled copy: there the repository's root is the pack.
    root = PACKAGE.resolve().parents[1]
    return root if name == DEFAULT and (root / "hatch_build.py").is_file() else None
