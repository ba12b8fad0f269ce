"""What a provider's own rules mean for a configuration."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from delegator.core.people import Backup, Owner
from delegator.core.providers import PROVIDERS, Provider
from delegator.core.providers.implied import Implied, implied

OWNER = Owner("Sofie", "sofie@voorbeeld.example", ("sofie@voorbeeld-nv.example",), "nl", ZoneInfo("UTC"))


def provider(key: str) -> Provider:
    return next(one for one in PROVIDERS if one.key == key)


def backups(**addresses: str) -> dict[str, Backup]:
    return {
        key: Backup(key, f"{key.capitalize()} Maes", address, (), (), "nl", "both")
        for key, address in addresses.items()
    }


def found(key: str, who: dict[str, str] | None = None, *, has_token: bool = True) -> list[Implied]:
    return list(implied(provider(key), OWNER, backups(**(who or {})), has_token=has_token))


def sentences(found: list[Implied]) -> str:
    return "\n".join(one.what for one in found)


def test_a_backup_outside_is_named_where_forwarding_outside_is_blocked() -> None:
    """An alias's domain is inside; Gmail blocks nothing."""
    who = {
        "anna": "anna@voorbeeld.example",
        "dirk": "dirk@voorbeeld-nv.example",
        "bram": "bram@elders.example",
    }
    assert "Microsoft 365 blocks automatic forwarding to outside addresses: Bram's is outside" in sentences(
        found("microsoft-365", who)
    )
    assert "outside" not in sentences(found("gmail", who))
    assert "outside" not in sentences(found("microsoft-365", {"anna": "anna@voorbeeld.example"}))


def test_several_outside_are_one_sentence() -> None:
    who = {"anna": "anna@elders.example", "bram": "bram@elders.example", "dirk": "dirk@ginder.example"}
    assert "those of Anna, Bram and Dirk are outside" in sentences(found("microsoft-365", who))


def test_a_password_where_none_is_taken_is_a_problem() -> None:
    """And says what to run; with a token there is none."""
    (problem,) = [one for one in found("microsoft-365", has_token=False) if one.is_problem]
    assert problem.what == "Microsoft 365 takes no passwords"
    assert "`delegator login`" in problem.to_do
    assert not any(one.is_problem for one in found("microsoft-365", has_token=True))
    assert not any(one.is_problem for one in found("gmail", has_token=False))


def test_limits_are_told_as_far_as_they_are_known() -> None:
    assert "at most mail up to 25 MB, 500 mails a day (2,000 for a paid account)" in sentences(found("gmail"))
    assert "10,000 mails a day, 30 a minute" in sentences(found("microsoft-365"))
    assert found("combell") == []


def test_a_server_without_move_has_no_folders() -> None:
    assert "NetEase 163 has no MOVE" in sentences(found("163"))
