"""Slashes: a server may lead from a path to the same one with, or without, a slash at its end.

Frameworks do so where a document has the one and the routes have the other. It is followed where
the request stays what it is (RFC 9110, section 15.4): by GET and HEAD, and by whatever else where
the status is 307 or 308. Never to another host or scheme, since a credential goes along.
"""

from __future__ import annotations

from urllib.parse import unquote, urljoin, urlsplit

from msgspec.structs import replace

from clausewise.exchange import Request, Response
from clausewise.record.ledger import Entry

FOLLOWED = "a redirect to the same path but for a slash at its end, which is followed"
_KEEPS_METHOD = (307, 308)
_LEADS = (301, 302, *_KEEPS_METHOD)


def led_on(request: Request, response: Response | None) -> Request | None:
    """The request that a redirect leads to, where it differs by that slash alone; else None."""
    location = response.header("location") if response is not None else None
    if response is None or location is None or response.status not in _LEADS:
        return None
    if request.method not in ("GET", "HEAD") and response.status not in _KEEPS_METHOD:
        return None
    there = _same_but_for_path(request, location)
    led = there is not None and there == unquote(with_other_slash(urlsplit(request.url).path))
    return replace(request, url=other_url(request.url)) if led else None


def _same_but_for_path(request: Request, location: str) -> str | None:
    """The path that a redirect leads to, unquoted; None where it leads to something else, too."""
    try:
        here, there = urlsplit(request.url), urlsplit(urljoin(request.url, location))
    except ValueError:
        return None
    if (here.scheme, here.netloc.lower()) != (there.scheme, there.netloc.lower()):
        return None
    return unquote(there.path) if unquote(here.query) == unquote(there.query) else None


def leads_round(entry: Entry) -> bool:
    """Whether a request is led by 307 or 308 to where it is, but perhaps for a slash, and no more.

    The address is right, and the redirect is the operation's own answer.
    """
    request, response = entry.exchange.request, entry.exchange.response
    location = response.header("location") if response is not None else None
    if entry.exchange.status not in _KEEPS_METHOD or location is None:
        return False
    there = _same_but_for_path(request, location)
    here = unquote(urlsplit(request.url).path)
    return there is not None and there.rstrip("/") == here.rstrip("/")


def other_url(url: str) -> str:
    """A URL whose path ends with a slash where it did not, or without one where it did."""
    path, mark, query = url.partition("?")
    return f"{with_other_slash(path)}{mark}{query}"


def with_other_slash(path: str) -> str:
    """A path with a slash at its end, or without the one that it has."""
    return path[:-1] if path.endswith("/") else f"{path}/"
