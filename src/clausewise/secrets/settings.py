"""What the settings of a run hold that is secret, and the mask that a run begins with."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from clausewise.contract import Contract
from clausewise.pack.settings import STAND_IN, Settings
from clausewise.secrets.masking import Mask
from clausewise.secrets.names import credentials_in, is_secret_header


def secrets_of(settings: Settings, variable: str) -> dict[str, str | None]:
    """What a run's settings hold that is secret, each with its name in a `curl` line, if any.

    `variable` stands for the credential.
    """
    known: dict[str, str | None] = dict(settings.variables)
    for name, value in settings.headers:
        if is_secret_header(name):
            for part in credentials_in(name, value):
                known.setdefault(part, None)
            whole = value.partition(" ")[2] if "auth" in name.lower() else value
            known[whole or value] = known.get(whole or value) or _variable(name)
    if settings.proxy is not None:
        known |= dict.fromkeys(_userinfo(settings.proxy))
    if settings.token is not None:
        known[settings.token] = variable
    return known


def shown_in_curl(settings: Settings, variable: str) -> dict[str, str | None]:
    """What stands for a run's secrets in `curl` lines: variables, as `secrets_of` gives them.

    A stand-in that the pack itself publishes stands for itself, so that the line works as it is.
    """
    known = secrets_of(settings, variable)
    if settings.token is not None and settings.token_name == STAND_IN:
        known[settings.token] = settings.token
    return known


def mask_for(contract: Contract, settings: Settings, variable: str) -> Mask:
    """The mask of a run that has sent nothing yet; `variable` stands for the credential."""
    mask = Mask(contract, ())
    if settings.fetched:  # what comes from here on is learned, what came before is read below
        settings.learners.append(mask.add)
    mask.add(secrets_of(settings, variable))
    hidden = (value for name, value in settings.path.items() if mask.hides(name))
    mask.add(value for value in hidden if not mask.is_documented(value))
    return mask


def _variable(header: str) -> str:
    return re.sub(r"\W", "_", header).upper()


def _userinfo(url: str) -> Iterator[str]:
    """What the user name and the password of a URL may look like on their way."""
    raw = urlsplit(url).netloc.rpartition("@")[0]
    user, _, password = (unquote(part) for part in raw.partition(":"))
    secret = password or user
    if secret:
        yield from (raw, secret, f"{user}:{password}")
        yield base64.b64encode(f"{user}:{password}".encode()).decode()
