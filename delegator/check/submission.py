"""The submission server: whether it takes mail from the owner, and how large."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ..config.model import Server
from ..core.delivery import Outcome, Stage
from ..ports import Fetched, SubmissionProbe
from .findings import Findings

_REFUSES = {
    Stage.OPENING: "turns us away",
    Stage.LOGIN: "refuses the login",
    Stage.SENDER: "takes no mail from the owner's address",
    Stage.RECIPIENT: "takes no mail to the owner's address",
}
LOOK_AT = {
    Stage.OPENING: "check `host`, `port` and `security` under account.smtp, the network and the firewall",
    Stage.LOGIN: "check the user name and the password of account.smtp (some providers want an app password)",
    Stage.SENDER: "this login may not send as the owner: correct owner.address, or ask the provider",
    Stage.RECIPIENT: "mail to the owner must be accepted, or no review arrives; correct owner.address",
}


def look_at_submission(
    probe: SubmissionProbe, server: Server, owner: str, now: datetime, findings: Findings
) -> None:
    """How far it would go with a mail from the owner to the owner."""
    reply = probe.reply
    if reply.outcome is Outcome.ACCEPTED:
        findings.certificate("submission", probe.certificate_until, now)
        where = f"{server.host} port {server.port}"
        findings.add("submission", "ok", f"{where}: would take a mail from and to {owner}")
    elif reply.code is None:
        findings.say("submission", reply.text, LOOK_AT[probe.stage])
    else:
        what = f"{server.host} port {server.port}: {_REFUSES[probe.stage]}: {reply.code} {reply.text}"
        findings.refused("submission", what, LOOK_AT[probe.stage])


def look_at_sizes(max_octets: int | None, recent: Sequence[Fetched], findings: Findings) -> None:
    """Whether a forward of the largest mail of late would be taken. max_octets: None: no limit is known."""
    if max_octets is None or not recent:
        return
    limit, largest = max_octets, max(mail.size_octets for mail in recent)
    if largest > limit:
        what = f"mail up to {_megabytes(limit)} can be sent, and some of late has {_megabytes(largest)}"
        to_do = "nothing; of such a mail your backup gets the text, and you keep the rest in INBOX"
        findings.add("sizes", "note", what, to_do)
    else:
        what = f"mail up to {_megabytes(limit)} can be sent; the largest of late has {_megabytes(largest)}"
        findings.add("sizes", "ok", what)


def _megabytes(octets: int) -> str:
    return f"{octets / 1_000_000:.1f} MB"
