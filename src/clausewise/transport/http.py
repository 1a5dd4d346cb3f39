"""A target behind HTTP, by httpx: one client a thread, kept alive, redirects never followed."""

from __future__ import annotations

import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import httpcore
import httpx

from clausewise.contract.codecs import is_stream
from clausewise.exchange import Request, Response
from clausewise.pack.settings import MOST_BYTES, Settings, Tls, without_credentials
from clausewise.transport.target import Failed
from clausewise.transport.tls import advice_on, context_of

Dispatch = Callable[[httpx.Request], httpx.Response]

# What one exchange may take on the wire, with its heads and the sizes of its chunks.
MOST_ON_THE_WIRE = 2 * MOST_BYTES
# Replies beyond this share MOST_LARGE in one run: a ledger keeps them all until its end. After
# that no more than this is read of any reply.
LARGE = 64 * 1024
MOST_LARGE = 32 * MOST_BYTES
# How long the items of a stream are waited for, in seconds: it may have no end.
STREAM_SECONDS = 1.0


# What only a proxy answers, or what may be its own word as well as the target's: where it passes
# requests on as they are, nobody can tell.
_PROXY_STATUSES = (407, 502, 504)


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
        self._large = 0
        timeout = httpx.Timeout(settings.read_seconds, connect=settings.connect_seconds)
        self._timeouts = timeout.as_dict()
        self._urls: dict[str, httpx.URL] = {}
        secure = (settings.base_url or "").startswith("https")
        # Loading the authorities costs more than a run on loopback; without TLS nobody asks them.
        self._tls: ssl.SSLContext | bool = context_of(settings.tls) if secure else False

    def send(self, request: Request) -> Response:
        """Send one request and read its reply, at most MOST_BYTES of it.

        All of it has `read_seconds`, however often a byte comes; connecting is not counted.
        Raises Failed when there is no reply: refused, timed out, cut before the headers.
        """
        dispatch = self._dispatch()
        network: _Network = self._local.network
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
            reply = _dispatched(dispatch, built, network)
        except httpx.HTTPError as error:
            raise _failed(error, self.settings, self._local.proxy) from error
        except (httpx.InvalidURL, ValueError) as error:
            raise Failed(f"the request cannot be sent: {error}") from error
        if self._local.proxy and built.url.scheme == "http":
            _refuse_words_of_a_proxy(reply, self._local.proxy)
        if is_stream(reply.headers.get("content-type", "")):
            network.hurry(STREAM_SECONDS)
        try:
            most = MOST_BYTES if self._large < MOST_LARGE else LARGE
            content, cut, limited = _read(reply, network, most)
        finally:
            reply.close()
        if len(content) > LARGE:
            with self._lock:
                self._large += len(content)
        return Response(
            status=reply.status_code,
            headers=tuple(
                (name.decode("latin-1"), value.decode("latin-1"))
                for name, value in reply.extensions.get(_HEADERS, reply.headers.raw)
            ),
            content=content,
            seconds=time.perf_counter() - start,
            cut=cut,
            limited=limited,
        )

    def close(self) -> None:
        """Close every connection."""
        with self._lock:
            for client in self._open:
                client.close()
            self._open.clear()

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
        network = self._local.network = _Network(self.settings.read_seconds)
        self._local.proxy = None
        named = self.settings.proxy
        if self.settings.on_this_machine and named is None:
            # No proxy of the environment may swallow a mock on this machine, and of a client's
            # layers (cookies, redirects, authorisation) nothing is wanted: half of its time.
            transport = httpx.HTTPTransport(verify=self._tls, limits=limits, trust_env=False)
            network.carry(transport)
            with self._lock:
                self._open.append(transport)
            return transport.handle_request
        try:
            client = httpx.Client(
                verify=self._tls,
                proxy=_proxy(named, self.settings.tls) if named is not None else None,
                follow_redirects=False,
                limits=limits,
                event_hooks={"response": [_keep_headers]},
            )
        except (httpx.InvalidURL, ValueError, ImportError) as error:
            whose = "the environment's" if named is None else "the profile's"
            raise Failed(f"{whose} proxy cannot be used: {error}", True) from error
        self._local.proxy = _proxy_of(client, self.settings.origin)
        # None is sent back; without this they would pile up.
        client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        for inner in (client._transport, *client._mounts.values()):
            network.carry(inner)
        with self._lock:
            self._open.append(client)
        return partial(client.send, stream=True)


