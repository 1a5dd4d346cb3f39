"""The URLs that a user gives: of a target, and of a proxy."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

from clausewise.errors import UsageError


def is_loopback(url: str) -> bool:
    """Whether a URL's host is this machine."""
    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def checked_proxy(url: str | None, where: str) -> str | None:
    """The URL of a proxy, None where none is given. Raises UsageError for what is none."""
    if url is None:
        return None
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https", "socks5") and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise UsageError(f"{where}: proxy takes a URL such as http://proxy.example.net:3128")
    return url


def without_credentials(url: str) -> str:
    """A proxy's URL without the user name and the password in it."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2].rstrip('/')}"


def checked_url(url: str, where: str) -> str:
    """The URL of a target without a slash at its end. Raises UsageError, which shows no secret."""
    import httpx  # runs in this process get by without it

    # What is wrong may be, or hide, a password: no more is repeated than scheme and host.
    shown = _readable(url)
    try:
        parts = urlsplit(url)
        port = parts.port
        httpx.URL(url)
    except (ValueError, httpx.InvalidURL) as error:
        why = f": {error}" if shown == repr(url) else ""
        raise UsageError(f"{where} {shown} is no URL{why}") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise UsageError(
            f"{where} takes an http or https URL such as http://127.0.0.1:8080, not {shown}"
        )
    if parts.netloc.endswith(":"):
        raise UsageError(f"{where} {shown} has no port behind its colon: is a variable empty?")
    if "@" in url:
        raise UsageError(f"{where} has a user name or password in it; use --header instead")
    if parts.query or parts.fragment or url.endswith(("?", "#")):
        raise UsageError(f"{where} {shown} has a query or a fragment; paths go after it")
    if not url.isprintable() or " " in url:
        raise UsageError(f"{where} {shown} has characters that no URL may have")
    return url.rstrip("/")


def _readable(url: str) -> str:
    """A URL for an error message: without what may be a password, a query or a fragment."""
    before, at, after = url.rpartition("@")
    scheme, colon, _ = before.partition("://")
    bare = f"{scheme}://…@{after}" if colon else f"…@{after}" if at else url
    shown, *hidden = re.split(r"([?#])", bare, maxsplit=1)
    return repr(f"{shown}{hidden[0]}…" if hidden and hidden[1] else bare)
