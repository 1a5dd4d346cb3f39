"""Endpoints that misbehave: runs end, verdicts are proved, and reports are harmless."""

from __future__ import annotations

import asyncio
import io
import json
import re
import socket
import ssl
import subprocess
import sys
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from html.parser import HTMLParser
from itertools import chain, cycle, repeat
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from rich.console import Console

from clausewise.campaign.campaign import Campaign
from clausewise.errors import TargetError
from clausewise.exchange import Exchange, Request, Response
from clausewise.judge.breaches import LONGEST_WORDS
from clausewise.judge.contents import MOST_STRANGERS
from clausewise.judge.replies import ReplyJudge
from clausewise.pack import Pack
from clausewise.pack.settings import MOST_BYTES, Settings
from clausewise.plan.plan import Plan, make_plan
from clausewise.record.policy import Policy
from clausewise.report import make_report, print_report, validate_model
from clausewise.transport.http import HttpTarget
from clausewise.transport.in_process import InProcessTarget
from clausewise.transport.target import Failed

from ..guards import FOR_EVER
from .hostile_server import (
    CERTIFICATE,
    DEFLATE_BOMB,
    GZIP_BOMB,
    MISBEHAVIOURS,
    Misbehaviour,
    hostile_pack,
    service,
)
from .raw_server import RawServer, Reply, answering, reply, serving

# `tox -e hostile` has it.
pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("guarded")]

# More headers, and more bytes, than go over in the time that a reply has.
MANY, MUCH = 5_000, 50_000_000
RED = ("violated", "lenient", "strict")
# What no terminal, page or reader may get to see as it is.
UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2028\u2066-\u2069]")


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    """The small contract of the service."""
    return hostile_pack(tmp_path_factory.mktemp("pack"))


@pytest.fixture(scope="module")
def plan(pack: Pack) -> Plan:
    """Its plan; a plan is not changed by being carried out."""
    return make_plan(pack, examples=0)


@dataclass(frozen=True)
class Ran:
    """What a run left behind."""

    campaign: Campaign
    model: dict[str, Any]
    folder: Path
    terminal: str
    server: RawServer

    def verdicts(self, *verdicts: str) -> set[str]:
        """The clauses with one of these verdicts."""
        return {c["id"] for c in self.model["clauses"] if c["verdict"] in verdicts}


def _run(
    pack: Pack, plan: Plan, folder: Path, answer: Callable[[bytes], Reply], **rest: Any
) -> Ran:
    """A whole run against a service, its reports on disk, and its last words."""
    keep = rest.pop("keep", True)
    with answering(answer, keep=keep) as server:
        settings = {"connect_seconds": 60.0, "read_seconds": 60.0, **rest}
        campaign = _campaign(pack, plan, server.url, **settings)
        campaign.run()
        report = make_report(campaign.record(), contract=pack.contract, policy=Policy(RED))
        report.write(folder)
    output = io.StringIO()
    print_report(report, Console(file=output, width=100, color_system=None), ())
    return Ran(campaign, report.as_json(), folder, output.getvalue(), server)


def _shortened(plan: Plan) -> Plan:
    """The plan with two requests of `write` alone."""
    write = plan.operations["write"]
    return Plan(plan.operations | {"write": write.holding(write.cases[:2])})


def _campaign(pack: Pack, plan: Plan, url: str, **settings: Any) -> Campaign:
    made = Settings(base_url=url, path={}, **settings)
    return Campaign(pack, plan, made, HttpTarget(made))


