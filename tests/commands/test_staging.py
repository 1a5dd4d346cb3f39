"""Runs on a shared machine: whatever ends them, what they made is taken back, or listed."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from clausewise.mock import running
from clausewise.report import validate_model

from ..campaign.small import Things, pack_of
from ..conftest import REPOSITORY, Command, Result
from ..guards import FOR_EVER
from ..transport.certificates import KEY, SERVER
from ..transport.hostile_server import hostile_pack, service
from ..transport.proxy import proxying
from ..transport.raw_server import answering, reply
from .conftest import Server
from .journals import journals_in
from .terminals import in_terminal

# `tox -e hostile` has it.
pytestmark = pytest.mark.slow

SLOTS = ["5f0c7b1e-94d3-4c7a-8a55-2f6be1d0c9a4", "97440c6a-140b-40a9-9499-b23fd7a38686"]
SUITE = '''"""Every promise about things."""

import clausewise


@clausewise.clauses("make")
def test_make(clause):
    """Make things."""
    clause.must_be_kept()


@clausewise.clauses("act")
def test_act(clause):
    """Do something with them."""
    clause.must_be_kept()
'''
SCENARIO = '''"""A thing, from its start to its end."""

import time

import clausewise


@clausewise.scenario("K1", requests=20)
def test_a_life(scenario):
    """Things are made, and one of them is looked at."""
    for _ in range(4):
        made = scenario.send("make", body={"slot": scenario.fresh("slot")}).must_be_accepted()
    looked = scenario.send("look", path={"thing_id": made.at("/id")})
    assert looked.status == 418


@clausewise.scenario("K1", requests=1)
def test_a_nap(scenario):
    """A thing is made, and nothing is asked of it."""
    scenario.send("make", body={"slot": scenario.fresh("slot")})
    time.sleep(50)
'''
RULES = """
K1:
  statement: A thing that was looked at runs.
  operations: [look]
  scenario: test_a_life
