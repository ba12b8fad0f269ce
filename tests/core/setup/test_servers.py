"""Which of several answers about an address's servers counts."""

from __future__ import annotations

import pytest

from delegator.core.setup.servers import (
    Answer,
    Endpoint,
    Source,
    Stated,
    Target,
    answer_of_file,
    answer_of_srv,
    base_domain,
    choose,
    domain_of,
    preset,
)

SOFIE = "sofie@voorbeeld.example"
MICROSOFT = ("voorbeeld-example.mail.protection.outlook.com.",)


def answer(source: Source, host: str, smtp: str | None = "same") -> Answer:
    outgoing = {"same": host, None: None}.get(smtp, smtp)
    return Answer(
        source,
        source.name,
        Endpoint(host, 993, "tls", SOFIE),
        Endpoint(outgoing, 465, "tls", SOFIE) if outgoing else None,
    )


def stated(kind: str = "imap", host: str = "imap.voorbeeld.example", **more: str) -> Stated:
    fields = {"port": "993", "socket": "SSL"} | more
    return Stated(kind, host, fields["port"], fields["socket"], fields.get("username", ""))


def test_a_known_provider_needs_no_question() -> None:
    """The address names it; iCloud's IMAP user is the local part."""
    found = preset("sofie@icloud.com", ())
    assert found is not None
    assert (found.imap.host, found.imap.username) == ("imap.mail.me.com", "sofie")
    assert found.smtp.username == "sofie@icloud.com"
    assert "the provider of icloud.com" in found.how


def test_the_mx_of_a_domain_names_the_provider() -> None:
    """Whatever the web host's autoconfig says: it is not even asked."""
    found = preset(SOFIE, MICROSOFT)
    assert found is not None
    assert found.provider is not None
    assert found.provider.key == "microsoft-365"
    assert not found.takes_passwords
    assert found.how.endswith("voorbeeld-example.mail.protection.outlook.com")
    assert preset(SOFIE, ("mx.voorbeeld.example",)) is None


def test_where_the_mail_goes_counts_more_than_who_says_so() -> None:
    """A web host names its own server in the domain; the database knows that of the MX."""
    found = choose(
        SOFIE,
        ("mx.post.example",),
        [
            answer(Source.AUTOCONFIG, "mail.voorbeeld.example"),
            answer(Source.DATABASE_OF_MX, "imap.post.example"),
        ],
    )
    assert found is not None
    assert found.imap.host == "imap.post.example"
    assert not found.doubt


def test_the_domains_own_word_comes_first_among_equals() -> None:
    """The order of the sources decides where their hosts are as near."""
    answers = [
        answer(source, f"{source.name.lower()}.voorbeeld.example".replace("_", "-")) for source in Source
    ]
    for first in (answers, answers[::-1]):
        found = choose(SOFIE, ("mx.voorbeeld.example",), first)
        assert found is not None
        assert found.imap.host == "autoconfig.voorbeeld.example"


@pytest.mark.parametrize(
    ("source", "is_doubtful"),
    [
        (Source.AUTOCONFIG, True),
        (Source.SRV, True),
        (Source.DATABASE, False),
        (Source.DATABASE_OF_MX, False),
    ],
)
def test_a_strangers_host_is_a_doubt_unless_the_database_vouches(source: Source, is_doubtful: bool) -> None:
    """DNS can be forged, and a web space be taken over: the password would go to whomever it names."""
    found = choose(SOFIE, ("mx.voorbeeld.example",), [answer(source, "imap.evil.example")])
    assert found is not None
    assert bool(found.doubt) == is_doubtful
    assert not is_doubtful or "imap.evil.example" in found.doubt


def test_a_strange_submission_server_is_a_doubt_too() -> None:
    found = choose(SOFIE, (), [answer(Source.SRV, "imap.voorbeeld.example", "smtp.evil.example")])
    assert found is not None
    assert "smtp.evil.example" in found.doubt
    assert "imap.voorbeeld.example" not in found.doubt


def test_half_an_answer_is_none() -> None:
    assert choose(SOFIE, (), [answer(Source.SRV, "imap.voorbeeld.example", None)]) is None
    assert choose(SOFIE, (), []) is None


