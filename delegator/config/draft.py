"""A first rules.yaml, as a person would write it: commented, with the figures that it came from.

Text only; whoever writes it looks first whether `load` takes it.
"""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from ..core.logins.scopes import MICROSOFT_AUTHORITY
from ..core.setup.proposals import Kind, Proposal, key_of
from ..core.setup.servers import Endpoint
from .model import Config, Server, TokenLogin

if TYPE_CHECKING:
    from ..core.people import Language

WIDTH = 100
NOT_FINISHED = "# Not finished: after `delegator login`, say `delegator init` again."


@dataclass(frozen=True, slots=True)
class Login:
    """Where the secret is: a kind of `password`, or of `token`, and its value. more: further keys of it."""

    kind: str
    value: str | tuple[str, ...]
    is_token: bool = False
    more: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """All that goes into the file. away: first day, and first day back. accepted: said yes to.

    ca: of both servers, as it stands in the file. is_unfinished: nobody has signed in, so no mail was read.
    """

    name: str
    address: str
    language: Language
    timezone: str
    away: tuple[tuple[date, date], ...]
    imap: Endpoint
    smtp: Endpoint
    login: Login
    accepted: tuple[Proposal, ...]
    made_on: date
    days: int
    ca: str = ""
    is_unfinished: bool = False

    def of(self, *kinds: Kind) -> list[Proposal]:
        return [proposal for proposal in self.accepted if proposal.kind in kinds]


def rules_yaml(draft: Draft) -> str:
    """The file."""
    backups = backup_keys(draft.of("backup"))
    parts = (_head(draft), _owner(draft), _away(draft), _account(draft), _backups(draft, backups))
    return "\n".join(line for part in (*parts, _rules(draft, backups)) for line in part) + "\n"


def unfinished_draft(text: str, config: Config) -> Draft | None:
    """What `init` wrote for a login to come; None where anything in it would be lost if it were written anew.

    text: of the file. config: what it says.
    """
    try:
        made_on = date.fromisoformat(made[1] if (made := _MADE_ON.match(text)) else "")
    except ValueError:
        return None
    if config.account is None or not isinstance(config.account.imap.token, TokenLogin):
        return None
    imap, smtp, login = config.account.imap, config.account.smtp, config.account.imap.token
    more = [("client_id", login.client_id), ("tenant", login.tenant)]
    if login.authority != MICROSOFT_AUTHORITY:
        more.append(("authority", login.authority))
    zone, owner = config.owner.timezone, config.owner
    draft = Draft(
        name=owner.name,
        address=owner.address,
        language=owner.language,
        timezone=zone.key,
        away=tuple(
            (one.from_at.astimezone(zone).date(), one.until_at.astimezone(zone).date()) for one in config.away
        ),
        imap=_endpoint(imap),
        smtp=_endpoint(smtp),
        login=Login("login", login.provider, True, tuple(more)),
        accepted=(),
        made_on=made_on,
        days=0,
        ca=str(imap.ca or smtp.ca or ""),
        is_unfinished=True,
    )
    return draft if rules_yaml(draft) == text else None


_MADE_ON = re.compile(r"# Written by `delegator init` on (\d{4}-\d\d-\d\d)\. ")


def _endpoint(server: Server) -> Endpoint:
    return Endpoint(server.host, server.port, server.security, server.username or "")


def backup_keys(backups: Sequence[Proposal]) -> dict[str, str]:
    """The key of each, by address, in their order."""
    keys: dict[str, str] = {}
    for proposal in backups:
        keys[proposal.values[0]] = key_of(proposal.name, proposal.values[0], tuple(keys.values()))
    return keys


# --- sections


def _head(draft: Draft) -> Iterator[str]:
    source = f", from the mail of {draft.days} days" if draft.days else ""
    yield f"# Written by `delegator init` on {draft.made_on}{source}. Change it:"
    yield "# `delegator dry-run` shows what it means, and the example rules.yaml has every option."
    if draft.is_unfinished:
        yield NOT_FINISHED
    yield "version: 1"
    yield ""


def _owner(draft: Draft) -> Iterator[str]:
    yield "owner:"
    yield f"  name: {scalar(draft.name)}"
    yield f"  address: {scalar(draft.address)}"
    if aliases := draft.of("alias"):
        yield "  aliases:"
        yield from _entries(((alias.values[0], alias.evidence) for alias in aliases), "    ")
    yield f"  language: {draft.language}"
    yield f"  timezone: {draft.timezone}"
    yield ""


def _away(draft: Draft) -> Iterator[str]:
    if len(draft.away) == 1:
        begin, back = draft.away[0]
        yield "away:"
        yield f"  from: {begin}"
        yield f"  until: {back}  # the first day back"
    else:
        yield "away:  # `until` is the first day back"
        yield from (f"  - {{from: {begin}, until: {back}}}" for begin, back in draft.away)
    yield ""


def _account(draft: Draft) -> Iterator[str]:
    login, imap, smtp = draft.login, draft.imap, draft.smtp
    value = login.value if isinstance(login.value, str) else None
    words = f"[{', '.join(map(flow, login.value))}]" if value is None else flow(value)
    yield "account:"
    yield f"  username: {scalar(imap.username)}"
    more = "".join(f", {key}: {flow(text)}" for key, text in login.more)
    yield f"  {'token' if login.is_token else 'password'}: {{{login.kind}: {words}{more}}}"
    yield f"  imap: {_server(imap, draft.ca, usual={'tls': 993, 'starttls': 143})}"
    own = smtp.username if smtp.username != imap.username else ""
    yield f"  smtp: {_server(smtp, draft.ca, usual={'tls': 465, 'starttls': 587}, username=own)}"
    yield ""