class _Page(HTMLParser):
    """What a browser makes of a page: its elements, and those that would do something."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: dict[str, int] = {}
        self.active: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements[tag] = self.elements.get(tag, 0) + 1
        for name, value in attrs:
            outside = name in ("src", "href", "action") and not (value or "").startswith("#")
            if name.startswith("on") or (outside and tag != "link"):
                self.active.append(f"{tag} {name}={value}")


def _check_harmless(ran: Ran) -> None:
    """All files are there and valid, and nothing in them acts on who reads them."""
    read = {path.name: path.read_text("utf-8") for path in ran.folder.iterdir()}
    assert {"conformance.json", "conformance.html", "conformance.md"} < read.keys()
    assert validate_model(json.loads(read["conformance.json"])) == []
    assert sum(len(text) for text in read.values()) < 20_000_000
    page = _Page(read["conformance.html"])
    assert page.elements["script"] == 2  # its data, and its own
    assert page.elements.get("img", 0) == 0
    assert page.active == []
    ET.fromstring(read["conformance.junit.xml"])  # noqa: S314  # our own file
    # What a server sent stands in code only.
    markdown = re.sub(r"(`{3,})sh\n.*?\n\1", "", read["conformance.md"], flags=re.DOTALL)
    markdown = re.sub(r"(`+)[^`].*?\1", "", markdown)
    assert "<script" not in markdown
    for name in ("conformance.html", "conformance.md", "conformance.junit.xml"):
        assert not UNSEEN.search(read[name]), name
    assert not UNSEEN.search(ran.terminal)


@pytest.mark.parametrize("way", MISBEHAVIOURS, ids=lambda way: way.name)
def test_a_whole_run(pack: Pack, plan: Plan, tmp_path: Path, way: Misbehaviour) -> None:
    """Red is what the replies prove, nothing is upheld by garbage, and the run goes on."""
    limits = {"read_seconds": 1.5} if way.slow else {}
    asked = _shortened(plan) if way.slow or way.heavy else plan
    ran = _run(pack, asked, tmp_path, service(pack, way.spoil), keep=way.keep, **limits)

    assert ran.verdicts(*RED) == way.red
    upheld = ran.verdicts("upheld")
    about_body = {name for name in upheld if name.startswith(("write:200:json", "write:200#"))}
    assert bool(about_body) is way.judged
    assert {"list:200:json", "tell:200:json"} <= upheld
    assert ran.campaign.complete
    assert way.told in (tmp_path / "conformance.json").read_text("utf-8")
    judgements = [entry.judgement for entry in ran.campaign.ledger.entries]
    unjudged = dict(chain.from_iterable(judgement.unjudged for judgement in judgements))
    assert unjudged.keys() == ({"write:200:json"} if way.unjudged else set())
    assert way.unjudged in unjudged.get("write:200:json", "")
    assert all(len(judgement.undocumented) <= MOST_STRANGERS for judgement in judgements)
    _check_harmless(ran)


@pytest.mark.parametrize("way", ["here", "elsewhere"])
def test_nothing_is_executed_or_fetched(
    request: pytest.FixtureRequest, pack: Pack, plan: Plan, tmp_path: Path, way: str
) -> None:
    """Whatever a reply points to is left alone: by the run, and by making the reports."""
    if way == "elsewhere":
        request.getfixturevalue("elsewhere")
    with serving(reply()) as trap:
        links = [
            f"Location: {trap.url}/a",
            f"Content-Location: {trap.url}/b",
            f"Link: <{trap.url}/c>; rel=preload, <{trap.url}/d.json>; rel=describedby",
            f"Refresh: 0; url={trap.url}/e",
            f'Alt-Svc: http/1.1="{trap.url.removeprefix("http://")}"',
            f"Report-To: {trap.url}/f",
        ]
        members = {
            "$ref": f"{trap.url}/g",
            "$schema": f"{trap.url}/h",
            "id": f"<img src='{trap.url}/i'><script src='{trap.url}/j'></script>",
            "text": f'<!DOCTYPE a SYSTEM "{trap.url}/k">',
            "href": f"{trap.url}/l",
        }
        statuses = chain(["200 OK", "302 Found"], repeat("200 OK"))

        def spoil(_: bytes) -> Reply:
            return reply(json.dumps(members).encode(), next(statuses), *links)

        ran = _run(pack, plan, tmp_path, service(pack, spoil))
        _check_harmless(ran)
        assert ran.verdicts(*RED) >= {"write:200#/id:pattern", "write:status"}
        assert trap.connections == 0


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """The way to a target on another machine, without a proxy."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setattr(Settings, "on_this_machine", False)


