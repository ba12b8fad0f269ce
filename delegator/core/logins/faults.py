"""What the token servers of Microsoft and Google mean by their errors, in one sentence each."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from .scopes import NAMES, LoginKey

Kind = Literal["consent", "admin", "setup", "later"]
"""Who must act: the owner with a new login; an administrator; whoever registered the app; nobody."""


@dataclass(frozen=True, slots=True)
class LoginFault:
    """what: a sentence without its full stop, to_do: likewise."""

    kind: Kind
    what: str
    to_do: str

    def __str__(self) -> str:
        return f"{self.what}; {self.to_do}"


_LOGIN = "run `delegator login`"
_ASK = "send the administrator what `delegator login` prints"

# Microsoft's numbers, from its own list of them (AADSTS). Each names what a person does about it.
_MICROSOFT: dict[int, tuple[Kind, str, str]] = {
    50011: (
        "setup",
        "the app has no redirect address http://localhost",
        "add it at the app's registration: Authentication, Mobile and desktop applications",
    ),
    50020: (
        "setup",
        "who signed in is not of that tenant",
        "sign in as the mailbox's owner, or correct `tenant`",
    ),
    50034: ("setup", "who signed in is not known in that tenant", "correct `username` or `tenant`"),
    50055: ("consent", "the account's password has expired", f"change it, then {_LOGIN}"),
    50057: ("admin", "the account is disabled", "ask the administrator to enable it"),
    50076: ("consent", "the organisation wants a second factor now", f"{_LOGIN} and give it"),
    50079: ("consent", "the organisation wants a second factor set up", f"{_LOGIN} and set it up"),
    50105: ("admin", "the account is not assigned to the app", "ask the administrator to assign it"),
    50158: ("consent", "the organisation wants another check", f"{_LOGIN}"),
    50173: ("consent", "the account's password was changed, which ended the consent", f"{_LOGIN}"),
    50194: ("setup", "the app is for one tenant", "write the organisation's own name or id as `tenant`"),
    53000: ("admin", "the organisation lets only its own devices in", _ASK),
    53003: (
        "admin",
        "a Conditional Access rule of the organisation blocks this login",
        "ask the administrator to except this app or this machine (device codes are often blocked)",
    ),
    65001: ("admin", "nobody has consented to the app, and who signed in may not", _ASK),
    65004: ("consent", "the consent was declined", f"{_LOGIN} and accept"),
    65005: ("setup", "the app does not name what it asks for", "add its API permissions for Exchange Online"),
    70008: ("consent", "the consent has expired", f"{_LOGIN}"),
    70011: ("setup", "the app asks for a permission that there is not", "look at the app's API permissions"),
    90002: ("setup", "there is no such tenant", "correct `tenant` (the organisation's domain, or its id)"),
    90094: ("admin", "the organisation wants its administrator's consent", _ASK),
    90095: ("admin", "the organisation wants its administrator's consent", _ASK),
    500113: (
        "setup",
        "the app has no redirect address",
        "add http://localhost at its registration: Authentication, Mobile and desktop applications",
    ),
    650053: ("setup", "the app asks for a permission that there is not", "look at the app's API permissions"),
    650057: (
        "setup",
        "the app does not name what it asks for",
        "add its API permissions for Exchange Online",
    ),
    700016: ("setup", "the tenant knows no app with this client id", "correct `client_id` or `tenant`"),
    700027: (
        "setup",
        "the app's certificate is not the registered one, or has ended",
        "register this one, or name the other as `certificate`",
    ),
    700082: ("consent", "the consent has expired: it was not used for 90 days", f"{_LOGIN}"),
    900023: ("setup", "that is not a tenant", "correct `tenant` (the organisation's domain, or its id)"),
    7000215: ("setup", "the app's secret is wrong", "put its value in its place (not its id)"),
    7000218: (
        "setup",
        "the app is not for programs on a machine",
        "allow public client flows at its registration: Authentication, Advanced settings",
    ),
    7000222: ("setup", "the app's secret has ended", "make a new one at the app's registration"),
}

# Google's words. The first row that fits counts.
_GOOGLE: tuple[tuple[str, str, Kind, str, str], ...] = (
    (
        "invalid_grant",
        r"reasonable timeframe",
        "setup",
        "Google finds this machine's clock wrong",
        "run timedatectl set-ntp true",
    ),
    (
        "invalid_grant",
        r"Invalid email or User ID",
        "setup",
        "Google knows no such mailbox",
        "correct `username`, which a service account stands in for",
    ),
    (
        "invalid_grant",
        r"JWT Signature",
        "setup",
        "the service account's key counts no more",
        "make a new one in the Google Cloud console, and put its file in its place",
    ),
    (
        "invalid_grant",
        r"invalid_rapt|reauth",
        "admin",
        "the organisation wants a new sign-in every so often",
        "ask the administrator to trust the app (Google Cloud session control), then run `delegator login`",
    ),
    (
        "unauthorized_client",
        "",
        "admin",
        "the service account may not act for this mailbox",
        "have the administrator add its client id with the scope https://mail.google.com/ "
        "(Admin console, Security, API controls, Domain-wide delegation)",
    ),
    (
        "admin_policy_enforced",
        "",
        "admin",
        "the organisation's administrator does not allow this app",
        "ask for it (Admin console, Security, API controls, App access)",
    ),
    (
        "org_internal",
        "",
        "setup",
        "the app is for another organisation",
        "make one in your own, or set its audience to External",
    ),
    (
        "deleted_client",
        "",
        "setup",
        "the app was deleted at Google",
        "make another, and put its file in its place",
    ),
    (
        "redirect_uri_mismatch",
        "",
        "setup",
        "the client at Google is not one for a desktop",
        "make a client of the type “Desktop app”, and put its file in its place",
    ),
    (
        "scope_not_granted",  # our own word: Google lets a person untick each scope
        "",
        "consent",
        "the box that lets delegator read and send mail was not ticked",
        "run `delegator login` and tick it",
    ),
    (
        "disabled_client",
        "",
        "setup",
        "the app is disabled at Google",
        "look at it in the Google Cloud console",
    ),
)

_ANY: dict[str, tuple[Kind, str, str]] = {
    "access_denied": ("consent", "the consent was declined", f"{_LOGIN} and accept"),
    "invalid_grant": (
        "consent",
        "the consent has ended (expired, withdrawn, or the password was changed)",
        f"{_LOGIN}",
    ),
    "interaction_required": ("consent", "a person must sign in again", f"{_LOGIN}"),
    "consent_required": ("admin", "nobody has consented to the app, and who signed in may not", _ASK),
    "login_required": ("consent", "a person must sign in again", f"{_LOGIN}"),
    "invalid_client": ("setup", "the app's client id or secret is wrong", "correct it under `token`"),
    "unauthorized_client": ("setup", "the app may not log in in this way", "look at its registration"),
    "invalid_scope": ("setup", "the app may not ask for mail", "look at its permissions"),
    "authorization_pending": ("later", "nobody has entered the code yet", "enter it"),
    "expired_token": ("consent", "the code was not entered in time", f"{_LOGIN} again"),
}

_NUMBER = re.compile(r"\bAADSTS(\d{4,8})\b")


def explain(provider: LoginKey, error: str, description: str = "") -> LoginFault:
    """error, description: of the token server's answer (RFC 6749 section 5.2), or of the redirect."""
    name = NAMES[provider]
    if provider == "microsoft" and (found := _NUMBER.search(description)):
        number = int(found[1])
        if row := _MICROSOFT.get(number):
            kind, what, to_do = row
            return LoginFault(kind, f"{name}: {what} (AADSTS{number})", to_do)
        kind, what, to_do = _ANY.get(error, ("setup", "the login was refused", "look this number up"))
        return LoginFault(kind, f"{name}: {what} (AADSTS{number})", to_do)
    if provider == "google":
        for code, words, kind, what, to_do in _GOOGLE:
            if error == code and re.search(words, description, re.IGNORECASE):
                return LoginFault(kind, f"{name}: {what}", to_do)
    if row := _ANY.get(error):
        kind, what, to_do = row
        return LoginFault(kind, f"{name}: {what}", to_do)
    if error in ("temporarily_unavailable", "server_error", "internal_failure"):
        return LoginFault("later", f"{name}: the token server does not work now", "it is tried again")
    said = re.sub(r"[^\w .:-]", "", error)[:60] or "no reason"
    return LoginFault("setup", f"{name}: the token server refuses ({said})", "look at the app's registration")
