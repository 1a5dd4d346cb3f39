"""Echoes: replies that say a secret of their request, which no document speaks of.

A credential that comes back, or a password, stands in logs and caches from then on. It is noted; a
pack has rules that make a finding of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from clausewise.contract import Contract
from clausewise.contract.ids import is_of_replies
from clausewise.links.destroying import words_of
from clausewise.pack.settings import STAND_IN, Settings
from clausewise.record.ledger import Entry, Ledger
from clausewise.secrets.places import SecretPlaces
from clausewise.secrets.secret_set import SecretSet
from clausewise.secrets.settings import secrets_of

ECHO = "a secret of its request in a reply"
# So many replies of an operation are searched for each status, and so much of each.
_MOST_REPLIES, _MOST_READ = 5, 20_000
# What an operation is called that gives credentials out.
_GIVING = frozenset(
    {"token", "tokens", "session", "sessions", "login", "auth", "oauth", "key", "keys", "apikey"}
)


def note_echoes(contract: Contract, settings: Settings, ledger: Ledger) -> None:
    """Note the replies of a run that say a secret which their request carried."""
    carried = () if settings.token_name == STAND_IN else tuple(secrets_of(settings, ""))
    places, searched = SecretPlaces(contract), Counter[tuple[str, int | None]]()
    for entry in list(ledger.entries):
        kind = entry.case.operation, entry.exchange.status
        if entry.exchange.response is None or searched[kind] >= _MOST_REPLIES:
            continue
        searched[kind] += 1
        if _says_a_secret(contract, places, carried, entry):
            ledger.note(ECHO, entry)
            searched[kind] = _MOST_REPLIES


def _says_a_secret(
    contract: Contract, places: SecretPlaces, carried: Iterable[str], entry: Entry
) -> bool:
    operation = contract.operations[entry.case.operation]
    if _GIVING & {*words_of(operation.id), *words_of(operation.path)}:
        return False
    request, response = entry.exchange.request, entry.exchange.response
    assert response is not None
    sent = "\n".join(value for _, value in request.headers)
    secrets = [secret for secret in carried if secret in sent or secret in request.url]
    replies = [clause for clause in operation.clauses.values() if is_of_replies(clause.part)]
    if not any(
        places.is_secret("", (clause.pointer or "").rpartition("/")[2]) for clause in replies
    ):
        secrets += [value for value in places.values(request.body) if isinstance(value, str)]
    if not secrets:
        return False
    text = response.content[:_MOST_READ].decode("utf-8", "replace")
    said = [text, *(value for _, value in response.headers)]
    openly = [request.url, *_others(request.body, places)]
    return SecretSet().after(secrets, openly).first_in(said) is not None


def _others(body: object, places: SecretPlaces) -> list[str]:
    """The texts of a body at its top that are no secrets."""
    if not isinstance(body, dict):
        return []
    texts = ((name, value) for name, value in body.items() if isinstance(value, str))
    return [value for name, value in texts if not places.is_secret("", name)]
