"""Echoes: replies that say a secret of their request, which no document speaks of.

A credential that comes back, or a password, stands in logs and caches from then on. It is noted; a
pack has rules that make a finding of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from clausewise.contract import Contract, Operation
from clausewise.contract.ids import is_of_replies
from clausewise.links.destroying import name_words
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
    meant: dict[str, bool] = {}
    giving = {name for name, operation in contract.operations.items() if _gives_out(operation)}
    for entry in list(ledger.entries):
        name = entry.case.operation
        kind = name, entry.exchange.status
        if entry.exchange.response is None or searched[kind] >= _MOST_REPLIES or name in giving:
            continue
        searched[kind] += 1
        if name not in meant:
            meant[name] = _means_secrets(contract.operations[name], places)
        if _says_a_secret(places, carried, entry, meant[name]):
            ledger.note(ECHO, entry)
            searched[kind] = _MOST_REPLIES


def _gives_out(operation: Operation) -> bool:
    """Whether an operation gives credentials out, by its name."""
    return bool(_GIVING & {*name_words(operation.id), *name_words(operation.path)})


def _means_secrets(operation: Operation, places: SecretPlaces) -> bool:
    """Whether secrets are documented in the replies of an operation."""
    replies = (clause for clause in operation.clauses.values() if is_of_replies(clause.part))
    names = ((clause.pointer or "").rpartition("/")[2] for clause in replies)
    return any(places.is_secret("", name) for name in names)


def _says_a_secret(places: SecretPlaces, carried: Iterable[str], entry: Entry, meant: bool) -> bool:
    """Whether a reply says a secret of its request; those of its body may be `meant` to."""
    request, response = entry.exchange.request, entry.exchange.response
    assert response is not None
    sent = "\n".join(value for _, value in request.headers)
    secrets = [secret for secret in carried if secret in sent or secret in request.url]
    if not meant:
        secrets += [value for value in places.values(request.body) if isinstance(value, str)]
    if not secrets:
        return False
    text = response.text(_MOST_READ)
    said = [text, *(value for _, value in response.headers)]
    openly = [request.url, *_others(request.body, places)]
    return SecretSet().after(secrets, openly).first_in(said) is not None


def _others(body: object, places: SecretPlaces) -> list[str]:
    """The texts of a body at its top that are no secrets."""
    if not isinstance(body, dict):
        return []
    texts = ((name, value) for name, value in body.items() if isinstance(value, str))
    return [value for name, value in texts if not places.is_secret("", name)]
