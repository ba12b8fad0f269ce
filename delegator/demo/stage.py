"""Plays the holiday: the servers here, the service in a process of its own that is really killed.

The service's clock stands still between events; everything else (connections, time-outs, the
milliseconds that are shown) is real.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import signal
import tempfile
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from ..adapters.written import write_private
from ..core.folders import DONE, FORWARDED, INBOX, TO_DO
from . import story
from .count import Arrived, Count, count, kind_of, told_at_home
from .events import EVENTS
from .letters import (
    header,
    plain_text,
    read_mail,
    sent_at,
    write_answer,
    write_letter,
    write_reply,
    write_tap,
)
from .screen import Screen
from .servers import Mailbox, Submission, Submitted, mailbox, submission
from .service import PATIENCE_S, DemoFailed, Service

T = TypeVar("T")

_MOST_WAKES = 50
"""Between two events; more would be a service that finds no rest."""

BACKUPS = {
    "anna": "anna@voorbeeld.example",
    "bram": "bram@voorbeeld.example",
    "chloe": "chloe@voorbeeld.example",
    "lucas": "lucas@voorbeeld.example",
}
_NAMES = {"anna": "Anna", "bram": "Bram", "chloe": "Chloé", "lucas": "Lucas"}
_TITLES = {
    "departure": "Departure mail",
    "review": "Review",
    "question": "Question",
    "answer": "Answer",
    "list": "Flight list",
    "homecoming": "Homecoming mail",
}
_STYLES = {"forward": "green", "review": "yellow", "private": "magenta", "ignore": "dim", "own": "cyan"}


@dataclass(slots=True)
class _Letter:
    """A mail on its way. delivered_s: time.perf_counter() at its delivery."""

    message_id: str
    sender: str
    subject: str
    uid: int
    at: datetime
    delivered_s: float


@dataclass(frozen=True, slots=True)
class Played:
    """What the demo leaves behind. told: what the homecoming mail says of each kind; empty: no sum."""

    count: Count
    told: Mapping[str, int]
    taken: tuple[Submitted, ...]
    was_killed: bool

    @property
    def is_well(self) -> bool:
        return self.count.adds_up and self.was_killed and self.told == self.count.kinds


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
    daemon: Service | None = None
    unheard: list[tuple[story.Arrives, list[_Letter]]] = field(default_factory=list)  # while it was dead
    was_killed: bool = False
    replies: int = 0
    read: int = 0  # of the service's mails to the owner, how many she has read
    told: dict[str, Submitted] = field(default_factory=dict)  # those, by what they are; the last
    by_owner: set[str] = field(default_factory=set)  # Message-IDs of what she tapped and answered
    handed: set[str] = field(default_factory=set)  # Message-IDs of what went to a colleague by that
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
        letter = _Letter(header(octets, "Message-ID"), sender, subject, uid, self.at, started_s)
        self.letters.append(letter)
        return letter

    async def until(self, find: Callable[[], T | None], what: str) -> T:
        """What is found, as soon as it is there."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while (found := find()) is None:
                    if self.daemon is not None and self.daemon.reading.done():
                        raise DemoFailed(f"the service ended while the demo waited for {what}")
                    self.news.clear()
                    await self.news.wait()
                return found
        except TimeoutError:
            raise DemoFailed(f"waited {PATIENCE_S:.0f} s for {what}") from None

    # --- the daemon

    async def start(self) -> None:
        before = self.starts
        self.daemon = await Service.start(self.folder, self._heard)
        await self.daemon.set_clock(self.at)
        await self.until(lambda: self.starts > before or None, "the service to start")
        await self.settle()

    def _heard(self, line: bytes) -> None:
        """What it says goes by on stderr, a JSON object a line; anything else is a traceback."""
        self.said.append(line.decode(errors="replace").rstrip())
        with contextlib.suppress(ValueError):
            entry = json.loads(line)
            if entry.get("event") == "triaged" and entry["mailbox"] == "INBOX":
                self.triaged[entry["uid"]] = entry
            self.starts += entry.get("event") == "started"
        self.news.set()

    async def kill(self, with_signal: signal.Signals) -> int:
        """The exit status; minus the signal where that ended it."""
        assert self.daemon is not None
        status = await self.daemon.end(with_signal)
        self.daemon = None
        return status

    # --- the events

    async def play(self, event: story.Event) -> None:
        await self._pass_time(event.at)
        match event:
            case story.Arrives():
                sent = [await self._send(letter) for letter in event.letters]
                if event.at < story.AWAY_FROM:
                    who, what = sent[0].sender, sent[0].subject
                    self.screen.event(event.at, who, what, "still open", "dim")
                elif self.daemon is None:
                    self.unheard.append((event, sent))
                    who, what = sent[0].sender, sent[0].subject
                    self.screen.event(event.at, who, what, "nobody is watching", "red")
                else:
                    await self._tell(event, sent)
            case story.Reply():
                await self._reply(event)
            case story.Told():
                await self._told(event)
            case story.Says():
                await self._says(event)
            case story.Kill():
                await self._kill_at(event)
            case story.Restart():
                text = "It starts again, with nothing but its state on disk:"
                self.screen.headline(event.at, text, "bold green")
                await self.start()
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

    async def settle(self) -> None:
        """Until the service has done what there is to do now; its notes to colleagues are told."""
        if self.daemon is not None:
            await self.daemon.rest(self.news)
        new, self.noted = self.smtp.taken[self.noted :], len(self.smtp.taken)
        notes = [mail for mail in new if kind_of(mail, story.OWNER) == "note"]
        for mail in sorted(notes, key=lambda mail: (sent_at(mail.octets), mail.recipients)):
            to = header(mail.octets, "To").partition(" ")[0]
            text = f"Note to {to}: {header(mail.octets, 'Subject')}"
            self.screen.headline(sent_at(mail.octets), text, "cyan")

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
            went = self._went_to(await self._forward_of(letter), letter)
            if is_late:
                went = f"{went.partition(',')[0]}, now"
            outcome = f"{went} ({rule or 'conversation'})"
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

    async def _told(self, event: story.Told) -> None:
        def find() -> Submitted | None:
            return next(iter(self.unread), None)

        mail = await self.until(find, f"the {_TITLES[event.what].lower()}")
        subject = header(mail.octets, "Subject")
        if kind_of(mail, story.OWNER) != event.what:
            raise DemoFailed(f"{subject!r} came where the {_TITLES[event.what].lower()} was due")
        self.read += 1
        self.told[event.what] = mail
        self.screen.headline(sent_at(mail.octets), f"{_TITLES[event.what]}: {subject}", "bold yellow")
        for line in event.shows:
            for found in re.findall(line, plain_text(read_mail(mail.octets)), re.MULTILINE):
                self.screen.note(found)

    @property
    def unread(self) -> list[Submitted]:
        """The service's mails to the owner that were not told yet."""
        return [mail for mail in self.smtp.taken if story.OWNER in mail.recipients][self.read :]

    async def _says(self, event: story.Says) -> None:
        mail, message_id = self.told[event.to], f"<phone-{len(self.by_owner) + 1}@voorbeeld.example>"
        if event.label:
            octets = write_tap(mail.octets, event.label, message_id, self.at)
            what = f"Sofie taps [{event.label}]"
        else:
            octets = write_answer(mail.octets, event.text, message_id, self.at)
            what = f"Sofie answers “{event.text}”"
        letter = await self.deliver(octets, story.OWNER_NAME, header(octets, "Subject"))
        self.by_owner.add(message_id)
        for key in event.hands:
            (handed,) = (each for each in self.letters if each.message_id.startswith(f"<{key}@"))
            went = self._went_to(await self._forward_of(handed), letter)
            self.handed.add(handed.message_id)
        outcome = f"  {went}" if event.hands else f", {event.means}"
        self.screen.headline(self.at, f"{what}{outcome}", "bold cyan")

    def _went_to(self, forward: Submitted, letter: _Letter) -> str:
        name = next(_NAMES[key] for key, address in BACKUPS.items() if address in forward.recipients)
        return f"→ {name}, {round(1000 * (forward.at - letter.delivered_s))} ms"

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
    return 0 if played.is_well else 1


