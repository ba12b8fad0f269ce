import time

import pytest

from delegator.core.mail.authentication import (
    MICROSOFT,
    UNREADABLE,
    failure,
    is_verified,
    named_server,
    passes_for,
    stated_results,
)
from delegator.core.mail.message import Message, parse_message

OURS = "mx.voorbeeld.example"


def mail(*values: str) -> Message:
    return Message(headers=tuple(("authentication-results", value) for value in values))


@pytest.mark.parametrize(
    ("stated", "failed"),
    [
        ("dmarc=fail (p=reject) header.from=acme.example; spf=pass smtp.mailfrom=x.example", "dmarc=fail"),
        ("spf=fail smtp.mailfrom=a.example; dkim=fail header.d=a.example", "spf=fail, dkim=fail"),
        ("spf=hardfail smtp.mailfrom=a.example; dkim=fail header.d=a.example", "spf=fail, dkim=fail"),
        ("spf=fail smtp.mailfrom=a.example; dkim=fail header.d=a.example; dmarc=pass header.from=a", None),
        ("spf=fail smtp.mailfrom=list.example; dkim=pass header.d=acme.example", None),
        ("spf=pass smtp.mailfrom=list.example; dkim=fail header.d=acme.example", None),
        ("spf=fail smtp.mailfrom=a.example; dkim=fail header.d=a; dkim=pass header.d=b", None),
        ("spf=softfail smtp.mailfrom=a.example; dkim=fail header.d=a.example", None),
        ("spf=fail smtp.mailfrom=a.example", None),
        ("dmarc=none header.from=a.example", None),
        ("dmarc=temperror header.from=a.example", None),
        ('dkim=pass reason="; dmarc=fail" header.d=a.example', None),
        ("none", None),
        ("", None),
    ],
)
def test_what_counts_as_failed(stated: str, failed: str | None) -> None:
    """DMARC decides; else SPF and DKIM both, since either alone fails on mail that was passed on."""
    assert failure(mail(f"{OURS}; {stated}"), OURS) == failed


def test_only_the_owners_server_is_believed() -> None:
    """What another server states, or a name that only begins alike, has no effect."""
    stated = "dmarc=fail header.from=acme.example"
    assert failure(mail(f"MX.Voorbeeld.example 1; {stated}"), OURS) == "dmarc=fail"
    assert failure(mail(f"mx.evil.example; {stated}"), OURS) is None
    assert failure(mail(f"{OURS}.evil.example; {stated}"), OURS) is None
    assert failure(mail(f"{OURS}; {stated}"), None) is None
    assert failure(Message(), OURS) is None


def test_only_the_topmost_of_the_owners_server_are_read() -> None:
    """Those right below it are of the same server's other programs; one further down came with the mail."""
    passing, failing = f"{OURS}; dmarc=pass header.from=a", f"{OURS}; dmarc=fail header.from=a"
    assert failure(mail("other.example; spf=none", failing), OURS) == "dmarc=fail"
    for values in ((passing, failing), (failing, passing)):
        assert failure(mail(*values), OURS) == "dmarc=fail"
    between = mail(f"{OURS}; spf=pass smtp.mailfrom=a", "other.example; none", failing)
    assert failure(between, OURS) is None
    filters = Message(
        headers=(
            ("dmarc-filter", "OpenDMARC"),
            ("authentication-results", f"{OURS}; spf=pass smtp.mailfrom=a"),
            ("dkim-filter", "OpenDKIM"),
            ("authentication-results", failing),
        )
    )
    assert failure(filters, OURS) == "dmarc=fail"


def received(results: bytes, sender: str = "jan@acme.example") -> Message:
    return parse_message(
        b"Authentication-Results: " + results + f"\r\nFrom: {sender}\r\n\r\nHello\r\n".encode()
    )


MANY = b"; ".join(
    b'dkim=fail reason="x" header.d=a%d.example header.s=s header.b=abcdefgh' % n for n in range(60)
)
FAILS = b"dmarc=fail header.from=acme.example"


@pytest.mark.parametrize(
    "results",
    [
        b"iprev=pass policy.iprev=2001:db8::25; " + FAILS,
        b"spf=fail smtp.mailfrom=a@[192.0.2.7]; " + FAILS,
        b"spf=none smtp.mailfrom=<>; " + FAILS,
        FAILS + b";",
        b"spf=fail smtp.mailfrom=j\xc3\xb6rg@acme.example; " + FAILS,
        b"spf=fail smtp.mailfrom=j\xf6rg@acme.example; " + FAILS,
        MANY + b"; " + FAILS,
        b"dmarc=fail (p=reject; dis=none) header.from=acme.example",
        b'spf=pass smtp.mailfrom="x; dmarc=pass"@evil.example; ' + FAILS,
        b"spf=fail smtp.mailfrom==?utf-8?Q?x=3B_dmarc=3Dpass?=@evil.example; dmarc = fail",
        b"spf=fail smtp.mailfrom=x\xcd\xbedmarc=pass@evil.example; DMARC=Fail",
        b"dkim/1=pass header.d=evil.example; dmarc/1 = fail",
    ],
)
def test_what_servers_write_is_read(results: bytes) -> None:
    """Whatever else a result says, and in whatever form: its method and what came of it."""
    assert failure(received(OURS.encode() + b"; " + results), OURS) == "dmarc=fail"


