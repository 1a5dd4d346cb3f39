"""Notes: a service over loopback that makes, shows, changes and takes back, and its document."""

from __future__ import annotations

from itertools import count
from typing import Any

from .odd import operation
from .services import GONE, NO, OK, TEXT, Answer, Asked, lawful_body, members, placed, showing

WORD = {"type": "string", "pattern": "^[a-z][a-z0-9]{2,20}$"}
SIZE = {"type": "integer", "minimum": 0, "maximum": 9}
NOTE = members(["title", "size"], title=WORD, size=SIZE)
LOOSE = members(["title", "size"], title=WORD, size={"type": "integer", "minimum": 0})
CAUGHT = {"make:request#/size:maximum": "lenient"}


class Notes:
    """Notes by a number of their own; `shown` is what replies call one."""

    def __init__(self, broken: bool) -> None:
        self.schema = LOOSE if broken else NOTE
        self.notes: dict[str, dict[str, Any]] = {}
        self._numbers = count(1)

    def __call__(self, asked: Asked) -> Answer:
        """Answer one request for `/notes` or below."""
        key = self.key_of(asked)
        if not key:
            return self.make(asked) if asked.method == "POST" else (200, self.listed())
        if key not in self.notes:
            return GONE
        return self.about(asked, key)

    def key_of(self, asked: Asked) -> str:
        """What a request names."""
        return asked.path.removeprefix("/notes").strip("/")

    def make(self, asked: Asked) -> Answer:
        """Answer a create."""
        body = lawful_body(asked, self.schema)
        if body is None:
            return NO
        key = self.name(body)
        if key in self.notes:
            return 409, {"error": "it exists already"}
        self.notes[key] = body
        return 201, self.shown(key)

    def name(self, body: Any) -> str:
        """What a new note is called."""
        return f"n{next(self._numbers)}"

    def about(self, asked: Asked, key: str) -> Answer:
        """Answer a request about a note that is there."""
        if asked.method == "PUT":
            body = lawful_body(asked, NOTE)
            if body is None:
                return NO
            self.notes[key] = body
        if asked.method == "DELETE":
            del self.notes[key]
            return 200, OK
        return 200, self.shown(key)

    def listed(self) -> Any:
        """What a list shows."""
        return [self.shown(key) for key in self.notes]

    def shown(self, key: str) -> dict[str, Any]:
        """What replies say of a note."""
        return {"id": key, "title": self.notes[key]["title"]}


def paths(name: str = "id", /, **shown: Any) -> dict[str, Any]:
    """The operations on notes, whose replies have these members."""
    listed = operation("list")
    items = {"type": "array", "items": members(list(shown), **shown)}
    listed["responses"]["200"]["content"] = {"application/json": {"schema": items}}
    return {
        "/notes": {"post": showing(operation("make", NOTE, "201"), **shown), "get": listed},
        f"/notes/{{{name}}}": {
            "parameters": [placed(name, TEXT)],
            "get": showing(operation("read"), **shown),
            "put": showing(operation("change", NOTE), **shown),
            "delete": operation("drop"),
        },
    }


def upheld(rulings: Any, *names: str) -> bool:
    """Whether each of some operations serves what is lawful."""
    return all(rulings[f"{name}:served"].verdict == "upheld" for name in names)
