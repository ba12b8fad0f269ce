"""Where the demo's mails go, and how one is shown."""

from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path

import pytest

pytest.importorskip("aiosmtpd", reason="the demo's servers are not installed (its extra: demo)")
pytest.importorskip("pymap", reason="the demo's servers are not installed (its extra: demo)")

from delegator.demo.gallery import OutputInUse, as_page, check_output, write
from delegator.demo.letters import read_mail
from delegator.demo.servers import Submitted


def mail_with(html: str) -> EmailMessage:
    return read_mail(b"Content-Type: text/html; charset=utf-8\r\n\r\n" + html.encode())


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    """A folder that holds something else is refused, with a word on what to do; so is a file."""
    (tmp_path / "thesis.odt").write_text("mine")
    with pytest.raises(OutputInUse, match="--output"):
        check_output(tmp_path)
    with pytest.raises(OutputInUse, match="--output"):
        check_output(tmp_path / "thesis.odt")


def test_an_empty_an_absent_and_our_own_folder_are_fine(tmp_path: Path) -> None:
    """These are written to."""
    check_output(tmp_path)
    check_output(tmp_path / "new")
    write(tmp_path / "new", [])
    check_output(tmp_path / "new")


def test_a_second_demo_replaces_the_first(tmp_path: Path) -> None:
    """What an earlier demo left is gone; other files that lie there stay."""
    octets = (
        b"From: S <s@x.example>\r\nTo: A <anna@x.example>\r\nDate: Mon, 21 Dec 2026 08:05:00 +0100\r\n\r\nDag"
    )
    mail = Submitted("s@x.example", ("anna@x.example",), octets, 0.0)
    write(tmp_path, [mail, mail])
    (tmp_path / "notes.txt").write_text("mine")
    write(tmp_path, [mail])
    assert {path.name for path in tmp_path.iterdir()} == {"01-note-anna.eml", "index.html", "notes.txt"}
    assert (tmp_path / "01-note-anna.eml").read_bytes() == octets


def test_each_scheme_has_its_own_rules() -> None:
    """What a mail says for dark holds in the dark frame only, whatever the reader's own scheme is."""
    mail = mail_with("<style>@media (prefers-color-scheme: dark) { p { color: #fff } }</style><p>Dag")
    assert "@media all {" in as_page(mail, "dark")
    assert "@media not all {" in as_page(mail, "light")


def test_a_mail_without_html_is_shown_as_text() -> None:
    """Plain text is shown with its lines, and what looks like HTML in it is text."""
    mail = read_mail(b"Content-Type: text/plain\r\n\r\nDag <b>Sofie</b>\r\n")
    assert "Dag &lt;b&gt;Sofie&lt;/b&gt;" in as_page(mail, "light")
