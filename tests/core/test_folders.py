"""The names of our folders stand in one place, and are a contract: owners move mail into them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import delegator
from delegator.core import folders


def test_the_names_are_a_contract() -> None:
    """Phones and habits know them: they never change."""
    names = (folders.ROOT, folders.FORWARDED, folders.TO_DO, folders.DONE, folders.in_tray("anna"))
    assert names == (
        "Delegator",
        "Delegator/Forwarded",
        "Delegator/To-do",
        "Delegator/Done",
        "Delegator/Forward/anna",
    )


@pytest.mark.parametrize(
    ("mailbox", "expected"),
    [
        ("Delegator", True),
        ("Delegator/Done", True),
        ("Delegators", False),
        ("INBOX", False),
        ("delegator", False),
    ],
)
def test_what_is_ours(mailbox: str, expected: bool) -> None:
    """The root and all below it, and nothing that only begins alike."""
    assert folders.is_ours(mailbox) == expected


def test_no_other_module_writes_a_name() -> None:
    """What is written twice is changed once."""
    package = Path(delegator.__file__).parent
    written = re.compile(r"""["'%]Delegator(?:/(?:Forward|Forwarded|To-do|Done|%))?["'%]""")
    found = [str(path) for path in package.rglob("*.py") if written.search(path.read_text("utf-8"))]
    assert [path for path in found if not path.endswith(("core/folders.py", "ports/mail.py"))] == []
