"""What a run would send where: told with --dry-run, and before somebody is asked to consent."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from clausewise.errors import UsageError

if TYPE_CHECKING:
    import argparse

    from clausewise.pack import Pack
    from clausewise.pack.settings import Settings
    from clausewise.plan.plan import Plan


def somebody_there() -> bool:
    """Whether there is anybody to ask."""
    # Without a terminal there may be no standard input at all.
    return sys.stdin is not None and sys.stdin.isatty() and not os.environ.get("CI")


def ask_consent(options: argparse.Namespace, pack: Pack, settings: Settings) -> None:
    """Ask once whether a target elsewhere is meant. Raises UsageError where nobody can say so."""
    from clausewise.pack.resolving import must_be_meant

    if not somebody_there():
        must_be_meant(settings)
    for line in _said_of(options, pack, settings):
        print(line)
    try:
        answer = input("Go on? [y/N] ")
    except EOFError:
        print()
        answer = ""
    if answer.strip().lower() not in ("y", "yes"):
        raise UsageError("nothing was sent")


def meant_again(options: argparse.Namespace, pack: Pack, base_url: str | None) -> Settings:
    """How the target of a report is asked again. Raises UsageError where it is not meant.

    A report may come from anywhere, and the credential goes along.
    """
    from clausewise.pack.resolving import must_be_meant, resolve

    settings = resolve(
        pack,
        base_url=base_url,
        profile=options.profile,
        headers=tuple(options.header),
        auth=tuple(options.auth),
        yes=options.yes,
    )
    must_be_meant(settings)
    return settings


def dry_run(options: argparse.Namespace, pack: Pack, settings: Settings) -> int:
    """Say what a run would send where; gives the exit code."""
    for line in _said_of(options, pack, settings):
        print(line)
    print("Nothing was sent. clausewise plan prints every single request.")
    return 0


def _said_of(options: argparse.Namespace, pack: Pack, settings: Settings) -> Iterator[str]:
    """What a run would send where, one line a fact."""
    from clausewise.campaign.budgeting import cut_plan
    from clausewise.campaign.order import left_out
    from clausewise.commands.screen import named
    from clausewise.links.catalogue import Catalogue
    from clausewise.plan.plan import make_plan
    from clausewise.secrets.masking import MASK
    from clausewise.secrets.settings import mask_for

    plan = make_plan(pack, examples=options.examples, seed=options.seed)
    scenarios = sum(scenery.requests for scenery, _ in pack.scenarios)
    most = settings.max_requests
    if most is not None:
        plan = cut_plan(pack, settings, plan, most, scenarios)
    total = plan.requests(pack) + scenarios
    total = total if most is None else min(total, most)
    yield f"target       {settings.shown}"
    yield f"pack         {named(pack)}"
    mask = mask_for(pack.contract, settings, pack.token_variable)
    for name, value in settings.path.items():
        yield f"path         {name} = {MASK if mask.hides(name) else value}"
    for name in _credentials_of(settings) or ["none"]:
        yield f"credential   {name}"
    for name, _ in settings.headers:
        yield f"header       {name}"
    yield f"requests     at most {total}, before what a finding takes to explain"
    for plan_of in plan.operations.values():
        operation = plan_of.operation
        yield f"  {len(plan_of.cases):4} {operation.method:6} {operation.path}"
    yield from _beyond(plan, most)
    for name, why in left_out(pack, settings, Catalogue(pack), plan.operations).items():
        operation = pack.contract.operations[name]
        way = "" if settings.read_only else " (--destructive)"
        yield f"left out     {operation.method} {operation.path}: {why}{way}"
    pace = f"{settings.rate:g} a second" if settings.rate else "as fast as it answers"
    yield f"pace         {pace}, {settings.concurrency} at a time"
    for resource, ids in settings.leases.items():
        yield f"{resource:12} {', '.join(ids)}"
    undone = "undone afterwards" if settings.clean_up else "left as it is"
    yield f"what it makes is {undone}"


def _beyond(plan: Plan, most: int | None) -> Iterator[str]:
    """How many clauses have no request for want of a budget, if any."""
    from clausewise.plan.budget import left_out_within

    told = [one.unplanned.values() for one in plan.operations.values()] if most else []
    lost = sum(why == left_out_within(most or 0) for reasons in told for why in reasons)
    if lost:
        yield (
            f"left out     {lost} clause{'' if lost == 1 else 's'}, to stay within {most} "
            f"requests; clausewise plan --max-requests {most} names them"
        )


def _credentials_of(settings: Settings) -> list[str]:
    """The credentials of a run, by scheme and by the variables that hold them."""
    given = [
        f"{scheme}, of {settings.variables.get(secret, 'the pack')}"
        for scheme, secret in settings.credentials.items()
    ]
    return [*given, settings.token_name] if settings.token else given
