"""Settings of a run: the command line, a profile and the environment put together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from msgspec.structs import replace

from clausewise import UsageError
from clausewise.pack import Pack, load_pack
from clausewise.pack.addresses import is_loopback
from clausewise.pack.resolving import resolve
from clausewise.pack.settings import Settings

URL = "http://127.0.0.1:8080"
TOKEN = {"TOKEN": "t0ken-from-the-environment"}
# The contract is not the point: one operation, whose path has the values that settings give.
CONTRACT = {
    "openapi": "3.1.0",
    "info": {"title": "settings", "version": "1"},
    "paths": {
        "/{account}/{app}": {
            "parameters": [
                {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
                for name in ("account", "app")
            ],
            "get": {"operationId": "look", "responses": {"200": {"description": "ok"}}},
        }
    },
}


def _pack(root: Path, **settings: Any) -> Pack:
    """A pack whose settings are the point."""
    made = {
        "contract": "openapi.yaml",
        "credential": {"environment": "TOKEN", "stand_in": "stand-in-token"},
        "path": {"account": "acme", "app": 7},
        "resources": {"meeting": {"members": {"start": "/meeting_id"}}},
        **settings,
    }
    (root / "clausewise.yaml").write_text(yaml.safe_dump(made), "utf-8")
    (root / "openapi.yaml").write_text(yaml.safe_dump(CONTRACT), "utf-8")
    load_pack.cache_clear()
    return load_pack(root)


def _resolved(root: Path, staging: dict[str, Any], **options: Any) -> Settings:
    pack = _pack(root, profiles={"staging": staging})
    return resolve(pack, **{"profile": "staging", "environment": TOKEN, **options})


def test_nothing_said_is_the_mock_in_this_process(tmp_path: Path) -> None:
    """Without a URL the pack's own mock is meant, one request at a time, with its own token."""
    settings = resolve(_pack(tmp_path), environment={})
    assert settings.base_url is None
    assert settings.on_this_machine
    assert (settings.concurrency, settings.rate, settings.clean_up) == (1, None, False)
    assert settings.token == "stand-in-token"  # noqa: S105  # made up
    assert settings.token_name == "the stand-in token of the pack"  # noqa: S105  # made up
    assert settings.path == {"account": "acme", "app": "7"}


def test_a_server_on_this_machine(tmp_path: Path) -> None:
    """A loopback URL is asked over several connections as fast as it answers, and cleaned up."""
    settings = resolve(_pack(tmp_path), base_url=f"{URL}/", environment={})
    assert settings.base_url == URL
    assert (settings.concurrency, settings.rate, settings.clean_up) == (4, None, True)
    assert settings.token == "stand-in-token"  # noqa: S105  # made up


