"""The demo, played once: the real service in a process of its own, killed and started again."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import pytest

pytest.importorskip("pymap", reason="the demo's servers are not installed (its extra: demo)")
pytest.importorskip("aiosmtpd", reason="the demo's servers are not installed (its extra: demo)")

from rich.console import Console

from delegator.demo.events import KRIS
from delegator.demo.letters import header, plain_text, read_mail
from delegator.demo.screen import Screen
from delegator.demo.stage import BACKUPS, run_demo
from delegator.demo.story import CLAIRE, EMMA, JAN, OWNER


@dataclass(frozen=True, slots=True)
class Played:
    """What a demo left: exit code, what the screen said, and its folder."""

    code: int
    text: str
    folder: Path

    @property
    def mails(self) -> list[bytes]:
        return [path.read_bytes() for path in sorted(self.folder.glob("*.eml"))]


def screen(width: int) -> tuple[Screen, io.StringIO]:
    output = io.StringIO()
    return Screen(Console(file=output, width=width, highlight=False, markup=False, emoji=False)), output


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    folder = tmp_path_factory.mktemp("demo") / "holiday"
    shown, output = screen(80)
    return Played(run_demo(folder, shown), output.getvalue(), folder)


def test_the_demo_ends_well(played: Played) -> None:
    """It exits 0 and says that nobody was answered by a machine."""
    assert played.code == 0, played.text
    assert "0 auto-replies" in played.text


def test_the_sum_on_the_screen_adds_up(played: Played) -> None:
    """received = forwarded + in reviews + private + ignored + own, each of them at least one."""
    kinds_named = r"(\d+) forwarded \+ (\d+) in reviews \+ (\d+) private \+ (\d+) ignored \+ (\d+) own"
    found = re.search(rf"(\d+) received = {kinds_named}", played.text)
    assert found, played.text
    received, *kinds = map(int, found.groups())
    assert received == sum(kinds)
    assert all(kinds)


def test_what_the_kill_cut_off_arrives_once(played: Played) -> None:
    """The mail on its way when the service was killed is forwarded after the restart, and once."""
    assert "killed (SIGKILL)" in played.text
    copies = [mail for mail in played.mails if header(mail, "In-Reply-To") == EMMA.message_id]
    assert len(copies) == 1


def test_what_was_open_is_handed_over_by_a_tap(played: Played) -> None:
    """A mail of before the absence goes to Anna the evening before, once, and only because of the tap."""
    copies = [mail for mail in played.mails if header(mail, "In-Reply-To") == KRIS.message_id]
    assert [header(mail, "Date") for mail in copies] == ["Sun, 20 Dec 2026 18:12:00 +0100"]


def test_it_comes_home_and_leaves_again(played: Played) -> None:
    """The flight list, the homecoming with its to-dos, a sum that is the demo's own, and the next absence."""
    heads = ["Departure mail: ", "Flight list: ", "Homecoming mail: ", "Answer: Je afwezigheid is gepland"]
    places = [played.text.index(head) for head in heads]
    assert places == sorted(places)
    home = played.text[places[2] :]
    assert "1. Stand op de beurs van maart\n" in home
    received = re.search(r"(\d+) received", played.text)
    assert received
    assert f"{received[1]} · in totaal: het klopt met je mailbox\n" in home
    assert "the homecoming mail counts the same" in home


def test_every_mail_is_kept_and_names_only_colleagues_and_the_owner(played: Played) -> None:
    """As many .eml as the screen says; To is the owner or a backup, Reply-To what the client wants."""
    numbers = re.findall(r"(\d+) (?:forwards|notes to|mails to)", played.text)
    assert len(played.mails) == sum(map(int, numbers))
    recipients = {read_mail(mail)["To"].addresses[0].addr_spec for mail in played.mails}
    assert recipients <= {OWNER, *BACKUPS.values()}
    (jan,) = (mail for mail in played.mails if header(mail, "In-Reply-To") == JAN.message_id)
    assert header(jan, "Reply-To").startswith("Jan De Smet <jan@acme.example>")


def test_attachments_arrive_as_they_were(played: Played) -> None:
    """The PDF that a client attached is in the forward, octet for octet."""
    (mail,) = (mail for mail in played.mails if header(mail, "In-Reply-To") == CLAIRE.message_id)
    (attached,) = read_mail(mail).iter_attachments()
    assert attached.get_content() == CLAIRE.attachments[0].octets


def test_each_colleague_reads_their_own_language(played: Played) -> None:
    """Chloé's forward opens in French."""
    (mail,) = (
        mail for mail in played.mails if "chloe@" in header(mail, "To") and header(mail, "In-Reply-To")
    )
    assert "peux-tu répondre" in plain_text(read_mail(mail)).partition("\n")[0]


def test_the_page_asks_for_nothing_from_outside(played: Played) -> None:
    """index.html loads nothing: no address in it that a browser would fetch, in no mail either."""
    page = (played.folder / "index.html").read_text()
    assert "default-src 'none'" in page
    for text in (page, unescape(page)):
        loads = re.findall(r"""(?:src|background|poster|data)\s*=\s*["']([^"']*)""", text, re.IGNORECASE)
        assert all(each.startswith("data:image/") for each in loads if not each.startswith("<!DOCTYPE"))
        assert not re.search(r"url\(|@import|<script|<link|<object|<embed", text, re.IGNORECASE)
    assert "cid:" not in page


def test_the_page_shows_each_mail_in_light_and_dark(played: Played) -> None:
    """Two phones a mail, each in a frame that may run nothing."""
    page = (played.folder / "index.html").read_text()
    assert page.count("<iframe sandbox ") == 2 * len(played.mails)
    assert page.count("color-scheme:dark") == page.count("color-scheme:light") == len(played.mails)
    assert "prefers-color-scheme" not in unescape(page.partition("<body>")[2])


def test_no_line_is_wider_than_the_terminal(played: Played) -> None:
    """In 80 columns no line of the screen is longer than that, and none holds a colour code."""
    lines = played.text.splitlines()
    assert max(map(len, lines)) <= 80
    assert "\x1b" not in played.text


def test_the_readme_shows_what_the_demo_says(played: Played) -> None:
    """The count in README.md is the one with which the demo ends."""
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    for line in (line for line in played.text.splitlines() if " received = " in line or "auto-rep" in line):
        assert f"    {line}\n" in readme
