"""Certificates: which ones a target may show, and which one we show."""

from __future__ import annotations

import ssl
from typing import NoReturn

from clausewise.errors import UsageError
from clausewise.pack.settings import Tls


def context_of(tls: Tls, where: str = "the profile") -> ssl.SSLContext:
    """How a target's certificate is checked. Raises UsageError for files that are none."""
    try:
        context = ssl.create_default_context(cafile=tls.ca_bundle)
    except (ssl.SSLError, OSError) as error:
        raise UsageError(
            f"{where}: tls.ca_bundle: {tls.ca_bundle} has no certificates in PEM that can be read: "
            f"{error}"
        ) from None
    if not tls.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if tls.client_certificate is None:
        return context
    try:
        # Without an answer of ours OpenSSL would ask the terminal.
        context.load_cert_chain(tls.client_certificate, tls.client_key, _no_password)
    except (ssl.SSLError, OSError, UsageError) as error:
        keys = f"tls.client_certificate: {tls.client_certificate}"
        if tls.client_key is not None:
            keys += f" with tls.client_key: {tls.client_key}"
        raise UsageError(
            f"{where}: {keys}: there is no certificate and key in PEM that fit each other: {error}"
        ) from None
    return context


def _no_password() -> NoReturn:
    raise UsageError("the key has a password; give one without")
