from __future__ import annotations

import os
from pathlib import Path

import pytest

from delegator.config.model import SecretSource
from delegator.config.secrets import SecretError, read_secret


def in_file(folder: Path, octets: bytes, mode: int = 0o600) -> SecretSource:
    (folder / "secret").write_bytes(octets)
    (folder / "secret").chmod(mode)
    return SecretSource("file", "secret", 4, 13)


@pytest.mark.parametrize("octets", [b"hunter2", b"hunter2\n", b"hunter2\r\n"])
def test_the_line_end_is_no_part_of_a_secret(tmp_path: Path, octets: bytes) -> None:
    assert read_secret(in_file(tmp_path, octets), config_dir=tmp_path) == "hunter2"


def test_white_space_and_any_letters_are(tmp_path: Path) -> None:
    assert read_secret(in_file(tmp_path, " pâss word ".encode()), config_dir=tmp_path) == " pâss word "


def test_a_credential_comes_from_systemds_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever its rights: systemd guards that folder."""
    in_file(tmp_path, b"hunter2", mode=0o640)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert read_secret(SecretSource("credential", "secret", 1, 1), config_dir=Path("/none")) == "hunter2"


def test_an_environment_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DELEGATOR_TEST_SECRET", "hunter2")
    assert read_secret(SecretSource("env", "DELEGATOR_TEST_SECRET", 1, 1), config_dir=tmp_path) == "hunter2"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o606, 0o620])
def test_a_file_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    with pytest.raises(SecretError) as caught:
        read_secret(in_file(tmp_path, b"hunter2", mode), config_dir=tmp_path)
    assert str(caught.value) == (
        "configuration, line 4, column 13: the file named here may be read or written by other users; "
        "run chmod 600 on it"
    )


@pytest.mark.parametrize(
    ("octets", "what"),
    [
        (b"", "is empty"),
        (b"\n", "is empty"),
        (b"hunter2\nhunter2", "holds more than one line"),
        (b"hunter2\r\nA1 LOGOUT\n", "holds more than one line"),
        (b"hunter2\xff", "is not UTF-8"),
        (b"x" * 20_000, "is larger than 16,384 octets"),
    ],
)
def test_what_cannot_be_a_secret_is_refused(tmp_path: Path, octets: bytes, what: str) -> None:
    """Without a word of it in the message."""
    with pytest.raises(SecretError) as caught:
        read_secret(in_file(tmp_path, octets), config_dir=tmp_path)
    assert what in str(caught.value)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("kind", ["credential", "env", "file"])
def test_what_is_not_there_is_never_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    """People write the secret itself where its name belongs."""
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    with pytest.raises(SecretError) as caught:
        read_secret(SecretSource(kind, "hunter2", 4, 13), config_dir=tmp_path)  # type: ignore[arg-type]
    assert str(caught.value).startswith("configuration, line 4, column 13: the ")
    assert "hunter2" not in str(caught.value)


def test_without_systemd_a_credential_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    with pytest.raises(SecretError, match="systemd has passed no credentials; start it as a service"):
        read_secret(SecretSource("credential", "secret", 1, 1), config_dir=tmp_path)


def test_a_pipe_is_refused_at_once(tmp_path: Path) -> None:
    """Nobody waits for the other end of a FIFO."""
    os.mkfifo(tmp_path / "secret", 0o600)
    with pytest.raises(SecretError, match="is not an ordinary file"):
        read_secret(SecretSource("file", "secret", 1, 1), config_dir=tmp_path)
