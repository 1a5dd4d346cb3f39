"""What destroys: operations after which things are gone, and what the user named."""

from __future__ import annotations

import re
from collections.abc import Collection

from clausewise.contract import Operation
from clausewise.pack import Pack

# Words of a path's fixed segments or of an operationId that say so. `destructive` and `safe` in
# clausewise.yaml add to them and take from them.
WORDS = frozenset(
    {
        "clear", "deactivate", "delete", "destroy", "disable", "drop", "erase", "expire", "flush",
        "kill", "logout", "password", "purge", "reboot", "remove", "reset", "restart", "revoke",
        "shutdown", "signout", "terminate", "truncate", "uninstall", "unregister", "wipe",
    }
)  # fmt: skip
# After these our own credential may be worth nothing: they come last of all.
LAST_WORDS = frozenset({"logout", "password", "revoke", "shutdown", "signout"})
# A safe method promises to change nothing (RFC 9110, section 9.2.1); these are seen to break that.
_IN_SPITE_OF_SAFE = frozenset({"logout", "reboot", "restart", "shutdown", "signout"})
# And these, where they say what is done: they begin an operationId, or begin or end a path's end.
_DONE = frozenset(
    {
        "clear", "delete", "destroy", "drop", "erase", "flush", "kill", "purge", "remove", "reset",
        "terminate", "truncate", "uninstall", "wipe",
    }
)  # fmt: skip
_PAIRS = {("log", "out"): "logout", ("sign", "out"): "signout", ("shut", "down"): "shutdown"}


def words_of(text: str) -> list[str]:
    """The words of an identifier or a path segment, in lower case, however they are joined."""
    parts = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", text)
    words = [part.lower() for part in parts]
    joined: list[str] = []
    for word in words:
        pair = _PAIRS.get((joined[-1], word)) if joined else None
        if pair is not None:
            joined[-1] = pair
        else:
            joined.append(word)
    return joined


def destroys(pack: Pack, operation: Operation) -> str | None:
    """Why an operation counts as one that destroys, in words; None where it does not."""
    if operation.id in named_by(pack, "safe"):
        return None
    if operation.id in named_by(pack, "destructive"):
        return "the pack says that it destroys"
    if operation.method == "DELETE":
        return "DELETE destroys"
    telling = _IN_SPITE_OF_SAFE | _done(operation) if operation.safe else WORDS
    word = next(iter(sorted(_words(operation) & telling)), None)
    return f"`{word}` in its name says that it destroys" if word is not None else None


def comes_last(operation: Operation) -> bool:
    """Whether nothing may be let in any more after it."""
    return bool(_words(operation) & LAST_WORDS)


def named_by(pack: Pack, setting: str) -> Collection[str]:
    """The operations that `destructive` or `safe` of clausewise.yaml lists."""
    return tuple(pack.settings.get(setting) or ())


def _done(operation: Operation) -> set[str]:
    """The words by which a safe operation says that it does something nevertheless."""
    end = words_of(operation.path.rstrip("/").rpartition("/")[2])
    told = [] if "/" in operation.id else words_of(operation.id)
    return {*end[:1], *end[-1:], *told[:1]} & _DONE


def _words(operation: Operation) -> set[str]:
    fixed = [segment for segment in operation.path.split("/") if "{" not in segment]
    # An operationId that was made of method and path says nothing of its own.
    told = [] if "/" in operation.id else [operation.id]
    return {word for text in (*fixed, *told) for word in words_of(text)}
