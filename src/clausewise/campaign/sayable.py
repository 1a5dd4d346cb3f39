"""Sayable names: a new thing is called nothing that the path of its DELETE cannot say.

A name of the client's own stands in that path, percent-encoded. Many servers decode a path before
they part it, and a slash in a name leads astray; some take no long one. So before a thing gets such
a name it is looked for by a name like it that nobody has: where that is answered otherwise than a
plain one, the thing gets a name like one that was taken. Percent signs are left out, since who
decodes a path twice reads another name, and slashes that may lead to somebody else's thing.
"""

from __future__ import annotations

import html
import json
import re
import threading
from collections.abc import Callable, Mapping
from itertools import count
from urllib.parse import quote
from uuid import uuid4

from msgspec import Struct, field
from msgspec.structs import replace

from clausewise.campaign.undoing import with_required
from clausewise.contract import Operation
from clausewise.exchange import Response
from clausewise.links.catalogue import Catalogue
from clausewise.links.items import scalars
from clausewise.links.names import leads_elsewhere, new_name
from clausewise.links.needs import Collection, Need
from clausewise.links.seen import Instance, ranked
from clausewise.plan.case_values import is_about, value_at, with_value
from clausewise.plan.cases import Case
from clausewise.record.ledger import Entry
from clausewise.record.made import ToUndo
from clausewise.values.fresh import keeps_place, renewed

# What any path says as it is (RFC 3986, section 2.3), if it is not long.
_PLAIN = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._~-]{0,63}")
# What some path may say otherwise.
_MISREAD = re.compile(r"[%/\\]|.{65}")
# Paths up to so many characters are no long ones.
_SHORT = 256


class _NamedPath(Struct):
    """The path of a thing whose maker calls it by members of its body, and how it is looked for.

    `members` are their pointers, each with the segment of the path from its end, and what it names;
    `taken` are names that were accepted there. `says` has which forms of names were looked for, and
    whether the path can say them.
    """

    look: ToUndo
    members: dict[str, tuple[int, Need]]
    taken: dict[str, str]
    says: dict[tuple[str, ...], bool] = field(default_factory=dict)


