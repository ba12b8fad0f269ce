"""A disk that is really full, and one that may only be read: told, nothing lost, and over by itself."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import pytest_asyncio

from delegator.adapters.host import SystemClock
from tests.holiday import RULES, Holiday, plain_text, read_mail, write_mail
from tests.process import Daemon, ran, started
from tests.servers.dovecot import Account as ImapAccount
from tests.servers.smtp import SmtpServer

pytestmark = [
    pytest.mark.dovecot,
    pytest.mark.root,
    pytest.mark.torture("real disks, full or for reading only"),
]

IT = "it@voorbeeld.example"
ROOM = "6m"


@dataclass(frozen=True, slots=True)
class Disk:
    """A file system of its own at `place`. image, device: of an ext4."""

    place: Path
    image: Path = Path()
    device: str = ""

    def fill(self) -> None:
        with suppress(OSError), open(self.place / "filling", "ab", buffering=0) as file:
            while file.write(bytes(1 << 16)):
                pass
        with suppress(OSError), open(self.place / "filling", "ab", buffering=0) as file:
            while file.write(bytes(512)):
                pass

    def make_room(self) -> None:
        (self.place / "filling").unlink()

    def mend(self) -> None:
        """Nobody has it open: looked over, and mounted anew."""
        subprocess.run(["umount", self.place], check=True)
        subprocess.run(
            ["e2fsck", "-p", "-f", self.image], capture_output=True
        )  # its code tells what it mended
        self.mount("-o", "loop,errors=remount-ro", str(self.image))

    def mount(self, *options: str) -> None:
        subprocess.run(["mount", *options, str(self.place)], check=True, capture_output=True)

    def fail(self) -> None:
        """As a disk that breaks: the kernel lets it be read only, whatever has files open on it."""
        Path(f"/sys/fs/ext4/{self.device}/trigger_fs_error").write_text("1")


@pytest.fixture
def tmpfs(tmp_path: Path) -> Iterator[Disk]:
    place = tmp_path / "state"
    place.mkdir()
    yield from mounted(Disk(place), "-t", "tmpfs", "-o", f"size={ROOM},mode=700", "tmpfs")


@pytest.fixture
def ext4(tmp_path: Path) -> Iterator[Disk]:
    place, image = tmp_path / "state", tmp_path / "image"
    place.mkdir()
    try:
        with image.open("wb") as file:
            file.truncate(16 << 20)
        subprocess.run(["mkfs.ext4", "-q", "-F", image], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("needs mkfs.ext4")
    yield from mounted(Disk(place, image), "-o", "loop,errors=remount-ro", str(image))


def mounted(disk: Disk, *what: str) -> Iterator[Disk]:
    if os.geteuid() != 0:
        pytest.skip("needs root, for a file system of its own")
    try:
        disk.mount(*what)
    except (OSError, subprocess.CalledProcessError) as error:
        said = getattr(error, "stderr", b"") or b""
        pytest.skip(f"this machine mounts no file system here ({said.decode().strip()[:80]})")
    disk.place.chmod(0o700)
    try:
        source = subprocess.run(["findmnt", "-no", "SOURCE", disk.place], capture_output=True, check=True)
        yield replace(disk, device=Path(source.stdout.decode().strip()).name)
    finally:
        subprocess.run(["umount", "-l", disk.place], check=True)


@pytest_asyncio.fixture
async def away(dovecot: ImapAccount, smtp_server: SmtpServer, tmp_path: Path) -> AsyncIterator[Holiday]:
    rules = RULES + f"alert: {{{{address: {IT}, after: 3s}}}}\n"
    each = Holiday(dovecot, smtp_server, tmp_path, SystemClock(), rules=rules)
    each.be_away_now()
    each.write()
    yield each


def run(away: Holiday, *words: str) -> tuple[str, ...]:
    return ("run", str(away.config_path), "--state", str(away.state), *words)


async def until(holds: Callable[[], object], seconds: float = 60) -> None:
    async with asyncio.timeout(seconds):
        while not holds():
            await asyncio.sleep(0.05)


def alerts(away: Holiday) -> list[str]:
    mails = [read_mail(mail) for mail in away.smtp.accepted if IT in mail.rcpt_tos]
    return [f"{mail['Subject']}\n{plain_text(mail)}" for mail in mails]


def forwarded(away: Holiday, subject: str) -> int:
    head = f"Subject: {subject}\r\n".encode()
    return sum(head in mail.octets and IT not in mail.rcpt_tos for mail in away.smtp.received)


def is_recorded(daemon: Daemon) -> bool:
    """That a forward was accepted: if that is not stored it goes again, under the same Message-ID."""
    return any(event["kind"] == "forward" for event in daemon.named("submitted"))


async def test_a_disk_that_fills_up(away: Holiday, tmpfs: Disk) -> None:
    """An alert in time; what comes in meanwhile stays in INBOX, and goes out once there is room again."""
    away.imap.deliver(write_mail(subject="voor"))
    async with started(*run(away)) as daemon:
        await daemon.until(lambda: is_recorded(daemon))
        await until(lambda: (away.state / "reserve").exists())
        tmpfs.fill()
        for number in range(3):
            await asyncio.to_thread(away.imap.deliver, write_mail(subject=f"vol {number}"))
        await until(lambda: alerts(away))
        assert "schijf vol" in alerts(away)[0]
        # The reserve, given back for the alert, is room for little more: nothing is in order by that.
        await asyncio.sleep(5)
        assert "in orde" not in alerts(away)[-1]
        said = await ran("status", "-c", str(away.config_path), "--state", str(away.state))
        assert said.code == 1, said.out
        tmpfs.make_room()
        await until(lambda: all(forwarded(away, f"vol {number}") for number in range(3)))
        await until(lambda: "in orde" in alerts(away)[-1], 90)
        assert await daemon.terminate() == 0
    assert [forwarded(away, f"vol {number}") for number in range(3)] == [1, 1, 1]
    assert forwarded(away, "voor") == 1
    assert (await ran(*run(away, "--once"))).code == 0
    assert [forwarded(away, f"vol {number}") for number in range(3)] == [1, 1, 1], (
        "each once, after a restart too"
    )


async def test_a_machine_that_starts_with_a_full_disk(away: Holiday, tmpfs: Disk) -> None:
    """Nothing can be opened: told all the same, and it begins once there is room."""
    away.imap.deliver(write_mail(subject="voor"))
    assert (await ran(*run(away, "--once"))).code == 0
    (away.state / "reserve").unlink(missing_ok=True)
    tmpfs.fill()
    away.imap.deliver(write_mail(subject="vol"))
    async with started(*run(away)) as daemon:
        await until(lambda: alerts(away))
        assert "schijf vol" in alerts(away)[0]
        tmpfs.make_room()
        await until(lambda: forwarded(away, "vol"))
        await until(lambda: "in orde" in alerts(away)[-1])
        assert await daemon.terminate() == 0
    assert len(alerts(away)) == 2
    assert forwarded(away, "voor") == forwarded(away, "vol") == 1


async def test_a_machine_that_starts_with_a_disk_for_reading_only(away: Holiday, tmpfs: Disk) -> None:
    away.imap.deliver(write_mail(subject="voor"))
    assert (await ran(*run(away, "--once"))).code == 0
    tmpfs.mount("-o", "remount,ro")
    away.imap.deliver(write_mail(subject="dicht"))
    ended = await ran(*run(away, "--once"))
    assert ended.code == 1, "asked for one look, it says so and ends"
    assert "Read-only file system" in ended.err or "may only be read" in ended.err
    async with started(*run(away)) as daemon:
        await until(lambda: alerts(away))
        assert (await daemon.logged("state_unusable"))["what"]
        tmpfs.mount("-o", "remount,rw")
        await until(lambda: forwarded(away, "dicht"))
        await until(lambda: "in orde" in alerts(away)[-1])
        assert await daemon.terminate() == 0
    assert forwarded(away, "voor") == forwarded(away, "dicht") == 1


async def test_a_disk_that_breaks(away: Holiday, ext4: Disk) -> None:
    """While it runs its file system may only be read: told; mended, and nothing was lost or goes twice."""
    away.imap.deliver(write_mail(subject="voor"))
    async with started(*run(away)) as daemon:
        await daemon.until(lambda: is_recorded(daemon))
        ext4.fail()
        await asyncio.to_thread(away.imap.deliver, write_mail(subject="stuk"))
        await until(lambda: alerts(away))
        assert forwarded(away, "stuk") == 0
        await daemon.terminate()
    ext4.mend()
    async with started(*run(away)) as daemon:
        await until(lambda: forwarded(away, "stuk"))
        assert await daemon.terminate() == 0
    assert forwarded(away, "voor") == forwarded(away, "stuk") == 1
