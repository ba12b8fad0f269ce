"""Mail in files: what counts as one message, under which name, and how much of it is kept."""

from __future__ import annotations

import mailbox
import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delegator.adapters.files import FileMessage, read_paths
from delegator.core.mail.arrival import message_of_file

MAIL = b"From: jan@acme.example\r\nSubject: Order\r\n\r\nHello\r\n"
SEPARATOR = b"From jan@acme.example Sat Dec 19 09:12:00 2026\n"


def read(*paths: Path, limit: int = 1 << 20) -> tuple[list[FileMessage], list[str]]:
    problems: list[str] = []
    return list(read_paths(paths, limit, problems.append)), problems


def write(path: Path, octets: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(octets)
    return path


def test_one_mail_is_its_octets(tmp_path: Path) -> None:
    """A file with one mail gives exactly its octets, under its path."""
    path = write(tmp_path / "a.eml", MAIL)
    assert read(path) == ([FileMessage(str(path), MAIL, len(MAIL))], [])


def test_only_the_first_octets_are_kept(tmp_path: Path) -> None:
    """The first octets of a long mail are kept, and its whole size is known."""
    path = write(tmp_path / "a.eml", MAIL + b"x" * 200_000)
    [message], _ = read(path, limit=100)
    assert len(message.octets) == 100
    assert message.size_octets == len(MAIL) + 200_000


@pytest.mark.parametrize("octets", [b"", b"\xff\xd8\xff\xe0JFIF", b"From nobody in particular\n"])
def test_a_file_that_is_no_mail_is_read_all_the_same(tmp_path: Path, octets: bytes) -> None:
    """Whatever a named file holds is one message: it becomes an item, never an error."""
    path = write(tmp_path / "photo.jpg", octets)
    assert read(path) == ([FileMessage(str(path), octets, len(octets) + octets.count(b"\n"))], [])


def test_an_eml_with_a_separator_is_one_mail(tmp_path: Path) -> None:
    """An .eml saved out of an mbox is one mail, without the line that stood before it."""
    path = write(tmp_path / "a.eml", SEPARATOR + MAIL + b"\n" + SEPARATOR + b"quoted\n")
    [message], _ = read(path)
    assert message.source == str(path)
    assert message.octets.startswith(b"From: jan@")


def test_an_mbox_is_split_whatever_its_name(tmp_path: Path) -> None:
    """An mbox is known by its first line; its messages are path:1, path:2."""
    path = write(tmp_path / "Archive", SEPARATOR + MAIL + b"\n" + SEPARATOR + b"Subject: two\n\nText\n\n")
    messages, _ = read(path)
    assert [message.source for message in messages] == [f"{path}:1", f"{path}:2"]
    assert messages[0].octets == MAIL
    assert messages[1].octets == b"Subject: two\n\nText\n"


def test_a_sentence_that_begins_with_from_splits_nothing(tmp_path: Path) -> None:
    """A line "From …" separates only after an empty line and only with a date in it."""
    text = b"Subject: a\n\nhello\n" + SEPARATOR + b"\nFrom now on we meet on Mondays.\n"
    [message], _ = read(write(tmp_path / "mbox", SEPARATOR + text + b"\n"))
    assert message.octets == text


def test_quoted_separators_are_unquoted(tmp_path: Path) -> None:
    """>From at the start of a line loses one >, as mboxrd wrote it."""
    path = write(tmp_path / "mbox", SEPARATOR + b"Subject: a\n\n>From here\n>>From there\n> From me\n\n")
    [message], _ = read(path)
    assert message.octets == b"Subject: a\n\nFrom here\n>From there\n> From me\n"


def test_a_bare_separator_counts(tmp_path: Path) -> None:
    """Thunderbird writes separators without address and date."""
    messages, _ = read(write(tmp_path / "Inbox", b"From \r\n" + MAIL + b"\r\nFrom \r\n" + MAIL))
    assert [message.octets for message in messages] == [MAIL, MAIL]


def test_an_mbox_is_streamed(tmp_path: Path) -> None:
    """The first octets of each message in an mbox are kept, with the size of the whole."""
    body = b"Subject: a\n\n" + b"x" * 300_000 + b"\n"
    messages, _ = read(write(tmp_path / "mbox", (SEPARATOR + body + b"\n") * 3), limit=50)
    size_octets = len(body) + 2  # as a server counts the line ends in what is kept
    assert [(len(message.octets), message.size_octets) for message in messages] == [(50, size_octets)] * 3


@pytest.mark.parametrize("name", ["a.eml", "mbox"])
@pytest.mark.parametrize("line_end", [b"\r\n", b"\n"])
def test_of_an_attachment_the_beginning_is_kept(tmp_path: Path, name: str, line_end: bytes) -> None:
    """Also where each line is escaped; and what comes after it is there."""
    part = b"--b\n%b\n\n" + b">From QUJD\n" * 200_000 + b"--b\nContent-Type: text/plain\n\nDag Sofie\n"
    mail = b"Content-Type: multipart/mixed; boundary=b\n\n" + part % b"Content-Type: image/png" + b"--b--\n"
    octets = (mail if name == "a.eml" else SEPARATOR + mail).replace(b"\n", line_end)
    [message], _ = read(write(tmp_path / name, octets), limit=1 << 24)
    whole = mail if name == "a.eml" else mail.replace(b">From", b"From")
    assert message.is_abridged
    assert len(message.octets) < 250_000
    assert message.size_octets == len(whole) + whole.count(b"\n")
    assert message_of_file(message.octets, message.size_octets, is_abridged=True).text == "Dag Sofie"


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.lists(
            st.sampled_from([b"", b"From x Sat Dec 19 09:12:00 2026", b">From me", b"From me", b"text"]),
            max_size=6,
        ).map(lambda lines: b"Subject: a\n\n" + b"".join(line + b"\n" for line in lines)),
        min_size=1,
        max_size=4,
    )
)
def test_what_is_written_as_mboxrd_is_read_back(bodies: list[bytes]) -> None:
    """Any mails written as mboxrd come back octet for octet, in order."""
    with tempfile.TemporaryDirectory() as folder:
        escaped = [re.sub(rb"(?m)^(>*From )", rb">\1", body) for body in bodies]
        path = write(Path(folder) / "mbox", b"".join(SEPARATOR + body + b"\n" for body in escaped))
        messages, problems = read(path)
    assert [message.octets for message in messages] == bodies
    assert not problems


