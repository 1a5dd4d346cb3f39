"""Asking: what takes things back is sent until its answer is final, and what is there looked at."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TypeVar
from urllib.parse import urlencode

from msgspec.structs import replace

from clausewise.campaign.lagging import Lags
from clausewise.campaign.pacing import Pace
from clausewise.campaign.requests import taking_back
from clausewise.campaign.settling import Settling
from clausewise.campaign.slashes import led_on
from clausewise.campaign.tokens import MOST_RENEWALS, Tokens
from clausewise.campaign.versions import IF_MATCH, is_version, version_of, versions_in
from clausewise.contract import Contract
from clausewise.exchange import Request, Response
from clausewise.judge.outcomes import CREDENTIAL, GONE, ON_THE_WAY, PATIENCE, TOO_SOON
from clausewise.pack.settings import Settings
from clausewise.record.made import ToUndo
from clausewise.transport.target import Failed, Target

# A reply, or none.
_Answer = TypeVar("_Answer", bound=Response | None)


class Asking:
    """Sends what takes things back, until an answer is final."""

    def __init__(
        self,
        contract: Contract,
        settings: Settings,
        target: Target,
        pace: Pace,
        settling: Settling,
        lags: Lags,
        tokens: Tokens,
    ) -> None:
        self.pace = pace
        self.lags = lags
        self._contract = contract
        self._settings = settings
        self._target = target
        self._settling = settling
        self._tokens = tokens

    def ask(self, thing: ToUndo, new: bool, last: bool = False) -> Response:
        """Send what takes back a thing; what is `new` may not be found at once. Raises Failed.

        A failure on the way is asked again at once. For the `last` time what is busy with something
        else, or asks for patience, is waited for.
        """
        answer = self.send(thing)

        def is_final() -> bool:
            late = new and answer.status in GONE
            busy = last and answer.status in (*TOO_SOON, *PATIENCE)
            return not late and not busy and not self.lags.may_be_locked(answer.status)

        def ask_again() -> bool:
            nonlocal answer
            answer = self.send(thing)
            return is_final()

        if answer.status in ON_THE_WAY:
            ask_again()
        names = self._versions_named(thing)
        if answer.status in (412, 428) or (names and answer.status in (400, 409, 422)):
            others = tuple(h for h in thing.headers if h[0].lower() != IF_MATCH)
            shown = self.send(replace(thing, method="GET", headers=others))
            if shown.status in GONE:
                return shown  # nothing is there that could be at a version
            thing = _at_its_version(replace(thing, headers=others), names, shown)
            ask_again()
        if not is_final():
            busy = "is busy" if last else "was made just before"
            self._settling.again(f"what is taken back {busy}", ask_again)
        return answer

    def shown(self, thing: ToUndo) -> Response | None:
        """What is answered to a look at a thing; None where nothing is."""
        with suppress(Failed):
            return self.send(thing)
        return None

    def look(self, thing: ToUndo) -> Response | None:
        """What is answered to a look at a thing before it is changed, as part of the run.

        It counts for the budgets. None where nothing is answered. Raises Stopped.
        """
        return self._answer(
            thing, lambda asked: self.pace.exchange(self._target, thing.url, asked).response
        )

    def until(self, state: str, look: Callable[[], bool]) -> bool:
        """Whether a look shows a state, at the latest when the settle time is over."""
        return self._settling.until(state, look)

    def stays(self, look: Callable[[], bool]) -> bool:
        """Whether a look shows what was taken back, and does so after the settle time as well."""
        return not self._settling.until("what was taken back is gone", lambda: not look())

    def _versions_named(self, thing: ToUndo) -> list[str]:
        """The required parameters of a request by which it says which version is meant."""
        match = self._contract.match(thing.method, thing.url)
        required = [p for p in match.operation.parameters if p.required] if match else []
        return [
            p.name
            for p in required
            if p.name.lower() == IF_MATCH or (p.location == "query" and is_version(p.name))
        ]

    def send(self, thing: ToUndo) -> Response:
        """What is answered to a request that undoes, with a new token where one has expired.

        A new one may be used up by others before it is sent: what was made has to go all the same.
        """
        contract = self._contract
        for _ in range(MOST_RENEWALS):
            held = self._tokens.held()
            answer = self._answer(thing, partial(self.pace.undo, self._target))
            if not held:
                break
            if answer.status not in CREDENTIAL:
                self._tokens.took()
                break
            match = contract.match(thing.method, thing.url) if answer.status == 401 else None
            if match is None or not self._tokens.renewed(match.operation, held):
                break
        return answer

    def _answer(self, thing: ToUndo, send: Callable[[Request], _Answer]) -> _Answer:
        """What is answered to a request about a thing, or where a slash leads it."""
        # Whatever credential the case had: only ours is sure to be let in.
        asked = taking_back(thing, self._contract, self._settings)
        answer = send(asked)
        on = led_on(asked, answer)
        return answer if on is None else send(on)


def _at_its_version(thing: ToUndo, names: list[str], response: Response) -> ToUndo:
    """The request for just what a thing is shown as (RFC 9110, section 13.1.1)."""
    shown = versions_in(response)
    told = {n: version_of(shown, n) for n in names if n.lower() != IF_MATCH}
    query = urlencode({name: value for name, value in told.items() if value is not None})
    return replace(
        thing,
        url=f"{thing.url}{'&' if '?' in thing.url else '?'}{query}" if query else thing.url,
        headers=(*thing.headers, ("If-Match", shown.get(IF_MATCH, "*"))),
    )
