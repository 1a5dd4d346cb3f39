"""Sending cases: pace, patience, budgets, leases, and undoing what was created."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from queue import SimpleQueue

from clausewise.exchange import Exchange, Request, Response
from clausewise.judge.ledger import Entry, Ledger
from clausewise.judge.replies import PATIENCE, ReplyJudge
from clausewise.pack import Pack, Resource
from clausewise.plan.bodies import look
from clausewise.plan.cases import Case
from clausewise.plan.values import ABSENT
from clausewise.target.settings import Settings
from clausewise.target.target import Failed, Target
from clausewise.target.wire import Wire

# A target that asks for patience gets it this often, and never waits longer than this in seconds.
MOST_WAITS = 3
LONGEST_WAIT = 30.0


class Stopped(Exception):  # noqa: N818  # not an error: the run has come to its end early
    """The run was told to stop, or a budget is used up; `str()` says which."""


@dataclass
class Created:
    """What a run brought into being: how much, how much of it was undone, and what is left."""

    started: int = 0
    undone: int = 0
    left_over: list[str] = field(default_factory=list)


class Sender:
    """Sends cases to a target and records what came of them."""

    def __init__(
        self,
        pack: Pack,
        settings: Settings,
        target: Target,
        ledger: Ledger,
        judges: dict[str, ReplyJudge],
        on_entry: Callable[[Entry], None],
    ) -> None:
        self.pack = pack
        self.settings = settings
        self.target = target
        self.ledger = ledger
        self.judges = judges
        self.on_entry = on_entry
        self.created = Created()
        self.requests = 0
        self.resource: Resource | None = pack.leased
        self.wire = Wire(
            settings,
            dict(self.resource.members) if self.resource else {},
            self.resource.name if self.resource else None,
        )
        self._stop: str | None = None
        self._started = time.monotonic()
        self._pace = threading.Lock()
        self._next = 0.0
        self._undo: dict[str, list[Entry]] = {}

    def stop(self, reason: str) -> None:
        """Send nothing more."""
        self._stop = self._stop or reason

    @property
    def stopped_because(self) -> str | None:
        """Why the run ended early, if it did."""
        return self._stop

    def send(self, case: Case) -> Entry:
        """Send one case and record the exchange. Raises Stopped."""
        operation = self.pack.contract.operations[case.operation]
        request = self.wire.request(operation, case)
        exchange = self._exchange(case.operation, request)
        entry = self.ledger.add(case, exchange, self.judges[case.operation].judge(exchange))
        if self.settings.clean_up and entry.outcome == "accepted":
            self._undo.setdefault(case.group or case.id, []).append(entry)
        self.on_entry(entry)
        return entry

    def send_all(self, cases: Iterable[Case]) -> list[Entry]:
        """Send cases, several at a time where the settings allow; groups in their order.

        What a case (or its group) created is undone before its resource is used again.
        """
        units: dict[str, list[Case]] = {}
        for case in cases:
            units.setdefault(case.group or case.id, []).append(case)
        most = self.settings.concurrency
        if self.resource is not None and self.settings.leases.get(self.resource.name):
            # Listed resources are taken in turns: one user at a time.
            most = 1
        if most <= 1 or len(units) < 2:
            return [entry for unit in units.values() for entry in self._unit(unit)]
        results: dict[str, list[Entry]] = {}
        queue: SimpleQueue[str] = SimpleQueue()
        for name in units:
            queue.put(name)

        def work() -> None:
            while not queue.empty():
                try:
                    name = queue.get_nowait()
                except Exception:  # another worker was quicker
                    return
                results[name] = self._unit(units[name])

        with ThreadPoolExecutor(most, thread_name_prefix="clausewise-sender") as pool:
            futures = [pool.submit(work) for _ in range(min(most, len(units)))]
        for future in futures:
            future.result()
        return [entry for name in units if name in results for entry in results[name]]

    def undo(self, group: str) -> None:
        """Undo what the cases of one group (or one case) created."""
        for entry in self._undo.pop(group, []):
            self._undo_one(entry)

    def undo_all(self) -> None:
        """Undo everything that is still there, also after a stop."""
        for group in list(self._undo):
            self.undo(group)

    def _unit(self, cases: list[Case]) -> list[Entry]:
        try:
            return [self.send(case) for case in cases]
        finally:
            self.undo(cases[0].group or cases[0].id)

    def _exchange(self, operation: str, request: Request) -> Exchange:
        for waited in range(MOST_WAITS + 1):
            self._keep_pace()
            try:
                response = self.target.send(request)
            except Failed as failure:
                return Exchange(operation, request, None, failure.reason)
            if response.status not in PATIENCE or waited == MOST_WAITS:
                break
            wait = _retry_after(response)
            if wait is None:
                break
            time.sleep(min(wait, LONGEST_WAIT))
        return Exchange(operation, request, response)

    def _keep_pace(self) -> None:
        with self._pace:
            if self._stop is not None:
                raise Stopped(self._stop)
            most = self.settings.max_requests
            if most is not None and self.requests >= most:
                self._stop = f"the budget of {most} requests is used up"
                raise Stopped(self._stop)
            limit = self.settings.max_seconds
            if limit is not None and time.monotonic() - self._started > limit:
                self._stop = f"the time limit of {limit:g} s is reached"
                raise Stopped(self._stop)
            self.requests += 1
            if self.settings.rate:
                now = time.monotonic()
                wait = self._next - now
                self._next = max(now, self._next) + 1 / self.settings.rate
                if wait > 0:
                    time.sleep(wait)

    def _undo_one(self, entry: Entry) -> None:
        undo = self.resource.undo.get(entry.case.operation) if self.resource else None
        response = entry.exchange.response
        if undo is None or response is None:
            return
        self.created.started += 1
        created = look(response.json if response.not_json is None else None, undo.id)
        if created is ABSENT or not isinstance(created, str):
            self.created.left_over.append(f"exchange {entry.id}: the reply has no {undo.id}")
            return
        values = {**self.settings.path, "id": created}
        path = undo.path
        for name, value in values.items():
            path = path.replace(f"{{{name}}}", value)
        headers = [h for h in entry.exchange.request.headers if h[0] != "Content-Type"]
        request = Request(
            undo.method,
            self.settings.origin + path,
            (*headers, ("Content-Type", "application/json")),
            json.dumps(undo.body).encode() if undo.body is not None else None,
        )
        try:
            answer = self.target.send(request)
        except Failed as failure:
            self.created.left_over.append(f"{created}: {failure.reason}")
            return
        if 200 <= answer.status < 300:
            self.created.undone += 1
        else:
            self.created.left_over.append(f"{created}: {undo.method} answered {answer.status}")


def _retry_after(response: Response) -> float | None:
    """Seconds that the target asks to wait (RFC 9110, section 10.2.3), or None."""
    value = response.header("retry-after")
    if value is None or not value.strip().isdigit():
        return None
    return float(value)
