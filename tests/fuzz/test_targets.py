"""What is fuzzed holds of the mails that once broke it, and of mails that are mangled by a seed."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from time import process_time

import pytest

from tests.fuzz.run import first_mails
from tests.fuzz.targets import TARGETS
from tests.fuzz.words import PIECES
from tests.torture import SEED, so_many

Record = Callable[[str, object], None]
FOUND = sorted((Path(__file__).parent / "found").glob("*.txt"))
MOST_S = 5.0
"""For 100 kB of the same, on a machine that does other things: the slowest takes a fifth of it alone."""


def mangled(octets: bytes, chance: random.Random) -> bytes:
    """A mail with a few pieces put in or cut out, most of them in its header."""
    for _ in range(chance.randint(1, 6)):
        end = octets.find(b"\r\n\r\n") if chance.random() < 0.6 else len(octets)
        at = chance.randrange(max(1, end))
        cut = chance.randrange(40) if chance.random() < 0.4 else 0
        octets = octets[:at] + chance.choice(PIECES) + octets[at + cut :]
    return octets


@pytest.mark.parametrize("path", FOUND, ids=lambda path: path.stem)
def test_what_once_broke_it(path: Path) -> None:
    """Its name begins with the target's."""
    TARGETS[path.stem.partition("-")[0]](path.read_bytes())


@pytest.mark.torture
@pytest.mark.parametrize("name", TARGETS)
def test_mangled_mails(name: str, record_property: Record) -> None:
    """Every target holds of mails with pieces of other mails in them."""
    chance = random.Random(f"{SEED} {name}")
    mails = first_mails(name)
    count = so_many(20, 4000)
    for _ in range(count):
        octets = mangled(chance.choice(mails), chance)
        try:
            TARGETS[name](octets)
        except Exception as error:
            raise AssertionError(f"{name} with seed {SEED}: {octets!r}") from error
    record_property("torture", f"mangled mails through {name}: {count}")


@pytest.mark.torture
@pytest.mark.parametrize("name", TARGETS)
def test_no_mail_takes_long(name: str, record_property: Record) -> None:
    """100 kB of any one thing, in the header and in the text."""
    chance = random.Random(f"{SEED} {name}")
    pieces = chance.sample(PIECES, so_many(2, len(PIECES)))
    longest = 0.0
    for piece in pieces:
        repeated = piece * (100_000 // len(piece))
        for octets in (b"Subject: " + repeated, b"From: a@b.example\r\n\r\n" + repeated):
            started = process_time()
            TARGETS[name](octets)
            longest = max(longest, process_time() - started)
            assert longest < MOST_S, (piece, longest)
    record_property("torture", f"long mails through {name}: {2 * len(pieces)}")
