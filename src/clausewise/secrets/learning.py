"""Listening to a target for secrets, and giving a report back those that it had masked."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any, Protocol
from urllib.parse import quote

from clausewise.exchange import Request, Response
from clausewise.pack import Pack
from clausewise.pack.settings import Settings
from clausewise.secrets.masking import MASK
from clausewise.transport.target import Target


class Learner(Protocol):
    """A mask, or who keeps one."""

    def learn(self, request: Request, response: Response | None) -> None:
        """Take what an exchange holds in places for secrets for secret."""
        ...


class Overheard:
    """A target whose exchanges a mask learns from, before anybody can quote them."""

    def __init__(self, target: Target, learner: Learner) -> None:
        self.kind = target.kind
        self._target = target
        self._learner = learner

    def send(self, request: Request) -> Response:
        """Send one request. Raises Failed."""
        response: Response | None = None
        try:
            response = self._target.send(request)
        finally:
            self._learner.learn(request, response)
        return response

    def close(self) -> None:
        """Close every connection."""
        self._target.close()


def unmasked(model: Mapping[str, Any], pack: Pack, settings: Settings) -> dict[str, Any]:
    """A report model whose requests have the user's headers and path parameters again."""
    made = dict(deepcopy(model))
    ours = {name.lower(): value for name, value in settings.headers}
    for exchange in made["exchanges"]:
        request = exchange["request"]
        request["headers"] = [
            [name, ours.get(name.lower(), value) if MASK in value else value]
            for name, value in request["headers"]
            # Where nobody says what it was, it cannot be sent: no header may have a mask in it.
            if MASK not in value or name.lower() in ours or name.lower() == "authorization"
        ]
        operation = pack.contract.operations.get(exchange["operation"])
        if operation is not None and MASK in request["url"]:
            request["url"] = _filled(request["url"], operation.path, settings.path)
    return made


def _filled(url: str, template: str, path: Mapping[str, str]) -> str:
    """A URL with the path parameters of this run where it has masks."""
    before, question, query = url.partition("?")
    names = template.split("/")
    steps = before.split("/")
    for back in range(1, min(len(names), len(steps) + 1)):
        name = names[-back].strip("{}")
        if steps[-back] == MASK and name in path:
            steps[-back] = quote(path[name], safe="")
    return "/".join(steps) + question + query


def filled(url: str, path: Mapping[str, str]) -> str:
    """A URL with path parameters where it has their names."""
    for name, value in path.items():
        url = url.replace(f"{{{name}}}", quote(value, safe=""))
    return url
