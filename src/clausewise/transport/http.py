"""A target behind HTTP: one connection a thread, kept alive, redirects never followed."""

from __future__ import annotations

import ssl
import threading
import time

import httpx

from clausewise.contract.codecs import is_stream
from clausewise.exchange import Request, Response
from clausewise.pack.addresses import without_credentials
from clausewise.pack.settings import Settings
from clausewise.transport.network import Network
from clausewise.transport.pool import PoolTransport
from clausewise.transport.proxies import proxy_of, proxy_url
from clausewise.transport.reading import read
from clausewise.transport.target import Failed
from clausewise.transport.tls import advice_on, context_of

# How long the items of a stream are waited for, in seconds: it may have no end.
STREAM_SECONDS = 1.0

# What only a proxy answers, or what may be its own word as well as the target's: where it passes
# requests on as they are, nobody can tell.
_PROXY_STATUSES = (407, 502, 504)


class _Line:
    """One thread's way to the target: a transport, and the network that it goes by."""

    def __init__(self, settings: Settings, tls: ssl.SSLContext | None, proxy: str | None) -> None:
        socks = proxy is not None and proxy.startswith("socks")
        self.network = Network(settings.read_seconds, holds_back=not socks)
        through = proxy_of(proxy, settings) if proxy is not None else None
        self.transport = PoolTransport(self.network, tls, through)

    def send(self, request: httpx.Request) -> httpx.Response:
        """Send, once more where a kept connection turned out to be closed.

        A server may close one at any time, also just when a request goes out on it (RFC 9112,
        section 9.5). A new connection that is closed like that is the server's answer.
        """
        network = self.network
        network.begin()
        try:
            return self.transport.handle_request(request)
        except (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError):
            if network.connected or network.heard:
                raise
            return self.transport.handle_request(request)


class HttpTarget:
    """Sends requests over HTTP.

    A pool shared between threads collapses with many requests in flight: each thread has one of
    its own with one connection. Of a client's layers (cookies, redirects, authorisation) nothing
    is wanted: they take half of its time.
    """

    kind = "http"

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._local = threading.local()
        self._open: list[PoolTransport] = []
        self._lock = threading.Lock()
        timeout = httpx.Timeout(settings.read_seconds, connect=settings.connect_seconds)
        self._timeouts = timeout.as_dict()
        self._urls: dict[str, httpx.URL] = {}
        self._proxy = proxy_url(settings)
        # As it may be told.
        self._proxy_shown = without_credentials(self._proxy) if self._proxy else None
        secure = (settings.base_url or "").startswith("https")
        # Loading the authorities costs more than a run on loopback; without TLS nobody asks them.
        self._tls = context_of(settings.tls) if secure else None

    def send(self, request: Request) -> Response:
        """Send one request and read its reply, at most MOST_BYTES of it.

        All of it has `read_seconds`, however often a byte comes; connecting is not counted.
        Raises Failed when there is no reply: refused, timed out, cut before the headers.
        """
        line = self._line()
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
            reply = line.send(built)
        except httpx.HTTPError as error:
            raise _failed(error, self.settings, self._proxy_shown) from error
        except (httpx.InvalidURL, ValueError) as error:
            raise Failed(f"the request cannot be sent: {error}") from error
        if self._proxy_shown and built.url.scheme == "http":
            _refuse_words_of_a_proxy(reply, self._proxy_shown)
        if is_stream(reply.headers.get("content-type", "")):
            line.network.hurry(STREAM_SECONDS)
        try:
            content, cut, limited = read(reply, line.network)
        finally:
            reply.close()
        return Response(
            status=reply.status_code,
            headers=tuple(
                (name.decode("latin-1"), value.decode("latin-1"))
                for name, value in reply.headers.raw
            ),
            content=content,
            seconds=time.perf_counter() - start,
            cut=cut,
            limited=limited,
        )

    def close(self) -> None:
        """Close every connection."""
        with self._lock:
            for transport in self._open:
                transport.close()
            self._open.clear()

    def _url(self, url: str) -> httpx.URL:
        known = self._urls.get(url)
        if known is None:
            known = self._urls[url] = httpx.URL(url)
        return known

    def _line(self) -> _Line:
        """How this thread sends: as it did before, or by a new connection. Raises Failed."""
        line: _Line | None = getattr(self._local, "line", None)
        if line is None:
            line = self._local.line = _Line(self.settings, self._tls, self._proxy)
            with self._lock:
                self._open.append(line.transport)
        return line


def _refuse_words_of_a_proxy(reply: httpx.Response, proxy: str) -> None:
    """Raise Failed for a reply that need not be the target's."""
    status = reply.status_code
    if status in _PROXY_STATUSES:
        reply.close()
        raise Failed(f"{_said_by(proxy, f'{status} {reply.reason_phrase}')}", True)


def _said_by(proxy: str, said: str) -> str:
    """What a proxy answered, and what to try."""
    advice = ""
    if said.startswith("407"):
        advice = "; it wants a user name and a password, which go into its URL"
    return f"the proxy {proxy} answered {said.strip()}{advice}"


def _failed(error: httpx.HTTPError, settings: Settings, proxy: str | None) -> Failed:
    """Why there is no reply, in words. `proxy` is the one that was asked."""
    said = str(error) or type(error).__name__
    by = f" by the proxy {proxy}" if proxy else ""
    if isinstance(error, httpx.ConnectTimeout):
        return Failed(f"no connection{by} within {settings.connect_seconds:g} s", unreachable=True)
    if isinstance(error, httpx.TimeoutException):
        return Failed(f"no reply{by} within {settings.read_seconds:g} s")
    if isinstance(error, httpx.ProxyError) and proxy:
        return Failed(_said_by(proxy, said), unreachable=True)
    advice = advice_on(error)
    if isinstance(error, httpx.ConnectError):
        if advice is None and proxy:
            return Failed(f"the proxy {proxy} cannot be reached: {said}", unreachable=True)
        return Failed(f"{said}; {advice}" if advice else said, unreachable=True)
    if said != type(error).__name__:
        said = f"{type(error).__name__}: {said}"
    return Failed(f"{said}; {advice}" if advice else said)
