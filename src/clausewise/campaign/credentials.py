"""The credential of a request, where its schemes carry one: ours, none, or a made-up one."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import zip_longest

from msgspec import Struct

from clausewise.contract import Operation
from clausewise.contract.security import MADE_UP, MADE_UP_USER, Requirement, SecurityScheme
from clausewise.pack.settings import Settings
from clausewise.plan.cases import ALONE, MISSING, Credential

Pairs = tuple[tuple[str, str], ...]


class Carried(Struct, frozen=True):
    """What carries a credential: headers, query parameters and cookies, as they are written."""

    headers: Pairs = ()
    query: Pairs = ()
    cookies: Pairs = ()

    @property
    def query_names(self) -> set[str]:
        """The names of the query parameters."""
        return {name for name, _ in self.query}

    @property
    def cookie_names(self) -> set[str]:
        """The names of all cookies, those in a Cookie header included."""
        texts = [value for name, value in self.headers if name.lower() == "cookie"]
        return {name for name, _ in self.cookies} | {n for t in texts for n, _ in _cookies(t)}


def carried(operation: Operation, credential: Credential, settings: Settings) -> Carried:
    """What a request carries for its credential, the user's own headers included.

    Without a credential, and with a made-up one, everything is left out that any alternative of
    the operation names, however the user gave it (`--auth`, a profile, `--header`).
    """
    if credential == "ours":
        return _ours(operation, settings)
    kept = _without(operation.schemes, settings.headers)
    if credential == "none":
        return Carried(kept)
    if credential in ALONE:
        return _all_of(operation.security[ALONE.index(credential)], kept, settings)
    requirement = _chosen(operation, settings) or next(iter(operation.security), ())
    if credential in MISSING:
        if requirement != operation.combined:
            return Carried(kept)  # of another alternative, all is left out
        paired = zip_longest(MISSING, requirement)
        others = [one for missing, one in paired if one is not None and missing != credential]
        return _all_of(others, kept, settings)
    if credential == "wrong":
        return _with(kept, [(scheme, scheme.value_of(_made_up(scheme))) for scheme in requirement])
    values = [(scheme, _near(scheme, credential, settings)) for scheme in requirement]
    return _with(kept, [(scheme, value) for scheme, value in values if value is not None])


def _all_of(schemes: Iterable[SecurityScheme], kept: Pairs, settings: Settings) -> Carried:
    """What the user gave for these schemes, beside the headers that are `kept`."""
    found = [
        (scheme, _secret(scheme, settings) or _secret_in(scheme, settings.headers))
        for scheme in schemes
    ]
    return _with(kept, [(one, one.value_of(text)) for one, text in found if text is not None])


def _near(scheme: SecurityScheme, credential: Credential, settings: Settings) -> str | None:
    """The value of a near miss; of what it cannot be made of, a made-up one."""
    ours = _secret(scheme, settings) or _secret_in(scheme, settings.headers)
    if ours is None:
        return None if scheme.place == "connection" else scheme.value_of(_made_up(scheme))
    if credential == "longer":
        return scheme.value_of(f"{ours}x")
    if credential == "other case":
        return scheme.value_of(ours.swapcase() if ours.swapcase() != ours else f"{ours}x")
    if credential == "other user" and scheme.is_basic:
        return scheme.value_of(f"{MADE_UP_USER}:{ours.partition(':')[2]}")
    return scheme.value_of(ours).partition(" ")[2] if scheme.word else scheme.value_of(f"{ours}x")


def _secret_in(scheme: SecurityScheme, headers: Pairs) -> str | None:
    """The secret that a header of the user's own carries for a scheme."""
    for name, value in headers:
        if scheme.place == "header" and name.lower() == scheme.parameter.lower():
            secret = value.partition(" ")[2] if scheme.word else value
            return _decoded(secret) if scheme.is_basic else secret
        if scheme.place == "cookie" and name.lower() == "cookie":
            return dict(_cookies(value)).get(scheme.parameter)
    return None


def _decoded(text: str) -> str:
    from base64 import b64decode

    try:
        return b64decode(text).decode()
    except ValueError:
        return text


