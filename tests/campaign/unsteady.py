"""The pack's mock behind what lies before real services: all lawful, and odd in each of them.

It delays, lags behind what was done, puts things in another order, fails once on the way, and locks
out whoever comes with a wrong credential. Time is that of the run's clock, so none is waited for.
"""

from __future__ import annotations

import json
import random
import threading
from typing import Any
from urllib.parse import parse_qs, urlsplit

from clausewise.contract import Operation
from clausewise.exchange import Request, Response
from clausewise.transport.target import Failed

from .faults import FaultyTarget, the_pack, with_body
from .lagging import StillClock
from .whole import ACT, ACTIVE, LIST, ONE, START

# The most that anything takes, in seconds: less than the settle time on this machine.
LONGEST_LAG, LONGEST_LOCK, LONGEST_DELAY = 1.5, 1.5, 0.2
# So many requests does a run of the pack send at least.
REQUESTS = 400


class Unsteady:
    """What a seed makes of the mock: `oddities` names what came about."""

    kind = "in-process"

    def __init__(self, seed: int, clock: StillClock) -> None:
        self.mock = FaultyTarget()
        self.clock = clock
        self.oddities: set[str] = set()
        self._dice = random.Random(seed)  # noqa: S311  # no secret is made of it
        self._lag = self._dice.uniform(0.1, LONGEST_LAG)
        self._lock_out = self._dice.choice((0.0, self._dice.uniform(0.1, LONGEST_LOCK)))
        self._locked = self._dice.choice((403, 404, 429))
        self._hiccup_at = self._dice.randrange(REQUESTS)
        self._hiccup = self._dice.choice(
            ("502", "503", "504", "dropped", "lost 502", "lost 504", "lost")
        )
        self._wrong_at = -1000.0
        self._sent = 0
        # By recording, its bodies as they came about; when it was changed; what is active, by URL.
        self._states: dict[str, list[tuple[float, Any]]] = {}
        self._active: dict[str, list[tuple[float, Response]]] = {}
        self._turn = threading.Lock()

    def send(self, request: Request) -> Response:
        """Answer one request. Raises Failed for a connection that is dropped."""
        with self._turn:
            self.clock.passed += self._dice.uniform(0.0, LONGEST_DELAY)
            self._sent += 1
            match = the_pack().contract.match(request.method, request.url)
            if self._is_locked(request, match is not None):
                return _told(self._locked)
            if self._sent == self._hiccup_at:
                self.oddities.add("hiccup")
                return self._failed(request)
            response = self.mock.ask(request)
            if match is not None and response.status in (200, 404):
                response = self._late(match.operation, request, response)
            return self._in_another_order(request, response)

    def close(self) -> None:
        """Nothing is held."""

    def _is_locked(self, request: Request, known: bool) -> bool:
        now = self.clock.seconds()
        if now - self._wrong_at < self._lock_out:
            self.oddities.add("lock-out")
            return True
        credential = the_pack().credential
        assert credential is not None
        given = {name.lower(): value for name, value in request.headers}.get("authorization")
        if known and given != f"Bearer {credential.stand_in}":
            self._wrong_at = now
        return False

    def _failed(self, request: Request) -> Response:
        if self._hiccup.startswith("lost"):  # it was done, and nobody hears of it
            self.mock.ask(request)
        if self._hiccup in ("dropped", "lost"):
            raise Failed("the connection was closed without a reply")
        return _told(int(self._hiccup[-3:]))

    def _late(self, operation: Operation, request: Request, response: Response) -> Response:
        """What is answered where looks lag behind what was done."""
        now = self.clock.seconds()
        if operation.id in (START, ACT, ONE) and response.status == 200:
            data = response.json["data"]
            self._states.setdefault(data["id"], []).append((now, response.json))
        if operation.id == ONE and response.status == 200:
            known = self._before(self._states[response.json["data"]["id"]])
            return _told(404) if known is None else self._noting(with_body(response, known))
        if operation.id == ACTIVE:
            return self._late_active(request.url, response)
        return self._late_list(request, response) if operation.id == LIST else response

    def _late_active(self, url: str, response: Response) -> Response:
        seen = self._active.setdefault(url, [])
        seen.append((self.clock.seconds(), response))
        started = response.json.get("data", {}).get("id") if response.status == 200 else None
        if started is not None and self._before(self._states.get(started, [])) is None:
            return self._noting(_told(404))
        known: Response | None = self._before(seen)
        return response if known is None else self._noting(known)

    def _late_list(self, request: Request, response: Response) -> Response:
        body = response.json
        wanted = parse_qs(urlsplit(request.url).query).get("status", [""])[0]
        items = []
        for item in body.get("data", []):
            known = self._before(self._states.get(item["id"], []))
            if known is None and item["id"] in self._states:
                continue
            state = known["data"] if known is not None else {}
            late = {name: state.get(name, value) for name, value in item.items()}
            if not wanted or late["status"] in wanted.split(","):
                items.append(late)
        missing = len(body.get("data", [])) - len(items)
        paging = dict(body.get("paging", {}))
        for name in ("total_count", "end_offset"):
            if name in paging:
                paging[name] -= missing
        changed = {**body, "data": items, "paging": paging}
        return self._noting(with_body(response, changed)) if changed != body else response

    def _noting(self, response: Response) -> Response:
        self.oddities.add("lag")
        return response

    def _before(self, states: list[tuple[float, Any]]) -> Any:
        """What was so before the lag; None where nothing was."""
        moment = self.clock.seconds() - self._lag
        return next((state for since, state in reversed(states) if since <= moment), None)

    def _in_another_order(self, request: Request, response: Response) -> Response:
        if response.not_json is not None:
            return response
        body = self._shuffled(response.json)
        listed = body.get("data") if isinstance(body, dict) else None
        if isinstance(listed, list) and "sort_by" not in request.url:
            self._dice.shuffle(listed)
        self.oddities.add("order")
        return Response(
            response.status,
            tuple(self._dice.sample(response.headers, len(response.headers))),
            json.dumps(body).encode(),
            response.seconds,
        )

    def _shuffled(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._shuffled(inner) for inner in value]
        if isinstance(value, dict):
            names = self._dice.sample(list(value), len(value))
            return {name: self._shuffled(value[name]) for name in names}
        return value


def _told(status: int) -> Response:
    if status >= 500:
        return Response(status, (("Content-Type", "text/html"),), b"<h1>Bad gateway</h1>", 0.0)
    body = {"success": False, "error": {"code": status, "message": "no"}}
    headers = (("Content-Type", "application/json"),)
    return Response(status, headers, json.dumps(body).encode(), 0.0)
