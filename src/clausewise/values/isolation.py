"""Proof that a body breaks the clause it names and no other, by two validators that share no code.

A body breaks exactly one clause when it is refused with the clause and accepted without it. This
is asked of `jsonschema-rs`, on the value read back from the bytes that go over the wire, and of
`jsonschema` wherever the two may differ (`opinions`). `type` takes `enum` and `const` with it: of
a value of a wrong type, nothing else is asked.
"""

from __future__ import annotations

import json
import re
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal

from clausewise.contract import Clause, MessagePart, Place
from clausewise.contract.compiled import compiled
from clausewise.contract.formats import STANDS_FOR
from clausewise.contract.schemas import Schema
from clausewise.pointer import ABSENT, escape, look
from clausewise.values.bounds import Work
from clausewise.values.forms import Form, JsonForm
from clausewise.values.in_vain import InVain
from clausewise.values.opinions import SecondOpinion

# How often a schema is gone through, in the time that jsonschema-rs takes for it once, where all
# errors are listed, and where a validator is made.
_LISTED = 3
_MADE = 25
# Validators of schemas without one clause that are kept at a time.
_KEPT = 8

Proof = Literal["isolated", "keeps it", "breaks more", "validators disagree"]


class Isolation:
    """The judge of isolation for one message. `others` are schemas every lawful value keeps too."""

    def __init__(
        self,
        message: MessagePart,
        others: list[Any],
        form: Form | None = None,
        work: Work | None = None,
    ) -> None:
        """`work` counts what the judging costs, and may end it by TooLarge."""
        self.message = message
        self.work = work or Work()
        self._size = message.schema.size
        self.form = form or JsonForm()
        self.others = [compiled(schema) for schema in others]
        self._second = SecondOpinion(message.place)
        self._relaxed: OrderedDict[str, Schema] = OrderedDict()
        # By the identity of a branch, which the message's schema holds.
        self._branches: dict[int, Schema] = {}
        self._sites: dict[str, frozenset[str]] = {}
        # Of the clause that was asked about last; the next one has others.
        self._in_vain: tuple[str, InVain] | None = None
        self._loose = _dependents(message.schema)
        self._evaluates = _evaluates(message.schema)

    def settle(self) -> None:
        """Let go of what only proofs need: once they are made, few are asked for again."""
        self._relaxed.clear()
        self._branches.clear()
        self._in_vain = None
        self._second = SecondOpinion(self.message.place)

    def lawful(self, value: Any) -> bool:
        """Whether a value keeps the whole contract, rules on bodies included (jsonschema-rs)."""
        self.work.spend(self._size)
        return self.message.accepts(value) and self.keeps_rules(value)

    def is_agreed(self, value: Any, place: Place | None = None) -> bool:
        """Whether both validators are of one mind about a value: the whole one, or at a place."""
        return not self._second.differs(value, place)

    def keeps_rules(self, value: Any) -> bool:
        """Whether a value keeps the rules on bodies."""
        return all(rule.is_valid(value) for rule in self.others)

    def standing(self, value: Any) -> tuple[bool, ...]:
        """Whether a value keeps the schema, and then each of the rules on bodies."""
        return (self.message.accepts(value), *(bool(rule.is_valid(value)) for rule in self.others))

    def proves(self, clause: Clause, value: Any) -> Proof:
        """Whether a value breaks this clause and nothing else."""
        self.work.spend(_LISTED * self._size)
        accepted = self.message.accepts(value)
        if self._second.differs(value):
            return "validators disagree"
        if accepted:
            return "keeps it"
        alone = self._breaks_alone(clause, value)
        return "isolated" if alone and self.keeps_rules(value) else "breaks more"

    def may_break(self, clause: Clause, value: Any) -> bool:
        """Whether a value is refused for a clause, as far as one look at its errors tells."""
        if self.message.accepts(value):
            return not self.keeps_rules(value)
        sites = self._sites_of(clause)
        told = (_site_of(steps, error) for steps, error in self.message.schema.errors(value))
        return any(_is_below(at, sites) or _is_around(at, sites) for at in told)

    def breaks_in_vain(self, clause: Clause, value: Any) -> bool:
        """Whether no message with this value, where the clause stands, breaks the clause alone."""
        if self._evaluates:
            return False
        if self._in_vain is None or self._in_vain[0] != clause.id:
            made = InVain(self.message.schema, self._sites_of(clause))
            self._in_vain = clause.id, made
        return self._in_vain[1].is_broken(value)

    def _breaks_alone(self, clause: Clause, value: Any) -> bool:
        """Whether the schema without the clause accepts a value."""
        sites = self._sites_of(clause)
        told = self._told_by_errors(clause, sites, value)
        if told is not None:
            return told
        if clause.id in self._relaxed:
            self._relaxed.move_to_end(clause.id)
        else:
            self._keep(clause.id, self.message.schema.loosened(sorted(sites)))
        return self._relaxed[clause.id].accepts(value)

    def _told_by_errors(self, clause: Clause, sites: frozenset[str], value: Any) -> bool | None:
        """The same from the list of what is wrong; None where that does not tell.

        Without the clause, an error at one of its sites is gone, and any other stays: but for a
        choice around a site, which may come out otherwise, and for what counts what others saw.
        """
        if self._evaluates:
            return None
        return self._told(clause, "", sites, self.message.schema, value)

    def _told(
        self, clause: Clause, around: str, sites: frozenset[str], schema: Schema, value: Any
    ) -> bool | None:
        """The same of a value and of the schema at `around`: the whole one, or one of a branch."""
        for steps, error in schema.errors(value):
            at = f"{around}{_site_of(steps, error)}"
            has_too_many = type(error.kind).__name__ == _TOO_MANY
            if error.kind.name == "oneOf" and at in sites and not has_too_many:
                return None  # as an `anyOf`, it may still have no branch that fits
            if _is_below(at, sites):
                continue
            if not _is_around(at, sites):
                return False
            if has_too_many:
                if not around:
                    return False  # of too many branches that fit, none has a keyword that is broken
                continue  # within a branch it is an `anyOf`, for which one that fits is enough
            alone = self._choice_told(clause, at, sites, look(value, _pointer_of(error, steps)))
            if alone is not True:
                return alone
        return True

    def _choice_told(
        self, clause: Clause, at: str, sites: frozenset[str], value: Any
    ) -> bool | None:
        """Whether a choice that has a clause's keywords within it accepts a value without them.

        None where it stands behind a reference, and is not one of the document.
        """
        key = f"{clause.id} {at}"
        if key not in self._relaxed:
            around, _, keyword = at.rpartition("/")
            holder = look(self.message.schema.document, around)
            if not isinstance(holder, dict) or keyword not in holder or value is ABSENT:
                return None
            if keyword in ("oneOf", "anyOf"):
                branches = enumerate(holder[keyword])
                told = [
                    self._branch_told(clause, f"{at}/{n}", b, sites, value) for n, b in branches
                ]
                if None not in told or True in told:
                    return True in told
            choice = {keyword: holder[keyword]}
            if (definitions := self.message.schema.document.get("$defs")) is not None:
                choice["$defs"] = definitions
            inner = [site.removeprefix(around) for site in sites if site.startswith(f"{at}/")]
            self._keep(key, Schema(choice).loosened(sorted(inner)))
        return self._relaxed[key].accepts(value)

    def _branch_told(
        self, clause: Clause, at: str, branch: Any, sites: frozenset[str], value: Any
    ) -> bool | None:
        """Whether one branch of a choice accepts a value without a clause's keywords within it.

        Told by its errors as well, so that a validator is made once a branch and not once a clause.
        """
        schema = self._schema_of(branch)
        if not _is_around(at, sites):
            return schema.accepts(value)
        return self._told(clause, at, sites, schema, value)

    def _schema_of(self, branch: Any) -> Schema:
        """A branch of a choice in the message's schema, by itself."""
        known = self._branches.get(id(branch))
        if known is None:
            definitions = self.message.schema.document.get("$defs")
            document = branch if definitions is None else {**branch, "$defs": definitions}
            known = self._branches[id(branch)] = Schema(document)
            self.work.spend(_MADE * len(json.dumps(branch)))
        return known

    def _keep(self, key: str, relaxed: Schema) -> None:
        """Keep a schema without a clause for the next few questions."""
        self.work.spend(_MADE * relaxed.size)
        self._relaxed[key] = relaxed
        if len(self._relaxed) > _KEPT:
            self._relaxed.popitem(last=False)

    def _sites_of(self, clause: Clause) -> frozenset[str]:
        """The keywords of a clause, and what it drags, as they stand in the message's schema."""
        if clause.id not in self._sites:
            around = self.message.place.site
            sites = [site.removeprefix(around) for site in clause.sites]
            self._sites[clause.id] = frozenset((*sites, *self._dragged(clause, sites)))
        return self._sites[clause.id]

    def _dragged(self, clause: Clause, sites: list[str]) -> list[str]:
        """Keywords that a breach of this clause breaks of necessity."""
        dragged: list[str] = []
        if clause.keyword == "type":
            for site in sites:
                around = site.rpartition("/")[0]
                dragged += [f"{around}/enum", f"{around}/const"]
            at = (clause.pointer or "").removeprefix(self.message.place.pointer)
            dragged += self._loose.get(at, ())
        if clause.keyword in _TELLS and self._evaluates:
            places = [around for site in sites for around in _of_one_value(site)]
            dragged += [f"{around}/{keyword}" for around in places for keyword in _LEFT_OVER]
        return dragged