def _proxy(url: str, tls: Tls) -> httpx.Proxy:
    """The proxy of a profile; what is said of the target's certificate holds for the target."""
    secure = url.startswith("https")
    return httpx.Proxy(
        url, ssl_context=context_of(Tls(ca_bundle=tls.ca_bundle)) if secure else None
    )


def _proxy_of(client: httpx.Client, url: str) -> str | None:
    """The proxy by which a client asks a URL, without credentials: httpx has no way to ask."""
    pool = getattr(client._transport_for_url(httpx.URL(url)), "_pool", None)
    if not isinstance(pool, httpcore.HTTPProxy | httpcore.SOCKSProxy):
        return None
    return without_credentials(bytes(pool._proxy_url).decode("ascii", "replace"))


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


_HEADERS = "clausewise.headers"


def _keep_headers(reply: httpx.Response) -> None:
    """Keep the headers as they came, and keep httpx from reading a `Location` that is no URL.

    Even when it follows no redirects, it makes the next request, and fails where it cannot.
    """
    reply.extensions[_HEADERS] = list(reply.headers.raw)
    reply.headers.pop("location", None)


def _dispatched(dispatch: Dispatch, built: httpx.Request, network: _Network) -> httpx.Response:
    """Send, once more where a kept connection turned out to be closed.

    A server may close one at any time, also just when a request goes out on it (RFC 9112,
    section 9.5). A new connection that is closed like that is the server's answer.
    """
    network.begin()
    try:
        return dispatch(built)
    except (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError):
        if network.connected or network.heard:
            raise
        return dispatch(built)


class _Network(httpcore.NetworkBackend):
    """What one thread's connections go by. It limits what one exchange takes: time and bytes.

    httpx by itself limits the wait for each single read: a reply that trickles would never end.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._sockets = httpcore.SyncBackend()
        self._deadline = 0.0
        # Of this exchange: bytes that came, and whether it took a new connection.
        self.heard = 0
        self.connected = False
        self.holds_back = True

    def begin(self) -> None:
        """Begin an exchange."""
        self._deadline = time.monotonic() + self._seconds
        self.heard = 0
        self.connected = False

    def hurry(self, seconds: float) -> None:
        """Let the rest of an exchange take no longer than this."""
        self._deadline = min(self._deadline, time.monotonic() + seconds)

    def carry(self, transport: httpx.BaseTransport | None) -> None:
        """Let a transport go by this network: httpx has no public way to say so."""
        if isinstance(transport, httpx.HTTPTransport):
            transport._pool._network_backend = self
            if isinstance(transport._pool, httpcore.SOCKSProxy):
                # Its handshake takes what one read gives for a whole message.
                self.holds_back = False

    def left(self, timeout: float | None, late: type[Exception]) -> float:
        """How long a step may wait. Raises `late` after the deadline."""
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise late
        return left if timeout is None else min(left, timeout)

    def hear(self, count: int) -> None:
        """Count bytes that came. Raises RemoteProtocolError where they are too many."""
        self.heard += count
        if self.overrun:
            raise httpcore.RemoteProtocolError(f"more than {MOST_ON_THE_WIRE} bytes came")

    @property
    def overrun(self) -> bool:
        """Whether more came in this exchange than one may take."""
        return self.heard > MOST_ON_THE_WIRE

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect, within `timeout` for each address."""
        self.connected = True
        with self.uncounted():
            stream = self._sockets.connect_tcp(host, port, timeout, local_address, socket_options)
        return _Stream(stream, self)

    @contextmanager
    def uncounted(self) -> Iterator[None]:
        """Put the deadline off by what this takes, which has a limit of its own."""
        start = time.monotonic()
        yield
        self._deadline += time.monotonic() - start


