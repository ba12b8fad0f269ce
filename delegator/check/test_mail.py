"""What `check --send` sends: a mail to the owner, whose way teaches something, and the briefs."""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ..adapters.smtp.gate import SubmissionGate
from ..catalogues import load_catalogue
from ..config.model import Config
from ..core.compose import LOOP_HEADER, Stamp
from ..core.compose.to_do import compose_test_task
from ..core.delivery import Outcome, Stage
from ..core.folders import DONE
from ..core.lessons import Lessons
from ..core.mail.authentication import failure, is_stated, named_server
from ..core.mail.message import TRIAGE_OCTETS, Message, parse_message
from ..ports import Fetched, StateError, Submission, Unavailable
from ..wiring import mails, state
from .findings import CLOCK_MAY_DIFFER, Findings, minutes_text
from .mailbox import MailboxLook
from .submission import LOOK_AT

ARRIVES_WITHIN_S = 120.0
LOOK_EVERY_S = 1.0
NEWEST = 20  # mails of others that show what the server calls itself
HEADER_OCTETS = 32 * 1024


def _own_server(messages: Iterable[Message]) -> str | None:
    """What the server that states results most often in these calls itself; None: nothing can be read."""
    names = Counter(name for message in messages if (name := named_server(message)))
    return names.most_common(1)[0][0] if names else None


async def send_briefs(config: Config, state_dir: Path, findings: Findings) -> None:
    """To each backup what is to come, and how to say no."""
    try:
        sent = await asyncio.to_thread(mails.send_briefs, config, state_dir)
    except StateError as fault:
        findings.say("briefs", str(fault), "mend the state first")
        return
    except Unavailable as fault:
        findings.say("briefs", str(fault), "mend that first, then `check --send` again")
        return
    if sent:
        findings.add("briefs", "ok", f"sent to {', '.join(sent)}; `status` says what they answer")
    else:
        findings.add("briefs", "ok", "nobody is left to brief about an absence that is to come")


async def send_test_tasks(config: Config, gate: SubmissionGate, findings: Findings, now: datetime) -> None:
    """One test to each task program; whether it made a task of it, only the owner can see."""
    for task in config.tasks:
        message_id = f"<{secrets.token_hex(16)}@{config.owner.domain}>"
        stamp = Stamp(message_id, secrets.token_hex(16), "", now.astimezone(config.owner.timezone))
        octets = compose_test_task(task, config.owner, stamp, load_catalogue(config.owner.language))
        reply = await gate.submit(Submission((task.address,), octets, message_id))
        if reply.outcome is Outcome.ACCEPTED:
            what, to_do = f"a test went to {task.address}", "see that it became a task, and delete that"
            findings.add("to-do", "note", what, to_do)
        else:
            what = f"{task.address} did not take a test: {reply.text}"
            findings.add("to-do", "problem", what, LOOK_AT[Stage.RECIPIENT])


async def find(mailbox: MailboxLook, header: str, value: str) -> dict[str, Fetched]:
    """A mail with this header field in each mailbox that holds one. Raises Unavailable."""
    # INBOX first, sent mail last: by then whoever files it has done so.
    names = sorted(mailbox.mailboxes, key=lambda name: (name == mailbox.sent_mailbox, name != "INBOX", name))
    found: dict[str, Fetched] = {}
    for name in names:
        if await mailbox.source.open(name, read_only=True) is None:
            continue
        uids = await mailbox.source.search_header(header, value)
        for mail in await mailbox.source.fetch(uids[:1], TRIAGE_OCTETS):
            found[name] = mail
    return found


