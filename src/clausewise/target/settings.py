"""How to reach a target: what profile, command line and environment say together."""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from clausewise.errors import UsageError
from clausewise.pack import Pack

CONNECT_SECONDS = 3.0
READ_SECONDS = 30.0
# No documented reply comes near; a reply beyond this is cut and said to be so.
MOST_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Settings:
    """One run's way to its target.

    `base_url` None means the pack's own mock, in this process. `rate` is in requests a second.
    `meetings` and the like stand in `leases`: resource name to the ids that may be used.
    """

    base_url: str | None
    path: Mapping[str, str]
    token: str | None = None
    token_name: str = "the credential"
    headers: tuple[tuple[str, str], ...] = ()
    concurrency: int = 1
    rate: float | None = None
    connect_seconds: float = CONNECT_SECONDS
    read_seconds: float = READ_SECONDS
    leases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    clean_up: bool = False
    max_requests: int | None = None
    max_seconds: float | None = None

    @property
    def on_this_machine(self) -> bool:
        """Whether the target is this process or a loopback address."""
        return self.base_url is None or is_loopback(self.base_url)


def is_loopback(url: str) -> bool:
    """Whether a URL's host is this machine."""
    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def resolve(
    pack: Pack,
    *,
    base_url: str | None = None,
    profile: str | None = None,
    headers: tuple[str, ...] = (),
    concurrency: int | None = None,
    rate: float | None = None,
    max_requests: int | None = None,
    max_seconds: float | None = None,
    environment: Mapping[str, str] = os.environ,
) -> Settings:
    """Put one run's settings together: the command line beats the profile.

    Raises UsageError for a URL or a header that is none, a profile or a variable that is missing.
    """
    chosen = _substituted(pack.profile(profile), environment, profile) if profile else {}
    url = base_url or chosen.get("base_url")
    if url is not None:
        url = _checked_url(url)
    on_this_machine = url is None or is_loopback(url)
    extra = [_header(line) for line in headers]
    extra += [(name, str(value)) for name, value in (chosen.get("headers") or {}).items()]
    token, name = _token(pack, on_this_machine, extra, environment)
    leases = {
        resource: tuple(str(item) for item in ids)
        for resource, ids in (chosen.get("resources") or {}).items()
    }
    path = {**pack.path_values}
    path.update({key: str(value) for key, value in (chosen.get("path") or {}).items()})
    return Settings(
        base_url=url,
        path=path,
        token=token,
        token_name=name,
        headers=tuple(extra),
        concurrency=concurrency
        or int(chosen.get("concurrency") or (1 if url is None else 4 if on_this_machine else 1)),
        rate=rate or chosen.get("rate") or (None if on_this_machine else 4.0),
        leases=leases,
        clean_up=bool(leases) or not on_this_machine,
        max_requests=max_requests,
        max_seconds=max_seconds,
    )


def _checked_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(
            f"--base-url takes an http or https URL such as http://127.0.0.1:8080, not {url!r}"
        )
    try:
        parts.port  # noqa: B018  # reading it is what checks it
    except ValueError as error:
        raise UsageError(f"--base-url {url!r}: {error}") from None
    if parts.username or parts.password:
        raise UsageError("--base-url has a user name or password in it; use --header instead")
    return url.rstrip("/")


def _header(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    name, value = name.strip(), value.strip()
    if not colon or not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name):
        raise UsageError(f"--header takes 'Name: value', not {name!r}")
    if not value.isprintable():
        raise UsageError(f"--header {name}: the value has characters that no header may have")
    return name, value


def _token(
    pack: Pack,
    on_this_machine: bool,
    headers: list[tuple[str, str]],
    environment: Mapping[str, str],
) -> tuple[str | None, str]:
    for name, value in headers:
        if name.lower() == "authorization":
            return value.partition(" ")[2] or value, "--header Authorization"
    credential = pack.credential
    if credential is None:
        return None, "the credential"
    token = environment.get(credential.environment, "").strip()
    if token:
        return token, credential.environment
    if on_this_machine and credential.stand_in:
        return credential.stand_in, "the stand-in token of the pack"
    raise UsageError(
        f"no credential: set the environment variable {credential.environment}, "
        "or give --header 'Authorization: Bearer …'"
    )


def _substituted(node: Any, environment: Mapping[str, str], profile: str) -> Any:
    """`${NAME}` in any string of a profile, from the environment."""
    if isinstance(node, dict):
        return {key: _substituted(value, environment, profile) for key, value in node.items()}
    if isinstance(node, list):
        return [_substituted(item, environment, profile) for item in node]
    if not isinstance(node, str):
        return node

    def value(match: re.Match[str]) -> str:
        name = match[1]
        if name not in environment:
            raise UsageError(f"profile {profile!r} needs the environment variable {name}")
        return environment[name]

    return re.sub(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}", value, node)
