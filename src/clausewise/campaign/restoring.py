"""Restoring: what was there before the run and is changed by it gets the values back that it had.

A thing without a name of its own (`/settings`), and one that the user named, is changed by a PUT or
a PATCH and taken back by nothing. So it is read before the first such request, and what it showed
then is sent in the end by the operation that changed it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from clausewise.campaign.coherence import thing_in
from clausewise.campaign.preparing import Ready
from clausewise.contract import Operation
from clausewise.contract.codecs import codec_for, encode_json, is_file, says_text
from clausewise.contract.media_types import media_type
from clausewise.exchange import Request, Response
from clausewise.judge.outcomes import GONE, is_success
from clausewise.links.catalogue import Catalogue
from clausewise.plan.case_values import pinned_names
from clausewise.pointer import unescape
from clausewise.record.made import ToUndo


class Restoring:
    """Knows what things of others were like before the run changed them. Safe in several threads.

    `look` gives what is shown at a URL, or None; it may raise Stopped.
    """

    def __init__(self, catalogue: Catalogue, look: Callable[[ToUndo], Response | None]) -> None:
        self._catalogue = catalogue
        self._look = look
        # By URL, what was shown of it before anything was changed; None where nothing was shown.
        self._before: dict[str, Response | None] = {}
        self._changed: set[str] = set()
        self._lock = threading.Lock()

    def sending(self, ready: Ready) -> None:
        """Read what a request is about to change, if it may change what others rely on.

        Raises Stopped.
        """
        if self._may_change_others(ready):
            url = ready.request.url.partition("?")[0]
            own = self._is_read(ready)
            if not own and self._member_of_what_is_read(ready.operation) is None:
                return
            with self._lock:
                if url not in self._before:
                    at = url if own else url.rpartition("/")[0]
                    shown = self._look(ToUndo("GET", at, None))
                    known = shown is not None and is_success(shown.status)
                    self._before[url] = shown if known else None
                    if own and shown is not None and shown.status in GONE:
                        self._changed.add(url)  # what comes about is no matter of others

    def changed(self, ready: Ready) -> ToUndo | str | None:
        """What gives a thing its values back, after the first request that may have changed it.

        None where nothing has to be given back, a text where that cannot be done: why.
        """
        if not self._may_change_others(ready):
            return None
        url = ready.request.url.partition("?")[0]
        with self._lock:
            if url in self._changed:
                return None
            self._changed.add(url)
        shown, given_back = self._before.get(url), None
        if shown is not None and self._is_read(ready):
            given_back = _given_back(ready.operation, ready.request, shown)
        elif shown is not None:
            member = self._member_of_what_is_read(ready.operation) or ""
            given_back = _part_given_back(ready.operation, shown, member)
        if given_back is None:
            return "it was changed, and no reply shows what it was before"
        body, kinds = given_back
        headers = tuple(("Content-Type", kind) for kind in kinds)
        return ToUndo(ready.request.method, ready.request.url, body, headers)

    def _may_change_others(self, ready: Ready) -> bool:
        operation, target = ready.operation, ready.binding.target
        if operation.method not in ("PUT", "PATCH") or operation.body is None:
            return False
        if ready.case.needs is not None or pinned_names(ready.case):
            return False
        if ready.binding.naming is not None or (target is not None and target.instance.made):
            return False
        # What no name tells from others is there, whether or not anything reads it.
        return not self._catalogue.path_needs(operation.id) or self._is_read(ready)

    def _is_read(self, ready: Ready) -> bool:
        return self._reads(self._catalogue.path_of(ready.operation))

    def _reads(self, path: str) -> bool:
        readers = (one for one in self._catalogue.at(path) if one.method == "GET")
        return any(self._catalogue.destroys(one) is None for one in readers)

    def _member_of_what_is_read(self, operation: Operation) -> str | None:
        """What a thing that is read calls the part that an operation changes: `/course/arrival`."""
        around, _, last = self._catalogue.path_of(operation).rpartition("/")
        return last if "{" not in last and self._reads(around) else None


def _given_back(
    operation: Operation, request: Request, shown: Response
) -> tuple[str, list[str]] | None:
    """The body that makes a thing what it was shown as, and its type, if that is to be named.

    None where what was shown is nothing that the operation takes.
    """
    value, like = shown.json_or_none, request.body
    thing = thing_in(value, like)
    if thing is not None and isinstance(like, dict):
        sent_as = [held for name, held in request.headers if name.lower() == "content-type"]
        text = _written(operation, _restored(operation, thing), sent_as)
        return (text, sent_as[:1]) if text is not None else None
    is_text = (shown.header("content-type") or "").startswith("text/")
    for content in operation.contents:
        if content.is_json and thing is not None and content.message.place.fits(thing):
            return encode_json(_restored(operation, thing)).decode(), [content.sent_as]
        if content.is_json and shown.not_json is None and content.message.place.fits(value):
            return encode_json(value).decode(), [content.sent_as]
        if is_text and says_text(content.sent_as) and not is_file(content.sent_as):
            text = shown.text()
            return (text, [content.sent_as]) if content.message.place.fits(text) else None
    return None


def _part_given_back(
    operation: Operation, shown: Response, member: str
) -> tuple[str, list[str]] | None:
    """The same for a part of what was shown, which has a path of its own: alone, or as a member."""
    thing = thing_in(shown.json_or_none, {member: None})
    if thing is None or member not in thing:
        return None
    value = thing[member]
    taken = _taken(operation) or ()
    for content in operation.contents:
        if content.is_json and content.message.place.fits(value):
            return encode_json(value).decode(), [content.sent_as]
        if content.is_json and len(taken) == 1:
            return encode_json(dict.fromkeys(taken, value)).decode(), [content.sent_as]
    return None


def _written(operation: Operation, thing: dict[str, Any], sent_as: list[str]) -> str | None:
    """A thing as a body of the type that was sent; None where it has no such form, or no text."""
    kinds = [media_type(held).kind for held in sent_as]
    for content in operation.contents:
        codec = codec_for(content) if media_type(content.sent_as).kind in kinds else None
        if codec is not None:
            try:
                return (codec.encode(thing) or b"").decode() or None
            except UnicodeDecodeError:  # what is given back is kept as a text
                return None
    return encode_json(thing).decode()


def _restored(operation: Operation, before: dict[str, Any]) -> dict[str, Any]:
    """What a thing was shown as, less what the operation that changes it does not take."""
    taken = _taken(operation)
    return {name: value for name, value in before.items() if taken is None or name in taken}


def _taken(operation: Operation) -> list[str] | None:
    """The members of a body that a client may write; None where the document names no member."""
    assert operation.body is not None
    members = [one for one in operation.body.place.walk() if one.pointer.count("/") == 1]
    written = [unescape(m.pointer[1:]) for m in members if m.notes.get("readOnly") is not True]
    return written if members else None