def test_no_word_of_a_sender_becomes_a_result() -> None:
    """Neither an encoded word nor what Unicode takes for a semicolon ends the value that it stands in."""
    for word in (
        b"=?utf-8?Q?x=3B_dmarc=3Dpass?=",
        b"=?utf-8?Q?x=22=3B_dmarc=3Dpass?=",
        b"x\xcd\xbe dmarc=pass ",
    ):
        message = received(OURS.encode() + b'; spf=fail smtp.mailfrom="' + word + b'"@acme.example')
        assert [(one.method, one.result) for one in stated_results(message, OURS) or ()] == [("spf", "fail")]
        assert not is_verified(message, OURS)


@pytest.mark.parametrize(
    "results",
    [b"(dmarc=pass", b'dmarc=pass reason="x', b"dmarc", b"dmarc=", b"=pass", b"dmarc:pass", b"x" * 40_000],
)
def test_what_cannot_be_read_is_no_pass(results: bytes) -> None:
    """A sender may have made it so."""
    message = received(OURS.encode() + b"; " + results)
    assert failure(message, OURS) == UNREADABLE
    assert failure(message, "mx.other.example") is None
    assert not is_verified(message, OURS)


MICROSOFTS = (
    "spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=acme.example; dkim=pass (signature was verified) "
    "header.d=acme.example;dmarc={} action=none header.from=acme.example;compauth=pass reason=100"
)


def test_microsofts_field_is_read_where_it_is_the_topmost() -> None:
    """It names no server. Below another it may have come with the mail, and in another form it is none."""
    passing, failing = MICROSOFTS.format("pass"), MICROSOFTS.format("fail")
    assert failure(received(failing.encode()), MICROSOFT) == "dmarc=fail"
    assert is_verified(received(passing.encode()), "Microsoft")
    assert stated_results(mail("mx.other.example; none", passing), MICROSOFT) == ()
    assert failure(mail(passing, failing), MICROSOFT) is None
    assert failure(mail(passing.replace(")", "")), MICROSOFT) == UNREADABLE
    assert failure(mail(failing), OURS) is None


@pytest.mark.parametrize(
    ("results", "name"),
    [
        (f"{OURS}; none", OURS),
        (f"{OURS}; spf=none", OURS),
        (f'"{OURS}" 1; spf=pass', OURS),
        (f"(c) {OURS.upper()} (d); spf=pass", OURS),
        (MICROSOFTS.format("pass"), MICROSOFT),
        (f"{OURS}; (", None),
        ("(", None),
        ("", None),
    ],
)
def test_only_a_name_that_can_match_is_advised(results: str, name: str | None) -> None:
    """What `account.authserv_id` would have to be for the topmost field to be believed."""
    assert named_server(mail(results)) == name


def test_verified_is_about_the_domain_in_from() -> None:
    """A pass for another domain says nothing of this sender."""
    assert is_verified(received(f"{OURS}; dmarc=pass header.from=acme.example".encode()), OURS)
    assert not is_verified(received(f"{OURS}; dmarc=pass header.from=evil.example".encode()), OURS)
    assert not is_verified(received(f"{OURS}; spf=pass smtp.mailfrom=acme.example".encode()), OURS)


def test_the_server_vouches_for_a_domain() -> None:
    """By any method that passed for that domain or one below it, and none that failed."""
    for results in ("dkim=pass header.d=lists.acme.example", "spf=pass smtp.mailfrom=x@acme.example"):
        message = received(f"{OURS}; {results}".encode())
        assert passes_for(message, OURS, "acme.example")
        assert not passes_for(message, OURS, "me.example")
        assert not passes_for(message, None, "acme.example")
        refuted = received(f"{OURS}; {results}; dmarc=fail header.from=x.example".encode())
        assert not passes_for(refuted, OURS, "acme.example")


@pytest.mark.parametrize(
    "value",
    [
        "(" * 4000,
        f"{OURS}; " + "(" * 60_000,
        f"{OURS}; dkim=pass (" + "\\(" * 30_000,
        f"{OURS}; " + "dkim=pass;" * 6_000,
        f'{OURS}; dkim=pass reason="' + '\\"' * 30_000,
        f"{OURS}; spf=\ud800",
        f"{OURS}; spf=pass " + "a." * 15_000,
        f'{OURS}; spf=pass x."' + 'y="' * 10_000,
        "spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=a.example; dkim=pass",
    ],
)
def test_a_hostile_header_verifies_nothing_and_costs_nothing(value: str) -> None:
    """However it is nested or quoted, and however long it is."""
    started_s = time.process_time()
    assert failure(mail(value), OURS) in (None, UNREADABLE)
    assert not is_verified(mail(value), OURS)
    assert time.process_time() - started_s < 0.5
