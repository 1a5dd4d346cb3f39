"""A headless Chromium, spoken to through the DevTools protocol over two pipes."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from ..guards import in_time

BROWSER = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--hide-scrollbars",
    "--remote-debugging-pipe", "about:blank",
)  # fmt: skip
# Key names as the protocol wants them beside their text.
_KEYS = {"Enter": ("\r", 13), "Tab": ("", 9), "Escape": ("", 27), " ": (" ", 32)}
_ARROWS = {"ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40}


class Page:
    """One tab; what it said on the console, and every URL it asked for, is kept."""

    def __init__(self, writer: int, reader: int) -> None:
        self._writer, self._reader = writer, reader
        self._rest = b""
        self._loaded = 0
        self._ids = count(1)
        self._session: str | None = None
        self.requested: list[str] = []
        self.errors: list[str] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    def open(
        self, path: Path, fragment: str = "", *, width: int = 1280, dark: bool = False
    ) -> None:
        """Open a report and wait until its script has put it together."""
        self.resize(width, dark=dark)
        self.go("about:blank")
        self.go(path.as_uri() + fragment)

    def go(self, url: str) -> None:
        """Go to a URL and wait until all of it is there."""
        before = self._loaded
        self.call("Page.navigate", url=url)
        while self._loaded == before:
            self._note(self._message())

    def resize(self, width: int, height: int = 800, *, dark: bool = False, media: str = "") -> None:
        """Set the size of the window in CSS pixels, the colour scheme and the medium."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=1, mobile=False,
        )  # fmt: skip
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", media=media, features=[scheme])

    def ask(self, expression: str) -> Any:
        """What a JavaScript expression says, as JSON; promises are waited for."""
        said = self.call(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in said, said["exceptionDetails"]
        return said["result"].get("value")

    def press(self, *keys: str) -> None:
        """Press keys one after the other, as a person does."""
        for key in keys:
            text, code = _KEYS.get(key, ("", _ARROWS.get(key, 0)))
            if len(key) == 1:
                text, code = key, ord(key.upper())
            named = {"key": key, "text": text, "windowsVirtualKeyCode": code}
            self.call("Input.dispatchKeyEvent", type="keyDown" if text else "rawKeyDown", **named)
            self.call("Input.dispatchKeyEvent", type="keyUp", **named)

    def picture(self, *, full: bool = False) -> bytes:
        """A PNG of the window, or of the full page."""
        shot = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=full)
        return base64.b64decode(shot["data"])

    def pdf(self) -> bytes:
        """The page as it prints on A4."""
        size = {"paperWidth": 8.27, "paperHeight": 11.69}
        return base64.b64decode(self.call("Page.printToPDF", printBackground=False, **size)["data"])

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Call the browser and give its answer; what it tells meanwhile is noted."""
        number = next(self._ids)
        message: dict[str, Any] = {"id": number, "method": method, "params": params}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._writer, json.dumps(message).encode() + b"\0")
        while True:
            told = self._message()
            if told.get("id") == number:
                assert "error" not in told, told["error"]
                result: dict[str, Any] = told["result"]
                return result
            self._note(told)

    def _note(self, told: dict[str, Any]) -> None:
        params = told.get("params", {})
        if told.get("method") == "Page.loadEventFired":
            self._loaded += 1
        elif told.get("method") == "Network.requestWillBeSent":
            self.requested.append(params["request"]["url"])
        elif told.get("method") == "Runtime.exceptionThrown":
            self.errors.append(json.dumps(params["exceptionDetails"]))
        elif told.get("method") == "Log.entryAdded" and params["entry"]["level"] == "error":
            self.errors.append(params["entry"]["text"])

    def _message(self) -> dict[str, Any]:
        with in_time():
            while b"\0" not in self._rest:
                more = os.read(self._reader, 1 << 20)
                assert more, "the browser went away"
                self._rest += more
        line, self._rest = self._rest.split(b"\0", 1)
        message: dict[str, Any] = json.loads(line)
        return message


@contextmanager
def browsing(profile: Path) -> Iterator[Page]:
    """A browser with one tab, its profile in a folder; it ends with the block."""
    from_us, to_browser = os.pipe()
    from_browser, to_us = os.pipe()

    def wire() -> None:  # the browser reads file descriptor 3 and writes 4
        here, there = os.dup(from_us), os.dup(to_us)
        os.dup2(here, 3)
        os.dup2(there, 4)

    command = [str(BROWSER), f"--user-data-dir={profile}", *_FLAGS]
    with subprocess.Popen(  # noqa: S603  # a browser on our own page
        command, preexec_fn=wire, close_fds=False, stderr=subprocess.DEVNULL
    ) as process:
        os.close(from_us)
        os.close(to_us)
        try:
            # What waits for the browser has a guard, not all that goes on while it is open: that is
            # a whole session, and other tests would get its alarm.
            yield Page(to_browser, from_browser)
        finally:
            os.close(to_browser)
            os.close(from_browser)
            process.terminate()