"""


class Staging:
    """Things behind HTTP, and what became of them.

    A reply to a request of one of the `slow` methods comes so much later than what it did. After
    so many stops things are stuck: who asks for another waits until they are let go, and is told
    500. Before all that, so many stops are answered with 429.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.profile: dict[str, Any] = {
            "base_url": "${URL}",
            "resources": {"slot": SLOTS},
        }
        self.pack = pack_of(
            folder,
            rules=RULES,
            tests={"test_a_things.py": SUITE, "test_life.py": SCENARIO},
            profiles={"local": self.profile},
        )
        self.things = Things()
        self.slow: dict[str, float] = {}
        self.stuck_after = sys.maxsize
        self.let_go = False
        self.busy = 0
        self.asked: list[str] = []
        self._application = self.things.application(self.pack)

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Answer, late where it is to be so; nothing is stopped while things are stuck."""
        late = self.slow.get(scope["method"], 0.0)
        self.asked.append(scope["method"])
        if scope["method"] == "PUT" and self.busy:
            self.busy -= 1
            headers = [(b"retry-after", b"0")]
            await send({"type": "http.response.start", "status": 429, "headers": headers})
            await send({"type": "http.response.body", "body": b""})
            return
        if scope["method"] == "PUT" and self.stops > self.stuck_after:
            while not self.let_go:
                await asyncio.sleep(0.02)
            await send({"type": "http.response.start", "status": 500, "headers": []})
            await send({"type": "http.response.body", "body": b""})
            return

        async def held(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start" and late:
                await asyncio.sleep(late)
            await send(message)

        await self._application(scope, receive, held)

    def free(self) -> None:
        """Let things be stopped again."""
        self.stuck_after, self.let_go = sys.maxsize, True

    @property
    def made(self) -> int:
        """How many things there ever were."""
        return len(self.things.states)

    @property
    def stops(self) -> int:
        """How often something was to be stopped."""
        return self.asked.count("PUT")

    @property
    def active(self) -> list[str]:
        """The things that nobody has stopped."""
        return [name for name, state in self.things.states.items() if state != "STOPPED"]


@pytest.fixture
def staging(tmp_path: Path) -> Staging:
    """A service with a profile `local` that lists its slots."""
    return Staging(tmp_path / "pack")


@dataclass
class Ended:
    """How a run came to its end."""

    code: int
    errors: str


BY_COMMAND = ("clausewise", "run")
BY_HAND = ("pytest", "pack/contract_tests", "--rootdir=.")


def _target_of(way: tuple[str, ...]) -> list[str]:
    """The options that say what is judged: pytest has them by longer names."""
    prefix = "--" if way is BY_COMMAND else "--clausewise-"
    return [f"{prefix}pack=pack", f"{prefix}profile=local", f"{prefix}examples=0"]


@contextmanager
def _started(
    folder: Path, url: str, *words: str, way: tuple[str, ...] = BY_COMMAND
) -> Iterator[subprocess.Popen[str]]:
    """A run of the profile in a process of its own, which does not outlive the block."""
    with subprocess.Popen(  # noqa: S603  # our own command
        [
            sys.executable, "-m", *way, *_target_of(way), *words,
        ],
        cwd=folder,
        env={**os.environ, "URL": url, "COLUMNS": "100"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # A shell that starts tests in the background has its children ignore Ctrl-C, and `nohup`
        # the end of a terminal.
        preexec_fn=_heed_interrupts,
    ) as process:  # fmt: skip
        try:
            yield process
        finally:
            process.kill()


def _heed_interrupts() -> None:
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def _until(condition: Callable[[], Any], process: subprocess.Popen[str]) -> None:
    """Wait for something that a run does."""
    end = time.monotonic() + FOR_EVER
    while not condition():
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < end
        time.sleep(0.005)


def _ended(process: subprocess.Popen[str]) -> Ended:
    errors = process.communicate(timeout=FOR_EVER)[1]
    return Ended(process.returncode, errors)


def _model(folder: Path) -> dict[str, Any]:
    model: dict[str, Any] = json.loads((folder / "conformance.json").read_text("utf-8"))
    assert validate_model(model) == []
    return model


@pytest.mark.parametrize("selected", ["test_make", "test_a_life", "test_make or test_a_life"])
def test_a_run_takes_back_what_it_made(
    command: Command, staging: Staging, tmp_path: Path, selected: str
) -> None:
    """After a run to the end, and after a test that fails, nothing is active any more."""
    staging.busy = 2
    with running(staging) as url:
        result = command(
            "run", "--pack", str(staging.folder), "--profile", "local", "--examples", "0",
            "-k", selected, URL=url,
        )  # fmt: skip
    created = _model(tmp_path / "reports")["created"]
    assert result.code == (0 if selected == "test_make" else 1), result.output + result.errors
    assert staging.made > 3
    assert staging.active == []
    assert (created["started"], created["undone"]) == (staging.made, staging.made)
    assert created["left_over"] == created["to_undo"] == []


@pytest.mark.parametrize(
    ("end", "selected", "late"),
    [
        (signal.SIGINT, "test_make", "POST"),
        (signal.SIGTERM, "test_make", "PUT"),
        (signal.SIGINT, "test_a_life", "POST"),
        (signal.SIGTERM, "test_a_life", "POST"),
        (signal.SIGINT, "test_a_life", "PUT"),
        (signal.SIGTERM, "test_act", "PUT"),
    ],
)
def test_a_run_that_is_called_off(
    staging: Staging, tmp_path: Path, end: signal.Signals, selected: str, late: str
) -> None:
    """Also when the signal falls between a request and its reply, nothing stays active."""
    staging.slow = {late: 0.4}
    with running(staging) as url, _started(tmp_path, url, "-k", selected) as process:
        _until(lambda: staging.made >= 2 if late == "POST" else staging.stops, process)
        process.send_signal(end)
        ended = _ended(process)

    assert ended.code == 2, ended.errors
    model = _model(tmp_path / "reports")
    assert staging.active == []
    assert model["run"]["stopped_because"] == "the run was stopped"
    assert model["run"]["exit_code"] == 2
    created = model["created"]
    assert (created["started"], created["undone"]) == (staging.made, staging.made)
    assert created["left_over"] == created["to_undo"] == []
    assert journals_in(tmp_path) == []


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
@pytest.mark.parametrize("late", ["POST", "PUT"])
def test_a_run_of_its_own_that_is_called_off(
    staging: Staging, tmp_path: Path, name: str, late: str
) -> None:
    """Where the command drives, too, whether pytest plays a scenario just then or not."""
    staging.slow = {late: 0.4}
    with running(staging) as url, _started(tmp_path, url) as process:
        _until(lambda: staging.made >= 2 if late == "POST" else staging.stops, process)
        process.send_signal(getattr(signal, name))
        ended = _ended(process)

    assert ended.code == 2, ended.errors
    created = _model(tmp_path / "reports")["created"]
    assert staging.active == []
    assert (created["started"], created["undone"]) == (staging.made, staging.made)
    assert journals_in(tmp_path) == []


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM], ids=lambda end: end.name)
def test_pytest_that_is_called_off(staging: Staging, tmp_path: Path, end: signal.Signals) -> None:
    """By hand it is the same run."""
    staging.slow = {"POST": 0.4}
    words = ("-k", "test_a_life", "-p", "no:cacheprovider")
    with running(staging) as url, _started(tmp_path, url, *words, way=BY_HAND) as process:
        _until(lambda: staging.made >= 2, process)
        process.send_signal(end)
        ended = _ended(process)
    assert ended.code == 2, ended.errors
    assert staging.active == []
    created = _model(tmp_path / "reports")["created"]
    assert (created["started"], created["undone"]) == (staging.made, staging.made)


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM], ids=lambda end: end.name)
def test_workers_that_are_called_off(
    command: Command, staging: Staging, tmp_path: Path, end: signal.Signals
) -> None:
    """With pytest-xdist the journal stays, and whatever is left can be taken back."""
    staging.slow = {"POST": 0.4}
    with running(staging) as url:
        with _started(tmp_path, url, "-k", "test_a_life", "-n", "1") as process:
            _until(lambda: staging.made >= 2, process)
            os.killpg(process.pid, end)
            ended = _ended(process)
        assert ended.code == 2, ended.errors
        (journal,) = journals_in(tmp_path)
        assert f"clausewise report reports/{journal.name}" in " ".join(ended.errors.split())
        _take_back(command, tmp_path, journal, url)
    assert staging.active == []


CLEANUP = ("cleanup", "--pack", "pack", "--profile", "local")


@pytest.mark.parametrize("selected", ["test_make", "test_a_life", "test_a_nap"])
def test_a_user_who_does_not_wait(
    command: Command, staging: Staging, tmp_path: Path, selected: str
) -> None:
    """A second Ctrl-C ends a run that is undoing; what it leaves can be taken back later."""
    staging.stuck_after = 0
    with running(staging) as url:
        with _started(tmp_path, url, "-k", selected) as process:
            _until(lambda: staging.made if selected == "test_a_nap" else staging.stops, process)
            time.sleep(0.3)
            process.send_signal(signal.SIGINT)
            _until(lambda: staging.stops, process)
            # Two signals at once would be one, and nothing outside shows that one was heeded.
            time.sleep(1.5)
            process.send_signal(signal.SIGINT)
            ended = _ended(process)
        assert ended.code == 2, ended.errors
        assert "Traceback" not in ended.errors
        assert staging.active
        (journal,) = journals_in(tmp_path)
        assert f"clausewise report reports/{journal.name}" in " ".join(ended.errors.split())

        staging.free()
        _take_back(command, tmp_path, journal, url)
    assert staging.active == []


AT_ONCE = """import os
import signal


