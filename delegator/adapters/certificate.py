"""Certificates of servers: what is wrong with one, in words for a person, and how long one holds."""

from __future__ import annotations

import os
import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from ..ports import Refused

NO_TLS = frozenset({"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "HTTP_REQUEST"})
"""What OpenSSL calls an answer that is none of TLS: the reasons of an `ssl.SSLError`."""

TrustedBy = ssl.SSLContext | Callable[[], ssl.SSLContext] | None
"""A TLS context, or what gives the one that is right now (see `Trust`); None: without TLS."""


def current(trusted_by: TrustedBy) -> ssl.SSLContext | None:
    """The context for a connection that begins now. Raises Refused."""
    return trusted_by if trusted_by is None or isinstance(trusted_by, ssl.SSLContext) else trusted_by()


class Trust:
    """The authorities of a file, or the system's (None). A file that was renewed counts at once.

    Called for a context: the same one as long as the files are the same. Raises Refused where no
    certificate is in the file.
    """

    def __init__(self, ca: Path | None) -> None:
        self._ca = ca
        self._read: tuple[object, ssl.SSLContext] | None = None

    def __call__(self) -> ssl.SSLContext:
        stamp = self._stamp()
        if self._read is None or self._read[0] != stamp:
            try:
                self._read = (stamp, ssl.create_default_context(cafile=self._ca))
            except (OSError, ssl.SSLError) as error:
                raise Refused(f"{self._ca}: no certificates in it ({error}); name a PEM file") from error
        return self._read[1]

    def _stamp(self) -> object:
        paths = ssl.get_default_verify_paths()
        files = [self._ca] if self._ca is not None else [paths.cafile, paths.capath]
        stamps = []
        for file in files:
            try:
                status = os.stat(file) if file is not None else None
            except OSError:
                status = None
            stamps.append(status and (status.st_ino, status.st_size, status.st_mtime_ns))
        return tuple(stamps)


# Where a network wants a sign-in first, its own page answers in place of every server.
_SIGN_IN = "sign in to the network first if it has a sign-in page"

# X509_V_ERR_*, which `ssl` gives as a number and a sentence for programmers.
_ERRORS = {
    9: "is not valid yet; look at the clock of this machine",
    10: "has expired; it must be renewed on the server",
    18: f"is signed by nobody but itself; {_SIGN_IN}, or name its file as `ca`",
    **dict.fromkeys(
        (19, 20, 21),
        f"comes from an authority that is not trusted here; {_SIGN_IN}, or name the authority's file as `ca`",
    ),
    62: "is for another host name; use the name that the provider documents, or sign in to the network first",
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


def tls_error(error: BaseException | None) -> ssl.SSLError | None:
    """The TLS error at the bottom of an error. One in mid-session is a lost connection like any other."""
    while error is not None:
        if isinstance(error, ssl.SSLError) and not isinstance(
            error, ssl.SSLEOFError | ssl.SSLZeroReturnError
        ):
            return error
        error = error.__cause__
    return None
