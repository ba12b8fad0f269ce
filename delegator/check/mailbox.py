"""The mail server: login, what it can do, quota, mailboxes and folders; and the mail of late."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass, field
from datetime import timedelta

from ..adapters.imap.source import ImapSource
from ..config.model import Account
from ..core.folders import FORWARDED, MADE_AT_ONCE, ROOT
from ..core.mail.message import TRIAGE_OCTETS
from ..daemon.mailboxes import sent_mailbox
from ..ports import Clock, Declined, Fetched, Quota, Unavailable
from ..reports.check import Finding
from .findings import Findings, count_text

RECENT = timedelta(days=14)
RECENT_MESSAGES = 200
IDLE_FOR_S = 1.0  # those that end a session for it do so at once
FULL_PERCENT, NEARLY_FULL_PERCENT = 90, 75  # of a quota, before an absence of weeks

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


@dataclass(slots=True)
class MailboxLook:
    """One look at the mailbox, over a connection that stays open. recent: the newest of the last days."""

    account: Account
    source: ImapSource
    clock: Clock
    findings: Findings
    mailboxes: dict[str, frozenset[str]] = field(default_factory=dict)
    recent: list[Fetched] = field(default_factory=list)
    capabilities: frozenset[str] = frozenset()

    async def look(self) -> bool:
        """Whether all went well. The first step that fails ends them: the connection may be gone."""
        steps = (
            (self._log_in, "nothing else of the mailbox was looked at"),
            (self._abilities, "what it can do, quota and folders were not looked at"),
            (self._mailboxes, "folders were not looked at"),
            (self._recent_mail, "the rules were not tried on the mail of late"),
            (self._folders, "it is not known whether folders can be made"),
            (self._idle, "it is not known whether it announces new mail"),  # the last: it may end the session
        )
        try:
            for step, unknown in steps:
                opening = self.account.imap if step == self._log_in else None
                if not await self.findings.within("mail server", unknown, step(), opening):
                    return False
        except Unavailable as fault:
            to_do = "check `host`, `port` and `security` under account.imap, the network and the firewall"
            self.findings.say("mail server", str(fault), to_do)
            return False
        return True

    async def _log_in(self) -> bool:
        await self.source.connect()
        server = self.account.imap
        where = f"{server.host} port {server.port}"
        self.findings.add("mail server", "ok", f"{where}: logged in as {server.username}")
        return True

    async def _abilities(self) -> bool:
        probe = await self.source.probe()
        self.capabilities = probe.capabilities
        self.findings.certificate("mail server", probe.certificate_until, self.clock.now())
        present = [name for name in _ABILITIES if name in probe.capabilities]
        if present:
            self.findings.add("mail server", "ok", f"it has {', '.join(present)}")
        for name, lack in _ABILITIES.items():
            if name not in probe.capabilities:
                self.findings.tell(lack)
        if probe.namespace_refused:
            what = f"it refuses NAMESPACE ({probe.namespace_refused}), so folders are made at the top"
            to_do = "nothing, if the mail program shows Delegator; else ask the provider"
            self.findings.add("mail server", "note", what, to_do)
        if not probe.quotas:
            self.findings.add("quota", "ok", "the server tells of no limit")
        for quota in probe.quotas:
            look_at_quota(quota, self.findings)
        return True

    async def _mailboxes(self) -> bool:
        self.mailboxes = await self.source.list_mailboxes()
        for mailbox in self.account.mailboxes:
            if await self.source.open(mailbox, read_only=True) is None:
                to_do = "correct account.mailboxes; there are " + ", ".join(sorted(self.mailboxes)[:20])
                self.findings.add("folders", "problem", f"there is no mailbox {mailbox}", to_do)
        if self.account.sent is not None and self.account.sent not in self.mailboxes:
            to_do = "correct account.sent; there are " + ", ".join(sorted(self.mailboxes)[:20])
            self.findings.add("folders", "problem", f"there is no mailbox {self.account.sent}", to_do)
        if self.sent_mailbox is None:
            to_do = "name it as account.sent, or have your mail program keep what you send"
            what = "there is no mailbox for sent mail, so your own answers are not seen"
            self.findings.add("folders", "note", what, to_do)
        else:
            self.findings.add("folders", "ok", f"your own answers are looked for in {self.sent_mailbox}")
        return True

    @property
    def sent_mailbox(self) -> str | None:
        return sent_mailbox(self.mailboxes, self.account.sent)

    async def _recent_mail(self) -> bool:
        if await self.source.open("INBOX", read_only=True) is not None:
            since = (self.clock.now() - RECENT).date()
            uids = await self.source.uids(since=since)
            self.recent = await self.source.fetch(uids[-RECENT_MESSAGES:], TRIAGE_OCTETS)
        return True

    async def _folders(self) -> bool:
        """Folders are made, as `run` would; and a message is left there and taken away, as a marker is."""
        made: list[str] = []
        try:
            for folder in MADE_AT_ONCE if self.source.can_move else ():
                if folder not in self.mailboxes:
                    await self.source.create(folder)
                    made.append(folder)
        except Declined as fault:
            what = f"no folders can be made ({fault}), so all mail stays in INBOX; command by the reviews"
            to_do = f"make them by hand: {', '.join(MADE_AT_ONCE)}; or ask the provider for the right to"
            self.findings.add("folders", "problem", what, to_do)
            return True
        if self.source.can_move:
            names = ", ".join(MADE_AT_ONCE)
            self.findings.add("folders", "ok", f"{names}: {'made now' if made else 'there'}")
            await self._subscriptions()
        await self._marker()
        return True

    async def _subscriptions(self) -> None:
        try:
            for folder in MADE_AT_ONCE:
                await self.source.subscribe(folder)
        except Declined as fault:
            what = f"it subscribes to no folder ({fault}), so a mail program may not show {ROOT}"
            self.findings.add(
                "folders", "note", what, "subscribe to it in the mail program, to move mail there"
            )

    async def _idle(self) -> bool:
        """Some servers, and some boxes before them, end every session that idles."""
        if "IDLE" not in self.capabilities:
            return True
        try:
            await self.source.wait(IDLE_FOR_S, asyncio.Event())
        except Unavailable as fault:
            what = f"it ends a session that idles ({fault}), so new mail is seen up to 30 seconds late"
            to_do = "nothing breaks; ask the provider, or look at the firewall in between"
            self.findings.add("mail server", "problem", what, to_do)
        return True

    async def _marker(self) -> None:
        """Whether a message can be left in the folder; one that cannot be taken away again is not tried."""
        if not self.source.can_move or "UIDPLUS" not in self.capabilities:
            return
        mark = secrets.token_hex(8)
        octets = f"From: {self.account.imap.username}\r\nSubject: delegator check {mark}\r\n\r\n\r\n"
        try:
            await self.source.append(ROOT, octets.encode(errors="replace"), seen=True)
            facts = await self.source.open(ROOT)
            if facts is not None:
                if facts.permanent_flags.isdisjoint({"\\*", "$Forwarded"}):
                    what = "it keeps no keywords, so what was forwarded is not marked as such"
                    self.findings.add("mail server", "note", what, "nothing: it is moved to a folder")
                await self._move(mark)
                await self.source.delete(await self.source.search_header("Subject", mark))
        except Declined as fault:
            what = f"{ROOT} takes no marker ({fault}), so a second installation would not be noticed"
            to_do = "see that no other machine runs delegator for this mailbox; ask the provider why"
            self.findings.add("folders", "problem", what, to_do)

    async def _move(self, mark: str) -> None:
        """The message goes on to a folder that is no command, as what was forwarded does."""
        try:
            await self.source.move(await self.source.search_header("Subject", mark), FORWARDED)
        except Declined as fault:
            what = f"it refuses to move mail ({fault}), so all of it stays where it is"
            to_do = "command by the reviews; look at the rights and the quota of the mailbox"
            self.findings.add("folders", "problem", what, to_do)
        else:
            await self.source.open(FORWARDED)


def look_at_quota(quota: Quota, findings: Findings) -> None:
    """Weeks of mail are to come; a limit of nothing is none."""
    if quota.limit <= 0:
        return
    percent = 100 * quota.used // quota.limit
    if quota.resource == "STORAGE":  # in units of 1024 octets (RFC 9208 section 5.1)
        used = f"{quota.used // 1024} of {quota.limit // 1024} MB"
    else:
        used = f"{quota.used} of {count_text(quota.limit, quota.resource.lower())}"
    to_do = "make room: a full mailbox sends clients' mail back to them"
    if percent >= 100:
        findings.add("quota", "problem", f"the mailbox is full ({used})", to_do)
    elif percent >= FULL_PERCENT:
        findings.add("quota", "problem", f"the mailbox is nearly full ({used})", to_do)
    elif percent >= NEARLY_FULL_PERCENT:
        findings.add("quota", "note", f"the mailbox is {percent} % full ({used})", to_do)
    else:
        findings.add("quota", "ok", f"{used} in use")
