from __future__ import annotations

import pytest

from delegator.core.logins.passwords import without_password


@pytest.mark.parametrize(
    ("host", "said", "begins"),
    [
        ("outlook.office365.com", "LOGIN failed.", "Microsoft 365 takes no passwords; "),
        ("SMTP.office365.com", "", "Microsoft 365 takes no passwords; "),
        (
            "mail.voorbeeld.example",
            "535 5.7.139 basic authentication is disabled.",
            "Microsoft 365 takes no ",
        ),
        ("mail.voorbeeld.example", "[AUTHENTICATIONFAILED] BasicAuthBlocked", "Microsoft 365 takes no "),
        ("imap.gmail.com", "Invalid credentials", "Gmail takes app passwords only: switch on "),
    ],
)
def test_where_a_password_is_of_no_use_the_way_out_is_named(host: str, said: str, begins: str) -> None:
    assert (without_password(host, said) or "").startswith(begins)


def test_elsewhere_a_refused_password_is_a_wrong_one() -> None:
    assert without_password("mail.voorbeeld.example", "[AUTHENTICATIONFAILED] Authentication failed.") is None
