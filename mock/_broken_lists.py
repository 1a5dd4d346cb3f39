"""A list, and a service that shows another one."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from clausewise.exchange import Response
from clausewise.selftest import Asked, with_body

from ._breaking import LIST, After, Before, broken, each, elsewhere, made_in, on_success
from ._broken_lives import another_id

_Choice = Callable[[Asked, list[Any]], list[Any]]


def _without(*names: str) -> Before:
    """Ignores parameters."""

    def before(asked: Asked) -> Response | None:
        given = asked.operation.id == LIST and asked.query.keys() & set(names)
        if not given or asked.ask(asked.request).status != 200:
            return None
        return elsewhere(asked, **dict.fromkeys(names))

    return before


def _shown(choose: _Choice) -> After:
    """Shows other items, and counts them."""

    def after(asked: Asked, body: dict[str, Any]) -> None:
        items = choose(asked, body["data"])
        missing = len(body["data"]) - len(items)
        body["paging"]["total_count"] -= missing
        body["paging"]["end_offset"] -= missing
        body["data"] = items

    return on_success(after, LIST)


def _oldest_first(asked: Asked, items: list[Any]) -> list[Any]:
    return sorted(items, key=lambda item: str(item["invoked_time"]))


def _sorted_within_the_page(asked: Asked) -> Response | None:
    if asked.operation.id != LIST or asked.query.get("sort_order") != "ASC":
        return None
    response = elsewhere(asked, sort_order="DESC")
    if response.status != 200:
        return None
    return with_body(response, {**response.json, "data": response.json["data"][::-1]})


def _one_of_them_twice(asked: Asked, items: list[Any]) -> list[Any]:
    # Not in a list of two: there the second one would be missed as well (R41).
    return [items[0], deepcopy(items[0]), *items[2:]] if len(items) > 2 else items


def _lacking(place: int) -> _Choice:
    """Leaves out one recording of each meeting that has several: the first or the last one."""

    def choose(asked: Asked, items: list[Any]) -> list[Any]:
        made = (made_in(asked, item["meeting"]["id"]) for item in items)
        hidden = [several[place].data["id"] for several in made if len(several) > 1]
        return [item for item in items if item["id"] not in hidden]

    return choose


def _overlapping(asked: Asked, response: Response) -> Response:
    """Begins each second page with the last item of the first."""
    if asked.operation.id != LIST or asked.query.get("page_no") != 2 or response.status != 200:
        return response
    items = response.json["data"]
    if not items:
        return response
    before = elsewhere(asked, page_no=1).json["data"]
    return with_body(response, {**response.json, "data": [*before[-1:], *items[:-1]]})


def _counted(change: Callable[[dict[str, Any]], Any]) -> After:
    return on_success(lambda asked, body: body["data"] and change(body["paging"]), LIST)


def _moved(asked: Asked, item: dict[str, Any]) -> None:
    item["meeting"]["id"] = str(uuid5(NAMESPACE_OID, item["meeting"]["id"]))


FAULTS = (
    *(
        broken("R32", f"{name} is ignored", [LIST], _without(name))
        for name in ("meeting_id", "status", "expired", "search", "start_time", "end_time")
    ),
    broken("R33", "the order is ignored", [LIST], _without("sort_by", "sort_order")),
    broken("R33", "the order is reversed", [LIST], after=_shown(lambda asked, items: items[::-1])),
    broken("R33", "always oldest first", [LIST], after=_shown(_oldest_first)),
    broken("R33", "the order of a page alone", [LIST], _sorted_within_the_page),
    broken("R34", "per_page is ignored", [LIST], _without("per_page")),
    broken("R34", "offsets from 0", [LIST], after=_counted(lambda p: p.update(start_offset=0))),
    broken(
        "R34",
        "fewer in all than here",
        [LIST],
        after=_counted(lambda p: p.update(total_count=p["end_offset"] - 1)),
    ),
    broken(
        "R34",
        "one too many in all",
        [LIST],
        after=_counted(lambda p: p.update(total_count=p["total_count"] + 1)),
    ),
    broken("R35", "twice in a page", [LIST], after=_shown(_one_of_them_twice)),
    broken("R35", "on two pages", [LIST], after=_overlapping),
    broken("R35", "page_no is ignored", [LIST], _without("page_no")),
    broken("R41", "the newest is not listed", [LIST], after=_shown(_lacking(-1))),
    broken("R41", "the oldest is not listed", [LIST], after=_shown(_lacking(0))),
    broken("R41", "lists are empty", [LIST], after=_shown(lambda asked, items: [])),
    broken("R41", "another id in lists", [LIST], after=each(another_id, LIST)),
    broken("R42", f"meeting of {LIST}", [LIST], after=each(_moved, LIST)),
)
