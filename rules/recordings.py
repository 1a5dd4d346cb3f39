"""Rules that JSON Schema cannot say: what it takes to compare strings and times."""

from __future__ import annotations

import re
from datetime import datetime
from itertools import pairwise
from typing import Any

import clausewise
from clausewise import Broken, Kept, Message


def _recording(message: Message) -> dict[str, Any]:
    """`data` of a 2xx reply, or an empty object."""
    if not message.succeeded or not isinstance(message.response_body, dict):
        return {}
    data = message.response_body.get("data")
    return data if isinstance(data, dict) else {}


@clausewise.check
def no_secret_comes_back(message: Message) -> Kept | Broken | None:
    """R7: no secret that was sent stands anywhere in the reply."""
    sent = [secret for secret in message.sent_secrets if len(secret) >= 8]
    if not sent or message.response_text is None:
        return None
    for secret in sent:
        if message.reply_holds(secret):
            return Broken("a secret that was sent stands in the reply")
    return Kept()


@clausewise.check
def times_in_order(message: Message) -> Kept | Broken | None:
    """R13: invoked_time <= started_time <= stopped_time, where they are present."""
    data = _recording(message)
    times = []
    for name in ("invoked_time", "started_time", "stopped_time"):
        try:
            moment = datetime.fromisoformat(data[name])
        except (KeyError, TypeError, ValueError):
            continue
        if moment.tzinfo is not None:
            times.append((moment, name))
    if len(times) < 2:
        return None
    for (earlier, first), (later, second) in pairwise(times):
        if later < earlier:
            return Broken(
                f"{second} {data[second]} is before {first} {data[first]}", at=f"/data/{second}"
            )
    return Kept()


@clausewise.check
def prefix_is_prepended(message: Message) -> Kept | Broken | None:
    """R24: output_file_name starts with the file_name_prefix of the request."""
    if not isinstance(message.request_body, dict):
        return None
    prefix = message.request_body.get("file_name_prefix")
    name = _recording(message).get("output_file_name")
    if not isinstance(prefix, str) or not isinstance(name, str):
        return None
    if not re.fullmatch("[A-Za-z0-9_]+", prefix):
        return None  # the guide forbids others, and does not say what becomes of them
    if name.startswith(prefix):
        return Kept()
    return Broken(f"{name!r} does not start with {prefix!r}", at="/data/output_file_name")
