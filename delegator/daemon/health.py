"""What works and what does not, of one account: the one place that every loop reports to.

Status, review, alert, heartbeat and the restart of what is stuck read this, and nothing else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from ..config.model import Config
from ..core.compose import Catalogue
from ..core.compose.sentences import problem_sentence
from ..core.health import (
    CLOCK_IS_NEWS_FOR,
    Fault,
    Kind,
    Subject,
    Times,
    Told,
    is_clock_wrong,
    names_of_missing,
)
from ..ports import Clock
from ..ports.bell import Bell


class Health:
    """connected: to the mail server. changed: set at every report of a fault that changes something.
    heard: set at every answer of the mail server.

    answered_s: when a whole look at the mailboxes last ended well, of the clock that nobody sets; or None.
    told: the faults that the alert address has heard of. elapsed: seconds in which this process could
    work, for the limits of its tasks; not those in which the machine slept.
    """

    def __init__(self, clock: Clock, elapsed: Callable[[], float] | None = None) -> None:
        self._clock = clock
        self._elapsed = elapsed or (lambda: asyncio.get_running_loop().time())
        self.connected = False
        self.answered_s: float | None = None
        self.faults: dict[Subject, Fault] = {}
        self.told: Told = frozenset()
        self.changed, self.heard = Bell(), Bell()
        self._due_s: dict[Subject, float] = {}
        self._started: Times | None = None

    # --- reports

    def failed(self, subject: Subject, kind: Kind, what: str, since_at: datetime | None = None) -> None:
        """For the first time or still. since_at: if that is known to be earlier."""
        now_at, now_s = self._clock.now(), self._clock.elapsed_s()
        before = self.faults.get(subject)
        begun_at = min(since_at, now_at) if since_at is not None else now_at
        begun_s = now_s - (now_at - begun_at).total_seconds()
        if before is not None:
            begun_at, begun_s = before.since_at, before.since_s
        if (fault := Fault(kind, what, begun_at, begun_s)) != before:
            self.faults[subject] = fault
            self.changed.set()

    def succeeded(self, subject: Subject) -> None:
        if self.faults.pop(subject, None) is not None:
            self.changed.set()

    def answered(self) -> None:
        """A whole look at the mailboxes has ended well."""
        self.connected, self.answered_s = True, self._clock.elapsed_s()
        self.succeeded(Subject.WATCH)
        self.heard.set()

    def expect(self, loop: Subject, within_s: float) -> None:
        """The loop is at work, and reports again within so many seconds: its limits of I/O allow no more."""
        self._due_s[loop] = self._elapsed() + within_s

    def rests(self, loop: Subject) -> None:
        """It waits for an event or a moment; there is no limit to that."""
        self._due_s.pop(loop, None)

    def look_at_clock(self) -> None:
        """Whether somebody set it since the start."""
        now = Times(self._clock.now(), self._clock.elapsed_s())
        self._started = self._started or now
        fault = self.faults.get(Subject.CLOCK)
        if fault is not None and now.elapsed_s - fault.since_s > CLOCK_IS_NEWS_FOR.total_seconds():
            self._started = now
        if is_clock_wrong(self._started, now):
            hours = now.set_by(self._started) / timedelta(hours=1)
            self.failed(Subject.CLOCK, "clock", f"it was set by {hours:+.1f} hours while delegator ran")
        else:
            self.succeeded(Subject.CLOCK)

    def is_clock_in_doubt(self) -> bool:
        """What cannot be taken back waits until it is put right, or has gone on so for a day."""
        self.look_at_clock()
        return Subject.CLOCK in self.faults

    # --- what follows

    @property
    def fault(self) -> str | None:
        """What is wrong with the watch."""
        fault = self.faults.get(Subject.WATCH)
        return fault.what if fault else None

    def is_failing(self, subject: Subject) -> bool:
        return subject in self.faults

    def left_s(self, loop: Subject) -> float | None:
        """How long until the loop is overdue; None: it has no limit now."""
        due_s = self._due_s.get(loop)
        return None if due_s is None else due_s - self._elapsed()

    @property
    def overdue(self) -> frozenset[Subject]:
        return frozenset(loop for loop in self._due_s if (self.left_s(loop) or 0) < 0)

    def lines(self) -> list[str]:
        """For `status`: each names what it is about."""
        lines = []
        for subject, fault in self.faults.items():
            name = "" if subject is Subject.WATCH and fault.kind == "server" else f"{subject}: "
            lines.append(f"{name}{fault.what}")
        lines += [f"{loop}: does not turn" for loop in sorted(self.overdue - self.faults.keys())]
        return lines

    def problems(self, config: Config, catalogue: Catalogue) -> list[str]:
        """What does not work now, in the catalogue's language."""
        zone, found, is_told_of_disk = config.owner.timezone, [], False
        faults = self.faults.items()
        for subject, fault in sorted(faults, key=lambda item: item[1].since_at):
            since_at = fault.since_at.astimezone(zone)
            match subject, fault.kind:
                case (_, "state") if is_told_of_disk:
                    pass  # once, since the first of them, is enough
                case (_, "state"):
                    is_told_of_disk = True
                    found.append(problem_sentence(catalogue, "cannot_write", from_at=since_at))
                case (Subject.WATCH, "server"):
                    sentence = problem_sentence(catalogue, "still_blind", from_at=since_at, reason=fault.what)
                    found.append(sentence)
                case (Subject.MAILBOXES, _):
                    names = names_of_missing(fault.what)
                    found.append(problem_sentence(catalogue, "mailboxes_missing", mailboxes=names))
                case (Subject.SUBMISSION, _):
                    found.append(problem_sentence(catalogue, "cannot_submit", reason=fault.what))
                case (Subject.ALERT_SERVER, _):
                    found.append(problem_sentence(catalogue, "cannot_alert", reason=fault.what))
                case (Subject.REVIEW_MAIL, _):
                    found.append(problem_sentence(catalogue, "review_refused", reason=fault.what))
                case (Subject.LOGIN, "server"):
                    found.append(problem_sentence(catalogue, "login_ends", from_at=since_at))
                case (Subject.TO_DO_FILE, _):
                    found.append(problem_sentence(catalogue, "to_do_file"))
                case (Subject.TO_DO_MAIL, _):
                    found.append(problem_sentence(catalogue, "to_do_mail", reason=fault.what))
                case (Subject.CLOCK, _):
                    found.append(problem_sentence(catalogue, "clock_set", from_at=since_at))
                case _:
                    found.append(problem_sentence(catalogue, "loop_fails", from_at=since_at, loop=subject))
        now_at = self._clock.now().astimezone(zone)
        for loop in sorted(self.overdue - self.faults.keys()):
            found.append(problem_sentence(catalogue, "loop_fails", from_at=now_at, loop=loop))
        is_written = [sentence for index, sentence in enumerate(found) if sentence not in found[:index]]
        return is_written