# What tells which members and items it knows, but where it is kept alone; and what bars all others
# (2020-12 core, section 11). So a breach of the one is a breach of the other.
_TELLS = ("if", "dependentSchemas")
_LEFT_OVER = ("unevaluatedProperties", "unevaluatedItems")
_IN_PLACE = re.compile(r"/(?:(?:allOf|anyOf|oneOf)/\d+|then|else)$")
# The error of a `oneOf` with more branches than one, all that an `anyOf` would allow.
_TOO_MANY = "OneOfMultipleValid"
# What goes with a keyword when it is taken out, as errors name it.
_GO_WITH = {"then": "if", "else": "if", "minContains": "contains", "maxContains": "contains"}


def _pointer_of(error: Any, steps: Sequence[str]) -> str:
    """Where the value of an error stands in the whole, by the steps to its keyword there."""
    # Around the part that it is in there are but `properties` and names.
    outer = steps[1 : len(steps) - len(error.evaluation_path) : 2]
    return "".join(f"/{escape(str(step))}" for step in (*outer, *error.instance_path))


def _site_of(path: Iterable[str], error: Any) -> str:
    """Where the keyword of an error stands; for `required`, with the name of the member."""
    steps = list(path)
    if STANDS_FOR in steps:  # what is said there is what a format says
        steps[steps.index(STANDS_FOR) :] = ["format"]
    if steps and steps[-1] == "required":
        steps.append(error.kind.property)
    return "".join(f"/{escape(step)}" for step in steps)


