"""A record shop's API as its developers wrote it: they have never heard of Clausewise."""

import csv
import io
from itertools import count
from typing import Annotated, Any, Literal

from fastapi import Depends, FastAPI, HTTPException, Response, Security, UploadFile
from fastapi.security import APIKeyHeader
from pydantic import BaseModel, Field

KEY = "records-key-5d1c0e7a"  # made up
shop_key = APIKeyHeader(name="X-Key", scheme_name="ShopKey")


class NewRecord(BaseModel):
    """What a client says of a record."""

    title: Annotated[str, Field(min_length=1, max_length=80)]
    genre: Literal["jazz", "folk", "noise"] = "jazz"
    year: Annotated[int, Field(ge=1900, le=2100)]


class Record(NewRecord):
    """A record that is in the shop."""

    id: int


class Problem(BaseModel):
    """Why a request was refused."""

    detail: str


def create_app() -> FastAPI:
    """An empty shop."""
    app = FastAPI(title="Record shop")
    records: dict[int, Record] = {}
    covers: dict[int, bytes] = {}
    numbers = count(1)

    def checked(given: Annotated[str, Security(shop_key)]) -> None:
        if given != KEY:
            raise HTTPException(401, "no such key")

    secured = [Depends(checked)]
    refused: dict[int | str, dict[str, Any]] = {401: {"model": Problem}}
    unknown: dict[int | str, dict[str, Any]] = {**refused, 404: {"model": Problem}}

    def found(record_id: int) -> Record:
        if record_id not in records:
            raise HTTPException(404, "no such record")
        return records[record_id]

    @app.get("/records", responses=refused, dependencies=secured)
    def list_records(genre: Literal["jazz", "folk", "noise"] | None = None) -> list[Record]:
        return [one for one in records.values() if genre in (None, one.genre)]

    @app.post(
        "/records",
        status_code=201,
        responses={**refused, 409: {"model": Problem}},
        dependencies=secured,
    )
    def add_record(record: NewRecord) -> Record:
        if any(one.title == record.title for one in records.values()):
            raise HTTPException(409, "this title is taken")
        made = Record(id=next(numbers), **record.model_dump())
        records[made.id] = made
        return made

    @app.get(
        "/records.csv",
        responses={**refused, 200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
        response_class=Response,
        dependencies=secured,
    )
    def download_records() -> Response:
        table = io.StringIO()
        csv.writer(table).writerows(
            [["id", "title"], *([one.id, one.title] for one in records.values())]
        )
        return Response(table.getvalue(), media_type="text/csv")

    @app.get("/records/{record_id}", responses=unknown, dependencies=secured)
    def get_record(record_id: int) -> Record:
        return found(record_id)

    @app.put("/records/{record_id}/cover", status_code=204, responses=unknown, dependencies=secured)
    async def upload_cover(record_id: int, cover: UploadFile) -> None:
        covers[found(record_id).id] = await cover.read()

    @app.delete("/records/{record_id}", status_code=204, responses=unknown, dependencies=secured)
    def remove_record(record_id: int) -> None:
        del records[found(record_id).id]

    return app
