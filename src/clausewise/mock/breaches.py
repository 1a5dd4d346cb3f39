"""What a value breaks, in the words of the contract."""

from __future__ import annotations

from typing import Any, NamedTuple

from clausewise.contract import Contract, Place, ask


class Breach(NamedTuple):
    """One broken promise: its clause, where the value stands, and what was promised.

    It never has the value: that may be a secret, or made of one.
    """

    clause: str
    at: str
    promise: str


def breaches(
    contract: Contract, operation: str, part: str, place: Place, value: Any, at: str = ""
) -> list[Breach]:
    """List the promises of a message that `value` breaks, each once, in document order.

    `at` is the pointer of the value in the message: empty but for parameters.
    """
    found: dict[tuple[str, str], Breach] = {}
    for answer in ask(place, value):
        if answer.kept:
            continue
        promise = answer.promise
        pointer = f"{at}{promise.pointer}"
        name = contract.clause_id(operation, part, pointer, promise.keyword)
        clause = contract.clauses.get(name)
        where = f"{at}{answer.at}" or "the body"
        text = clause.promise if clause else f"{where} keeps `{promise.keyword}`"
        found.setdefault((name, where), Breach(name, where, text))
    return list(found.values())


def in_words(found: list[Breach], most: int = 3) -> str:
    """Tell the first promises that were broken, in one line."""
    texts = list(dict.fromkeys(breach.promise for breach in found))
    more = [f"and {len(texts) - most} more"] if len(texts) > most else []
    return "; ".join([*texts[:most], *more])
