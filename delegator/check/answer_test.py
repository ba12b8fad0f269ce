"""Whether anything answers for the owner: a mail from the alert's own server, and a look for what comes back.

An automatic reply goes to the reverse-path (RFC 3834 section 4), which is that address, whose mailbox is not
ours to read; some servers take Reply-To, which is the owner's. So one that is seen proves it, and none proves
nothing.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from ..adapters.smtp.gate import SubmissionGate
from ..config.model import Config
from ..core.compose import LOOP_HEADER
from ..core.delivery import Outcome
from ..core.mail.message import parse_message
from ..ports import StateError, Submission, Unavailable
from ..wiring.mails import compose_test_mail
from ..wiring.parts import Parts
from .automatic import AREA, LOOK_YOURSELF
from .findings import Findings
from .mailbox import MailboxLook
from .test_mail import LOOK_EVERY_S, find

ANSWERED_WITHIN_S = 15.0  # after it arrived: an automatic reply goes in the same second, and comes back


@dataclass(slots=True)
class AnswerTest:
    """One mail to the owner that a machine may answer."""

    __test__ = False  # it is no test of pytest's

    config: Config
    state_dir: Path
    parts: Parts
    mailbox: MailboxLook
    findings: Findings

    async def try_it(self, arrives_within_s: float, answered_within_s: float) -> None:
        """Send it where there is an address to send it from, and say what it shows."""
        found = self.parts.answer_gate(self.config)
        if found is None:
            what = "none was tried: there is no alert.smtp that logs in under an address of its own"
            to_do = "write yourself a mail from another address, and see whether anything answers it"
            self.findings.add(AREA, "note", what, to_do)
            return
        gate, sender = found
        try:
            await self._try(gate, sender, arrives_within_s, answered_within_s)
        except StateError as fault:
            self.findings.say(AREA, str(fault), "mend the state first")
        except Unavailable as fault:
            self.findings.say(AREA, str(fault), "try again")

    async def _try(
        self, gate: SubmissionGate, sender: str, arrives_within_s: float, answered_within_s: float
    ) -> None:
        composed = asyncio.to_thread(compose_test_mail, self.config, self.state_dir, sender)
        octets, message_id = await composed
        reply = await gate.submit(Submission((self.config.owner.address,), octets, message_id))
        if reply.outcome is not Outcome.ACCEPTED:
            what = f"the test from {sender} was not accepted: {reply.text}"
            self.findings.add(AREA, "note", what, LOOK_YOURSELF)
            return
        loop = parse_message(octets).header_values(LOOP_HEADER)[0]
        clock = asyncio.get_running_loop()
        deadline = clock.time() + arrives_within_s
        while not (arrived := await find(self.mailbox, LOOP_HEADER, loop)):
            if clock.time() > deadline:
                what = f"the test from {sender} did not arrive within {arrives_within_s:.0f} seconds"
                self.findings.add(AREA, "note", what, LOOK_YOURSELF)
                return
            await asyncio.sleep(LOOK_EVERY_S)
        # A provider may have given it another Message-ID, which is what an answer names.
        names = {message_id, *(parse_message(mail.octets).message_id for mail in arrived.values())}
        deadline = clock.time() + answered_within_s
        while not (place := await self._answer_to({name for name in names if name})):
            if clock.time() > deadline:
                break
            await asyncio.sleep(LOOK_EVERY_S)
        if place:
            what = f"one is on: it answered the test from {sender} (the answer lies in {place})"
            to_do = "switch it off before you leave, or every client gets it"
            self.findings.add(AREA, "problem", what, to_do)
        else:
            what = f"no answer to the test from {sender} was seen in your mailbox; one may have gone there"
            to_do = f"look there: an answer to “{self._subject(octets)}” means that one is on"
            self.findings.add(AREA, "note", what, to_do)

    def _subject(self, octets: bytes) -> str:
        return parse_message(octets).subject

    async def _answer_to(self, message_ids: set[str]) -> str:
        """The mailbox that holds an answer to one of these; "": none does."""
        for message_id in message_ids:
            for header in ("In-Reply-To", "References"):
                for place in await find(self.mailbox, header, message_id):
                    return place
        return ""
