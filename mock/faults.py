"""A service that keeps every rule but one, in many ways: what the self-test has to notice."""

from __future__ import annotations

from msgspec.structs import replace

from clausewise.exchange import Response
from clausewise.pack import Pack
from clausewise.selftest import Asked, Fault, with_body

from . import _broken_lists, _broken_lives, _broken_starts
from ._breaking import ACT, ALL, ONE, START, TRACK, After, broken, on_refusal, on_success


def create_faults(pack: Pack) -> list[Fault]:
    """Every rule that a client can check, broken in each way that is worth telling apart."""
    faults = [
        *_broken_starts.FAULTS, *_broken_lives.FAULTS, *_broken_lists.FAULTS, *_IN_EVERY_REPLY,
    ]  # fmt: skip
    order = list(pack.contract.rules)
    return sorted(faults, key=lambda fault: order.index(fault.name.partition(":")[0]))


def _saying(success: bool) -> After:
    return lambda asked, response: with_body(response, {**response.json, "success": success})


def _with_a_code_of_its_own(asked: Asked, response: Response) -> Response:
    error = {**response.json["error"], "code": 1}
    return with_body(response, {**response.json, "error": error})


# Envelopes (R36, R37, X10).
_IN_EVERY_REPLY = (
    broken("R36", "refusals say true", ALL, after=on_refusal(_saying(success=True))),
    broken(
        "R36",
        "successes say false",
        ALL,
        after=on_success(lambda _, body: body.update(success=False)),
    ),
    broken(
        "R36",
        "errors with status 200",
        ALL,
        after=on_refusal(lambda _, response: replace(response, status=200)),
    ),
    broken("R37", "a code of its own", ALL, after=on_refusal(_with_a_code_of_its_own)),
    *(
        broken(
            "X10",
            f"no data from {operation}",
            [operation],
            after=on_success(lambda _, body: body.pop("data"), operation),
        )
        for operation in (START, ONE, ACT, TRACK)
    ),
)
