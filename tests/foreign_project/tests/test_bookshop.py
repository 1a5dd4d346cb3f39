"""The service's own tests. Each holds its responses to openapi.yaml with one line."""

from collections.abc import Callable
from typing import Any

import pytest
from bookshop import app
from fastapi.testclient import TestClient

client = TestClient(app)


def test_a_book_is_added(clausewise_judge: Callable[..., Any]) -> None:
    """It is ordered."""
    response = client.post("/books", json={"title": "Emil", "pages": 160})
    assert response.json()["title"] == "Emil"
    clausewise_judge(response)


def test_a_book_needs_a_title(clausewise_judge: Callable[..., Any]) -> None:
    """Without one it is refused: the request breaks the contract, and the service says so."""
    response = client.post("/books", json={"title": ""})
    judgement = clausewise_judge(response)
    assert response.status_code == 422
    assert not judgement.lawful


@pytest.mark.parametrize("limit", range(1, 9))
def test_books_are_listed(clausewise_judge: Callable[..., Any], limit: int) -> None:
    """As many as were asked for, at most."""
    response = client.get("/books", params={"limit": limit})
    assert len(response.json()) <= limit
    clausewise_judge(response)


def test_a_book_is_shown(clausewise_judge: Callable[..., Any]) -> None:
    """It is the one that was asked for."""
    response = client.get("/books/1")
    clausewise_judge(response)


def test_a_book_that_is_not_there(clausewise_judge: Callable[..., Any]) -> None:
    """It is not found."""
    clausewise_judge(client.get("/books/99"))
