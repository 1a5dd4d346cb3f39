"""Members that nothing around them looks at: what breaks a clause there is found in them alone.

A plain object says which members it has and what each of them is, and nothing of all of them
together. A body breaks a clause within such a member alone where the member does. So this is asked
of an object that has just that member, whose schema is small, and once for all operations that have
the member at the same place; each of them puts what was found into its own least request.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from clausewise.contract import Clause, Content, Place
from clausewise.contract.codecs import FormCodec, JsonCodec, MultipartCodec
from clausewise.contract.compiled import with_what_is_meant
from clausewise.contract.keywords import NOTES
from clausewise.contract.message import MessagePart
from clausewise.contract.requests import BODY
from clausewise.contract.schemas import Schema
from clausewise.plan.cases import Change
from clausewise.plan.ground import Ground
from clausewise.plan.negatives import Negative, by_names, most_of, negatives
from clausewise.pointer import ABSENT, escape, look, put, steps_of
from clausewise.values.bodies import BodyModel
from clausewise.values.bounds import MOST_WORK, TooLarge, Work
from clausewise.values.contexts import Contexts
from clausewise.values.forms import Form, JsonForm
from clausewise.values.isolation import Isolation
from clausewise.values.merging import merged_members
from clausewise.values.values import PRESENT, Level, as_text, digest

# What a plain object may say: each of it is kept or broken whatever the rest is.
_PLAIN = frozenset({"type", "properties", "required", "additionalProperties", "allOf", "$defs"})
_REMARKS = frozenset(NOTES) - {"format", "contentSchema", "x-contested"}

Found = tuple[list[Negative], str | None]


class Apart:
    """The members of one operation's bodies that stand for themselves."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._used: dict[int, _Member] = {}
        # By the identity of levels of a member, which are kept with it: the levels of the whole
        # request and its value, or None where that is not lawful or has another member.
        self._whole: dict[int, tuple[Any, tuple[dict[str, Level], Any] | None]] = {}

    def negatives(self, clause: Clause) -> Found | None:
        """The negatives of a clause or why there is none; None where more has to be looked at."""
        told = self._around(clause)
        if told is None:
            return None
        at, member, asked = told
        self._used[id(member)] = member
        found, why, work = member.negatives(asked)
        if asked.part != clause.part and clause.keyword != "required":
            # Of further contents, fewer half checks are told apart.
            found = found[: member.most_of(replace(asked, part=clause.part))]
        # As if it had been asked of whole requests: a bound is one of requests as well.
        size = self._ground.isolation.message.schema.size
        self._ground.work.spend(work * size // member.size)
        lifted = [self._lifted(at, member, one) for one in found]
        whole = [one for one in lifted if one is not None]
        return (whole, why) if len(whole) == len(lifted) else None

    def settle(self) -> None:
        """Let go of all but what was found."""
        for member in self._used.values():
            member.settle()

    def _around(self, clause: Clause) -> tuple[str, _Member, Clause] | None:
        """The innermost such member that has a clause in it, with the pointer of its object.

        The clause as well, as it stands in the member; where all of it is JSON within a form, that
        of a body of JSON.
        """
        ground, at = self._ground, ""
        model, place = ground.model, ground.model.root
        found: tuple[str, Place, str] | None = None
        steps = steps_of(clause.at or "")
        if ground.content is None or steps[:1] != [BODY] or model.members != merged_members:
            return None
        for step in steps:
            inner = place.members.get(step)
            if inner is None or not _is_plain(place) or f"{at}/{escape(step)}" not in model.factors:
                break
            if at and _stands_in(clause, inner, step) and self._is_written_alone(at, step, clause):
                found = at, place, step
            place, at = inner, f"{at}/{escape(step)}"
        if found is None:
            return None
        at, place, name = found
        around = look(model.example, at) if model.example is not ABSENT else ABSENT
        example = look(around, f"/{escape(name)}") if around is not ABSENT else ABSENT
        codec = ground.codec.body
        if self._is_json_within(at, name, clause):
            codec, clause = JsonCodec(), _of_json(clause)
        member = _member_of(place, name, example, ground.content, codec)
        return at, member, replace(clause, sites=member.sites_of(clause, place.members[name].site))

    def _is_json_within(self, at: str, name: str, clause: Clause) -> bool:
        """Whether a clause of a further content stands where its form is nothing but JSON.

        That is below a member of the object at a pointer.
        """
        codec = self._ground.codec.body
        if self._ground.is_first or not isinstance(codec, MultipartCodec):
            return False
        depth = codec.depth_of_json(name) if len(by_names(clause)) == 1 else None
        below = (clause.at or "").removeprefix(f"{at}/{escape(name)}").count("/")
        return depth is not None and at.count("/") == 1 and below >= depth

    def _is_written_alone(self, at: str, name: str, clause: Clause) -> bool:
        """Whether a member of the object at a pointer is written without what stands beside it."""
        codec = self._ground.codec.body
        if isinstance(codec, JsonCodec):
            return True
        is_form = isinstance(codec, FormCodec | MultipartCodec)
        if not is_form or at.count("/") != 1:
            return False
        return clause.keyword != "required" or self._is_json_within(at, name, clause)

    def _lifted(self, at: str, member: _Member, one: Negative) -> Negative | None:
        """A negative of a member in the least request that has it; None where it has none."""
        if id(one.levels) not in self._whole:
            self._whole[id(one.levels)] = one.levels, self._with(at, member, one.levels)
        whole = self._whole[id(one.levels)][1]
        if whole is None:
            return None
        levels, value = whole
        ground, change = self._ground, Change(f"{at}{one.change.at}", one.change.value)
        broken = put(value, change.at, change.value)
        if ground.isolation.message.accepts(broken) or not ground.isolation.keeps_rules(broken):
            return None
        # A JSON body has a form; what stands beside it may have none.
        bare = isinstance(ground.codec.body, JsonCodec) and not ground.operation.parameters
        if not bare and ground.codec.written(broken) is None:
            return None
        return Negative(one.label, levels, change, broken)

    def _with(
        self, at: str, member: _Member, inner: dict[str, Level]
    ) -> tuple[dict[str, Level], Any] | None:
        """The least lawful request with a member of these levels, and its levels."""
        model = self._ground.model
        told = {f"{at}{pointer}": level for pointer, level in inner.items()} or {at: PRESENT}
        if not told.keys() <= model.factors.keys():
            return None
        levels = model.completed(told, self._ground.isolation.lawful)
        if levels is None:
            return None
        # The same was asked, and counted, of the member.
        self._ground.work.spend(-self._ground.isolation.message.schema.size)
        value = model.view(levels)
        there = look(value, f"{at}/{escape(member.name)}")
        alike = digest(as_text(there)) == member.values[id(inner)]
        return (levels, value) if alike else None


class _Member:
    """A member of a plain object, as an object of its own, and what breaks its clauses."""

    def __init__(self, around: Place, name: str, example: Any, form: Form) -> None:
        self.name = name
        inner = around.members[name]
        step = escape(name)
        self._example = ABSENT if example is ABSENT else {name: example}
        self._form = form
        document = {key: value for key, value in inner.schema.items() if key != "$defs"}
        required = {name: around.required[name]} if name in around.required else {}
        frame = {"type": "object", "properties": {name: document}, "required": [*required]}
        if "$defs" in inner.schema:
            frame["$defs"] = inner.schema["$defs"]
        self._site, self._step = inner.site, f"/properties/{step}"
        site = inner.site.removesuffix(self._step)
        place = Place(around.pointer, site, frame, required=required, members={name: inner})
        self._message = MessagePart("request", Schema(frame, parts={name: Schema(inner.schema)}))
        self._message.__dict__["place"] = place
        self.size = self._message.schema.size
        self._work = Work()
        self._contexts: Contexts | None = None
        # By clause: what was found, and how much work it was.
        self._found: dict[Any, tuple[list[Negative], str | None, int]] = {}
        # By the identity of levels that were found, a digest of the member's value.
        self.values: dict[int, str] = {}

    def sites_of(self, clause: Clause, site: str) -> tuple[str, ...]:
        """The sites of a clause here, where its member stands at a site of another schema."""
        before, here = (one.removesuffix(self._step) for one in (site, self._site))
        return tuple(f"{here}{one.removeprefix(before)}" for one in clause.sites)

    def most_of(self, clause: Clause) -> int:
        """How many negatives a clause gets at most."""
        return most_of(self._message.place, clause)

    @property
    def contexts(self) -> Contexts:
        """The lawful objects with the member under which its clauses are asked."""
        if self._contexts is None:
            model = BodyModel(self._message.place, self._example)
            isolation = Isolation(self._message, [], self._form, self._work)
            self._contexts = Contexts(model, isolation)
        return self._contexts

    def negatives(self, clause: Clause) -> tuple[list[Negative], str | None, int]:
        """What breaks a clause there, by whatever operation it is named, and the work it was."""
        own = replace(clause, id=clause.short_id, operation="")
        key = own.id, own.sites
        if key not in self._found:
            before = self._work.done
            self._work.allow(MOST_WORK)
            try:
                found, why = negatives(self.contexts, own)
            except TooLarge as error:
                found, why = [], error.problem
            for one in found:
                value = look(self.contexts.body(one.levels), f"/{escape(self.name)}")
                self.values[id(one.levels)] = digest(as_text(value))
            # What is broken is put into other requests: it need not be kept.
            found = [replace(one, body=None) for one in found]
            self._found[key] = found, why, self._work.done - before
        return self._found[key]

    def settle(self) -> None:
        """Let go of all but what was found."""
        self._contexts = None


def _of_json(clause: Clause) -> Clause:
    """A clause of a further content as it is called in the first one, whose part has no name."""
    name = clause.short_id.removeprefix(clause.part)
    return replace(clause, id=f"{clause.operation}:request{name}", part="request")


class _FormOfBody(Struct):
    """How a member of a form goes over the wire."""

    codec: FormCodec | MultipartCodec

    def written(self, value: Any) -> Any:
        """The form; None where nothing means the value and nothing else."""
        return self.codec.encode(value) or None

    def read(self, encoded: Any) -> Any:
        """The members."""
        return self.codec.decode(encoded)

    def has_types(self, at: str) -> bool:  # noqa: ARG002  # as whole requests have it
        """What a form does not tell from another value has no form."""
        return True


def _is_plain(place: Place) -> bool:
    """Whether an object says nothing of its members together, and nothing of free ones' names."""
    if "plain" not in place.memo:
        several = place.schema.get("allOf")
        said = [place.schema, *several] if several is not None else [place.schema]
        place.memo["plain"] = not any(body.keys() - _PLAIN - _REMARKS for body in said)
    return bool(place.memo["plain"])


def _stands_in(clause: Clause, inner: Place, name: str) -> bool:
    """Whether all of a clause is said within a member, or by the object that it is required."""
    if "allOf" in inner.schema or not inner.site.endswith(f"/properties/{escape(name)}"):
        return False  # several schemas say what it is
    around = inner.site.removesuffix(f"/properties/{escape(name)}")
    required = f"{around}/required/{escape(name)}"
    return all(site.startswith(f"{inner.site}/") or site == required for site in clause.sites)


# Members by place, schema, example and form, those that were not asked for longest first.
_members: OrderedDict[str, _Member] = OrderedDict()
_MOST_KEPT = 3_000


def _member_of(place: Place, name: str, example: Any, content: Content, codec: Any) -> _Member:
    """A member of a plain object; equal ones are one, whichever operation they belong to."""
    inner = place.members[name]
    if "text" not in inner.memo:
        inner.memo["text"] = digest(with_what_is_meant(inner.schema)[1])
    form = "" if isinstance(codec, JsonCodec) else f"{content.sent_as} {content.encoding.get(name)}"
    told = "" if example is ABSENT else as_text(example)
    key = digest(inner.pointer, inner.memo["text"], name in place.required, form, told)
    if key not in _members:
        written = JsonForm() if isinstance(codec, JsonCodec) else _FormOfBody(codec)
        _members[key] = _Member(place, name, example, written)
        if len(_members) > _MOST_KEPT:
            _members.popitem(last=False)
    _members.move_to_end(key)
    return _members[key]
