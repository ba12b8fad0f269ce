"""The login: in the way that a server knows, as one client to the other, and told apart from an outage."""

from __future__ import annotations

import imaplib

from ...core.logins.passwords import without_password
from ...ports import Refused, Unavailable
from ..credentials import Credential
from ..sasl import end_of_error, error_words, mechanism_for, token_message
from .client import Client
from .errors import ODD_ANSWER, is_about_credentials, is_no_login_now, quotable, with_backoff


class SecretRefused(Refused):
    """The server takes this secret not: another one may be taken."""


class Login:
    """The login of one account. Remembers what its server did not know, so that it is not asked again.

    credential: of which `enter` gets what it gave.
    """

    def __init__(self, host: str, port: int, username: str, credential: Credential) -> None:
        self._host, self._port, self._username = host, port, username
        self._where = f"{host} port {port}"
        self._credential = credential
        self._is_by_login = False  # AUTHENTICATE was refused once
        self._says_who = True

    def enter(self, client: Client, secret: str) -> None:
        """Raises Unavailable, Refused, and what the connection raises."""
        if not client.is_logged_in:  # PREAUTH
            self._log_in(client, secret)
        self._say_who(client)

    def _log_in(self, client: Client, secret: str) -> None:
        challenges: list[bytes] = []
        try:
            if self._credential.is_token:
                self._authenticate_token(client, secret, challenges)
            else:
                self._authenticate(client, secret)
        except imaplib.IMAP4.abort as error:
            said = quotable(error, secret)
            raise with_backoff(Unavailable(f"{self._where}: ended the login: {said}"), said) from None
        except imaplib.IMAP4.error as error:
            # The cause is left out: a server may repeat the command in it.
            said = quotable(error, secret)
            if is_no_login_now(said):
                raise with_backoff(Unavailable(f"{self._where}: takes no login now: {said}"), said) from None
            what = f"{self._where}: refuses the login of {self._username}: {said}"
            if not self._credential.is_token:
                raise SecretRefused(
                    f"{what}; {without_password(self._host, said) or self._credential.to_do}"
                ) from None
            reasons = [words for challenge in challenges if (words := error_words(challenge))]
            reason = f" ({reasons[0].replace(secret, '…')})" if reasons else ""
            what = f"{self._where}: refuses the token of {self._username}: {said}{reason}"
            raise SecretRefused(f"{what}; {self._credential.to_do}") from None

    def _authenticate_token(self, client: Client, token: str, challenges: list[bytes]) -> None:
        """challenges: gets what the server says of an error, before its no."""
        mechanism = mechanism_for(client.mechanisms())
        if mechanism is None:
            offered = ", ".join(sorted(client.mechanisms())) or "no AUTHENTICATE at all"
            raise Refused(
                f"{self._where}: takes no token (it offers {offered}); write `password` instead of `token`, "
                "or correct `host`"
            )
        message = token_message(mechanism, self._username, token, self._host, self._port)
        client.authenticate_token(mechanism, message, end_of_error(mechanism), challenges)

    def _authenticate(self, client: Client, password: str) -> None:
        """AUTHENTICATE PLAIN, else LOGIN: some servers announce the first, and know only the second.

        Each once: a wrong password that is tried in two ways at every attempt locks accounts out.
        """
        if client.takes_plain() and not self._is_by_login:
            try:
                return client.authenticate_plain(self._username, password)
            except imaplib.IMAP4.abort:
                raise
            except imaplib.IMAP4.error as error:
                said = quotable(error, password)
                if is_about_credentials(said) or is_no_login_now(said) or not client.takes_login():
                    raise
                if not (self._username + password).isprintable():
                    raise
            self._is_by_login = True
        if not client.takes_login():
            if mechanism_for(client.mechanisms()):
                to_do = without_password(self._host) or "write `token` instead of `password` (OAuth 2)"
                raise Refused(f"{self._where}: takes no password, only a token; {to_do}")
            raise Refused(
                f"{self._where}: takes no password over an unencrypted connection; set security: tls"
            )
        return client.log_in(self._username, password)

    def _say_who(self, client: Client) -> None:
        """Optional: a server that does not like it is not told again."""
        if self._says_who:
            try:
                client.say_who()
            except imaplib.IMAP4.abort:
                self._says_who = False
                raise
            except (imaplib.IMAP4.error, *ODD_ANSWER):
                self._says_who = False