def _is_below(at: str, sites: Iterable[str]) -> bool:
    """Whether a keyword is one at these sites, stands within one, or is nothing without it."""
    steps = at.split("/")
    for depth in range(2, len(steps) + 1):
        around = "/".join(steps[: depth - 1])
        if f"{around}/{steps[depth - 1]}" in sites:
            return True
        with_it = _GO_WITH.get(steps[depth - 1])
        if with_it is not None and f"{around}/{with_it}" in sites:
            return True
    return False


def _of_one_value(site: str) -> Iterator[str]:
    """The schemas around a keyword that speak of the same value, the nearest first."""
    inner, around = site, site.rpartition("/")[0]
    while around != inner:
        yield around
        inner, around = around, _IN_PLACE.sub("", around)


def _is_around(at: str, sites: Iterable[str]) -> bool:
    """Whether a keyword, a choice for one, has one of these sites within it."""
    return any(site.startswith(f"{at}/") for site in sites)


def _evaluates(schema: Schema) -> bool:
    """Whether something in a schema counts what other keywords saw."""
    if "evaluates" not in schema.memo:
        schema.memo["evaluates"] = (
            any(map(_evaluates, schema.parts.values()))
            if schema.parts
            else "unevaluated" in json.dumps(schema.document)
        )
    return bool(schema.memo["evaluates"])


def _dependents(schema: Schema) -> dict[str, list[str]]:
    """For each instance pointer, the sites of what a value of a wrong type breaks as well.

    Branches that state no type are all kept by it: a `oneOf` of such has one too many.
    """
    if "dependents" not in schema.memo:
        found = _dependents_within(schema.document) if not schema.parts else {}
        for name, part in schema.parts.items():
            step = escape(name)
            for pointer, sites in _dependents(part).items():
                found[f"/{step}{pointer}"] = [f"/properties/{step}{site}" for site in sites]
        schema.memo["dependents"] = found
    dependents: dict[str, list[str]] = schema.memo["dependents"]
    return dependents


def _dependents_within(document: dict[str, Any]) -> dict[str, list[str]]:
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
            visit(inner, f"{site}/properties/{escape(name)}", f"{pointer}/{escape(name)}")
        for keyword in ("items", "additionalProperties"):
            visit(node.get(keyword), f"{site}/{keyword}", f"{pointer}/*")

    visit(document, "", "")
    return found
