"""Files that hold mail: for their owner alone, and never by way of a link or over something else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from delegator.adapters.written import MAIL, write_private

OLD, NEW = b"From: x@y.example\r\n\r\nold", b"From: x@y.example\r\n\r\nnew"


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("before", [None, b"", OLD], ids=["new", "empty", "a mail"])
def test_its_owner_alone_may_read_it(tmp_path: Path, before: bytes | None) -> None:
    """Whatever the umask, and whoever could read the one before; nothing else is left."""
    path = tmp_path / "next.eml"
    if before is not None:
        path.write_bytes(before)
        path.chmod(0o644)
    umask = os.umask(0)
    try:
        write_private(path, NEW, MAIL)
    finally:
        os.umask(umask)
    assert path.read_bytes() == NEW
    assert path.stat().st_mode & 0o777 == 0o600
    assert left(tmp_path) == ["next.eml"]


@pytest.mark.parametrize("target", ["rules.yaml", "another.eml", "missing"])
def test_no_link_is_followed(tmp_path: Path, target: str) -> None:
    """Neither to something else, nor to a mail, nor to what is not there yet."""
    (tmp_path / "another.eml").write_bytes(OLD)
    (tmp_path / "rules.yaml").write_text("version: 1\n")
    path = tmp_path / "next.eml"
    path.symlink_to(tmp_path / target)
    before = left(tmp_path)
    with pytest.raises(OSError, match="it is a link; name a file"):
        write_private(path, NEW, MAIL)
    assert left(tmp_path) == before
    assert (tmp_path / "another.eml").read_bytes() == OLD


def test_nothing_of_another_kind_is_overwritten(tmp_path: Path) -> None:
    """Neither rules.yaml, by a slip of the hand, nor a pipe, which would wait for ever."""
    rules, pipe = tmp_path / "rules.yaml", tmp_path / "pipe"
    rules.write_text("version: 1\n")
    os.mkfifo(pipe)
    for path, said in (
        (rules, "it holds something else"),
        (pipe, "not an ordinary file"),
        (tmp_path, "ordinary"),
    ):
        with pytest.raises(OSError, match=said):
            write_private(path, NEW, MAIL)
    assert rules.read_text() == "version: 1\n"
    with pytest.raises(OSError, match="it holds something else"):
        write_private(rules, NEW)
    assert left(tmp_path) == ["pipe", "rules.yaml"]
