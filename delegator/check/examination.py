"""`check`: whether everything that an absence needs is there, in one report.

It looks at configuration, state, servers and folders, over connections of its own, beside a running
daemon. Without `send` no mail goes out; folders that are missing are made, as `run` would.
"""

from __future__ import annotations

import asyncio
import os
import pwd
import shutil
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from .. import wiring
from ..adapters import control
from ..adapters.host import look_up
from ..adapters.imap.source import ImapSource
from ..adapters.smtp import SubmissionGate
from ..config.model import Config, Server
from ..core.compose import LOOP_HEADER
from ..core.delivery import Outcome, Stage
from ..core.lessons import Lessons
from ..core.mail.authentication import failure
from ..core.mail.display import one_line
from ..core.mail.message import TRIAGE_OCTETS, Message, parse_message
from ..core.rules.lint import FindingCode, lint
from ..daemon.account import FOLDERS
from ..daemon.intake import DONE
from ..daemon.mailboxes import sent_mailbox
from ..ports import Clock, Fetched, Quota, StateError, Submission, SubmissionProbe, Unavailable
from ..reports.report import Check, Finding, Level

RECENT = timedelta(days=14)
RECENT_MESSAGES = 200
EXPIRES_SOON = timedelta(days=14)  # machines renew a certificate 30 days before its end
CLOCK_MAY_DIFFER = timedelta(minutes=2)
FULL_PERCENT, NEARLY_FULL_PERCENT = 90, 75  # of a quota, before an absence of weeks
FREE_OCTETS = 500_000_000  # a dozen of the largest mails, on their way at once, in the state and its journal
ARRIVES_WITHIN_S = 120.0
LOOK_EVERY_S = 1.0

_MAY_BE_MEANT = frozenset({FindingCode.MATCHES_EVERYTHING, FindingCode.NEEDS_STAR, FindingCode.NO_SUCH_TIME})

_ABILITIES = {
    "IDLE": Finding(
        "mail server",
        "problem",
        "it has no IDLE (RFC 2177), so new mail is seen up to 30 seconds late",
        "nothing breaks; ask the provider whether it can be switched on",
    ),
    "MOVE": Finding(
        "mail server",
        "problem",
        "it has no MOVE (RFC 6851), so all mail stays in INBOX and there are no folders to command with",
        "command by the reviews; ask the provider whether it can be switched on",
    ),
    "UIDPLUS": Finding(
        "mail server",
        "note",
        "it has no UIDPLUS (RFC 4315), so superseded markers stay in the mailbox Delegator",
        "leave them, or delete them by hand after the absence",
    ),
}
"""What is asked of a mail server, and what to say where it is lacking."""

_REFUSES = {
    Stage.OPENING: "turns us away",
    Stage.LOGIN: "refuses the login",
    Stage.SENDER: "takes no mail from the owner's address",
    Stage.RECIPIENT: "takes no mail to the owner's address",
}
_LOOK_AT = {
    Stage.OPENING: "check `host`, `port` and `security` under account.smtp, the network and the firewall",
    Stage.LOGIN: "check the user name and the password of account.smtp (some providers want an app password)",
    Stage.SENDER: "this login may not send as the owner: correct owner.address, or ask the provider",
    Stage.RECIPIENT: "mail to the owner must be accepted, or no review arrives; correct owner.address",
}


async def check(
    config: Config, state_dir: Path, *, send: bool, clock: Clock, arrives_within_s: float = ARRIVES_WITHIN_S
) -> Check:
    """Look at everything: one thing that is wrong keeps no other from being looked at.

    send: mail the owner, see what becomes of it, and keep what that teaches. Raises ConfigError.
    """
    parts = wiring.Parts(clock)
    try:
        async with wiring.probes(parts, config) as (source, gate):
            examination = _Examination(config, state_dir, source, gate, clock)
            await examination.run()
            if send:
                await examination.try_a_mail(arrives_within_s)
                await examination.send_briefs()
            return Check(config.owner.address, tuple(examination.findings))
    finally:
        parts.close()


