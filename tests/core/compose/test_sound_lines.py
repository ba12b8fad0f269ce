"""What may travel as it is: no CR or LF alone, no NUL, no line over 998 octets (RFC 2045 section 2.7)."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from delegator.core.compose.mail import MAX_LINE_OCTETS, has_sound_lines
from delegator.core.octets import Slice, has_bare_breaks

LONG = b"a" * MAX_LINE_OCTETS
PIECES = st.sampled_from([b"a", b"\r\n", b"\r\n", b"\n", b"\r", b"\0", LONG[1:], LONG, LONG + b"a"])


@given(st.lists(PIECES, max_size=8).map(b"".join))
@example(LONG + b"\r\n" + LONG + b"\r\n" + LONG)
@example(LONG + b"\r\na" + LONG)
@example(b"a" + LONG + b"\r\n")
def test_lines_are_sound_or_not(octets: bytes) -> None:
    """As whoever takes all lines apart would say."""
    lines = octets.split(b"\r\n")
    has_bare = any(b"\r" in line or b"\n" in line for line in lines)
    assert has_bare_breaks(octets) == has_bare
    is_sound = not has_bare and b"\0" not in octets and max(map(len, lines)) <= MAX_LINE_OCTETS
    assert (
        has_sound_lines(octets)
        == has_sound_lines(Slice(b"a" + octets + b"a", 1, len(octets) + 1))
        == is_sound
    )


@pytest.mark.parametrize("octets", [b"", b"\r\n", b"Dag\r\n", b"Dag"])
def test_nothing_and_half_a_line_are_sound(octets: bytes) -> None:
    assert has_sound_lines(octets)
