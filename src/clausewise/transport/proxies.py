"""By which proxy a target is asked: that of a profile, or the environment's."""

from __future__ import annotations

import ssl
from importlib.util import find_spec
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpcore
import httpx

from clausewise.pack.certificates import context_of
from clausewise.pack.settings import Settings, Tls
from clausewise.transport.target import Failed


def proxy_url(settings: Settings) -> str | None:
    """The URL of the proxy by which a target is asked; None where it is asked directly.

    No proxy of the environment may swallow a mock on this machine.
    """
    if settings.proxy is not None:
        return settings.proxy
    if settings.on_this_machine:
        return None
    target = urlsplit(settings.origin)
    known = getproxies()
    named = known.get(target.scheme) or known.get("all")
    # As `curl` has it: with its port, or without.
    if not named or proxy_bypass(target.netloc) or proxy_bypass(target.hostname or ""):
        return None
    return named if "://" in named else f"http://{named}"


def proxy_of(url: str, settings: Settings) -> httpcore.Proxy:
    """A proxy as httpcore takes it. Raises Failed for what is none.

    What a profile says of the target's certificate holds for the target, not for its proxy.
    """
    whose = "the environment's" if settings.proxy is None else "the profile's"
    try:
        read = httpx.Proxy(url)
    except (httpx.InvalidURL, ValueError) as error:
        raise Failed(f"{whose} proxy cannot be used: {error}", True) from error
    if read.url.scheme.startswith("socks") and find_spec("socksio") is None:
        # httpcore says so when it connects, and then as any program that has no such module.
        problem = "SOCKS takes one more package (`pip install 'httpx[socks]'`)"
        raise Failed(f"{whose} proxy cannot be used: {problem}", True)
    tls: ssl.SSLContext | None = None
    if read.url.scheme == "https":
        tls = context_of(Tls(ca_bundle=settings.tls.ca_bundle))
    raw = read.url
    return httpcore.Proxy(
        httpcore.URL(scheme=raw.raw_scheme, host=raw.raw_host, port=raw.port, target=raw.raw_path),
        auth=read.raw_auth,
        headers=read.headers.raw,
        ssl_context=tls,
    )
