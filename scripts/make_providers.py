"""Writes the tables of providers.md, from what is known of providers: `python -m scripts.make_providers`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from delegator.core.providers import PROVIDERS, Place, Provider

PAGE = Path(__file__).parent.parent / "docs" / "providers.md"
BEGIN, END = "<!-- providers: made by `python -m scripts.make_providers` -->", "<!-- end of providers -->"

_SECURITY = {"tls": "TLS", "starttls": "STARTTLS"}
_TAKES = {
    "password": "the mailbox's password",
    "app password": "an app password",
    "token": "a token (OAuth 2), no password",
    None: "?",
}


def tables() -> str:
    """Servers and logins; what they do; what refusals mean."""
    servers = [
        f"| {one.name} | {_place(one.imap)} | {_place(one.smtp)} | {_TAKES[one.credentials]} |"
        for one in PROVIDERS
    ]
    habits = [
        f"| {one.name} | {_known(one.files_sent)} | {_known(one.has_idle)} | {_known(one.has_move)} "
        f"| {_known(one.has_keywords)} | {_limits(one)} |"
        for one in PROVIDERS
        if any(fact is not None for fact in (one.files_sent, one.has_idle, one.has_move, one.has_keywords))
        or _limits(one) != "?"
    ]
    hints = [f"- **{names}**: {hint}." for hint, names in _together((one, _hint(one)) for one in PROVIDERS)]
    told = ((one, f"{each.means} | {each.to_do}") for one in PROVIDERS for each in one.refusals)
    refusals = [f"| {names} | {refusal} |" for refusal, names in _together(told)]
    parts = (
        ["| provider | IMAP | submission | takes |", "| --- | --- | --- | --- |", *servers],
        hints,
        [
            "| provider | files sent mail itself | IDLE | MOVE | keywords | sends at most |",
            "| --- | --- | --- | --- | --- | --- |",
            *habits,
        ],
        ["| provider | what its refusal means | what to do |", "| --- | --- | --- |", *refusals],
    )
    return "\n\n".join("\n".join(lines) for lines in parts)


def _place(place: Place) -> str:
    user = ", user: what stands before the @" if place.user == "local part" else ""
    return f"`{place.host}` {place.port} {_SECURITY[place.security]}{user}"


def _known(fact: bool | None) -> str:
    return "?" if fact is None else "yes" if fact else "no"


def _hint(one: Provider) -> str:
    folders = one.folders and f"folders: {one.folders}"
    certificate = one.certificate_hint and f"its certificate: {one.certificate_hint}"
    return "; ".join(filter(None, (one.credentials_hint, folders, certificate)))


def _together(told: Iterable[tuple[Provider, str]]) -> Iterable[tuple[str, str]]:
    """Each text once, with the names of those of whom it is told."""
    names: dict[str, list[str]] = {}
    for one, text in told:
        if text:
            names.setdefault(text, []).append(one.name)
    return ((text, ", ".join(those)) for text, those in names.items())


def _limits(one: Provider) -> str:
    limits = one.outgoing
    a_day = f"{limits.a_day:,}" if limits.a_day else ""
    if limits.a_day_paid:
        a_day += f" ({limits.a_day_paid:,} if paid)"
    parts = (
        limits.max_megabytes and f"{limits.max_megabytes} MB a mail",
        a_day and f"{a_day} a day",
        limits.a_minute and f"{limits.a_minute} a minute",
    )
    return ", ".join(part for part in parts if part) or "?"


def current_page() -> str:
    """The page as it should be."""
    before, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    return "".join((before, BEGIN, "\n\n", tables(), "\n\n", END, after))


if __name__ == "__main__":
    PAGE.write_text(current_page(), "utf-8")
