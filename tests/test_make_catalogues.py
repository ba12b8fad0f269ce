"""`make generated` keeps the catalogues: what is new is added, what is translated stays."""

from __future__ import annotations

from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from scripts.make_catalogues import bring_up_to_date
from tests.test_catalogues import PACKAGE, messages_used


def test_a_catalogue_gets_what_it_lacks(tmp_path: Path) -> None:
    """A new message wants a translation, one that is not said goes, and the others stay as they are."""
    shipped = PACKAGE / "locale" / "nl" / "LC_MESSAGES" / "delegator.po"
    path = tmp_path / "nl" / "LC_MESSAGES" / "delegator.po"
    path.parent.mkdir(parents=True)
    path.write_bytes(shipped.read_bytes())
    bring_up_to_date(path, messages_used())
    assert path.read_bytes() == shipped.read_bytes()
    used = {*messages_used(), "New %(what)s", ("%(n)s new", "%(n)s new ones")} - {"All is well."}
    bring_up_to_date(path, used)
    before, after = translations(shipped), translations(path)
    assert after.keys() == used
    assert after.pop("New %(what)s") == ""
    assert after.pop(("%(n)s new", "%(n)s new ones")) == ("", "")
    assert after == {message: said for message, said in before.items() if message != "All is well."}


def translations(path: Path) -> dict[object, object]:
    with path.open("rb") as file:
        catalogue: Catalog = read_po(file, locale="nl")
    return {message.id: message.string for message in catalogue if message.id}
