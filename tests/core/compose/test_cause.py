"""What went wrong, as a person reads it: never in a server's own words."""

from __future__ import annotations

import pytest

from delegator.catalogues import load_catalogue
from delegator.core.compose.cause import cause_words

SAID = [
    (
        "5.4.5 Daily user sending limit exceeded. For more information",
        "een limiet van je mailaccount is bereikt (5.4.5)",
    ),
    ("5.7.1 Sender address rejected: not owned by user sofie", "niet vanaf jouw adres verzenden (5.7.1)"),
    (
        "554 5.2.252 SendAsDenied; sofie not allowed to send as x",
        "niet vanaf jouw adres verzenden (554 5.2.252)",
    ),
    ("5.1.1 no such user", "dat adres bestaat niet (5.1.1)"),
    ("5.7.8 Username and Password not accepted", "het aanmelden wordt geweigerd (5.7.8)"),
    (
        "imap.v.example port 993: the certificate has expired; it must be renewed",
        "het certificaat van de server is niet",
    ),
    ("imap.v.example port 993: no answer in time", "de server antwoordt niet"),
    ("imap.v.example port 993: nothing listens there", "de server is niet bereikbaar"),
    ("imap.v.example port 993: the connection was cut", "de verbinding valt weg"),
    ("imap.v.example port 993: host name not found; check the spelling", "niet te vinden"),
    ("smtp.v.example:465: takes no login now: [UNAVAILABLE]", "later opnieuw"),
    ("the configuration no longer names that address", "de configuratie noemt dat adres niet meer"),
    (
        "the configuration names that address no more",
        "de configuratie noemt dat adres niet meer",
    ),  # stored before
    # Whose fault it is, as the reply says; each of these was told as something else.
    ("552 5.2.2 The email account that you tried to reach is over quota", "de mailbox van dat adres is vol"),
    ("554 5.2.2 mailbox full; QuotaExceededException", "de mailbox van dat adres is vol"),
    ("550 5.2.1 The email account that you tried to reach is disabled", "vol of gesloten"),
    ("550 Requested action not taken: mailbox unavailable", "dat adres bestaat niet (550)"),
    ("450 4.2.0 Recipient address rejected: Greylisted", "later opnieuw"),
    ("454 4.7.0 Temporary authentication failure", "later opnieuw"),
    ("554 5.7.1 <a@v.example>: Relay access denied", "de server weigert hem (554 5.7.1)"),
    ("550 5.7.1 Service unavailable; Client host blocked using zen.spamhaus.org", "van deze machine"),
    ("550 5.7.26 blocked because the sender is unauthenticated", "de server weigert hem (550 5.7.26)"),
    (
        "imap.v.example:993: select failed: [SERVERBUG] Internal error occurred. Refer to server log",
        "de server heeft zelf een storing",
    ),
    ("451 4.3.0 Internal server error", "de server heeft zelf een storing (451 4.3.0)"),
    ("internal error, see the log", "een fout in delegator zelf"),
    ("internal error: KeyError; see the log", "een fout in delegator zelf"),
    ("RecipientRefused, see the log", "een fout in delegator zelf"),
    ("it may have arrived: gave no answer after the whole mail", "misschien aangekomen"),
    ("5.3.4 Message size exceeds fixed limit", "de mail is te groot (5.3.4)"),
    ("554-5.7.9 Wir moegen Sie nicht", "de server weigert hem (554 5.7.9)"),
    ("imap.v.example port 993: there is no host imap.v.example; correct its name", "niet te vinden"),
    (
        "imap.v.example port 993: refuses the token: NO; consent anew",
        "het aanmelden wordt geweigerd",
    ),
    ("Blubb", "de server weigert hem"),
]


@pytest.mark.parametrize(("said", "dutch"), SAID)
def test_a_cause_is_told_in_the_readers_language(said: str, dutch: str) -> None:
    """No class name, no server's English; its codes are the same everywhere."""
    words = cause_words(load_catalogue("nl"), said)
    assert dutch in words
    assert not {"RecipientRefused", "KeyError", "port", "log;", "exceeded", "rejected"} & set(words.split())


def test_nothing_is_known_of_nothing() -> None:
    assert cause_words(load_catalogue("nl"), "") == ""
