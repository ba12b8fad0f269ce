"""A secret from the desktop's keyring: what is there, and what is said where nothing is."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import keyring
import keyring.backends.fail
import keyring.errors
import pytest

from delegator.config.installed import install_command
from delegator.config.model import SecretSource
from delegator.config.secrets import SecretError, read_secret


def read(folder: Path, name: str) -> str:
    return read_secret(SecretSource("keyring", name, 4, 13), config_dir=folder)


def holds(monkeypatch: pytest.MonkeyPatch, found: str | Exception | None) -> list[tuple[str, str]]:
    """A desktop's keyring with one entry; what is asked of it."""
    asked: list[tuple[str, str]] = []

    def get_password(service: str, username: str) -> str | None:
        asked.append((service, username))
        if isinstance(found, Exception):
            raise found
        return found

    monkeypatch.setattr(keyring, "get_password", get_password)
    return asked


def test_an_entry_of_the_keyring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As `keyring set delegator mail` made it."""
    asked = holds(monkeypatch, "hunter2")
    assert read(tmp_path, "mail") == "hunter2"
    assert asked == [("delegator", "mail")]


@pytest.mark.parametrize(
    ("found", "says"),
    [
        (None, "is not in the keyring; put it there with `keyring set delegator NAME`"),
        (keyring.errors.KeyringLocked("hunter2"), "the keyring is locked; unlock it"),
        (keyring.errors.KeyringError("hunter2"), "cannot be read (KeyringError); use {credential: NAME}"),
        ("", "the entry of the keyring named here is empty"),
    ],
)
def test_a_keyring_that_gives_nothing_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, found: str | Exception | None, says: str
) -> None:
    holds(monkeypatch, found)
    with pytest.raises(SecretError) as caught:
        read(tmp_path, "hunter2")
    assert says in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_a_server_has_none(tmp_path: Path) -> None:
    """By the library's own word, as it has it where there is no desktop."""
    before = keyring.get_keyring()
    none: Any = keyring.backends.fail.Keyring
    keyring.set_keyring(none())
    try:
        with pytest.raises(SecretError, match="this user has no keyring; a server usually has none"):
            read(tmp_path, "mail")
    finally:
        keyring.set_keyring(before)


def test_without_the_library_it_says_how_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(SecretError, match=re.escape(install_command("keyring"))):
        read(tmp_path, "mail")