def _server(endpoint: Endpoint, ca: str, usual: dict[str, int], username: str = "") -> str:
    parts = [f"host: {flow(endpoint.host)}"]
    if endpoint.security != "tls":
        parts.append(f"security: {endpoint.security}")
    if endpoint.port != usual.get(endpoint.security):
        parts.append(f"port: {endpoint.port}")
    if ca and endpoint.security != "none":
        parts.append(f"ca: {flow(ca)}")
    if username:
        parts.append(f"username: {flow(username)}")
    return f"{{{', '.join(parts)}}}"


def _backups(draft: Draft, keys: dict[str, str]) -> Iterator[str]:
    proposals = draft.of("backup")
    if not proposals:
        yield "# Nobody takes over yet: everything waits for you in the reviews. Name a colleague like this,"
        yield "# and say `forward: anna` in a rule:"
        yield "# backups:"
        yield f"#   anna: {{name: Anna Peeters, address: anna@{draft.address.rpartition('@')[2]}}}"
    else:
        yield "backups:"
        for proposal in proposals:
            address = proposal.values[0]
            name = _line(proposal.name) or address
            yield from _comment(proposal.evidence, "  ")
            yield f"  {keys[address]}: {{name: {flow(name)}, address: {flow(address)}}}"
    yield ""


_MAKE_RULES: tuple[Kind, ...] = (
    *("family", "confidential", "company", "person", "subject", "newsletters", "machines"),
)


def _rules(draft: Draft, keys: dict[str, str]) -> Iterator[str]:
    yield "# From top to bottom, the first that matches decides; a private rule wins over every other."
    yield "rules:" if draft.of(*_MAKE_RULES) else "rules: []"
    yield from _private(draft)
    yield from _clients(draft, keys)
    if subjects := draft.of("subject"):
        yield "  - name: answered at once"
        yield "    when:"
        yield "      subject:"
        yield from _entries(((one.values[0], one.evidence) for one in subjects), "        ")
        yield "      not: {bulk: true}"
        yield f"    {_outcome([], keys)}"
        yield ""
    if newsletters := draft.of("newsletters"):
        yield "  - name: newsletters"
        yield from _comment(newsletters[0].evidence, "    ")
        yield "    when: {bulk: true}"
        yield "    review: low"
        yield ""
    for machines in draft.of("machines"):
        yield "  - name: machines"
        yield from _comment(machines.evidence, "    ")
        yield "    when:"
        yield "      from:"
        yield from (f"        - {scalar(address)}" for address in machines.values)
        yield "    review: low"
        yield ""
    yield "otherwise: {review: normal}"


def _private(draft: Draft) -> Iterator[str]:
    if family := draft.of("family"):
        yield "  - name: family"
        yield "    when:"
        yield "      from:"
        yield from _entries(((one.values[0], one.evidence) for one in family), "        ")
        yield "    private: true"
        yield ""
    for words in draft.of("confidential"):
        yield "  - name: confidential"
        yield from _comment(
            f"{words.evidence}; `text` in place of `subject` looks below the subject, too", "    "
        )
        yield "    when:"
        yield "      subject:"
        yield from (f"        - {scalar(word)}" for word in words.values)
        yield "    private: true"
        yield ""


def _clients(draft: Draft, keys: dict[str, str]) -> Iterator[str]:
    """One rule for each backup who is copied most on their mail; in doubt for the first."""
    groups: dict[str, list[Proposal]] = {}
    for proposal in draft.of("company", "person"):
        groups.setdefault(_outcome(proposal.copied, keys), []).append(proposal)
    for number, (outcome, proposals) in enumerate(groups.items(), 1):
        yield f"  - name: clients{f' {number}' if number > 1 else ''}"
        yield "    when:"
        yield "      from:"
        yield from _entries(((one.values[0], _about(one)) for one in proposals), "        ")
        yield f"    {outcome}"
        yield ""


def _about(proposal: Proposal) -> str:
    return f"{proposal.name}: {proposal.evidence}" if proposal.name else proposal.evidence


def _outcome(copied: Iterable[str], keys: dict[str, str]) -> str:
    """To whoever is copied most on this mail, then to the others; without any, high in the review."""
    if not keys:
        return "review: high"
    first = next((keys[address] for address in copied if address in keys), next(iter(keys.values())))
    chain = [first, *(key for key in keys.values() if key != first)]
    return f"forward: {first}" if len(chain) == 1 else f"forward: [{', '.join(chain)}]"


# --- YAML


def _entries(entries: Iterable[tuple[str, str]], indent: str) -> Iterator[str]:
    """A list, each entry with its figures above it."""
    for value, about in entries:
        yield from _comment(about, indent)
        yield f"{indent}- {scalar(value)}"


def _comment(text: str, indent: str) -> Iterator[str]:
    yield from (f"{indent}# {line}" for line in textwrap.wrap(_line(text), WIDTH - len(indent)))


def _line(text: str) -> str:
    """One line that the configuration takes: names are strangers'."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:200]


_PLAIN = re.compile(r"[^\W_](?:[\w .+@/'-]*[\w.+*'/-])?\*?")
_PLAIN_FLOW = re.compile(r"[^\W_](?:[\w .+@/'-]*[\w.+/-])?")


def scalar(text: str) -> str:
    """A text in a block of YAML: plain where that is safe, else quoted."""
    return text if _PLAIN.fullmatch(text) and " #" not in text else _quoted(text)


def flow(text: str) -> str:
    """A text between braces or brackets."""
    return text if _PLAIN_FLOW.fullmatch(text) else _quoted(text)


def _quoted(text: str) -> str:
    """A JSON string, which is a YAML one."""
    return "".join(
        letter if letter.isprintable() else json.dumps(letter)[1:-1]
        for letter in json.dumps(text, ensure_ascii=False)
    )
