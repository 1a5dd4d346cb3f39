"""Lawful requests: documented ones, a covering array of pairs, the random search, the control."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from clausewise.contract.codecs import JsonCodec
from clausewise.contract.parameters import LOCATIONS
from clausewise.contract.requests import BODY
from clausewise.plan.cases import Case
from clausewise.plan.ground import Ground, disputed_in, overlaid
from clausewise.values.bounds import MOST_WORK, TooLarge
from clausewise.values.covering import cover
from clausewise.values.folders import leaving_no_folder
from clausewise.values.oddities import UNKNOWN, oddity_rows
from clausewise.values.search import search
from clausewise.values.usual import says_how_many
from clausewise.values.values import Level

_OF_LISTS = ("results", "items", "keys", "entries", "records", "rows")
# What may say how many things a list shows at once, and may be something else: then a request has
# it in vain. How many are asked for where the contract has no bound; and the most ever.
_PERHAPS_A_PAGE = frozenset(
    {"count", "itemsperpage", "pagecount", "resultsperpage", "rows", "size"}
    | {f"{of}{what}" for of in ("max", "num") for what in _OF_LISTS}
)
_A_PAGE, _MOST_OF_A_PAGE = 100, 1_000


def positives(ground: Ground, examples: int, seed: int) -> Iterator[Case]:
    """Requests that the contract says are accepted; `examples` of them are drawn at random.

    Where it takes too much to find all of them, those that were found are sent.
    """
    first = ground.plain(
        "example", "accepted", "the least that the contract asks for", group=_stepped(ground)
    )
    yield first
    with suppress(TooLarge):
        yield from _further(ground, [dict(first.levels)], examples, seed)


def _further(
    ground: Ground, seeds: list[dict[str, Level]], examples: int, seed: int
) -> Iterator[Case]:
    """All but the least of them, whose levels are the one seed. Raises TooLarge."""
    model = ground.model
    for label, value in _documented(ground):
        levels = model.classify(value)
        if levels not in seeds:
            seeds.append(levels)
            yield ground.case(
                kind="example", expect="accepted", label=label, value=value, levels=levels
            )
    mentioned = [p for rule in ground.rules for p in _mentioned(rule.body, f"/{BODY}")]
    # Which of two numbers is the greater matters as well.
    mentioned += [at for pair in ground.ranges for at in pair]
    ground.work.allow(MOST_WORK)
    rows = cover(model, ground.lawful, mentioned, seeds, ground.is_agreed_at)
    ground.rows = [*seeds, *rows]
    # What the search for rows took is no reason to send none of those that were found.
    ground.work.allow(MOST_WORK)
    for number, row in enumerate(rows, 1):
        value = model.build(row)
        if ground.is_sound(value):
            label = f"value pairs, row {number} of {len(rows)}"
            yield ground.case(kind="pairs", expect="accepted", label=label, value=value, levels=row)
    yield from _odd(ground)
    ground.work.allow(MOST_WORK)
    yield from _searched(ground, [*seeds, *rows], examples, seed)


def _documented(ground: Ground) -> Iterator[tuple[str, Any]]:
    for name, example in ground.documented.items():
        if ground.is_sound(example):
            yield f"the documented example {name!r}", example
    # Pairs of values do not ask for an empty object, which careless servers stumble over.
    model = ground.model
    objects = {at: factor.plain for at, factor in model.factors.items() if factor.container}
    bare = model.build(objects)
    if ground.is_sound(bare):
        yield "every object with the least that it must have", bare
    for value in _long_pages(ground):
        yield "nothing but a long page", value


def _long_pages(ground: Ground) -> Iterator[dict[str, Any]]:
    """A list asked for much at once, and for nothing else: so it shows most of what there is."""
    for parameter in ground.operation.located("query") if ground.operation.safe else ():
        if not says_how_many(parameter.name, also=_PERHAPS_A_PAGE):
            continue
        most = parameter.place.schema.get("maximum", _A_PAGE)
        wide = min(most, _MOST_OF_A_PAGE) if isinstance(most, int | float) else _A_PAGE
        value = ground.least_value()
        value["query"] = {**value.get("query", {}), parameter.name: int(wide)}
        if ground.is_sound(value):
            yield value


def _odd(ground: Ground) -> Iterator[Case]:
    """Lawful oddities, one kind a request, beside the pairs: a refused one says nothing of them."""

    def carries(at: str, value: Any) -> bool:
        # Of members that nobody documented, forms and URLs have no form to write.
        unknown = at.endswith(f"/{UNKNOWN}")
        in_json = at.startswith(f"/{BODY}/") and isinstance(ground.codec.body, JsonCodec)
        return ground.can_write(at, value) and (in_json or not unknown)

    for row in oddity_rows(ground.model, ground.lawful, carries, _fixed(ground)):
        if ground.is_sound(row.value):
            yield ground.case(
                kind="odd",
                # Documents rarely say that such a request is to be taken: its refusal only warns.
                expect="either" if row.soft else row.expect,
                label=f"oddities: {row.label}",
                value=row.value,
                levels=row.levels,
            )


def _fixed(ground: Ground) -> frozenset[str]:
    """Where values stay as they are: paths, the objects of parameters, a leased resource."""
    fixed = {at for at in ground.model.factors if at.startswith("/path/")}
    fixed |= {f"/{location}" for location in LOCATIONS}
    return frozenset(fixed | ({ground.leased} if ground.leased else set()))


def _searched(
    ground: Ground, known: list[dict[str, Level]], examples: int, seed: int
) -> Iterator[Case]:
    model = ground.model
    strategies = {
        f"/{BODY}{pointer}": strategy
        for (operation, pointer), strategy in ground.pack.strategies.items()
        if operation == ground.operation.id
    }
    spent = False

    def lawful(value: Any) -> bool:
        nonlocal spent
        try:
            return not spent and ground.lawful(value)
        except TooLarge:
            spent = True
            return False

    found: list[dict[str, Level]] = []
    if examples > 0:
        with leaving_no_folder():
            found = search(model, lawful, strategies, _fixed(ground), examples, seed, known)
    for number, levels in enumerate(found, 1):
        value = model.build(levels)
        if not ground.is_sound(value):
            continue
        disputed = disputed_in(model, levels)
        yield ground.case(
            kind="search",
            expect="either" if disputed else "accepted",
            label=f"random search {number} of {len(found)}"
            + (f"; the documents disagree about {disputed}" if disputed else ""),
            value=value,
            levels=model.classify(value),
        )


def _stepped(ground: Ground) -> str | None:
    """The rule whose first step is the first request: no need to send it twice."""
    for rule in ground.rules:
        first = rule.steps[0] if rule.steps else None
        if first is None or first.operation != ground.operation.id:
            continue
        if first.accepted and not first.over and not first.path:
            return rule.id
    return None


def rule_steps(ground: Ground) -> Iterator[Case]:
    """The requests of rules that need several."""
    stepped = _stepped(ground)
    for rule in ground.rules:
        for index, step in enumerate(rule.steps):
            if step.operation != ground.operation.id or (index == 0 and rule.id == stepped):
                continue
            value = ground.least_value()
            if step.over is not None and BODY in value:
                value[BODY] = overlaid(value[BODY], step.over)
            for name, text in step.path:
                value["path"] = {**value.get("path", {}), name: text}
            yield ground.case(
                kind="rule",
                expect="accepted" if step.accepted else "refused",
                label=f"{rule.id}, step {index + 1} of {len(rule.steps)}",
                probes=(rule.clause(ground.operation.id).id,),
                value=value,
                levels=ground.model.classify(value),
                group=rule.id,
                pinned=frozenset(f"/path/{name}" for name, _ in step.path),
            )


def control(ground: Ground) -> Iterator[Case]:
    """The first request once more: it must still be accepted, after all that was refused."""
    yield ground.plain("control", "accepted", "the first request again, after all refusals")


def _mentioned(schema: Any, at: str) -> Iterator[str]:
    """The pointers that a rule on bodies speaks of."""
    if isinstance(schema, dict):
        for name, inner in (schema.get("properties") or {}).items():
            deeper = list(_mentioned(inner, f"{at}/{name}"))
            yield from deeper or [f"{at}/{name}"]
        for name in schema.get("required") or []:
            yield f"{at}/{name}"
        for keyword in ("not", "if", "then", "else", "allOf", "anyOf", "oneOf"):
            yield from _mentioned(schema.get(keyword), at)
    elif isinstance(schema, list):
        for item in schema:
            yield from _mentioned(item, at)
