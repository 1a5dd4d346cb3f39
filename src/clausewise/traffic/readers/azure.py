"""Resource logs of Azure: Application Gateway, Front Door, App Service, API Management.

In a storage account they are JSON lines, an event hub has several in `records`, and tables of Log
Analytics have the same names spelt otherwise: `httpStatus`, `HttpStatus`, `httpStatus_d`.
https://learn.microsoft.com/azure/azure-monitor/reference/supported-logs/logs-index
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from clausewise.traffic.exchange import (
    NO_REQUEST,
    UNKNOWN,
    Aside,
    Body,
    ReceivedResponse,
    SentRequest,
    TrafficExchange,
    logged_body,
    pairs_of,
)

_SUFFIX = re.compile(r"_[sdbgt]$")
# What gateways of Azure add to a query themselves.
_ADDED = re.compile(
    r"(?:x-azureapplicationgateway-[\w-]+|x-arr-[\w-]+|server-routed|server-status)=[^&]*",
    re.IGNORECASE,
)
# API Management logs so many bytes of a body, and no more.
_MOST_LOGGED = 8_192
# By any of these a line is one of such a log, whatever it is about.
_MARKS = ("resourceid", "_resourceid")
_TIMES = ("timestamp", "time", "eventtime", "timegenerated")
SHIELDED = Aside("request between nodes of a gateway")


class _Records(msgspec.Struct):
    records: list[msgspec.Raw]


def records_of(line: bytes) -> list[bytes] | None:
    """The records of a line as an event hub has it; None for any other line."""
    if b'"records"' not in line[:64]:
        return None
    try:
        return [bytes(one) for one in msgspec.json.decode(line, type=_Records).records]
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


def of_azure(node: dict[str, Any]) -> TrafficExchange | Aside | None:
    """A record of a log, as an exchange; None for what is none.

    Firewalls and probes log beside it: they say nothing of an exchange.
    """
    told = _named(node)
    if not any(mark in told for mark in _MARKS) and "csuristem" not in told:
        return None
    held = node.get("properties", node.get("Properties"))
    if isinstance(held, str):  # App Service has it as a text
        held = msgspec.json.decode(held)
    known = {**told, **_named(held)} if isinstance(held, dict) else told
    read = _asked(known)
    if read is None:
        return NO_REQUEST
    if str(known.get("isreceivedfromclient", "true")).lower() == "false":
        return SHIELDED  # the same request was logged where the client sent it
    read.started = next((str(known[name]) for name in _TIMES if known.get(name)), None)
    return read


def own_query(query: str) -> str:
    """A query without what gateways of Azure add to it."""
    return "&".join(one for one in query.split("&") if one and not _ADDED.fullmatch(one))


def _named(node: dict[str, Any]) -> dict[str, Any]:
    return {_SUFFIX.sub("", name).lower(): value for name, value in node.items()}


def _asked(known: dict[str, Any]) -> TrafficExchange | None:
    """What was asked, by the names of whichever gateway it is."""
    if "csmethod" in known:
        return _of_app_service(known)
    if "httpmethod" in known and "httpstatuscode" in known:
        return _exchange(known["httpmethod"], known.get("requesturi"), known["httpstatuscode"])
    if "httpmethod" in known and "httpstatus" in known:
        return _of_application_gateway(known)
    if "method" in known and "responsecode" in known:
        return _of_api_management(known)
    return None


def _of_application_gateway(known: dict[str, Any]) -> TrafficExchange | None:
    # The first version logs a query that may be its own words alone.
    target, is_open = known.get("originalrequesturiwithargs"), False
    if not target:
        target, is_open = known.get("requesturi"), True
    host = known.get("originalhost") or known.get("host")
    scheme = "http" if str(known.get("sslenabled")).lower() == "off" else "https"
    target = _below(scheme, host, target)
    read = _exchange(known["httpmethod"], target, known["httpstatus"])
    if read is not None:
        read.request.open_query = is_open
    return read


def _of_app_service(known: dict[str, Any]) -> TrafficExchange | None:
    target, query = known.get("csuristem"), known.get("csuriquery")
    own = own_query(str(query)) if query not in (None, "", "-") else ""
    if target and own:
        target = f"{target}?{own}"
    scheme = "http" if str(known.get("sport")) == "80" else "https"
    read = _exchange(
        known["csmethod"], _below(scheme, known.get("cshost"), target), known.get("scstatus")
    )
    if read is not None:
        read.request.open_query = "csuriquery" not in known
    return read


def _of_api_management(known: dict[str, Any]) -> TrafficExchange | None:
    read = _exchange(known["method"], known.get("url"), known["responsecode"])
    if read is not None:
        read.request.headers = pairs_of(known.get("requestheaders"))
        read.request.body = _logged(known.get("requestbody"))
        if read.response is not None:
            read.response.headers = pairs_of(known.get("responseheaders"))
            read.response.body = _logged(known.get("responsebody"))
    return read


def _logged(text: Any) -> Body:
    body = logged_body(text or None)
    size = len((body.text or "").encode("utf-8", "surrogatepass"))
    return msgspec.structs.replace(body, cut=True) if size >= _MOST_LOGGED else body


def _below(scheme: str, host: Any, target: Any) -> Any:
    if isinstance(target, str) and target.startswith("/") and host not in (None, "", "-"):
        return f"{scheme}://{host}{target}"
    return target


def _exchange(method: Any, target: Any, status: Any) -> TrafficExchange | None:
    """An exchange of which no more is known; None where nothing was asked."""
    if method in (None, "", "-") or target in (None, "", "-"):
        return None
    is_answered = str(status).isdecimal()
    return TrafficExchange(
        str(method).upper(),
        str(target),
        SentRequest(None, UNKNOWN, True),
        ReceivedResponse(int(status), None, UNKNOWN, True) if is_answered else None,
    )
