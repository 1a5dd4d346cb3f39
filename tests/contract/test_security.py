"""Security schemes: what of a request carries a credential, and which operations ask for one."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from clausewise.contract import Contract
from clausewise.contract.security import SecurityScheme, scheme_of

from .making import load


@pytest.mark.parametrize(
    ("node", "place", "parameter", "carried"),
    [
        ({"type": "http", "scheme": "bearer"}, "header", "Authorization", "Bearer s:t"),
        ({"type": "http", "scheme": "BEARER"}, "header", "Authorization", "Bearer s:t"),
        ({"type": "http", "scheme": "Basic"}, "header", "Authorization", "Basic czp0"),
        ({"type": "http", "scheme": "DPoP"}, "header", "Authorization", "DPoP s:t"),
        ({"type": "http", "scheme": "vapid"}, "header", "Authorization", "vapid s:t"),
        ({"type": "oauth2", "flows": {}}, "header", "Authorization", "Bearer s:t"),
        ({"type": "openIdConnect"}, "header", "Authorization", "Bearer s:t"),
        ({"type": "apiKey", "in": "header", "name": "X-Key"}, "header", "X-Key", "s:t"),
        (
            {"type": "apiKey", "in": "header", "name": "Authorization: Bearer"},
            "header",
            "Authorization",
            "Bearer s:t",
        ),
        ({"type": "apiKey", "in": "header", "name": "X-Key: "}, "header", "X-Key", "s:t"),
        ({"type": "apiKey", "in": "query", "name": "key"}, "query", "key", "s:t"),
        ({"type": "apiKey", "in": "cookie", "name": "sid"}, "cookie", "sid", "s:t"),
        ({"type": "mutualTLS"}, "connection", "", "s:t"),
    ],
)
def test_where_a_credential_stands(node: Any, place: str, parameter: str, carried: str) -> None:
    """OpenAPI 3.1, section 4.8.27; a scheme word has the case of IANA's registry."""
    scheme = scheme_of("name", node)
    assert scheme is not None
    assert (scheme.name, scheme.place) == ("name", place)
    assert (scheme.parameter, scheme.value_of("s:t")) == (parameter, carried)


@pytest.mark.parametrize(
    "node",
    [
        {},
        {"type": "magic"},
        {"type": "apiKey"},
        {"type": "apiKey", "in": "body", "name": "x"},
        {"type": "apiKey", "in": "header"},
        {"type": "apiKey", "in": "header", "name": "API Key"},
        {"type": "apiKey", "in": "query", "name": ""},
    ],
)
def test_what_is_no_scheme(node: Any) -> None:
    """A scheme of which nobody knows where its credential stands."""
    assert scheme_of("name", node) is None


def test_a_user_and_a_password() -> None:
    """RFC 7617: both are UTF-8, and a colon may stand in the password."""
    scheme = SecurityScheme("b", "header", "Authorization", "Basic")
    assert scheme.value_of("é:a:b") == f"Basic {b64encode('é:a:b'.encode()).decode()}"


SCHEMES = {
    "token": {"type": "http", "scheme": "bearer"},
    "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
    "sid": {"type": "apiKey", "in": "cookie", "name": "sid"},
    "odd": {"type": "magic"},
    "linked": {"$ref": "#/components/securitySchemes/key"},
}


def _contract(root: Path, security: Any, schemes: Any = SCHEMES) -> Contract:
    node = {"operationId": "look", "responses": {"200": {"description": "Done."}}}
    document: dict[str, Any] = {"openapi": "3.1.0", "paths": {"/a": {"get": node}}}
    if security is not None:
        node["security"] = security
    if schemes is not None:
        document["components"] = {"securitySchemes": schemes}
    return load(root, {"openapi.yaml": document})


@pytest.mark.parametrize(
    ("security", "names", "secured"),
    [
        (None, [], False),
        ([], [], False),
        ([{"token": []}], [["token"]], True),
        ([{"token": [], "key": []}], [["token", "key"]], True),
        ([{"token": []}, {"key": [], "sid": []}], [["token"], ["key", "sid"]], True),
        ([{"token": []}, {}], [["token"], []], False),
        # As PHP writes an empty object.
        ([{"token": []}, []], [["token"], []], False),
        ([[]], [[]], False),
        ([{"linked": []}], [["linked"]], True),
    ],
)
def test_alternatives(tmp_path: Path, security: Any, names: Any, secured: bool) -> None:
    """Of a list one is enough; of an object all are needed; an empty one makes it optional."""
    contract = _contract(tmp_path, security)
    operation = contract.operations["look"]
    assert [[scheme.name for scheme in needed] for needed in operation.security] == names
    assert operation.secured is secured
    assert ("look:auth" in contract.clauses) is secured
    assert contract.not_judged == ()


@pytest.mark.parametrize(
    ("security", "said"),
    [
        ({"token": []}, "`security` is a list, not {'token': []}"),
        (["token"], "`security` is a list of objects, not of 'token'"),
        ([["token"]], "`security` is a list of objects, not of ['token']"),
    ],
)
def test_what_says_nothing_of_credentials(tmp_path: Path, security: Any, said: str) -> None:
    """It is told as what it is; the operation is asked all the same."""
    contract = _contract(tmp_path, security)
    assert [miss.reason for miss in contract.not_judged] == [said]
    assert contract.operations["look"].unasked is None


def test_an_alternative_with_an_unknown_scheme_is_none(tmp_path: Path) -> None:
    """It is told of, and the other alternatives hold."""
    contract = _contract(tmp_path, [{"odd": [], "key": []}, {"token": []}, {"gone": []}])
    operation = contract.operations["look"]
    assert [scheme.name for scheme in operation.schemes] == ["token"]
    assert [miss.reason for miss in contract.not_judged] == [
        "the security scheme odd is none that is known",
        "the security scheme gone is none that is known",
    ]


def test_documents_without_schemes_mean_a_token(tmp_path: Path) -> None:
    """A requirement that nothing explains is a bearer token."""
    operation = _contract(tmp_path, [{"anything": []}], None).operations["look"]
    assert [(one.name, one.word) for one in operation.schemes] == [("anything", "Bearer")]