def test_a_server_elsewhere(tmp_path: Path) -> None:
    """Any other URL is asked gently, cleaned up after, and never with the stand-in token."""
    pack = _pack(tmp_path)
    settings = resolve(pack, base_url="https://api.example.com/v4/", environment=TOKEN)
    assert settings.base_url == "https://api.example.com/v4"
    assert (settings.concurrency, settings.rate, settings.clean_up) == (1, 4.0, True)
    assert (settings.token, settings.token_name) == (TOKEN["TOKEN"], "TOKEN")
    for environment in ({}, {"TOKEN": ""}, {"TOKEN": "  "}):
        with pytest.raises(UsageError, match="no credential: set the environment variable TOKEN"):
            resolve(pack, base_url="https://api.example.com", environment=environment)


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://localhost:1", True),
        ("http://LOCALHOST", True),
        ("http://api.localhost", True),
        ("http://127.0.0.1", True),
        ("http://127.8.9.1:80/x", True),
        ("http://[::1]:8080", True),
        ("http://0.0.0.0", False),
        ("http://192.168.0.1", False),
        ("http://localhost.example.com", False),
        ("http://127.0.0.1.example.com", False),
        ("http://[::2]", False),
        ("http://example.com/localhost", False),
    ],
)
def test_what_is_this_machine(url: str, here: bool) -> None:
    """Only loopback names and addresses are this machine; look-alikes are not."""
    assert is_loopback(url) is here


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "takes an http or https URL"),
        ("localhost:8080", "takes an http or https URL such as http://127.0.0.1:8080"),
        ("127.0.0.1:8080", "takes an http or https URL"),
        ("ftp://example.com", "takes an http or https URL"),
        ("http://", "takes an http or https URL"),
        ("http:///x", "takes an http or https URL"),
        ("http://127.0.0.1:0", "takes an http or https URL"),
        ("http://127.0.0.1:", "has no port behind its colon: is a variable empty?"),
        ("http://127.0.0.1:/api", "has no port behind its colon"),
        ("http://127.0.0.1:99999", "is no URL"),
        ("http://127.0.0.1:port", "is no URL"),
        ("http://[::1", "is no URL"),
        ("http://exa mple.com", ""),
        ("http://example.com/a b", "has characters that no URL may have"),
        ("http://example.com/\n", ""),
        ("http://user:secret@example.com", "has a user name or password in it; use --header"),
        ("http://user@example.com", "has a user name or password in it"),
        ("http://example.com?a=b", "has a query or a fragment"),
        ("http://example.com/#top", "has a query or a fragment"),
        ("http://example.com/?", "has a query or a fragment"),
    ],
)
def test_what_is_no_base_url(tmp_path: Path, url: str, said: str) -> None:
    """A URL that cannot be a base URL is refused in words, without a password in them."""
    with pytest.raises(UsageError) as caught:
        resolve(_pack(tmp_path), base_url=url, environment=TOKEN)
    assert "--base-url" in str(caught.value)
    assert said in str(caught.value)
    assert "secret" not in str(caught.value)
    with pytest.raises(UsageError, match="profile 'staging': base_url"):
        _resolved(tmp_path, {"base_url": url})


@pytest.mark.parametrize(
    ("line", "header"),
    [
        ("X-Name: value", ("X-Name", "value")),
        ("X-Name:value", ("X-Name", "value")),
        ("X-Name:  a: b ", ("X-Name", "a: b")),
        ("X-Empty:", ("X-Empty", "")),
        ("x_odd!#$%&'*+.^`|~1: é", ("x_odd!#$%&'*+.^`|~1", "é")),
    ],
)
def test_headers_of_the_command_line(tmp_path: Path, line: str, header: tuple[str, str]) -> None:
    """A header is a name and a value around the first colon."""
    assert resolve(_pack(tmp_path), headers=(line,), environment={}).headers == (header,)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("Bearer abc123secret", "--header takes 'Name: value'; there is no colon"),
        (": secret", "'' is not a name"),
        ("X Name: secret", "'X Name' is not a name"),
        ("X-Ä: secret", "is not a name"),
        ("X-Name: secret\r\nX-Other: b", "has characters that no header may have"),
        ("X-Name: secret\x00", "has characters that no header may have"),
        ("X-Name: secret会", "has characters that no header may have"),
        ("Content-Length: 5", "Content-Length is not for you to set"),
        ("content-type: text/html", "content-type is not for you to set"),
        ("Transfer-Encoding: chunked", "is not for you to set"),
    ],
)
def test_what_is_no_header(tmp_path: Path, line: str, said: str) -> None:
    """What HTTP does not allow in a header is refused, and its value is not repeated."""
    with pytest.raises(UsageError) as caught:
        resolve(_pack(tmp_path), headers=(line,), environment={})
    assert said in str(caught.value)
    assert "secret" not in str(caught.value)


