"""Serving an ASGI application over HTTP."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from clausewise.errors import UsageError

if TYPE_CHECKING:
    import uvicorn

# Seconds; a start that fails ends at once, so this only ends one that hangs.
_PATIENCE = 60.0


def serve(
    app: Any, host: str = "127.0.0.1", port: int = 0, ready: Callable[[str], None] | None = None
) -> None:
    """Serve until Ctrl-C or SIGTERM; port 0 takes a free one.

    `ready` is called with the base URL as soon as requests are taken. Raises UsageError when the
    address cannot be had.
    """
    with _listening(host, port) as listener:
        server = _server(app)
        if ready is not None:
            ready(_base_url(listener))
        # Uvicorn ends in order first and raises this afterwards.
        with contextlib.suppress(KeyboardInterrupt):
            server.run(sockets=[listener])


@contextlib.contextmanager
def running(app: Any, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """Serve from a thread for as long as the block lasts; gives the base URL.

    Raises UsageError when the address cannot be had, RuntimeError when the server does not start.
    """
    with _listening(host, port) as listener:
        server = _server(app)
        thread = threading.Thread(
            target=server.run, kwargs={"sockets": [listener]}, name="clausewise-mock", daemon=True
        )
        thread.start()
        try:
            _wait_for(server, thread)
            yield _base_url(listener)
        finally:
            server.should_exit = True
            thread.join(_PATIENCE)


def _server(app: Any) -> uvicorn.Server:
    # Imported here: only who serves pays for it.
    import uvicorn

    return uvicorn.Server(
        uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            lifespan="off",
            ws="none",
            timeout_graceful_shutdown=3,
        )
    )


def _listening(host: str, port: int) -> socket.socket:
    if not 0 <= port <= 65_535:
        raise UsageError(f"{port} is no port; port 0 takes a free one")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio turns Nagle's algorithm off only where the protocol is named: without it, every reply
    # waits 40 ms for an acknowledgement.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(2048)
        return listener
    except OSError as problem:
        listener.close()
        raise UsageError(
            f"cannot listen on {host} port {port}: {problem.strerror}; port 0 takes a free one"
        ) from problem


def _base_url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _wait_for(server: uvicorn.Server, thread: threading.Thread) -> None:
    end = time.monotonic() + _PATIENCE
    while not server.started:
        if not thread.is_alive() or time.monotonic() > end:
            raise RuntimeError("the server did not start")
        time.sleep(0.005)
