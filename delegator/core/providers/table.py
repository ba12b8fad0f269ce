"""The providers, as far as their public pages and the answers of their servers tell. No code but look-ups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .provider import Outgoing, Place, Provider, Refusal

_BLOCKS_FORWARDING = Refusal(
    r"5\.7\.520|external forwarding",
    "your organisation forbids automatic forwarding to addresses outside",
    "name backups inside, or ask the administrator to allow it for your mailbox (outbound spam policy)",
)
_NO_SMTP_AUTH = Refusal(
    r"SmtpClientAuthentication is disabled|5\.7\.139.*(tenant|mailbox)",
    "submission by mail programs (SMTP AUTH) is switched off for your mailbox",
    "ask the administrator to run: Set-CASMailbox ADDRESS -SmtpClientAuthenticationDisabled $false",
)
_TO_GET_A_TOKEN = "run `delegator login`, as docs/providers.md says"

_NO_PASSWORDS = Refusal(
    r"BasicAuthBlocked|basic authentication is disabled|5\.7\.139|5\.7\.3 .*unsuccessful|LOGIN failed",
    "Microsoft takes no passwords",
    _TO_GET_A_TOKEN,
)
_MICROSOFT_BUSY = Refusal(
    r"Suggested Backoff|Server Unavailable\. 15|432 4\.3\.2|concurrent connections",
    "Exchange Online is busy, or holds this mailbox to its limits",
    "nothing: it is tried again at the time that it asks for",
)
_WANTS_APP_PASSWORD = "it refuses the password of the account itself"

MICROSOFT_365 = Provider(
    key="microsoft-365",
    name="Microsoft 365",
    imap=Place("outlook.office365.com", 993, "tls"),
    smtp=Place("smtp.office365.com", 587, "starttls"),
    credentials="token",
    credentials_hint=_TO_GET_A_TOKEN,
    login="microsoft",
    mx=(".mail.protection.outlook.com", ".mx.microsoft"),
    outgoing=Outgoing(a_day=10_000, a_minute=30),
    files_sent=True,
    has_idle=True,
    has_move=True,
    has_keywords=False,
    folders="in the language of the mailbox, and not marked as what they are",
    blocks_forwarding=True,
    refusals=(_BLOCKS_FORWARDING, _NO_SMTP_AUTH, _NO_PASSWORDS, _MICROSOFT_BUSY),
)

OUTLOOK = Provider(
    key="outlook",
    name="Outlook.com",
    imap=Place("outlook.office365.com", 993, "tls"),
    smtp=Place("smtp-mail.outlook.com", 587, "starttls"),
    credentials="token",
    credentials_hint=_TO_GET_A_TOKEN,
    login="microsoft",
    domains=(
        *("outlook.com", "outlook.be", "outlook.fr", "outlook.de", "msn.com"),
        *("hotmail.com", "hotmail.be", "hotmail.nl", "hotmail.fr", "hotmail.de", "hotmail.co.uk"),
        *("live.com", "live.be", "live.nl", "live.fr", "live.de", "live.co.uk"),
    ),
    mx=(".olc.protection.outlook.com",),
    files_sent=True,
    has_idle=True,
    has_move=True,
    has_keywords=False,
    refusals=(_NO_PASSWORDS, _MICROSOFT_BUSY),
)

GMAIL = Provider(
    key="gmail",
    name="Gmail",
    imap=Place("imap.gmail.com", 993, "tls"),
    smtp=Place("smtp.gmail.com", 465, "tls"),
    credentials="app password",
    credentials_hint="switch on 2-Step Verification, then make one at https://myaccount.google.com/apppasswords",
    login="google",
    domains=("gmail.com", "googlemail.com"),
    mx=(".google.com", ".googlemail.com"),
    outgoing=Outgoing(max_megabytes=25, a_day=500, a_day_paid=2000),
    connections=15,
    files_sent=True,
    has_idle=True,
    has_move=True,
    has_keywords=True,
    folders="labels: a mail may lie in several at once",
    refusals=(
        Refusal(
            r"application-specific password|5\.7\.9|web login required|5\.7\.14",
            _WANTS_APP_PASSWORD,
            "make an app password at https://myaccount.google.com/apppasswords and use that",
        ),
        Refusal(
            r"invalid credentials|5\.7\.8",
            "the password is wrong, or it is that of the account and not an app password",
            "make an app password at https://myaccount.google.com/apppasswords and use that",
        ),
        Refusal(
            r"not enabled for IMAP|IMAP access is disabled",
            "IMAP is switched off for this account",
            "have the administrator switch it on (Google Admin: Apps, Gmail, End user access)",
        ),
        Refusal(
            r"5\.4\.5|daily user sending (limit|quota)",
            "the mails of a day are used up",
            "nothing: what waits goes out within 24 hours",
        ),
        Refusal(
            r"too many simultaneous connections|\[OVERQUOTA\]|bandwidth limit",
            "other programs hold all 15 connections, or the traffic of a day is used up",
            "close mail programs that are not used",
        ),
    ),
)

FASTMAIL = Provider(
    key="fastmail",
    name="Fastmail",
    imap=Place("imap.fastmail.com", 993, "tls"),
    smtp=Place("smtp.fastmail.com", 465, "tls"),
    credentials="app password",
    credentials_hint="make one under Settings, Privacy & Security, with access to Mail (IMAP and SMTP)",
    domains=("fastmail.com", "fastmail.fm"),
    mx=(".messagingengine.com",),
    has_idle=True,
    has_move=True,
    has_keywords=True,
    refusals=(
        Refusal(
            r"incorrect username, password|authentication failed|AUTHENTICATIONFAILED|5\.7\.[08]",
            _WANTS_APP_PASSWORD,
            "make an app password under Settings, Privacy & Security, for IMAP and SMTP, and use that",
        ),
    ),
)

ICLOUD = Provider(
    key="icloud",
    name="iCloud Mail",
    imap=Place("imap.mail.me.com", 993, "tls", user="local part"),
    smtp=Place("smtp.mail.me.com", 587, "starttls"),
    credentials="app password",
    credentials_hint="make one at https://account.apple.com under Sign-In and Security",
    domains=("icloud.com", "me.com", "mac.com"),
    mx=(".mail.icloud.com",),
    outgoing=Outgoing(max_megabytes=20, a_day=1000),
    refusals=(
        Refusal(
            r"authentication failed|AUTHENTICATIONFAILED|535",
            _WANTS_APP_PASSWORD,
            "make an app-specific password at https://account.apple.com; the IMAP user is what stands before "
            "the @ of your iCloud address (or all of it, should that be refused)",
        ),
        Refusal(
            r"daily sending limit|exceeded your",
            "the mails of a day are used up",
            "nothing: what waits goes out within 24 hours",
        ),
    ),
)

PROTON = Provider(
    key="proton",
    name="Proton Mail",
    imap=Place("127.0.0.1", 1143, "starttls"),
    smtp=Place("127.0.0.1", 1025, "starttls"),
    credentials="app password",
    credentials_hint="Proton Mail needs its Bridge on this machine; it shows the password to use",
    domains=("proton.me", "protonmail.com", "protonmail.ch", "pm.me"),
    mx=(".protonmail.ch",),
    outgoing=Outgoing(max_megabytes=25),
    files_sent=True,
    has_idle=True,
    has_move=True,
    has_keywords=False,
    folders="new ones only below Folders and Labels, so none of ours",
    certificate_hint="export it in Bridge (Settings, Advanced) and name its file as `ca`",
    refusals=(
        Refusal(
            r"no such user|incorrect|invalid|authenticat",
            "Bridge does not know this login",
            "copy user name and password from Bridge (Mailbox details); it is not that of your account",
        ),
    ),
)

NETEASE = Provider(
    key="163",
    name="NetEase 163",
    imap=Place("imap.163.com", 993, "tls"),
    smtp=Place("smtp.163.com", 465, "tls"),
    credentials="app password",
    credentials_hint="switch on IMAP/SMTP in the webmail's settings: it shows an authorisation code to use",
    domains=("163.com",),
    mx=(".163.com",),
    has_idle=False,
    has_move=False,
    refusals=(
        Refusal(
            r"unsafe login",
            "it does not believe who this program says it is",
            "write to kefu@188.com, as it asks, or sign in to the webmail once from this network",
        ),
        Refusal(
            r"login fail|authentication fail|535|password error",
            _WANTS_APP_PASSWORD,
            "use the authorisation code that the webmail shows when IMAP/SMTP is switched on",
        ),
    ),
)

YAHOO = Provider(
    key="yahoo",
    name="Yahoo Mail",
    imap=Place("imap.mail.yahoo.com", 993, "tls"),
    smtp=Place("smtp.mail.yahoo.com", 465, "tls"),
    credentials="app password",
    credentials_hint="make one at https://login.yahoo.com/account/security",
    domains=("yahoo.com", "yahoo.co.uk", "yahoo.fr", "yahoo.de", "ymail.com", "rocketmail.com"),
    mx=(".yahoodns.net",),
    outgoing=Outgoing(max_megabytes=25),
    has_idle=True,
    has_move=True,
    refusals=(
        Refusal(
            r"invalid credentials|AUTHENTICATIONFAILED|535",
            _WANTS_APP_PASSWORD,
            "make an app password at https://login.yahoo.com/account/security and use that",
        ),
    ),
)


def _zoho(country: str, domains: tuple[str, ...]) -> Provider:
    """The data of an account are in one country, and so are its servers."""
    return Provider(
        key=f"zoho-{country.replace('.', '-')}",
        name=f"Zoho Mail ({country})",
        imap=Place(f"imappro.zoho.{country}", 993, "tls"),
        smtp=Place(f"smtppro.zoho.{country}", 465, "tls"),
        credentials_hint="switch on IMAP in its settings (Mail accounts); where two-factor authentication is "
        "on, make an application-specific password",
        domains=domains,
        mx=(f".zoho.{country}",),
        refusals=(
            Refusal(
                r"invalid credentials|AUTHENTICATIONFAILED|535",
                "the password is wrong, or an application-specific password is needed",
                "make one under My Account, Security, where two-factor authentication is on",
            ),
            Refusal(
                r"enable IMAP|IMAP access",
                "IMAP is switched off for this account",
                "switch it on in its settings, under Mail accounts",
            ),
        ),
    )


INFOMANIAK = Provider(
    key="infomaniak",
    name="Infomaniak",
    imap=Place("mail.infomaniak.com", 993, "tls"),
    smtp=Place("mail.infomaniak.com", 465, "tls"),
    domains=("ik.me", "ikmail.com", "etik.com"),
    mx=(".infomaniak.ch",),
)

COMBELL = Provider(
    key="combell",
    name="Combell",
    imap=Place("imap.mailprotect.be", 993, "tls"),
    smtp=Place("smtp-auth.mailprotect.be", 465, "tls"),
    credentials="password",
    mx=(".mailprotect.be",),
)

TELENET = Provider(
    key="telenet",
    name="Telenet",
    imap=Place("imap.telenet.be", 993, "tls"),
    smtp=Place("smtp.telenet.be", 587, "starttls"),
    credentials="password",
    domains=("telenet.be",),
)

OVH = Provider(
    key="ovh",
    name="OVHcloud",
    imap=Place("ssl0.ovh.net", 993, "tls"),
    smtp=Place("ssl0.ovh.net", 465, "tls"),
    credentials="password",
    mx=tuple(f".mx{number}.mail.ovh.net" for number in range(5)),
    refusals=(
        Refusal(
            r"AUTHENTICATIONFAILED|authentication failed|535",
            "the password is wrong, or the mailbox is on another server, as those of Exchange and Email Pro",
            "look in the OVHcloud panel which server is yours, and name it as `host`",
        ),
    ),
)

PROVIDERS: tuple[Provider, ...] = (
    MICROSOFT_365,
    OUTLOOK,
    GMAIL,
    FASTMAIL,
    ICLOUD,
    PROTON,
    NETEASE,
    YAHOO,
    _zoho("com", ("zoho.com", "zohomail.com")),
    _zoho("eu", ("zohomail.eu",)),
    _zoho("in", ("zohomail.in",)),
    _zoho("com.au", ("zohomail.com.au",)),
    INFOMANIAK,
    COMBELL,
    TELENET,
    OVH,
)

_BY_DOMAIN: Mapping[str, Provider] = {
    domain: provider for provider in PROVIDERS for domain in provider.domains
}


def provider_of_address(address: str) -> Provider | None:
    """Whose domain an address is in; None for a domain of one's own."""
    return _BY_DOMAIN.get(address.rpartition("@")[2].lower())


def provider_of_mx(servers: Iterable[str]) -> Provider | None:
    """Who takes mail for a domain with these MX, the most preferred first; None if it is nobody here.

    A gateway before somebody else's mailboxes is nobody here either: its name ends otherwise.
    """
    names = [f".{server.lower().rstrip('.')}" for server in servers]
    return next((one for name in names for one in PROVIDERS if name.endswith(one.mx)), None)


def provider_of_host(host: str) -> Provider | None:
    """Whose mail server it is; None for nobody's here, and for this machine: any server may be there."""
    name = host.lower().rstrip(".")
    return next((one for one in PROVIDERS if name in one.hosts and not name.startswith("127.")), None)
