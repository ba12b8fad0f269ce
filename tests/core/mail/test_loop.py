import re

from delegator.core.compose import LOOP_HEADER as COMPOSED_LOOP_HEADER
from delegator.core.mail.loop import LOOP_HEADER, is_foreign_loop, is_our_loop, loop_value
from delegator.core.mail.message import Message

KEY = b"k" * 32


def mail(*values: str) -> Message:
    return Message(headers=tuple((LOOP_HEADER.lower(), value) for value in values))


def test_a_mail_of_ours_is_known_by_its_value_alone() -> None:
    """Some servers give a mail that passes another Message-ID."""
    message = mail(loop_value(KEY, "<1@voorbeeld.example>"))
    assert is_our_loop(KEY, message)
    assert not is_foreign_loop(KEY, message)


def test_a_value_of_another_key_is_another_delegators() -> None:
    """Two delegators that name each other notice it at the second mail."""
    message = mail(loop_value(b"other", "<1@voorbeeld.example>"))
    assert not is_our_loop(KEY, message)
    assert is_foreign_loop(KEY, message)
    assert not is_foreign_loop(KEY, mail("yes", "0123"))
    assert not is_foreign_loop(KEY, Message())


def test_without_a_key_nothing_is_ours() -> None:
    """A dry run over files has no key; a value made with an empty one must not pass for ours."""
    assert not is_our_loop(b"", mail(loop_value(b"", "<1@voorbeeld.example>")))


def test_the_value_is_stable_and_names_nothing() -> None:
    """The same mail composed anew carries the same value, of hexadecimal digits only."""
    value = loop_value(KEY, "<1@voorbeeld.example>")
    assert value == loop_value(KEY, "<1@voorbeeld.example>")
    assert re.fullmatch("[0-9a-f]{16}-[0-9a-f]{32}", value)


def test_what_is_written_is_what_is_looked_for() -> None:
    """The composer's header and the guard's are one."""
    assert LOOP_HEADER == COMPOSED_LOOP_HEADER
