"""Bring the catalogues up to date: what is said and not in them is added, to be translated; the rest goes.

    .venv/bin/python -m scripts.make_catalogues

A test says which messages still want a translation.
"""

from __future__ import annotations

from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from tests.test_catalogues import PACKAGE, messages_used

WIDTH = 0  # a message is one line, so that one change is one line of a difference


def bring_up_to_date(path: Path, used: set[str | tuple[str, ...]]) -> None:
    """Write a catalogue anew if it lacks a message, or has one too many."""
    with path.open("rb") as file:
        catalogue: Catalog = read_po(file, locale=path.parent.parent.name)
    known = {message.id for message in catalogue if message.id}
    if known == used:
        return
    for message in sorted(used - known, key=str):
        catalogue.add(message)
    for dropped in known - used:
        catalogue.delete(dropped)
    with path.open("wb") as file:
        write_po(file, catalogue, width=WIDTH, omit_header=False)


if __name__ == "__main__":
    for found in sorted(PACKAGE.glob("locale/*/LC_MESSAGES/delegator.po")):
        bring_up_to_date(found, messages_used())
