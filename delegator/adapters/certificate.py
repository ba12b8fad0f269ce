"""Certificates of servers: what is wrong with one, in words for a person, and how long one holds."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime

# X509_V_ERR_*, which `ssl` gives as a number and a sentence for programmers.
_ERRORS = {
    9: "is not valid yet; look at the clock of this machine",
    10: "has expired; it must be renewed on the server",
    18: "is signed by nobody but itself; name its file as `ca`",
    19: "comes from an authority that is not trusted here; name the authority's file as `ca`",
    20: "comes from an authority that is not trusted here; name the authority's file as `ca`",
    21: "comes from an authority that is not trusted here; name the authority's file as `ca`",
    62: "is for another host name; use the name that the provider documents",
    64: "is for another address; use the server's name instead of its address",
}


def certificate_fault(error: ssl.SSLCertVerificationError) -> str:
    """What is wrong and what to do, as what follows "the certificate"."""
    return _ERRORS.get(error.verify_code, f"is not accepted: {error.verify_message}; ask whoever runs it")


def certificate_until(connection: object) -> datetime | None:
    """The end of the server's certificate on a connection that was verified; None without TLS."""
    if not isinstance(connection, ssl.SSLSocket | ssl.SSLObject):
        return None
    end = (connection.getpeercert() or {}).get("notAfter")
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(end), UTC) if isinstance(end, str) else None
