"""Excuses: what replies lack or hold that only warns, since the request that got them asked for it.

A value that a broken request had left is told of that request; a reply to one of another form, or
to one that asked for some members, is as it was asked for. What else the reply to a broken request
breaks stands by itself: it was promised whatever was sent, and one cause holds both.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from clausewise.contract import Clause
from clausewise.contract.requests import BODY
from clausewise.judge.breaches import Breach
from clausewise.pointer import ABSENT, look
from clausewise.record.ledger import Entry

# Parameters that say which members a reply is to have: fields, $select, filter.fields, fields[a].
_CHOOSING = re.compile(
    r"^[$_]?(?:fields?|select|selection|only|exclude|omit|projection|attributes|columns"
    r"|(?:include|exclude|select|omit)_?(?:fields|columns|attributes))(?:\[.*\])?$",
    re.IGNORECASE,
)


class Excuses:
    """Asked of a breach in a reply.

    `taken` are broken requests that are findings, each with the clause that it breaks: accepted
    ones, and such as crashed, which may have left something all the same.
    """

    def __init__(self, taken: Iterable[tuple[Clause, Entry]]) -> None:
        self._left: dict[tuple[str, str], Entry] = {}
        # By broken request, whether what it breaks is the form of its body as a whole.
        self._broken: dict[int, bool] = {}
        for clause, entry in taken:
            whole = clause.at == f"/{BODY}" and clause.keyword == "type"
            self._broken[entry.id] = whole or self._broken.get(entry.id, False)
            value = look(entry.case.value, clause.at) if clause.at is not None else ABSENT
            if clause.at is None or value is ABSENT:
                continue
            key = _last(clause.at), _as_text(value)
            known = self._left.get(key)
            if known is None or entry.id < known.id:
                self._left[key] = entry

    def of(self, entry: Entry, breach: Breach) -> str | None:
        """Why a breach in the reply of an exchange only warns; None where it does not."""
        if entry.outcome != "accepted":
            return None
        if entry.id in self._broken:
            other = self._broken[entry.id]
            return "the request was of another form itself, and accepted" if other else None
        part, _, keyword = breach.clause.rpartition(":")
        pointer = part.partition("#")[2]
        if not pointer:
            return None
        if keyword == "required":
            name = next(_choosing(entry.case.value.get("query")), None)
            return f"the request asked for some members only (`{name}`)" if name else None
        left = self._left.get((_last(pointer), _as_text(breach.value)))
        if left is None or left.id >= entry.id:
            return None
        return f"it holds what exchange {left.id} left there, a broken request that was not refused"


def _last(pointer: str) -> str:
    return pointer.rpartition("/")[2]


def _as_text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=str)


def _choosing(query: Any) -> Iterator[str]:
    """The parameters, and members of parameters, that choose members of the reply."""
    for name, value in query.items() if isinstance(query, dict) else ():
        if _CHOOSING.match(name) and value not in (None, "", [], {}):
            yield name
        yield from (f"{name}.{inner}" for inner in _choosing(value))
