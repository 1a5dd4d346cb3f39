"""Names that tell a secret: of headers and of query parameters, and what such a header holds."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache

_SECRET_HEADERS = {"authorization", "proxy-authorization", "cookie", "set-cookie"}
_REMARKABLE = ("secret", "token", "api-key", "apikey", "password", "passwd", "credential")
# The same as whole words of a name; `Idempotency-Key` is none, nor is `WWW-Authenticate`.
_WORDS = {"auth", "jwt", "signature", "pwd"}
_KEYS = {"access-key", "auth-key", "private-key", "secret-key", "subscription-key", "x-key"}
_PARAMETERS = {"auth", "authorization", "hmac", "jwt", "pwd", "sas", "sig", "signature"}

# The same headers come with every message: so many names are remembered.
_MOST_NAMES = 512

# Tokens of this kind only say where to go on.
_HARMLESS = ("page", "next", "cursor", "continuation", "sync")


@lru_cache(_MOST_NAMES)
def is_secret_header(name: str) -> bool:
    """Whether a header of this name holds a secret, as far as its name tells."""
    lower = name.lower().replace("_", "-")
    return not lower.startswith("access-control-") and (
        lower in _SECRET_HEADERS
        or any(word in lower for word in _REMARKABLE)
        or any(lower.endswith(key) for key in _KEYS)
        or bool(_WORDS & set(lower.split("-")))
    )


def is_secret_parameter(name: str) -> bool:
    """Whether a query parameter of this name holds a secret, as far as its name tells."""
    lower = name.lower().replace("_", "-")
    if any(word in lower for word in _HARMLESS):
        return False
    return (
        lower in _PARAMETERS
        or any(word in lower for word in _REMARKABLE)
        or any(lower.endswith(key) for key in (*_KEYS, "-signature", "accesskeyid"))
        or lower == "key"
    )


def credentials_in(name: str, value: str) -> Iterator[str]:
    """The secrets of one header: what follows the scheme, what Basic says, each cookie's value."""
    if "cookie" in name.lower():
        pairs = value.split(";")[:1] if name.lower() == "set-cookie" else value.split(";")
        yield from (pair.partition("=")[2].strip().strip('"') for pair in pairs)
        return
    scheme, _, rest = value.partition(" ")
    secret = rest.strip() if "auth" in name.lower() and rest else value
    yield secret
    if scheme.lower() == "basic":
        with suppress(ValueError):
            said = base64.b64decode(rest, validate=True).decode()
            yield from (said, said.partition(":")[2])