class Sayable:
    """Which names new things may have. Safe to use from several threads."""

    def __init__(
        self, catalogue: Catalogue, origin: str, look: Callable[[ToUndo], Response | None]
    ) -> None:
        """`look` gives what is answered, or None; it may raise Stopped."""
        self._catalogue = catalogue
        self._origin = origin
        self._look = look
        # By operation, those that make such things and those that may rename them alike.
        self._paths: dict[str, _NamedPath] = {}
        # The operations of whose things one was taken back by what it is called.
        self._sure: set[str] = set()
        # Marks of requests that were refused: sent again, they are to be the same.
        self._refused: set[int] = set()
        self._run = uuid4()
        self._numbers = count(1)
        self._lock = threading.RLock()

    def made(self, entry: Entry, thing: Instance, called: str | None = None) -> None:
        """Learn by which members of its body a request called the thing that it made.

        `called` is what its DELETE went by; None where that is only likely.
        """
        operation = self._catalogue.contract.operations[entry.case.operation]
        deleter = self._catalogue.deleter(thing.collection)
        known = self._paths if called is None else self._sure
        if deleter is None or operation.id in known:
            return
        needs = self._catalogue.path_needs(deleter.id)
        at = [-n for n, one in enumerate(reversed(deleter.path.split("/")), 1) if "{" in one][::-1]
        if called is None:
            called = next((str(value) for _, value in ranked(needs[-1], thing)), "")
        texts = (*thing.context, called)
        if not called or not len(texts) == len(needs) == len(at):
            return
        around = len(self._catalogue.path_needs(operation.id))
        said = {texts[n]: (at[n], needs[n]) for n in range(around, len(needs))}
        sent = scalars(entry.exchange.request.body, Collection(thing.collection).noun)
        taken = {at: value for at, value in sent if isinstance(value, str) and value in said}
        if any(map(_MISREAD.search, taken.values())):
            return  # perhaps nothing takes it back
        if known is self._sure:
            known.add(operation.id)
        members = {pointer: said[value] for pointer, value in taken.items()}
        below = self._catalogue.things_at(thing.collection)
        reader = next((one for one in below if one.method == "GET"), deleter)
        whole = zip(
            (need.name for need in needs), (quote(str(t), safe="") for t in texts), strict=True
        )
        url = self._origin + reader.codec.with_texts(dict(whole))
        look = with_required(reader, ToUndo(reader.method, url, None), entry.exchange.request)
        path = _NamedPath(look, members, taken)
        renaming = [one.id for one in below if one.method in ("PUT", "PATCH")]
        self._paths |= dict.fromkeys((operation.id, *renaming), path)

    def refused(self, case: Case) -> None:
        """Take note that a request made nothing, by whatever name."""
        self._refused.add(_mark(case))

    def named(self, operation: Operation, case: Case) -> Case:
        """The case, with plain names for what its DELETE could not say. Raises Stopped.

        One that was refused stays as it was: else it would seem that answers to it vary.
        """
        path = self._paths.get(operation.id)
        if path is None or operation.body is None or operation.method == "DELETE":
            return case
        odd = {
            pointer: value
            for pointer in path.members
            if isinstance(value := value_at(case, "request", pointer), str)
            if value and not _PLAIN.fullmatch(value) and not is_about(case, "request", pointer)
        }
        if not odd or _mark(case) in self._refused or self._can_say(path, odd):
            return case
        whole = {pointer: _with_segments(name) for pointer, name in odd.items()}
        can_say = self._can_say(path, whole)
        for pointer in odd:
            key = (self._run, case.id, next(self._numbers))
            like = whole[pointer] if can_say else path.taken[pointer]
            name = renewed(like, key, keeps_place(operation.body, pointer))
            if name is not None:
                case = with_value(operation, case, "request", pointer, name)
        return case

    def _can_say(self, path: _NamedPath, names: Mapping[str, str]) -> bool:
        """Whether the path of the DELETE can say names of members."""
        if any(name != _with_segments(name) or leads_elsewhere(name) for name in names.values()):
            return False  # no look can tell, or none may be sent for it
        # What is as long as the longest of its kind.
        length = len(path.look.url) + sum(len(quote(one, safe="")) for one in names.values())
        longest = 1 << length.bit_length() if length > _SHORT else 0
        key = (str(longest), *sorted(f"{at} {_form(name)}" for at, name in names.items()))
        with self._lock:
            if key not in path.says:
                path.says[key] = self._is_read(path, names, longest - length)
            return path.says[key]

    def _is_read(self, path: _NamedPath, names: Mapping[str, str], more: int) -> bool:
        """Whether odd names that nobody has are answered as plain ones are."""
        word = str(uuid4()).replace("-", "")
        plain = dict.fromkeys(names, word)
        odd = {pointer: word + name for pointer, name in names.items()}
        longest = max(odd, key=lambda pointer: len(odd[pointer]))
        odd[longest] += word[0] * max(more, 0)
        one, other = self._answer(path, plain), self._answer(path, odd)
        if one == other:
            return True
        # Where each reply has its own time or number, texts tell nothing.
        again = self._answer(path, dict.fromkeys(names, word[::-1]))
        return again != one and one[:2] == other[:2]

    def _answer(self, path: _NamedPath, names: Mapping[str, str]) -> tuple[object, ...]:
        """Status, media type and text of an answer, without the names that it was asked with."""
        url, _, query = path.look.url.partition("?")
        segments = url.split("/")
        for at, need in path.members.values():
            segments[at] = quote(new_name(need, (self._run, at)) or "nobody", safe="")
        for pointer, name in names.items():
            segments[path.members[pointer][0]] = quote(name, safe="")
        asked = replace(path.look, url="/".join(segments) + (f"?{query}" if query else ""))
        answer = self._look(asked)
        if answer is None:
            return None, None, ""
        text = answer.text()
        for name in sorted(names.values(), key=len, reverse=True):
            spelt = (quote(name, safe=""), quote(name), json.dumps(name)[1:-1], html.escape(name))
            for one in (*spelt, name):
                text = text.replace(one, "")
        return answer.status, answer.header("content-type"), text


def _mark(case: Case) -> int:
    return hash((case.operation, repr(case.value)))


def _form(name: str) -> str:
    """What is odd about a name, beside its length."""
    return "".join(c for c in "/\\" if c in name) + ("" if _PLAIN.fullmatch(name[:64]) else " odd")


def _with_segments(name: str) -> str:
    """A name without percent signs, and without what is no segment between its slashes."""
    parts = name.replace("%", "").split("/")
    return "/".join(part for part in parts if part not in ("", ".", "..")) or "/"
