"""Octets in pieces are the same octets."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delegator.core import octets as module
from delegator.core.octets import Base64, Octets, Slice, chunks_of, holds

LINES = st.lists(st.sampled_from([b"a", b"\r\n", b"\n", b"."]), max_size=40).map(b"".join)
SOME = st.binary(max_size=60) | LINES


@st.composite
def slices(draw: st.DrawFn) -> Slice:
    octets = draw(SOME)
    begin = draw(st.integers(0, len(octets)))
    return Slice(octets, begin, draw(st.integers(begin, len(octets))))


@given(st.lists(SOME | slices() | slices().map(Base64), max_size=5), st.integers(1, 7))
def test_pieces_together_are_what_they_say(pieces: list[bytes | Slice | Base64], most: int) -> None:
    """Length, ASCII, beginning and whole, whatever the size of a chunk."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "CHUNK_OCTETS", most)
        octets = Octets(tuple(pieces))
        whole = octets.whole()
        assert len(octets) == len(whole)
        assert octets.isascii() == whole.isascii()
        assert b"".join(chunks_of(octets)) == b"".join(chunks_of(whole)) == whole
        assert octets.head(most) == whole[:most]
        assert octets.is_sealed()


@given(slices(), st.integers(1, 7))
def test_a_slice_is_what_it_says(piece: Slice, most: int) -> None:
    whole = piece.mail[piece.begin : piece.end]
    assert len(piece) == len(whole)
    lines = list(piece.lines(most))
    assert b"".join(lines) == b"".join(piece.chunks(most)) == whole
    assert all(line.endswith(b"\n") or b"\n" not in line for line in lines[:-1])


@given(slices(), st.binary(min_size=1, max_size=3), st.integers(1, 7))
def test_what_is_looked_for_may_lie_across_two_chunks(piece: Slice, needle: bytes, most: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "CHUNK_OCTETS", most)
        assert piece.holds(needle) == (needle in piece.mail[piece.begin : piece.end])


@pytest.mark.parametrize("size", [0, 1, 56, 57, 58, 57 * 4096, 57 * 4096 + 1, 57 * 9000])
def test_base64_is_the_standard_librarys(size: int) -> None:
    octets = bytes(range(256)) * (size // 256 + 1)
    made = Base64(Slice(octets, 0, size))
    whole = b"".join(made.chunks())
    assert whole == base64.encodebytes(octets[:size]).replace(b"\n", b"\r\n").removesuffix(b"\r\n")
    assert len(made) == len(whole)
    assert holds(made, whole[80:90]) == bool(whole)
    assert not holds(made, b"no base64!")


def test_what_could_change_is_not_sealed() -> None:
    """The gate looks at the header first, and sends later."""

    class Changing(bytes):
        pass

    assert Octets((b"a", Slice(b"a", 0, 1), Base64(Slice(b"a", 0, 1)))).is_sealed()
    slice_ = Slice(Changing(b"a"), 0, 1)
    # What the types forbid, and a caller without them may do.
    for piece in (bytearray(b"a"), Changing(b"a"), slice_, Base64(slice_)):
        assert not Octets((piece,)).is_sealed()  # type: ignore[arg-type]
    assert not Octets([b"a"]).is_sealed()  # type: ignore[arg-type]
