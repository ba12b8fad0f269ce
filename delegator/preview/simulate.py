"""The holiday, simulated: what would become of mail that is there already.

Decides by the functions that decide live, in order of arrival, earlier verdicts feeding later ones, as
if the owner had been away when it arrived. Changes nothing: an IMAP mailbox is opened read-only.
"""

from __future__ import annotations

import os
import pickle
import tempfile
import weakref
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from itertools import starmap
from operator import eq
from pathlib import Path
from typing import IO, TYPE_CHECKING, Generic, TypeVar, overload

from ..adapters.state import STATE_FILE
from ..config.model import Config
from ..core.handovers.known import OurMail
from ..core.hours.absence import NOTHING_KEPT
from ..core.mail.message import Message
from ..core.people import normal_address
from ..core.triage.flood import counted_as
from ..core.triage.threads import Thread, Threads, chain_of
from ..core.triage.triage import facts_of, triage
from ..core.triage.verdict import Disposition, Verdict, explain
from ..reports.dry_run import Decision, DryRun
from ..reports.terminal import Progress

if TYPE_CHECKING:
    from ..core.reviews.items import OpenMessage
    from ..core.reviews.simulation import Simulated, Simulation

SPOOL_OCTETS = 32 * 1024 * 1024
"""Parsed messages wait in memory up to here, then in an unnamed temporary file: some 1,000 mails."""

_LARGE_OCTETS = 1024 * 1024

T = TypeVar("T")

_NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wanted besides the decisions.

    our_mail: so that our own mail is known again. simulated: whether the holiday is added up. opened:
    whether reviews are kept whole, with the warnings in them; opened_day: of which day, None: of the one
    with the longest. show_private: whether the subjects of private mail are shown.
    """

    our_mail: OurMail = field(default_factory=OurMail)
    simulated: bool = True
    opened: bool = False
    opened_day: date | None = None
    show_private: bool = False


NOTHING_MORE = Wish()


def _silent(what: str, done: int, total: int | None) -> None:
    pass


def simulate(
    messages: Iterable[tuple[str, Message]],
    config: Config,
    wish: Wish = NOTHING_MORE,
    progress: Progress = _silent,
) -> DryRun:
    """What would become of each (source, message), in order of arrival; those without an arrival last."""
    with Spool() as spool:
        for number, _ in enumerate(starmap(spool.add, messages), 1):  # none is held while they are decided
            progress("Reading", number, None)
        return decide_all(spool, (), config, wish, progress)


def decide_all(
    spool: Spool, sent: Iterable[Message], config: Config, wish: Wish, progress: Progress
) -> DryRun:
    """A message without an arrival is decided as if it had come with the last that has one."""
    holiday = Holiday(config, wish)
    for message in sent:
        holiday.note_sent(message)
    for number, (source, message) in enumerate(spool.in_order(), 1):
        holiday.decide(source, message)
        progress("Deciding", number, len(spool))
    return holiday.report()


class Holiday:
    """Decides messages one after another, in order of arrival, each with what the ones before it left."""

    def __init__(self, config: Config, wish: Wish) -> None:
        self._config, self._wish, self._book = config, wish, config.rule_book
        self._now, self._is_dated = _NO_TIME, False
        handed_over: OnDisk[Thread] = OnDisk()
        self._threads = Threads(
            config.owner.normal_addresses, wish.our_mail, self._book.authserv_id, handed_over
        )
        self._decisions = Decisions()
        self._simulation: Simulation | None = None
        if wish.simulated:
            from ..core.reviews.simulation import Simulation  # the reviews: half as much again to load

            self._simulation = Simulation(
                self._book,
                config.review.at,
                config.review.minutes,
                opened=wish.opened,
                opened_day=wish.opened_day,
                keeper=Kept(),
                warn=_warnings(config) if wish.opened else lambda verdict: "",
            )

    def note_sent(self, message: Message) -> None:
        """What the owner sent meanwhile, all of it before the first decision."""
        at = message.arrived_at
        if message.message_id in self._wish.our_mail.ours or at is None:
            return  # the provider may file what we send
        self._threads.note_sent(message, at)
        if self._simulation is not None:
            self._simulation.add_answer(message, at)

    def decide(self, source: str, message: Message) -> None:
        book, at = self._book, message.arrived_at
        now = self._now = at or self._now
        self._is_dated = self._is_dated or at is not None
        originator = counted_as(message, book)
        known = self._threads.known(message, now, originator)
        verdict = triage(message, book, known, now)
        chain = chain_of(book, verdict)
        conversation = self._threads.record(message, verdict, now, chain, originator)
        if self._simulation is not None:
            arrived_at = now if self._is_dated else None
            facts = facts_of(message, book, known)
            self._simulation.add(source, message, verdict, arrived_at, facts, conversation)
        self._decisions.append(decision_of(source, message, verdict, show_private=self._wish.show_private))

    def report(self) -> DryRun:
        simulated = None if self._simulation is None else self._simulation.result()
        return DryRun(self._decisions, simulated, self._config.owner.timezone)


def config_now(config: Config, state_dir: Path, now: datetime) -> Config:
    """With what the owner changed of the absence since the file was written: who covers, in which zone."""
    kept = NOTHING_KEPT
    if not _is_missing(state_dir):
        from ..adapters.state import peek

        kept = peek.kept_absence(state_dir / STATE_FILE, normal_address(config.owner.address))
    return config.with_changes(kept, now)


def known_mail(config: Config, state_dir: Path) -> OurMail:
    """What the state knows of our own mail."""
    if _is_missing(state_dir):
        return OurMail()
    from ..adapters.state import peek

    return peek.our_mail(state_dir / STATE_FILE, normal_address(config.owner.address))


def _is_missing(state_dir: Path) -> bool:
    """Whether there is no state, as before the first start: then SQLite need not be loaded."""
    try:
        os.stat(state_dir / STATE_FILE)
    except OSError as error:
        return isinstance(error, FileNotFoundError)  # what else is wrong is said by who reads it
    return False


def _warnings(config: Config) -> Callable[[Verdict], str]:
    from ..catalogues import load_catalogue
    from ..core.compose.sentences import warning_sentence

    catalogue = load_catalogue(config.owner.language)
    return lambda verdict: warning_sentence(catalogue, verdict.code, verdict.detail)


def review_pages(simulated: Simulated, config: Config) -> list[str]:
    """The reviews that were kept whole, each as a page of HTML, as a phone would show it."""
    import email
    import email.policy

    from ..catalogues import load_catalogue
    from ..core.compose import Stamp, compose_review

    catalogue = load_catalogue(config.owner.language)
    pages = []
    for number, review in enumerate(simulated.opened, 1):
        handed = tuple(
            replace(one, backup_name=config.backups[one.backup_name].name) for one in review.handed
        )
        named = replace(review, handed=handed)
        date_ = review.facts.now.astimezone(config.owner.timezone)
        stamp = Stamp(f"<{number}@{config.owner.domain}>", f"review-{number}", "", date_)
        octets = compose_review(named, config.owner, stamp, catalogue)
        body = email.message_from_bytes(octets, policy=email.policy.default).get_body(("html",))
        assert body is not None, "a review has both"
        pages.append(str(body.get_content()))
    return pages


def write_reviews(report: DryRun, config: Config) -> list[Path]:
    """The reviews that were asked for, as pages that only the owner can read."""
    from ..adapters.written import PAGE, write_private

    if report.simulated is None:
        return []
    paths: list[Path] = []
    for review, page in zip(report.simulated.opened, review_pages(report.simulated, config), strict=True):
        at = review.facts.now.astimezone(config.owner.timezone)
        folder = paths[0].parent if paths else Path(tempfile.mkdtemp(prefix="delegator-"))
        path = folder / f"review-{at:%Y-%m-%d-%H%M}.html"
        write_private(path, page.encode("utf-8", "replace"), PAGE)
        paths.append(path)
    return paths


def decision_of(source: str, message: Message, verdict: Verdict, *, show_private: bool) -> Decision:
    is_shown = show_private or verdict.disposition is not Disposition.PRIVATE
    return Decision(
        source=source,
        message_id=message.message_id,
        from_=message.originator.address if message.originator else None,
        subject=message.subject if is_shown else None,
        at=message.arrived_at,
        disposition=verdict.disposition,
        priority=verdict.priority,
        backup=verdict.backup,
        rule=verdict.rule,
        reason=explain(verdict),
    )


class Decisions(Sequence[Decision]):
    """Decisions in order; of many, all but the last few lie in an unnamed temporary file."""

    def __init__(self) -> None:
        self._file: IO[bytes] | None = None
        self._offsets: list[int] = []
        self._last: list[Decision] = []

    def append(self, decision: Decision) -> None:
        self._last.append(decision)
        if len(self._last) == _TOGETHER:
            if self._file is None:
                self._file = tempfile.TemporaryFile()  # noqa: SIM115 (closed with this object)
                weakref.finalize(self, self._file.close)
            self._offsets.append(self._file.tell())
            pickle.dump(list(map(tuple, self._last)), self._file, pickle.HIGHEST_PROTOCOL)
            self._last = []

    def __len__(self) -> int:
        return len(self._offsets) * _TOGETHER + len(self._last)

    def __iter__(self) -> Iterator[Decision]:
        for offset in self._offsets:
            assert self._file is not None
            self._file.seek(offset)
            yield from map(Decision._make, pickle.load(self._file))
        yield from self._last

    @overload
    def __getitem__(self, at: int) -> Decision: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Decision]: ...
    def __getitem__(self, at: int | slice) -> Decision | Sequence[Decision]:
        return tuple(self)[at]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and len(self) == len(other) and all(map(eq, self, other))


class OnDisk(Generic[T]):
    """Values by number, from 0 on, in an unnamed temporary file."""

    def __init__(self) -> None:
        self._file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 (closed with this object)
        self._offsets = array("q")  # by number; -1: there is none
        weakref.finalize(self, self._file.close)

    def __contains__(self, number: object) -> bool:
        return isinstance(number, int) and number < len(self._offsets) and self._offsets[number] >= 0

    def __getitem__(self, number: int) -> T:
        self._file.seek(self._offsets[number])
        value: T = pickle.load(self._file)
        return value

    def __setitem__(self, number: int, value: T) -> None:
        self._offsets.extend([-1] * (number + 1 - len(self._offsets)))
        self._offsets[number] = self._file.seek(0, os.SEEK_END)
        pickle.dump(value, self._file, pickle.HIGHEST_PROTOCOL)


class Kept:
    """Messages that wait for a later review, by id."""

    def __init__(self) -> None:
        self._messages: OnDisk[OpenMessage] = OnDisk()

    def keep(self, message: OpenMessage) -> None:
        self._messages[message.id] = message

    def message(self, id_: int) -> OpenMessage:
        return self._messages[id_]


_TOGETHER = 200


class Spool:
    """Messages on their way to be put in order, without what triage does not look at."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=SPOOL_OCTETS)  # noqa: SIM115 (closed by __exit__)
        self._index: list[tuple[bool, datetime, int]] = []  # has no arrival, arrival, offset

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __len__(self) -> int:
        return len(self._index)

    def add(self, source: str, message: Message) -> None:
        at = message.arrived_at
        self._index.append((at is None, at or _NO_TIME, self._file.tell()))
        if message.size_octets > _LARGE_OCTETS:
            self._file.rollover()  # or it would be in memory once more, until it is too large for that
        pickle.dump((source, message), self._file, pickle.HIGHEST_PROTOCOL)

    def in_order(self) -> Iterator[tuple[str, Message]]:
        """By arrival; equal ones, and those without one at the end, as they were added."""
        for _, _, offset in sorted(self._index):
            self._file.seek(offset)
            yield pickle.load(self._file)
