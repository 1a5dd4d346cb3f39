"""Pace and patience: how fast a run asks, how long it waits, and when it has to stop."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from clausewise.campaign.clock import Clock
from clausewise.exchange import Exchange, Request, Response
from clausewise.judge.outcomes import ON_THE_WAY, asks_for_patience
from clausewise.pack.settings import Settings
from clausewise.record.ledger import Entry
from clausewise.transport.target import Failed, Target

# A target that asks for patience gets it this often, and never waits longer than this in seconds.
MOST_WAITS = 3
LONGEST_WAIT = 30.0
# Over a whole run it gets so many seconds: who always asks for more is not judged for hours.
LONGEST_PATIENCE = 600.0
# Without a word on how long, a target is given so many seconds, then twice as many; one on this
# machine fewer, and not for ever.
_FIRST_WAIT, _FIRST_HERE = 1.0, 0.25
MOST_VAIN_HERE = 2
# What takes back is no operation of its own.
_TAKING_BACK = ""
# So many requests in a row without a reply, or some for so many seconds, or so many lawful ones
# answered with 5xx, and the target has plainly gone. No planned values are in so many rows that one
# crash could look like it.
MOST_UNANSWERED = 20
# After some without a reply there is a pause before each of the next: it may be starting anew.
_PAUSE_UNANSWERED = 0.2
SOME_UNANSWERED = 3
LONGEST_SILENCE = 75.0
MOST_CRASHES = 60


# What is asked again, after a control.
_UNEXPECTED = (("refused", "accepted"), ("accepted", "refused"))
# Of a budget a tenth is kept for asking again about what looks like a finding, and at least five.
SHARE_KEPT, LEAST_KEPT = 10, 5


class Stopped(Exception):  # noqa: N818  # not an error: the run has come to its end early
    """The run was told to stop, or a budget is used up; `str()` says which."""


class Pace:
    """When the next request of a run may go out. Safe to use from several threads."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock | None = None,
        waiting: Callable[[float], None] | None = None,
    ) -> None:
        """`waiting` is told of every pause that the target asks for, in seconds, as it begins."""
        self.settings = settings
        self.clock = clock or Clock()
        self._waiting = waiting or (lambda seconds: None)
        self.requests = 0
        # How often the target asked for patience, and the seconds that were waited for that.
        self.put_off = 0
        self.waited = 0.0
        self._stop: str | None = None
        self._started = self.clock.seconds()
        self._lock = threading.Lock()
        self._next = 0.0
        self._unanswered = 0
        # How many requests in a row that take something back got no reply.
        self._not_undone = 0
        self._crashes = 0
        self._silent_since: float | None = None
        # The first request of those in a row that got no reply.
        self._silent_with: Entry | None = None
        self._woken = threading.Event()
        self._is_here = settings.on_this_machine
        self._first_wait = _FIRST_HERE if self._is_here else _FIRST_WAIT
        # By operation, and for what takes back, how often in a row a target here had time in vain.
        self._vain: Counter[str] = Counter()
        # Requests of the budget that are kept for asking again, and whether that is done now.
        self._kept = 0
        self._confirming = False

    @property
    def stopped_because(self) -> str | None:
        """Why nothing more is sent, or None."""
        return self._stop

    def stop(self, reason: str) -> None:
        """Let nothing more out, and end every waiting."""
        self._stop = self._stop or reason
        self._woken.set()

    @property
    def seconds_left(self) -> float:
        """How long the run may still take; endless without a limit."""
        limit = self.settings.max_seconds
        return float("inf") if limit is None else self._started + limit - self.clock.seconds()

    def exchange(self, target: Target, operation: str, request: Request) -> Exchange:
        """Send one request when it is its turn, again where the target asks for patience.

        Raises Stopped.
        """
        for waits in range(MOST_WAITS + 1):
            self._await_turn()
            started = self.clock.now()
            try:
                response = target.send(request)
            except Failed as failure:
                return Exchange(
                    operation, request, None, failure.reason, started, failure.unreachable
                )
            seconds = self._patience(operation, response, waits)
            if seconds is None:
                break
            self._wait(seconds)
        return Exchange(operation, request, response, started=started)

    def undo(self, target: Target, request: Request) -> Response:
        """Send what takes something back, again where the target asks for patience.

        It counts for no budget, and goes out after a stop too: what was made has to go. Raises
        Failed, and without sending where the last few got no reply either: each may take as long
        as a reply is waited for.
        """
        if self._not_undone >= SOME_UNANSWERED:
            raise Failed(f"not asked: {SOME_UNANSWERED} such requests in a row got no reply", True)
        for waits in range(MOST_WAITS + 1):
            time.sleep(self._turn())
            try:
                response = target.send(request)
            except Failed:
                self._not_undone += 1
                raise
            self._not_undone = 0
            seconds = self._patience(_TAKING_BACK, response, waits)
            if seconds is None or self.waited >= LONGEST_PATIENCE:
                break
            began = self.clock.seconds()
            time.sleep(seconds)
            with self._lock:
                self.waited += self.clock.seconds() - began
        return response

    def _patience(self, asker: str, response: Response, waits: int) -> float | None:
        """The seconds to wait before it is asked again, after so many waits; None for no more."""
        asks = asks_for_patience(response)
        said = retry_after(response) if asks else None
        unsaid = asks and said is None
        if asks and waits < MOST_WAITS and not (unsaid and self._vain[asker] >= MOST_VAIN_HERE):
            return min(self._first_wait * 2**waits if said is None else said, LONGEST_WAIT)
        if self._is_here:
            # What always asks for patience would be waited for at each of its requests.
            self._vain[asker] = self._vain[asker] + 1 if unsaid else 0
        return None

    def rest(self, seconds: float) -> None:
        """Send nothing in this thread for so long, within the time limit; shorter after a stop."""
        if seconds > 0:
            self.clock.wait(min(seconds, max(0.0, self.seconds_left)), self._woken)

    def note(self, entry: Entry) -> Entry | None:
        """Take note of an outcome; stops the run where the target has plainly gone.

        Gives the request with which its silence began, where that is why it stops.
        """
        if (entry.case.expect, entry.outcome) in _UNEXPECTED:
            self._keep_more()
        if entry.outcome == "no reply":
            self._silent_since = self._silent_since or self.clock.seconds()
            self._silent_with = self._silent_with or entry
            self._unanswered += 1
        elif entry.exchange.status not in ON_THE_WAY:
            # Whatever it says, it is there.
            self._unanswered = self._not_undone = 0
            self._silent_since = self._silent_with = None
        if entry.outcome == "crashed" and entry.case.expect == "accepted":
            self._crashes += 1
        elif entry.outcome in ("accepted", "refused"):
            self._crashes = 0
        since = self._silent_since  # of other threads' requests one may be answered just now
        silence = self.clock.seconds() - since if since else 0.0
        if self._unanswered >= MOST_UNANSWERED or (
            self._unanswered >= SOME_UNANSWERED and silence > LONGEST_SILENCE
        ):
            return self._gone(entry.exchange.failure)
        if self._crashes >= MOST_CRASHES:
            self.stop(f"the target has gone: {MOST_CRASHES} lawful requests in a row crashed it")
        return None

    def _gone(self, failure: str | None) -> Entry | None:
        """Stop the run since nothing is answered any more, and say with what that began."""
        began, stopped = self._silent_with, self._stop is not None
        since = ""
        if began is not None:
            since = f"; it began with {began.case.operation}, exchange {began.id}"
            if began.exchange.failure != failure:
                since += f" ({began.exchange.failure})"
        self.stop(
            f"the target has gone: {self._unanswered} requests in a row got no reply "
            f"({failure}){since}"
        )
        return None if stopped else began

    def _await_turn(self) -> None:
        with self._lock:
            self._check()
            self.requests += 1
        wait = self._turn()
        if self._unanswered >= SOME_UNANSWERED:
            wait = max(wait, _PAUSE_UNANSWERED)
        if wait > 0:
            self.clock.wait(wait, self._woken)
            self._check()

    def _turn(self) -> float:
        """Take the next turn; gives the seconds until then."""
        if not self.settings.rate:
            return 0.0
        with self._lock:
            now = self.clock.seconds()
            wait = self._next - now
            self._next = max(now, self._next) + 1 / self.settings.rate
        return max(wait, 0.0)

    def _keep_more(self) -> None:
        """Keep two more requests of the budget for asking again: at most a tenth of it, or five."""
        most = self.settings.max_requests
        if most is not None:
            with self._lock:
                self._kept = min(self._kept + 2, max(most // SHARE_KEPT, LEAST_KEPT))

    @contextmanager
    def confirming(self) -> Iterator[None]:
        """Let out what the budget keeps for asking again, although it is used up."""
        ended, self._confirming = self._stop, True
        if ended is not None and ended == self._spent():
            self._stop = None
            self._woken.clear()
        try:
            yield
        finally:
            self._confirming = False
            if ended is not None:
                self.stop(ended)

    def _spent(self) -> str:
        return f"the budget of {self.settings.max_requests} requests is used up"

    def _check(self) -> None:
        if self._stop is None:
            most, limit = self.settings.max_requests, self.settings.max_seconds
            kept = 0 if self._confirming else self._kept
            if most is not None and self.requests >= max(1, most - kept):
                self._stop = self._spent()
            elif limit is not None and self.clock.seconds() - self._started > limit:
                self._stop = f"the time limit of {limit:g} s is reached"
        if self._stop is not None:
            raise Stopped(self._stop)

    def _wait(self, seconds: float) -> None:
        if self.waited >= LONGEST_PATIENCE:
            self.stop(
                f"the target asked for patience {self.put_off} times, and {LONGEST_PATIENCE:g} s "
                "were waited for that; a run waits no longer (--rate makes it slower)"
            )
            return
        seconds = min(seconds, max(0.0, self.seconds_left))
        began = self.clock.seconds()
        self._waiting(seconds)
        self.clock.wait(seconds, self._woken)
        with self._lock:
            self.put_off += 1
            self.waited += self.clock.seconds() - began


def retry_after(response: Response) -> float | None:
    """Seconds that the target asks to wait, from now on, or None (RFC 9110, section 10.2.3)."""
    value = (response.header("retry-after") or "").strip()
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, IndexError, TypeError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
