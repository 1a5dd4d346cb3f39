"""Credentials that a user gives, by the security scheme of the document that takes each.

Some stand in the environment as they are; others are fetched with what stands there, by a run.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

from msgspec import Struct

from clausewise.contract import Contract
from clausewise.contract.runtime import is_expression
from clausewise.contract.security import SecurityScheme
from clausewise.errors import UsageError

# What `credentials: SCHEME:` may say: where the secret stands in the environment.
FORMS = (
    "{env: VARIABLE}, {user_env: VARIABLE, password_env: VARIABLE}, {client_id_env: VARIABLE, "
    "client_secret_env: VARIABLE, token_url: URL, scopes: TEXT} or {login: OPERATION, values: "
    "{POINTER: {env: VARIABLE}}, take: EXPRESSION}"
)
_GRANT = {"client_id_env", "client_secret_env", "token_url"}
_LOGIN = {"login", "values", "take"}


class ClientCredentials(Struct, frozen=True):
    """A token that a client gets for itself (RFC 6749, section 4.4); `variable` names it."""

    client_id: str
    client_secret: str
    token_url: str
    scopes: str
    variable: str

    @property
    def host(self) -> str:
        """The host that the client's secret goes to."""
        return urlsplit(self.token_url).hostname or ""


class Login(Struct, frozen=True):
    """A token that an operation of the contract gives; `take` says where, as an expression.

    `values` are what it is asked with, by part and pointer. `variable` names the token.
    """

    operation: str
    values: tuple[tuple[str, str, str], ...]
    take: str
    variable: str


Fetched = ClientCredentials | Login


def fits_a_header(value: str) -> bool:
    """Whether a header may have this value: Latin-1 without controls (RFC 9110, section 5.5)."""
    return value.isprintable() and all(ord(character) < 256 for character in value)


def schemes_of(contract: Contract) -> dict[str, SecurityScheme]:
    """Every security scheme that some operation asks for, by its name in the document."""
    schemes: dict[str, SecurityScheme] = {}
    for operation in contract.operations.values():
        for scheme in operation.schemes:
            schemes.setdefault(scheme.name, scheme)
    return schemes


def credentials_given(
    contract: Contract,
    declared: Mapping[str, Any],
    options: Iterable[str],
    environment: Mapping[str, str],
    base_url: str | None,
) -> tuple[dict[str, str], dict[str, str], dict[str, Fetched]]:
    """The secrets by scheme, for each secret the variable it came from, and what is to be fetched.

    `declared` is `credentials` of clausewise.yaml or of a profile; `options` are those of `--auth`,
    each `SCHEME=env:VARIABLE`, and go first. `base_url` is the target's, if it has one. What is for
    a scheme that no operation asks for is a secret without a scheme. Raises UsageError for a scheme
    that the document does not have, a form that is none, or a variable that is not set.
    """
    schemes = schemes_of(contract)
    sources: dict[str, tuple[str, ...]] = {}
    fetched: dict[str, Fetched] = {}
    names: dict[str, str] = {}
    for name, node in declared.items():
        _must_be_known(name, contract, "credentials")
        if isinstance(node, dict) and ("token_url" in node or "login" in node):
            fetched[name] = _fetched(contract, name, node, environment, names, base_url)
        else:
            sources[name] = _variables_of(name, node)
    for name, variable in variables_named(contract, options):
        sources[name] = (variable,)
        fetched.pop(name, None)
    secrets: dict[str, str] = {}
    for name, variables in sources.items():
        parts = [_read(name, variable, environment) for variable in variables]
        secret = ":".join(parts)
        for part, variable in zip((*parts, secret), (*variables, variables[-1]), strict=True):
            names.setdefault(part, variable)
        if name not in schemes:
            continue  # nobody is sent it
        secrets[name] = secret
        # Of a user and a password, what goes over the wire is a secret as well (RFC 7617).
        names.setdefault(schemes[name].value_of(secret).rpartition(" ")[2], variables[-1])
    return secrets, names, {name: how for name, how in fetched.items() if name in schemes}


