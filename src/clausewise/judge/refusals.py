"""Refusals: what servers say of what is there already, or is not, and of the moment.

What is said is data: it says where to look, and proves nothing.
"""

from __future__ import annotations

import re

from clausewise.exchange import Response
from clausewise.judge.outcomes import Outcome

# A search that found nothing: `no such thing was found` with any words between.
_NONE_FOUND = r"\bno (?:\w+ ){1,4}(?:found|match(?:es)?)\b"
# What a database says of a row that names another one, which is not there.
_OF_A_KEY = r"\bforeign key\b"
# What Django says of a value that names no row; of a closed list it repeats the value.
_OF_A_ROW = r"\bthat choice is not one of the available choices\b"
# What is said of a user that nobody knows; of a password alone it may be about how it is formed.
_OF_A_LOG_IN = (
    r"\bcredentials?\b"
    r"|\b(?:incorrect|wrong)\b.{0,30}\b(?:user(?:name)?|e-?mail|login|password)\b"
    r"|\b(?:invalid|bad) (?:user ?name|e-?mail|login|user)\b.{0,20}\bpassword\b"
    r"|\b(?:login|authentication) failed\b"
)
# A word for a thing that a server keeps: not for a route, nor a name that error bodies have.
_A_THING = (
    r"\b(?!(?:code|detail|endpoint|error|http|message|page|path|reason|resource|route|status|text"
    r"|title|url)\b)[a-z][\w-]*\b"
)
# Words of servers about what is there already, or is not.
_WORDS = re.compile(
    r"already|exists?\b|\bunique|duplicat|\btaken\b|in use|not found|no such"
    rf"|{_NONE_FOUND}|{_OF_A_KEY}|{_OF_A_ROW}"
    rf"|\bexpired\b|{_OF_A_LOG_IN}",
    re.IGNORECASE,
)
# `Experiment has no runs`: what is within a thing, not what is within the request.
_HAS_NONE = re.compile(
    r"\b(?!(?:body|header|payload|query|request)\b)\w+ has no [a-z]\w*", re.IGNORECASE
)
# What is said of a thing that is not there. Where a route is not, one of these or none is named.
_NO_SUCH_THING = re.compile(
    rf"{_A_THING}[^\w{{}}\[\]]{{1,3}}(?:is |was |could )?not (?:be )?found"
    rf"|{_A_THING}(?:[^\w{{}}\[\]]{{1,3}}[\w-]*\d[\w-]*)?[^\w{{}}\[\]]{{1,3}}does ?n.t exist"
    rf"|{_OF_A_KEY}|{_OF_A_ROW}"
    r"|\bno such (?!endpoint|page|path|resource|route|url)[a-z]"
    rf"|{_NONE_FOUND}",
    re.IGNORECASE,
)
# Of a free text, these too: which ones are known is no promise of the document.
_UNKNOWN = re.compile(r"\b(?:unknown|unrecogni[sz]ed|does ?n.t exist)\b", re.IGNORECASE)
# What servers say where a value is in use.
_TAKEN = re.compile(
    r"already|duplicate|\bexists?\b|\btaken\b|in use|unique|conflict|not available|registered",
    re.IGNORECASE,
)
# What servers say where the moment is to blame: too many requests, a quota, other work, a pause.
_MOMENT = re.compile(
    r"rate.?limit|too (?:many|fast)|slow down|throttl|quota|exceeded|overload|busy|in progress"
    r"|maintenance|unavailable|temporar|try again|retry|\blater\b|limit.{0,30}reached"
    r"|at most \d|\bno more than \d+ (?!bytes?\b|char|digits?\b|letters?\b|symbols?\b)[a-z]"
    r"|reach(?:ed|es)?\b.{0,30}(?:limit|maximum)"
    r"|max(?:imum)? (?:number|count) of (?!char|digit|letter)"
    r"|only (?:one|\d+)\b.{0,30}allowed",
    re.IGNORECASE,
)
# Where the words of a code in a refusal meet.
_BETWEEN_WORDS = re.compile(r"_|(?<=[a-z])(?=[A-Z])")
# So much of a refusal is searched for words.
LONGEST_WORDS = 2000


def says_taken(response: Response | None, outcome: Outcome) -> bool:
    """Whether a refusal is about a value that is in use (RFC 9110, 15.5.10, or in words)."""
    if response is None or outcome not in ("refused", "conflict", "unauthorized"):
        return False
    return response.status == 409 or bool(_TAKEN.search(_spoken(response)))


def speaks_of_use(response: Response | None) -> bool:
    """Whether a refusal says that something is there already, or was done already."""
    word = _TAKEN.search(_spoken(response)) if response is not None else None
    return word is not None and word.group().lower() != "conflict"


def speaks_of_the_moment(response: Response | None) -> bool:
    """Whether a refusal says that another time may do: in words, or by Retry-After."""
    if response is None:
        return False
    return response.header("retry-after") is not None or bool(_MOMENT.search(_spoken(response)))


def says_no_such_thing(response: Response | None) -> bool:
    """Whether a refusal speaks of a thing that is not there, and not of a path."""
    return response is not None and bool(_NO_SUCH_THING.search(_spoken(response)))


def says_nobody_known(response: Response | None) -> bool:
    """Whether a refusal speaks of a user that is not known."""
    said = _spoken(response) if response is not None else ""
    return re.search(_OF_A_LOG_IN, said, re.IGNORECASE) is not None


def says_has_none(response: Response | None) -> str | None:
    """What a refusal says of a thing that has nothing of a kind within it; None where nothing."""
    none = _HAS_NONE.search(_spoken(response)) if response is not None else None
    return none.group(0) if none is not None else None


def data_words(response: Response | None, free: bool = False) -> str | None:
    """What a refusal says of things that are there already, or are not; None where nothing.

    `free` says that it is about a text that may be anything.
    """
    spoken = _spoken(response) if response is not None else ""
    word = _WORDS.search(spoken) or (_UNKNOWN.search(spoken) if free else None)
    if word is None:
        return None
    return f"the server says {word.group(0)!r}, which is about what is there, or is not"


def _spoken(response: Response) -> str:
    """What a refusal says, with the words of its codes apart: `EMAIL_EXISTS`, `emailTaken`."""
    return _BETWEEN_WORDS.sub(" ", response.text(LONGEST_WORDS))
