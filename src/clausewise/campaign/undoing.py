"""Undoing: what requests take back what a run has made, when they go out, who waits for them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from queue import SimpleQueue
from typing import Any, TypeVar
from urllib.parse import quote, unquote, urlencode

from msgspec import Struct
from msgspec.structs import replace

from clausewise.campaign.versions import IF_MATCH
from clausewise.contract import Operation, Parameter
from clausewise.contract.codecs import encode_json
from clausewise.exchange import Request
from clausewise.links.links import Links
from clausewise.links.names import leads_elsewhere
from clausewise.links.seen import Instance
from clausewise.pack import Pack
from clausewise.pointer import ABSENT, look
from clausewise.record.ledger import Entry
from clausewise.record.made import ToUndo
from clausewise.secrets.learning import filled

_T = TypeVar("_T")


class Created:
    """What a run brought into being. Safe to use from several threads.

    `started` counts it and `undone` what of it was undone; `left_over` says what is left in words,
    `to_undo` has the requests that would take it back.
    """

    def __init__(self) -> None:
        """Nothing yet."""
        self.started = 0
        self.undone = 0
        self.left_over: list[str] = []
        self.to_undo: list[ToUndo] = []
        self._counting = threading.Lock()

    def count(self, started: int = 0, undone: int = 0) -> None:
        """Count so many more; fewer, where it turned out otherwise."""
        with self._counting:
            self.started += started
            self.undone += undone

    def tell(self, name: str, why: str) -> None:
        """Note what is left, and that no request is known for it."""
        self.left_over.append(f"{name}: {why}")

    def leave(self, thing: ToUndo, why: str) -> None:
        """Note what could not be undone, and what would undo it."""
        self.tell(thing.url.rstrip("/").rpartition("/")[2], why)
        path = thing.url.partition("?")[0].rstrip("/").split("/")
        if not any(leads_elsewhere(unquote(one)) for one in path[3:]):
            self.to_undo.append(thing)


class Made(Struct, frozen=True, eq=False):
    """Something that a run made: the exchange, and what takes it back, or why nothing is known.

    `instance` is the thing by its names, where the pack does not say how it is undone. What
    `restores` gives a thing that was there before its values back.
    """

    entry: Entry
    undo: ToUndo | str
    instance: Instance | None = None
    restores: bool = False


def undoing(
    pack: Pack, origin: str, path: Mapping[str, str], operation: str, reply: Any
) -> ToUndo | str | None:
    """What takes back what an accepted request made, by its reply's body.

    None where nothing was made, a text where it cannot be known: why.
    """
    resource = pack.leased
    undo = resource.undo.get(operation) if resource is not None else None
    if undo is None:
        return None
    created = look(reply, undo.id)
    if (
        isinstance(created, bool)
        or not isinstance(created, str | int)
        or created in ("", ".", "..")
    ):
        # Dots alone would name another path (RFC 3986, section 5.2.4), encoded or not.
        return f"the reply has no {undo.id}"
    # An id is one segment, whatever a server puts into it.
    url = origin + filled(undo.path, {**path, "id": str(created)})
    body = encode_json(undo.body).decode() if undo.body is not None else None
    return ToUndo(undo.method, url, body)


def undone_by_contract(
    links: Links, origin: str, instance: Instance, making: Request
) -> ToUndo | str:
    """The DELETE of the contract that takes back a thing, or why there is none."""
    if links.catalogue.deleter(instance.collection) is None:
        return "the contract has no DELETE of it"
    ways = ways_to_undo(links, origin, instance, making)
    return ways[0] if ways else "nothing in its reply is known to name it"


def ways_to_undo(links: Links, origin: str, instance: Instance, making: Request) -> list[ToUndo]:
    """The DELETE of the contract with each name that a thing may go by, the likeliest first.

    `making` is the request that made the thing.
    """
    operation = links.catalogue.deleter(instance.collection)
    if operation is None:
        return []
    needs = links.catalogue.path_needs(operation.id)
    ways = []
    for name in links.names_of(instance, needs[-1]):
        values = dict(zip((need.name for need in needs), (*instance.context, name), strict=False))
        if len(values) == len(needs) and not any(map(leads_elsewhere, values.values())):
            texts = {name: quote(value, safe="") for name, value in values.items()}
            undo = ToUndo("DELETE", origin + operation.codec.with_texts(texts), None)
            ways.append(with_required(operation, undo, making))
    return ways


def with_required(operation: Operation, undo: ToUndo, making: Request) -> ToUndo:
    """The request with the parameters that are required there.

    They are as what made the thing had them, else as documented.
    """
    given = {name.lower(): text for name, text in making.headers}
    given.setdefault(IF_MATCH, "*")  # whatever it is at (RFC 9110, section 13.1.1)
    required = [p.name for p in operation.located("header") if p.required]
    headers = tuple((name, given[name.lower()]) for name in required if name.lower() in given)
    query = "&".join(_written(p, making) for p in operation.located("query") if p.required)
    return replace(undo, url=f"{undo.url}?{query}" if query else undo.url, headers=headers)


def _written(parameter: Parameter, making: Request) -> str:
    """A query parameter as what made the thing had it, or with the first documented value."""
    value = making.query.get(parameter.name, parameter.example)
    if value is ABSENT:
        schema = parameter.message.schema.document
        listed = [schema["const"]] if "const" in schema else schema.get("enum")
        value = listed[0] if listed else True  # most that is asked for is a confirmation
    pairs = parameter.written(value)
    return urlencode(pairs if pairs is not None else [], quote_via=quote)


class Undisturbed:
    """Carries out what Ctrl-C must not break off: only a reply tells what was made or undone.

    Interrupts reach the main thread alone. What that one asks for is done in another, and the
    interrupt is raised when it is over; whoever interrupts again does not wait.
    """

    def __init__(self) -> None:
        self._interrupts = 0
        # Whether the main thread waits here, and looks for interrupts by itself.
        self._waiting = False
        self._work: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._thread: threading.Thread | None = None

    @property
    def given_up(self) -> bool:
        """Whether there was an interrupt, and another one after it: nothing is waited for."""
        return self._interrupts > 1

    def do(self, work: Callable[[], _T]) -> _T:
        """What `work` gives, or raises. Raises KeyboardInterrupt."""
        if threading.current_thread() is not threading.main_thread():
            return work()
        if self.given_up:
            raise KeyboardInterrupt
        results: list[_T] = []
        errors: list[BaseException] = []
        over = threading.Event()

        def carried_out() -> None:
            try:
                results.append(work())
            except BaseException as error:  # it is raised again where it is waited for
                errors.append(error)
            finally:
                over.set()

        self._give(carried_out)
        self._await(over)
        if errors:
            raise errors[0]
        return results[0]

    def interrupt(self) -> bool:
        """Take note of an interrupt; says whether it has to be raised where it came.

        A signal handler notes it best: an exception may be on its way through a `finally` that
        waits, and the next one comes while pytest is about the first. So the second one is not
        raised at all: whatever waits here, or in a campaign, looks at `given_up`. A third one is
        for what else may hang.
        """
        self._interrupts += 1
        return self._interrupts > 2 or (self._interrupts == 1 and not self._waiting)

    def _await(self, over: threading.Event) -> None:
        """Wait to the end, then raise the interrupt that came meanwhile."""
        before = self._interrupts
        self._waiting = True
        try:
            while not over.is_set():
                try:
                    over.wait(0.1)
                except KeyboardInterrupt:  # no signal handler of ours is there
                    self.interrupt()
                if self.given_up:
                    raise KeyboardInterrupt
        finally:
            self._waiting = False
        if self._interrupts > before:
            raise KeyboardInterrupt

    def _give(self, work: Callable[[], None]) -> None:
        if self._thread is None:
            # Always the same one, since each thread has a connection of its own; and a daemon,
            # since nobody waits for it who has given up.
            self._thread = threading.Thread(target=self._serve, name="clausewise-own", daemon=True)
            self._thread.start()
        self._work.put(work)

    def _serve(self) -> None:
        while True:
            self._work.get()()


def last_of(url: str) -> str:
    """The last segment of a URL's path, decoded."""
    return unquote(url.partition("?")[0].rpartition("/")[2])
