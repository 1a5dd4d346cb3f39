"""Days: whether a refusal may be about a day that is over, which no document can speak of."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from clausewise.exchange import Response

# What servers say of a day that is over, where one to come is wanted.
_OVER = re.compile(r"\bin the past\b|\bin the future\b|\b(?:past|future) date\b", re.IGNORECASE)
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
# So much of a refusal is searched for words.
_LONGEST = 2000


def of_a_day(response: Response | None, sent: Any) -> str | None:
    """Why a refusal may be about the days that were sent: it says so, and all are over."""
    days = _DAY.findall(str(sent))
    if response is None or not days or max(days) >= datetime.now(UTC).date().isoformat():
        return None
    word = _OVER.search(response.text(_LONGEST))
    return f"the server says {word.group(0)!r}, and its days are over" if word else None
