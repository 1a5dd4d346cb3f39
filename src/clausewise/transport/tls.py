"""TLS: whose certificates a target may show, which one we show, and what to try where it fails."""

from __future__ import annotations

import ssl
from typing import NoReturn

from clausewise.errors import UsageError
from clausewise.pack.settings import Tls

# Codes of OpenSSL's certificate checks (openssl/x509_vfy.h).
_NOT_YET, _OVER = 9, 10
_OTHER_NAMES = (62, 64)
# What a server says that wants to see a certificate (RFC 8446, section 6.2): this, or no more than
# that the greeting failed.
_WANTS_ONE = ("certificate required", "handshake failure", "bad certificate", "unknown ca")


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


def advice_on(error: BaseException) -> str | None:
    """What to try where TLS is why there is no reply; None where it is not."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ssl.SSLError):
        cause = cause.__cause__ or cause.__context__
    if cause is None:
        return None
    if isinstance(cause, ssl.SSLCertVerificationError):
        if cause.verify_code in (_NOT_YET, _OVER):
            return "its certificate is out of date, or the clock here is wrong"
        if cause.verify_code in _OTHER_NAMES:
            return "its certificate is for another host than the one in base_url"
        return (
            "nobody who is trusted here vouches for its certificate: name a PEM file of those who "
            "do as `ca_bundle` under `tls` in a profile, or say `verify: false` there"
        )
    said = str(cause).lower().replace("_", " ")
    if any(words in said for words in _WANTS_ONE):
        return (
            "the server may want a certificate of ours, or another one: see `client_certificate` "
            "and `client_key` under `tls` in a profile"
        )
    if "wrong version number" in said:
        return "is it https that is spoken there?"
    return "TLS broke off"
