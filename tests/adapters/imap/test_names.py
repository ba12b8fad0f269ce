"""What an IMAP server calls mailboxes and messages, for every name and every number."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from delegator.adapters.imap.names import logical_name, server_name, uid_sets
from delegator.ports import ServerFacts

FACTS = st.builds(
    ServerFacts,
    can_idle=st.just(True),
    can_move=st.just(True),
    delimiter=st.sampled_from("/.\\^"),
    prefix=st.sampled_from(["", "INBOX.", "INBOX/", "Persönlich/"]),
)
NAMES = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1).filter(
    lambda name: name.upper() != "INBOX"
)


@given(mailbox=NAMES, facts=FACTS)
@settings(max_examples=130, deadline=None)
def test_names_come_back(mailbox: str, facts: ServerFacts) -> None:
    """The logical name of what the server calls a mailbox is the name that we called it by."""
    name = server_name(mailbox, facts)
    assert logical_name(name, facts) == mailbox
    assert b"\r" not in name
    assert b"\n" not in name


@given(name=st.binary(max_size=40), facts=FACTS)
@settings(max_examples=130, deadline=None)
def test_any_name_is_read(name: bytes, facts: ServerFacts) -> None:
    """Whatever a server calls a mailbox has a logical name or none, and never raises."""
    logical = logical_name(name, facts)
    assert logical is None or logical.encode()


@given(st.lists(st.integers(1, 5000)))
@settings(max_examples=80, deadline=None)
def test_uid_sets(uids: list[int]) -> None:
    """The sequence sets of some UIDs name just these, and each fits in a command line."""
    named: list[int] = []
    for uid_set in uid_sets(uids):
        assert len(uid_set) < 8000
        for part in uid_set.split(","):
            first, _, last = part.partition(":")
            named += range(int(first), int(last or first) + 1)
    assert named == sorted(set(uids))
