"""What a record keeps of the documents that promises are written in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from msgspec import UNSET

from clausewise.contract import Contract, load_contract
from clausewise.record.record import JudgedClause, SourceText
from clausewise.record.recording import judged_clause
from clausewise.record.sources import MOST_TEXT, sources_of
from clausewise.record.verdicts import Ruling
from clausewise.secrets.masking import MASK, Mask

SECRET = "s3cr3t-0f-somebody"  # noqa: S105  # made up


def _document(members: int, note: str = "", operations: int = 1) -> dict[str, Any]:
    """An API of operations whose replies have so many members each, all of names of their own."""
    paths: dict[str, Any] = {}
    for number in range(operations):
        names = [f"m{number * members + place}" for place in range(members)]
        properties = {name: {"type": "string", "maxLength": 9} for name in names}
        content = {"application/json": {"schema": {"type": "object", "properties": properties}}}
        responses = {"200": {"description": "ok", "content": content}}
        look = {"operationId": f"look{number}", "description": note, "responses": responses}
        paths[f"/things{number}"] = {"get": look}
    return {"openapi": "3.1.0", "info": {"title": "Things", "version": "1"}, "paths": paths}


def _contract(folder: Path, text: str) -> Contract:
    (folder / "api.json").write_text(text, "utf-8")
    return load_contract(folder, folder / "api.json")


def _sources(
    contract: Contract, secrets: tuple[str, ...] = (), violated: str = ""
) -> tuple[tuple[SourceText, ...], list[JudgedClause]]:
    """The documents of a run in which all is upheld, but for the clauses of one member."""
    mask = Mask(contract, secrets)
    clauses = []
    for clause in contract.clauses.values():
        broken = (clause.pointer or "").strip("/") == violated
        clauses.append(
            judged_clause(Ruling(clause, "violated" if broken else "upheld", "seen"), mask)
        )
    return sources_of(clauses, contract.texts, mask), clauses


def test_small_documents_are_kept_whole(tmp_path: Path) -> None:
    """All lines are there, in order, as they are written."""
    text = json.dumps(_document(3), indent=2)

    (source,), _ = _sources(_contract(tmp_path, text))

    assert (source.file, source.lines) == ("api.json", text.count("\n") + 1)
    assert "\n".join(piece.text for piece in source.pieces) == text
    assert [piece.line for piece in source.pieces] == list(range(1, source.lines + 1))


def test_secrets_are_masked(tmp_path: Path) -> None:
    """What the run knows for a secret stands nowhere in the text, nor what a URL holds."""
    note = f"try {SECRET}, or https://ann:hunter2222@example.test/"
    text = json.dumps(_document(3, note), indent=2)

    (source,), _ = _sources(_contract(tmp_path, text), (SECRET,))

    shown = "\n".join(piece.text for piece in source.pieces)
    assert SECRET not in shown
    assert "hunter2222" not in shown
    assert f"try {MASK}, or" in shown


def test_a_document_of_one_line(tmp_path: Path) -> None:
    """Of one long line the places of promises are kept: each clause finds the keyword it is."""
    text = json.dumps(_document(2_000), separators=(",", ":"))

    (source,), clauses = _sources(_contract(tmp_path, text))

    pieces = {piece.column: piece.text for piece in source.pieces}
    assert any(one.source and one.source.column is UNSET for one in clauses)
    assert pieces[1].startswith('{"openapi"')
    far = [one for one in clauses if one.source and one.source.column is not UNSET]
    assert len(far) > 3_990
    for clause in far:
        assert clause.source is not None
        assert isinstance(clause.source.column, int)
        if clause.source.column in pieces:
            assert pieces[clause.source.column].startswith(f'"{clause.keyword}"')
    assert sum(map(len, pieces.values())) <= MOST_TEXT


def test_a_secret_that_a_part_cuts_is_not_shown(tmp_path: Path) -> None:
    """Where a long line holds a secret, no part near it is shown."""
    secret = "x7-" * 80
    text = json.dumps(_document(400), separators=(",", ":"))
    begin, behind = '"maxLength":9},', '"m20":{"description":"'
    filler = "." * (200 - len(begin + behind) - 5)
    assert f'{begin}"m20":{{' in text
    text = text.replace('"m20":{', f'{behind}{filler}{secret}",')

    (source,), _ = _sources(_contract(tmp_path, text), (secret,))

    shown = "".join(piece.text for piece in source.pieces)
    assert "x7-x7" not in shown
    assert MASK in shown
    assert '"maxLength":9' in shown


@pytest.mark.parametrize("member", ["m0", "m2400", "m4799"])
def test_large_documents_are_bounded(tmp_path: Path, member: str) -> None:
    """Of megabytes a bounded part is kept, and what deviates is in it, wherever it stands."""
    text = json.dumps(_document(400, operations=12), indent=2)

    (source,), clauses = _sources(_contract(tmp_path, text), violated=member)

    assert sum(len(piece.text) for piece in source.pieces) < 1.1 * MOST_TEXT
    lines = {piece.line: piece.text for piece in source.pieces}
    deviating = [one for one in clauses if one.verdict == "violated"]
    assert len(deviating) == 2
    for clause in deviating:
        assert clause.source is not None
        assert f'"{clause.keyword}"' in lines[clause.source.line]
        assert clause.source.line - 2 in lines


def test_documents_without_promises(tmp_path: Path) -> None:
    """A document that no clause is written in is not kept."""
    contract = _contract(tmp_path, json.dumps(_document(2), indent=2))
    clauses = [
        judged_clause(Ruling(c, "upheld", ""), Mask(contract, ()))
        for c in contract.clauses.values()
    ]

    other = sources_of(clauses, {"elsewhere.yaml": "a: b"}, Mask(contract, ()))

    assert other == ()
