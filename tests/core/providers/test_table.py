"""What is known of providers: the table is sound, and each look-up finds whom it should."""

from __future__ import annotations

import itertools
import re

import pytest

from delegator.core.providers import (
    PROVIDERS,
    Provider,
    provider_of_address,
    provider_of_host,
    provider_of_mx,
    refusal_of,
)


def provider(key: str) -> Provider:
    return next(one for one in PROVIDERS if one.key == key)


def test_each_has_a_name_and_a_key_of_its_own() -> None:
    """Nothing stands twice: no key, no name, no domain, no end of an MX."""
    for values in (
        [one.key for one in PROVIDERS],
        [one.name for one in PROVIDERS],
        list(itertools.chain.from_iterable(one.domains for one in PROVIDERS)),
        list(itertools.chain.from_iterable(one.mx for one in PROVIDERS)),
    ):
        assert len(values) == len(set(values))


@pytest.mark.parametrize("one", PROVIDERS, ids=lambda one: one.key)
def test_what_it_says_can_be_used(one: Provider) -> None:
    """Encrypted servers with likely ports, patterns that compile, sentences without a full stop."""
    for place in (one.imap, one.smtp):
        assert place.security in ("tls", "starttls")
        assert (place.port in (993, 465)) == (place.security == "tls")
    assert one.domains or one.mx
    assert all(end.startswith(".") and end == end.lower() for end in one.mx)
    assert (one.credentials == "token") <= (one.login is not None)
    assert one.credentials is None or one.credentials == "password" or one.credentials_hint
    for refusal in one.refusals:
        re.compile(refusal.says)
        assert not refusal.means.endswith(".")
        assert not refusal.to_do.endswith(".")


@pytest.mark.parametrize(
    ("servers", "key"),
    [
        (["voorbeeld-example.mail.protection.outlook.com."], "microsoft-365"),
        (["hotmail-com.olc.protection.outlook.com"], "outlook"),
        (["voorbeeld-example.k-v1.mx.microsoft."], "microsoft-365"),
        (["ASPMX.L.GOOGLE.COM.", "alt1.aspmx.l.google.com."], "gmail"),
        (["smtp.google.com"], "gmail"),
        (["in1-smtp.messagingengine.com"], "fastmail"),
        (["mx.zoho.eu", "mx2.zoho.eu"], "zoho-eu"),
        (["mx01.mail.icloud.com"], "icloud"),
        (["mx1.mail.ovh.net"], "ovh"),
        (["mx.mailprotect.be"], "combell"),
        (["mx.voorbeeld.example"], None),
        (["notgoogle.com"], None),
        (["google.com.evil.example"], None),
        ([], None),
    ],
)
def test_who_takes_mail_for_a_domain(servers: list[str], key: str | None) -> None:
    """By the end of whole labels."""
    found = provider_of_mx(servers)
    assert (found.key if found else None) == key


def test_no_mx_is_that_of_two_providers() -> None:
    """No end is the end of another's: the order of the table decides nothing."""
    ends = [end for one in PROVIDERS for end in one.mx]
    assert [(one, other) for one in ends for other in ends if one != other and one.endswith(other)] == []


def test_a_free_address_names_its_provider() -> None:
    assert provider_of_address("Sofie@GMAIL.com") is provider("gmail")
    assert provider_of_address("sofie@voorbeeld.example") is None


def test_the_imap_user_of_icloud_is_the_local_part() -> None:
    icloud = provider("icloud")
    assert icloud.imap.username("sofie.j@icloud.com") == "sofie.j"
    assert icloud.smtp.username("sofie.j@icloud.com") == "sofie.j@icloud.com"


def test_a_host_names_its_provider() -> None:
    """But this machine is nobody's: any server may listen there, not Proton's Bridge alone."""
    assert provider_of_host("OUTLOOK.office365.com") is provider("microsoft-365")
    assert provider_of_host("127.0.0.1") is None
    assert provider_of_host("imap.voorbeeld.example") is None


@pytest.mark.parametrize(
    ("key", "said", "means"),
    [
        (
            "gmail",
            "[ALERT] Application-specific password required (Failure)",
            "password of the account itself",
        ),
        ("gmail", "[AUTHENTICATIONFAILED] Invalid credentials (Failure)", "not an app password"),
        ("gmail", "550 5.4.5 Daily user sending limit exceeded", "of a day are used up"),
        ("microsoft-365", "535 5.7.139 basic authentication is disabled", "takes no passwords"),
        (
            "microsoft-365",
            "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant",
            "SMTP AUTH) is switched off",
        ),
        ("microsoft-365", "550 5.7.520 Access denied, Your organization does not allow", "forbids automatic"),
        ("icloud", "[AUTHENTICATIONFAILED] Authentication Failed", "password of the account itself"),
        ("163", "SELECT Unsafe Login. Please contact kefu@188.com for help", "does not believe"),
        ("fastmail", "[AUTHENTICATIONFAILED] Incorrect username, password or access token", "account itself"),
    ],
)
def test_a_refusal_is_explained(key: str, said: str, means: str) -> None:
    """In the words of the provider's own servers."""
    refusal = refusal_of(provider(key), said)
    assert refusal is not None
    assert means in refusal.means


def test_what_is_not_known_is_not_explained() -> None:
    assert refusal_of(provider("combell"), "535 no") is None
    assert refusal_of(provider("gmail"), "421 4.7.0 try again") is None
    assert refusal_of(None, "535 no") is None
