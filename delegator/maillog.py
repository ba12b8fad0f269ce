"""The closed set of log events: what happened to connections, messages and submissions.

One method an event, so that what is logged can be read in one place. A client's address and the
subject of a mail are never logged: Message-IDs, UIDs and names of rules are. A secret is never logged
either: who can name the Message-ID of a review may command, so of our own mail only a forward's is logged.
JSON lines on stderr for a journal, readable lines for a terminal.
"""

from __future__ import annotations

import contextlib
import os
import sys
from datetime import datetime
from typing import Any, Protocol, TextIO, cast

from .core.triage.verdict import Code, Disposition

if "rich" in sys.modules:
    import structlog
else:
    # Where rich is installed structlog loads it, for a traceback that we never print: 4 MB in every process.
    sys.modules["rich"] = cast(Any, None)
    try:
        import structlog
    finally:
        del sys.modules["rich"]


class Logger(Protocol):
    """As much of structlog as is used."""

    def info(self, event: str, **fields: Any) -> Any: ...
    def warning(self, event: str, **fields: Any) -> Any: ...
    def error(self, event: str, **fields: Any) -> Any: ...


def configure(stream: TextIO | None = None) -> None:
    """Send the log to a stream (stderr), as JSON lines or, on a terminal, as readable ones. Once."""
    stream = stream or sys.stderr or open(os.devnull, "w")  # noqa: SIM115 (for the process's whole life)
    # Tracebacks without local variables: those hold mails and secrets.
    rendering: list[Any] = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    if stream.isatty():
        has_colors = "NO_COLOR" not in os.environ
        plain = structlog.dev.plain_traceback
        rendering = [structlog.dev.ConsoleRenderer(colors=has_colors, exception_formatter=plain)]
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *rendering,
        ],
        logger_factory=structlog.PrintLoggerFactory(cast(TextIO, _Unfailing(stream))),
        cache_logger_on_first_use=True,
    )


