"""The login: in the way that a server knows, as one client to the other, and told apart from an outage."""

from __future__ import annotations

import imaplib

from ...ports import Refused, Unavailable
from .client import Client
from .errors import ODD_ANSWER, is_about_credentials, is_no_login_now, quotable, with_backoff


class Login:
    """Of one account. Remembers what its server did not know, so that it is not asked again."""

    def __init__(self, where: str, username: str, password: str) -> None:
        self._where, self._username, self._password = where, username, password
        self._is_by_login = False  # AUTHENTICATE was refused once
        self._says_who = True

    def enter(self, client: Client) -> None:
        """Raises Unavailable, Refused, and what the connection raises."""
        if not client.is_logged_in:  # PREAUTH
            self._log_in(client)
        self._say_who(client)

    def _log_in(self, client: Client) -> None:
        try:
            self._authenticate(client)
        except imaplib.IMAP4.abort as error:
            said = quotable(error, self._password)
            raise with_backoff(Unavailable(f"{self._where}: ended the login: {said}"), said) from None
        except imaplib.IMAP4.error as error:
            # The cause is left out: a server may repeat the command in it.
            said = quotable(error, self._password)
            if is_no_login_now(said):
                raise with_backoff(Unavailable(f"{self._where}: takes no login now: {said}"), said) from None
            raise Refused(
                f"{self._where}: refuses the login of {self._username}: {said}; check the user name and the "
                "password (some providers want an app password, or IMAP to be allowed first)"
            ) from None

    def _authenticate(self, client: Client) -> None:
        """AUTHENTICATE PLAIN, else LOGIN: some servers announce the first, and know only the second.

        Each once: a wrong password that is tried in two ways at every attempt locks accounts out.
        """
        if client.takes_plain() and not self._is_by_login:
            try:
                return client.authenticate_plain(self._username, self._password)
            except imaplib.IMAP4.abort:
                raise
            except imaplib.IMAP4.error as error:
                said = quotable(error, self._password)
                if is_about_credentials(said) or is_no_login_now(said) or not client.takes_login():
                    raise
                if not (self._username + self._password).isprintable():
                    raise
            self._is_by_login = True
        if not client.takes_login():
            raise Refused(
                f"{self._where}: takes no password over an unencrypted connection; set security: tls"
            )
        return client.log_in(self._username, self._password)

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
