"""Rules about any reply, whatever it is about."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

import clausewise
from clausewise import Broken, Kept, Message, SecretSet

from ._sightings import KEPT


def _none_of_these_tells_one(
    sent: SecretSet | None, messages: Sequence[Message]
) -> tuple[SecretSet, Kept | None] | None:
    """R7 of many: they send no secret that is new, say none openly, and none comes back."""
    before = SecretSet() if sent is None else sent
    secrets = chain.from_iterable([message.secrets for message in messages])
    openly = set(chain.from_iterable([message.openly for message in messages]))
    after = before.unchanged_by(secrets, openly)
    if after is None:
        return None
    if not after:
        return after, None
    if any(message.response_text is None for message in messages):
        return None
    texts = chain.from_iterable([message.reply_texts() for message in messages])
    return (after, KEPT) if after.first_in(texts) is None else None


@clausewise.fold(in_any_order=True, at_once=_none_of_these_tells_one)
def no_secret_comes_back(
    sent: SecretSet | None, message: Message, _: str
) -> tuple[SecretSet, Kept | Broken | None]:
    """R7: no secret that was sent stands anywhere in the reply."""
    sent = (SecretSet() if sent is None else sent).after(message.secrets, message.openly)
    if not sent or message.response_text is None:
        return sent, None
    if sent.first_in(message.reply_texts()) is not None:
        return sent, Broken("a secret that was sent stands in the reply")
    return sent, KEPT


@clausewise.check
def error_code_is_the_status(message: Message) -> Kept | Broken | None:
    """R37: `error.code` of RealtimeKit's own envelope is the HTTP status.

    The gateway's envelope, with its list of `errors`, has codes of its own.
    """
    body = message.response_body
    if message.status < 400 or not isinstance(body, dict) or "errors" in body:
        return None
    error = body.get("error")
    code = error.get("code") if isinstance(error, dict) else None
    if not isinstance(code, int | float) or isinstance(code, bool):
        return None
    if code == message.status:
        return KEPT
    return Broken(f"error.code is {code}, the status was {message.status}", at="/error/code")
