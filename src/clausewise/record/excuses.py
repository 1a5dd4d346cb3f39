"""Excuses: what replies lack that only warns, since the request that got them asked for it.

A reply to a request of another form, or to one that asked for some members, is as it was asked
for. What else the reply to a broken request breaks, or any reply that shows what one had left,
stands by itself: it was promised whatever was sent, and one cause holds both. To be led to a
log-in without a credential is what an undocumented 401 is: a way to refuse.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from clausewise.contract import Clause
from clausewise.contract.ids import read_id
from clausewise.contract.requests import BODY
from clausewise.judge.breaches import Breach
from clausewise.record.ledger import Entry

# Parameters that say which members a reply is to have: fields, $select, filter.fields, fields[a].
_CHOOSING = re.compile(
    r"^[$_]?(?:fields?|select|selection|only|exclude|omit|projection|attributes|columns"
    r"|(?:include|exclude|select|omit)_?(?:fields|columns|attributes))(?:\[.*\])?$",
    re.IGNORECASE,
)


class Excuses:
    """Asked of a breach in a reply. `lenient` are broken requests that were accepted, by clause."""

    def __init__(self, lenient: Iterable[tuple[Clause, Entry]]) -> None:
        # Requests whose body as a whole was of another form.
        self._reshaped = {
            entry.id
            for clause, entry in lenient
            if clause.at == f"/{BODY}" and clause.keyword == "type"
        }

    def of(self, entry: Entry, breach: Breach) -> str | None:
        """Why a breach in the reply of an exchange only warns; None where it does not."""
        broken = read_id(breach.clause)
        shut_out = entry.outcome == "redirected" and entry.case.credential != "ours"
        if shut_out and broken.kind == "status":
            return "without our credential it leads elsewhere, as a 401 would say"
        if entry.outcome != "accepted":
            return None
        if entry.id in self._reshaped:
            return "the request was of another form itself, and accepted"
        if broken.keyword != "required" or not broken.pointer:
            return None
        name = next(_choosing(entry.case.value.get("query")), None)
        return f"the request asked for some members only (`{name}`)" if name else None


def _choosing(query: Any) -> Iterator[str]:
    """The parameters, and members of parameters, that choose members of the reply."""
    for name, value in query.items() if isinstance(query, dict) else ():
        if _CHOOSING.match(name) and value not in (None, "", [], {}):
            yield name
        yield from (f"{name}.{inner}" for inner in _choosing(value))
