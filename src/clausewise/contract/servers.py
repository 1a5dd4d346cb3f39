"""Server objects: where operations are served (OpenAPI 3.1, section 4.8.5)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit


def servers_of(node: dict[str, Any]) -> tuple[str, ...]:
    """The URLs of `servers`, with the defaults of their variables."""
    listed = node.get("servers")
    urls = []
    for server in listed if isinstance(listed, list) else ():
        if not isinstance(server, dict) or not isinstance(server.get("url"), str):
            continue
        url = server["url"]
        variables = server.get("variables")
        for name, variable in variables.items() if isinstance(variables, dict) else ():
            if isinstance(variable, dict) and "default" in variable:
                url = url.replace(f"{{{name}}}", str(variable["default"]))
        urls.append(url)
    return tuple(urls)


def server_path(url: str) -> str:
    """The path of a server, without a slash at its end."""
    return urlsplit(url).path.rstrip("/")


def on_another_host(servers: tuple[str, ...], documents: tuple[str, ...]) -> str | None:
    """The host of an operation's own server, where the document's servers are on other ones."""
    if not documents:  # then only the user knows where it is served
        return None
    hosts = {urlsplit(url).netloc for url in documents} | {""}
    own = [urlsplit(url).netloc for url in servers]
    return next(iter(own), None) if own and not any(host in hosts for host in own) else None


def own_path(servers: tuple[str, ...], documents: tuple[str, ...]) -> str:
    """The path of the first of an operation's own servers that is on the document's host."""
    hosts = {urlsplit(url).netloc for url in documents} | {""}
    here = (server_path(url) for url in servers if not documents or urlsplit(url).netloc in hosts)
    return next(here, "")


def moved(base_url: str, documents: tuple[str, ...], path: str) -> str:
    """A base URL with another server's path in place of the document's.

    What stands before the document's path, a gateway's prefix say, stays.
    """
    if not documents:
        return base_url if base_url.endswith(path) else base_url + path
    known = sorted({server_path(url) for url in documents}, key=len, reverse=True)
    for end in known:
        if end and base_url.endswith(end):
            return base_url.removesuffix(end) + path
    parts = urlsplit(base_url)
    return f"{parts.scheme}://{parts.netloc}{path}"
