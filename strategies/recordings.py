"""Values for starting a recording: plausible ones, and ones that careless servers trip over.

Every function gives a Hypothesis strategy; use them in your own ``@given`` tests too.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

import clausewise

# Names that break out of something: a shell, a path, a URL, a log line, a direction of writing.
NASTY_NAMES = (
    "it's",
    'say "hi"',
    "a/b",
    "../../etc",
    "a\\b",
    "café",
    "会議",
    "🎥",
    "e\u0301",  # decomposed é
    "\u202eevil",  # right-to-left override
    "اجتماع",
    "a b",
    " leading",
    "%2e%2e",
    "a?b#c",
    "<b>",
    "${HOME}",
    "-rf",
    "NULL",
    "x" * 1000,
)


def _words(letters: str, least: int, most: int) -> SearchStrategy[str]:
    # `text()` would first build tables of all Unicode, which takes half a second.
    return st.lists(st.sampled_from(letters), min_size=least, max_size=most).map("".join)


@clausewise.strategy("start_recording", "/meeting_id")
def meeting_ids() -> SearchStrategy[str]:
    """UUIDs of version 4, the only form in which the documents show meeting ids."""
    return st.uuids(version=4).map(str)


@clausewise.strategy("start_recording", "/file_name_prefix")
def file_name_prefixes() -> SearchStrategy[str]:
    """Prefixes as the guide has them (letters, digits, underscore), and nasty ones."""
    return st.one_of(_words("abcxyzABCXYZ0189_", 1, 40), st.sampled_from(NASTY_NAMES))


@clausewise.strategy("start_recording", "/url")
def page_urls() -> SearchStrategy[str]:
    """Pages to record. None carries `authToken` or `config`: the service appends both (R23)."""
    return st.sampled_from(
        (
            "https://recorder.example.net/",
            "https://recorder.example.net/layout?grid=3x3&theme=dark",
            "http://sub.example.org:8443/a/%E4%BC%9A%E8%AD%B0#stage",
        )
    )


@clausewise.strategy("start_recording", "/rtmp_out_config/rtmp_url")
def stream_urls() -> SearchStrategy[str]:
    """Places to stream to, by RTMP with and without TLS."""
    return st.sampled_from(
        (
            "rtmp://live.example.net/app/stream-key",
            "rtmps://live.example.net:443/app/stream-key",
            "rtmp://192.0.2.7/live2",
        )
    )


@clausewise.strategy("start_recording", "/storage_config/region")
def regions() -> SearchStrategy[str]:
    """Region names as the providers write them."""
    return st.sampled_from(("us-east-1", "eu-central-1", "ams3", "westeurope", "auto"))


@clausewise.strategy("start_recording", "/storage_config/path")
def folders() -> SearchStrategy[str]:
    """Folders inside a bucket, with and without slashes around."""
    return st.sampled_from(("recordings", "/recordings/", "2026/11/22", "a//b", "会議/録画"))


def storage_configs(kind: str) -> SearchStrategy[dict[str, Any]]:
    """Lawful storage configurations of one kind.

    `kind` is `aws`, `azure`, `digitalocean`, `gcs` or `sftp`; anything else raises UsageError.
    """
    words = _words("abcdefghijklmnopqrstuvwxyz0123456789-", 3, 30)
    members: dict[str, SearchStrategy[Any]] = {"type": st.just(kind), "bucket": words}
    optional: dict[str, SearchStrategy[Any]] = {"path": folders(), "secret": words}
    if kind in ("aws", "azure", "digitalocean", "sftp"):
        members |= {"access_key": words, "region": regions()}
    elif kind != "gcs":
        raise clausewise.UsageError(f"no storage of kind {kind!r}")
    if kind != "sftp":
        return st.fixed_dictionaries(members, optional=optional)
    members |= {"username": words, "host": words, "port": st.integers(1, 65535)}
    by_key = {"auth_method": st.just("KEY"), "private_key": words}
    by_password = {"auth_method": st.just("PASSWORD"), "password": words}
    return st.one_of(
        st.fixed_dictionaries(members | by_key, optional=optional),
        st.fixed_dictionaries(members | by_password, optional=optional),
    )
