"""A shelf of things by id, and what a service about them says."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from .odd import operation
from .services import OK, TEXT, Answer, Asked, members, placed

# Of a thing, and of a request.
GONE = 404, {"error": "not there"}
WRONG = 400, {"error": "no"}


def on_path(name: str, schema: Any) -> list[dict[str, Any]]:
    """The parameters of a path of one name."""
    return [placed(name, schema)]


def object_of(asked: Asked) -> Any:
    """The JSON object of a request, or None."""
    try:
        body = json.loads(asked.content) if asked.content else None
    except ValueError:
        return None
    typed = asked.headers.get("content-type", "").partition(";")[0].endswith("json")
    return body if typed and isinstance(body, dict) else None


class Shelf:
    """Things by id, as a service; `id_of` says what a thing goes by on its path."""

    def __init__(self, reply: Callable[[dict[str, Any]], Any] = dict, key: str = "id") -> None:
        self.things: dict[str, dict[str, Any]] = {}
        self._reply, self._key = reply, key
        self._made = 0

    def __call__(self, asked: Asked) -> Answer:
        """Make, read, change and delete things."""
        body, steps = object_of(asked), asked.path.split("/", 2)[1:]
        if len(steps) == 1:
            if asked.method != "POST":
                return 200, list(self.things.values())
            if body is None or not isinstance(body.get("name"), str) or not body["name"]:
                return WRONG
            if any(thing["name"] == body["name"] for thing in self.things.values()):
                return 409, {"error": "this name is taken"}
            self._made += 1
            thing = {"id": f"t-{self._made}", "ok": True, **body}
            self.things[str(thing[self._key])] = thing
            return 200, self._reply(thing)
        if steps[1] not in self.things:
            return GONE
        if asked.method == "DELETE":
            del self.things[steps[1]]
        return 200, OK


def shelf_paths(name: str = "thing_name") -> dict[str, Any]:
    """What a document says of a shelf."""
    by = on_path(name, TEXT)
    return {
        "/things": {"post": operation("make", members(["name"], name=TEXT))},
        f"/things/{{{name}}}": {
            "get": operation("read", parameters=by),
            "delete": operation("drop", parameters=by),
        },
    }
