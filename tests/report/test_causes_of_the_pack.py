"""Causes and fidelity of the pack's own API: a stub for all of it, and faults two at a time."""

from __future__ import annotations

import io
import random
import threading
from collections.abc import Iterator
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from msgspec import UNSET
from rich.console import Console

import clausewise
from clausewise.pack import Pack, find_pack
from clausewise.plan.plan import make_plan
from clausewise.report import Report, make_report, print_report
from clausewise.report.fidelity import Fidelity
from clausewise.selftest.fault import Fault
from clausewise.selftest.running import Trial

from ..conftest import REPOSITORY
from ..guards import FOR_EVER
from .test_roots import _broken, _root_of

START = "start_recording"
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def stub(pack: Pack) -> Iterator[str]:
    """One reply an operation, out of a can, whatever is asked; gives its URL."""
    own = clausewise.run(pack.origin, examples=0)
    cans: dict[str, Any] = {}
    for exchange in own.exchanges:
        response = exchange.response
        if response is not None and response.status == 200 and response.body is not None:
            cans.setdefault(exchange.operation, response.body.content)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 65_536

        def _go(self) -> None:
            self.rfile.read(int(self.headers.get("content-length") or 0))
            content = cans[_operation(pack, self.command, self.path)]
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = _go  # noqa: N815  # the names of http.server

        def log_message(self, *_: Any) -> None:
            """Nothing is logged."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join(FOR_EVER)


def _operation(pack: Pack, method: str, path: str) -> str:
    last = path.partition("?")[0]
    for name, operation in pack.contract.operations.items():
        if operation.method == method and len(operation.path.split("/")) == len(last.split("/")):
            shape = zip(operation.path.split("/"), last.split("/"), strict=True)
            if all(want.startswith("{") or want == got for want, got in shape):
                return name
    return START


@pytest.fixture(scope="module")
def canned(pack: Pack, stub: str) -> Report:
    """The report of a run against the stub."""
    return clausewise.run(pack.origin, stub, examples=0)


def test_a_stub_has_few_causes(canned: Report) -> None:
    """More than a hundred findings of a stub are told as ten causes at most."""
    assert len(canned.findings) >= 130
    assert isinstance(canned.roots, tuple)
    assert len(canned.roots) <= 10
    file = io.StringIO()
    print_report(canned, Console(file=file, width=100))
    told = [line for line in file.getvalue().splitlines() if line.startswith(_HEADINGS)]
    assert 3 <= len(told) <= 10


_HEADINGS = ("violated  ", "lenient  ", "strict  ")


def test_a_stub_is_told_as_one(canned: Report) -> None:
    """One id for all that is started, nothing refused, no token asked for, no state."""
    fidelity = canned.fidelity
    assert isinstance(fidelity, Fidelity)
    facts = fidelity.facts
    assert (facts.ids, facts.refused, facts.tokens, facts.state) == (1, 0, "none", "none")
    assert facts.starts > 50
    assert fidelity.kind is not None
    assert fidelity.kind.startswith(f"The same id for all {facts.starts} things made;")
    assert fidelity.level("leniency").percent == 0
    assert (fidelity.level("shape").percent or 0) >= 98


@cache
def _trial() -> Trial:
    pack = find_pack(str(REPOSITORY))
    return Trial(pack, make_plan(pack, operations=[START], examples=0))


def _report(*faults: Fault) -> Report:
    trial = _trial()
    _, record = trial.record(faults, [START])
    return make_report(record, contract=trial.pack.contract)


def _pairs(count: int) -> list[tuple[Fault, Fault]]:
    """Pairs of faults of all kinds, about different places, the same in every run."""
    chance = random.Random(7)  # noqa: S311  # a choice of tests is no secret
    faults = [
        fault
        for fault in _trial().faults
        if fault.operation == START and fault.kind != "rule" and len(fault.clauses) == 1
    ]
    pairs: list[tuple[Fault, Fault]] = []
    while len(pairs) < count:
        one, other = chance.sample(faults, 2)
        if one.kind != "crash" and other.kind != "crash" and _apart(one, other):
            pairs.append((one, other))
    return pairs


def _apart(one: Fault, other: Fault) -> bool:
    """Whether two faults are about places of which none holds the other."""
    first, second = (f"{fault.clauses[0].rpartition(':')[0]}/" for fault in (one, other))
    return not (first.startswith(second) or second.startswith(first))


def test_two_faults_have_two_causes() -> None:
    """A cause hides no finding that has another: two independent faults are two roots."""
    both = 0
    for one, other in _pairs(12):
        report = _report(one, other)
        found = _broken(report)
        first, second = one.clauses[0], other.clauses[0]
        assert {first, second} & found
        if {first, second} <= found:
            both += 1
            assert _root_of(report, first).id != _root_of(report, second).id
    assert both >= 8


def test_every_reply_fault_is_in_a_root_of_its_own() -> None:
    """With one fault the root of its clause is about nothing else of another keyword or place."""
    (fault,) = [
        fault
        for fault in _trial().faults
        if fault.kind == "reply" and fault.clauses == (f"{START}:200#/data/id:required",)
    ][:1]
    report = _report(fault)

    root = _root_of(report, fault.clauses[0])
    assert root.clauses == fault.clauses
    assert report.fidelity is not UNSET
