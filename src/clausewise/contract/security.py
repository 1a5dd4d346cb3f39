"""Security schemes: where a credential stands in a request (OpenAPI 3.1, section 4.8.27)."""

from __future__ import annotations

import re
from typing import Any, Literal

from msgspec import Struct

Place = Literal["header", "query", "cookie", "connection"]
# Schemes of the Authorization header whose credential is a word of the user's
# (IANA's registry of HTTP authentication schemes), in the case in which they are written.
_WORDS = {"basic": "Basic", "bearer": "Bearer", "digest": "Digest", "dpop": "DPoP", "hoba": "HOBA"}

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


class SecurityScheme(Struct, frozen=True):
    """One scheme of the document: its name there, and what of a request carries it.

    `word` is the scheme word of an Authorization header (`Bearer`), empty elsewhere. `parameter` is
    the name of the header, query parameter or cookie.
    """

    name: str
    place: Place
    parameter: str
    word: str = ""

    @property
    def is_basic(self) -> bool:
        """Whether the credential is a user and a password (RFC 7617)."""
        return self.word.lower() == "basic"

    def value_of(self, secret: str) -> str:
        """The value that carries a secret; of basic, the secret is `user:password`."""
        if self.is_basic:
            from base64 import b64encode

            return f"{self.word} {b64encode(secret.encode()).decode('ascii')}"
        return f"{self.word} {secret}" if self.word else secret


# What a probe sends in place of a credential: nobody was given it, and it may be shown.
MADE_UP = "clausewise-made-this-token-up-000000000000"
MADE_UP_USER = "clausewise-made-this-user-up"
# What one requirement asks for at once: all of these schemes (an empty one asks for nothing).
Requirement = tuple[SecurityScheme, ...]


def declared_in(document: dict[str, Any]) -> dict[str, Any]:
    """The security schemes that a document declares, by name, as it writes them."""
    components = document.get("components")
    listed = components.get("securitySchemes") if isinstance(components, dict) else None
    return listed if isinstance(listed, dict) else {}


def scheme_of(name: str, node: dict[str, Any]) -> SecurityScheme | None:
    """The scheme of a Security Scheme Object, or None where that is none that is known."""
    kind = node.get("type")
    if kind == "apiKey":
        place, parameter = node.get("in"), node.get("name")
        if place not in ("header", "query", "cookie") or not isinstance(parameter, str):
            return None
        word = ""
        if place == "header":
            # A header is named up to its colon: `Authorization: Bearer` has begun its value.
            parameter, _, word = (text.strip() for text in parameter.partition(":"))
            # What is no token (RFC 9110, section 5.6.2) goes over no wire.
            parameter = parameter if _TOKEN.fullmatch(parameter) else ""
        return SecurityScheme(name, place, parameter, word) if parameter else None
    if kind == "http":
        said = str(node.get("scheme", "bearer"))
        word = _WORDS.get(said.lower(), said)
        return SecurityScheme(name, "header", "Authorization", word)
    if kind in ("oauth2", "openIdConnect"):
        return SecurityScheme(name, "header", "Authorization", "Bearer")
    if kind == "mutualTLS":
        return SecurityScheme(name, "connection", "")
    return None
