"""Writes the transcripts of init.md, from real runs: `python -m scripts.init_transcript` (needs root).

They are played in the small internet of `tests.servers.world`: real DNS, https, a Dovecot with a made-up year
of mail, and submission. What differs from run to run (seconds, dates) is as it was in the last one.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
import time
from pathlib import Path

from tests.servers.dovecot import PASSWORD
from tests.servers.terminal import Terminal
from tests.servers.world import USER, World

PAGE = Path(__file__).parent.parent / "docs" / "init.md"
AWAY = "19 dec tot 3 jan"

DOMAINS = {
    "liar.example": "autoconfig that names somebody else's server",
    "foreign.example": "SRV records that name somebody else's server",
    "wrongcert.example": "autoconfig with another name's certificate",
    "blackhole.example": "a web server that accepts and is silent, DNS that does not answer",
    "bomb.example": "autoconfig of nested entities (an XML bomb)",
    "giant.example": "autoconfig without end",
    "http.example": "autoconfig that redirects to http",
    "nothing.example": "no word of mail servers anywhere",
    "gmail.com": "a known provider, behind a hotel's sign-in page",
    "voorbeld.example": "a domain that does not exist",
}


def played(world: World, home: Path) -> tuple[str, float]:
    """A person's run, and how long it took: whoever answers here does so at once."""
    begun_s = time.monotonic()
    with Terminal(world.command("init"), world.environment(home)) as terminal:
        terminal.answer("Your mail address", USER)
        terminal.answer("Your time zone", "")
        terminal.answer("Language of your reviews", "")
        terminal.answer("Which [1]", "")
        terminal.answer("Password", PASSWORD)
        terminal.answer("Your name", "")
        terminal.answer("When are you away", AWAY)
        while terminal.until("? [Y/n]: ", "Written: ") == "? [Y/n]: ":
            terminal.type("")
        terminal.ended()
        shown = terminal.shown
    return _shortened(_tidied(shown, home)), time.monotonic() - begun_s


def _shortened(shown: str) -> str:
    """Without most of the dry run's list."""
    first, last = re.search(r"\n20\d\d-", shown), re.search(r"\n\d+ messages: ", shown)
    assert first
    assert last
    some = re.compile(r"\n(?=20\d\d-)").split(shown[first.start() : last.start()])[1:]
    kept = [one for one in some if "forward" in one or "private" in one][:4]
    return "\n".join((shown[: first.start()], *kept, "[…]", shown[last.start() :]))


def refused(world: World, home: Path, domain: str) -> tuple[str, float]:
    words = (
        "init",
        f"sofie@{domain}",
        "--yes",
        "--away",
        "2099-12-19..2100-01-04",
        "--password-from",
        "env:P",
    )
    begun_s = time.monotonic()
    done = subprocess.run(
        world.command(*words),
        env=world.environment(home, P=PASSWORD),
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    return _tidied(done.stderr, home), time.monotonic() - begun_s


def _tidied(shown: str, home: Path) -> str:
    lines = [line.rstrip() for line in shown.replace(str(home), "~").splitlines()]
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
    return text.replace("(until 3000-01-01)", "(until 2027-03-01)")  # the test certificates outlive everybody


def main() -> None:
    with World() as world, tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        home.mkdir()
        shown, seconds = played(world, home)
        rules = (home / ".config/delegator/rules.yaml").read_text()
        rows = []
        for domain, what in DOMAINS.items():
            told, took = refused(world, home / domain, domain)
            said = "\n".join(line for line in told.splitlines() if line.strip())
            rows.append(f"**{what}** ({took:.0f} s)\n\n```text\n$ delegator init sofie@{domain}\n{said}\n```")
    _replace("transcript", f"```text\n$ delegator init\n{shown}\n```")
    _replace("rules", f"```yaml\n{rules}```")
    _replace("hostile", "\n\n".join(rows))
    print(f"{seconds:.1f} seconds from the command to the first dry run")


def _replace(name: str, text: str) -> None:
    begin, end = f"<!-- {name}: made by `python -m scripts.init_transcript` -->", f"<!-- end of {name} -->"
    page = PAGE.read_text("utf-8")
    before, _, rest = page.partition(begin)
    _, _, after = rest.partition(end)
    PAGE.write_text(f"{before}{begin}\n\n{text}\n\n{end}{after}", "utf-8")


if __name__ == "__main__":
    main()
