"""Time as a run goes by it."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime


class Clock:
    """The time of this machine; another clock, in step with its target, may take its place."""

    def seconds(self) -> float:
        """Seconds since some moment, which never go back."""
        return time.monotonic()

    def now(self) -> datetime:
        """The time of day, in UTC."""
        return datetime.now(UTC)

    def wait(self, seconds: float, woken: threading.Event) -> None:
        """Let so much time go by, or less where `woken` is set."""
        woken.wait(seconds)
