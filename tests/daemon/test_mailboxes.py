"""Where sent mail and spam are, as servers mark them and as mail programs name them."""

from __future__ import annotations

import pytest

from delegator.daemon.mailboxes import junk_mailbox, sent_mailbox

NONE: frozenset[str] = frozenset()


@pytest.mark.parametrize(
    "name",
    [
        *("Sent", "Sent Items", "Sent Messages", "[Gmail]/Sent Mail", "INBOX/Sent"),
        *("Verzonden items", "[Gmail]/Verzonden berichten", "Verzonden", "Verstuurde berichten"),
        *("Éléments envoyés", "[Gmail]/Messages envoyés", "Envoyés", "Messages envoye\u0301s"),
        *("Gesendete Elemente", "[Google Mail]/Gesendet", "Gesendet", "Gesendete Objekte"),
        *("Elementos enviados", "[Gmail]/Enviados", "Enviados", "Mensajes enviados"),
        *("Posta inviata", "[Gmail]/Posta inviata", "Inviata", "Inviati"),
    ],
)
def test_sent_mail_by_the_names_that_programs_give(name: str) -> None:
    """Outlook, Gmail, Thunderbird and Apple Mail, in six languages."""
    mailboxes = {"INBOX": NONE, "Archive": NONE, "Projects/Sent": NONE, name: NONE}
    assert sent_mailbox(mailboxes, None) == name


@pytest.mark.parametrize(
    "name",
    [
        *("Junk", "Junk E-mail", "Junk Email", "[Gmail]/Spam", "Bulk Mail"),
        *("Ongewenste e-mail", "Ongewenst", "Reclame"),
        *("Courrier indésirable", "Indésirables", "Junk-E-Mail", "Werbung", "Unerwünscht"),
        *("Correo no deseado", "Posta indesiderata"),
    ],
)
def test_spam_by_the_names_that_programs_give(name: str) -> None:
    """Outlook, Gmail, Thunderbird and Apple Mail, in six languages."""
    assert junk_mailbox({"INBOX": NONE, "Reclame 2026": NONE, name: NONE}) == name


def test_a_mark_says_more_than_a_name() -> None:
    """SPECIAL-USE (RFC 6154), however the server writes it."""
    mailboxes = {
        "Sent": NONE,
        "Verstuurd door mij": frozenset({"\\sent"}),
        "Spam": NONE,
        "x": frozenset({"\\Junk"}),
    }
    assert sent_mailbox(mailboxes, None) == "Verstuurd door mij"
    assert junk_mailbox(mailboxes) == "x"


def test_what_the_owner_configured_says_most() -> None:
    """Unless it is not there."""
    mailboxes = {"Sent": frozenset({"\\Sent"}), "Mijn post/Uit": NONE}
    assert sent_mailbox(mailboxes, "Mijn post/Uit") == "Mijn post/Uit"
    assert sent_mailbox(mailboxes, "Mijn post/In") == "Sent"


def test_a_name_that_is_none_of_these() -> None:
    """Nothing is guessed."""
    assert sent_mailbox({"INBOX": NONE, "Projects/Sent": NONE, "Sentiment": NONE}, None) is None
    assert junk_mailbox({"INBOX": NONE}) is None
