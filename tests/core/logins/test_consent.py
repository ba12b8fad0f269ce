from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from delegator.core.logins.consent import Consent, Ending, endings
from delegator.core.logins.scopes import LoginKey

NOW = datetime(2026, 12, 14, 9, tzinfo=UTC)
UNTIL = datetime(2027, 1, 4, tzinfo=UTC)
CONSENT = Consent("r", NOW - timedelta(days=1), NOW, None, "sofie@voorbeeld.example")


def found(provider: LoginKey, consent: Consent | None, **more: Any) -> tuple[Ending, ...]:
    facts: dict[str, Any] = {"certificate_until": None, "secret_until": None, "has_secret": False}
    return endings(provider, consent, now=NOW, until=UNTIL, **{**facts, **more})


def test_it_is_read_as_it_was_written() -> None:
    for consent in (CONSENT, replace(CONSENT, ends_at=UNTIL)):
        assert Consent.from_text(consent.to_text()) == consent


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"refresh_token": "r", "ends_at": 1}', "null"])
def test_what_is_no_consent_is_none(text: str) -> None:
    assert Consent.from_text(text) is None


def test_a_refresh_changes_the_token_and_not_the_consent() -> None:
    later = CONSENT.rotated("s", UNTIL)
    assert (later.refresh_token, later.consented_at, later.refreshed_at) == ("s", CONSENT.consented_at, UNTIL)
    assert CONSENT.rotated(None, UNTIL).refresh_token == "r"


def test_googles_testing_is_loud_where_it_ends_before_the_owner_is_back() -> None:
    ends_at = CONSENT.consented_at + timedelta(days=7) - timedelta(seconds=1)
    (ending,) = found("google", replace(CONSENT, ends_at=ends_at))
    assert ending.is_loud
    assert "“Testing”: seven days" in ending.what
    (quiet,) = found("google", replace(CONSENT, ends_at=UNTIL))
    assert not quiet.is_loud


def test_a_new_consent_at_google_may_be_one_of_testing() -> None:
    """The token server does not always say so. After seven days it has shown that it is none."""
    (ending,) = found("google", CONSENT)
    assert (ending.at, ending.is_loud) == (None, True)
    assert found("google", replace(CONSENT, consented_at=NOW - timedelta(days=7))) == ()
    assert found("microsoft", CONSENT) == ()


def test_a_certificate_and_a_secret_end_when_they_say() -> None:
    (loud,) = found("microsoft", None, certificate_until=UNTIL - timedelta(seconds=1))
    assert loud.is_loud
    assert "2027-01-03" in loud.what
    (quiet,) = found("microsoft", None, certificate_until=UNTIL)
    assert not quiet.is_loud
    (secret,) = found("microsoft", None, has_secret=True, secret_until=date(2027, 1, 3))
    assert secret.is_loud
    assert found("microsoft", None, secret_until=date(2027, 1, 3)) == ()


def test_of_a_secret_whose_end_nobody_told_that_is_said() -> None:
    (ending,) = found("microsoft", None, has_secret=True)
    assert "only Microsoft 365 knows" in ending.what
    assert "`secret_until`" in ending.to_do