def test_an_authorization_of_the_command_line(tmp_path: Path) -> None:
    """A given Authorization replaces the variable; its secret part is the token to be masked."""
    for line, token in (("Authorization: Bearer abc", "abc"), ("authorization: abc", "abc")):
        settings = resolve(
            _pack(tmp_path), base_url="https://example.com", headers=(line,), environment=TOKEN
        )
        assert (settings.token, settings.token_name) == (token, "--header Authorization")


@pytest.mark.parametrize("token", ["a\nb", "a\r\nX: y", "to\x00ken", "会議"])
def test_a_token_that_no_header_may_have(tmp_path: Path, token: str) -> None:
    """A broken token is a mistake of the variable, which is named without its value."""
    with pytest.raises(UsageError, match=r"^TOKEN has characters that no header may have$"):
        resolve(_pack(tmp_path), environment={"TOKEN": token})


def test_a_pack_without_a_credential(tmp_path: Path) -> None:
    """Where the pack names no credential, none is asked for."""
    settings = resolve(
        _pack(tmp_path, credential=None), base_url="https://example.com", environment={}
    )
    assert settings.token is None


KEYS = {name: {"type": "apiKey", "in": "header", "name": f"X-{name}"} for name in ("Used", "Spare")}


@pytest.mark.parametrize("by", ["--auth", "a profile"])
@pytest.mark.parametrize(
    ("schemes", "kept", "spare"),
    [
        (["Used", "Spare"], {"Used": "s3cret"}, ("Spare",)),
        (["Spare"], {}, ("Spare",)),
        (["Used"], {"Used": "s3cret"}, ()),
    ],
)
def test_a_scheme_that_no_operation_asks_for(
    tmp_path: Path, by: str, schemes: list[str], kept: dict[str, str], spare: tuple[str, ...]
) -> None:
    """One that is declared may be given: it is sent to nobody, a secret all the same, and told."""
    declared = {**CONTRACT, "components": {"securitySchemes": KEYS}, "security": [{"Used": []}]}
    here = {"base_url": URL, "credentials": {name: {"env": "KEY"} for name in schemes}}
    profiles = {"here": here} if by == "a profile" else {}
    _pack(tmp_path, credential=None, profiles=profiles)
    (tmp_path / "openapi.yaml").write_text(yaml.safe_dump(declared), "utf-8")
    load_pack.cache_clear()
    settings = resolve(
        load_pack(tmp_path),
        base_url=URL,
        auth=() if profiles else tuple(f"{name}=env:KEY" for name in schemes),
        profile="here" if profiles else None,
        environment={"KEY": "s3cret"},
    )
    assert (settings.credentials, settings.spare) == (kept, spare)
    assert settings.variables["s3cret"] == "KEY"
    assert ("credential of Spare" in settings.shown) == bool(spare)


def test_a_scheme_that_is_not_declared(tmp_path: Path) -> None:
    """A slip of the pen is told, with those that there are."""
    declared = {**CONTRACT, "components": {"securitySchemes": KEYS}, "security": [{"Used": []}]}
    _pack(tmp_path)
    (tmp_path / "openapi.yaml").write_text(yaml.safe_dump(declared), "utf-8")
    load_pack.cache_clear()
    with pytest.raises(UsageError, match=r"'Usde'; there are: Used; did you mean Used\?"):
        resolve(load_pack(tmp_path), auth=("Usde=env:KEY",), environment={"KEY": "s3cret"})


def test_all_that_a_profile_says(tmp_path: Path) -> None:
    """A profile has a URL, headers, path values, leased ids, connections and pace."""
    settings = _resolved(
        tmp_path,
        {
            "base_url": "https://staging.example.com/v4",
            "headers": {"X-One": 1},
            "path": {"account": "other"},
            "resources": {"meeting": ["m1", 2]},
            "concurrency": 3,
            "rate": "2.5/s",
        },
    )
    assert settings.base_url == "https://staging.example.com/v4"
    assert settings.headers == (("X-One", "1"),)
    assert settings.path == {"account": "other", "app": "7"}
    assert settings.leases == {"meeting": ("m1", "2")}
    assert (settings.concurrency, settings.rate, settings.clean_up) == (3, 2.5, True)


