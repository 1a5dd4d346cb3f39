"""A target behind HTTP, by httpx: one client a thread, kept alive, redirects never followed."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable
from functools import partial

import httpx

from clausewise.exchange import Request, Response
from clausewise.target.settings import MOST_BYTES, Settings
from clausewise.target.target import Failed

Dispatch = Callable[[httpx.Request], httpx.Response]


class HttpTarget:
    """Sends requests over HTTP.

    A client shared between threads, and httpx's AsyncClient, both collapse with many requests in
    flight: each thread has a client of its own with one connection.
    """

    kind = "http"

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._local = threading.local()
        self._open: list[httpx.Client | httpx.HTTPTransport] = []
        self._lock = threading.Lock()
        timeout = httpx.Timeout(settings.read_seconds, connect=settings.connect_seconds)
        self._timeouts = timeout.as_dict()
        self._urls: dict[str, httpx.URL] = {}
        secure = (settings.base_url or "").startswith("https")
        # Loading the authorities costs more than a run on loopback; without TLS nobody asks them.
        self._tls: ssl.SSLContext | bool = ssl.create_default_context() if secure else False

    def send(self, request: Request) -> Response:
        """Send one request and read its reply, at most MOST_BYTES of it.

        Raises Failed when there is no reply: refused, timed out, cut before the headers.
        """
        dispatch = self._dispatch()
        start = time.perf_counter()
        try:
            built = httpx.Request(
                request.method,
                self._url(request.url),
                headers=[
                    (name.encode("ascii"), value.encode("latin-1"))
                    for name, value in request.headers
                ],
                content=request.content,
                extensions={"timeout": self._timeouts},
            )
            reply = self._dispatched(dispatch, built)
        except httpx.HTTPError as error:
            raise _failed(error, self.settings) from error
        except (httpx.InvalidURL, ValueError) as error:
            raise Failed(f"the request cannot be sent: {error}") from error
        try:
            content, cut = _read(reply, start + self.settings.read_seconds)
        finally:
            reply.close()
        return Response(
            status=reply.status_code,
            headers=tuple(
                (name.decode("latin-1"), value.decode("latin-1"))
                for name, value in reply.extensions.get(_HEADERS, reply.headers.raw)
            ),
            content=content,
            seconds=time.perf_counter() - start,
            cut=cut,
        )

    def close(self) -> None:
        """Close every connection."""
        with self._lock:
            for client in self._open:
                client.close()
            self._open.clear()

    def _dispatched(self, dispatch: Dispatch, built: httpx.Request) -> httpx.Response:
        """Send, once more where a kept connection turned out to be closed.

        A server may close one at any time, also just when a request goes out on it (RFC 9112,
        section 9.5). A new connection that is closed like that is the server's answer.
        """
        kept = getattr(self._local, "answered", False)
        self._local.answered = False
        try:
            reply = dispatch(built)
        except (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError) as error:
            unanswered = not isinstance(error, httpx.RemoteProtocolError) or "without" in str(error)
            if not kept or not unanswered:
                raise
            reply = dispatch(built)
        self._local.answered = True
        return reply

    def _url(self, url: str) -> httpx.URL:
        known = self._urls.get(url)
        if known is None:
            known = self._urls[url] = httpx.URL(url)
        return known

    def _dispatch(self) -> Dispatch:
        """How this thread sends: by the connection that it has already, or a new one."""
        dispatch: Dispatch | None = getattr(self._local, "dispatch", None)
        if dispatch is None:
            dispatch = self._connected()
            self._local.dispatch = dispatch
        return dispatch

    def _connected(self) -> Dispatch:
        limits = httpx.Limits(max_connections=1, max_keepalive_connections=1)
        if self.settings.on_this_machine:
            # No proxy of the environment may swallow a mock on this machine, and of a client's
            # layers (cookies, redirects, authorisation) nothing is wanted: half of its time.
            transport = httpx.HTTPTransport(verify=self._tls, limits=limits, trust_env=False)
            with self._lock:
                self._open.append(transport)
            return transport.handle_request
        try:
            client = httpx.Client(
                verify=self._tls,
                follow_redirects=False,
                limits=limits,
                event_hooks={"response": [_keep_headers]},
            )
        except (httpx.InvalidURL, ValueError, ImportError) as error:
            raise Failed(f"the environment's proxy cannot be used: {error}", True) from error
        with self._lock:
            self._open.append(client)
        return partial(client.send, stream=True)


_HEADERS = "clausewise.headers"


def _keep_headers(reply: httpx.Response) -> None:
    """Keep the headers as they came, and keep httpx from reading a `Location` that is no URL.

    Even when it follows no redirects, it makes the next request, and fails where it cannot.
    """
    reply.extensions[_HEADERS] = list(reply.headers.raw)
    reply.headers.pop("location", None)


def _read(reply: httpx.Response, deadline: float) -> tuple[bytes, str | None]:
    """The decoded body, and why it is not whole."""
    parts: list[bytes] = []
    size = 0
    if "," in reply.headers.get("content-encoding", ""):
        return b"", "it is coded more than once"
    try:
        for part in reply.iter_bytes():
            parts.append(part)
            size += len(part)
            if size > MOST_BYTES:
                return b"".join(parts)[:MOST_BYTES], f"longer than {MOST_BYTES} bytes"
            if time.perf_counter() > deadline:
                return b"".join(parts), "the rest did not come in time"
    except httpx.DecodingError as error:
        return b"".join(parts), f"its content coding is broken ({error})"
    except httpx.ReadTimeout:
        return b"".join(parts), "the rest did not come in time"
    except httpx.HTTPError as error:
        return b"".join(parts), str(error) or type(error).__name__
    return b"".join(parts), None


def _failed(error: httpx.HTTPError, settings: Settings) -> Failed:
    if isinstance(error, httpx.ConnectTimeout):
        return Failed(f"no connection within {settings.connect_seconds:g} s", unreachable=True)
    if isinstance(error, httpx.TimeoutException):
        return Failed(f"no reply within {settings.read_seconds:g} s")
    if isinstance(error, httpx.ConnectError):
        return Failed(str(error) or "no connection", unreachable=True)
    return Failed(f"{type(error).__name__}: {error}" if str(error) else type(error).__name__)
