"""A target behind HTTP: connections that are kept alive, redirects never followed."""

from __future__ import annotations

import re
import threading
import time
from functools import lru_cache
from urllib.parse import urlsplit

import httpcore
import httpx

from clausewise.contract.codecs import is_stream
from clausewise.exchange import Request, Response
from clausewise.pack.addresses import without_credentials
from clausewise.pack.certificates import context_of
from clausewise.pack.settings import Settings
from clausewise.transport.direct import Address, DirectReply, DirectRequest
from clausewise.transport.line import Failure, Line
from clausewise.transport.proxies import proxy_url
from clausewise.transport.reading import header_value, read
from clausewise.transport.target import Failed
from clausewise.transport.tls import advice_on

# How long the items of a stream are waited for, in seconds: it may have no end.
STREAM_SECONDS = 1.0

# What only a proxy answers, or what may be its own word as well as the target's: where it passes
# requests on as they are, nobody can tell.
_PROXY_STATUSES = (407, 502, 504)
# A path with its query that goes over the wire as it is (RFC 3986, section 3.3).
_PLAIN = re.compile(
    r"(?:/(?!\.)(?:[A-Za-z0-9_~:@!$&'()*+,;=.-]|%[0-9A-Fa-f]{2})*)+"
    r"(?:\?(?:[A-Za-z0-9_~:@!$&'()*+,;=./?-]|%[0-9A-Fa-f]{2})*)?"
)
# A port has 16 bits (RFC 9293, section 3.1). The resolver would take a greater one for what its
# lower bits say, and another server would be asked.
_LAST_PORT = 65535
# Methods whose requests say that they have no body (RFC 9110, section 8.6).
_WITH_BODY = ("POST", "PUT", "PATCH")


class HttpTarget:
    """Sends requests over HTTP.

    A pool that knows what each connection does collapses with many requests in flight: here whoever
    sends takes one that nobody uses, and puts it back. So there are as many as requests were ever
    in flight. Of a client's layers (cookies, redirects, authorisation, its own objects
    for requests and replies) nothing is wanted: they take most of its time.
    """

    kind = "http"

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._open: list[Line] = []
        self._unused: list[Line] = []
        self._lock = threading.Lock()
        base = httpx.URL(settings.origin)
        # All of a URL before its path, as it is written and as it is sent.
        parts = urlsplit(settings.origin)
        self._root = f"{parts.scheme}://{parts.netloc}"
        self._base = Address(base.raw_scheme, base.raw_host, base.port, base.netloc)
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
        try:
            return self._sent(line, request)
        finally:
            self._unused.append(line)

    def _sent(self, line: Line, request: Request) -> Response:
        start = time.perf_counter()
        try:
            asked = self._asked(request)
            reply = line.send(asked)
        except Failure as error:
            raise _failed(error, self.settings, self._proxy_shown) from error
        except (httpx.InvalidURL, ValueError) as error:
            raise Failed(f"the request cannot be sent: {error}") from error
        if self._proxy_shown and asked.address.scheme == b"http":
            _refuse_words_of_a_proxy(reply, self._proxy_shown)
        headers = reply.headers
        if is_stream(header_value(headers, "content-type")):
            line.network.hurry(STREAM_SECONDS)
        try:
            content, cut, limited = read(reply.parts, headers, line.network)
        finally:
            reply.close()
        return Response(
            status=reply.status,
            headers=headers,
            content=content,
            seconds=time.perf_counter() - start,
            cut=cut,
            limited=limited,
        )

    def close(self) -> None:
        """Close every connection."""
        with self._lock:
            for line in self._open:
                line.close()
            self._open.clear()
            self._unused.clear()

    def _asked(self, request: Request) -> DirectRequest:
        """A request as it is sent. Raises ValueError and httpx.InvalidURL.

        It has what every one has (RFC 9110, sections 7.2 and 8.6).
        """
        address, target = self._url(request.url)
        content, length = request.content, None
        if (content or request.method in _WITH_BODY) and not _says_length(request.headers):
            length = len(content or b"")
        return DirectRequest(request.method, address, target, request.headers, content, length)

    def _url(self, url: str) -> tuple[Address, bytes]:
        """Where a URL leads to, and what stands in the first line of its request."""
        root = self._root
        if url.startswith(root) and _is_plain(url[len(root) :]):
            return self._base, url[len(root) :].encode("ascii")
        read = httpx.URL(url)
        if read.scheme not in ("http", "https"):
            raise ValueError(f"its URL begins with {read.scheme!r}, not with http or https")
        if (read.port or 0) > _LAST_PORT:
            raise ValueError(f"a port is at most {_LAST_PORT}, and its URL names {read.port}")
        address = Address(read.raw_scheme.lower(), read.raw_host, read.port, read.netloc)
        return address, read.raw_path

    def _line(self) -> Line:
        """A way that nobody uses: the one that was used last, or a new one. Raises Failed."""
        try:
            return self._unused.pop()
        except IndexError:  # all are in use
            line = Line(self.settings, self._tls, self._proxy)
        with self._lock:
            self._open.append(line)
        return line


@lru_cache(maxsize=256)
def _is_plain(path: str) -> bool:
    return _PLAIN.fullmatch(path) is not None


@lru_cache(maxsize=1024)
def _says_length(headers: tuple[tuple[str, str], ...]) -> bool:
    return any(name.lower() in ("content-length", "transfer-encoding") for name, _ in headers)


def _refuse_words_of_a_proxy(reply: DirectReply, proxy: str) -> None:
    """Raise Failed for a reply that need not be the target's."""
    if reply.status in _PROXY_STATUSES:
        reply.close()
        reason = reply.reason.decode("ascii", "ignore")
        raise Failed(_said_by(proxy, f"{reply.status} {reason}"), True)


def _said_by(proxy: str, said: str) -> str:
    """What a proxy answered, and what to try."""
    advice = ""
    if said.startswith("407"):
        advice = "; it wants a user name and a password, which go into its URL"
    return f"the proxy {proxy} answered {said.strip()}{advice}"


def _failed(error: Exception, settings: Settings, proxy: str | None) -> Failed:
    """Why there is no reply, in words. `proxy` is the one that was asked."""
    said = str(error) or type(error).__name__
    by = f" by the proxy {proxy}" if proxy else ""
    if isinstance(error, httpcore.ConnectTimeout):
        return Failed(f"no connection{by} within {settings.connect_seconds:g} s", unreachable=True)
    if isinstance(error, httpcore.TimeoutException):
        return Failed(f"no reply{by} within {settings.read_seconds:g} s")
    if isinstance(error, httpcore.ProxyError) and proxy:
        return Failed(_said_by(proxy, said), unreachable=True)
    advice = advice_on(error)
    if isinstance(error, httpcore.ConnectError):
        if advice is None and proxy:
            return Failed(f"the proxy {proxy} cannot be reached: {said}", unreachable=True)
        return Failed(f"{said}; {advice}" if advice else said, unreachable=True)
    if said != type(error).__name__:
        said = f"{type(error).__name__}: {said}"
    return Failed(f"{said}; {advice}" if advice else said)
