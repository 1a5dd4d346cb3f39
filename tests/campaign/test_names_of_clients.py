"""Things that clients name, and things of others: what a run makes, and what it never touches."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from clausewise.errors import TargetError

from .odd import operation
from .services import OK, TEXT, Answer, Asked, campaign_of, findings, lawful_body, members

BODY = members(["title"], title={"type": "string", "maxLength": 40})
NUMBER = {"type": "integer"}


def key_of(schema: Any) -> dict[str, Any]:
    """The parameter that names a thing in its path."""
    return {"name": "key", "in": "path", "required": True, "schema": schema}


class Store:
    """Keeps what it is given by name. Others have something under each plain name."""

    def __init__(
        self, names: Any = TEXT, status: int = 200, makes: bool = True, broken: bool = False
    ) -> None:
        self.pattern = names.get("pattern", ".*" if names is TEXT else r"-?\d+")
        plain = ("a", "ab", "key", "name", "test", *map(str, range(20)))
        self.others = {name: {"title": "of others"} for name in plain}
        self.kept = dict(self.others)
        self.status, self.makes, self.broken = status, makes, broken

    def __call__(self, asked: Asked) -> Answer:
        """Answer one request for `/values/KEY`."""
        name = asked.path.rpartition("/")[2]
        if not re.fullmatch(self.pattern, name, re.DOTALL):
            return 422, {"error": "no such name can be"}
        if asked.method in ("PUT", "PATCH", "POST"):
            body = lawful_body(asked, BODY)
            if body is None:
                return 422, {"error": "no"}
            if name not in self.kept and not self.makes:
                return 404, {"error": "nothing has that name"}
            self.kept[name] = body
            return self.status, OK
        if name not in self.kept:
            return 404, {"error": "nothing has that name"}
        if asked.method == "DELETE":
            del self.kept[name]
            return 200, OK
        return 200, {"okay": True} if self.broken else OK


def paths_of(schema: Any, *methods: str, status: str = "200") -> dict[str, Any]:
    """The operations of one thing, each named by its method."""
    item: dict[str, Any] = {"parameters": [key_of(schema)]}
    for method in methods:
        body = BODY if method in ("put", "patch", "post") else None
        item[method] = operation(method, body, status=status if body else "200")
        item[method]["responses"]["404"] = {"description": "Nothing has that name."}
    return {"/values/{key}": item}


@pytest.mark.parametrize(("method", "status"), [("put", 200), ("put", 201), ("post", 201)])
@pytest.mark.parametrize("schema", [TEXT, {**TEXT, "pattern": "^[a-z]{2,12}$"}, NUMBER])
def test_what_a_put_makes(tmp_path: Path, schema: Any, method: str, status: int) -> None:
    """It gets a name of its own, is read and changed by it, and is taken back in the end.

    So is what a POST of a name makes, where 201 is documented.
    """
    store = Store(schema, status)
    paths = paths_of(schema, method, "get", "delete", status=str(status))
    campaign = campaign_of(tmp_path, paths, store)
    verdicts = {name: ruling.verdict for name, ruling in campaign.rulings().items()}
    assert {verdicts[f"{one}:served"] for one in (method, "get", "delete")} == {"upheld"}
    assert verdicts[f"{method}:request#/title:maxLength"] == "upheld"
    assert not {"violated", "lenient", "strict"} & set(verdicts.values())
    assert store.kept == store.others


def test_a_broken_reply_about_what_a_put_made(tmp_path: Path) -> None:
    """The reply of a read is seen, since there is something to read."""
    found = findings(tmp_path, paths_of(TEXT, "put", "get", "delete"), Store(broken=True))
    assert found == {"get:200#/ok:required": "violated"}


@pytest.mark.parametrize("method", ["put", "patch", "post"])
@pytest.mark.parametrize("schema", [TEXT, NUMBER])
def test_what_others_have_is_not_guessed(tmp_path: Path, method: str, schema: Any) -> None:
    """Where nothing names a thing that could be changed, what is sent names nothing at all."""
    store = Store(schema, makes=False)
    paths = paths_of(schema, method) | {"/ping/now": {"get": operation("ping")}}

    def service(asked: Asked) -> Answer:
        return (200, OK) if asked.path == "/ping/now" else store(asked)

    campaign = campaign_of(tmp_path, paths, service)
    ruling = campaign.rulings()[f"{method}:served"]
    assert ruling.verdict == "inconclusive"
    assert f"--set {method}:path#/key=VALUE" in ruling.message
    assert store.kept == store.others


def test_nothing_is_known_to_change(tmp_path: Path) -> None:
    """A target of which only such operations are known is told with the line that gives a name."""
    store = Store(NUMBER, makes=False)
    with pytest.raises(TargetError, match="--set patch:path#/key=VALUE"):
        campaign_of(tmp_path, paths_of(NUMBER, "patch"), store)
    assert store.kept == store.others


def test_few_names_are_enough(tmp_path: Path) -> None:
    """Where names are short and none may be used twice, no two requests get the same one."""
    sizes = {"enum": [1, 2, 3, 4]}
    letter = {**TEXT, "pattern": "^[a-z]$"}
    body = members(["code"], code=letter, wide=sizes, high=sizes, deep=sizes)
    used: set[str] = set()
    refused: list[str] = []

    def service(asked: Asked) -> Answer:
        sent = lawful_body(asked, body)
        if sent is None:
            return 422, {"error": "no"}
        if sent["code"] in used:
            refused.append(sent["code"])
            return 409, {"error": "this code is in use"}
        used.add(sent["code"])
        return 200, OK

    campaign = campaign_of(tmp_path, {"/labels": {"post": operation("add", body)}}, service)
    verdicts = {name: ruling.verdict for name, ruling in campaign.rulings().items()}
    assert verdicts["add:served"] == "upheld"
    assert len(used) > 15
    # Before that was known, the first one was sent several times; later one, to be sure of it, and
    # a few at the end, when hardly any is left.
    assert len([code for code in refused if code != refused[0]]) <= 4
