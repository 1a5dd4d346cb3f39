"""The words of refusals: whether two of them say the same."""

from __future__ import annotations

import json

from clausewise.contract.codecs import encode_json
from clausewise.diagnosis.probing import Cause
from clausewise.record.ledger import Entry


def says_the_same(cause: Cause, entry: Entry) -> bool:
    """Whether a refusal has the very words of one that is explained, and they name the cause."""
    first, second = cause.entry.exchange.response, entry.exchange.response
    if first is None or second is None or first.status != second.status:
        return False
    words = _own_words(cause.entry)
    steps = {step.lower() for at in cause.levels for step in at.split("/")[2:]}
    told = any(len(step) > 2 and step in words.lower() for step in steps)
    return told and words == _own_words(entry)


def _own_words(entry: Entry) -> str:
    """What a reply says, without the texts of the request that it repeats."""
    response = entry.exchange.response
    text = response.content.decode("utf-8", "replace") if response is not None else ""
    for value in sorted(_texts(entry.case.value), key=len, reverse=True):
        for form in (encode_json(value).decode()[1:-1], json.dumps(value)[1:-1], value):
            text = text.replace(form, "") if len(value) > 2 else text
    return text


def _texts(value: object) -> set[str]:
    if isinstance(value, str):
        return {value}
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return {text for one in inner for text in _texts(one)}
