"""TLS: what to try where it is why there is no reply."""

from __future__ import annotations

import ssl

# Codes of OpenSSL's certificate checks (openssl/x509_vfy.h).
_NOT_YET, _OVER = 9, 10
_OTHER_NAMES = (62, 64)
# What a server says that wants to see a certificate (RFC 8446, section 6.2): this, or no more than
# that the greeting failed.
_WANTS_ONE = ("certificate required", "handshake failure", "bad certificate", "unknown ca")


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
