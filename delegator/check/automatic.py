"""Whether an automatic reply is still on: it would tell every client what delegator keeps silent about."""

from __future__ import annotations

import re

from .. import wiring
from ..adapters.managesieve import PORT, SieveLook
from ..config.model import Config
from ..ports import Unavailable
from .findings import Findings

AREA = "automatic reply"
LOOK_YOURSELF = "look in the provider's settings and in Outlook, and switch it off before you leave"

_COMMENT = re.compile(r"/\*.*?\*/|#[^\r\n]*", re.DOTALL)
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_VACATION = re.compile(r"(?<![\w:])vacation\b", re.IGNORECASE)


def answers_automatically(script: str) -> bool:
    """Whether a Sieve script (RFC 5228) replies by itself (RFC 5230), under whatever condition."""
    bare = _COMMENT.sub(" ", _STRING.sub('""', script))
    return _VACATION.search(bare) is not None


async def look_at_automatic_reply(config: Config, findings: Findings, *, port: int = PORT) -> None:
    """By ManageSieve, where the mail server offers it; else it is said how to look."""
    look: SieveLook | None = wiring.sieve_look(config, port)
    unknown = "whether an automatic reply is on cannot be seen from here"
    if look is None:
        findings.add(AREA, "note", unknown, LOOK_YOURSELF)
        return
    try:
        script = await findings.within(AREA, unknown, _script(look))
    except Unavailable as fault:
        findings.add(AREA, "note", f"{unknown}: {fault}", LOOK_YOURSELF)
        return
    if script is None:
        return
    if answers_automatically(script):
        what = "the mail server's filter holds an automatic reply (vacation), and every client may get it"
        findings.add(AREA, "problem", what, "switch it off before you leave, in the provider's settings")
    else:
        findings.add(AREA, "ok", "the mail server's filter answers nobody; look in Outlook, too")


async def _script(look: SieveLook) -> str:
    return await look.active_script() or ""
