from __future__ import annotations

import re

import pytest

from delegator.core.logins.admin import exchange_commands
from delegator.core.logins.faults import _ANY, _GOOGLE, _MICROSOFT, Kind, explain
from delegator.core.logins.scopes import microsoft_scopes


@pytest.mark.parametrize("number", _MICROSOFT)
def test_each_number_of_microsofts_says_who_acts_and_how(number: int) -> None:
    """One sentence, which names the number, for whoever looks it up."""
    fault = explain("microsoft", "invalid_grant", f"AADSTS{number}: Words. Trace ID: 1 Timestamp: 2026")
    assert f"(AADSTS{number})" in str(fault)
    assert fault.kind == _MICROSOFT[number][0]
    assert fault.to_do
    assert "Trace" not in str(fault)


@pytest.mark.parametrize(
    ("error", "description", "kind"),
    [
        ("invalid_grant", "Token has been expired or revoked.", "consent"),
        ("invalid_grant", "Bad Request", "consent"),
        (
            "invalid_grant",
            "Invalid JWT: Token must be a short-lived token and in a reasonable timeframe",
            "setup",
        ),
        ("invalid_client", "The OAuth client was not found.", "setup"),
        ("unauthorized_client", "Client is unauthorized", "admin"),
        ("temporarily_unavailable", "", "later"),
        ("server_error", "", "later"),
        ("access_denied", "", "consent"),
    ],
)
def test_googles_errors_say_who_acts(error: str, description: str, kind: Kind) -> None:
    assert explain("google", error, description).kind == kind


def test_only_a_consent_that_ended_sends_the_owner_to_sign_in() -> None:
    """For all else another sign-in is of no use, and is not asked for."""
    for kind, _, to_do in (*_MICROSOFT.values(), *_ANY.values(), *(row[2:] for row in _GOOGLE)):
        assert (kind == "consent") == to_do.startswith(("run `delegator login`", "change it, then")), to_do


def test_an_answer_that_nobody_knows_is_told_without_its_octets() -> None:
    fault = explain("google", "\x1b[31mevil <script>", "hunter2")
    assert str(fault) == "Google: the token server refuses (31mevil script); look at the app's registration"
    assert explain("microsoft", "", "").what.endswith("refuses (no reason)")


def test_the_clouds_apart_have_scopes_of_their_own() -> None:
    assert microsoft_scopes("https://login.microsoftonline.us/", is_app=False)[0].startswith(
        "https://outlook.office365.us/"
    )
    assert microsoft_scopes("https://login.microsoftonline.com", is_app=True) == (
        "https://outlook.office365.com/.default",
    )


def test_what_an_administrator_pastes_names_all_ids() -> None:
    """The object id is the enterprise application's; where it is not known, that is said in its place."""
    text = exchange_commands("voorbeeld.example", "app-id", "object-id", "sofie@voorbeeld.example")
    assert "New-ServicePrincipal -AppId app-id -ObjectId object-id" in text
    assert (
        "Add-MailboxPermission -Identity sofie@voorbeeld.example -User object-id -AccessRights FullAccess"
        in text
    )
    assert not re.search(r"OBJECT-ID", text)
    assert "OBJECT-ID-OF-THE-ENTERPRISE-APPLICATION" in exchange_commands("a", "b", "", "c")
