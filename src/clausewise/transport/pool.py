"""httpx's interface over httpcore's pool, with a network of our own: both by what they publish."""

from __future__ import annotations

import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import httpcore
import httpx


class PoolTransport(httpx.BaseTransport):
    """Sends by one connection at a time, kept alive. It knows no cookies, redirects or retries."""

    def __init__(
        self,
        network: httpcore.NetworkBackend,
        tls: ssl.SSLContext | None = None,
        proxy: httpcore.Proxy | None = None,
    ) -> None:
        """`tls` says how a target's certificate is checked; None where none is asked for."""
        self._pool = httpcore.ConnectionPool(
            ssl_context=tls,
            proxy=proxy,
            max_connections=1,
            max_keepalive_connections=1,
            keepalive_expiry=5.0,
            network_backend=network,
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; the body of the reply is read as it is asked for.

        Raises httpx.TransportError.
        """
        url = request.url
        with _as_of_httpx():
            reply = self._pool.handle_request(
                httpcore.Request(
                    request.method,
                    httpcore.URL(
                        scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
                    ),
                    headers=request.headers.raw,
                    content=request.stream,
                    extensions=request.extensions,
                )
            )
        return httpx.Response(
            reply.status,
            headers=reply.headers,
            stream=_Body(reply),
            extensions=reply.extensions,
        )

    def close(self) -> None:
        """Close the connection."""
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, reply: httpcore.Response) -> None:
        self._reply = reply

    def __iter__(self) -> Iterator[bytes]:
        assert isinstance(self._reply.stream, Iterable)
        with _as_of_httpx():
            yield from self._reply.stream

    def close(self) -> None:
        self._reply.close()


@contextmanager
def _as_of_httpx() -> Iterator[None]:
    """Errors of httpcore as those of httpx that have their names."""
    try:
        yield
    except tuple(_ERRORS) as error:
        kind = next(known for known in type(error).__mro__ if known in _ERRORS)
        raise _ERRORS[kind](str(error)) from error


_ERRORS: dict[type[Exception], type[httpx.TransportError]] = {
    getattr(httpcore, name): getattr(httpx, name)
    for name in (
        "ConnectTimeout", "ReadTimeout", "WriteTimeout", "PoolTimeout", "TimeoutException",
        "ConnectError", "ReadError", "WriteError", "NetworkError", "ProxyError",
        "UnsupportedProtocol", "LocalProtocolError", "RemoteProtocolError", "ProtocolError",
    )
}  # fmt: skip
