"""ES modules as one script, for a page that loads nothing.

They are plain modules, so that editors and browsers read them as they stand. Here each becomes a
function of its own: what it imports are members of what came before, so none may import in a
circle, nor export what it assigns anew.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_IMPORT = re.compile(r'^import \{([^}]*)\} from "\./([\w-]+)\.js";$', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:const|class|(?:async )?function) (\w+))", re.MULTILINE)


def bundle(modules: Mapping[str, str], entry: str) -> str:
    """The module `entry` of these, by name, with all that it imports, as one script.

    Raises ValueError where a module imports in a circle, or what is not there.
    """
    pieces: dict[str, str] = {}
    _add(entry, modules, pieces, ())
    return "\n".join(["const modules = {};", *pieces.values()])


def _add(
    name: str, modules: Mapping[str, str], pieces: dict[str, str], importing: tuple[str, ...]
) -> None:
    """Put a module behind those that it imports from."""
    if name in pieces:
        return
    if name in importing or name not in modules:
        raise ValueError(f"no {name}.js, or imported in a circle: {' → '.join(importing)}")
    text = modules[name]
    for names, source in _IMPORT.findall(text):
        _add(source, modules, pieces, (*importing, name))
        wanted = {one.strip() for one in names.split(",") if one.strip()}
        if missing := wanted - set(_EXPORT.findall(modules[source])):
            raise ValueError(f"{name}.js imports what {source}.js does not export: {missing}")
    inner = _EXPORT.sub("", _IMPORT.sub(r"const {\1} = modules.\2;", text))
    exported = ", ".join(_EXPORT.findall(text))
    pieces[name] = f"(() => {{\n{inner}\nmodules.{name} = {{ {exported} }};\n}})();"