@dataclass(slots=True)
class TestMail:
    """One mail to the owner, from its submission to where it arrives."""

    __test__ = False  # it is no test of pytest's

    config: Config
    state_dir: Path
    gate: SubmissionGate
    mailbox: MailboxLook
    findings: Findings

    async def try_it(self, arrives_within_s: float) -> None:
        """Send the owner a mail, see where it arrives and what became of it, and keep that."""
        try:
            composed = asyncio.to_thread(mails.compose_test_mail, self.config, self.state_dir)
            octets, message_id = await composed
        except StateError as fault:
            self.findings.say("test mail", str(fault), "mend the state first")
            return
        sent_at = self.mailbox.clock.now()
        reply = await self.gate.submit(Submission((self.config.owner.address,), octets, message_id))
        if reply.outcome is not Outcome.ACCEPTED:
            self.findings.add(
                "test mail", "problem", f"was not accepted: {reply.text}", LOOK_AT[Stage.RECIPIENT]
            )
            return
        loop = parse_message(octets).header_values(LOOP_HEADER)[0]
        try:
            found = await self._find(loop, arrives_within_s)
        except Unavailable as fault:
            self.findings.say("test mail", str(fault), "try again")
            return
        arrived = {mailbox: mail for mailbox, mail in found.items() if mailbox != self.mailbox.sent_mailbox}
        if not arrived:
            what = f"was accepted, and did not arrive within {arrives_within_s:.0f} seconds"
            self.findings.add("test mail", "problem", what, "ask the provider where mail to yourself goes")
            return
        mailbox, mail = next(iter(arrived.items()))
        self._judge(mailbox, mail, message_id, sent_at)
        files_sent_in = self.mailbox.sent_mailbox if self.mailbox.sent_mailbox in found else None
        message = parse_message(mail.octets)
        account = self.config.account
        lessons = Lessons(
            tested_at=sent_at,
            arrived_in=mailbox,
            keeps_message_id=message.message_id == message_id,
            files_sent_in=files_sent_in or "",
            failed=failure(message, account.authserv_id if account else None) or "",
        )
        self._tell(lessons, message, await self._newest())
        await asyncio.to_thread(state.keep_lessons, self.config, self.state_dir, lessons)

    async def _find(self, loop: str, arrives_within_s: float) -> dict[str, Fetched]:
        """The test mail in each mailbox that holds it, from when it arrived anywhere but among the sent."""
        clock = asyncio.get_running_loop()
        deadline = clock.time() + arrives_within_s
        while True:
            found = await find(self.mailbox, LOOP_HEADER, loop)
            if found.keys() - {self.mailbox.sent_mailbox} or clock.time() > deadline:
                return found
            await asyncio.sleep(LOOK_EVERY_S)

    def _judge(self, mailbox: str, mail: Fetched, message_id: str, sent_at: datetime) -> None:
        """Where and when it arrived."""
        if r"\Junk" in self.mailbox.mailboxes[mailbox]:
            self.findings.add(
                "test mail", "problem", f"arrived in {mailbox}", "mark it as no junk: so are the reviews"
            )
        else:
            by = ", filed by the daemon" if mailbox == DONE else ""
            self.findings.add("test mail", "ok", f"arrived in {mailbox}{by}")
        now, at = self.mailbox.clock.now(), mail.arrived_at
        if at is not None and not sent_at - CLOCK_MAY_DIFFER <= at <= now + CLOCK_MAY_DIFFER:
            self.findings.wrong_clock(f"the mail server's is {minutes_text(at - now)} away")
        else:
            self.findings.add("clock", "ok", "agrees with the mail server's")

    async def _newest(self) -> list[Message]:
        """What others sent: some servers state nothing of a mail that its own user submitted."""
        if await self.mailbox.source.open("INBOX", read_only=True) is None:
            return []
        uids = await self.mailbox.source.uids()
        return [
            parse_message(mail.octets)
            for mail in await self.mailbox.source.fetch(uids[-NEWEST:], HEADER_OCTETS)
        ]

    def _tell(self, lessons: Lessons, message: Message, others: Sequence[Message]) -> None:
        """What is kept of it. others: the newest mails in the inbox."""
        if not lessons.keeps_message_id:
            what = "arrived under another Message-ID: the provider replaces it"
            to_do = "nothing; our mails are known by another mark, too"
            self.findings.add("test mail", "note", what, to_do)
        if lessons.files_sent_in:
            self.findings.add(
                "test mail", "ok", f"the provider files sent mail in {lessons.files_sent_in} by itself"
            )
        else:
            self.findings.add("test mail", "ok", "the provider does not file sent mail by itself")
        assert self.config.account is not None
        believed = self.config.account.authserv_id
        named = _own_server((message, *others))
        if believed and named and not any(is_stated(mail, believed) for mail in (message, *others)):
            what = f"account.authserv_id is {believed}, but your server calls itself {named}"
            self.findings.add("test mail", "problem", what, f"write account.authserv_id: {named}")
        elif lessons.failed:
            what = f"your own server says of your own mail: {lessons.failed}"
            to_do = "have SPF, DKIM and DMARC of your domain mended; meanwhile such a result refuses nobody"
            self.findings.add("test mail", "note", what, to_do)
        elif believed:
            said = "nothing against it" if is_stated(message, believed) else "nothing"
            self.findings.add("test mail", "ok", f"on who sent it {believed} says {said}")
        elif named:
            to_do = f"write account.authserv_id: {named}, so that a forged sender is told from a real one"
            self.findings.add(
                "test mail", "note", "your server states who mail is from, and is not believed", to_do
            )
