"""Plays the holiday: the servers here, the service in a process of its own that is really killed.

The service's clock stands still between events; everything else (connections, time-outs, the
milliseconds that are shown) is real.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import sys
import tempfile
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from ..adapters.written import write_private
from ..core.folders import DONE, FORWARDED, INBOX
from . import story
from .count import Arrived, Count, count, kind_of
from .letters import header, sent_at, write_letter, write_reply
from .screen import Screen
from .servers import Mailbox, Submission, Submitted, mailbox, submission

T = TypeVar("T")

_PATIENCE_S = 20.0
"""How long the service may take for anything here; a slow machine needs one or two."""

_MOST_WAKES = 50
"""Between two events; more would be a service that finds no rest."""

_QUIET_S = 0.05
"""Without news for so long, the service has done what it woke for. What it does later only comes later."""

_QUIET_AT_START_S = 0.6
"""The first mail that it composes loads half of its libraries."""

BACKUPS = {
    "anna": "anna@voorbeeld.example",
    "bram": "bram@voorbeeld.example",
    "chloe": "chloe@voorbeeld.example",
    "lucas": "lucas@voorbeeld.example",
}
_NAMES = {"anna": "Anna", "bram": "Bram", "chloe": "Chloé", "lucas": "Lucas"}
_STYLES = {"forward": "green", "review": "yellow", "private": "magenta", "ignore": "dim", "own": "cyan"}


class DemoFailed(Exception):
    """The service did not do what the demo waits for. str(): what."""


@dataclass(slots=True)
class _Letter:
    """A mail on its way. delivered_s: time.perf_counter() at its delivery."""

    message_id: str
    sender: str
    subject: str
    uid: int
    delivered_s: float


@dataclass(frozen=True, slots=True)
class Played:
    """What the demo leaves behind."""

    count: Count
    taken: tuple[Submitted, ...]
    was_killed: bool
    seconds: float


@dataclass(slots=True)
class _Daemon:
    """The service in its process. reading: of its log, until it ends."""

    process: asyncio.subprocess.Process
    reading: asyncio.Task[None]

    async def set_clock(self, at: datetime) -> None:
        """Jump, and wait until it has."""
        await self._ask(at.isoformat())

    async def next_wake_at(self) -> datetime | None:
        """The next moment that the service waits for."""
        answer = await self._ask("?")
        return datetime.fromisoformat(answer) if answer else None

    async def _ask(self, line: str) -> str:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        try:
            self.process.stdin.write(f"{line}\n".encode())
            await self.process.stdin.drain()
            async with asyncio.timeout(_PATIENCE_S):
                answer = await self.process.stdout.readline()
        except (OSError, TimeoutError):
            answer = b""
        if not answer:
            raise DemoFailed("the service does not answer")
        return answer.decode().strip()


@dataclass(slots=True)
class _Stage:
    screen: Screen
    folder: Path
    mailbox: Mailbox
    at: datetime = story.START
    letters: list[_Letter] = field(default_factory=list)
    threads: dict[str, list[str]] = field(default_factory=dict)
    triaged: dict[int, dict[str, Any]] = field(default_factory=dict)  # the log's word, by UID
    starts: int = 0
    said: deque[str] = field(default_factory=lambda: deque(maxlen=12))  # the end of the log
    news: asyncio.Event = field(default_factory=asyncio.Event)
    smtp: Submission = field(init=False)
    daemon: _Daemon | None = None
    unheard: list[tuple[story.Arrives, list[_Letter]]] = field(default_factory=list)  # while it was dead
    was_killed: bool = False
    replies: int = 0
    reviews: int = 0
    noted: int = 0  # of the mails taken, how many were looked at for notes

    # --- the world

    async def take(self, mail: Submitted) -> None:
        """What the submission server took: the owner's own mail goes into the owner's mailbox."""
        if story.OWNER in mail.recipients:
            await self.deliver(mail.octets, "delegator", header(mail.octets, "Subject"))
        self.news.set()

    async def deliver(self, octets: bytes, sender: str, subject: str) -> _Letter:
        started_s = time.perf_counter()
        uid = await self.mailbox.deliver(octets, self.at)
        letter = _Letter(header(octets, "Message-ID"), sender, subject, uid, started_s)
        self.letters.append(letter)
        return letter

    async def until(self, find: Callable[[], T | None], what: str) -> T:
        """What is found, as soon as it is there."""
        try:
            async with asyncio.timeout(_PATIENCE_S):
                while (found := find()) is None:
                    if self.daemon is not None and self.daemon.reading.done():
                        raise DemoFailed(f"the service ended while the demo waited for {what}")
                    self.news.clear()
                    await self.news.wait()
                return found
        except TimeoutError:
            raise DemoFailed(f"waited {_PATIENCE_S:.0f} s for {what}") from None

    # --- the daemon

    async def start(self) -> None:
        before = self.starts
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "delegator.demo.child"),
            *(str(self.folder / "rules.yaml"), str(self.folder / "state")),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        self.daemon = _Daemon(process, asyncio.create_task(self._read_log(process)))
        await self.daemon.set_clock(self.at)
        await self.until(lambda: self.starts > before or None, "the service to start")
        await self.settle(_QUIET_AT_START_S)

    async def _read_log(self, process: asyncio.subprocess.Process) -> None:
        """What it says goes by on stderr, a JSON object a line; anything else is a traceback."""
        assert process.stderr is not None
        async for line in process.stderr:
            self.said.append(line.decode(errors="replace").rstrip())
            with contextlib.suppress(ValueError):
                entry = json.loads(line)
                if entry.get("event") == "triaged" and entry["mailbox"] == "INBOX":
                    self.triaged[entry["uid"]] = entry
                self.starts += entry.get("event") == "started"
            self.news.set()
        self.news.set()

    async def kill(self, with_signal: signal.Signals) -> int:
        """The exit status; minus the signal where that ended it."""
        assert self.daemon is not None
        self.daemon.process.send_signal(with_signal)
        status = await self.daemon.process.wait()
        await self.daemon.reading
        self.daemon = None
        return status

    # --- the events

    async def play(self, event: story.Event) -> None:
        await self._pass_time(event.at)
        match event:
            case story.Arrives():
                sent = [await self._send(letter) for letter in event.letters]
                if self.daemon is None:
                    self.unheard.append((event, sent))
                    who, what = sent[0].sender, sent[0].subject
                    self.screen.event(event.at, who, what, "nobody is watching", "red")
                else:
                    await self._tell(event, sent)
            case story.Reply():
                await self._reply(event)
            case story.Review():
                await self._review()
            case story.Kill():
                await self._kill_at(event)
            case story.Restart():
                await self.start()
                text = "It starts again, with nothing but its state on disk:"
                self.screen.headline(event.at, text, "bold green")
                for each, sent in self.unheard:
                    await self._tell(each, sent, is_late=True)
                self.unheard.clear()

    async def _pass_time(self, to: datetime) -> None:
        """From one moment that the service waits for to the next, so that it wakes for none too late."""
        await self.settle()
        for _ in range(_MOST_WAKES):
            wake_at = await self.daemon.next_wake_at() if self.daemon is not None else None
            if self.daemon is None or wake_at is None or wake_at >= to:
                break
            self.at = wake_at
            await self.daemon.set_clock(wake_at)
            await self.settle()
        self.at = to
        if self.daemon is not None:
            await self.daemon.set_clock(to)

    async def settle(self, quiet_s: float = _QUIET_S) -> None:
        """Until nothing has happened for a while; what colleagues were told in it is shown."""
        with contextlib.suppress(TimeoutError):
            while True:
                self.news.clear()
                async with asyncio.timeout(quiet_s):
                    await self.news.wait()
        for mail in self.smtp.taken[self.noted :]:
            if kind_of(mail, story.OWNER) == "note":
                to = header(mail.octets, "To").partition(" ")[0]
                text = f"Note to {to}: {header(mail.octets, 'Subject')}"
                self.screen.headline(sent_at(mail.octets), text, "cyan")
        self.noted = len(self.smtp.taken)

    async def _send(self, letter: story.Letter) -> _Letter:
        thread = self.threads.setdefault(letter.answers or letter.key, [])
        octets = write_letter(letter, thread, self.at)
        thread.append(letter.message_id)
        return await self.deliver(octets, letter.name, letter.subject)

    async def _tell(self, event: story.Arrives, sent: list[_Letter], *, is_late: bool = False) -> None:
        entries = [await self._triaged(letter) for letter in sent]
        letter, entry = sent[0], entries[0]
        disposition, rule = entry["disposition"], entry["rule"]
        if disposition == "forward":
            forward = await self._forward_of(letter)
            name = next(_NAMES[key] for key, address in BACKUPS.items() if address in forward.recipients)
            ms = round(1000 * (forward.at - letter.delivered_s))
            speed = "now" if is_late else f"{ms} ms"
            outcome = f"→ {name}, {speed} ({rule or 'conversation'})"
        elif disposition == "review":
            outcome = f"next review ({rule or 'no rule'})"
        elif disposition == "private":
            outcome = f"private ({rule or 'marked so'})"
        else:
            outcome = "ignored" if disposition == "ignore" else disposition
            outcome += f" ({rule})"
        subject = letter.subject if len(sent) == 1 else f"{len(sent)} mails in one second"
        self.screen.event(self.at, letter.sender, subject, outcome, _STYLES[disposition])
        if event.note:
            self.screen.note(event.note)

    async def _triaged(self, letter: _Letter) -> dict[str, Any]:
        what = f"the service to take up {letter.subject!r}"
        return await self.until(lambda: self.triaged.get(letter.uid), what)

    async def _forward_of(self, letter: _Letter) -> Submitted:
        def find() -> Submitted | None:
            named = (m for m in self.smtp.taken if header(m.octets, "In-Reply-To") == letter.message_id)
            return next(named, None)

        return await self.until(find, f"the forward of {letter.subject!r}")

    async def _reply(self, event: story.Reply) -> None:
        (first, *_) = (each for each in self.letters if each.message_id.startswith(f"<{event.key}@"))
        forward = await self._forward_of(first)
        self.replies += 1
        message_id = f"<reply-{self.replies}@voorbeeld.example>"
        octets = write_reply(forward.octets, message_id, event.text, self.at, to_owner=event.to_owner)
        self.threads.setdefault(event.key, []).append(message_id)
        subject = header(octets, "Subject")
        letter = await self.deliver(octets, event.backup, subject)
        entry = await self._triaged(letter)
        outcome = "asks Sofie: next review" if event.to_owner else f"answers {first.sender}"
        self.screen.event(self.at, event.backup, subject, outcome, _STYLES[entry["disposition"]])

    async def _review(self) -> None:
        def find() -> Submitted | None:
            mails = [mail for mail in self.smtp.taken if story.OWNER in mail.recipients]
            return mails[self.reviews] if len(mails) > self.reviews else None

        mail = await self.until(find, "the review")
        self.reviews += 1
        await self._triaged(self.letters[-1])
        text = f"Review: {header(mail.octets, 'Subject')}"
        self.screen.headline(self.at, text, "bold yellow")

    async def _kill_at(self, event: story.Kill) -> None:
        self.smtp.hold = True
        letter = await self._send(event.letter)
        await self.until(lambda: self.smtp.is_held or None, "the forward that is to be cut off")
        self.was_killed = await self.kill(signal.SIGKILL) == -signal.SIGKILL
        self.unheard.append((story.Arrives(event.at, (event.letter,)), [letter]))
        self.screen.event(self.at, letter.sender, letter.subject, "on its way to Anna …", "green")
        self.screen.headline(self.at, "the service is killed (SIGKILL) before the answer comes.", "bold red")


def run_demo(output: Path, screen: Screen | None = None) -> int:
    """Play the holiday, keep its mails, say the count; the exit code."""
    from . import gallery

    screen = screen or Screen()
    try:
        played = asyncio.run(play(screen))
    except DemoFailed as failure:
        log = "\n".join(failure.__notes__)
        screen.closing([(f"The demo failed: {failure}", "bold red"), (f"What the service said:\n{log}", "")])
        return 1
    index = gallery.write(output, played.taken)
    screen.closing(_closing(played, index))
    return 0 if played.count.adds_up and played.was_killed else 1


def _closing(played: Played, index: Path) -> list[tuple[str, str]]:
    found = played.count
    names = ("forwarded", "in reviews", "private", "ignored", "own")
    parts = " + ".join(f"{found.kinds[kind]} {name}" for kind, name in zip(found.kinds, names, strict=True))
    sum_style = "bold green" if found.adds_up else "bold red"
    lines = [
        (f"{found.received} received = {parts}", sum_style),
        (f"{found.auto_replies} auto-replies; nobody but Sofie and her backups was written to", sum_style),
        ("killed once in the middle of a hand-over: nothing lost, nothing twice", sum_style),
    ]
    if not found.adds_up or not played.was_killed:
        lines[2] = ("This does not add up:", "bold red")
        lines += [(fault, "red") for fault in found.faults]
    sent = Counter(kind_of(mail, story.OWNER) for mail in played.taken)
    numbers = ", ".join(f"{number} {kind}s" for kind, number in sorted(sent.items()))
    lines.append((f"{numbers}, to look at: {index}", ""))
    return lines


async def play(screen: Screen) -> Played:
    """The whole holiday, from an empty mailbox to the count."""
    started_s = time.perf_counter()
    screen.intro()
    async with _set_up(screen) as stage:
        await stage.start()
        for event in story.EVENTS:
            await stage.play(event)
        await stage.settle()
        found = await _counted(stage)
        await stage.kill(signal.SIGTERM)
        taken = tuple(stage.smtp.taken)
    return Played(found, taken, stage.was_killed, time.perf_counter() - started_s)


@contextlib.asynccontextmanager
async def _set_up(screen: Screen) -> AsyncIterator[_Stage]:
    with tempfile.TemporaryDirectory(prefix="delegator-demo-") as name:
        folder = Path(name)
        async with mailbox(story.OWNER, story.PASSWORD) as box:
            stage = _Stage(screen, folder, box)
            async with submission(frozenset({story.GONE}), stage.take, stage.news.set) as stage.smtp:
                rules = story.RULES.format(imap_port=box.port, smtp_port=stage.smtp.port)
                (folder / "rules.yaml").write_text(rules, encoding="utf-8")
                write_private(folder / "mail-password", story.PASSWORD.encode())
                try:
                    yield stage
                except DemoFailed as failure:
                    failure.add_note("\n".join(stage.said))
                    raise
                finally:
                    if stage.daemon is not None:
                        await stage.kill(signal.SIGKILL)


async def _counted(stage: _Stage) -> Count:
    """The count, as soon as what was forwarded has been filed too."""
    deadline_s = time.perf_counter() + _PATIENCE_S / 4
    while True:
        folders = {folder: await stage.mailbox.message_ids(folder) for folder in (INBOX, FORWARDED, DONE)}
        arrived = [
            Arrived(each.message_id, each.sender, each.subject, _said(stage, each.uid))
            for each in stage.letters
        ]
        found = count(arrived, stage.smtp.taken, folders, story.OWNER, list(BACKUPS.values()))
        if found.adds_up or time.perf_counter() > deadline_s:
            return found
        await asyncio.sleep(0.05)


def _said(stage: _Stage, uid: int) -> str | None:
    entry = stage.triaged.get(uid)
    return str(entry["disposition"]) if entry else None