@contextmanager
def _target(url: str, **settings: Any) -> Iterator[HttpTarget]:
    settings = {"connect_seconds": 60.0, "read_seconds": 60.0, **settings}
    target = HttpTarget(Settings(base_url=url, path={}, **settings))
    try:
        yield target
    finally:
        target.close()


def _post(url: str, content: bytes = b"{}") -> Request:
    return Request("POST", f"{url}/x", content=content)


_FIRST = reply(b'{"number": 1}')
_SECOND = reply(b'{"number": 2}')
_STALE = reply(b'{"number": "stale"}')


@pytest.mark.parametrize("way", ["here", "elsewhere"])
@pytest.mark.parametrize(
    "more",
    [_STALE, _STALE[:20], b"\r\n", b"x", reply(b"", "204 No Content", length=0)],
    ids=["a reply", "half a reply", "an empty line", "a byte", "an empty reply"],
)
@pytest.mark.parametrize(
    "first",
    [
        _FIRST,
        b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nd\r\n{"number": 1}\r\n0\r\n\r\n',
    ],
    ids=["a length", "chunks"],
)
def test_a_reply_belongs_to_its_request(
    request: pytest.FixtureRequest, way: str, first: bytes, more: bytes
) -> None:
    """What comes after a reply, in one piece with it, is not taken for the next one."""
    if way == "elsewhere":
        request.getfixturevalue("elsewhere")
    with serving(first + more, _SECOND, keep=True) as server, _target(server.url) as target:
        numbers = [target.send(_post(server.url)).json["number"] for _ in range(3)]
        assert numbers == [1, 2, 2]
        # The first connection cannot be trusted any more; the second one is kept.
        assert server.connections == 2


def test_a_late_reply_belongs_to_its_request() -> None:
    """What a server sends of itself between two requests is not taken for the next reply."""
    said = threading.Event()

    def twice(connection: socket.socket) -> None:
        connection.sendall(_FIRST)
        time.sleep(0.1)
        connection.sendall(_STALE)
        said.set()

    with serving(twice, _SECOND, keep=True) as server, _target(server.url) as target:
        assert target.send(_post(server.url)).json == {"number": 1}
        assert said.wait(FOR_EVER)
        time.sleep(0.05)
        assert target.send(_post(server.url)).json == {"number": 2}


