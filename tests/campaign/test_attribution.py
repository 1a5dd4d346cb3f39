"""What cannot be put down to a clause is inconclusive: neither a finding nor a green."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
from msgspec.structs import replace

from clausewise.errors import TargetError
from clausewise.exchange import Response
from clausewise.pack.settings import Settings
from clausewise.plan.plan import Plan
from clausewise.plan.selection import limit, select
from clausewise.pointer import ABSENT, look
from clausewise.transport.target import Failed

from .catalogue import lenient_faults, of, strict_faults
from .faults import (
    NAME,
    STATUS,
    Asked,
    Fault,
    FaultyTarget,
    Run,
    expected,
    keeps,
    proper,
    refusal,
    reply,
    run,
    text,
    the_operation,
    the_operation_plan,
    the_plan,
    the_settings,
)

NEGATIVES = {
    name
    for case in the_plan().cases
    if case.kind == "negative"
    for name in case.probes
    if not name.startswith(f"{NAME}:path#")
}


def _lawful(asked: Asked) -> bool:
    return keeps(asked.body)


def _answering(answer: Callable[[], Response], when: Callable[[Asked], bool]) -> Fault:
    return Fault("", before=lambda asked: answer() if when(asked) else None)


def _broken(asked: Asked) -> bool:
    return proper(asked) and not _lawful(asked)


def _has_max_seconds(asked: Asked) -> bool:
    return look(asked.body, "/max_seconds") is not ABSENT


def _no_longer(number: int) -> Callable[[Asked], bool]:
    return lambda asked: asked.number > number


def _upheld_refusals(found: Run) -> set[str]:
    """Clauses that are green because of a refusal."""
    return {name for name in NEGATIVES if found.rulings[name].verdict == "upheld"}


@pytest.mark.parametrize("status", [401, 403, 407])
def test_every_broken_body_is_unauthorized(status: int) -> None:
    """A 401 is about the credential: it shows no clause of the body to be checked."""
    found = run(_answering(lambda: refusal(status), _broken))
    assert found.findings == {}
    assert {found.rulings[name].verdict for name in NEGATIVES} == {"inconclusive"}
    assert f"the answer was {status}: about the credential" in found.message(
        "request#/max_seconds:maximum"
    )
    assert found.verdict("auth") == "upheld"


@pytest.mark.parametrize("headers", [(), (("Retry-After", "0"),)], ids=["at once", "asking"])
@pytest.mark.parametrize("status", [429, 503])
def test_some_requests_are_put_off_for_ever(
    status: int, headers: tuple[tuple[str, str], ...]
) -> None:
    """A clause whose requests are all put off has no verdict, however its reason is put."""
    found = run(_answering(lambda: reply(status, {}, *headers), _has_max_seconds))
    assert found.findings == {}
    names = ("optional", "type", "minimum", "maximum")
    assert [found.verdict(f"request#/max_seconds:{name}") for name in names] == [
        "upheld", "inconclusive", "inconclusive", "inconclusive",
    ]  # fmt: skip
    assert _upheld_refusals(found) == NEGATIVES - {
        of(f"request#/max_seconds:{name}") for name in names
    }


@pytest.mark.parametrize("status", [500, 502, 504])
def test_broken_bodies_crash(status: int) -> None:
    """A 5xx on a broken body breaks `status`, and says nothing of the clause."""
    found = run(_answering(lambda: text(status), _broken))
    assert found.findings == {STATUS: "violated"}
    assert {found.rulings[name].verdict for name in NEGATIVES} == {"inconclusive"}


def test_one_broken_value_crashes() -> None:
    """Only the clause whose broken value crashed is left without a verdict."""
    found = run(_answering(lambda: text(500), lambda asked: look(asked.body, "/max_seconds") == 59))
    assert found.findings == {STATUS: "violated"}
    clause = of("request#/max_seconds:minimum")
    assert found.verdicts("inconclusive") == {clause: "inconclusive"}
    assert found.rulings[clause].message == "it crashed (500): neither accepted nor refused"


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_broken_bodies_are_redirected(status: int) -> None:
    """A redirect is no documented status, and neither an acceptance nor a refusal."""
    answer = reply(status, {}, ("Location", "https://elsewhere.example.net/"))
    found = run(_answering(lambda: answer, _broken))
    assert found.findings == {STATUS: "violated"}
    assert {found.rulings[name].verdict for name in NEGATIVES} == {"inconclusive"}


def test_conflicts_say_nothing_of_a_body() -> None:
    """A 409 is about the state of things: it is no proof that a body was checked."""
    found = run(_answering(lambda: refusal(409), _broken))
    assert found.findings == {}
    assert {found.rulings[name].verdict for name in NEGATIVES} == {"inconclusive"}


@pytest.mark.parametrize("status", [400, 409, 422])
@pytest.mark.parametrize("number", [1, 3, 12, 36, 60, 150])
def test_nothing_is_accepted_any_more(number: int, status: int) -> None:
    """An endpoint that closes after some requests refuses nothing because it is broken."""
    found = run(_answering(lambda: refusal(status), _no_longer(number)))
    assert found.findings == {}
    assert _upheld_refusals(found) == set()
    assert found.requests < len(the_plan().cases) + 20


@pytest.mark.parametrize("number", [12, 60])
def test_the_credential_is_revoked(number: int) -> None:
    """Where everything is answered with 401 in the end, that is no proof of `auth` either."""
    found = run(_answering(lambda: refusal(401), _no_longer(number)))
    assert found.findings == {}
    assert found.verdict("auth") == "inconclusive"
    late = {case.probes[0] for case in the_plan().cases[number:] if case.kind == "negative"}
    assert not _upheld_refusals(found) & late


def test_a_refusal_that_does_not_happen_again() -> None:
    """One odd refusal of a lawful request is told, but blamed on nothing."""
    found = run(_answering(refusal, lambda asked: asked.number == 9))
    assert found.findings == {}
    assert found.verdicts("inconclusive") == {of("served"): "inconclusive"}
    assert found.message("served").startswith("replies vary: ")
    assert "in exchange 9" in found.message("served")


@pytest.mark.parametrize("status", [409, 422])
@pytest.mark.parametrize("nth", [5, 7, 12, 25, 33])
def test_an_endpoint_that_refuses_now_and_then(nth: int, status: int) -> None:
    """Every so many requests one is refused, whatever it is: nothing is blamed for that."""
    found = run(_answering(lambda: refusal(status), lambda asked: asked.number % nth == 0))
    assert found.findings == {}
    # A conflict that is over when the same is asked again was one of the moment.
    passing = {"inconclusive", "upheld"} if status == 409 else {"inconclusive"}
    assert found.verdict("served") in passing


@pytest.mark.parametrize(
    "answer", [text(500), refusal(409), refusal(422)], ids=["500", "409", "422"]
)
def test_only_the_very_first_request_fails(answer: Response) -> None:
    """A rule of several requests is not judged where its first one went wrong."""
    found = run(_answering(lambda: answer, lambda asked: asked.number == 1))
    assert found.findings == ({STATUS: "violated"} if answer.status == 500 else {})
    assert found.verdict("rule:R5") in ("inconclusive", "unexercised")


def test_a_whole_object_is_refused() -> None:
    """It is named once, and what is inside of it is not judged: no green, and no finding."""
    found = run(strict_faults()["/storage_config present"])
    assert found.findings == {of("request#/storage_config:type"): "strict"}
    inside = {
        name: ruling.verdict
        for name, ruling in found.rulings.items()
        if name.startswith(of("request#/storage_config/"))
    }
    assert set(inside.values()) == {"inconclusive"}
    assert found.verdict("request#/storage_config:optional") == "upheld"
    assert found.verdict("request#/url:format") == "upheld"


@pytest.mark.parametrize(
    "short_id",
    ["request#/storage_config/bucket:required", "request#/storage_config/region:minLength"],
)
def test_a_selected_clause_inside_of_what_is_refused(short_id: str) -> None:
    """A single clause, run alone, is no greener than in a run of all."""
    clause = the_operation().clauses[of(short_id)]
    chosen = select(the_operation_plan(), [clause])
    fault = strict_faults()["/storage_config present"]
    assert run(plan=Plan({NAME: chosen})).verdict(short_id) == "upheld"
    assert run(fault, plan=Plan({NAME: chosen})).verdict(short_id) == "inconclusive"
    lax = lenient_faults()[short_id]
    assert run(lax, plan=Plan({NAME: chosen})).findings == lax.expected


# No reply.


def _failing(when: Callable[[Asked], bool], unreachable: bool = False) -> Fault:
    def before(asked: Asked) -> Response | None:
        if when(asked):
            raise Failed("the connection was reset", unreachable)
        return None

    return Fault("no reply", before=before)


@pytest.mark.parametrize("span", [(10, 20), (60, 75), (100, 115)])
def test_the_connection_fails_for_a_while(span: tuple[int, int]) -> None:
    """Requests without a reply prove nothing, and are sent again when the target is back."""
    found = run(_failing(lambda asked: span[0] <= asked.number < span[1]))
    assert found.findings == {}
    assert found.campaign.complete
    unanswered = {
        name
        for entry in found.campaign.ledger.entries
        if entry.outcome == "no reply"
        for name in entry.case.probes
    }
    assert {found.rulings[name].verdict for name in unanswered} <= {"upheld"}
    assert any(entry.outcome == "no reply" for entry in found.campaign.ledger.entries)


def test_a_lawful_value_gets_no_reply() -> None:
    """To give no reply twice, while others get one, is a status that nobody documented.

    And a clause is not green where no request on its lawful side was ever accepted.
    """
    found = run(_failing(lambda asked: look(asked.body, "/max_seconds") == 86400))
    assert found.findings == {STATUS: "violated"}
    assert "no reply, twice, while others were answered" in found.rulings[STATUS].message
    assert found.verdicts("inconclusive") == {of("request#/max_seconds:maximum"): "inconclusive"}
    assert "no lawful request that used it was accepted" in found.message(
        "request#/max_seconds:maximum"
    )


# Preflight.


def _no_entry(fault: Fault) -> tuple[str, FaultyTarget]:
    target = FaultyTarget([fault])
    with pytest.raises(TargetError) as error:
        run(target=target)
    message = str(error.value)
    assert "\n" not in message
    assert target.closed
    return message, target


def _always(asked: Asked) -> bool:
    return True


@pytest.mark.parametrize("status", [401, 403])
def test_the_credential_is_refused(status: int) -> None:
    """A refused credential ends the run after one request, and its name is told."""
    message, target = _no_entry(_answering(lambda: refusal(status), _always))
    assert target.starts == 1
    assert f"answered {status} to POST " in message
    assert "the stand-in token of the pack" in message
    assert "--header" in message


@pytest.mark.parametrize("status", [404, 405])
def test_the_operation_is_not_there(status: int) -> None:
    """An endpoint without the operation is told, with what may be wrong about the URL."""
    message, _ = _no_entry(_answering(lambda: refusal(status), _always))
    assert f"answered {status} to POST " in message
    assert "--base-url" in message
    assert "account_id" in message


def test_everything_is_redirected() -> None:
    """A redirect is not followed, and where it leads is told."""
    answer = reply(302, {}, ("Location", "https://elsewhere.example.net/v4"))
    message, target = _no_entry(_answering(lambda: answer, _always))
    assert target.starts == 1
    assert "a redirect to https://elsewhere.example.net/v4" in message


def test_the_target_is_not_reachable() -> None:
    """A target that takes no connection is told after one request."""
    message, target = _no_entry(_failing(_always, unreachable=True))
    assert target.starts == 1
    assert "cannot be reached: the connection was reset" in message


def test_the_target_is_busy() -> None:
    """A target that asks for patience is asked a few times, and then told to be busy."""
    answer = reply(429, {}, ("Retry-After", "0"))
    message, target = _no_entry(_answering(lambda: answer, _always))
    assert target.starts == 4
    assert "answered 429 to the first request and asks for patience" in message


@pytest.mark.parametrize("answer", [text(500), refusal(422)], ids=["500", "422"])
def test_no_lawful_request_is_accepted(answer: Response) -> None:
    """Without one accepted request no refusal means anything: nothing is judged."""
    message, target = _no_entry(_answering(lambda: answer, _always))
    assert target.starts <= len([c for c in the_plan().cases if c.expect == "accepted"])
    assert "accepted none of the" in message
    assert f"was answered with {answer.status}" in message


# Budgets and other ways of running.


@pytest.mark.parametrize("most", [10, 40, 80, 120])
def test_few_requests_are_no_greener(most: int) -> None:
    """A negative is sent together with what shows that the rest of its body is taken."""
    chosen, _ = limit(the_operation_plan(), most)
    assert len(chosen.cases) <= most
    found = run(strict_faults()["/storage_config present"], plan=Plan({NAME: chosen}))
    upheld = {name for name, ruling in found.rulings.items() if ruling.verdict == "upheld"}
    assert not [name for name in upheld if name.startswith(of("request#/storage_config/"))]
    assert found.findings.keys() <= {of("request#/storage_config:type")}
    assert run(plan=Plan({NAME: chosen})).findings == {}


MIXED = (
    "request#/url:format",
    "request#/storage_config/private_key:required",
    "request#/audio_config:type",
)


@pytest.mark.parametrize(
    "settings",
    [
        replace(the_settings(), concurrency=4),
        replace(the_settings(), leases={"meeting": (str(UUID(int=1)),)}, clean_up=True),
        replace(
            the_settings(),
            leases={"meeting": (str(UUID(int=1)), str(UUID(int=2)))},
            clean_up=True,
            concurrency=4,
        ),
    ],
    ids=["4 at a time", "one meeting", "two meetings, 4 at a time"],
)
def test_the_way_of_sending_makes_no_difference(settings: Settings) -> None:
    """With several connections and with leased meetings the same is found, and all is undone."""
    assert run(settings=settings).findings == {}
    faults = [
        *(lenient_faults()[name] for name in MIXED),
        strict_faults()["/max_seconds 86400, the most"],
        strict_faults()['/storage_config/type "azure"'],
    ]
    found = run(*faults, settings=settings)
    assert found.findings == expected(*faults)
    created = found.campaign.sender.created
    if settings.clean_up:
        assert created.started > 30
        # What the faults accepted, they made up; such recordings cannot be stopped.
        assert created.started == created.undone + len(created.left_over)