class _Unfailing:
    """A stream that loses what it cannot write: a full disk or a closed pipe stops no mail."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        with contextlib.suppress(OSError, ValueError):  # ValueError: it was closed
            self._stream.write(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._stream.flush()


class MailLog:
    """The events of one account. account: the owner's address."""

    def __init__(self, account: str, logger: Logger | None = None) -> None:
        base: Any = logger or structlog.get_logger()
        self._log: Logger = base.bind(account=account) if logger is None else base

    # --- the service ---

    def started(self, *, mode: str, resumed: int) -> None:
        """resumed: submissions that were cut off and go again."""
        self._log.info("started", mode=mode, resumed=resumed)

    def configuration(self, *, warning: str) -> None:
        """Something in the configuration that works, and probably is not meant."""
        self._log.warning("configuration", warning=warning)

    def list_reread(self, *, name: str) -> None:
        """A file under `lists` changed, and its addresses count now."""
        self._log.info("list_reread", name=name)

    def list_unreadable(self, *, what: str) -> None:
        """It is used as it was read before."""
        self._log.warning("list_unreadable", what=what)

    def to_do_file_failed(self, *, what: str) -> None:
        """The to-do list cannot be written there; it is tried again."""
        self._log.warning("to_do_file_failed", what=what)

    def list_queued(self, *, mails: int, entries: int) -> None:
        """The list of all that is open."""
        self._log.info("list_queued", mails=mails, entries=entries)

    def came_home(self, *, until: datetime) -> None:
        """An absence was closed."""
        self._log.info("came_home", until=_text(until))

    def homecoming_queued(self, *, to_dos: int) -> None:
        """The mail at the end of an absence; to_dos: entries of the list in it."""
        self._log.info("homecoming_queued", to_dos=to_dos)

    def waiting(self, *, until: datetime | None) -> None:
        """Outside the away windows. until: the next one begins; None: there is none to come."""
        self._log.info("waiting", until=_text(until))

    def observing(self, *, other: str) -> None:
        """The mailbox is another state's: nothing is forwarded until `run --adopt`."""
        self._log.warning("observing", other=other, to_do="delegator run --adopt takes over")

    def task_stuck(self, *, task: str) -> None:
        """Overdue beyond its own limits: it is cancelled and begins anew."""
        self._log.error("task_stuck", task=task)

    def task_failed(self, *, task: str, failure: BaseException) -> None:
        """A bug: the task begins anew."""
        self._log.error("task_failed", task=task, exc_info=failure)

    def state_unusable(self, *, what: str) -> None:
        """At the start; it is tried again until it can be used."""
        self._log.error("state_unusable", what=what)

    # --- the connection ---

    def connected(self, *, mode: str, can_idle: bool, can_move: bool) -> None:
        """To the mail server; can_idle: it announces new mail; can_move: it moves mail."""
        self._log.info("connected", mode=mode, can_idle=can_idle, can_move=can_move)

    def connection_lost(self, *, what: str) -> None:
        """Tried again for ever; said once for each cause."""
        self._log.warning("connection_lost", what=what)

    def login_refused(self, *, what: str) -> None:
        """The server answers, but not to us: a person has to mend it."""
        self._log.error("login_refused", what=what)

    def declined(self, *, what: str, said: str) -> None:
        """The server refuses something optional; all else goes on."""
        self._log.warning("declined", what=what, said=said)

    def blind(self, *, since: datetime, what: str) -> None:
        """Without contact for so long that somebody is told."""
        self._log.error("blind", since=_text(since), what=what)

    def alert_unstored(self, *, reply: str) -> None:
        """Nothing can be stored, so the alert went out without that: what its server said."""
        self._log.error("alert_unstored", reply=reply)

    def heartbeat_failed(self, *, what: str) -> None:
        """The URL of `alert.heartbeat` could not be fetched."""
        self._log.warning("heartbeat_failed", what=what)

    def mailbox_missing(self, *, mailbox: str) -> None:
        """One of `account.mailboxes` does not exist."""
        self._log.warning("mailbox_missing", mailbox=mailbox)

    def mark_past_end(self, *, mailbox: str, uid: int, uidnext: int) -> None:
        """The state says that mail was looked at which cannot exist: the mailbox is read again."""
        self._log.error("mark_past_end", mailbox=mailbox, uid=uid, uidnext=uidnext)

    def numbers_reused(self, *, mailbox: str, uids: list[int]) -> None:
        """The server gave UIDs a second time, as one does that was put back to an earlier day: the mailbox is
        read again."""
        self._log.error("numbers_reused", mailbox=mailbox, uids=uids)

    # --- messages ---

    def triaged(
        self,
        *,
        mailbox: str,
        uid: int,
        message_id: str | None,
        disposition: Disposition,
        code: Code,
        rule: str | None,
        backup: str | None,
    ) -> None:
        """A message was decided; code: why, as `dry-run` tells it."""
        self._log.info(
            "triaged",
            mailbox=mailbox,
            uid=uid,
            message_id=None if code is Code.OURS else message_id,
            disposition=disposition.value,
            code=code.value,
            rule=rule,
            backup=backup,
        )

    def not_understood(self, *, mailbox: str, uid: int, failure: BaseException) -> None:
        """A bug that a mail brought out: it becomes an item that says so."""
        self._log.error("not_understood", mailbox=mailbox, uid=uid, exc_info=failure)

    def recognised(self, *, mailbox: str, uid: int) -> None:
        """A message that was taken up before, at a new place."""
        self._log.info("recognised", mailbox=mailbox, uid=uid)

    def owner_wrote(self, *, message_id: str | None, settled: str | None) -> None:
        """A mail that the owner sent by hand: what it settled, None for nothing."""
        self._log.info("owner_wrote", message_id=message_id, settled=settled)

    def departed(self, *, mailbox: str, count: int) -> None:
        """Open messages that left the mailbox by the owner's own hand."""
        self._log.info("departed", mailbox=mailbox, count=count)

    def filed(self, *, mailbox: str, folder: str, count: int) -> None:
        """Messages were moved to a folder."""
        self._log.info("filed", mailbox=mailbox, folder=folder, count=count)

    def let_go(self, *, count: int) -> None:
        """Forwarded mails whose octets the mailbox was seen to hold are no longer kept here, too."""
        self._log.info("let_go", count=count)

    def fetched_again(self, *, message: int, is_found: bool) -> None:
        """What is to go to the next backup was only in the mailbox, or is not even there."""
        self._log.info("fetched_again", message=message, is_found=is_found)

    def erased(self, *, messages: int, until: datetime) -> None:
        """What was kept of absences that have been over for `keep` is erased, from up to that moment."""
        self._log.info("erased", messages=messages, until=_text(until))

    def forgotten(self, *, messages: int) -> None:
        """Because somebody said `forget`; whom, no log says."""
        self._log.info("forgotten", messages=messages)

    # --- handovers ---

    def passed_on(self, *, conversation: int, why: str, backup: str, to: str | None) -> None:
        """to: the next, or None: the owner has it again."""
        self._log.info("passed_on", conversation=conversation, why=why, backup=backup, to=to)

    def backup_said(self, *, backup: str, verb: str, done: bool) -> None:
        """A word of a backup in answer to a brief or an overview; done: it took effect."""
        self._log.info("backup_said", backup=backup, verb=verb, done=done)

    def brief_queued(self, *, backup: str) -> None:
        """The mail before an absence goes to a backup."""
        self._log.info("brief_queued", backup=backup)

    def brief_taken_back(self, *, backup: str) -> None:
        """The absence that it announced does not take place, and the backup is told."""
        self._log.info("brief_taken_back", backup=backup)

    # --- commands (way: button, reply or folder) ---

    def command(self, *, way: str, outcome: str, items: int, mistakes: int) -> None:
        """outcome: done, or spent: it was carried out before, or its secret has expired."""
        self._log.info("command", way=way, outcome=outcome, items=items, mistakes=mistakes)

    def departure_queued(self, *, items: int) -> None:
        """The mail of the evening before an absence; items: mails without an answer in it."""
        self._log.info("departure_queued", items=items)

    def absence_set(self, *, ended: bool, backup: str | None) -> None:
        """By whoever runs the host (`delegator away`)."""
        self._log.info("absence_set", ended=ended, backup=backup)

    def absence_wished(self, *, kind: str, outcome: str) -> None:
        """The owner said something of the absence. outcome: done, asked, in doubt."""
        self._log.info("absence", kind=kind, outcome=outcome)

    def command_held(self, *, way: str) -> None:
        """From an unknown address: the owner is asked."""
        self._log.warning("command_held", way=way)

    def moved(self, *, mailbox: str, uid: int) -> None:
        """The owner moved a message into one of our folders."""
        self._log.info("moved", mailbox=mailbox, uid=uid)

    # --- submissions (row: in the outbox; reply: what the server said) ---

    def submitted(self, *, row: int, kind: str, message_id: str, attempts: int) -> None:
        """The server took a mail."""
        shown = _shown_id(kind, message_id)
        self._log.info("submitted", row=row, kind=kind, message_id=shown, attempts=attempts)

    def deferred(self, *, row: int, kind: str, reply: str, due_at: datetime) -> None:
        """It goes again at that moment."""
        self._log.warning("deferred", row=row, kind=kind, reply=reply, due_at=_text(due_at))

    def outcome_unknown(self, *, row: int, kind: str, message_id: str, reply: str) -> None:
        """It may have arrived: the same octets go again."""
        shown = _shown_id(kind, message_id)
        self._log.warning("outcome_unknown", row=row, kind=kind, message_id=shown, reply=reply)

    def found_sent(self, *, row: int) -> None:
        """It lies in Sent, so the server took it, though its answer was lost."""
        self._log.info("found_sent", row=row)

    def refused(self, *, row: int, kind: str, reply: str, next_backup: str) -> None:
        """For good; next_backup: who gets it instead, or nothing."""
        self._log.warning("refused", row=row, kind=kind, reply=reply, next_backup=next_backup)

    def gave_up(self, *, row: int, reply: str) -> None:
        """Refused for good: the owner is told in the next review."""
        self._log.error("gave_up", row=row, reply=reply)

    def review_queued(self, *, slot: str | None, items: int) -> None:
        """slot: date and index; None: asked for by hand."""
        self._log.info("review_queued", slot=slot, items=items)

    def review_skipped(self, *, slot: str) -> None:
        """Nothing to say, and `when_empty: skip`."""
        self._log.info("review_skipped", slot=slot)

    def review_without_refresh(self) -> None:
        """The mailbox did not answer in time: the review says what was known before."""
        self._log.warning("review_without_refresh")


def _shown_id(kind: str, message_id: str) -> str | None:
    return message_id if kind == "forward" else None


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="seconds")
