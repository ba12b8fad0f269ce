"""What is kept of a consent, and when a login will end."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from .scopes import NAMES, LoginKey


@dataclass(frozen=True, slots=True)
class Consent:
    """A refresh token, with what is known of it. All moments are aware.

    consented_at: when a person signed in. refreshed_at: when this very token came. ends_at: what the
    provider said of its end, or None. username: who signed in, as far as the provider says it.
    """

    refresh_token: str
    consented_at: datetime
    refreshed_at: datetime
    ends_at: datetime | None = None
    username: str = ""

    def rotated(self, refresh_token: str | None, at: datetime) -> Consent:
        """After a refresh; None: the same token goes on."""
        return replace(self, refresh_token=refresh_token or self.refresh_token, refreshed_at=at)

    def to_text(self) -> str:
        moments = {
            "consented_at": self.consented_at.isoformat(),
            "refreshed_at": self.refreshed_at.isoformat(),
            "ends_at": self.ends_at.isoformat() if self.ends_at else None,
        }
        return json.dumps({"refresh_token": self.refresh_token, "username": self.username, **moments})

    @classmethod
    def from_text(cls, text: str) -> Consent | None:
        """None where that is none."""
        try:
            said = json.loads(text)
            ends_at = said["ends_at"]
            return cls(
                refresh_token=str(said["refresh_token"]),
                consented_at=datetime.fromisoformat(said["consented_at"]),
                refreshed_at=datetime.fromisoformat(said["refreshed_at"]),
                ends_at=datetime.fromisoformat(ends_at) if ends_at else None,
                username=str(said["username"]),
            )
        except (ValueError, TypeError, KeyError):
            return None


TESTING_LASTS = timedelta(days=7)  # Google: external user type, publishing status "Testing"


@dataclass(frozen=True, slots=True)
class Ending:
    """One thing that a login depends on. at: when it ends; None: nobody can say, so `what` warns."""

    what: str
    to_do: str
    at: datetime | None = None
    is_loud: bool = False  # it ends before the owner is back


def endings(
    provider: LoginKey,
    consent: Consent | None,
    *,
    certificate_until: datetime | None,
    secret_until: date | None,
    has_secret: bool,
    now: datetime,
    until: datetime | None,
) -> tuple[Ending, ...]:
    """What ends, or may end, of a login. consent None: of an app that logs in by itself.

    until: when the owner is back; what ends before is loud.
    """
    found: list[Ending] = []
    horizon = until or now
    if consent is not None and consent.ends_at is not None:
        day = f"{consent.ends_at.date()}"
        what = f"the consent ends on {day}"
        to_do = "run `delegator login` again just before you leave"
        if provider == "google" and consent.ends_at - consent.consented_at <= TESTING_LASTS:
            what = f"the consent ends on {day}, since the app at Google is in “Testing”: seven days"
            to_do = (
                "publish it (Google Auth Platform, Audience, Publish app), then run `delegator login` again"
            )
        found.append(Ending(what, to_do, consent.ends_at, consent.ends_at < horizon))
    elif consent is not None and provider == "google":
        ends_at = consent.consented_at + TESTING_LASTS
        if now < ends_at:
            what = f"if the app at Google is in “Testing”, this consent ends on {ends_at.date()}"
            to_do = "see that its publishing status is “In production” (Google Auth Platform, Audience)"
            found.append(Ending(what, to_do, None, ends_at < horizon))
    if certificate_until is not None:
        what = f"the app's certificate ends on {certificate_until.date()}"
        to_do = "put a new one in its place, here and at the app's registration"
        found.append(Ending(what, to_do, certificate_until, certificate_until < horizon))
    if has_secret and secret_until is not None:
        what = f"the app's secret ends on {secret_until}"
        to_do = "make a new one at the app's registration, and put it in its place"
        ends_at = datetime(secret_until.year, secret_until.month, secret_until.day, tzinfo=now.tzinfo)
        found.append(Ending(what, to_do, ends_at, ends_at < horizon))
    elif has_secret:
        what = f"only {NAMES[provider]} knows when the app's secret ends"
        to_do = "look at the app's registration, and write it as `secret_until` under `token`"
        found.append(Ending(what, to_do))
    return tuple(found)