@dataclass(slots=True)
class _Examination:
    """One run of `check`. Each method adds its findings, in the order in which people set things up."""

    config: Config
    state_dir: Path
    source: ImapSource
    gate: SubmissionGate
    clock: Clock
    findings: list[Finding] = field(default_factory=list)
    mailboxes: dict[str, frozenset[str]] = field(default_factory=dict)
    recent: list[Fetched] = field(default_factory=list)
    submission: SubmissionProbe | None = None
    has_mailbox: bool = False

    async def run(self) -> None:
        account = self.config.account
        assert account is not None
        self._configuration()
        self._state()
        if await self._is_named(account.imap):
            self.has_mailbox = await self._steps(account.imap)
        if account.smtp.host == account.imap.host or await self._is_named(account.smtp):
            self.submission = await self.gate.probe()
            self._submission(self.submission, account.smtp)
        self._sizes()
        self._time()
        self._rules()

    def _rules(self) -> None:
        """What the configuration allows and yet cannot mean, tried on the mail of late."""
        messages = [
            parse_message(each.octets, size_octets=each.size_octets, arrived_at=each.arrived_at)
            for each in self.recent
        ]
        found = lint(self.config, self.clock.now(), messages)
        for each in found:
            place = f"{self.config.path}:{each.line}: " if each.line else ""
            level: Level = "note" if each.code in _MAY_BE_MEANT else "problem"
            self._add("rules", level, f"{place}{each.what}", each.to_do)
        if not found:
            self._add("rules", "ok", "each can get mail, and somebody is there to take it")

    def _add(self, area: str, level: Level, what: str, to_do: str = "") -> None:
        self.findings.append(Finding(area, level, what, to_do))

    # --- this machine

    def _configuration(self) -> None:
        config = self.config
        self._add(
            "configuration",
            "ok",
            f"{config.path}: {_count(len(config.rules), 'rule')}, {_count(len(config.backups), 'backup')}",
        )
        for warning in config.warnings:
            place = f"{warning.file}:{warning.line}:{warning.column}"
            self._add("configuration", "note", f"{place}: {warning.what}", warning.to_do)

    def _state(self) -> None:
        folder = self.state_dir
        try:
            if not folder.is_dir():
                self._coming_state(folder)
            elif control.ask(folder, {"command": "status"}) is not None:
                what = f"{folder} is served by process {control.holder(folder)}, which is left alone"
                self._add("state", "ok", what)
            else:
                self._existing_state(folder)
            free_octets = shutil.disk_usage(_nearest(folder)).free
        except StateError as fault:
            self._say("state", str(fault), "run this as the user who runs the daemon")
        except OSError as error:
            self._add(
                "state",
                "problem",
                f"{folder} cannot be used ({error.strerror})",
                "choose another --state, or mend its owner and mode",
            )
        else:
            if free_octets < FREE_OCTETS:
                what = f"only {free_octets // 1_000_000} MB are free where {folder} is"
                self._add("state", "problem", what, "make room: mail on its way is kept there")

    def _existing_state(self, folder: Path) -> None:
        status = folder.stat()
        if status.st_uid != os.geteuid():
            owner, user = _user_name(status.st_uid), _user_name(os.geteuid())
            to_do = f"run everything as {owner}, or choose another --state"
            self._add("state", "problem", f"{folder} belongs to {owner}, and this is {user}", to_do)
        elif not os.access(folder, os.W_OK | os.X_OK):
            self._add("state", "problem", f"{folder} cannot be written to", f"chmod 700 {folder}")
        elif status.st_mode & 0o077:
            self._add("state", "note", f"others may look into {folder}", f"chmod 700 {folder}")
        else:
            self._add("state", "ok", f"{folder} can be written to")

    def _coming_state(self, folder: Path) -> None:
        nearest = _nearest(folder)
        if folder.exists() or not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
            to_do = f"make it, for {_user_name(os.geteuid())} alone, or choose another --state"
            self._add("state", "problem", f"{folder} is no folder, and none can be made there", to_do)
        else:
            self._add("state", "ok", f"{folder} will be made at the first start")

    # --- the mail server

    async def _is_named(self, server: Server) -> bool:
        try:
            count = await look_up(server.host)
        except Unavailable as fault:
            self._say("names", str(fault), "correct `host`")
            return False
        self._add("names", "ok", f"{server.host} has {_count(count, 'address', 'addresses')}")
        return True

    async def _steps(self, server: Server) -> bool:
        """Whether all went well. The first step that fails ends them: the connection may be gone."""
        try:
            await self.source.connect()
            where = f"{server.host} port {server.port}"
            self._add("mail server", "ok", f"{where}: logged in as {server.username}")
            await self._abilities()
            await self._mailboxes()
            await self._recent_mail()
            await self._folders()
        except Unavailable as fault:
            to_do = "check `host`, `port` and `security` under account.imap, the network and the firewall"
            self._say("mail server", str(fault), to_do)
            return False
        return True

    async def _abilities(self) -> None:
        probe = await self.source.probe()
        self._certificate("mail server", probe.certificate_until)
        present = [name for name in _ABILITIES if name in probe.capabilities]
        if present:
            self._add("mail server", "ok", f"it has {', '.join(present)}")
        for name, lack in _ABILITIES.items():
            if name not in probe.capabilities:
                self.findings.append(lack)
        if not probe.quotas:
            self._add("quota", "ok", "the server tells of no limit")
        for quota in probe.quotas:
            self._quota(quota)

    def _quota(self, quota: Quota) -> None:
        if quota.limit <= 0:
            return
        percent = 100 * quota.used // quota.limit
        if quota.resource == "STORAGE":  # in units of 1024 octets (RFC 9208 section 5.1)
            used = f"{quota.used // 1024} of {quota.limit // 1024} MB"
        else:
            used = f"{quota.used} of {_count(quota.limit, quota.resource.lower())}"
        to_do = "make room: a full mailbox sends clients' mail back to them"
        if percent >= 100:
            self._add("quota", "problem", f"the mailbox is full ({used})", to_do)
        elif percent >= FULL_PERCENT:
            self._add("quota", "problem", f"the mailbox is nearly full ({used})", to_do)
        elif percent >= NEARLY_FULL_PERCENT:
            self._add("quota", "note", f"the mailbox is {percent} % full ({used})", to_do)
        else:
            self._add("quota", "ok", f"{used} in use")

    async def _mailboxes(self) -> None:
        assert self.config.account is not None
        self.mailboxes = await self.source.list_mailboxes()
        for mailbox in self.config.account.mailboxes:
            if await self.source.open(mailbox, read_only=True) is None:
                to_do = "correct account.mailboxes; there are " + ", ".join(sorted(self.mailboxes)[:20])
                self._add("folders", "problem", f"there is no mailbox {mailbox}", to_do)
        if self._sent_mailbox is None:
            to_do = "have your mail program keep what you send, so that your own answers are seen"
            self._add("folders", "note", "there is no mailbox for sent mail", to_do)
        else:
            self._add("folders", "ok", f"your own answers are looked for in {self._sent_mailbox}")

    @property
    def _sent_mailbox(self) -> str | None:
        return sent_mailbox(self.mailboxes)

    async def _recent_mail(self) -> None:
        if await self.source.open("INBOX", read_only=True) is not None:
            since = (self.clock.now() - RECENT).date()
            uids = await self.source.uids(since=since)
            self.recent = await self.source.fetch(uids[-RECENT_MESSAGES:], TRIAGE_OCTETS)

    async def _folders(self) -> None:
        if not self.source.can_move:
            return
        missing = [folder for folder in FOLDERS if folder not in self.mailboxes]
        for folder in missing:
            await self.source.create(folder)
        names = ", ".join(FOLDERS)
        self._add("folders", "ok", f"{names}: {'made now' if missing else 'there'}")

    # --- submission

    def _submission(self, probe: SubmissionProbe, server: Server) -> None:
        reply = probe.reply
        if reply.outcome is Outcome.ACCEPTED:
            self._certificate("submission", probe.certificate_until)
            where = f"{server.host} port {server.port}"
            self._add(
                "submission", "ok", f"{where}: would take a mail from and to {self.config.owner.address}"
            )
        elif reply.code is None:
            self._say("submission", reply.text, _LOOK_AT[probe.stage])
        else:
            what = f"{server.host} port {server.port}: {_REFUSES[probe.stage]}: {reply.code} {reply.text}"
            self._add("submission", "problem", what, _LOOK_AT[probe.stage])

    def _sizes(self) -> None:
        if self.submission is None or self.submission.max_octets is None or not self.recent:
            return
        limit, largest = self.submission.max_octets, max(each.size_octets for each in self.recent)
        if largest > limit:
            what = f"mail up to {_megabytes(limit)} can be sent, and some of late has {_megabytes(largest)}"
            to_do = "nothing; of such a mail your backup gets the text, and you keep the rest in INBOX"
            self._add("sizes", "note", what, to_do)
        else:
            what = (
                f"mail up to {_megabytes(limit)} can be sent; the largest of late has {_megabytes(largest)}"
            )
            self._add("sizes", "ok", what)

    def _certificate(self, area: str, until: datetime | None) -> None:
        if until is None:
            return
        day = until.date().isoformat()
        if until - self.clock.now() < EXPIRES_SOON:
            to_do = "see that it is renewed: without a valid one delegator does not talk to the server"
            self._add(area, "note", f"its certificate ends on {day}", to_do)
        else:
            self._add(area, "ok", f"its certificate holds until {day}")

    def _time(self) -> None:
        """Compared with whatever tells the time by itself; IMAP has no question for it."""
        now = self.clock.now()
        said = self.submission.server_at if self.submission else None
        arrivals = [each.arrived_at for each in self.recent if each.arrived_at is not None]
        if said is not None and abs(now - said) > CLOCK_MAY_DIFFER:
            self._wrong_clock(f"the submission server's is {_minutes(said - now)} away")
        elif arrivals and max(arrivals) - now > CLOCK_MAY_DIFFER:
            self._wrong_clock(f"a mail arrived {_minutes(max(arrivals) - now)} from now")
        elif said is not None:
            self._add("clock", "ok", "agrees with the submission server's")
        else:
            self._add("clock", "ok", "no server said its time, so it was not compared; --send compares it")

    def _wrong_clock(self, what: str) -> None:
        self._add("clock", "problem", f"this machine's clock is wrong: {what}", "timedatectl set-ntp true")

    # --- the test mail

    async def send_briefs(self) -> None:
        """To each backup what is to come, and how to say no."""
        if self.submission is None or not self.config.backups:
            return
        try:
            sent = await asyncio.to_thread(wiring.send_briefs, self.config, self.state_dir)
        except StateError as fault:
            self._say("briefs", str(fault), "mend the state first")
            return
        if sent:
            self._add("briefs", "ok", f"sent to {', '.join(sent)}; `status` says what they answer")
        else:
            self._add("briefs", "ok", "nobody is left to brief about an absence that is to come")

    async def try_a_mail(self, arrives_within_s: float) -> None:
        """Send the owner a mail, see where it arrives and what became of it, and keep that."""
        if not self.has_mailbox or self.submission is None:
            self._add("test mail", "note", "was not sent", "mend the problems above first")
            return
        try:
            octets, message_id = await asyncio.to_thread(wiring.compose_trial, self.config, self.state_dir)
        except StateError as fault:
            self._say("test mail", str(fault), "mend the state first")
            return
        sent_at = self.clock.now()
        reply = await self.gate.submit(Submission((self.config.owner.address,), octets, message_id))
        if reply.outcome is not Outcome.ACCEPTED:
            self._add("test mail", "problem", f"was not accepted: {reply.text}", _LOOK_AT[Stage.RECIPIENT])
            return
        loop = parse_message(octets).header_values(LOOP_HEADER)[0]
        try:
            found = await self._find(loop, arrives_within_s)
        except Unavailable as fault:
            self._say("test mail", str(fault), "try again")
            return
        arrived = {mailbox: mail for mailbox, mail in found.items() if mailbox != self._sent_mailbox}
        if not arrived:
            what = f"was accepted, and did not arrive within {arrives_within_s:.0f} seconds"
            self._add("test mail", "problem", what, "ask the provider where mail to yourself goes")
            return
        mailbox, mail = next(iter(arrived.items()))
        self._judge(mailbox, mail, message_id, sent_at)
        files_sent_in = self._sent_mailbox if self._sent_mailbox in found else None
        message = parse_message(mail.octets)
        account = self.config.account
        lessons = Lessons(
            tested_at=sent_at,
            arrived_in=mailbox,
            keeps_message_id=message.message_id == message_id,
            files_sent_in=files_sent_in or "",
            failed=failure(message, account.authserv_id if account else None) or "",
        )
        self._tell(lessons, message)
        await asyncio.to_thread(wiring.keep_lessons, self.config, self.state_dir, lessons)

    async def _find(self, loop: str, arrives_within_s: float) -> dict[str, Fetched]:
        """The test mail in each mailbox that holds it, from when it arrived anywhere but among the sent."""
        clock = asyncio.get_running_loop()
        deadline = clock.time() + arrives_within_s
        # INBOX first, sent mail last: by then whoever files it has done so.
        names = sorted(self.mailboxes, key=lambda name: (name == self._sent_mailbox, name != "INBOX", name))
        while True:
            found: dict[str, Fetched] = {}
            for mailbox in names:
                if await self.source.open(mailbox, read_only=True) is None:
                    continue
                uids = await self.source.search_header(LOOP_HEADER, loop)
                for mail in await self.source.fetch(uids[:1], TRIAGE_OCTETS):
                    found[mailbox] = mail
            if found.keys() - {self._sent_mailbox} or clock.time() > deadline:
                return found
            await asyncio.sleep(LOOK_EVERY_S)

    def _judge(self, mailbox: str, mail: Fetched, message_id: str, sent_at: datetime) -> None:
        """Where and when it arrived."""
        if r"\Junk" in self.mailboxes[mailbox]:
            self._add(
                "test mail", "problem", f"arrived in {mailbox}", "mark it as no junk: so are the reviews"
            )
        else:
            by = ", filed by the daemon" if mailbox == DONE else ""
            self._add("test mail", "ok", f"arrived in {mailbox}{by}")
        now, at = self.clock.now(), mail.arrived_at
        if at is not None and not sent_at - CLOCK_MAY_DIFFER <= at <= now + CLOCK_MAY_DIFFER:
            self._wrong_clock(f"the mail server's is {_minutes(at - now)} away")
        else:
            self._add("clock", "ok", "agrees with the mail server's")

    def _tell(self, lessons: Lessons, message: Message) -> None:
        """What is kept of it."""
        if not lessons.keeps_message_id:
            what = "arrived under another Message-ID: the provider replaces it"
            to_do = "nothing; our mails are known by another mark, too"
            self._add("test mail", "note", what, to_do)
        if lessons.files_sent_in:
            self._add("test mail", "ok", f"the provider files sent mail in {lessons.files_sent_in} by itself")
        else:
            self._add("test mail", "ok", "the provider does not file sent mail by itself")
        assert self.config.account is not None
        stated = message.header_values("Authentication-Results")
        if lessons.failed:
            what = f"your own server says of your own mail: {lessons.failed}"
            to_do = "have SPF, DKIM and DMARC of your domain mended; meanwhile such a result refuses nobody"
            self._add("test mail", "note", what, to_do)
        elif self.config.account.authserv_id:
            said = "nothing" if not stated else "nothing against it"
            self._add("test mail", "ok", f"on who sent it {self.config.account.authserv_id} says {said}")
        elif stated and (name := one_line(stated[0].partition(";")[0], 80)):
            to_do = f"write account.authserv_id: {name}, so that a forged sender is told from a real one"
            self._add("test mail", "note", "your server states who mail is from, and is not believed", to_do)

    # --- words

    def _say(self, area: str, sentence: str, otherwise: str) -> None:
        """A problem, as whoever found it put it: what, and what to do where it knew."""
        what, _, to_do = sentence.rpartition("; ")
        self._add(area, "problem", what or sentence, to_do if what else otherwise)


def _nearest(folder: Path) -> Path:
    """The folder, or what there is of the way to it."""
    return next(each for each in (folder, *folder.absolute().parents) if each.exists())


def _user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"


def _count(n: int, one: str, many: str = "") -> str:
    return f"{n} {one if n == 1 else many or one + 's'}"


def _megabytes(octets: int) -> str:
    return f"{octets / 1_000_000:.1f} MB"


def _minutes(span: timedelta) -> str:
    return _count(round(abs(span) / timedelta(minutes=1)), "minute")