def test_an_autoconfig_file_is_read_as_mail_programs_do() -> None:
    """TLS before STARTTLS, nothing in clear, placeholders filled."""
    found = answer_of_file(
        Source.AUTOCONFIG,
        "https://autoconfig.voorbeeld.example",
        [
            stated(host="plain.voorbeeld.example", socket="plain", port="143"),
            stated(host="start.voorbeeld.example", socket="STARTTLS", port="143"),
            stated(host="IMAP.Voorbeeld.example", username="%EMAILLOCALPART%"),
            stated(
                "smtp", "smtp.voorbeeld.example", port="587", socket="STARTTLS", username="%EMAILADDRESS%"
            ),
        ],
        SOFIE,
    )
    assert found.imap == Endpoint("imap.voorbeeld.example", 993, "tls", "sofie")
    assert found.smtp == Endpoint("smtp.voorbeeld.example", 587, "starttls", SOFIE)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("host", "127.0.0.1"),
        ("host", "localhost"),
        ("host", "imap.voorbeeld.example/x"),
        ("host", "imap voorbeeld.example"),
        ("host", ""),
        ("port", "0"),
        ("port", "99999"),
        ("port", "-1"),
        ("port", "x"),
        ("socket", "plain"),
    ],
)
def test_a_server_that_cannot_be_is_none(field: str, value: str) -> None:
    """No number, no machine of ours, no port that does not exist, nothing in clear."""
    found = answer_of_file(Source.AUTOCONFIG, "x", [stated(**{field: value})], SOFIE)
    assert found.imap is None


def test_a_user_name_with_an_unknown_placeholder_is_the_address() -> None:
    found = answer_of_file(Source.AUTOCONFIG, "x", [stated(username="%REALNAME%")], SOFIE)
    assert found.imap is not None
    assert found.imap.username == SOFIE


@pytest.mark.parametrize(
    ("authentication", "takes"),
    [
        (("OAuth2",), False),
        (("OAuth2", "password-cleartext"), True),
        ((), True),
        (("password-encrypted",), True),
    ],
)
def test_a_file_says_whether_passwords_are_taken(authentication: tuple[str, ...], takes: bool) -> None:
    one = Stated("imap", "imap.voorbeeld.example", "993", "SSL", "", authentication)
    assert answer_of_file(Source.DATABASE, "x", [one], SOFIE).takes_passwords == takes


def test_srv_records_are_taken_in_their_order() -> None:
    """TLS first, then the lowest priority, then the highest weight; "." is a no (RFC 6186 section 3.4)."""
    found = answer_of_srv(
        "DNS",
        [
            Target("_imap._tcp", 0, 1, 143, "start.voorbeeld.example."),
            Target("_imaps._tcp", 20, 1, 993, "late.voorbeeld.example."),
            Target("_imaps._tcp", 10, 1, 993, "light.voorbeeld.example."),
            Target("_imaps._tcp", 10, 9, 993, "Heavy.voorbeeld.example."),
            Target("_submissions._tcp", 0, 0, 0, "."),
            Target("_submission._tcp", 0, 0, 587, "smtp.voorbeeld.example."),
        ],
        SOFIE,
    )
    assert found.imap == Endpoint("heavy.voorbeeld.example", 993, "tls", SOFIE)
    assert found.smtp == Endpoint("smtp.voorbeeld.example", 587, "starttls", SOFIE)


@pytest.mark.parametrize(
    ("host", "base"),
    [
        ("imap.voorbeeld.example", "voorbeeld.example"),
        ("a.b.voorbeeld.co.uk", "voorbeeld.co.uk"),
        ("mx.voorbeeld.be.", "voorbeeld.be"),
        ("voorbeeld.be", "voorbeeld.be"),
    ],
)
def test_whose_a_name_is(host: str, base: str) -> None:
    assert base_domain(host) == base


@pytest.mark.parametrize(
    ("address", "domain"),
    [
        ("Sofie@Voorbeeld.Example", "voorbeeld.example"),
        ("sofie@bücher.example", "xn--bcher-kva.example"),
        ("sofie", None),
        ("@voorbeeld.example", None),
        ("sofie@localhost", None),
        ("sofie@voor beeld.example", None),
        ("sofie@voorbeeld.example/../x", None),
    ],
)
def test_the_domain_of_an_address(address: str, domain: str | None) -> None:
    """Only what can stand in a web address and in DNS."""
    assert domain_of(address) == domain
