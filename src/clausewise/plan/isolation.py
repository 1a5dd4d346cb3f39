"""Proof that a body breaks the clause it names and no other, by two validators that share no code.

A body breaks exactly one clause when it is refused with the clause and accepted without it. Both
are asked of `jsonschema` and of `jsonschema-rs`, on the value read back from the bytes that go
over the wire. `type` takes `enum` and `const` with it: of a value of a wrong type, nothing else is
asked.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from functools import cache
from typing import Any, Literal

from clausewise.contract import Clause, Message
from clausewise.contract.compiled import compiled
from clausewise.contract.schemas import Schema
from clausewise.plan.bounds import Work
from clausewise.plan.forms import Form, JsonForm
from clausewise.plan.patterns import is_affordable

# How often a schema is gone through, in the time that jsonschema-rs takes for it once, where the
# validator of pure Python is asked, and where a validator is made.
_SLOW = 10
_MADE = 25

Proof = Literal["isolated", "keeps it", "breaks more", "validators disagree"]


class Isolation:
    """The judge of isolation for one message. `others` are schemas every lawful value keeps too."""

    def __init__(
        self,
        message: Message,
        others: list[Any],
        form: Form | None = None,
        work: Work | None = None,
    ) -> None:
        """`work` counts what the judging costs, and may end it by TooLarge."""
        self.message = message
        self.work = work or Work()
        self._size = len(json.dumps(message.schema.document))
        self.form = form or JsonForm()
        self.others = [compiled(schema) for schema in others]
        self._full = _Pair(message.schema.document)
        self._relaxed: dict[str, _Pair] = {}
        self._loose = _dependents(message.schema)

    def lawful(self, value: Any) -> bool:
        """Whether a value keeps the whole contract, rules on bodies included (jsonschema-rs)."""
        self.work.spend(self._size)
        return bool(self._full.second.is_valid(value)) and self.keeps_rules(value)

    def agreed_lawful(self, value: Any) -> bool:
        """The same, with both validators of one mind."""
        self.work.spend(_SLOW * self._size)
        return self.lawful(value) and self._full.verdict(value) is True

    def keeps_rules(self, value: Any) -> bool:
        """Whether a value keeps the rules on bodies."""
        return all(rule.is_valid(value) for rule in self.others)

    def standing(self, value: Any) -> tuple[bool, ...]:
        """Whether a value keeps the schema, and then each of the rules on bodies."""
        schema = bool(self._full.second.is_valid(value))
        return (schema, *(bool(rule.is_valid(value)) for rule in self.others))

    def proves(self, clause: Clause, value: Any) -> Proof:
        """Whether a value breaks this clause and nothing else."""
        self.work.spend((_SLOW if clause.id in self._relaxed else _MADE) * self._size)
        full = self._full.verdict(value)
        if full is True:
            return "keeps it"
        if clause.id not in self._relaxed:
            sites = (*clause.sites, *self._dragged(clause))
            self._relaxed[clause.id] = _Pair(self.message.schema.without(sites))
        relaxed = self._relaxed[clause.id].verdict(value)
        if full is None or relaxed is None:
            return "validators disagree"
        return "isolated" if relaxed and self.keeps_rules(value) else "breaks more"

    def _dragged(self, clause: Clause) -> list[str]:
        """Keywords that a breach of this clause breaks of necessity."""
        dragged: list[str] = []
        if clause.keyword == "type":
            for site in clause.sites:
                around = site.rpartition("/")[0]
                dragged += [f"{around}/enum", f"{around}/const"]
            for at in self._loose.get(clause.pointer or "", ()):
                dragged.append(at)
        return dragged


class _Pair:
    """One schema in both validators; the slow one is made when it is first asked."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self.second = compiled(document)
        self._first: Any = None
        self._is_slow: bool | None = None

    def verdict(self, value: Any) -> bool | None:
        """What both say, or None where they differ."""
        second = bool(self.second.is_valid(value))
        if self._is_slow is None:
            names = _patterns_of_names(self.document)
            self._is_slow = not all(is_affordable(name, _LONG_NAME) for name in names)
        if self._is_slow:
            return second
        if self._first is None:
            self._first = _jsonschema(self.document)
        try:
            first = bool(self._first.is_valid(value))
        except re.error:  # the name of a `patternProperties`, see `_pattern`
            return None
        return second if first is second else None


# Names of members that are longer are no keys of YAML.
_LONG_NAME = 1024


def _patterns_of_names(node: Any) -> Iterator[str]:
    """The keys of every `patternProperties` of a schema, and of what only looks like one."""
    for key, value in node.items() if isinstance(node, dict) else ():
        if key == "patternProperties" and isinstance(value, dict):
            yield from value
    for inner in node.values() if isinstance(node, dict) else node:
        if isinstance(inner, dict | list):
            yield from _patterns_of_names(inner)


def _jsonschema(document: dict[str, Any]) -> Any:
    kind = _validator_class()
    return kind(document, format_checker=kind.FORMAT_CHECKER)


@cache
def _validator_class() -> Any:
    # Importing jsonschema with its format extra builds a grammar for IRIs, 0.7 s of start-up
    # that nothing here needs: `iri` and `iri-reference` have no generator of negatives.
    hidden = "jsonschema" not in sys.modules and "rfc3987_syntax" not in sys.modules
    if hidden:
        sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]  # means: not importable
    try:
        from jsonschema import Draft202012Validator
        from jsonschema.validators import extend
    finally:
        if hidden:
            del sys.modules["rfc3987_syntax"]
    return extend(Draft202012Validator, {"pattern": _pattern})  # type: ignore[no-untyped-call]


def _pattern(_: Any, pattern: str, instance: Any, __: Any) -> Iterator[Exception]:
    """A `pattern` in Python's regular expressions, as far as it reads ECMA's.

    What they cannot read, a class of letters for one, or would take too long for has only the
    other validator's opinion.
    """
    from jsonschema import ValidationError

    if not isinstance(instance, str):
        return
    try:
        if not is_affordable(pattern, len(instance)):
            raise re.error("it may take for ever")
        found = re.search(pattern, instance) is not None
    except (re.error, OverflowError, RecursionError):
        found = compiled({"pattern": pattern}).is_valid(instance)
    if not found:
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


def _dependents(schema: Schema) -> dict[str, list[str]]:
    """For each instance pointer, the sites of what a value of a wrong type breaks as well.

    Branches that state no type are all kept by it: a `oneOf` of such has one too many.
    """
    found: dict[str, list[str]] = {}

    def visit(node: Any, site: str, pointer: str) -> None:
        if not isinstance(node, dict):
            return
        for keyword in ("enum", "const", "oneOf", "not", "if"):
            if keyword in node:
                found.setdefault(pointer, []).append(f"{site}/{keyword}")
        for keyword in ("allOf", "anyOf", "oneOf"):
            for index, inner in enumerate(node.get(keyword) or []):
                visit(inner, f"{site}/{keyword}/{index}", pointer)
        for name, inner in (node.get("properties") or {}).items():
            step = name.replace("~", "~0").replace("/", "~1")
            visit(inner, f"{site}/properties/{step}", f"{pointer}/{step}")
        for keyword in ("items", "additionalProperties"):
            visit(node.get(keyword), f"{site}/{keyword}", f"{pointer}/*")

    visit(schema.document, "", "")
    return found