def pytest_keyboard_interrupt(excinfo):
    os.kill(os.getpid(), signal.SIGINT)
"""


@pytest.mark.parametrize("way", [BY_COMMAND, BY_HAND], ids=["run", "pytest"])
def test_an_interrupt_while_pytest_has_another(
    staging: Staging, tmp_path: Path, way: tuple[str, ...]
) -> None:
    """It counts as the second one, although the exception of the first is still on its way."""
    (staging.folder / "contract_tests" / "conftest.py").write_text(AT_ONCE, "utf-8")
    staging.stuck_after = 0
    words = ("-k", "test_make", "-p", "no:cacheprovider")
    with running(staging) as url:
        with _started(tmp_path, url, *words, way=way) as process:
            _until(lambda: staging.stops, process)
            process.send_signal(signal.SIGINT)
            ended = _ended(process)
        staging.free()
    assert ended.code == 2, ended.errors
    (journal,) = journals_in(tmp_path)
    if way is BY_COMMAND:
        assert f"clausewise report reports/{journal.name}" in " ".join(ended.errors.split())


class _Silent:
    """Things whose service lets every request wait after so many of them."""

    def __init__(self, staging: Staging, after: int) -> None:
        self.staging = staging
        self.after = after
        self.waiting = 0

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Answer, or wait until things are let go."""
        if len(self.staging.asked) >= self.after:
            self.waiting += 1
            while not self.staging.let_go:
                await asyncio.sleep(0.02)
        await self.staging(scope, receive, send)


