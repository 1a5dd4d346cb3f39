"""Jobs: what a request was only accepted for (202) is named by its job, once that is done.

`POST /renders` may answer with 202 and say where its job is asked about (RFC 9110, section 15.3.3):
by `Location`, or by a member that names it. What the job shows in the end names the thing: by its
address, or by a member of just its name (`renderId`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from urllib.parse import quote, urljoin

from clausewise.campaign.undoing import Made
from clausewise.contract.path_templates import path_names
from clausewise.contract.runtime import in_url
from clausewise.exchange import Response
from clausewise.links.catalogue import Catalogue
from clausewise.links.items import names_anywhere
from clausewise.links.needs import Collection
from clausewise.links.nouns import in_one_word
from clausewise.links.seen import Instance
from clausewise.pointer import ABSENT
from clausewise.record.ledger import Entry
from clausewise.record.made import ToUndo

_ACCEPTED = 202


def of_a_job(made: Made) -> bool:
    """Whether what was only accepted goes by what its list showed then.

    Another one may have been made meanwhile.
    """
    accepted = made.entry.exchange.status == _ACCEPTED
    return (
        accepted and made.instance is not None and made.instance.source != made.entry.case.operation
    )


def made_by_job(
    catalogue: Catalogue,
    origin: str,
    entry: Entry,
    thing: Instance,
    look: Callable[[ToUndo], Response | None],
    until: Callable[[str, Callable[[], bool]], bool],
) -> Instance | None:
    """A thing by the name that its job tells; None where there is no job, or it tells none.

    `look` gives what is shown, `until` waits for what a look shows.
    """
    job = next(_jobs(catalogue, origin, entry), None)
    if job is None:
        return None
    named: list[Instance] = []

    def is_told() -> bool:
        shown = look(job)
        name = _name(catalogue, thing.collection, shown) if shown is not None else ABSENT
        if name is not ABSENT:
            names = {"$response.body#/id": name}
            told = (thing.collection, entry.case.operation, names, thing.context, True, True)
            named.append(Instance(*told, entries=thing.entries))
        return bool(named)

    return named[0] if until("a job is done and names what it made", is_told) else None


def _jobs(catalogue: Catalogue, origin: str, entry: Entry) -> Iterator[ToUndo]:
    """The looks at the job of what was only accepted, the likeliest first."""
    response, contract = entry.exchange.response, catalogue.contract
    if response is None or response.status != _ACCEPTED:
        return
    location, url = response.header("location"), ""
    with suppress(ValueError):  # half an address of IPv6, say
        url = urljoin(f"{origin}/", location) if location else ""
    if url.startswith(f"{origin}/") and contract.match("GET", url) is not None:
        yield ToUndo("GET", url, None)
    told = {
        in_one_word(at.rpartition("/")[2]): v for at, v in names_anywhere(response.json_or_none)
    }
    for name, needs in catalogue.nowhere.items():
        for need in needs:
            operation = contract.operations[need.operation]
            if operation.safe and name in told and len(path_names(operation.path)) == 1:
                path = operation.codec.with_texts({need.name: quote(str(told[name]), safe="")})
                yield ToUndo("GET", origin + path, None)


def _name(catalogue: Catalogue, collection: str, shown: Response) -> object:
    """What a reply calls a thing of a collection, or ABSENT: by its address, else by its name."""
    operations, noun = catalogue.things_at(collection)[:1], Collection(collection).noun
    for operation in operations:
        name = path_names(operation.path)[-1]
        called = {in_one_word(name), f"{noun}id"} - {"id"}
        texts = list(names_anywhere(shown.json_or_none))
        location = shown.header("location")
        for text in [location, *(value for _, value in texts)]:
            value = in_url(text, name, [operation]) if isinstance(text, str) and "/" in text else ""
            if value not in ("", ABSENT):
                return value
        for at, value in texts:
            if in_one_word(at.rpartition("/")[2]) in called:
                return value
    return ABSENT
