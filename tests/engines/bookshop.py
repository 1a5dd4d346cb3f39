"""A bookshop in FastAPI: forms, a multipart upload, a key, cookies, and a JSON body.

Whatever reads its requests is FastAPI's, Starlette's or pydantic's, and its document is its own.
"""

from enum import Enum
from typing import Annotated, Any, cast

from fastapi import Cookie, Depends, FastAPI, File, Form, Header, HTTPException, Query, UploadFile
from fastapi.responses import JSONResponse
from fastapi.security import APIKeyHeader
from pydantic import BaseModel, ConfigDict, Field, Json

KEY = "a-key-of-the-tests-0123456789"


class Genre(Enum):
    """What a book is about."""

    NOVEL = "novel"
    POEMS = "poems"
    ATLAS = "atlas"


class Theme(Enum):
    """How a page looks."""

    DARK = "dark"
    LIGHT = "light"


class NewBook(BaseModel):
    """What a book is added with."""

    model_config = ConfigDict(extra="forbid", strict=True)

    title: Annotated[str, Field(min_length=1, max_length=60)]
    genre: Annotated[Genre, Field(strict=False)]
    pages: Annotated[int, Field(ge=1, le=5000)]
    price: Annotated[float | None, Field(ge=0)] = None
    tags: Annotated[list[str], Field(max_length=3)] = []


class Book(NewBook):
    """A book that is there."""

    number: int


class Login(BaseModel):
    """Who has come in."""

    user: str
    remembered: bool


class Scan(BaseModel):
    """What was uploaded."""

    size: int
    page: int


class About(BaseModel):
    """What is told of an album, as JSON in a field."""

    model_config = ConfigDict(extra="forbid", strict=True)

    year: Annotated[int, Field(ge=1450, le=2100)]
    artist: Annotated[str, Field(min_length=1)]


class Album(BaseModel):
    """Pictures that belong together."""

    pictures: int
    genres: list[Genre]
    year: int


# What a bookshop may get wrong, each named by what it does.
BREACHES = ("takes long names", "takes page 0", "loses the genre", "takes any number of genres")


def bookshop(*breaches: str) -> FastAPI:
    """The application, conforming but for these of the breaches."""
    app = FastAPI(title="Bookshop")
    key = APIKeyHeader(name="X-Key", auto_error=False)

    def keyholder(given: Annotated[str | None, Depends(key)]) -> None:
        if given != KEY:
            raise HTTPException(401, "no key, or a wrong one")

    longest = 10_000 if "takes long names" in breaches else 20
    least = 0 if "takes page 0" in breaches else 1

    @app.post("/login")
    def login(
        user: Annotated[str, Form(min_length=1, max_length=longest)],
        remember: Annotated[bool, Form()] = False,
        days: Annotated[int | None, Form(ge=1, le=30)] = None,
    ) -> Login:
        return Login(user=user, remembered=remember or days is not None)

    @app.post("/scans", status_code=201)
    def add_scan(file: UploadFile, page: Annotated[int, Form(ge=least, le=500)]) -> Scan:
        return Scan(size=len(file.file.read()), page=page)

    most = 100 if "takes any number of genres" in breaches else 3

    @app.post("/albums", status_code=201)
    def add_album(
        pictures: Annotated[list[UploadFile], File(max_length=4)],
        about: Annotated[Json[About], Form()],
        genres: Annotated[list[Genre], Form(max_length=most)],
        titles: Annotated[list[str] | None, Form()] = None,
    ) -> Album:
        assert titles is None or all(isinstance(title, str) for title in titles)
        return Album(pictures=len(pictures), genres=genres, year=about.year)

    @app.get("/books", dependencies=[Depends(keyholder)])
    def list_books(
        limit: Annotated[int, Query(ge=1, le=50)] = 20,
        genre: Annotated[list[Genre] | None, Query()] = None,
        theme: Annotated[Theme | None, Cookie()] = None,
        x_shelf: Annotated[int | None, Header(ge=1, le=9)] = None,
    ) -> list[Book]:
        wanted = genre or list(Genre)
        return [Book(title="Momo", genre=wanted[0], pages=304, number=x_shelf or 1)][:limit]

    @app.post("/books", status_code=201, dependencies=[Depends(keyholder)])
    def add_book(book: NewBook) -> Book:
        added = Book(number=7, **book.model_dump())
        if "loses the genre" in breaches:
            without: Any = JSONResponse(added.model_dump(mode="json", exclude={"genre"}), 201)
            return cast("Book", without)  # a reply of its own passes no response model
        return added

    return app
