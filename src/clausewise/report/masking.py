"""Masking secrets in everything that leaves the process."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any

from clausewise.contract import Contract
from clausewise.contract.places import Place

MASK = "•••"
# Shorter values stand in too many innocent places to be replaced there.
SHORTEST = 6
_SECRET_HEADERS = {"authorization", "proxy-authorization", "cookie", "set-cookie"}
_REMARKABLE = ("secret", "token", "api-key", "apikey", "password")


class Mask:
    """Replaces secrets: the credential, secret headers, and what write-only members hold."""

    def __init__(self, contract: Contract, secrets: Iterable[str | None], lawful: set[str]) -> None:
        """`secrets` are known values; `lawful` the values that the plan itself made up."""
        self._secrets: list[str] = []
        self._lawful = lawful
        self._names = set(_secret_names(contract))
        self._add(secrets)

    def learn(self, sent: Any) -> None:
        """Take what a request says in secret members for secret, unless the plan made it up."""
        if sent is not None:
            self._add(value for value in _values(sent, self._names) if value not in self._lawful)

    def learn_reply(self, content: bytes) -> None:
        """Do so with a reply, which should have no such members."""
        if not any(name.encode() in content for name in self._names):
            return
        with suppress(ValueError, RecursionError):
            self.learn(json.loads(content.decode("utf-8", "backslashreplace")))

    def _add(self, secrets: Iterable[str | None]) -> None:
        new = {secret for secret in secrets if secret and len(secret) >= SHORTEST}
        if new - set(self._secrets):
            # The longest first: one may stand in another.
            self._secrets = sorted({*self._secrets, *new}, key=len, reverse=True)

    def text(self, text: str) -> str:
        """A text with every known secret masked."""
        for secret in self._secrets:
            if secret in text:
                text = text.replace(secret, MASK)
        return text

    def headers(self, headers: Iterable[tuple[str, str]]) -> list[list[str]]:
        """Headers with secret ones masked; the scheme of a credential stays readable."""
        masked = []
        for name, value in headers:
            if name.lower() == "authorization":
                value = f"{value.partition(' ')[0]} {MASK}"
            elif is_secret_header(name):
                value = MASK
            masked.append([name, self.text(value)])
        return masked

    def reply(self, content: bytes) -> str:
        """A reply's body as text, without the values of members that should not be there."""
        text = content.decode("utf-8", "backslashreplace")
        try:
            secrets = set(_values(json.loads(text), self._names))
        except (ValueError, RecursionError):
            return self.text(text)
        for secret in secrets:
            if secret not in self._lawful and secret:
                quoted = json.dumps(secret, ensure_ascii=False)
                for form in (quoted, json.dumps(secret)):
                    text = text.replace(form, f'"{MASK}"')
        return self.text(text)


def is_secret_header(name: str) -> bool:
    """Whether a header of this name holds a secret, as far as its name tells."""
    lower = name.lower()
    return lower in _SECRET_HEADERS or any(word in lower for word in _REMARKABLE)


def _secret_names(contract: Contract) -> Iterator[str]:
    for operation in contract.operations.values():
        places: list[Place] = [reply.place for reply in operation.replies.values()]
        if operation.body is not None:
            places.append(operation.body.place)
        for place in places:
            for inner in place.walk():
                if inner.notes.get("writeOnly") or inner.notes.get("x-sensitive"):
                    yield inner.pointer.rpartition("/")[2]


def _values(node: Any, names: set[str]) -> Iterator[str]:
    if isinstance(node, dict):
        for name, inner in node.items():
            if name in names and isinstance(inner, str):
                yield inner
            else:
                yield from _values(inner, names)
    elif isinstance(node, list):
        for inner in node:
            yield from _values(inner, names)
