"""One way to the target: one connection at a time, kept alive."""

from __future__ import annotations

import ssl

import httpcore

from clausewise.pack.settings import Settings
from clausewise.transport.direct import KEPT_FOR, Direct, DirectReply, DirectRequest
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


class Line:
    """Sends by one connection at a time. It knows no cookies, redirects or retries of requests."""

    def __init__(self, settings: Settings, tls: ssl.SSLContext | None, proxy: str | None) -> None:
        """`tls` says how a target's certificate is checked; None where none is asked for."""
        socks = proxy is not None and proxy.startswith("socks")
        self.network = Network(settings.read_seconds, holds_back=not socks)
        self._way: Direct | _ByProxy
        if proxy is None:
            self._way = Direct(self.network, tls, settings.connect_seconds)
        else:
            self._way = _ByProxy(self.network, tls, proxy_of(proxy, settings), settings)

    def send(self, asked: DirectRequest) -> DirectReply:
        """Send, once more where a kept connection turned out to be closed.

        A server may close one at any time, also just when a request goes out on it (RFC 9112,
        section 9.5). A new connection that is closed like that is the server's answer. The body of
        the reply is read as it is asked for. Raises one of `Failure`.
        """
        network = self.network
        network.begin()
        try:
            return self._way.ask(asked)
        except (httpcore.ReadError, httpcore.WriteError, httpcore.RemoteProtocolError):
            if network.connected or network.heard:
                raise
            return self._way.ask(asked)

    def close(self) -> None:
        """Close the connection."""
        self._way.close()


class _ByProxy:
    """One connection of httpcore's at a time, as a proxy takes it."""

    def __init__(
        self,
        network: Network,
        tls: ssl.SSLContext | None,
        proxy: httpcore.Proxy,
        settings: Settings,
    ) -> None:
        self._extensions = {
            "timeout": {
                "connect": settings.connect_seconds,
                "read": settings.read_seconds,
                "write": settings.read_seconds,
            }
        }
        # It knows which kind of connection a proxy takes. What else it does is for many at a time.
        self._pool = httpcore.ConnectionPool(
            ssl_context=tls, proxy=proxy, keepalive_expiry=KEPT_FOR, network_backend=network
        )
        self._connection: httpcore.ConnectionInterface | None = None

    def ask(self, asked: DirectRequest) -> DirectReply:
        """Send a request and read the head of its reply. Raises what httpcore raises."""
        scheme, host, port, _ = asked.address
        url = httpcore.URL(scheme=scheme, host=host, port=port, target=asked.target)
        request = httpcore.Request(
            asked.method, url,
            headers=asked.written_headers, content=asked.content, extensions=self._extensions,
        )  # fmt: skip
        reply = self._to(url.origin).handle_request(request)
        return DirectReply(
            reply.status,
            tuple(
                [(name.decode("latin-1"), said.decode("latin-1")) for name, said in reply.headers]
            ),
            reply.iter_stream(),
            reply.close,
            reply.extensions["reason_phrase"],
        )

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