def test_a_request_that_was_half_answered_is_not_sent_again() -> None:
    """Only a kept connection that was closed without a byte is no answer."""

    def half(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 2")
        connection.close()

    with serving(_FIRST, half, keep=True) as server, _target(server.url) as target:
        target.send(_post(server.url))
        with pytest.raises(Failed):
            target.send(_post(server.url))
        assert len(server.requests) == 2


def test_a_request_on_a_new_connection_is_sent_once() -> None:
    """Where the last reply closed its connection, too."""
    last = reply(b"{}", "200 OK", "Connection: close")
    with serving(last, b"") as server, _target(server.url) as target:
        target.send(_post(server.url))
        with pytest.raises(Failed):
            target.send(_post(server.url))
        assert len(server.requests) == 2


def _server_tls(folder: Path) -> tuple[ssl.SSLContext, Path]:
    path = folder / "localhost.pem"
    path.write_text(CERTIFICATE, "ascii")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context, path


@pytest.mark.parametrize("way", ["here", "elsewhere", "by TLS"])
def test_headers_that_trickle_have_an_end(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, way: str
) -> None:
    """The whole of a reply has so many seconds, however often a byte of it comes."""
    tls = None
    trickled = 0

    def trickle(connection: socket.socket) -> None:
        nonlocal trickled
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        for trickled in range(MANY):
            connection.sendall(b"X-%d: a\r\n" % trickled)
            time.sleep(0.02)

    if way == "elsewhere":
        request.getfixturevalue("elsewhere")
    if way == "by TLS":
        tls, path = _server_tls(tmp_path)
        monkeypatch.setenv("SSL_CERT_FILE", str(path))
    with answering(lambda _: trickle, tls=tls) as server:
        url = server.url.replace("127.0.0.1", "localhost")
        late = pytest.raises(Failed, match=r"^no reply within 0\.3 s$")
        with _target(url, read_seconds=0.3) as target, late as caught:
            target.send(_post(url))
        assert not caught.value.unreachable
        assert trickled < MANY - 1


def test_a_server_that_hardly_reads_has_an_end() -> None:
    """A request that is taken byte by byte is given up in time, too."""
    over = threading.Event()
    taken = 0
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"

        def sip() -> None:
            nonlocal taken
            connection, _ = listener.accept()
            with connection:
                while not over.wait(0.01):
                    taken += len(connection.recv(65536))

        thread = threading.Thread(target=sip, daemon=True)
        thread.start()
        late = pytest.raises(Failed, match="no reply within")
        with _target(url, read_seconds=0.3) as target, late:
            target.send(_post(url, b" " * MUCH))
        over.set()
        thread.join(FOR_EVER)
        assert taken < MUCH


def test_tls_that_cannot_be_trusted(
    monkeypatch: pytest.MonkeyPatch, pack: Pack, plan: Plan, tmp_path: Path
) -> None:
    """Unknown authority, another host, no TLS at all: nothing is sent, and the run says so."""
    tls, path = _server_tls(tmp_path)
    with answering(service(pack, reply), keep=True, tls=tls) as server:
        named = server.url.replace("127.0.0.1", "localhost")
        with pytest.raises(TargetError, match=r"self.signed"):
            _campaign(pack, plan, named).run()
        monkeypatch.setenv("SSL_CERT_FILE", str(path))
        with pytest.raises(TargetError, match=r"not valid for '127\.0\.0\.1'"):
            _campaign(pack, plan, server.url).run()
        assert server.requests == []
        trusted = _campaign(pack, plan, named)
        trusted.run()
        assert trusted.complete
        plain = named.replace("https:", "http:")
        with pytest.raises(TargetError, match="cannot be reached"):
            _campaign(pack, plan, plain, read_seconds=0.5).run()
    with answering(service(pack, reply)) as server:
        secure = server.url.replace("http:", "https:")
        with pytest.raises(TargetError, match="cannot be reached"):
            _campaign(pack, plan, secure, connect_seconds=0.5).run()
        assert server.requests == []


def test_tls_that_never_comes_about(pack: Pack, plan: Plan) -> None:
    """A server that says nothing to the greeting has as long as a connection may take."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"https://127.0.0.1:{listener.getsockname()[1]}"
        with pytest.raises(TargetError, match=r"no connection within 0\.3 s"):
            _campaign(pack, plan, url, connect_seconds=0.3).run()


def test_a_server_that_closes_at_once(pack: Pack, plan: Plan) -> None:
    """Accepting and closing is no reply; the run ends with one paragraph."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def slam() -> None:
            while True:
                try:
                    listener.accept()[0].close()
                except OSError:
                    return

        thread = threading.Thread(target=slam, daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with pytest.raises(TargetError, match="cannot be reached"):
            _campaign(pack, plan, url).run()
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(FOR_EVER)


def test_a_server_that_accepts_nothing(pack: Pack, plan: Plan) -> None:
    """Whether the system takes the connection or not, somebody gives up in time."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for client in waiting:
            client.setblocking(False)
            client.connect_ex(listener.getsockname())
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with pytest.raises(TargetError, match=r"no (connection|reply) within 0\.3 s"):
            _campaign(pack, plan, url, connect_seconds=0.3, read_seconds=0.3).run()
        for client in waiting:
            client.close()


@pytest.mark.usefixtures("elsewhere")
def test_cookies_do_not_pile_up() -> None:
    """None is sent back: there is nothing that keeps them."""
    cookies = [f"Set-Cookie: c{number}=v; Path=/" for number in range(300)]
    flood = reply(b"{}", "200 OK", *cookies)
    with serving(flood, keep=True) as server, _target(server.url) as target:
        for _ in range(2):
            response = target.send(_post(server.url))
    assert sum(name == "Set-Cookie" for name, _ in response.headers) == 300
    assert b"cookie" not in server.requests[1].lower()


@pytest.mark.parametrize(
    ("content", "coding"),
    [(GZIP_BOMB, "gzip"), (DEFLATE_BOMB, "deflate"), (b" " * 50_000_000, "identity")],
    ids=["gzip", "deflate", "identity"],
)
def test_a_reply_takes_no_more_memory_than_is_read_of_it(content: bytes, coding: str) -> None:
    """Fifty megabytes are never there, not even for a moment."""
    bomb = reply(content, "200 OK", f"Content-Encoding: {coding}")
    with serving(reply(), bomb, keep=True) as server, _target(server.url) as target:
        target.send(_post(server.url))
        tracemalloc.start()
        try:
            response = target.send(_post(server.url))
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert response.cut == f"longer than {MOST_BYTES} bytes"
    assert response.limited
    assert len(response.content) == MOST_BYTES
    assert peak < 4 * MOST_BYTES


_MEASURED = """
import re, sys
from pathlib import Path
from clausewise.campaign.campaign import Campaign
from clausewise.pack import load_pack
from clausewise.plan.plan import make_plan
from clausewise.report import make_report
from clausewise.transport.http import HttpTarget
from clausewise.pack.settings import Settings

def most():
    # Not resource.getrusage: that has the most of the parent process, too.
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])

