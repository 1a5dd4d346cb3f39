"""A small service, as somebody writes it who has never heard of contract tests."""

import os
from typing import Annotated, Any

from fastapi import FastAPI, HTTPException, Query
from pydantic import BaseModel, Field

app = FastAPI()
books: list[dict[str, Any]] = [{"id": 1, "title": "Momo", "pages": 304, "state": "here"}]
# What is wrong with the service, for the tests of the fixture: nothing, or one of three things.
WRONG = os.environ.get("BOOKSHOP_WRONG", "")


class NewBook(BaseModel):
    """What a book is added with."""

    title: Annotated[str, Field(min_length=0 if WRONG == "lenient" else 1)]
    pages: Annotated[int | None, Field(ge=1)] = None


@app.get("/books")
def list_books(limit: Annotated[int, Query(ge=1, le=100)] = 20) -> list[dict[str, Any]]:
    """All books."""
    return books[:limit]


@app.post("/books", status_code=201)
def add_book(book: NewBook) -> dict[str, Any]:
    """Order a book."""
    made = {"id": len(books) + 1, "state": "ordered", **book.model_dump(exclude_none=True)}
    if WRONG == "reply":
        made["state"] = "on its way"
    books.append(made)
    return made


@app.get("/books/{number}")
def show_book(number: int) -> dict[str, Any]:
    """One book."""
    if WRONG == "crash":
        raise HTTPException(500, "no")
    found = next((book for book in books if book["id"] == number), None)
    if found is None:
        raise HTTPException(404, "there is no such book")
    return found