def variables_named(contract: Contract, options: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The security schemes and variables that `--auth SCHEME=env:VARIABLE` names.

    Raises UsageError for a form that is none, and a scheme that the document does not have.
    """
    for text in options:
        name, _, source = text.partition("=")
        kind, _, variable = source.partition(":")
        if not name or kind != "env" or not variable:
            # What stands there may be a secret: it is not repeated.
            raise UsageError(
                "--auth takes SCHEME=env:VARIABLE; the secret itself stands in VARIABLE"
            )
        _must_be_known(name, contract, "--auth")
        yield name, variable


def _fetched(
    contract: Contract,
    name: str,
    node: Mapping[str, Any],
    environment: Mapping[str, str],
    names: dict[str, str],
    base_url: str | None,
) -> Fetched:
    """How a token is fetched; `names` takes the variables of the secrets that it takes.

    What is no whole URL is one from the server's (OpenAPI 3.1.1, section 4.6), `base_url`.
    """
    where = f"credentials: {name}"
    variable = f"{''.join(c if c.isalnum() else '_' for c in name).upper()}_TOKEN"

    def secret(said: Any) -> str:
        value = _read(name, str(said), environment)
        names.setdefault(value, str(said))
        return value

    if "token_url" in node:
        if not _GRANT <= set(node) <= {*_GRANT, "scopes"}:
            raise UsageError(f"{where} is {FORMS}")
        url = urljoin(base_url or "", str(node["token_url"]))
        if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
            raise UsageError(f"{where}: token_url takes an http or https URL")
        client_id, client_secret = secret(node["client_id_env"]), secret(node["client_secret_env"])
        scopes = node.get("scopes") or ""
        listed = " ".join(map(str, scopes)) if isinstance(scopes, list) else str(scopes)
        return ClientCredentials(client_id, client_secret, url, listed, variable)
    values, operation = node.get("values"), str(node.get("login"))
    if set(node) != _LOGIN or not isinstance(values, dict):
        raise UsageError(f"{where} is {FORMS}")
    if operation not in contract.operations:
        raise UsageError(f"{where}: login names {operation!r}, which is no operation")
    if not is_expression(node["take"]):
        raise UsageError(f"{where}: take is a runtime expression such as $response.body#/token")
    placed = []
    for place, said in values.items():
        part, _, pointer = str(place).rpartition("#")
        if not pointer.startswith("/") or not isinstance(said, dict) or set(said) != {"env"}:
            raise UsageError(f"{where}: values is {{[PART#]POINTER: {{env: VARIABLE}}}}")
        placed.append((part or "request", pointer, secret(said["env"])))
    return Login(operation, tuple(placed), str(node["take"]), variable)


def _variables_of(name: str, node: Any) -> tuple[str, ...]:
    if isinstance(node, dict) and set(node) == {"env"}:
        return (str(node["env"]),)
    if isinstance(node, dict) and set(node) == {"user_env", "password_env"}:
        return (str(node["user_env"]), str(node["password_env"]))
    raise UsageError(f"credentials: {name} is {FORMS}")


def _read(name: str, variable: str, environment: Mapping[str, str]) -> str:
    value = environment.get(variable, "").strip()
    if not value:
        raise UsageError(
            f"the credential of {name}: the environment variable {variable} is not set "
            f"(export {variable}=…)"
        )
    if not fits_a_header(value):
        raise UsageError(f"{variable} has characters that no header may have")
    return value


def spare_schemes(contract: Contract, given: Iterable[str]) -> tuple[str, ...]:
    """Those of the schemes given that the document declares, and no operation asks for."""
    asked = schemes_of(contract)
    return tuple(name for name in dict.fromkeys(given) if name not in asked)


def _must_be_known(name: str, contract: Contract, where: str) -> None:
    schemes = schemes_of(contract)
    if name in schemes or name in contract.schemes:
        return
    near = difflib.get_close_matches(name, schemes, n=1, cutoff=0.5)
    hint = f"; did you mean {near[0]}?" if near else ""
    listed = ", ".join(schemes) or "none"
    raise UsageError(
        f"{where}: no operation asks for a security scheme {name!r}; there are: {listed}{hint}"
    )
