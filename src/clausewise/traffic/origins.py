"""Which recorded URLs are those of an API: recordings of browsers have those of others as well.

A URL whose whole path is one of the contract's, below the path of a server or without that, is of
the API on every host: staging and gateways are others than the documented ones. Where something
stands before it (`https://cdn.example/assets/lamps/7`), more must tell: that the host is a server's
and the server's path stands there too; that there is no host, as in logs of one's own gateway; or
the user, who names the base URL.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from clausewise.contract import Contract
from clausewise.contract.matching import MatchedOperation
from clausewise.errors import UsageError

_VARIABLE = re.compile(r"\{[^{}]*\}")
# A segment of a path that looks like this is a value, not a word.
_VALUE = re.compile(r"^(?!v\d+$).*\d|^[^/]{25,}$")
_LONGEST_PATH = 200
_ANY_HOST = r"(?:(?:[A-Za-z][A-Za-z0-9+.-]*:)?//[^/?#]*)?"
_PORT = re.compile(r":\d*$")


class OperationsByUrl:
    """Finds the operations of a contract by the URLs of exchanges that anybody recorded."""

    def __init__(self, contract: Contract, base_urls: Iterable[str]) -> None:
        """`base_urls` are where the API is served beside its documented servers.

        Raises UsageError for one that has no scheme or no host.
        """
        self._contract = contract
        self.base_urls = tuple(base_urls)
        for url in self.base_urls:
            if not _is_absolute(url):
                raise UsageError(f"--base-url {url} is no URL such as https://host.example/path")
        own = [url for operation in contract.operations.values() for url in operation.servers]
        with_host = dict.fromkeys(url for url in (*contract.servers, *own) if _has_host(url))
        paths = dict.fromkeys(path for url in own if (path := _path_of(url)))
        self._bases = [
            *(_base(url) for url in self.base_urls),
            *(re.compile(rf"{_ANY_HOST}/{_literal(path)}(?=/)") for path in paths),
            *(_base(url, r"(?:/[^?#]*)?") for url in with_host if _path_of(url)),
        ]
        self._hosts = [_base(url) for url in with_host if not _path_of(url)]

    def match(self, method: str, url: str) -> MatchedOperation | None:
        """The operation that a recorded URL asks of this API; None for none.

        Raises ValueError for a URL whose host cannot be one.
        """
        match = self._contract.match
        found = match(method, url, anywhere=False)
        if found is not None:
            return found
        for base in self._bases:
            below = base.match(url)
            if below is not None:
                rest = url[below.end() :]
                found = match(method, rest if rest[:1] == "/" else f"/{rest}", anywhere=False)
                if found is not None:
                    return found
        is_ours = not _is_absolute(url) or any(host.match(url) for host in self._hosts)
        return match(method, url) if is_ours else None

    def elsewhere(self, method: str, url: str) -> str | None:
        """What would have to be a base URL for a URL, which `match` does not find, to be ours.

        Values in its path are left out. None for a URL that ends like no operation either.
        """
        found = self._contract.match(method, url)
        if found is None or not _is_absolute(url):
            return None
        parts = urlsplit(url)
        before = parts.path.split("/")[: -found.operation.path.count("/")]
        path = shape_of("/".join(before)) if any(before) else ""
        return f"{parts.scheme}{':' * bool(parts.scheme)}//{_host_of(url)}{path}"


def shape_of(path: str) -> str:
    """A path without the values in it: those are somebody's, and there is no end of them."""
    parts = path[:_LONGEST_PATH].split("/")
    return "/".join("{}" if _VALUE.search(part) else part for part in parts) or "/"


def _has_host(server: str) -> bool:
    """Whether a server has a host, one that is no mere variable."""
    return bool(_is_absolute(server) and re.search(r"\w", _VARIABLE.sub("", _host_of(server))))


def _is_absolute(url: str) -> bool:
    if url[:1] == "/" and url[:2] != "//":
        return False
    try:
        return bool(urlsplit(url).netloc)
    except ValueError:  # a host that is none
        return False


def _host_of(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2]


def _path_of(url: str) -> str:
    return urlsplit(url).path.strip("/")


def _base(url: str, before: str = "") -> re.Pattern[str]:
    """What URLs below a base URL begin with, by any scheme; `before` may stand before its path."""
    parts = urlsplit(url)
    host, port = _host_of(url), r"(?::(?:80|443))?"
    if found := _PORT.search(host):
        host = host[: found.start()]
        if found.group() not in (":", ":80", ":443"):
            port = found.group()
    path = parts.path.rstrip("/")
    return re.compile(
        rf"(?:[A-Za-z][A-Za-z0-9+.-]*:)?//(?:[^/?#@]*@)?(?i:{_literal(host)}){port}"
        rf"{before}{_literal(path)}(?=[/?#]|$)"
    )


def _literal(text: str) -> str:
    pieces = (re.escape(piece) for piece in _VARIABLE.split(text))
    return "[^/?#]+".join(pieces)
