"""Credentials that a user gives, by the security scheme of the document that takes each."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

from clausewise.contract import Contract
from clausewise.contract.security import SecurityScheme
from clausewise.errors import UsageError

# What `credentials: SCHEME:` may say: where the secret stands in the environment.
FORMS = "{env: VARIABLE} or {user_env: VARIABLE, password_env: VARIABLE}"


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
) -> tuple[dict[str, str], dict[str, str]]:
    """The secrets by scheme, and for each secret the variable it came from.

    `declared` is `credentials` of clausewise.yaml or of a profile; `options` are those of `--auth`,
    each `SCHEME=env:VARIABLE`, and go first. Raises UsageError for a scheme that the document does
    not have, a form that is none, or a variable that is not set.
    """
    schemes = schemes_of(contract)
    sources: dict[str, tuple[str, ...]] = {}
    for name, node in declared.items():
        _must_be_known(name, schemes, "credentials")
        sources[name] = _variables_of(name, node)
    for text in options:
        name, _, source = text.partition("=")
        kind, _, variable = source.partition(":")
        if not name or kind != "env" or not variable:
            # What stands there may be a secret: it is not repeated.
            raise UsageError(
                "--auth takes SCHEME=env:VARIABLE; the secret itself stands in VARIABLE"
            )
        _must_be_known(name, schemes, "--auth")
        sources[name] = (variable,)
    secrets: dict[str, str] = {}
    names: dict[str, str] = {}
    for name, variables in sources.items():
        parts = [_read(name, variable, environment) for variable in variables]
        secrets[name] = ":".join(parts)
        for part, variable in zip(
            (*parts, secrets[name]), (*variables, variables[-1]), strict=True
        ):
            names.setdefault(part, variable)
        # Of a user and a password, what goes over the wire is a secret as well (RFC 7617).
        names.setdefault(schemes[name].value_of(secrets[name]).rpartition(" ")[2], variables[-1])
    return secrets, names


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
            f"the credential of {name}: the environment variable {variable} is not set"
        )
    if not fits_a_header(value):
        raise UsageError(f"{variable} has characters that no header may have")
    return value


def _must_be_known(name: str, schemes: Mapping[str, SecurityScheme], where: str) -> None:
    if name in schemes:
        return
    near = difflib.get_close_matches(name, schemes, n=1, cutoff=0.5)
    hint = f"; did you mean {near[0]}?" if near else ""
    listed = ", ".join(schemes) or "none"
    raise UsageError(
        f"{where}: no operation asks for a security scheme {name!r}; there are: {listed}{hint}"
    )