def test_an_impatient_user_of_several_connections(staging: Staging, tmp_path: Path) -> None:
    """Requests that are under way in other threads keep no process from its end."""
    (staging.folder / "contract_tests" / "conftest.py").write_text(AT_ONCE, "utf-8")
    told = yaml.safe_load((staging.folder / "clausewise.yaml").read_text("utf-8"))
    del told["profiles"]["local"]["resources"]
    (staging.folder / "clausewise.yaml").write_text(yaml.safe_dump(told), "utf-8")
    silent = _Silent(staging, after=5)
    with running(silent) as url:
        words = ("-k", "test_make", "--concurrency", "3")
        with _started(tmp_path, url, *words) as process:
            _until(lambda: silent.waiting >= 3, process)
            process.send_signal(signal.SIGINT)
            ended = _ended(process)
        answered = len(staging.asked)
        staging.free()
    assert ended.code == 2, ended.errors
    # Nobody waited until they were given up, which would stand here as well.
    (journal,) = journals_in(tmp_path)
    assert journal.read_text("utf-8").count('{"exchange"') <= answered


def _take_back(
    command: Command, folder: Path, journal: Path, url: str, reports: str = "late"
) -> dict[str, Any]:
    """Make the report of a journal, and undo what it lists; gives the report."""
    told = command("report", str(journal), "--report-dir", reports, URL=url)
    assert told.code in (0, 1, 5), told.output + told.errors
    model = _model(folder / reports)
    assert "The run is incomplete: the run was cut off" in told.output
    done = command(*CLEANUP, f"{reports}/conformance.json", URL=url)
    assert done.code == 0, done.output + done.errors
    return model


def test_a_run_that_is_killed(command: Command, staging: Staging, tmp_path: Path) -> None:
    """Its report tells all that was done, and what it left is taken back."""
    staging.stuck_after = 5
    with running(staging) as url:
        with _started(tmp_path, url, "-k", "test_make or test_a_life") as process:
            _until(lambda: staging.stops > 5, process)
            process.kill()
        asked = len(staging.asked) - staging.stops
        assert staging.active
        staging.free()
        staging.busy = 2
        (journal,) = journals_in(tmp_path)
        model = _take_back(command, tmp_path, journal, url)
    assert staging.active == []
    assert not model["run"]["complete"]
    assert model["run"]["requests"] == len(model["exchanges"]) == asked
    assert model["summary"]["upheld"]
    assert not model["summary"]["violated"] + model["summary"]["lenient"]
    numbers = {exchange["id"] for exchange in model["exchanges"]}
    clauses = model["clauses"]
    assert {e["exchange"] for clause in clauses for e in clause["evidence"]} <= numbers
    assert len(model["created"]["to_undo"]) == staging.made


def test_two_runs_at_once_in_one_folder(command: Command, tmp_path: Path) -> None:
    """Each has a journal of its own, and takes back what is its own."""
    one, other = Staging(tmp_path / "pack"), Staging(tmp_path / "pack")
    one.stuck_after = other.stuck_after = 0
    with (
        running(one) as first,
        running(other) as second,
        _started(tmp_path, first, "-k", "test_make") as process,
        _started(tmp_path, second, "-k", "test_a_life") as another,
    ):
        _until(lambda: one.stops, process)
        _until(lambda: other.stops, another)
        process.kill()
        another.kill()
        for staging in (one, other):
            staging.free()
        journals = journals_in(tmp_path)
        assert len(journals) == 2
        for number, journal in enumerate(journals):
            facts = json.loads(journal.read_text("utf-8").splitlines()[0])["facts"]
            base_url = facts["base_url"]
            staging = {first: one, second: other}[base_url]
            model = _take_back(command, tmp_path, journal, base_url, str(number))
            assert {e["request"]["url"].rpartition("/things")[0] for e in model["exchanges"]} == {
                base_url
            }
            assert len(model["created"]["to_undo"]) == staging.made
            assert staging.active == []


def test_two_runs_that_end_in_one_folder(staging: Staging, tmp_path: Path) -> None:
    """The later report is there, whole; no journal is left."""
    with (
        running(staging) as url,
        _started(tmp_path, url, "-k", "test_make") as process,
        _started(tmp_path, url, "-k", "test_make") as another,
    ):
        assert [_ended(process).code, _ended(another).code] == [0, 0]
    assert staging.active == []
    assert _model(tmp_path / "reports")["created"]["left_over"] == []
    names = sorted(path.name for path in (tmp_path / "reports").iterdir())
    assert [name for name in names if not name.startswith("conformance.")] == []


