"""From a method and a URL back to an operation: servers, precedence, encoding, misfits."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from clausewise.contract import Contract, Operation, load_contract
from clausewise.contract.matching import Matcher

PATHS = (
    "GET /things", "POST /things", "GET /things/{id}", "PUT /things/{id}", "GET /things/mine",
    "GET /things/{id}/parts/{part}", "GET /things/{id}.txt", "GET /{kind}/{id}/parts/all",
    "POST /things/{id}:close", "GET /old things/{id}", "GET /", "DELETE /{any}",
)  # fmt: skip
SERVERS = ("https://api.example/v1/{region}", "https://api.example/v1", "/base")


def contract_of(folder: Path, paths: Sequence[str], servers: Sequence[str] = ()) -> Contract:
    """A contract with these operations; each is named as it is written here."""
    listed: dict[str, dict[str, object]] = {}
    for named in paths:
        method, path = named.split(" ", 1)
        names = [piece.partition("}")[0] for piece in path.split("{")[1:]]
        listed.setdefault(path, {})[method.lower()] = {
            "operationId": f"{method} {path}",
            "parameters": [
                {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
                for name in names
            ],
            "responses": {"200": {"description": "Done."}},
        }
    document = {
        "openapi": "3.1.0",
        "info": {"title": "T", "version": "1"},
        "servers": [{"url": server} for server in servers],
        "paths": listed,
    }
    (folder / "openapi.yaml").write_text(yaml.safe_dump(document), "utf-8")
    return load_contract(folder, folder / "openapi.yaml")


@pytest.fixture(scope="module")
def contract(tmp_path_factory: pytest.TempPathFactory) -> Contract:
    """The paths above, below the servers above."""
    return contract_of(tmp_path_factory.mktemp("matching"), PATHS, SERVERS)


def _named(operation: Operation) -> str:
    return f"{operation.method} {operation.path}"


@pytest.mark.parametrize(
    ("asked", "operation", "values"),
    [
        ("GET /things", "GET /things", {}),
        ("post /things", "POST /things", {}),
        ("GET /things?q=/things/7#/x", "GET /things", {}),
        ("GET http://127.0.0.1:8080/things/7", "GET /things/{id}", {"id": "7"}),
        ("GET //host/things/7", "GET /things/{id}", {"id": "7"}),
        # Concrete before templated, where the method is there.
        ("GET /things/mine", "GET /things/mine", {}),
        ("PUT /things/mine", "PUT /things/{id}", {"id": "mine"}),
        ("GET /things/a.txt", "GET /things/{id}.txt", {"id": "a"}),
        ("GET /things/a.pdf", "GET /things/{id}", {"id": "a.pdf"}),
        ("POST /things/7:close", "POST /things/{id}:close", {"id": "7"}),
        ("GET /things/7/parts/all", "GET /things/{id}/parts/{part}", {"id": "7", "part": "all"}),
        ("GET /boxes/7/parts/all", "GET /{kind}/{id}/parts/all", {"kind": "boxes", "id": "7"}),
        # Percent-encoding.
        ("GET /things/a%2Fb%20c", "GET /things/{id}", {"id": "a/b c"}),
        ("GET /things/%6Dine", "GET /things/mine", {}),
        ("GET /things/a%2etxt", "GET /things/{id}.txt", {"id": "a"}),
        ("GET /old%20things/7", "GET /old things/{id}", {"id": "7"}),
        ("GET /things/%25", "GET /things/{id}", {"id": "%"}),
        # Servers, with and without variables, and others.
        ("GET https://api.example/v1/things/7", "GET /things/{id}", {"id": "7"}),
        ("GET https://api.example/v1/eu/things/7", "GET /things/{id}", {"id": "7"}),
        ("GET /base/things", "GET /things", {}),
        ("GET /some/proxy/things/7/parts/8", "GET /things/{id}/parts/{part}",
         {"id": "7", "part": "8"}),
        ("GET /proxy/things/mine", "GET /things/mine", {}),
        ("DELETE /base/x", "DELETE /{any}", {"any": "x"}),
        ("GET /", "GET /", {}),
        ("GET https://api.example", "GET /", {}),
        ("GET /v1/", "GET /", {}),
    ],
)  # fmt: skip
def test_which_operation(
    contract: Contract, asked: str, operation: str, values: dict[str, str]
) -> None:
    """A method and a URL name one operation, and its path values."""
    method, url = asked.split(" ", 1)
    found = contract.match(method, url)
    assert found is not None
    assert (_named(found.operation), dict(found.path)) == (operation, values)


@pytest.mark.parametrize(
    "asked",
    [
        "PATCH /things",
        "GET /things/",
        "GET /things//parts/1",
        "GET /thing",
        "GET /things%2F7",
        "HEAD /things",
        # Parameters alone would fit whatever lies below another path.
        "DELETE /a/b",
        "GET /elsewhere/",
    ],
)
def test_no_operation(contract: Contract, asked: str) -> None:
    """What the contract does not have is nothing, rather than the next best."""
    method, url = asked.split(" ", 1)
    assert contract.match(method, url) is None


def test_only_below_servers(contract: Contract) -> None:
    """Whoever serves a contract may ask for its own paths alone."""
    assert contract.match("GET", "/proxy/things", anywhere=False) is None
    assert contract.match("GET", "/base/things", anywhere=False) is not None


def test_methods_of_a_path(contract: Contract) -> None:
    """All templates count that fit; a path that is not there has none."""
    assert contract.methods("/things/mine") == ("DELETE", "GET", "PUT")[1:]
    assert contract.methods("/things") == ("DELETE", "GET", "POST")
    assert contract.methods("/nowhere/at/all") == ()


def test_the_order_of_the_document_does_not_matter(tmp_path: Path) -> None:
    """A template that stands first in the document takes nothing from a concrete path."""
    contract = contract_of(tmp_path, PATHS[::-1])
    for asked in ("GET /things/mine", "GET /things/{id}.txt", "GET /things/{id}/parts/{part}"):
        found = contract.match("GET", asked[4:].replace("{id}", "7").replace("{part}", "all"))
        assert found is not None
        assert _named(found.operation) == asked


_TEXT = st.text(min_size=1).filter(lambda text: text not in (".", "..") and _is_text(text))


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


@given(_TEXT, _TEXT)
def test_what_is_written_is_read(contract: Contract, thing: str, part: str) -> None:
    """Path values come back as they were, whatever characters they have."""
    url = f"https://x.test/things/{quote(thing, safe='')}/parts/{quote(part, safe='')}"
    found = contract.match("GET", url)
    assert found is not None
    assert dict(found.path) == {"id": thing, "part": part}


def test_what_was_asked_before_changes_nothing(tmp_path: Path) -> None:
    """Of URLs that differ in their ends alone each leads where it leads by itself."""
    paths = [path for path in PATHS if ".txt" not in path and ":close" not in path]
    operations = contract_of(tmp_path, [*paths, "GET /things/a%3Ab"]).operations.values()
    heads = ("/things/", "https://x.example/things/", "https://x.example/v1/eu/things/", "/", "")
    ends = (
        "7",
        "mine",
        "m%69ne",
        "8",
        "a b",
        "a:b",
        "7?a=/x",
        "7#x",
        "caf\xe9",
        "7/",
        "",
        "things",
    )
    urls = [f"{head}{end}" for _ in range(2) for head in heads for end in ends]

    def asked(matcher: Matcher, url: str) -> tuple[object, ...] | None:
        found = matcher.match("GET", url)
        return (_named(found.operation), *found.path.items()) if found is not None else None

    one_for_all = Matcher(operations, SERVERS)
    alone = [asked(Matcher(operations, SERVERS), url) for url in urls]
    assert len({named for named, *_ in filter(None, alone)}) > 3
    assert [asked(one_for_all, url) for url in urls] == alone


def test_many_operations_cost_no_more(tmp_path: Path) -> None:
    """A URL is looked up by its segments: the other paths are not tried one by one."""
    contract = contract_of(tmp_path, [f"GET /kind{number}/{{id}}" for number in range(300)])
    found = contract.match("GET", "/kind299/7")
    assert found is not None
    matcher = contract._matcher  # how it is laid out is the point
    assert len(matcher._root.words) == 300
    assert not matcher._root.templates
