"""How to reach a target: what profile, command line and environment say together."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from clausewise.errors import UsageError
from clausewise.pack import Pack
from clausewise.pack.addresses import checked_proxy, checked_url, is_loopback
from clausewise.pack.credentials import (
    ClientCredentials,
    Fetched,
    credentials_given,
    fits_a_header,
    spare_schemes,
)
from clausewise.pack.given import GivenValue, read_given
from clausewise.pack.headers import checked_header, split
from clausewise.pack.settings import SETTLE_ELSEWHERE, SETTLE_HERE, STAND_IN, Settings, Tls

_N = TypeVar("_N", int, float)


def settings_of(pack: Pack, options: Mapping[str, Any]) -> Settings:
    """The settings of a run by its options, by name. Raises UsageError."""
    way = way_of(options)
    return resolve(pack, base_url=options["base_url"], profile=options["profile"], **way)


def way_of(options: Mapping[str, Any]) -> dict[str, Any]:
    """What options say of how to ask, whatever the target is: words of `resolve`."""
    return {
        "headers": tuple(options["header"] or ()),
        "concurrency": options["concurrency"],
        "rate": options["rate"],
        "max_requests": options["max_requests"],
        "max_seconds": options["max_time"],
        "path_values": tuple(options["set"] or ()),
        "destructive": bool(options.get("destructive")),
        "read_only": bool(options.get("read_only")),
        "settle_seconds": options.get("settle"),
        "auth": tuple(options.get("auth") or ()),
        "yes": bool(options["yes"]),
    }


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
    settle_seconds: float | None = None,
    path_values: tuple[str, ...] = (),
    destructive: bool = False,
    read_only: bool = False,
    auth: tuple[str, ...] = (),
    yes: bool = True,
    environment: Mapping[str, str] = os.environ,
) -> Settings:
    """Put one run's settings together: the command line beats the profile.

    `path_values` are `name=value` pairs, `auth` are `SCHEME=env:VARIABLE`; `yes` says that the
    target is meant, even where it is on another machine and no profile names it. Raises UsageError
    for a URL or a header that is none, a profile or a variable that is missing.
    """
    chosen = _substituted(pack.profile(profile), environment, profile) if profile else {}
    where = f"profile {profile!r}"
    named = chosen.get("base_url")
    url = _url(base_url, named, where)
    on_this_machine = url is None or is_loopback(url)
    extra = _headers(headers, chosen, where)
    declared = {**pack.declared_credentials, **(chosen.get("credentials") or {})}
    credentials, variables, fetched = credentials_given(
        pack.contract, declared, auth, environment, url
    )
    token, token_name = (
        (None, "the credential")
        if (credentials or fetched) and not pack.credential
        else _token(pack, on_this_machine, extra, environment)
    )
    path, values = _places(pack, chosen, path_values, where)
    concurrency = _bound(concurrency, chosen, "concurrency", int, where)
    rate = _bound(rate, chosen, "rate", float, where, unit="/s")
    if settle_seconds is None:
        usual = SETTLE_HERE if on_this_machine else SETTLE_ELSEWHERE
        settle_seconds = _settle_time(pack, chosen, usual, where)
    return Settings(
        base_url=url,
        path=path,
        token=token,
        token_name=token_name,
        headers=tuple(extra),
        concurrency=concurrency or (4 if url is not None and on_this_machine else 1),
        # Of a stranger nobody knows whether it keeps what several clients make at one time.
        changes_at_once=concurrency is not None or bool(pack.supplies),
        rate=rate or (None if on_this_machine else 4.0),
        leases=_leases(pack, chosen, where),
        clean_up=url is not None,
        destructive=destructive,
        read_only=read_only or bool(chosen.get("read_only")),
        max_requests=_bound(max_requests, chosen, "max_requests", int, where),
        max_seconds=_bound(max_seconds, chosen, "max_time", float, where, unit="s"),
        settle_seconds=settle_seconds,
        tls=_tls(chosen.get("tls") or {}, pack.root, where),
        proxy=checked_proxy(chosen.get("proxy"), where),
        profile=profile,
        # A profile speaks for the target that it names, and for no other.
        consented=yes or on_this_machine or (named is not None and url == named.rstrip("/")),
        values=values,
        variables={**variables, **_variables(pack, profile, environment)},
        credentials=credentials,
        fetched=fetched,
        spare=spare_schemes(pack.contract, (*declared, *(text.partition("=")[0] for text in auth))),
        # A profile speaks for the hosts that it names.
        unmeant=() if yes else tuple(_elsewhere(fetched, url, chosen.get("credentials") or {})),
    )


def _url(given: str | None, named: str | None, where: str) -> str | None:
    """The base URL: what the user gave, else what the profile names."""
    if given is not None:
        return checked_url(given, "--base-url")
    return checked_url(named, f"{where}: base_url") if named is not None else None


def _headers(
    lines: tuple[str, ...], chosen: Mapping[str, Any], where: str
) -> list[tuple[str, str]]:
    """The headers that the user gave, and those of the profile that have other names."""
    headers = [checked_header(*split(line), "--header") for line in lines]
    given = {name.lower() for name, _ in headers}
    for name, value in (chosen.get("headers") or {}).items():
        if name.lower() not in given:
            headers.append(checked_header(name, str(value), f"{where}: headers"))
    return headers


def _leases(pack: Pack, chosen: Mapping[str, Any], where: str) -> dict[str, tuple[str, ...]]:
    """The ids that a profile lists, by the name of their resource."""
    leases = {
        resource: tuple(str(item) for item in ids or ())
        for resource, ids in (chosen.get("resources") or {}).items()
    }
    unknown = sorted(leases.keys() - pack.resources.keys())
    if unknown:
        raise UsageError(f"{where} lists {unknown[0]!r}, which is no resource of the pack")
    return leases


def _places(
    pack: Pack, chosen: Mapping[str, Any], pairs: tuple[str, ...], where: str
) -> tuple[dict[str, str], tuple[GivenValue, ...]]:
    """The path parameters that are given for all operations, and all other values."""
    path = {**pack.path_values}
    path.update({key: str(value) for key, value in (chosen.get("path") or {}).items()})
    values = [
        *_given(pack, pack.settings.get("values") or {}, "values"),
        *_given(pack, chosen.get("values") or {}, f"{where}: values"),
    ]
    for text in pairs:
        name, value = _pair(pack, text)
        if "#" in name:
            values.append(read_given(pack.contract, name, value, "--set"))
        else:
            path[name] = value
    # What holds for all operations is told like a path parameter by its bare name.
    everywhere = [one for one in values if one.part == "path" and one.operation is None]
    path.update({one.name: str(one.value) for one in everywhere})
    return path, tuple(one for one in values if one not in everywhere)


def _elsewhere(
    fetched: Mapping[str, Fetched], url: str | None, meant: Mapping[str, Any]
) -> Iterator[str]:
    """The schemes whose token comes from another host, which nobody said is meant."""
    here = urlsplit(url or "").hostname
    for name, source in fetched.items():
        if not isinstance(source, ClientCredentials) or name in meant:
            continue
        if source.host != here and not is_loopback(source.token_url):
            yield name


def must_be_meant(settings: Settings) -> None:
    """Raise UsageError for a target on another machine that nobody said is meant."""
    if not settings.consented:
        raise UsageError(
            f"{settings.base_url} is not on this machine: a run sends it many requests, broken "
            "ones too, and may create things there. Name it in a profile of clausewise.yaml, or "
            "say --yes"
        )
    for name in settings.unmeant:
        source = settings.fetched[name]
        assert isinstance(source, ClientCredentials)
        raise UsageError(
            f"credentials: {name} gets its token from {source.host}, which is another host than "
            "the target's and gets the client's secret. Put it into the profile of the target, or "
            "say --yes"
        )


def _given(pack: Pack, node: Mapping[str, Any], where: str) -> list[GivenValue]:
    """The values of a mapping, by place."""
    return [read_given(pack.contract, str(key), value, where) for key, value in node.items()]


def _pair(pack: Pack, text: str) -> tuple[str, str]:
    """One `--set PLACE=VALUE`. Raises UsageError for a bare name that no path has."""
    name, equals, value = text.partition("=")
    known = sorted(
        {
            parameter.name
            for operation in pack.contract.operations.values()
            for parameter in operation.parameters
            if parameter.location == "path"
        }
    )
    if not equals or not value:
        # Either may be a secret: it is not repeated.
        raise UsageError(
            "--set takes NAME=VALUE or [OPERATION:]PART#POINTER=VALUE; what was given has no name "
            "or no value"
        )
    if "#" not in name and name not in known:
        raise UsageError(f"--set: no path has a {name!r}; there are: {', '.join(known)}")
    return name, value


def _tls(node: Mapping[str, Any], root: Path, where: str) -> Tls:
    files: dict[str, str] = {}
    for key in ("ca_bundle", "client_certificate", "client_key"):
        if node.get(key) is None:
            continue
        path = root / Path(node[key]).expanduser()
        if not path.is_file():
            raise UsageError(f"{where}: tls.{key}: there is no file {node[key]}")
        files[key] = str(path)
    if "client_key" in files and "client_certificate" not in files:
        raise UsageError(f"{where}: tls.client_key needs a client_certificate")
    tls = Tls(verify=node.get("verify", True), **files)
    if files:
        from clausewise.pack.certificates import context_of  # most runs get by without ssl

        context_of(tls, where)
    return tls


def _number(value: Any, kind: type[_N], where: str) -> _N:
    try:
        number = kind(value)
    except ValueError:
        raise UsageError(f"{where} is a number, not {value!r}") from None
    if not 0 < number < 1_000_000:
        raise UsageError(f"{where} is a number above 0, not {value!r}")
    return number


def _bound(
    given: _N | None,
    chosen: Mapping[str, Any],
    name: str,
    kind: type[_N],
    where: str,
    unit: str = "",
) -> _N | None:
    """The number given, else one above 0 that a profile says, perhaps with its unit; else None."""
    if given is not None or chosen.get(name) is None:
        return given
    value = str(chosen[name]).removesuffix(unit) if unit else chosen[name]
    return _number(value, kind, f"{where}: {name}")


def _settle_time(pack: Pack, chosen: Mapping[str, Any], usual: float, where: str) -> float:
    """The settle time of a profile, else of the pack, in seconds; 0 waits for nothing."""
    said = chosen.get("settle", pack.settings.get("settle"))
    if said is None:
        return usual
    text = str(said).removesuffix("s")
    if text in ("0", "0.0"):
        return 0.0
    return _number(text, float, f"{where}: settle" if "settle" in chosen else "settle")


def _token(
    pack: Pack,
    on_this_machine: bool,
    headers: list[tuple[str, str]],
    environment: Mapping[str, str],
) -> tuple[str | None, str]:
    for name, value in headers:
        if name.lower() == "authorization":
            return value.partition(" ")[2].strip() or value, "--header Authorization"
    credential = pack.credential
    if credential is None:
        return None, "the credential"
    token = environment.get(credential.environment, "").strip()
    if not fits_a_header(token):
        raise UsageError(f"{credential.environment} has characters that no header may have")
    if token:
        return token, credential.environment
    if on_this_machine and credential.stand_in:
        return credential.stand_in, STAND_IN
    raise UsageError(
        f"no credential: set the environment variable {credential.environment}, "
        "or give --header 'Authorization: Bearer …'"
    )


def _variables(pack: Pack, profile: str | None, environment: Mapping[str, str]) -> dict[str, str]:
    """What `${NAME}` says in the headers and the proxy of a profile, each with that name."""
    chosen = pack.profile(profile) if profile else {}
    texts = [*(chosen.get("headers") or {}).values(), chosen.get("proxy")]
    names = [name for text in texts for name in _NAMED.findall(str(text))]
    return {environment[name]: name for name in names if environment.get(name)}


_NAMED = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


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

    return _NAMED.sub(value, node)
