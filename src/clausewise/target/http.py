"""A target behind HTTP, by httpx: one client a thread, kept alive, redirects never followed."""

from __future__ import annotations

import ssl
import threading
import time

import httpx

from clausewise.exchange import Request, Response
from clausewise.target.settings import MOST_BYTES, Settings
from clausewise.target.target import Failed


class HttpTarget:
    """Sends requests over HTTP.

    A client shared between threads, and httpx's AsyncClient, both collapse with many requests in
    flight: each thread has a client of its own with one connection.
    """

    kind = "http"

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._local = threading.local()
        self._clients: list[httpx.Client] = []
        self._lock = threading.Lock()
        self._timeout = httpx.Timeout(settings.read_seconds, connect=settings.connect_seconds)
        secure = (settings.base_url or "").startswith("https")
        # Loading the authorities costs more than a run on loopback; without TLS nobody asks them.
        self._tls: ssl.SSLContext | bool = ssl.create_default_context() if secure else False

    def send(self, request: Request) -> Response:
        """Send one request and read its reply, at most MOST_BYTES of it.

        Raises Failed when there is no reply: refused, timed out, cut before the headers.
        """
        client = self._client()
        start = time.perf_counter()
        try:
            built = httpx.Request(
                request.method,
                request.url,
                headers=[
                    (name.encode("ascii"), value.encode("latin-1"))
                    for name, value in request.headers
                ],
                content=request.content,
                extensions={"timeout": self._timeout.as_dict()},
            )
            reply = client.send(built, stream=True)
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
                for name, value in reply.extensions[_HEADERS]
            ),
            content=content,
            seconds=time.perf_counter() - start,
            cut=cut,
        )

    def close(self) -> None:
        """Close every connection."""
        with self._lock:
            for client in self._clients:
                client.close()
            self._clients.clear()

    def _client(self) -> httpx.Client:
        client: httpx.Client | None = getattr(self._local, "client", None)
        if client is None or client.is_closed:
            # A proxy of the environment must not swallow a mock on this machine.
            trust_env = not self.settings.on_this_machine
            try:
                client = httpx.Client(
                    verify=self._tls,
                    follow_redirects=False,
                    limits=httpx.Limits(max_connections=1, max_keepalive_connections=1),
                    trust_env=trust_env,
                    event_hooks={"response": [_keep_headers]},
                )
            except (httpx.InvalidURL, ValueError, ImportError) as error:
                raise Failed(f"the environment's proxy cannot be used: {error}", True) from error
            self._local.client = client
            with self._lock:
                self._clients.append(client)
        return client


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
