"""A login with a token, in IMAP and SMTP: XOAUTH2 (Google, Microsoft) and OAUTHBEARER (RFC 7628).

Octets only; nothing here speaks with a server.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Collection
from typing import Literal

Mechanism = Literal["XOAUTH2", "OAUTHBEARER"]

# The first is what every mail program uses with the large providers, so that it is what works there.
MECHANISMS: tuple[Mechanism, ...] = ("XOAUTH2", "OAUTHBEARER")

_MAX_TEXT = 120


def mechanism_for(offered: Collection[str]) -> Mechanism | None:
    """offered: names of SASL mechanisms, in whatever case."""
    names = {name.upper() for name in offered}
    return next((mechanism for mechanism in MECHANISMS if mechanism in names), None)


def token_message(mechanism: Mechanism, username: str, token: str, host: str, port: int) -> bytes:
    """What the client sends, before base64."""
    if mechanism == "XOAUTH2":
        return f"user={username}\1auth=Bearer {token}\1\1".encode()
    # RFC 5801 section 4: "," and "=" of a name are escaped.
    name = username.replace("=", "=3D").replace(",", "=2C")
    return f"n,a={name},\1host={host}\1port={port}\1auth=Bearer {token}\1\1".encode()


def end_of_error(mechanism: Mechanism) -> bytes:
    """The answer to an error challenge, after which the server says no (RFC 7628 section 3.2.3)."""
    return b"" if mechanism == "XOAUTH2" else b"\1"


def password_forms(username: str, password: str) -> tuple[str, ...]:
    """The password as it could come back in a server's words: plain, or as it was sent."""
    if not password:
        return ()
    plain = f"\0{username}\0{password}".encode()
    forms = (base64.b64encode(plain), base64.b64encode(password.encode()))
    return (*(form.decode() for form in forms), password)


def token_forms(username: str, token: str, host: str, port: int) -> tuple[str, ...]:
    """The token as it could come back in a server's words: plain, or as it was sent."""
    messages = (token_message(mechanism, username, token, host, port) for mechanism in MECHANISMS)
    return (*(base64.b64encode(message).decode() for message in messages), token)


def error_words(challenge: bytes) -> str:
    """What an error challenge says, for a person; "" where it says nothing that can be read.

    challenge: as decoded from base64 once; some servers encode it twice.
    """
    said = _json_object(challenge)
    if said is None:
        try:
            said = _json_object(base64.b64decode(challenge, validate=True))
        except (binascii.Error, ValueError):
            said = None
    if said is None:
        return ""
    words = []
    status = _text(said.get("status"))
    if status:
        words.append(_MEANINGS.get(status.lower(), f"status {status}"))
    if scope := _text(said.get("scope")):
        words.append(f"it wants the scope {scope}")
    return ", ".join(words)


_MEANINGS = {
    "invalid_token": "the token is expired, revoked, malformed or of another scope",
    "insufficient_scope": "the token's scope is not enough",
    "invalid_request": "the request is malformed",
    "400": "the token is malformed, or for another service (status 400)",
    "401": "the token is expired, or not for this mailbox (status 401)",
    "403": "the token's scope is not enough (status 403)",
}


def _json_object(octets: bytes) -> dict[str, object] | None:
    try:
        said = json.loads(octets[:4096].decode())
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) else None


def _text(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    text = "".join(character if character.isprintable() else " " for character in str(value)[:1000])
    return " ".join(text.split())[:_MAX_TEXT]