def _ours(operation: Operation, settings: Settings) -> Carried:
    requirement = _chosen(operation, settings)
    if requirement is not None:
        secrets = [(scheme, _secret(scheme, settings)) for scheme in requirement]
        known = [(scheme, scheme.value_of(s)) for scheme, s in secrets if s is not None]
        return _with(settings.headers, known)
    given = {name.lower() for name, _ in settings.headers}
    if settings.token is not None and "authorization" not in given:
        return Carried((*settings.headers, ("Authorization", f"Bearer {settings.token}")))
    return Carried(settings.headers)


def _chosen(operation: Operation, settings: Settings) -> Requirement | None:
    """The first alternative for which the user gave everything; None where there is none.

    Else the first for which nothing but a certificate of the connection is not given: something on
    the way may have it, and nobody may ask for it here.
    """
    by_requests = [
        tuple(scheme for scheme in requirement if scheme.place != "connection")
        for requirement in operation.security
    ]
    alternatives = (*operation.security, *by_requests)
    return next((one for one in alternatives if one and is_given(one, settings)), None)


def is_given(requirement: Requirement, settings: Settings) -> bool:
    """Whether the user gave all that one alternative asks for."""
    return all(_is_given(scheme, settings) for scheme in requirement)


def _is_given(scheme: SecurityScheme, settings: Settings) -> bool:
    if scheme.place == "connection":
        return settings.tls.client_certificate is not None
    return _secret(scheme, settings) is not None or _is_in_headers(scheme, settings.headers)


def _secret(scheme: SecurityScheme, settings: Settings) -> str | None:
    """The user's secret for a scheme, where it is not in a header of the user's own."""
    if scheme.name in settings.credentials:
        return settings.credentials[scheme.name]
    if _is_in_headers(scheme, settings.headers):
        return None
    takes_tokens = scheme.parameter == "Authorization" and not scheme.is_basic
    return settings.token if takes_tokens else None


def _is_in_headers(scheme: SecurityScheme, headers: Iterable[tuple[str, str]]) -> bool:
    if scheme.place == "header":
        return any(name.lower() == scheme.parameter.lower() for name, _ in headers)
    if scheme.place == "cookie":
        return any(
            name.lower() == "cookie" and scheme.parameter in dict(_cookies(value))
            for name, value in headers
        )
    return False


def _made_up(scheme: SecurityScheme) -> str:
    return f"{MADE_UP_USER}:{MADE_UP}" if scheme.is_basic else MADE_UP


def without(given: Carried, parameters: Iterable[tuple[str, str]]) -> Carried:
    """What is carried but for these parameters, each a location and a name."""
    listed = list(parameters)
    headers = {name.lower() for location, name in listed if location == "header"}
    queries = {name for location, name in listed if location == "query"}
    cookies = {name for location, name in listed if location == "cookie"}
    return Carried(
        _left(given.headers, headers, cookies),
        tuple(pair for pair in given.query if pair[0] not in queries),
        tuple(pair for pair in given.cookies if pair[0] not in cookies),
    )


def _with(headers: Pairs, values: Iterable[tuple[SecurityScheme, str]]) -> Carried:
    more: dict[str, list[tuple[str, str]]] = {"header": [], "query": [], "cookie": []}
    for scheme, value in values:
        if scheme.place != "connection":
            more[scheme.place].append((scheme.parameter, value))
    taken = {name.lower() for name, _ in more["header"]}
    kept = tuple(pair for pair in headers if pair[0].lower() not in taken)
    return Carried((*kept, *more["header"]), tuple(more["query"]), tuple(more["cookie"]))


def _without(schemes: Iterable[SecurityScheme], headers: Pairs) -> Pairs:
    """The user's headers without what any of the schemes names."""
    names = {scheme.parameter.lower() for scheme in schemes if scheme.place == "header"}
    cookies = {scheme.parameter for scheme in schemes if scheme.place == "cookie"}
    return _left(headers, names, cookies)


def _left(headers: Pairs, names: set[str], cookies: set[str]) -> Pairs:
    """Headers without those of these names (in lower case) and without these cookies."""
    kept = []
    for name, value in headers:
        if name.lower() in names:
            continue
        if name.lower() == "cookie" and cookies:
            value = "; ".join(f"{k}={v}" for k, v in _cookies(value) if k not in cookies)
            if not value:
                continue
        kept.append((name, value))
    return tuple(kept)


def _cookies(text: str) -> list[tuple[str, str]]:
    pairs = [part.strip().partition("=") for part in text.split(";") if part.strip()]
    return [(name, value) for name, _, value in pairs]
