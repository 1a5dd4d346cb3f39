"""What the endpoints of a self-test say where a fault has them refuse a lawful value."""

from __future__ import annotations

from pathlib import Path

from clausewise.exchange import Response
from clausewise.judge.refusals import data_words
from clausewise.pack import find_pack
from clausewise.selftest.echo import Echo

from ..conftest import REPOSITORY
from .documents import trial_of


def test_the_mock_speaks_of_the_request() -> None:
    """The bundled mock says nothing of what is there or is not."""
    pack = find_pack(str(REPOSITORY))
    mock = pack.mock()
    for operation in pack.contract.operations.values():
        status, _, content = mock.refuse(operation)
        assert data_words(Response(status, (), content, 0.0)) is None


def test_an_echo_chooses_another_example(tmp_path: Path) -> None:
    """A documented refusal that speaks of what exists is told to others, not by a fault."""
    schema = {"type": "object", "properties": {"message": {"type": "string"}}}
    example = {"message": "It exists already."}
    content = {"application/json": {"schema": schema, "example": example}}
    replies = {"400": {"description": "No.", "content": content}}
    contract = trial_of(tmp_path, add=("POST /books", {"responses": replies})).pack.contract
    _, _, told = Echo(contract, {}).refuse(contract.operations["add"])
    assert data_words(Response(400, (), told, 0.0)) is None
