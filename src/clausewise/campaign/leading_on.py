"""Leading on: a thing whose state forbids that it is taken back is brought into another one.

What runs has to be stopped, what is finalised voided, what has something within it emptied;
documents do not say so. What lists within the thing show is deleted, where the run is sure to have
made the thing: it was answered 201, and the list of its kind, read before, did not have it. Then
the actions of the contract on the very thing are tried, those without a body (a lock's DELETE is
one), and its DELETE after each that was accepted. Nothing is sent that the run has not sent before:
what a user leaves out may ship an order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from urllib.parse import quote

from msgspec.structs import replace

from clausewise.campaign.asking import Asking
from clausewise.campaign.undoing import Made
from clausewise.contract import Operation
from clausewise.exchange import Response
from clausewise.judge.outcomes import GONE, PATIENCE, is_success
from clausewise.links.catalogue import Catalogue
from clausewise.links.needs import Need, bare, beyond
from clausewise.links.seen import listed_things
from clausewise.record.ledger import Ledger
from clausewise.record.made import ToUndo

# So many actions are tried on one thing, and on so many things of a kind in vain.
MOST_ACTIONS = 6
MOST_IN_VAIN = 2
# What says that something was made (RFC 9110, section 15.3.2).
_MADE = 201
# By what a DELETE may be told to take what is within a thing as well.
_WITH_ALL = frozenset({"cascade", "force", "recursive"})
# So many things of a list are deleted within one that was made.
MOST_WITHIN = 20


class LeadingOn:
    """Which actions bring things of a run into a state in which they can be taken back."""

    def __init__(self, catalogue: Catalogue, asking: Asking, ledger: Ledger) -> None:
        """Nothing is known yet."""
        self._catalogue = catalogue
        self._asking = asking
        self._ledger = ledger
        self._in_vain: Counter[str] = Counter()
        # What has helped: it is tried first.
        self._helped: set[str] = set()

    def led_on(self, made: Made, undo: ToUndo, answer: Response) -> Response:
        """What the DELETE of a thing that was made is answered after actions on it.

        `answer` is what it was answered before, and where nothing helps. Raises Failed.
        """
        assert made.instance is not None
        collection = made.instance.collection
        forbidden = 400 <= answer.status < 500 and answer.status not in (*GONE, *PATIENCE, 401)
        if not forbidden or "?" in undo.url or self._in_vain[collection] >= MOST_IN_VAIN:
            return answer
        if self._is_new(made):
            answer = self._without_what_is_within(collection, undo, answer)
            if is_success(answer.status):
                return answer
        actions = sorted(self._actions_on(collection), key=lambda one: one.id not in self._helped)
        # What one leads to may be where another is taken: they have two turns.
        for action in actions[:MOST_ACTIONS] * 2:
            url = undo.url + bare(action.path).rpartition("{}")[2]
            asked = replace(undo, method=action.method, url=url)
            if not is_success(self._asking.send(asked).status):
                continue
            answer = self._asking.send(undo)
            if is_success(answer.status):
                self._helped.add(action.id)
                return answer
        self._in_vain[collection] += 1
        return answer

    def _is_new(self, made: Made) -> bool:
        """Whether a thing is sure to have been made: a list that was read before had not shown it.

        Else it would be known as one that was there.
        """
        instance, entry = made.instance, made.entry
        known = self._catalogue.collections.get(instance.collection) if instance else None
        looks = (e for name in (known.lists if known else ()) for e in self._ledger.of(name))
        return entry.exchange.status == _MADE and any(
            look.outcome == "accepted" and look.id < entry.id for look in looks
        )

    def _without_what_is_within(self, collection: str, undo: ToUndo, answer: Response) -> Response:
        """What the DELETE of a thing is answered with all that is in it, or once it is empty.

        `answer` is what it was answered before. Raises Failed.
        """
        deleter = self._catalogue.deleter(collection)
        for parameter in deleter.located("query") if deleter is not None else ():
            if parameter.name.lower() in _WITH_ALL and "boolean" in parameter.place.allowed_types:
                answer = self._asking.send(replace(undo, url=f"{undo.url}?{parameter.name}=true"))
                if is_success(answer.status):
                    return answer
        return self._asking.send(undo) if self._emptied(collection, undo) else answer

    def _emptied(self, collection: str, undo: ToUndo) -> bool:
        """Whether something within a thing was there, and is deleted. Raises Failed."""
        deleted = 0
        for listing, need in self._lists_within(collection):
            url = undo.url + bare(listing.path).rpartition("{}")[2]
            shown = self._asking.send(replace(undo, method="GET", url=url)).json_or_none
            things = listed_things(self._catalogue, listing, need, shown) or []
            for name, _ in things[:MOST_WITHIN]:
                one = replace(undo, url=f"{url}/{quote(name, safe='')}")
                deleted += is_success(self._asking.send(one).status)
        return deleted > 0

    def _lists_within(self, collection: str) -> Iterator[tuple[Operation, Need]]:
        """The lists just within a thing, of what the run has deleted by name: and what names it."""
        catalogue, thing = self._catalogue, f"{collection}/{{}}/"
        for name, deleter in catalogue.deletable_lists.items():
            listing = catalogue.contract.operations[name]
            path = catalogue.path_of(listing)
            within = path.startswith(thing) and "{}" not in path[len(thing) :]
            below = catalogue.path_of(deleter) == f"{path}/{{}}"
            if within and below and self._ledger.of(deleter.id):
                yield listing, catalogue.path_needs(deleter.id)[-1]

    def _actions_on(self, collection: str) -> list[Operation]:
        """What can be done to one thing of a collection without a word more than its name."""
        deleter = self._catalogue.deleter(collection)
        thing = self._catalogue.path_of(deleter) if deleter is not None else collection
        return [
            operation
            for operation in self._catalogue.contract.operations.values()
            if operation.method in ("POST", "PUT", "DELETE") and self._ledger.of(operation.id)
            if (rest := beyond(self._catalogue.path_of(operation), thing)) and "{}" not in rest
            if not operation.body_required and not self._makes_another(operation)
            if not any(p.required for p in operation.parameters if p.location != "path")
        ]

    def _makes_another(self, operation: Operation) -> bool:
        """Whether an operation makes something else, which nobody would take back."""
        made = self._catalogue.made_by(operation.id)
        kept = made is not None and bool(self._catalogue.things_at(made.path))
        return kept or "201" in operation.replies
