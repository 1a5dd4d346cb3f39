"""Reports of schema_version 1, as those of today: their bodies were texts, cuts words in them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from clausewise.record.verdicts import SOFT_CLAUSE
from clausewise.secrets.masking import MASK

_CUT = re.compile(r"\n… (\d+) more characters\Z")


def upgraded(node: Mapping[str, Any]) -> dict[str, Any]:
    """The plain model of a report of version 1 as one of version 2; what fits neither stays."""
    made = {**node, "schema_version": 2}
    clauses, exchanges = node.get("clauses"), node.get("exchanges")
    if isinstance(clauses, list):
        made["clauses"] = [_clause(clause) for clause in clauses]
    if isinstance(exchanges, list):
        made["exchanges"] = [_exchange(exchange) for exchange in exchanges]
    return made


def _clause(clause: Any) -> Any:
    if not isinstance(clause, dict):
        return clause
    return {**clause, "soft_because": SOFT_CLAUSE if clause.get("soft") else None}


def _exchange(exchange: Any) -> Any:
    if not isinstance(exchange, dict):
        return exchange
    made = dict(exchange)
    for name in ("request", "response"):
        message = made.get(name)
        if isinstance(message, dict) and isinstance(message.get("body"), str):
            made[name] = {**message, "body": _body(message["body"], message.get("bytes"))}
    return made


def _body(text: str, length: Any) -> dict[str, Any]:
    cut = _CUT.search(text)
    kept = text[: cut.start()] if cut else text
    size = len(kept.encode("utf-8", "surrogatepass"))
    return {
        "text": kept,
        "cut": {"kept": size, "bytes": length if isinstance(length, int) else size}
        if cut
        else None,
        # Where in it was not noted.
        "masked": [""] if MASK in kept else [],
    }