def test_the_command_line_beats_the_profile(tmp_path: Path) -> None:
    """What both say is taken from the command line."""
    settings = _resolved(
        tmp_path,
        {
            "base_url": "https://staging.example.com",
            "headers": {"x-one": "profile", "X-Two": "profile"},
            "concurrency": 3,
            "rate": 1,
        },
        base_url=URL,
        headers=("X-One: mine",),
        concurrency=2,
        rate=9.0,
        max_requests=5,
        max_seconds=6.0,
    )
    assert settings.base_url == URL
    assert settings.headers == (("X-One", "mine"), ("X-Two", "profile"))
    assert (settings.concurrency, settings.rate) == (2, 9.0)
    assert (settings.max_requests, settings.max_seconds) == (5, 6.0)


def test_variables_in_a_profile(tmp_path: Path) -> None:
    """`${NAME}` stands for a variable anywhere in a profile, in the middle of a text too."""
    settings = _resolved(
        tmp_path,
        {
            "base_url": "https://${HOST}/v${N}",
            "headers": {"X-Key": "${KEY}"},
            "resources": {"meeting": ["${A}-${B}", "$A", "${}"]},
            "concurrency": "${N}",
        },
        environment={**TOKEN, "HOST": "h.example", "N": "4", "KEY": "${A}", "A": "a", "B": ""},
    )
    assert settings.base_url == "https://h.example/v4"
    assert settings.headers == (("X-Key", "${A}"),)
    assert settings.leases == {"meeting": ("a-", "$A", "${}")}
    assert settings.concurrency == 4


def test_a_variable_that_is_not_set(tmp_path: Path) -> None:
    """A missing variable is named, with the profile that needs it."""
    with pytest.raises(
        UsageError, match=r"^profile 'staging' needs the environment variable HOST$"
    ):
        _resolved(tmp_path, {"base_url": "https://${HOST}"})


def test_a_profile_that_is_not_there(tmp_path: Path) -> None:
    """An unknown profile is refused with the ones that there are."""
    with pytest.raises(UsageError, match=r"has no profile 'other'; it has: staging$"):
        _resolved(tmp_path, {}, profile="other")
    with pytest.raises(UsageError, match=r"has no profile 'other'; it has: none$"):
        resolve(_pack(tmp_path), profile="other", environment={})


@pytest.mark.parametrize(
    ("profile", "said"),
    [
        ({"concurrency": "many"}, "profile 'staging': concurrency is a number, not 'many'"),
        ({"concurrency": 0}, "profile 'staging': concurrency is a number above 0, not 0"),
        ({"concurrency": -1}, "is a number above 0"),
        ({"rate": "fast"}, "profile 'staging': rate is a number"),
        ({"rate": "0/s"}, "profile 'staging': rate is a number above 0"),
        ({"rate": "nan"}, "is a number above 0"),
        ({"headers": {"X Y": "a"}}, "profile 'staging': headers"),
        ({"headers": {"X-Y": "a\nb"}}, "profile 'staging': headers X-Y: the value has characters"),
        ({"resources": {"room": ["a"]}}, "lists 'room', which is no resource of the pack"),
    ],
)
def test_what_is_wrong_with_a_profile(tmp_path: Path, profile: dict[str, Any], said: str) -> None:
    """A value of a profile that makes no sense is refused with its name."""
    with pytest.raises(UsageError) as caught:
        _resolved(tmp_path, profile)
    assert said in str(caught.value)


def test_an_empty_profile_changes_nothing(tmp_path: Path) -> None:
    """A profile without settings is the same as none."""
    pack = _pack(tmp_path, profiles={"mock": None})
    with_it = resolve(pack, profile="mock", environment={})
    assert replace(with_it, profile=None) == resolve(pack, environment={})
