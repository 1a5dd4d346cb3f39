"""Tokens: credentials that a run fetches, before its first request and once they have expired."""

from __future__ import annotations

import threading
from base64 import b64encode
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlencode

from msgspec.structs import replace

from clausewise.campaign.requests import Wire
from clausewise.contract import Operation
from clausewise.contract.runtime import evaluated
from clausewise.errors import TargetError
from clausewise.exchange import USER_AGENT, Request, Response
from clausewise.judge.outcomes import CREDENTIAL, answered, is_success
from clausewise.pack import Pack
from clausewise.pack.credentials import ClientCredentials, Login, fits_a_header
from clausewise.pack.settings import Settings
from clausewise.plan.case_values import value_at, with_login
from clausewise.plan.cases import Case
from clausewise.plan.ground import Ground
from clausewise.plan.planning import least_of
from clausewise.pointer import ABSENT
from clausewise.record.ledger import Entry
from clausewise.transport.target import Failed, Target

# Fetching anew that helps nothing is not tried more often in one run.
MOST_RENEWALS = 3


class Tokens:
    """The credentials of a run that are fetched. Safe to use from several threads.

    `least` gives the smallest lawful request of an operation, `request` makes one of a case.
    """

    def __init__(
        self,
        pack: Pack,
        settings: Settings,
        target: Target,
        least: Callable[[str, object], Case],
        request: Callable[[Operation, Case], Request],
    ) -> None:
        self._pack = pack
        self._settings = settings
        self._target = target
        self._least = least
        self._request = request
        self._lock = threading.Lock()
        self._in_vain = 0
        # Whether one was ever taken: else a refusal is no sign that it has expired.
        self.taken = False

    def fetch(self) -> None:
        """Fetch every token that is not there yet. Raises TargetError where one is not given."""
        with self._lock:
            for name in self._settings.fetched:
                if name not in self._settings.credentials:
                    self._fetch(name)

    def renewed(self, operation: Operation, used: dict[str, str]) -> bool:
        """Whether there are other tokens for an operation than those that were `used` and refused.

        `used` is what `held` gave before the request. They are fetched anew where nobody did so
        meanwhile.
        """
        names = [s.name for s in operation.schemes if s.name in self._settings.fetched]
        if not names:
            return False
        with self._lock:
            if self.held() != used:
                return True
            if self._in_vain >= MOST_RENEWALS:
                return False
            try:
                for name in names:
                    self._fetch(name)
            except TargetError:
                self._in_vain = MOST_RENEWALS
                return False
            self._in_vain += 1
            return True

    def held(self) -> dict[str, str]:
        """The tokens as they are now, by the name of their scheme."""
        known = self._settings.credentials
        return {name: known[name] for name in self._settings.fetched if name in known}

    def took(self) -> None:
        """Take note that a token was taken."""
        self._in_vain = 0
        self.taken = True

    def gave(self, entry: Entry) -> None:
        """Take the tokens that a log-in gave which is judged: each may have ended the last one.

        One that was not given for what a log-in is to be asked with is a secret, and no more.
        """
        request, response = entry.exchange.request, entry.exchange.response
        if response is None or entry.outcome != "accepted":
            return
        operations = self._pack.contract.operations
        for name, source in self._settings.fetched.items():
            if not isinstance(source, Login) or source.operation != entry.case.operation:
                continue
            token = evaluated(source.take, request, response, operations.values())
            if not isinstance(token, str) or not token or not fits_a_header(token):
                continue
            with self._lock:
                if all(value_at(entry.case, *at) == value for *at, value in source.values):
                    self._settings.learn(name, token, source.variable)
                else:
                    self._settings.conceal(token, source.variable)

    def _fetch(self, name: str) -> None:
        source = self._settings.fetched[name]
        try:
            if isinstance(source, Login):
                token: Any = self._logged_in(source)
            else:
                token = _granted(source, self._settings)
        except Failed as failure:
            raise TargetError(f"the token of {name} cannot be fetched: {failure.reason}") from None
        if not isinstance(token, str) or not token or not fits_a_header(token):
            raise TargetError(f"the token of {name} cannot be fetched: {_where(source)}")
        self._settings.learn(name, token, source.variable)

    def _logged_in(self, source: Login) -> Any:
        operations = self._pack.contract.operations
        operation = operations[source.operation]
        case = with_login(operation, self._least(operation.id, "login"), source)
        request = self._request(operation, replace(case, credential="none"))
        response = self._target.send(request)
        _must_be_given(operation.id, response)
        return evaluated(source.take, request, response, operations.values())


def _where(source: ClientCredentials | Login) -> str:
    """What of a reply has no token that could be sent."""
    if isinstance(source, Login):
        return f"the reply of {source.operation} has none at {source.take}"
    return f"the reply of {source.host} has no access_token"


def _granted(source: ClientCredentials, settings: Settings) -> Any:
    """The token of a client: its secret goes in a header, or where that is not taken in the body.

    RFC 6749, sections 2.3.1 and 4.4. Raises Failed and TargetError.
    """
    from clausewise.transport.http import HttpTarget  # a run without tokens need not wait for it

    asked = {"grant_type": "client_credentials"}
    if source.scopes:
        asked["scope"] = source.scopes
    pair = f"{quote(source.client_id, safe='')}:{quote(source.client_secret, safe='')}"
    basic = b64encode(pair.encode()).decode()
    for learner in settings.learners:
        learner([basic, pair])
    own = {"client_id": source.client_id, "client_secret": source.client_secret}
    endpoint = HttpTarget(replace(settings, base_url=source.token_url))
    try:
        response = endpoint.send(_form(source, asked, ("Authorization", f"Basic {basic}")))
        if response.status in (400, *CREDENTIAL):
            response = endpoint.send(_form(source, asked | own))
    finally:
        endpoint.close()
    _must_be_given(source.host, response)
    body = response.json_or_none
    return body.get("access_token", ABSENT) if isinstance(body, dict) else ABSENT


def _form(source: ClientCredentials, asked: dict[str, str], *more: tuple[str, str]) -> Request:
    headers = (
        ("Accept", "application/json"),
        ("User-Agent", USER_AGENT),
        ("Content-Type", "application/x-www-form-urlencoded"),
        *more,
    )
    return Request("POST", source.token_url, headers, urlencode(asked).encode())


def _must_be_given(who: str, response: Response) -> None:
    if not is_success(response.status):
        raise TargetError(f"the token cannot be fetched: {who} {answered(response)}")


def fetch(pack: Pack, settings: Settings, target: Target) -> None:
    """Fetch the tokens of settings, outside of a run. Raises TargetError."""
    if not settings.fetched:
        return
    wire = Wire(settings, {}, None, pack.contract.servers)

    def least(operation: str, name: object) -> Case:
        return least_of(Ground(pack, operation), name)

    Tokens(pack, settings, target, least, wire.request).fetch()
