"""Make docs/pictures from what `delegator demo` kept, with a real Chromium.

    .venv/bin/python -m scripts.pictures [DEMO-FOLDER]

Nothing in the pictures is drawn by hand: they show the mails that the service sent.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from html import escape
from pathlib import Path

from delegator.demo.gallery import as_page, preview_of
from delegator.demo.letters import header, read_mail
from delegator.demo.story import JAN, OWNER_NAME

PICTURES = Path(__file__).parent.parent / "docs" / "pictures"
LARGEST_OCTETS = 200_000
SCALE = 1.5
WIDTH = 390  # of a phone
FRAME = 10
MARGIN = 24

STYLE = f"""
body {{ margin: 0; padding: {MARGIN}px; background: #e9ecef; font: 15px/21px system-ui, sans-serif;
  display: flex; gap: {MARGIN}px; align-items: center; }}
iframe {{ border: {FRAME}px solid #24282c; border-radius: 34px; width: {WIDTH}px; display: block;
  box-sizing: content-box; }}
.card {{ background: #ffffff; border-radius: 14px; padding: 14px 16px; width: 360px; color: #1b1e21; }}
p {{ color: #565d64; margin: 12px 4px; width: 380px; }}
.row {{ display: flex; justify-content: space-between; }}
.quiet {{ color: #565d64; font-size: 14px; }}
"""


def phone(octets: bytes, scheme: str, height: int) -> str:
    """A phone with a mail on it."""
    assert scheme in ("light", "dark")
    page = as_page(read_mail(octets), "dark" if scheme == "dark" else "light")
    canvas = "#121416" if scheme == "dark" else "#ffffff"
    style = f"color-scheme:{scheme};background:{canvas};height:{height}px"
    return f'<iframe scrolling="no" style="{style}" srcdoc="{escape(page)}"></iframe>'


def inbox(octets: bytes) -> str:
    """What stands in a colleague's list of mails, and where their Reply goes."""
    mail = read_mail(octets)
    preview = escape(preview_of(mail)[:80])
    at = mail["Date"].datetime
    to = escape(str(mail["To"]).replace('"', "").partition(" ")[0])
    reply_to = escape(header(octets, "Reply-To").replace('"', ""))
    return f"""<div><p>In {to}’s inbox:</p>
<div class="card"><div class="row"><b>{OWNER_NAME}</b><span class="quiet">{at:%H:%M}</span></div>
<div>{escape(str(mail["Subject"]))}</div>
<div class="quiet">{preview} …</div></div>
<p>Reply goes to {reply_to}</p></div>"""


def take(name: str, parts: list[str], width: int, height: int) -> None:
    """One picture of these parts beside each other."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("The pictures need Chromium; on Debian: apt-get install chromium")
    picture = PICTURES / name
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        page.write_text(f"<!DOCTYPE html><meta charset=utf-8><style>{STYLE}</style>{''.join(parts)}")
        subprocess.run(
            [
                chromium,
                *("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync"),
                *("--disable-background-networking", "--disable-component-update", "--hide-scrollbars"),
                f"--user-data-dir={folder}/profile",
                f"--force-device-scale-factor={SCALE}",
                f"--window-size={width},{height}",
                f"--screenshot={picture}",
                page.as_uri(),
            ],
            check=True,
            stderr=subprocess.DEVNULL,
        )
    size = picture.stat().st_size
    print(f"{picture}  {size // 1000} kB")
    if size > LARGEST_OCTETS:
        sys.exit(f"{picture} is larger than {LARGEST_OCTETS} octets; lower SCALE")


def main() -> None:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "demo-holiday")
    mails = {path.name: path.read_bytes() for path in sorted(folder.glob("[0-9][0-9]-*.eml"))}
    reviews = [octets for name, octets in mails.items() if "-review-" in name]
    forwards = [octets for octets in mails.values() if header(octets, "In-Reply-To") == JAN.message_id]
    if not (reviews and forwards):
        sys.exit(f"{folder} holds no mails of a demo; run `delegator demo` first")
    PICTURES.mkdir(parents=True, exist_ok=True)
    beside = 2 * (MARGIN + FRAME)
    tall, short = 844, 600
    for scheme in ("light", "dark"):
        take(f"review-{scheme}.png", [phone(reviews[0], scheme, tall)], WIDTH + beside, tall + beside)
    parts = [inbox(forwards[0]), phone(forwards[0], "light", short)]
    take("forward.png", parts, WIDTH + beside + MARGIN + 392, short + beside)


if __name__ == "__main__":
    main()
