"""Elsewhere: whether something else than the API stands at the address, told from few requests.

It answers what no contract has as it answers us: with a page, or that there is nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from urllib.parse import unquote, urlsplit

from clausewise.campaign.exchanging import STRANGER
from clausewise.contract import Operation
from clausewise.contract.media_types import PAGES, best
from clausewise.contract.path_templates import path_names
from clausewise.exchange import Request, Response
from clausewise.record.ledger import Entry

# Operations without names in their paths that are answered so before it is said, where there are so
# many; so many of those that are safe as well.
_ENOUGH = 4
# Requests that may change something before safe ones are asked first.
_FIRST = 2
# Not Found, Gone; Method Not Allowed and Not Implemented, as what serves files says to a POST.
_NOTHING = (404, 410, 405, 501)
# Characters of an answer that are held against another's, and what differs from one to the next.
_LONGEST = 2000
_OF_A_STRANGER = re.compile(rf"""[^\s"'<>]*{STRANGER}""")
_PASSING = re.compile(r"[0-9a-f-]{8,}|[0-9]+", re.IGNORECASE)


class Elsewhere:
    """What was heard of an address, until anything speaks for the API."""

    def __init__(
        self,
        operations: Collection[Operation],
        given: Callable[[str], Collection[str]],
        ask: Callable[[Entry], Response | None],
    ) -> None:
        """`operations` are those of a run, `given` the path values that the user has for one.

        `ask` asks for a path of no contract, like another request.
        """
        plain = [one for one in operations if set(path_names(one.path)) <= {*given(one.id)}]
        self._plain = {one.id for one in plain}
        self._safe = {one.id for one in plain if one.safe}
        # What destroys comes last, when all else was heard.
        self._askable = {one.id for one in operations if one.method != "DELETE"}
        self._ask = ask
        self._operations = {one.id: one for one in operations}
        self._strangers: dict[str, Response | None] = {}
        self._heard: dict[str, Entry] = {}
        self._over = False

    def waits(self, operation: Operation) -> bool:
        """Whether others come first: nothing was heard of the API, and this one may change it."""
        if self._over or operation.safe or self._safe <= self._heard.keys():
            return False
        return sum(not self._operations[name].safe for name in self._heard) >= _FIRST

    def heard(self, entry: Entry) -> bool:
        """Note an answer; whether it, and each one before, may be that of something else.

        Raises Stopped.
        """
        if not self._over:
            self._over = not self._is_of_anything(entry)
        if not self._over:
            self._heard.setdefault(entry.case.operation, entry)
        return not self._over

    def not_asked(self, operation: str) -> None:
        """Do not wait for an operation of which no request can be made."""
        self._askable.discard(operation)
        self._plain.discard(operation)
        self._safe.discard(operation)

    @property
    def proof(self) -> Entry | None:
        """An answer that shows, with all others, that the API is not there, if there is one."""
        if self._over:
            return None
        heard = self._heard.items()
        pages = [name for name, entry in heard if _is_page(self._operations[name], entry)]
        told = self._heard.keys() & {*self._plain, *pages}
        if not pages and len(self._heard) < min(_ENOUGH, len(self._askable)):
            return None
        if len(told) < max(1, min(_ENOUGH, len(self._plain))):
            return None
        if len(told & self._safe) < min(_ENOUGH, len(self._safe)):
            return None
        return self._heard[pages[0]] if pages else next(iter(self._heard.values()))

    def _is_of_anything(self, entry: Entry) -> bool:
        response, request = entry.exchange.response, entry.exchange.request
        page = _is_page(self._operations[entry.case.operation], entry)
        if response is None or not (page or response.status in _NOTHING):
            return False
        if request.method not in self._strangers:
            self._strangers[request.method] = self._ask(entry)
        stranger = self._strangers[request.method]
        if stranger is None or stranger.status != response.status:
            return False
        if page:
            return stranger.media_type in PAGES
        return _said(response, request) == _said(stranger, None)


def _is_page(operation: Operation, entry: Entry) -> bool:
    """Whether a success is a page of HTML where none is documented."""
    response = entry.exchange.response
    if response is None or entry.outcome != "accepted" or response.media_type not in PAGES:
        return False
    reply = operation.reply_for(response.status)
    return reply is None or best(reply.media_ranges, response.media_type) is None


def _said(response: Response, request: Request | None) -> tuple[str | None, str]:
    """What an answer says, less what was asked for and what differs each time.

    `request` is None for what was asked of a path of no contract.
    """
    text = response.text(_LONGEST)
    if request is None:
        text = _OF_A_STRANGER.sub("", text)
    else:
        split = urlsplit(request.url)
        path = split.path
        asked = (f"{path}?{split.query}", path, unquote(path), path.replace("/", "\\/"))
        for one in asked:
            text = text.replace(one, "") if len(one) > 1 else text
    return response.media_type, _PASSING.sub("", text)