def test_a_maildir_is_cur_and_new(tmp_path: Path) -> None:
    """A Maildir's mails are those in cur and new; tmp and the mailboxes inside it are not looked at."""
    maildir = mailbox.Maildir(str(tmp_path / "Maildir"))
    maildir.add(MAIL)
    maildir.add_folder("Sent").add(MAIL)
    write(tmp_path / "Maildir/cur/1.x:2,S", MAIL)
    write(tmp_path / "Maildir/tmp/2.x", MAIL)
    messages, problems = read(tmp_path / "Maildir")
    assert [Path(message.source).parent.name for message in messages] == ["cur", "new"]
    assert not problems


def test_a_folder_is_read_to_the_bottom(tmp_path: Path) -> None:
    """A folder gives its .eml files, mboxes and Maildirs at any depth, in the order of their names."""
    write(tmp_path / "b/2.EML", MAIL)
    write(tmp_path / "b/readme.txt", b"no mail")
    write(tmp_path / "a/1.eml", MAIL)
    write(tmp_path / "c", SEPARATOR + MAIL)
    write(tmp_path / "d/.Work/cur/x", MAIL)
    (tmp_path / "d/.Work/new").mkdir()
    (tmp_path / "loop").symlink_to(tmp_path)
    messages, problems = read(tmp_path)
    found = [message.source.removeprefix(f"{tmp_path}/") for message in messages]
    assert found == ["a/1.eml", "b/2.EML", "c:1", "d/.Work/cur/x"]
    assert not problems


def test_what_cannot_be_read_is_told_and_passed_over(tmp_path: Path) -> None:
    """A missing path and a folder without mail are told in a sentence each; the rest is read."""
    empty, missing = tmp_path / "empty", tmp_path / "missing.eml"
    empty.mkdir()
    messages, problems = read(missing, empty, write(tmp_path / "a.eml", MAIL))
    assert len(messages) == 1
    assert problems == [
        f"{missing}: cannot be read (No such file or directory)",
        f"{empty}: no mail in this folder (looked for .eml files, mboxes and Maildirs)",
    ]
