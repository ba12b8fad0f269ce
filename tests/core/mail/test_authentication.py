import time

import pytest

from delegator.core.mail.authentication import failure, is_verified, stated_results
from delegator.core.mail.message import Message

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


def test_only_the_topmost_of_the_owners_server_is_read() -> None:
    """One below it came with the mail."""
    passing, failing = f"{OURS}; dmarc=pass header.from=a", f"{OURS}; dmarc=fail header.from=a"
    assert failure(mail("other.example; spf=none", failing, passing), OURS) == "dmarc=fail"
    assert failure(mail(passing, failing), OURS) is None
    assert is_verified(mail(passing, failing), OURS)
    assert not is_verified(mail(failing, passing), OURS)


@pytest.mark.parametrize(
    "value",
    [
        "(" * 4000,
        f"{OURS}; " + "(" * 60_000,
        f"{OURS}; dkim=pass (" + "\\(" * 30_000,
        f"{OURS}; " + "dkim=pass;" * 6_000,
        f'{OURS}; dkim=pass reason="' + '\\"' * 30_000,
        f"{OURS}; spf=\ud800",
        "spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=a.example; dkim=pass",
    ],
)
def test_a_hostile_header_states_nothing_and_costs_nothing(value: str) -> None:
    """The parser raises RecursionError on parentheses; nothing of that comes out."""
    started_s = time.process_time()
    assert stated_results(mail(value), OURS) == ()
    assert time.process_time() - started_s < 0.5