def _closing(played: Played, index: Path) -> list[tuple[str, str]]:
    found = played.count
    names = ("forwarded", "in reviews", "private", "ignored", "own")
    parts = " + ".join(f"{found.kinds[kind]} {name}" for kind, name in zip(found.kinds, names, strict=True))
    sum_style = "bold green" if played.is_well else "bold red"
    lines = [
        (f"{found.received} received = {parts}", sum_style),
        (f"{found.auto_replies} auto-replies; nobody but Sofie and her backups was written to", sum_style),
    ]
    if played.is_well:
        lines.append(("killed once in the middle of a hand-over: nothing lost, nothing twice", sum_style))
        lines.append(("the homecoming mail counts the same, and adds up with the mailbox", sum_style))
    else:
        lines.append(("This does not add up:", "bold red"))
        lines += [(fault, "red") for fault in found.faults]
        lines.append((f"the homecoming mail says: {played.told}", "red"))
    sent = Counter(kind_of(mail, story.OWNER) for mail in played.taken)
    to_sofie = len(played.taken) - sent["forward"] - sent["note"]
    numbers = f"{sent['forward']} forwards, {sent['note']} notes to backups, {to_sofie} mails to Sofie"
    lines.append((f"{numbers}, to look at: {index}", ""))
    return lines


async def play(screen: Screen) -> Played:
    """The whole holiday, from an empty mailbox to the count."""
    screen.intro()
    async with _set_up(screen) as stage:
        await stage.start()
        for event in EVENTS:
            await stage.play(event)
        await stage.settle()
        for mail in stage.unread:
            raise DemoFailed(f"{header(mail.octets, 'Subject')!r} came, and nothing was due")
        found = await _counted(stage)
        await stage.kill(signal.SIGTERM)
        taken = tuple(stage.smtp.taken)
    return Played(found, told_at_home(taken), taken, stage.was_killed)


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
    deadline_s = time.perf_counter() + PATIENCE_S / 12
    while True:
        folders = {
            folder: await stage.mailbox.message_ids(folder) for folder in (INBOX, FORWARDED, TO_DO, DONE)
        }
        arrived = [_arrived(stage, letter) for letter in stage.letters]
        found = count(arrived, stage.smtp.taken, folders, story.OWNER, list(BACKUPS.values()))
        if found.adds_up or time.perf_counter() > deadline_s:
            return found
        await asyncio.sleep(0.05)


def _arrived(stage: _Stage, letter: _Letter) -> Arrived:
    entry = stage.triaged.get(letter.uid)
    said = str(entry["disposition"]) if entry else None
    is_in_absence = story.AWAY_FROM <= letter.at < story.AWAY_UNTIL
    if letter.message_id in stage.handed:
        said = "forward"
    elif letter.message_id in stage.by_owner and not is_in_absence:
        said = "own"
    return Arrived(letter.message_id, letter.sender, letter.subject, said, is_in_absence)
