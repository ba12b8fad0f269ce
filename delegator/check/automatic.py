"""Whether an automatic reply is still on: it would tell every client what delegator keeps silent about."""

from __future__ import annotations

import re

from ..adapters.managesieve import PORT, SieveLook
from ..config.model import Config
from ..core.mail.display import one_line
from ..ports import Unavailable
from ..wiring.connections import sieve_look
from .findings import Findings

AREA = "automatic reply"
LOOK_YOURSELF = "look in the provider's settings and in Outlook, and switch it off before you leave"

_PART = re.compile(
    r'/\*.*?\*/|#[^\r\n]*|"(?:[^"\\]|\\.)*"|\btext:[ \t]*(?:#[^\r\n]*)?\r?\n.*?\n\.\r?(?:\n|\Z)', re.DOTALL
)
"""Comments and strings (RFC 5228 sections 2.3 and 2.4.2): what stands in them is no command."""
_VACATION = re.compile(r"(?<![\w:])vacation\b", re.IGNORECASE)
_INCLUDE = re.compile(r'(?<![\w:])include\b[^";]*"(\d+)"', re.IGNORECASE)


def answers_automatically(script: str) -> bool:
    """Whether a Sieve script (RFC 5228) replies by itself (RFC 5230), under whatever condition."""
    return _VACATION.search(_PART.sub(" ", script)) is not None


def included(script: str) -> list[str]:
    """The names of the scripts that it includes (RFC 6609)."""
    strings: list[str] = []

    def number(part: re.Match[str]) -> str:
        if not part[0].startswith('"'):
            return " "
        strings.append(re.sub(r"\\(.)", r"\1", part[0][1:-1]))
        return f'"{len(strings) - 1}"'

    bare = _PART.sub(number, script)
    return [strings[int(n)] for n in _INCLUDE.findall(bare)]


async def look_at_automatic_reply(config: Config, findings: Findings, *, port: int = PORT) -> None:
    """By ManageSieve, where the mail server offers it; else it is said how to look."""
    look: SieveLook | None = sieve_look(config, port)
    unknown = "whether an automatic reply is on cannot be seen from here"
    if look is None:
        findings.add(AREA, "note", unknown, LOOK_YOURSELF)
        return
    try:
        scripts = await findings.within(AREA, unknown, look.running(included))
    except Unavailable as fault:
        findings.add(AREA, "note", f"{unknown}: {fault}", LOOK_YOURSELF)
        return
    if scripts is None:
        return
    answering = [name for name, script in scripts.items() if answers_automatically(script)]
    if answering:
        what = (
            f"the mail server's filter “{one_line(answering[0], 60)}” holds an automatic reply "
            "(vacation), and every client may get it"
        )
        findings.add(AREA, "problem", what, "switch it off before you leave, in the provider's settings")
    elif scripts:
        findings.add(AREA, "ok", "the mail server's filter answers nobody; look in Outlook, too")
    else:
        findings.add(AREA, "ok", "no filter runs on the mail server; look in Outlook, too")
