"""Additions: which item of a list a create has added, where its reply shows the whole list.

`POST /cart/items` may answer with the cart, `POST /tags` with all tags; or with nothing, and then
its list is asked. What a list showed before
the run made anything of the kind is not the run's; of the rest an item is taken for what was made
that has what was sent. Where nothing was known of the list before, it has to be its only item.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from clausewise.contract import Operation
from clausewise.exchange import Exchange
from clausewise.links.catalogue import Catalogue
from clausewise.links.items import in_body, is_name, items_of, scalars
from clausewise.links.needs import Collection
from clausewise.links.seen import Instance, named_in_path, path_values
from clausewise.pointer import unescape

# So many items more than were claimed may be new at once: requests under way at one time.
_MOST_NEW = 4


class _ListShown(Struct):
    """What a list has shown: before anything was made (None: nobody looked), and what was made.

    What is gone may be made again by the same name.
    """

    before: set[str] | None = None
    claimed: dict[str, Instance] = {}
    begun: bool = False


class Additions:
    """Tells what was made from what was there, in replies that show lists."""

    def __init__(self, catalogue: Catalogue) -> None:
        """Nothing was shown yet."""
        self._catalogue = catalogue
        self._shown: dict[tuple[str, tuple[str, ...]], _ListShown] = {}

    def saw(self, operation: Operation, exchange: Exchange) -> None:
        """Take note of what an accepted list shows, as long as nothing was made."""
        collection, response = self._catalogue.listed_by(operation.id), exchange.response
        if collection is None or response is None:
            return
        shown = self._of(collection, path_values(operation, exchange))
        found = items_of(response.json_or_none, collection.noun)
        if not shown.begun and found is not None:
            shown.before = (shown.before or set()) | {
                self._key(collection, item) for item in found[1]
            }

    def had(self, thing: Instance) -> bool:
        """Whether a list showed a thing by its name before anything of its kind was made."""
        shown = self._shown.get((thing.collection, thing.context))
        if shown is None or not shown.before:
            return False
        name = next((str(value) for _, value in named_in_path(self._catalogue, thing)), None)
        return name in shown.before

    def made(self, operation: Operation, exchange: Exchange, whole: Instance) -> Instance | None:
        """What a create has added to the list in its reply; None where that cannot be told.

        `whole` is what its reply is as one thing.
        """
        collection, response = self._catalogue.made_by(operation.id), exchange.response
        if collection is None or response is None or operation.method != "POST":
            return None
        shown = self._of(collection, path_values(operation, exchange))
        shown.begun = True
        return self._added(collection, shown, exchange, response.json_or_none, whole)

    def listed(self, list_: Exchange, exchange: Exchange, whole: Instance) -> Instance | None:
        """What a create has added to what a list shows since; None where that cannot be told."""
        collection, response = self._catalogue.collections[whole.collection], list_.response
        if response is None:
            return None
        shown = self._of(collection, whole.context)
        body = response.json_or_none
        return self._added(collection, shown, exchange, body, whole, alone=True)

    def _added(
        self,
        collection: Collection,
        shown: _ListShown,
        exchange: Exchange,
        body: Any,
        whole: Instance,
        alone: bool = False,
    ) -> Instance | None:
        """The item of the list in a body that a create has added to it.

        It may have to fit `alone`: a list that is asked later may show what others made meanwhile.
        """
        assert exchange.response is not None
        found = items_of(body, collection.noun)
        sent = exchange.request.body if isinstance(exchange.request.body, dict) else {}
        if found is None or (isinstance(body, dict) and _agree(body, sent)):
            return None
        at, items = found
        keyed = {self._key(collection, item): item for item in items}
        there = {key for key, thing in shown.claimed.items() if not thing.gone}
        known = there | (shown.before or set())
        new = {key: item for key, item in keyed.items() if key not in known}
        only = exchange.response.status == 201 and len(items) == 1
        if len(new) > _MOST_NEW or (shown.before is None and not shown.claimed and not only):
            return None
        fitting = [key for key, item in new.items() if _agree(item, sent)]
        if not fitting or (alone and len(fitting) > 1):
            return None
        # Others may be under way: the last one to come stands at the end, or at the beginning.
        newest_last = not known or next(iter(keyed)) in known
        newest = fitting[-1 if newest_last else 0]
        names = in_body(scalars(new[newest], collection.noun), f"{at}/*")
        given = {e: v for e, v in whole.names.items() if e.startswith("$request.")}
        shown.claimed[newest] = replace(whole, names=names | given)
        return shown.claimed[newest]

    def _of(self, collection: Collection, around: tuple[str, ...]) -> _ListShown:
        return self._shown.setdefault((collection.path, around), _ListShown())

    def _key(self, collection: Collection, item: Any) -> str:
        """What an item goes by in its list; all that it says, where that is not known."""
        thing = Instance(collection.path, "", in_body(scalars(item, "")))
        for _, value in named_in_path(self._catalogue, thing):
            return str(value)
        return repr(sorted((at, str(value)) for at, value in thing.names.items()))


def _agree(item: Any, sent: Mapping[str, Any]) -> bool:
    """Whether an item has something that was sent, and contradicts nothing of it."""
    told = {unescape(at[1:]): value for at, value in scalars(item, "") if at.count("/") == 1}
    common = [name for name, value in sent.items() if name in told and is_name(value)]
    return bool(common) and all(told[name] == sent[name] for name in common)
