"""What nobody can check in a schema, and what of a value can be told all the same.

A keyword that cannot be read, and a format that nobody knows, is neither kept nor broken: it is
unknown (Kleene's logic of three values). So a schema has two readings: the lenient one refuses what
breaks it whatever the unknown says, the strict one accepts what keeps it whatever that says. Of a
value that they differ about nobody can tell. The finished schema carries a mark where something is
unknown; the readings are made of it when it is compiled.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from clausewise.contract.keywords import KEYWORDS, TYPES, UNKNOWN

_NAMES = {str: "string", int: "number", float: "number", list: "array", dict: "object"}
# What sees which members and items others know of.
_LEFT_OVER = {"unevaluatedProperties": "maxProperties", "unevaluatedItems": "maxItems"}
_CHOICES = ("anyOf", "oneOf", "if", "then", "else", "dependentSchemas")
_CONTAINERS = {"object", "array"}


def mark(made: dict[str, Any], keyword: str, why: str) -> None:
    """Note in a finished schema that nobody can tell whether a keyword of it is kept."""
    known = KEYWORDS.get(keyword)
    types = {_NAMES[kind] for kind in known.kinds} if known and known.kinds else set(TYPES)
    if keyword == "format":  # an unknown one may be of numbers
        types.add("number")
    before = made.get(UNKNOWN, {"types": [], "why": why})
    made[UNKNOWN] = {"types": sorted({*before["types"], *types}), "why": before["why"]}


def reason(schema: Any) -> str | None:
    """Why nobody can tell of some values whether they keep a schema; None where all can be told."""
    return next(_reasons(schema), None)


def _reasons(node: Any) -> Iterator[str]:
    if isinstance(node, dict) and isinstance(why := _marked(node).get("why"), str):
        yield why
    inner = node.values() if isinstance(node, dict) else node
    for part in inner if isinstance(node, dict | list) else ():
        yield from _reasons(part)


def _marked(node: dict[str, Any]) -> dict[str, Any]:
    known = node.get(UNKNOWN)
    return known if isinstance(known, dict) else {}


def reading(schema: Any, *, strict: bool = False, text: str | None = None) -> Any:
    """A schema that refuses what surely breaks this one, or accepts what surely keeps it.

    `text` is the schema as JSON, where somebody has it; without marks it stays as it is.
    """
    if text is not None and f'"{UNKNOWN}"' not in text:
        return schema
    return _Readings(schema).whole(strict=strict) if reason(schema) else schema


class _Readings:
    """The readings of one schema. What both need stands in `$defs` once: it may be nested."""

    def __init__(self, schema: dict[str, Any]) -> None:
        self.schema = schema
        self.definitions: dict[str, Any] = {}
        # Those of them that are still to be read: one may lead to all others, in a row too long to
        # go down.
        self._unread: list[tuple[str, Any, bool]] = []
        self._refers_to_doubt = reason(schema.get("$defs")) is not None
        self._doubts: dict[int, bool] = {}

    def whole(self, *, strict: bool) -> dict[str, Any]:
        """One reading of all of it."""
        body = {key: value for key, value in self.schema.items() if key != "$defs"}
        result = self.read(body, strict)
        while self._unread:
            name, node, which = self._unread.pop()
            self.definitions[name] = self.read(node, which)
        # Where nothing there is unknown, references stay as they are, and so do those.
        known = {} if self._refers_to_doubt else self.schema.get("$defs", {})
        definitions = {**known, **self.definitions}
        return {**result, "$defs": definitions} if definitions else result

    def read(self, node: Any, strict: bool) -> Any:
        """One reading of a schema within this one; the same object where they do not differ."""
        if not isinstance(node, dict) or not self._is_doubtful(node):
            return node
        result = {
            key: self._inner(key, value, strict) for key, value in node.items() if key != UNKNOWN
        }
        more: list[Any] = []
        if strict and UNKNOWN in node:
            more.append({"not": {"type": node[UNKNOWN]["types"]}})
        if "not" in node:
            result["not"] = self.read(node["not"], not strict)
        if self._is_doubtful(node.get("oneOf")):
            # It stands under the same keyword, so that errors name it.
            result["oneOf"] = [self._one_of(node["oneOf"], strict)]
        if "if" in node and self._is_doubtful(node["if"]):
            for key in ("if", "then", "else"):
                result.pop(key, None)
            result |= self._if(node, strict)
        if "maxContains" in node and self._is_doubtful(node.get("contains")):
            del result["maxContains"]
            inner = self._shared(node["contains"], not strict)
            more.append({"contains": inner, "minContains": 0, "maxContains": node["maxContains"]})
        for key, most in _LEFT_OVER.items():
            if key in node and self._leaves_open(node):
                del result[key]
                more += [{most: 0}] if strict else []
        if more:
            result["allOf"] = [*result.get("allOf", ()), *more]
        return result

    def _inner(self, key: str, value: Any, strict: bool) -> Any:
        inner = KEYWORDS[key].inner if key in KEYWORDS else None
        if key == "$ref":
            return self._reference(value, strict)
        if inner == "one":
            return self.read(value, strict)
        if inner == "list":
            return [self.read(part, strict) for part in value]
        if inner == "map":
            return {name: self.read(part, strict) for name, part in value.items()}
        return value

    def _one_of(self, branches: list[Any], strict: bool) -> dict[str, Any]:
        """Of a `oneOf`: some branch may be kept, and no two surely are; or surely exactly one."""
        may = [self._shared(branch, strict=False) for branch in branches]
        surely = [self._shared(branch, strict=True) for branch in branches]
        if strict:
            return {"allOf": [{"oneOf": may}, {"anyOf": surely}]}
        most_one = {"anyOf": [{"oneOf": surely}, {"not": {"anyOf": surely}}]}
        return {"allOf": [{"anyOf": may}, most_one]}

    def _if(self, node: dict[str, Any], strict: bool) -> dict[str, Any]:
        """Of an `if`: what follows where it surely holds, surely fails, and where neither is."""
        then, other = (self._shared(node.get(key, {}), strict) for key in ("then", "else"))
        both = {"allOf": [then, other]} if strict else {"anyOf": [then, other]}
        within = {"if": self._shared(node["if"], strict=False), "then": both, "else": other}
        return {"if": self._shared(node["if"], strict=True), "then": then, "else": within}

    def _shared(self, node: Any, strict: bool) -> Any:
        """A reference to one reading of a schema."""
        if not isinstance(node, dict):
            return node
        strict = strict and self._is_doubtful(node)
        name = f"{'strict' if strict else 'lenient'} {id(node)}"
        return self._defined(name, node, strict)

    def _reference(self, reference: str, strict: bool) -> str:
        name = reference.removeprefix("#/$defs/")
        known = (self.schema.get("$defs") or {}).get(name, {})
        made: str = self._defined(f"strict {name}" if strict else name, known, strict)["$ref"]
        return made

    def _defined(self, name: str, node: Any, strict: bool) -> dict[str, Any]:
        if name not in self.definitions:
            self.definitions[name] = {}
            self._unread.append((name, node, strict))
        return {"$ref": f"#/$defs/{name.replace(' ', '%20')}"}

    def _is_doubtful(self, node: Any) -> bool:
        """Whether a schema has something unknown in it, or may refer to such a one."""
        if not isinstance(node, dict | list):
            return False
        known = self._doubts.get(id(node))
        if known is None:
            inner = node.values() if isinstance(node, dict) else node
            marks = {UNKNOWN, "$ref"} if self._refers_to_doubt else {UNKNOWN}
            here = isinstance(node, dict) and not marks.isdisjoint(node)
            known = self._doubts[id(node)] = here or any(map(self._is_doubtful, inner))
        return known

    def _leaves_open(self, node: dict[str, Any]) -> bool:
        """Whether a schema may know members or items of a value that nobody else knows of."""
        choices = (node.get(key) for key in _CHOICES)
        return (
            not _CONTAINERS.isdisjoint(_marked(node).get("types", ()))
            or ("$ref" in node and self._refers_to_doubt)
            or any(map(self._leaves_open, node.get("allOf", ())))
            or any(map(self._is_doubtful, choices))
        )
