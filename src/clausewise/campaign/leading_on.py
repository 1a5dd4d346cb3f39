"""Leading on: a thing whose state forbids that it is taken back is brought into another one.

What runs has to be stopped, what is finalised voided; documents do not say so. The actions of the
contract on the very thing are tried, those without a body, and its DELETE after each that was
accepted; none that the run has not sent before: what a user leaves out may ship an order.
"""

from __future__ import annotations

from collections import Counter

from msgspec.structs import replace

from clausewise.campaign.asking import Asking
from clausewise.contract import Operation
from clausewise.exchange import Response
from clausewise.judge.outcomes import GONE, PATIENCE, is_success
from clausewise.links.catalogue import Catalogue
from clausewise.links.needs import bare
from clausewise.record.ledger import Ledger
from clausewise.record.made import ToUndo

# So many actions are tried on one thing, and on so many things of a kind in vain.
MOST_ACTIONS = 6
MOST_IN_VAIN = 2


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

    def led_on(self, collection: str, undo: ToUndo, answer: Response) -> Response:
        """What the DELETE of a thing of a collection is answered after actions on it.

        `answer` is what it was answered before, and where nothing helps. Raises Failed.
        """
        forbidden = 400 <= answer.status < 500 and answer.status not in (*GONE, *PATIENCE, 401)
        if not forbidden or "?" in undo.url or self._in_vain[collection] >= MOST_IN_VAIN:
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

    def _actions_on(self, collection: str) -> list[Operation]:
        """What can be done to one thing of a collection without a word more than its name."""
        deleter = self._catalogue.deleter(collection)
        thing = self._catalogue.path_of(deleter) if deleter is not None else collection
        return [
            operation
            for operation in self._catalogue.contract.operations.values()
            if operation.method in ("POST", "PUT") and self._ledger.of(operation.id)
            if self._catalogue.path_of(operation).startswith(f"{thing}/")
            if "{}" not in self._catalogue.path_of(operation)[len(thing) :]
            if not operation.body_required and not self._makes_another(operation)
            if not any(p.required for p in operation.parameters if p.location != "path")
        ]

    def _makes_another(self, operation: Operation) -> bool:
        """Whether an operation makes something else, which nobody would take back."""
        made = self._catalogue.made_by(operation.id)
        kept = made is not None and bool(self._catalogue.things_at(made.path))
        return kept or "201" in operation.replies
