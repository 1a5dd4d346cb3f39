"""Bearer tokens (RFC 6750)."""

from __future__ import annotations

from collections.abc import Sequence
from hmac import compare_digest

from clausewise.mock.call import Refused


def authenticate(header: str | None, tokens: Sequence[str]) -> None:
    """Check an Authorization header against the accepted tokens. Raises Refused with 401."""
    if header is None:
        raise _unauthorized("the Authorization header is missing")
    scheme, _, token = header.partition(" ")
    # The scheme's case does not matter (RFC 9110, section 11.1).
    if scheme.lower() != "bearer":
        raise _unauthorized("the Authorization header is not of the form `Bearer TOKEN`")
    given = token.strip(" ").encode("latin-1", "replace")
    known = False
    for accepted in tokens:
        # Every token is compared, and in constant time: how long it takes tells nothing.
        known |= compare_digest(given, accepted.encode())
    if not known:
        raise _unauthorized("the token is not a valid one")


def _unauthorized(message: str) -> Refused:
    # A 401 carries a challenge (RFC 9110, section 15.5.2).
    return Refused(401, message, {"www-authenticate": "Bearer"})
