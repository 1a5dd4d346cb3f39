"""What replies name: the things that a create made or a list shows, and the values that name them.

Each value goes by its OpenAPI runtime expression (3.1, section 4.8.20.4), such as
`$response.body#/data/*/id`; `$response.header.Location#path.NAME` is what stands in the place of a
path parameter in that header.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from clausewise.contract import Operation
from clausewise.contract.path_templates import path_names
from clausewise.exchange import Exchange, Response
from clausewise.judge.outcomes import MULTI_STATUS, refused_parts
from clausewise.links.addresses import LOCATION, OF_PATH, in_location, linked, located
from clausewise.links.catalogue import Catalogue, says_that_it_makes, says_that_it_reads
from clausewise.links.items import in_body, is_name, items_of, scalars
from clausewise.links.names import as_read
from clausewise.links.needs import Collection, Need, bare, fits
from clausewise.links.nouns import in_one_word, noun_named, noun_of
from clausewise.pointer import ABSENT, escape, steps_of

# Of a long list no more than so many things are looked at: one would do.
MOST_LISTED = 3
# What things are called by, the likeliest first, where no member bears the parameter's own name.
_CALLED = (
    "id", "uuid", "guid", "key", "slug", "name", "code", "number", "username", "login", "email",
)  # fmt: skip
_IDENTIFYING = ("id", "uuid", "guid")
# What lists of such names are called, the noun of the things before it or not.
_LISTS_OF_NAMES = frozenset({"ids", "uuids", "guids", "keys", "created", "createdids"})
# So many expressions are read once only: replies of one kind have the same ones.
_MOST_READ = 4_096
# What other members end with that things go by.
_ENDINGS = ("id", "key", "ref", "code", "number", "no", "handle")
# Values of headers go by these expressions, and so may be called, beside the noun of the thing.
_OF_HEADER = "$response.header."
_ANY_THING = frozenset({"", "created", "entity", "item", "new", "object", "record", "resource"})
# What stands in a path as it is (RFC 3986, section 2.3).
_WORD = re.compile(r"[A-Za-z0-9._~-]{1,200}")


class Instance(Struct, eq=False):
    """One thing that was seen: its names by expression, and where it stands.

    `context` are the values of its collection's own path parameters, `made` says that this run made
    it, `counted` that it is a thing for certain; `entries` are the exchanges that it takes to have
    it, and `upon` the things that it was made with, which may not go before it; `beside` is what
    the request that made it had for its query, header and cookie. One that is `gone`
    names nothing any more; one that is `spoiled` is there, and what reads it crashes; one that is
    there `before` was not made now; what is `within` another thing alone comes and goes with it.
    """

    collection: str
    source: str
    names: dict[str, Any]
    context: tuple[str, ...] = ()
    made: bool = False
    counted: bool = False
    entries: tuple[int, ...] = ()
    upon: tuple[Instance, ...] = ()
    beside: Mapping[str, Any] = field(default_factory=dict)
    gone: bool = field(default=False)
    spoiled: bool = field(default=False)
    before: bool = field(default=False)
    within: bool = field(default=False)
    # Nothing tells yet that it was not there before.
    unsure: bool = field(default=False)
    # The operation of the last accepted request that named it and may have changed it.
    changed_by: str = field(default="")

    @property
    def usable(self) -> bool:
        """Whether requests may be about it."""
        return not self.gone and not self.spoiled

    @property
    def identity(self) -> tuple[str, ...] | None:
        """What tells it from all others, by its reply; None where nothing does."""
        told: dict[str, Any] = {}
        for expression, value in self.names.items():
            name = _identifying(expression)
            if name == OF_PATH:
                return self.collection, *self.context, str(value)
            if name is not None:
                told.setdefault(name, value)
        best = next((name for name in _IDENTIFYING if name in told), None)
        return (self.collection, *self.context, str(told[best])) if best is not None else None


def created_by(
    catalogue: Catalogue, operation: Operation, exchange: Exchange, named: bool
) -> Instance | None:
    """The thing that an accepted request made, if it made one that can be told.

    `named` says that its path has a name that nothing had before. Without that a PUT alone tells by
    201 that its path named nothing (RFC 9110, section 9.3.4): a POST may have made anything there.
    """
    response = exchange.response
    if response is None:
        return None
    path = bare(operation.path)
    told = path_values(operation, exchange)
    new = named or (response.status == 201 and operation.method == "PUT")
    if operation.method in ("PUT", "POST") and new and path.endswith("/{}") and told:
        name = path_names(operation.path)[-1]
        names: dict[str, Any] = {f"$request.path.{name}": told[-1]}
        return Instance(path[: -len("/{}")], operation.id, names, told[:-1], True, True)
    collection = catalogue.made_by(operation.id)
    if collection is None or operation.method != "POST":
        return None
    names = dict(located(catalogue, collection, exchange))
    body = response.json_or_none
    names |= in_body(linked(catalogue, collection, body))
    names |= {_OF_HEADER + name: value for name, value in _in_headers(operation, response)}
    counted = bool(names) or response.status == 201
    # What a list of one thing says of it, where one was sent: `[{"id": 20}]`.
    alone = isinstance(body, list) and len(body) == 1 and isinstance(exchange.request.body, dict)
    made, at = (body[0], "/0") if alone else (body, "")
    names |= in_body(scalars(made, collection.noun), at)
    if not names and says_that_it_reads(operation):
        return None  # some frameworks say 201 to every POST
    if isinstance(exchange.request.body, dict):
        for member, value in exchange.request.body.items():
            if is_name(value):
                names[f"$request.body#/{escape(member)}"] = value
    has_items = bool(catalogue.things_at(collection.path))
    # A path that ends with more than its collection's says that it makes one: `/users/create`.
    counted = counted or has_items or path != collection.path
    # So does its own name, where it speaks of no other thing: `/tools/create-document`.
    counted = counted or ("{" not in path and says_that_it_makes(operation))
    context = _context(catalogue, collection, told, names, exchange)
    if context is None or (not counted and not names):
        return None
    return Instance(collection.path, operation.id, names, context, True, counted)


def _in_headers(operation: Operation, response: Response) -> Iterator[tuple[str, str]]:
    """The documented headers of a reply that are named like what names a thing."""
    reply = operation.reply_for(response.status)
    for header in reply.headers if reply is not None else ():
        value = response.header(header.name)
        if value and noun_named(header.name)[1] and _WORD.fullmatch(value):
            yield header.name, value


def all_created_by(
    catalogue: Catalogue, operation: Operation, exchange: Exchange, named: bool
) -> list[Instance]:
    """The things that an accepted request made: as many as its lists have, where its reply does."""
    one = created_by(catalogue, operation, exchange, named)
    response, collection = exchange.response, catalogue.made_by(operation.id)
    if one is None or collection is None or response is None or operation.method != "POST":
        return [one] if one is not None else []
    sent = items_of(exchange.request.body, collection.noun)
    found = items_of(response.json_or_none, collection.noun)
    in_part = response.status == MULTI_STATUS and bool(refused_parts(response.json_or_none))
    if sent is None or found is None or len(sent[1]) != len(found[1]):
        return [] if in_part else [one]
    if _is_named(catalogue, collection, one):
        return [one]  # it is a thing that has a list
    at, items = found
    told = (
        [*scalars(item, collection.noun), *linked(catalogue, collection, item)]
        for item in items
        if not (in_part and refused_parts(item))
    )
    return [replace(one, names=in_body(values, f"{at}/*")) for values in told]


def _is_named(catalogue: Catalogue, collection: Collection, thing: Instance) -> bool:
    """Whether a reply has a name for a thing as a whole: a usual one, or what its path calls it."""
    if any(_called(expression) in (LOCATION, *_CALLED) for expression in thing.names):
        return True
    below = catalogue.things_at(collection.path)
    needs = (need for operation in below for need in catalogue.path_needs(operation.id)[-1:])
    names = (expression for need in needs for expression, _ in ranked(need, thing))
    return any(expression.startswith("$response") for expression in names)


def listed_by(catalogue: Catalogue, operation: Operation, exchange: Exchange) -> list[Instance]:
    """The first things that a list shows."""
    collection, response = catalogue.listed_by(operation.id), exchange.response
    if collection is None or response is None or response.not_json is not None:
        return []
    found = items_of(response.json, collection.noun)
    if found is None:
        return []
    at, items = found
    told = path_values(operation, exchange)
    seen = []
    for item in items[:MOST_LISTED]:
        values = [*scalars(item, ""), *linked(catalogue, collection, item)]
        names = in_body(values, f"{at}/*")
        context = _context(catalogue, collection, told, names) if names else None
        if context is not None:
            seen.append(Instance(collection.path, operation.id, names, context))
    return seen


def listed_things(
    catalogue: Catalogue, operation: Operation, need: Need, body: Any
) -> list[tuple[str, Any]] | None:
    """All that a list shows, each by what it goes by at a place; None where that cannot be told.

    A list may be an object as well, which has each thing under its name. What has no name among
    others that have one (`{"name": null}`) is left out: nobody can ask for it.
    """
    collection = catalogue.listed_by(operation.id)
    if collection is None:
        return None
    found = items_of(body, collection.noun)
    if found is None:
        named = isinstance(body, dict) and all(isinstance(one, dict) for one in body.values())
        return list(body.items()) if named else None
    things = []
    for item in found[1]:
        names = in_body(scalars(item, ""), "/*")
        value = next((one for _, one in ranked(need, Instance("", "", names))), None)
        if value is not None:
            things.append((str(value), item))
    return things if things or not found[1] else None


def ranked(need: Need, instance: Instance) -> Iterator[tuple[str, Any]]:
    """What may name a thing at a place: expression and value, the likeliest first."""
    names = instance.names
    texts = tuple([isinstance(value, str) for value in names.values()])
    for expression in _likeliest(
        need.name, need.called or need.name, instance.collection, tuple(names), texts
    ):
        yield expression, names[expression]


@lru_cache(maxsize=_MOST_READ)
def _likeliest(
    name: str, called: str, collection: str, expressions: tuple[str, ...], texts: tuple[bool, ...]
) -> tuple[str, ...]:
    """The expressions whose values may name a thing at a place, the likeliest first.

    `name` is that of the place, `called` what the path of the thing has in its stead; `texts` says
    whose values are texts. Replies of one kind have the same ones.
    """
    noun, suffix = noun_named(called)
    own = in_one_word(called.lower().removeprefix("x-"))
    of_kind = Collection(collection).noun
    if name.lower() in ("ids", f"{noun}_ids") or suffix == "ids":
        own, suffix = own.removesuffix("s"), "id"

    def rank(expression: str, is_text: bool) -> tuple[int, int, int] | None:
        if OF_PATH in expression or expression.startswith("$request.path."):
            return (0, 0, 0)
        if expression.startswith(_OF_HEADER):
            of, _ = noun_named(expression.removeprefix(_OF_HEADER))
            fitting = of in (noun, of_kind) or of in _ANY_THING
            return (1 if of == noun and of else 2, 0, 0) if fitting else None
        steps = _steps(expression)
        member = _member(steps)
        if expression.startswith("$request."):
            # What the client called it, where no reply says what it is called.
            if member == own or (noun and member == f"{noun}{suffix}"):
                return (3, 0, 0)
            if not is_text:
                return None  # a number that a client gives is rarely one that things go by
            if suffix and member == suffix:
                return (3, 1, 0)
            return (4, _CALLED.index(member), 0) if member in _CALLED else None
        if not steps or (expression.endswith("/*") and _lists_names(member, noun or of_kind)):
            return (1, 0, 0)
        if member == own or (noun and member == f"{noun}{suffix or 'id'}"):
            return (1, len(steps), 0)
        if suffix and suffix not in ("id", "ids") and member == suffix:
            return (1, len(steps), 1)
        called = _CALLED.index(member) if member in _CALLED else None
        if called is None:
            return None
        return (2, called, len(steps))

    order = [(rank(e, is_text), e) for e, is_text in zip(expressions, texts, strict=True)]
    return tuple([e for _, e in sorted((r, e) for r, e in order if r is not None)])


@lru_cache(maxsize=_MOST_READ)
def _steps(expression: str) -> tuple[str, ...]:
    """The members that lead to what an expression says."""
    return tuple([step for step in steps_of(expression.partition("#")[2]) if step != "*"])


@lru_cache(maxsize=_MOST_READ)
def _identifying(expression: str) -> str | None:
    """As what an expression tells a thing from all others: `OF_PATH`, or one of `_IDENTIFYING`."""
    if OF_PATH in expression or expression.startswith("$request.path."):
        return OF_PATH
    steps = _steps(expression) if expression.startswith("$response") else ()
    name = steps[-1].lower().strip("_") if steps else ""
    return name if name in _IDENTIFYING else None


def _lists_names(member: str, noun: str) -> bool:
    """Whether a list of texts or numbers is called like what names things: `ids`, `petIds`."""
    return member.removeprefix(noun) in _LISTS_OF_NAMES


def _member(steps: tuple[str, ...]) -> str:
    """The last of some steps, its words joined; empty where there is none."""
    return in_one_word(steps[-1]) if steps else ""


def named_in_path(catalogue: Catalogue, thing: Instance) -> Iterator[tuple[Need, Any]]:
    """What a thing may be called at the end of its path, the likeliest first: need and value."""
    for operation in catalogue.things_at(thing.collection)[:1]:
        for need in catalogue.path_needs(operation.id)[-1:]:
            for _, value in ranked(need, thing):
                yield need, value


def unusual(need: Need, instance: Instance) -> Iterator[tuple[str, Any]]:
    """What may name a thing whose reply has no usual name: members that the server filled in.

    These are expression and value of single words; which one it is only trials can tell. A usual
    name that the client gave, or that has no room at the place, is none.
    """
    told = {e: v for e, v in instance.names.items() if e.startswith("$response.")}
    sent = {value for expression, value in instance.names.items() if expression not in told}
    usual = (expression for expression, _ in ranked(need, instance) if expression in told)
    if any(told[e] not in sent and fits(need, as_read(need, told[e])) for e in usual):
        return
    number = need.schema is not True and need.schema.get("type") in ("integer", "number")
    likeliest_first = sorted(
        told.items(), key=lambda one: not _member(_steps(one[0])).endswith(_ENDINGS)
    )
    for expression, value in likeliest_first:
        word = isinstance(value, str) and _WORD.fullmatch(value) is not None
        if value not in sent and (number or word):
            yield expression, value


def shows(instance: Instance, expression: str, exchange: Exchange) -> bool:
    """Whether a reply is of the very thing: its name is there, and most else that it had said.

    `expression` says what it was asked for by. One that has lost a member, or has changed it, is of
    the same thing.
    """
    response = exchange.response
    if response is None or response.not_json is not None:
        return False
    noun = noun_of(instance.collection.rpartition("/")[2])
    told = {e: v for e, v in instance.names.items() if e.startswith("$response.body")}
    shown = {(_member(tuple(steps_of(at))), value) for at, value in scalars(response.json, noun)}
    kept = [e for e, value in told.items() if (_member(_steps(e)), value) in shown]
    return expression in kept and 2 * len(kept) >= len(told)


def path_values(operation: Operation, exchange: Exchange) -> tuple[str, ...]:
    """The values of the path parameters of a request, in the order of the path."""
    names = path_names(operation.path)
    told = exchange.request.path
    return tuple(str(told[name]) for name in names if name in told)


def _context(
    catalogue: Catalogue,
    collection: Collection,
    told: tuple[str, ...],
    names: Mapping[str, Any],
    exchange: Exchange | None = None,
) -> tuple[str, ...] | None:
    """The values of a collection's own path parameters; None where not all are known.

    `told` are those that were asked for. The others, of things that several names tell together,
    stand in `Location`, or in what the thing itself has by just that name: never by another one.
    """
    for operation in catalogue.things_at(collection.path)[:1]:
        for name in path_names(operation.path)[len(told) : -1]:
            value = in_location(exchange, name, operation) if exchange is not None else ABSENT
            if value is ABSENT:
                known = (e for e in names if _member(_steps(e)) == in_one_word(name))
                # What the reply says of it comes before what was sent.
                best = min(known, key=lambda one: one.startswith("$request"), default=None)
                if best is None:
                    return None
                value = names[best]
            told = (*told, str(value))
    return told


def _called(expression: str) -> str:
    """The last step of what a reply says, or `LOCATION`; empty for what was sent."""
    if OF_PATH in expression:
        return LOCATION
    last = expression.rpartition("/")[2].lower().strip("_")
    return last if expression.startswith("$response") else ""
