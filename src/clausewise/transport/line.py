"""One way to the target: one connection of httpcore's at a time, kept alive."""

from __future__ import annotations

import ssl

import httpcore

from clausewise.pack.settings import Settings
from clausewise.transport.network import Network
from clausewise.transport.proxies import proxy_of

# What httpcore raises: it has no name for all of it.
Failure = (
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.UnsupportedProtocol,
)
# A server closes a connection of which it hears nothing, often after five seconds.
_KEPT_FOR = 5.0


class Line:
    """Sends by one connection at a time. It knows no cookies, redirects or retries of requests."""

    def __init__(self, settings: Settings, tls: ssl.SSLContext | None, proxy: str | None) -> None:
        """`tls` says how a target's certificate is checked; None where none is asked for."""
        socks = proxy is not None and proxy.startswith("socks")
        self.network = Network(settings.read_seconds, holds_back=not socks)
        self._extensions = {
            "timeout": {
                "connect": settings.connect_seconds,
                "read": settings.read_seconds,
                "write": settings.read_seconds,
            }
        }
        # It knows which kind of connection a proxy takes. What else it does is for many at a time.
        self._pool = httpcore.ConnectionPool(
            ssl_context=tls,
            proxy=proxy_of(proxy, settings) if proxy is not None else None,
            keepalive_expiry=_KEPT_FOR,
            network_backend=self.network,
        )
        self._connection: httpcore.ConnectionInterface | None = None

    def send(
        self,
        method: str,
        url: httpcore.URL,
        headers: list[tuple[bytes, bytes]],
        content: bytes | None,
    ) -> httpcore.Response:
        """Send, once more where a kept connection turned out to be closed.

        A server may close one at any time, also just when a request goes out on it (RFC 9112,
        section 9.5). A new connection that is closed like that is the server's answer. The body of
        the reply is read as it is asked for. Raises one of `Failure`.
        """
        request = httpcore.Request(
            method, url, headers=headers, content=content, extensions=self._extensions
        )
        network = self.network
        network.begin()
        try:
            return self._to(url.origin).handle_request(request)
        except (httpcore.ReadError, httpcore.WriteError, httpcore.RemoteProtocolError):
            if network.connected or network.heard:
                raise
            return self._to(url.origin).handle_request(request)

    def _to(self, origin: httpcore.Origin) -> httpcore.ConnectionInterface:
        """The connection that was kept, if it can be used, or a new one."""
        kept = self._connection
        if kept is not None:
            if kept.can_handle_request(origin) and kept.is_available() and not kept.has_expired():
                return kept
            kept.close()
        self._connection = self._pool.create_connection(origin)
        return self._connection

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
