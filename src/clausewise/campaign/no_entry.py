"""Why a target cannot be judged at all, in words, and what to try."""

from __future__ import annotations

from clausewise.contract import Operation
from clausewise.contract.servers import server_path
from clausewise.pack import Pack
from clausewise.pack.settings import Settings
from clausewise.pointer import escape
from clausewise.record.ledger import Entry
from clausewise.secrets.names import is_secret_parameter

# Members of a log-in that a hint names.
_MOST_TOLD = 4


def why_no_entry(entry: Entry, pack: Pack, settings: Settings, asked: int, data: str | None) -> str:
    """One paragraph on why the target cannot be judged, and what to try.

    `entry` is the answer that closed the door, `asked` how many requests were tried, and `data`
    what this one may have been refused for that the target was not given.
    """
    url = settings.base_url or "the mock"
    request = f"{entry.exchange.request.method} {entry.exchange.request.url}"
    response = entry.exchange.response
    if response is None:
        failure = entry.exchange.failure or "no reply"
        # TLS hangs up on who does not greet; an advice may be a question.
        plain = url.startswith("http://") and not entry.exchange.unreachable
        secure = f", is it https that is spoken there (https{url[4:]})" if plain else ""
        return (
            f"{url} cannot be reached: {failure}{'' if failure.endswith('?') else '.'} Nothing was "
            f"judged. Is the server running{secure}, and is --base-url right?"
        )
    status = response.status
    said = _harmless(response.excerpt.strip())
    quoted = f' It said: "{said}".' if said else ""
    if entry.outcome == "unauthorized":
        operation = pack.contract.operations[entry.case.operation]
        return (
            f"{url} answered {status} to {request}, so it does not take "
            f"{_given(operation, settings)}. Nothing else was accepted. "
            f"{_to_give(operation)}{quoted}"
        )
    if entry.outcome == "redirected":
        target = _harmless(response.header("location") or "another place")
        return (
            f"{url} answered {status} to {request}, a redirect to {target}. Redirects are not "
            "followed, since the token would go along. If that is the right place, name it "
            "with --base-url."
        )
    if entry.outcome == "put off":
        return (
            f"{url} answered {status} to the first request and asks for patience. Nothing was "
            f"judged. Try again later, or slower with --rate.{quoted}"
        )
    if status in (404, 405):
        unserved = "it does not serve this operation there"
        so = f"so {unserved}" if data is None else f"so {unserved}, or {data}"
        return f"{url} answered {status} to {request}, {so}.{quoted} {_lacking(pack, settings)}"
    return (
        f"{url} accepted none of the {asked} documented requests that were "
        f"tried; the first one ({request}) was answered with {status}. Without one accepted "
        f"request no refusal means anything, so nothing was judged.{quoted} If it wants values "
        "that the document does not tell, give them: --set POINTER=VALUE."
    )


def why_elsewhere(entry: Entry, pack: Pack, settings: Settings) -> str:
    """One paragraph on an address that answers us as it answers a path of no contract."""
    url = settings.base_url or "the mock"
    request = f"{entry.exchange.request.method} {entry.exchange.request.url}"
    page = entry.outcome == "accepted"
    what = "with a page of HTML" if page else str(entry.exchange.status)
    so = "a front end stands there, not this API" if page else "this API is not there"
    return (
        f"{url} answered {what} to {request}, and so it answers all that was asked, and a path "
        f"that nobody documents: {so}. Nothing was judged. {_lacking(pack, settings)}"
    )


def _lacking(pack: Pack, settings: Settings) -> str:
    """What an address that leads nowhere may lack, in the words of the document."""
    path = _base_path(pack, settings)
    if path is not None:
        return (
            f"The document's `servers` have {path} at the end, which --base-url lacks: try "
            f"--base-url {settings.base_url}{path}."
        )
    values = ", ".join(settings.path)
    known = f", or are the path values ({values}) not known there" if values else ""
    return f"Is --base-url right{known}?"


def _base_path(pack: Pack, settings: Settings) -> str | None:
    """The path of the documented servers, where the address does not end in it."""
    for path in map(server_path, pack.contract.servers):
        if path and "{" not in path and settings.base_url is not None:
            return None if settings.base_url.endswith(path) else path
    return None


def _harmless(text: str) -> str:
    """A text of the target with what a terminal might obey spelt out."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def _given(operation: Operation, settings: Settings) -> str:
    """What a request had for a credential, in words."""
    if settings.token is not None:
        return f"the credential of {settings.token_name}"
    names = [scheme.name for scheme in operation.schemes if scheme.name in settings.credentials]
    return f"the credential of {' and '.join(names)}" if names else "a request without a credential"


def missing_credential(operation: Operation, settings: Settings) -> str | None:
    """How the credential is given that an operation asks for; None where the user gave one."""
    carried = {name.lower() for name, _ in settings.headers}
    token = settings.token is not None and (
        not operation.schemes or any(s.parameter == "Authorization" for s in operation.schemes)
    )
    given = token or any(
        scheme.name in settings.credentials or scheme.parameter.lower() in carried
        for scheme in operation.schemes
    )
    return None if given else _to_give(operation)


def _of_a_log_in(operation: Operation) -> list[str]:
    """Where a body that has a password says who it is: the pointers of the texts beside it, too."""
    place = operation.body.place if operation.body is not None else None
    members = place.members if place is not None else {}
    texts = [name for name, inner in members.items() if "string" in inner.allowed_types]
    secret = any(members[n].is_secret or is_secret_parameter(n) for n in texts)
    return [f"/{escape(name)}" for name in texts[:_MOST_TOLD]] if secret else []


def to_log_in(operation: Operation) -> str:
    """How a user is given that a body with a password asks for; empty for another body."""
    known = [f"--set {operation.id}:request#{at}=VALUE" for at in _of_a_log_in(operation)]
    return f"Give what it knows: {' '.join(known)}." if known else ""


def _to_give(operation: Operation) -> str:
    """How the credential is given that an operation asks for, by its security schemes."""
    ways = []
    for scheme in operation.schemes:
        if scheme.place == "connection":
            ways.append("a client certificate (`tls` of a profile)")
            continue
        way = f"--auth {scheme.name}=env:VARIABLE"
        if scheme.place == "header":
            value = f"{scheme.word} …" if scheme.word else "…"
            way += f" (or --header '{scheme.parameter}: {value}')"
        else:
            way += f" (it goes into the {scheme.place} as {scheme.parameter})"
        ways.append(way)
    if not ways:
        return to_log_in(operation) or "Give --header 'Authorization: Bearer …', if it wants one."
    return f"Give {', or '.join(ways)}."
