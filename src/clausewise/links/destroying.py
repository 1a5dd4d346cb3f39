"""What destroys: operations after which things are gone, and what the user named."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any

from clausewise.contract import Operation
from clausewise.pack import Pack

# Words of a path's fixed segments or of an operationId that say so. `destructive` and `safe` in
# clausewise.yaml add to them and take from them.
WORDS = frozenset(
    {
        "cleanup", "clear", "compaction", "deactivate", "decommission", "delete", "deprovision",
        "destroy", "disable", "discard", "dispose", "drop", "erase", "evict", "eviction", "expire",
        "expunge", "flush", "gc", "halt", "kill", "logout", "obliterate", "password", "poweroff",
        "prune", "purge", "reboot", "regenerate", "remove", "reset", "restart", "revoke", "rotate",
        "scrap", "shutdown", "signout", "sweep", "terminate", "throwaway", "truncate", "uninstall",
        "unregister", "vacuum", "wipe",
    }
)  # fmt: skip
# After these our own credential may be worth nothing: they come last of all.
LAST_WORDS = frozenset({"halt", "logout", "password", "poweroff", "revoke", "shutdown", "signout"})
# A safe method promises to change nothing (RFC 9110, section 9.2.1); these are seen to break that.
_IN_SPITE_OF_SAFE = frozenset({"logout", "poweroff", "reboot", "restart", "shutdown", "signout"})
# And these, where they say what is done: they begin an operationId, or begin or end a path's end.
_DONE = frozenset(
    {
        "cleanup", "clear", "delete", "destroy", "drop", "erase", "flush", "kill", "purge",
        "remove", "reset", "terminate", "truncate", "uninstall", "wipe",
    }
)  # fmt: skip
# These do to all that is there, as a segment of a path that names nothing: `/backup/restore`. Else
# what is restored is one thing, and leave may be a thing that one asks for.
_TO_ALL = frozenset({"empty", "forget", "leave", "restore", "rollback"})
# Whose settings, in words of a path; and what it calls them.
_OF_THE_SERVICE = frozenset({"admin", "cluster", "global", "instance", "server", "site", "system"})
_SETTINGS = frozenset(
    {"config", "configuration", "maintenance", "options", "preferences", "settings"}
)
# What a POST ends with that only looks.
_LOOKS = frozenset(
    {
        "check", "diff", "export", "find", "get", "list", "preview", "query", "reload", "search",
        "test", "validate", "verify",
    }
)  # fmt: skip
# What a value says that names an action, in its first word or its last; and who says what is done.
_BY_VALUE = frozenset({"delete", "destroy", "erase", "purge", "remove", "truncate", "wipe"})
_SAYS_WHAT_IS_DONE = frozenset({"action", "cmd", "command", "op", "operation"})
# Members that let somebody in, and what is such a thing itself at the end of a path.
_LETS_IN = frozenset({"passphrase", "passwd", "password"})
_CREDENTIALS = frozenset({"apikey", "credential", "credentials", "secret", "token"})
_PLAIN = re.compile(r"[A-Za-z][\w.:-]{0,60}")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
# Names are met again and again; a text that is longer is none.
_LONGEST_NAME = 100
_PAIRS = {
    ("clean", "up"): "cleanup",
    ("log", "out"): "logout",
    ("power", "off"): "poweroff",
    ("shut", "down"): "shutdown",
    ("sign", "out"): "signout",
    ("throw", "away"): "throwaway",
}


def name_words(text: str) -> tuple[str, ...]:
    """The words of an identifier or a path segment, in lower case, however they are joined."""
    return _read_words(text) if len(text) <= _LONGEST_NAME else _read_words.__wrapped__(text)


@lru_cache(maxsize=4096)
def _read_words(text: str) -> tuple[str, ...]:
    joined: list[str] = []
    for part in _WORD.findall(text):
        word = part.lower()
        pair = _PAIRS.get((joined[-1], word)) if joined else None
        if pair is not None:
            joined[-1] = pair
        else:
            joined.append(word)
    return tuple(joined)


def destroys(pack: Pack, operation: Operation) -> str | None:
    """Why an operation counts as one that destroys, in words; None where it does not."""
    if operation.id in named_by(pack, "safe"):
        return None
    if operation.id in named_by(pack, "destructive"):
        return "the pack says that it destroys"
    if operation.method == "DELETE":
        return "DELETE destroys"
    if operation.method in ("PUT", "PATCH") and "{" not in operation.path:
        *_, last = ["", *name_words(operation.path.rstrip("/").rpartition("/")[2])]
        if last in _CREDENTIALS:
            return f"it changes a {last}, which may be what this run is let in with"
    if operation.safe:
        telling = _IN_SPITE_OF_SAFE | _done(operation)
    elif "{" in operation.path:
        # `POST /environments/{name}/off`; elsewhere that is time off, or an offer.
        telling = WORDS | ({"off"} if operation.path.lower().endswith("/off") else set())
    else:
        telling = WORDS | (_TO_ALL & set(operation.path.lower().split("/")))
    word = next(iter(sorted(_words(operation) & telling)), None)
    return f"`{word}` in its name says that it destroys" if word is not None else None


def said_by_a_value(operation: Operation, value: Mapping[str, Any]) -> str | None:
    """Why a request counts as one that destroys, by what it says: `?action=delete_tasks`.

    `value` is the request, `{path, query, header, cookie, body}`; looked at are plain words. What
    rewrites somebody without a name is about who asks: a password in it locks them out.
    """
    rewrites = operation.method in ("PUT", "PATCH") and "{" not in operation.path
    for part in ("query", "body"):
        held = value.get(part)
        for name, said in held.items() if isinstance(held, dict) else ():
            if rewrites and _lets_in({name: said}):
                return f"{name} may be what the user of this run is let in with"
            if isinstance(said, str) and _PLAIN.fullmatch(said):
                words = name_words(said)
                plain = _SAYS_WHAT_IS_DONE.isdisjoint(name_words(name))
                telling = _BY_VALUE if plain else _BY_VALUE | WORDS
                if not telling.isdisjoint((*words[:1], *words[-1:])):
                    return f"`{said}` for {name} says that it destroys"
    return None


def _lets_in(held: Any) -> bool:
    """Whether anything within a value is called as what lets somebody in."""
    return isinstance(held, dict) and any(
        not _LETS_IN.isdisjoint(name_words(name)) or _lets_in(inner) for name, inner in held.items()
    )


def sets_up_the_service(operation: Operation) -> bool:
    """Whether an operation sets up a whole service, and not what is somebody's.

    One lawful value of that may be enough for nothing to be served any more, nor given back. A POST
    may as well only look at it (`POST /admin/config/validate`).
    """
    if operation.safe or operation.method == "DELETE" or "{" in operation.path:
        return False
    words = [word for segment in operation.path.split("/") for word in name_words(segment)]
    looks = operation.method == "POST" and not _LOOKS.isdisjoint(words[-1:])
    return not (looks or _OF_THE_SERVICE.isdisjoint(words) or _SETTINGS.isdisjoint(words))


def acts_on_all(operation: Operation) -> bool:
    """Whether the end of a path says that something is done to all that is there: `close-all`."""
    if operation.safe or "{" in operation.path:
        return False
    words = name_words(operation.path.rstrip("/").rpartition("/")[2])
    return len(words) > 1 and "all" in words and _LOOKS.isdisjoint(words)


def comes_last(operation: Operation) -> bool:
    """Whether nothing may be let in any more after it."""
    return bool(_words(operation) & LAST_WORDS)


def named_by(pack: Pack, setting: str) -> Collection[str]:
    """The operations that `destructive` or `safe` of clausewise.yaml lists."""
    return tuple(pack.settings.get(setting) or ())


def _done(operation: Operation) -> set[str]:
    """The words by which a safe operation says that it does something nevertheless."""
    end = name_words(operation.path.rstrip("/").rpartition("/")[2])
    told = [] if "/" in operation.id else name_words(operation.id)
    return {*end[:1], *end[-1:], *told[:1]} & _DONE


def _words(operation: Operation) -> set[str]:
    fixed = [segment for segment in operation.path.split("/") if "{" not in segment]
    # An operationId that was made of method and path says nothing of its own.
    told = [] if "/" in operation.id else [operation.id]
    return {word for text in (*fixed, *told) for word in name_words(text)}