class _Stream(httpcore.NetworkStream):
    """A connection that keeps the limits of its network, and notices what nobody asked for.

    Of what has come it holds the last byte back until that is asked for. So at the end of a reply
    it knows whether there is more: that would be taken for the reply to the next request.
    """

    def __init__(self, stream: httpcore.NetworkStream, network: _Network) -> None:
        self._stream = stream
        self._network = network
        self._held = b""

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Some bytes; none at the end."""
        if self._held:
            data, self._held = self._held, b""
            return data
        data = self._stream.read(max_bytes, self._network.left(timeout, httpcore.ReadTimeout))
        self._network.hear(len(data))
        if self._network.holds_back and len(data) > 1:
            data, self._held = data[:-1], data[-1:]
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write all of it, piece by piece: each may take as long as is left."""
        for start in range(0, len(buffer), LARGE):
            left = self._network.left(timeout, httpcore.WriteTimeout)
            self._stream.write(buffer[start : start + LARGE], left)

    def close(self) -> None:
        """Close the connection."""
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        """Begin TLS, within `timeout`."""
        with self._network.uncounted():
            stream = self._stream.start_tls(ssl_context, server_hostname, timeout)
        return _Stream(stream, self._network)

    def get_extra_info(self, info: str) -> Any:
        """What httpcore asks of a connection; a readable one is not used again."""
        if info == "is_readable" and self._held:
            return True
        return self._stream.get_extra_info(info)


def _read(reply: httpx.Response, network: _Network, most: int) -> tuple[bytes, str | None, bool]:
    """The decoded body, why it is not whole, and whether that is for a limit of ours."""
    coding = reply.headers.get("content-encoding", "").strip().lower() or "identity"
    if "," in coding:
        return b"", "it is coded more than once", True
    if coding not in _CODINGS:
        return b"", f"it is coded as {coding[:40]}, which is not read here", True
    decoder = _Decoder(coding)
    content = bytearray()
    try:
        for part in reply.iter_raw():
            content += decoder.decode(part, most + 1 - len(content))
            if len(content) > most:
                del content[most:]
                return bytes(content), f"longer than {most} bytes", True
        decoder.finish()
    except zlib.error as error:
        return bytes(content), f"its content coding is broken ({error})", False
    except httpx.ReadTimeout:
        return bytes(content), "the rest did not come in time", True
    except httpx.HTTPError as error:
        return bytes(content), str(error) or type(error).__name__, network.overrun
    return bytes(content), None, False


# By coding, the window as zlib has it (RFC 9110, section 8.4.1).
_CODINGS = {
    "identity": 0,
    "gzip": zlib.MAX_WBITS | 16,
    "x-gzip": zlib.MAX_WBITS | 16,
    "deflate": zlib.MAX_WBITS,
}


class _Decoder:
    """Undoes a content coding, and never more of it than is asked for.

    httpx decodes all that has come at once: a thousand times the bytes. It also takes a body that
    ends early, or goes on after its end, for whole.
    """

    def __init__(self, coding: str) -> None:
        self._window = _CODINGS[coding]
        self._inner: Any = None
        self._begun = b""

    def decode(self, data: bytes, most: int) -> bytes:
        """What comes out of the next bytes, at most so much. Raises zlib.error."""
        if not self._window:
            return data[:most]
        if self._inner is None:
            # Two bytes tell a zlib header (RFC 1950, section 2.2) from deflate without one.
            self._begun = data = self._begun + data
            if len(data) < 2:
                return b""
            if self._window == zlib.MAX_WBITS and (
                data[0] & 15 != 8 or int.from_bytes(data[:2], "big") % 31
            ):
                self._window = -zlib.MAX_WBITS
            self._inner = zlib.decompressobj(self._window)
        made = bytearray()
        while data and len(made) < most:
            if self._inner.eof:
                if self._window < 16:
                    raise zlib.error("there is more after its end")
                # Another member of a gzip file (RFC 1952, section 2.2).
                self._inner = zlib.decompressobj(self._window)
            made += self._inner.decompress(data, most - len(made))
            data = self._inner.unconsumed_tail or self._inner.unused_data
        return bytes(made)

    def finish(self) -> None:
        """Say that this was all. Raises zlib.error where it cannot be."""
        if self._begun and (self._inner is None or not self._inner.eof):
            raise zlib.error("it ends early")


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
