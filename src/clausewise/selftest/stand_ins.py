"""Credentials of a self-test: what the target takes, by security scheme."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl

from clausewise.contract import Operation
from clausewise.contract.security import SecurityScheme
from clausewise.pack import Pack
from clausewise.pack.credentials import schemes_of

# No secrets: they open nothing but a target in this process.
_STAND_IN = "Stand-In-of-the-self-test-0000"
_USER = "stand-in"


def stand_ins(pack: Pack) -> dict[str, str]:
    """The secret of each scheme of a pack's contract: that of its mock, else one for all."""
    token = pack.credential.stand_in if pack.credential else None
    return {
        scheme.name: token or (f"{_USER}:{_STAND_IN}" if scheme.is_basic else _STAND_IN)
        for scheme in schemes_of(pack.contract).values()
        if scheme.place != "connection"
    }


def is_authorized(
    operation: Operation,
    secrets: Mapping[str, str],
    header: Callable[[str], str | None],
    query: str,
) -> bool:
    """Whether a request carries all that one of the alternatives asks for.

    `header` gives the text of a header by its name in lower case; `query` is that of the URL.
    """

    def carries(scheme: SecurityScheme) -> bool:
        if scheme.place == "connection":
            return True  # that there is a connection says it
        if scheme.place == "header":
            sent = header(scheme.parameter.lower())
        elif scheme.place == "query":
            sent = dict(parse_qsl(query)).get(scheme.parameter)
        else:
            sent = _cookies(header("cookie") or "").get(scheme.parameter)
        return sent == scheme.value_of(secrets[scheme.name])

    return not operation.secured or any(
        all(map(carries, requirement)) for requirement in operation.security
    )


def _cookies(text: str) -> dict[str, str]:
    pairs = (part.strip().partition("=") for part in text.split(";"))
    return {name: value for name, _, value in pairs}
