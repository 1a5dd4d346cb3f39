"""Recorded traffic as a function: `clausewise.judge_traffic`, and the same for files."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from clausewise.api import Contract, pack_of
from clausewise.exchange import Response
from clausewise.foreign import foreign_request, foreign_response, request_behind
from clausewise.options import FAIL_ON
from clausewise.pack import Pack
from clausewise.record.policy import Policy
from clausewise.record.record import RecordedExchange
from clausewise.record.tally import Tally
from clausewise.report import Report, make_report
from clausewise.report.report import TargetFacts
from clausewise.report.showing import listed
from clausewise.selftest.score import score_of
from clausewise.traffic.engines import Engine, Processes
from clausewise.traffic.exchange import (
    Body,
    Item,
    Poisoned,
    ReceivedResponse,
    SentRequest,
    TrafficExchange,
    traffic_body,
)
from clausewise.traffic.origins import OperationsByUrl
from clausewise.traffic.partitions import partitions_of
from clausewise.traffic.showing import told
from clausewise.traffic.verdicts import traffic_record
from clausewise.traffic.work import Segment, Worker

# Recordings show what clients sent; that they broke a promise is nobody's duty.
MIN_JUDGED = 0


def judge_traffic(
    contract: Contract | str | Path,
    exchanges: Iterable[Any],
    *,
    fail_on: tuple[str, ...] = FAIL_ON,
    min_judged: int = MIN_JUDGED,
    base_urls: Iterable[str] = (),
) -> Report:
    """Hold recorded exchanges against a contract, and report on all of them together.

    `exchanges` are pairs of request and response (httpx's, requests', Starlette's, ours, or the two
    objects of a HAR entry), entries of a HAR file, responses of httpx or requests, which carry
    their request, or what `clausewise.Recorder` has noted. They are gone through once. `lenient`
    needs two exchanges of a kind, `strict` is never said of a recording. `base_urls` are where the
    API is served beside its documented servers, below a gateway's prefix say.

    Raises UsageError for what is no exchange, and for a base URL that is none.
    """
    pack = pack_of(contract)
    origins, begun = OperationsByUrl(pack.contract, base_urls), time.monotonic()
    worker = Worker(pack, base_urls=origins.base_urls)
    items = (Item(number, _taken(one)) for number, one in enumerate(exchanges, 1))
    segments: list[Segment] = []
    tally = worker.judge_items(items, "exchange", segments.append)
    tally.merge(worker.fold(segments))
    policy = Policy(fail_on, pack.waivers(), min_judged)
    return _report(pack, tally, origins, "exchanges", time.monotonic() - begun, policy)


def judge_files(
    pack: Pack,
    paths: Iterable[Path],
    *,
    engine: Engine | None = None,
    progress: Callable[[int, int], None] = lambda done, all_: None,
    policy: Policy | None = None,
    base_urls: Iterable[str] = (),
) -> Report:
    """Judge recordings in files; `progress` is told how many of their parts are done.

    `base_urls` are where the API is served beside its documented servers; archives of runs tell
    theirs.

    Raises UsageError for a file that cannot be read, and for a base URL that is none.
    """
    begun, partitions = time.monotonic(), partitions_of(paths)
    of_runs = (part.base_url for part in partitions if part.base_url is not None)
    origins = OperationsByUrl(pack.contract, dict.fromkeys([*base_urls, *of_runs]))
    engine = engine or Processes()
    tally = engine.run(
        pack.origin, partitions, lambda done: progress(done, len(partitions)), origins.base_urls
    )
    shown = listed(part.name for part in partitions)
    policy = policy or Policy(waivers=pack.waivers(), min_judged=MIN_JUDGED)
    return _report(pack, tally, origins, shown, time.monotonic() - begun, policy)


def _report(
    pack: Pack, tally: Tally, origins: OperationsByUrl, name: str, seconds: float, policy: Policy
) -> Report:
    masked, shown = told(pack.contract, tally, origins)
    return traffic_report(pack, masked, shown, f"recorded traffic: {name}", seconds, policy)


def traffic_report(
    pack: Pack,
    masked: Tally,
    shown: Mapping[str, RecordedExchange],
    name: str,
    seconds: float,
    policy: Policy,
) -> Report:
    """The report on a masked tally and the exchanges that its evidence names, by digest."""
    contract = pack.contract
    record = traffic_record(contract, masked, shown, pack.origin, seconds)
    report = make_report(
        record,
        contract=contract,
        policy=policy,
        score=score_of(pack),
    )
    traffic = {
        "exchanges": masked.exchanges,
        "census": msgspec.to_builtins(masked.census),
        "tally": msgspec.to_builtins(masked),
        "shown": {digest: number for number, digest in enumerate(sorted(shown), 1)},
    }
    return replace(report, target=TargetFacts(name, "traffic"), traffic=traffic)


def _taken(exchange: Any) -> TrafficExchange | Poisoned:
    """An exchange of any client as a recorded one. Raises UsageError for anything else."""
    if isinstance(exchange, TrafficExchange):
        return exchange
    if isinstance(exchange, tuple) and len(exchange) == 2:
        sent, received = exchange
    elif isinstance(exchange, dict) and {"request", "response"} <= exchange.keys():
        sent, received = exchange["request"], exchange["response"]
    else:
        sent, received = request_behind(exchange), exchange
    request, response = foreign_request(sent), foreign_response(received)
    return TrafficExchange(
        request.method,
        request.url,
        SentRequest(list(request.headers), traffic_body(request.content)),
        ReceivedResponse(response.status, list(response.headers), _body_of(response)),
    )


def _body_of(response: Response) -> Body:
    if response.cut is not None:
        return Body(text=response.text(), cut=True)
    return traffic_body(response.content)
