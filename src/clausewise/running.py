"""A run as a function: `clausewise.run`, what the command does without pytest, reports or files."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from contextlib import redirect_stderr, redirect_stdout, suppress
from pathlib import Path
from typing import Any

from clausewise.api import Contract, pack_of
from clausewise.campaign.campaign import Campaign
from clausewise.campaign.scenario import play
from clausewise.campaign.session import Scope, Session
from clausewise.contract.selecting import selected
from clausewise.errors import TargetError
from clausewise.options import FAIL_ON, MIN_JUDGED
from clausewise.pack import Pack
from clausewise.pack.resolving import must_be_meant, resolve
from clausewise.pack.settings import Settings
from clausewise.record.policy import Policy
from clausewise.report import Report, make_report
from clausewise.report.policies import policy_of
from clausewise.selftest.score import score_of


def run(
    contract: Contract | str | Path,
    url: str | None = None,
    *,
    profile: str | None = None,
    seed: int = 0,
    examples: int = 25,
    max_requests: int | None = None,
    max_seconds: float | None = None,
    headers: Mapping[str, str] | None = None,
    auth: Mapping[str, str] | None = None,
    values: Mapping[str, str] | None = None,
    concurrency: int | None = None,
    rate: float | None = None,
    destructive: bool = False,
    read_only: bool = False,
    include: Iterable[str] = (),
    exclude: Iterable[str] = (),
    fail_on: tuple[str, ...] = FAIL_ON,
    min_judged: int = MIN_JUDGED,
    min: Mapping[str, int | str] | None = None,
    baseline: str | Path | None = None,
    waivers: str | Path | None = None,
    yes: bool = False,
) -> Report:
    """Ask a target to keep a contract, clause by clause, and report on it.

    `contract` is a contract or a path to one, `url` the target's base URL; without it, and
    without a profile that names one, the pack's own mock is judged in this process. `auth` maps
    security schemes to `env:VARIABLE`, `values` are those of `--set`, `include` and `exclude`
    the words of those options; `min` has those of `--min` by level, `baseline` is a report and
    `waivers` a file, as with these options. `read_only` sends safe methods alone. The
    scenarios of the pack are played. `yes` says that a target on another machine is meant. Nothing
    is written: `report.write(folder)` does that.

    Raises ContractError, UsageError, and TargetError where the target cannot be judged at all.
    """
    pack = pack_of(contract)
    settings = resolve(
        pack,
        base_url=url,
        profile=profile,
        **as_options(headers, auth, values),
        concurrency=concurrency,
        rate=rate,
        max_requests=max_requests,
        max_seconds=max_seconds,
        destructive=destructive,
        read_only=read_only,
        yes=yes,
    )
    must_be_meant(settings)
    scope = scope_of(pack, include, exclude, examples, seed)
    policy = policy_of(
        pack,
        profile=profile,
        fail_on=fail_on,
        min_judged=min_judged,
        wanted=[f"{level}={value}" for level, value in (min or {}).items()],
        baseline=baseline,
        waivers=waivers,
    )
    return carried_out(pack, settings, scope, policy)


def as_options(
    headers: Mapping[str, str] | None,
    auth: Mapping[str, str] | None,
    values: Mapping[str, str] | None,
) -> dict[str, Any]:
    """What Python has as mappings, as `resolve` takes it: spelt as the options of a command."""
    return {
        "headers": tuple(f"{name}: {value}" for name, value in (headers or {}).items()),
        "auth": tuple(f"{scheme}={source}" for scheme, source in (auth or {}).items()),
        "path_values": tuple(f"{name}={value}" for name, value in (values or {}).items()),
    }


def scope_of(
    pack: Pack, include: Iterable[str], exclude: Iterable[str], examples: int, seed: int
) -> Scope:
    """What a run is about: the clauses that are meant, and all scenarios of the pack."""
    clauses = tuple(selected(pack.contract, include, exclude).values())
    return Scope(clauses, examples, seed, tuple(scenery for scenery, _ in pack.scenarios))


def carried_out(pack: Pack, settings: Settings, scope: Scope, policy: Policy) -> Report:
    """The report of one run. Raises TargetError; what was made is undone however it ends."""
    session = Session(pack, settings, scope)
    campaign = session.campaign
    try:
        _play(session, campaign, pack.scenarios)
        campaign.join()
    except BaseException:
        session.stop("the run was stopped")
        with suppress(TargetError):
            campaign.join()
        raise
    return make_report(
        campaign.record(seed=scope.seed),
        contract=pack.contract,
        policy=policy,
        score=score_of(pack),
    )


def _play(session: Session, campaign: Campaign, scenarios: Any) -> None:
    """Play the scenarios. What they print is dropped: it may quote secrets."""
    for scenery, function in scenarios:
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            play(campaign, scenery, function)
        session.scenario_over()
