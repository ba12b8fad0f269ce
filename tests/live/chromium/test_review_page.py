"""The review as a phone shows it: in a real Chromium, light and dark, with and without its styles."""

from __future__ import annotations

import email
import email.policy
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from html import escape, unescape
from pathlib import Path
from typing import Any, get_args

import pytest

from delegator.core.commands.command import Verb
from delegator.core.mail.invitation import Invitation
from delegator.core.mail.message import Address
from delegator.core.people import Language
from delegator.core.reviews.items import Counts, OpenMessage, Receipt, ReviewFacts
from delegator.core.reviews.traits import Traits
from tests.reviews import FACTS, HANDED, MESSAGE, NOW, facts_with, review_mail

pytestmark = pytest.mark.chromium

LANGUAGES: tuple[Language, ...] = get_args(Language)
SIZES = (0, 1, 12, 25, 60)
WIDTH = 360  # of a small phone
PROBE = Path(__file__).parent / "probe.js"
DARK = re.compile(r"@media \(prefers-color-scheme: dark\)")
STYLE = re.compile(r"<style>.*?</style>", re.DOTALL)

MEETING = Invitation(NOW + timedelta(days=2), NOW + timedelta(days=2, hours=1), place="Gemeentehuis, zaal 3")
MAILS: tuple[OpenMessage, ...] = (
    replace(MESSAGE, traits=Traits(asks=True, addressed="alone"), attachments=("offerte.pdf", "plan.dwg")),
    replace(MESSAGE, subject="مرحبا بكم في الاجتماع القادم", sender=Address("مريم الحسن", "m@x.example")),
    replace(MESSAGE, subject="Uitnodiging", traits=Traits(invitation=MEETING)),
    replace(MESSAGE, subject="Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamten" * 2),
    replace(MESSAGE, warning="Misschien niet van deze afzender.", traits=Traits(poses=True)),
    replace(MESSAGE, excerpt="x" * 300, sender=Address("a" * 90, "a@x.example")),
)


def facts(count: int) -> ReviewFacts:
    """A review of that many items, with all else that may stand in one; of none: an empty one."""
    if not count:
        return FACTS
    opened = [replace(MAILS[n % len(MAILS)], conversation=n + 1) for n in range(count)]
    low = [
        replace(MESSAGE, priority="low", sender=Address(f"Winkel {n}", f"{n}@x.example")) for n in range(9)
    ]
    return replace(
        facts_with(*opened, *low, replace(MESSAGE, shown=True)),
        handed=(
            HANDED,
            replace(HANDED, state="failed", detail="550 no such user"),
            replace(HANDED, state="overdue", conversation=3, next_backup="bram"),
        ),
        receipts=(Receipt(Verb.DONE, "Nieuwe printer", "", NOW, "reply"),),
        invitations=(("Overleg dak", replace(MEETING, uid="other")),),
        counts=Counts(count + 9, 3, count, 2, 1, 1),
        problems=("Geen contact van 3.10 u tot 7.45 u.",),
    )


def html(octets: bytes) -> str:
    mail = email.message_from_bytes(octets, policy=email.policy.default)
    body = mail.get_body(("html",))
    assert body is not None
    return str(body.get_content())


def frames(language: Language) -> Iterator[str]:
    """Each review in light, in dark, and without its styles, as the Gmail app drops them."""
    for count in SIZES:
        page = html(review_mail(facts(count), language, minutes=60))
        bare = STYLE.sub("", page)
        for name, scheme, shown in (
            ("light", "light", DARK.sub("@media not all", page)),
            ("dark", "dark", DARK.sub("@media all", page)),
            ("bare", "light", bare),
        ):
            yield frame(f"{language} {count} {name}", scheme, shown)


def frame(title: str, scheme: str, page: str) -> str:
    style = f"width:{WIDTH}px;height:800px;border:0;color-scheme:{scheme}"
    return f'<iframe title="{title}" data-scheme="{scheme}" style="{style}" srcdoc="{escape(page)}"></iframe>'


@pytest.fixture(scope="module")
def chromium() -> str:
    """Where it is. Without one these tests are left out, except where nothing may be."""
    found = shutil.which("chromium") or shutil.which("google-chrome")
    if found is None:
        reason = "no Chromium: apt-get install chromium"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


def measured(chromium: str, page: str, folder: Path) -> list[dict[str, Any]]:
    """What the probe finds on a page."""
    path = folder / "page.html"
    path.write_text(page, encoding="utf-8")
    shown = subprocess.run(
        [
            chromium,
            *("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync"),
            *("--disable-background-networking", "--disable-component-update", "--hide-scrollbars"),
            "--host-resolver-rules=MAP * ~NOTFOUND",
            f"--user-data-dir={folder}/profile",
            "--virtual-time-budget=5000",
            "--dump-dom",
            path.as_uri(),
        ],
        capture_output=True,
        timeout=60,
        check=True,
    )
    found = re.search(r'<pre id="measured">(.+?)</pre>', shown.stdout.decode(), re.DOTALL)
    assert found, "the probe did not run"
    answer: list[dict[str, Any]] = json.loads(unescape(found[1]))
    return answer


def page_of(frames_: Iterator[str] | list[str]) -> str:
    return (
        '<!DOCTYPE html><meta charset="utf-8"><pre id="measured"></pre>'
        f"{''.join(frames_)}<script>{PROBE.read_text(encoding='utf-8')}</script>"
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_phone_shows_it_well(language: Language, chromium: str, tmp_path: Path) -> None:
    """Nothing to scroll sideways, nothing faint, nothing small, nothing fetched; a thumb hits each button."""
    found = measured(chromium, page_of(frames(language)), tmp_path)
    assert len(found) == 3 * len(SIZES)
    for page in found:
        assert page["overflow"] == 0, page["name"]
        assert page["faint"] == [], page["name"]
        assert page["smallest_font"] >= 14, page["name"]
        assert page["requests"] == [], page["name"]
        if " 0 " not in page["name"]:
            assert page["buttons"] > 5, page["name"]
            assert page["smallest_target"] >= 48, page["name"]
            assert page["gap"] >= 8, page["name"]


def test_the_probe_sees_what_is_wrong(chromium: str, tmp_path: Path) -> None:
    """Faults that were planted: faint, wide, small, close together, fetched from outside."""
    page = (
        '<body style="margin:0"><p style="color:#999999;background-color:#ffffff;font-size:10px">faint</p>'
        '<div style="width:500px">wide</div><a href="mailto:a@x.example">a</a>'
        ' <a href="mailto:a@x.example">b</a>'
        '<img src="https://cdn.x.example/pixel.png" alt="">'
    )
    (bad,) = measured(chromium, page_of([frame("bad", "light", page)]), tmp_path)
    assert bad["overflow"] >= 100
    assert any(each.startswith("faint: ") for each in bad["faint"])
    assert bad["smallest_font"] == 10
    assert bad["smallest_target"] < 30
    assert bad["gap"] < 8
    assert bad["requests"] == ["https://cdn.x.example/pixel.png"]
