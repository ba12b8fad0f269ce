"""`delegator review --open`: the next review as a phone shows it, beside its plain text."""

from __future__ import annotations

from html.parser import HTMLParser

from delegator.wiring.mails import write_page
from tests.reviews import MESSAGE, facts_with, review_mail


class Frame(HTMLParser):
    """The page within the page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.frames: list[dict[str, str | None]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "iframe":
            self.frames.append(dict(attrs))


def test_it_shows_both_parts_and_lets_nothing_run() -> None:
    """In a page that nobody else on the machine can read; the mail is in a frame that may do nothing."""
    path = write_page(review_mail(facts_with(MESSAGE)), "nl")
    try:
        assert path.stat().st_mode & 0o077 == 0
        assert path.parent.stat().st_mode & 0o077 == 0
        page = path.read_text(encoding="utf-8")
        (frame,) = Frame(page).frames
        assert frame["sandbox"] == ""
        assert str(frame["srcdoc"]).startswith("<!DOCTYPE html>")
        assert "Offerte sporthal Deinze" in str(frame["srcdoc"])
        assert "<pre>Alles loopt. 1 voor jou.\n" in page
    finally:
        path.unlink()
        path.parent.rmdir()
