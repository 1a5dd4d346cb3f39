"""Kinds of documents that are read as they mean it: a service that keeps one has no finding.

Its twin breaks one promise.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .odd import operation
from .services import OK, Answer, Asked, findings

KEYS = {
    "token": {"type": "http", "scheme": "bearer"},
    "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
}
SECRETS = {"TOKEN": "the-token-of-ours", "KEY": "the-key-of-ours"}


@pytest.mark.parametrize("broken", [False, True])
def test_two_credentials_that_go_together(tmp_path: Path, broken: bool) -> None:
    """Each has to be asked for, and one that nobody looks at is found where the other is given."""
    both: list[Any] = [{"token": [], "key": []}]

    def service(asked: Asked) -> Answer:
        token = asked.headers.get("authorization") == "Bearer the-token-of-ours"
        key = asked.headers.get("x-key") == "the-key-of-ours"
        return (200, OK) if key and (token or broken) else (401, {"error": "no"})

    found = findings(
        tmp_path,
        {"/things": {"get": operation("list", security=both)}},
        service,
        security=KEYS,
        environment=SECRETS,
        credentials={"token": {"env": "TOKEN"}, "key": {"env": "KEY"}},
    )
    assert found == ({"list:auth": "lenient"} if broken else {})
