"""What goes wrong with a mail server, as a sentence for people, and as who must act."""

from __future__ import annotations

import base64
import imaplib
import re
import socket
import ssl

from imapclient.exceptions import CapabilityError

from ...ports import Declined, Refused, Unavailable
from ..certificate import NO_TLS, certificate_fault

# What a server says when it will serve us later: RFC 5530's codes, and the words of those that use none.
# Where nothing is stored, OVERQUOTA means too much traffic (Gmail).
_TEMPORARY = re.compile(
    r"\[(UNAVAILABLE|INUSE|LIMIT|OVERQUOTA|SERVERBUG)\b"
    r"|too many|temporar|try (again )?later|throttl|rate limit|busy|Suggested Backoff",
    re.IGNORECASE,
)
# At a login no mailbox can be meant: limits of Dovecot and Gmail, "Server Unavailable" of Exchange.
_NO_LOGIN_NOW = re.compile(
    r"maximum number of|bandwidth limit|\blimits? (exceeded|reached)|\b(un|not )available"
    r"|internal (server )?error|server error|timed? ?out",
    re.IGNORECASE,
)
_NEEDS_A_PERSON = re.compile(
    r"\[(AUTHENTICATIONFAILED|AUTHORIZATIONFAILED|EXPIRED|CONTACTADMIN)\]", re.IGNORECASE
)
_LONG_BASE64 = re.compile(r"[A-Za-z0-9+/]{16,}={0,2}")
_BACKOFF = re.compile(r"Suggested Backoff Time: (\d+) milliseconds", re.IGNORECASE)

# What answers of odd servers raise in the parsers of imapclient and imaplib.
ODD_ANSWER = (ValueError, LookupError, TypeError, AttributeError)


class Ended(Unavailable):
    """The server, or something between, ended a session that had begun."""


class ReadOnly(Exception):
    """SELECT gave a mailbox that may not be changed."""


def explained(error: Exception, where: str, secret: str) -> Unavailable:
    """What a person is told of an error, and whether one must act. secret: of its login."""
    match error:
        case ssl.SSLCertVerificationError():
            return Refused(f"{where}: the certificate {certificate_fault(error)}")
        case ssl.SSLError(reason=reason) if reason in NO_TLS:
            return Refused(f"{where}: does not begin with TLS; set security: starttls, or the TLS port (993)")
        case ssl.SSLError(reason="UNSUPPORTED_PROTOCOL" | "TLSV1_ALERT_PROTOCOL_VERSION"):
            return Refused(f"{where}: knows no TLS that is still safe; it needs TLS 1.2 or later")
        case CapabilityError():
            return Refused(f"{where}: offers no STARTTLS; set security: tls and the port for TLS (993)")
        case socket.gaierror():
            return Unavailable(f"{where}: host name not found; check the spelling")
        case TimeoutError():
            return Unavailable(f"{where}: no answer in time")
        case ConnectionRefusedError():
            return Unavailable(f"{where}: nothing listens there")
        case ssl.SSLEOFError() | ConnectionError():
            return Ended(f"{where}: the connection was cut")
        case OSError():
            return Unavailable(f"{where}: {error.strerror or type(error).__name__}")
        case imaplib.IMAP4.abort() if "unexpected response: b'220" in str(error):
            return Refused(f"{where}: is a server for sending mail (SMTP); name the one for reading (IMAP)")
        case imaplib.IMAP4.abort():
            said = quotable(error, secret)
            return with_backoff(Ended(f"{where}: the server ended the session: {said}"), said)
        case imaplib.IMAP4.error():
            said = quotable(error, secret)
            if "[OVERQUOTA]" in said.upper():
                return Declined(f"{where}: a limit of the mailbox is reached: {said}; make room in it")
            declined = Declined(f"{where}: {said}")
            declined.is_temporary = is_temporary(said)
            return with_backoff(declined, said)
        case _:
            return Unavailable(f"{where}: sent what is no IMAP: {quotable(error, secret)}")


def quotable(error: Exception, secret: str) -> str:
    """What the server said, on one line, without its full stop: a sentence of ours goes on behind it.

    Without the secret, should it repeat it, or the login's octets.
    """
    said = error.args[0] if error.args else type(error).__name__
    text = said.decode(errors="replace") if isinstance(said, bytes) else str(said)
    text = re.sub(r"^command: \w+ => |^[A-Z ]+ command error: ", "", text)
    text = re.sub(r"\[b(['\"])(.*)\1\]", r"\2", text)  # imaplib shows a list of octets
    text = "".join(character if character.isprintable() else " " for character in text)
    if secret:
        text = text.replace(secret, "…")
        text = _LONG_BASE64.sub(lambda found: "…" if _holds(found[0], secret) else found[0], text)
    return " ".join(text.split())[:300].removesuffix(".")


def _holds(text: str, secret: str) -> bool:
    """Whether the secret is in what this is the base64 of."""
    try:
        return secret.encode() in base64.b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return False


def is_about_credentials(said: str) -> bool:
    """Whether another way to say the same user name and password is of no use (RFC 5530)."""
    return bool(_NEEDS_A_PERSON.search(said))


def is_temporary(said: str) -> bool:
    return bool(_TEMPORARY.search(said)) and not _NEEDS_A_PERSON.search(said)


def is_no_login_now(said: str) -> bool:
    """Whether a login was refused for now: an outage, and no wrong password."""
    return is_temporary(said) or (bool(_NO_LOGIN_NOW.search(said)) and not _NEEDS_A_PERSON.search(said))


def with_backoff(error: Unavailable, said: str) -> Unavailable:
    if found := _BACKOFF.search(said):
        error.backoff_s = int(found[1]) / 1000
    return error