pack = load_pack(Path(sys.argv[1]))
plan = make_plan(pack, examples=0)
settings = Settings(base_url=sys.argv[2], path={}, read_seconds=60)
before = most()
campaign = Campaign(pack, plan, settings, HttpTarget(settings))
campaign.run()
make_report(campaign.record(), contract=pack.contract).write(sys.argv[3])
print(len(campaign.ledger.entries), (most() - before) // 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_run_takes_a_bounded_memory(pack: Pack, tmp_path: Path) -> None:
    """Of replies that would be gigabytes, a run and its reports need some megabytes each."""
    worst = (
        "a body of 1 GB",
        "a body without end",
        "a gzip bomb",
        "a deflate bomb",
        "a string of 10 MB",
        "a million values",
        "50,000 undocumented members",
    )
    turns = cycle([way.spoil for way in MISBEHAVIOURS if way.name in worst])
    entries, megabytes = _taken(pack, tmp_path, lambda body: next(turns)(body))
    assert entries > 2 * len(worst)
    assert megabytes < 200


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_run_takes_a_bounded_memory_whatever_every_reply_holds(
    pack: Pack, tmp_path: Path
) -> None:
    """Where every reply has 200,000 members that can be read, a run stays below 600 MB."""
    more = {f"m{number}": number for number in range(200_000)}
    entries, megabytes = _taken(
        pack, tmp_path, lambda body: reply(json.dumps(json.loads(body) | more).encode())
    )
    assert entries > 20
    assert megabytes < 600


def _taken(pack: Pack, folder: Path, spoil: Callable[[bytes], Reply]) -> tuple[int, int]:
    """How many exchanges a run had, and the megabytes that it and its reports took."""
    with answering(service(pack, spoil), keep=True) as server:
        done = subprocess.run(  # noqa: S603  # our own script
            [sys.executable, "-c", _MEASURED, str(pack.root), server.url, str(folder)],
            capture_output=True,
            text=True,
            timeout=FOR_EVER,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    entries, megabytes = map(int, done.stdout.split())
    return entries, megabytes


def test_what_is_quoted_of_a_reply_is_short(pack: Pack) -> None:
    """A complaint keeps its beginning and its end, where it says what is wrong."""
    operation = pack.contract.operations["write"]
    body = {"id": "x" * 1_000_000 + "!", "text": ["y" * 1_000_000], "z" * 1_000_000: 1}
    response = Response(
        200, (("Content-Type", "application/json"),), json.dumps(body).encode(), 0.1
    )
    exchange = Exchange("write", Request("POST", "http://127.0.0.1/"), response)
    judgement = ReplyJudge(pack.contract, operation, {}).judge(exchange)

    told = {breach.clause: breach for breach in judgement.broken}
    assert set(told) == {"write:200#/id:pattern", "write:200#/text:type"}
    for breach in judgement.broken:
        assert len(breach.message) <= LONGEST_WORDS + 1
        assert len(breach.value) <= LONGEST_WORDS + 1
    assert told["write:200#/id:pattern"].message.endswith("does not match this pattern")
    ((_, pointer),) = judgement.undocumented
    assert len(pointer) <= LONGEST_WORDS + 1


@pytest.mark.parametrize(
    ("content", "too_much"),
    [
        (b"[" * 300 + b"]" * 300, True),
        (b"[" * 5000 + b"]" * 5000, True),
        (b'["]",' + b'{"a":[' * 5000 + b"]}" * 5000 + b"]", True),
        (b"[" * 5000 + b"]" * 4999, False),
        (b"[" * 5000 + b"}" * 5000, False),
        (b"[" * 5000 + b'"' + b"]" * 5000, False),
        (b"[" * 5000 + b'"' + b'\\"' * 1_000_000, False),
        (b"[" * 5000 + b'"' * 1_000_001, False),
        (b"[" + b"[]," * 100_000 + b"[]]", True),
        (b'{"a": "' + b",[{" * 200_000 + b'"}', None),
        (b'{"%s": 1, "%s": 2}' % ((b"x" * 1_000_000,) * 2), False),
    ],
)
def test_too_much_is_told_from_no_json(content: bytes, too_much: bool | None) -> None:
    """What is not closed is no JSON; what is closed may be some. Neither takes for ever."""
    response = Response(200, (), content, 0.1)
    assert (response.not_json is None) is (too_much is None)
    assert response.too_much is bool(too_much)
    assert len(response.not_json or "") < 300


def _call(application: Any, seconds: float = 0.3) -> Response:
    """What an application in this process answers; it is closed afterwards."""
    target = InProcessTarget(application, seconds)
    try:
        return target.send(Request("GET", "http://mock.invalid/"))
    finally:
        target.close()


def _answering(**body: Any) -> Callable[[Any, Any, Any], Any]:
    """An application that sends the same part of a body for ever."""

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while True:
            await send({"type": "http.response.body", "more_body": True, **body})

    return application


def test_an_application_whose_body_never_ends() -> None:
    """It is cut at the same length as over HTTP, though it never gives way."""
    tracemalloc.start()
    try:
        response = _call(_answering(body=b" " * 65536), seconds=FOR_EVER)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert response.cut == f"longer than {MOST_BYTES} bytes"
    assert response.limited
    assert len(response.content) == MOST_BYTES
    assert peak < 4 * MOST_BYTES


def test_an_application_that_sends_nothing_for_ever() -> None:
    """Empty parts take time and no place."""
    response = _call(_answering(body=b""))
    assert (response.content, response.cut) == (b"", "the rest did not come in time")
    assert response.limited


def test_an_application_that_stops_in_the_middle() -> None:
    """What it sent until then is there, and said not to be whole."""

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 201, "headers": [(b"a", b"b")]})
        await send({"type": "http.response.body", "body": b"abc", "more_body": True})
        await asyncio.Event().wait()

    response = _call(application)
    assert (response.status, response.headers) == (201, (("a", "b"),))
    assert (response.content, response.cut) == (b"abc", "the rest did not come in time")


def test_an_application_that_listens_for_ever() -> None:
    """One that never gives way while it listens is given up in time."""

    async def application(scope: Any, receive: Any, send: Any) -> None:
        while True:
            await receive()

    with pytest.raises(Failed, match=r"^no reply within 0\.3 s$"):
        _call(application)


@pytest.mark.parametrize("part", [None, b"x" * 65536])
def test_an_application_that_will_not_be_cancelled(part: bytes | None) -> None:
    """It cannot keep the run from ending."""

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while True:
            with suppress(asyncio.CancelledError):
                if part is None:
                    await asyncio.Event().wait()
                await send({"type": "http.response.body", "body": part, "more_body": True})

    response = _call(application)
    assert response.cut is not None


@pytest.mark.parametrize("status", ["200", None, 0, 99, 1000, -1, 200.5])
def test_an_application_with_a_status_that_is_none(status: Any) -> None:
    """It has failed, as it has at any server."""

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})

    response = _call(application)
    assert response.status == 500
    assert b"is no status" in response.content
