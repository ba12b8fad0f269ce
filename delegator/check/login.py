"""Logins by OAuth 2: a real refresh, and what will end before the owner is back."""

from __future__ import annotations

import asyncio
from pathlib import Path

from ..adapters.logins.build import certificate_end
from ..config.model import Config, TokenLogin
from ..core.hours.schedule import current_window, next_window
from ..core.logins.consent import Consent, endings
from ..core.logins.scopes import NAMES
from ..ports import Clock, Refused, StateError, Unavailable
from ..reports.check import Level
from ..wiring.logins import ask_login
from .findings import Findings

AREA = "login"


async def look_at_logins(config: Config, state_dir: Path, clock: Clock, findings: Findings) -> None:
    """Whether each login still works, since when, and until when."""
    for name, (login, username) in config.logins.items():
        asked = asyncio.to_thread(ask_login, config, state_dir, name, "refresh login")
        try:
            answer = await findings.within(AREA, "it is not known whether it works", asked)
        except Refused as fault:
            findings.say(AREA, str(fault), "run `delegator login`")
            continue
        except Unavailable as fault:
            findings.say(AREA, str(fault), "see that this machine reaches the token server")
            continue
        except StateError as fault:
            findings.say(AREA, str(fault), "restart the daemon")
            continue
        if answer is None:
            continue
        consents = [consent for text in answer["consents"] if (consent := Consent.from_text(text))]
        consent = consents[0] if consents else None
        _say_what_works(login, username, consent, findings)
        _say_what_ends(config, login, consent, clock, findings)


def _say_what_works(login: TokenLogin, username: str, consent: Consent | None, findings: Findings) -> None:
    name = NAMES[login.provider]
    if consent is None:
        findings.add(AREA, "ok", f"{name}: the app got a token by itself, for {username}")
        return
    day = consent.consented_at.date()
    findings.add(
        AREA, "ok", f"{name}: refreshed just now; consented on {day} by {consent.username or username}"
    )
    what = f"{name}: a change of the account's password ends this login"
    findings.add(
        AREA, "note", what, "change it now, and not while you are away; after that, `delegator login`"
    )


def _say_what_ends(
    config: Config, login: TokenLogin, consent: Consent | None, clock: Clock, findings: Findings
) -> None:
    now = clock.now()
    window = current_window(config.away, now) or next_window(config.away, now)
    try:
        certificate_until = certificate_end(login, config.path.parent)
    except Refused as fault:
        findings.say(AREA, str(fault), "look at `certificate`")
        return
    for ending in endings(
        login.provider,
        consent,
        certificate_until=certificate_until,
        secret_until=login.secret_until,
        has_secret=login.secret is not None,
        now=now,
        until=window.until_at if window else None,
    ):
        what = f"{ending.what}{', before you are back' if ending.is_loud else ''}"
        level: Level = "problem" if ending.is_loud else "note" if ending.at is None else "ok"
        findings.add(AREA, level, what, ending.to_do if level != "ok" else "")
