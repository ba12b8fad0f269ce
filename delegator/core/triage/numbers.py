"""Numbers by text, in some 30 octets each, where a dict and its keys take two hundred: for Message-IDs."""

from __future__ import annotations

from array import array

_FIRST_SLOTS = 1024


class Numbers:
    """Gives each text the number that it was given first.

    Of a text its hash is kept: 64 bits, keyed anew in each process. Of a hundred thousand texts, two have the
    same one in one of four thousand million processes.
    """

    def __init__(self) -> None:
        self._hashes, self._numbers = _slots(_FIRST_SLOTS)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def get(self, text: str) -> int | None:
        """Its number, or None."""
        key = hash(text) or 1
        at = self._slot(key)
        return self._numbers[at] if self._hashes[at] else None

    def setdefault(self, text: str, number: int) -> None:
        """Give it a number, unless it has one."""
        key = hash(text) or 1
        at = self._slot(key)
        if self._hashes[at]:
            return
        self._hashes[at], self._numbers[at] = key, number
        self._count += 1
        if 2 * self._count > len(self._hashes):
            self._grow()

    def _slot(self, key: int) -> int:
        """Where it is, or the empty slot where it belongs. At most half of the slots are taken."""
        hashes, last = self._hashes, len(self._hashes) - 1
        at = key & last
        while hashes[at] not in (0, key):
            at = (at + 1) & last
        return at

    def _grow(self) -> None:
        old = zip(self._hashes, self._numbers, strict=True)
        self._hashes, self._numbers = _slots(2 * len(self._hashes))
        for key, number in old:
            if key:
                at = self._slot(key)
                self._hashes[at], self._numbers[at] = key, number


def _slots(count: int) -> tuple[array[int], array[int]]:
    return array("q", bytes(8 * count)), array("I", bytes(array("I").itemsize * count))
