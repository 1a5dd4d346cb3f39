"""What the mask of a run learns: from the plan, from exchanges, and by listening to a target."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol
from urllib.parse import quote

from clausewise.exchange import Exchange, Request, Response
from clausewise.plan.cases import Case
from clausewise.plan.plan import OperationPlan
from clausewise.secrets.masking import Mask
from clausewise.transport.target import Target


def learn(mask: Mask, case: Case, exchange: Exchange, plan: OperationPlan | None = None) -> None:
    """Let a mask know what an exchange holds that must not be shown, and what may be.

    `plan` is that of its operation.
    """
    allow(mask, case, plan)
    mask.learn(exchange.request, exchange.response)


def allow(mask: Mask, case: Case, plan: OperationPlan | None) -> None:
    """Let a mask know what may be shown: all that the plan of an operation made up.

    That tells nobody anything, and whoever sends it again needs it.
    """
    if plan is not None and plan.operation.id not in mask.planned:
        mask.planned.add(plan.operation.id)
        for factor in plan.model.factors.values():
            mask.allow([level.value for level in factor.levels])
    if case.kind != "scenario":
        mask.allow([case.value])
        mask.allow([level.value for level in case.levels.values()])


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


def filled(url: str, path: Mapping[str, str]) -> str:
    """A URL with path parameters where it has their names."""
    for name, value in path.items():
        url = url.replace(f"{{{name}}}", quote(value, safe=""))
    return url