def test_what_no_request_takes_back(command: Command, staging: Staging, tmp_path: Path) -> None:
    """It is told, and is no success, whatever else is undone."""
    report = tmp_path / "reports" / "conformance.json"
    with running(staging) as url:
        command(
            "run", "--pack", "pack", "--profile", "local", "--examples", "0", "-k", "test_make",
            URL=url,
        )  # fmt: skip
        model = json.loads(report.read_text("utf-8"))
        model["created"]["left_over"] = ["exchange 7: the reply has no /id"]
        report.write_text(json.dumps(model), "utf-8")
        told = command(*CLEANUP, str(report), URL=url)
    assert told.code == 1
    assert told.output.startswith("1 left that no request is known for; see left_over in ")
    assert "Nothing is left" not in told.output


def test_a_run_that_cannot_begin(command: Command, staging: Staging, tmp_path: Path) -> None:
    """A pack without a mock and without a target is a usage error, and no bug of ours."""
    assert not (staging.folder / "app.py").exists()
    told = command("run", "--pack", "pack", "--examples", "0", "-k", "test_make")
    assert told.code == 4, told.output + told.errors
    assert "mock" in told.errors
    assert "Traceback" not in told.output + told.errors
    assert not (tmp_path / "reports").exists()


class _Careless(Server):
    """Our mock, which lets anybody start something, and only those with a token stop it."""

    def __init__(self) -> None:
        super().__init__(self._count)
        self.active: set[str] = set()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer; a POST needs no token."""
        if scope["method"] == "POST":
            assert self.pack.credential is not None
            token = f"Bearer {self.pack.credential.stand_in}".encode()
            headers = [pair for pair in scope["headers"] if pair[0] != b"authorization"]
            scope = {**scope, "headers": [*headers, (b"authorization", token)]}
        await super().__call__(scope, receive, send)

    def _count(self, asked: dict[str, Any], status: int, answer: Any) -> tuple[int, Any]:
        if status == 200 and "meeting_id" in asked:
            self.active.add(answer["data"]["id"])
        if status == 200 and asked == {"action": "stop"}:
            self.active.discard(answer["data"]["id"])
        return status, answer


def test_what_was_made_without_a_credential(command: Command, tmp_path: Path) -> None:
    """It is taken back with ours: what lets anybody in need not let them out."""
    folder = tmp_path / "pack"
    for name in ("schemas", "rules", "strategies", "contract_tests", "mock"):
        shutil.copytree(REPOSITORY / name, folder / name)
    told = yaml.safe_load((REPOSITORY / "clausewise.yaml").read_text("utf-8"))
    told["profiles"] = {"local": {"base_url": "${URL}", "resources": {"meeting": SLOTS}}}
    (folder / "clausewise.yaml").write_text(yaml.safe_dump(told), "utf-8")
    server = _Careless()
    with running(server) as url:
        result = command(
            "run", "--pack", "pack", "--profile", "local", "--examples", "0",
            "-k", "start_recording and auth", URL=url,
        )  # fmt: skip
    assert result.verdicts["start_recording:auth"] == "lenient", result.output
    created = result.model["created"]
    assert created["started"] == created["undone"] > 1
    assert server.active == set()


ELSEWHERE = "http://staging.example"
RUN = ("run", "--pack", "pack", "--base-url", ELSEWHERE, "--examples", "0", "-k", "test_make")


def _in_terminal(
    folder: Path, typed: str, proxy: str, *words: str, **variables: str
) -> tuple[int, str]:
    """Exit code and text of a run whose user types so much."""
    environment = {name: value for name, value in os.environ.items() if name != "CI"}
    environment |= {"HTTP_PROXY": proxy, "TERM": "dumb", "COLUMNS": "100", **variables}
    return in_terminal(folder, *words, environment=environment, typed=typed)


def test_a_target_elsewhere_that_is_meant(staging: Staging, tmp_path: Path) -> None:
    """Who says so is asked once; then it is judged, and left as it was."""
    with running(staging) as url, proxying({"staging.example": url}) as proxy:
        code, said = _in_terminal(tmp_path, "y\n", proxy.url, *RUN, "--rate", "999")
    assert code == 0, said
    assert said.count("Go on? [y/N]") == 1
    assert said.index(f"target       {ELSEWHERE}") < said.index("Go on?")
    assert "what it makes is undone afterwards" in said
    assert "Traceback" not in said
    assert staging.made
    assert staging.active == []


@pytest.mark.parametrize("typed", ["n\n", "\n", "\x04", "yesterday\n"])
def test_a_target_elsewhere_that_is_not_meant(staging: Staging, tmp_path: Path, typed: str) -> None:
    """Whatever is no yes means that nothing is sent."""
    with running(staging) as url, proxying({"staging.example": url}) as proxy:
        code, said = _in_terminal(tmp_path, typed, proxy.url, *RUN)
        assert proxy.log == []
    assert code == 4, said
    assert "nothing was sent" in said
    assert "Traceback" not in said
    assert staging.asked == []


def test_a_target_elsewhere_in_ci(
    command: Command, monkeypatch: pytest.MonkeyPatch, staging: Staging, tmp_path: Path
) -> None:
    """There nobody is asked: without a word on it, nothing is sent."""
    monkeypatch.delenv("CI", raising=False)
    with running(staging) as url, proxying({"staging.example": url}) as proxy:
        piped = command(*RUN, HTTP_PROXY=proxy.url)
        by_hand = command(
            "pack/contract_tests",
            "--clausewise-base-url",
            ELSEWHERE,
            module="pytest",
            HTTP_PROXY=proxy.url,
        )
        # Some runners have a terminal, and nobody sits there.
        code, said = _in_terminal(tmp_path, "y\n", proxy.url, *RUN, CI="true")
        assert proxy.log == []
    assert (piped.code, by_hand.code, code) == (4, 4, 4)
    for told in (piped.errors, by_hand.output + by_hand.errors, said):
        assert "is not on this machine" in told
        assert "Go on?" not in told
        assert "Traceback" not in told


def test_a_profile_speaks_for_its_target_alone(
    command: Command, staging: Staging, tmp_path: Path
) -> None:
    """With --base-url it is another target, and has to be meant itself."""
    with running(staging) as url, proxying({"staging.example": url}) as proxy:
        told = command(*RUN, "--profile", "local", URL="http://other.example", HTTP_PROXY=proxy.url)
        assert proxy.log == []
        assert (told.code, "is not on this machine" in told.errors) == (4, True)
        words = (*RUN, "--profile", "local", "--rate", "999")
        told = command(*words, URL=f"{ELSEWHERE}/", HTTP_PROXY=proxy.url)
        assert told.code == 0, told.output + told.errors
    assert staging.active == []


def _secured(command: Command, folder: Path, url: str, **tls: Any) -> Result:
    """A run against a target behind TLS, with a profile that says this."""
    profile = {"base_url": url, "tls": tls}
    told = {"contract": "openapi.json", "tests": "contract_tests", "profiles": {"local": profile}}
    (folder / "clausewise.yaml").write_text(yaml.safe_dump(told), "utf-8")
    return command("run", "--pack", str(folder), "--profile", "local", "--examples", "0")


def test_what_is_said_of_certificates(command: Command, tmp_path: Path) -> None:
    """Who is not trusted ends the run with code 6, a file that is none with 4; both say why."""
    folder = tmp_path / "pack"
    pack = hostile_pack(folder)
    (folder / "contract_tests").mkdir()
    suite = SUITE.replace('"make"', '"list"').replace('"act"', '"tell"')
    (folder / "contract_tests" / "test_notes.py").write_text(suite, "utf-8")
    (folder / "server.pem").write_text(SERVER + KEY, "ascii")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    with answering(service(pack, reply), keep=True, tls=context) as server:
        unknown = _secured(command, folder, server.url)
        none = _secured(command, folder, server.url, ca_bundle="clausewise.yaml")
        assert server.requests == []
        unchecked = _secured(command, folder, server.url, verify=False)
    assert unknown.code == 6, unknown.output + unknown.errors
    assert "`ca_bundle` under `tls` in a profile" in " ".join(unknown.errors.split())
    assert none.code == 4, none.output + none.errors
    assert "profile 'local': tls.ca_bundle: " in none.errors
    assert unchecked.code == 0, unchecked.output + unchecked.errors
    assert f"target {server.url}, whose certificate is not checked" in unchecked.output
    for told in (unknown, none, unchecked):
        assert "Traceback" not in told.output + told.errors
