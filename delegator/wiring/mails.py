"""The mails that a command makes now, to print or send: review, homecoming, departure, briefs, test mail."""

from __future__ import annotations

import asyncio
import base64
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..adapters import control
from ..config import Config, load
from ..core.people import Language
from ..ports import Unavailable
from .ask_or_do import ask_or_do, no_problem, unserved

if TYPE_CHECKING:
    from email.message import EmailMessage


@dataclass(frozen=True, slots=True)
class ReviewResult:
    """octets: the mail, None where it was sent. text: what to print. problem: what went wrong, or None."""

    octets: bytes | None
    text: str
    problem: str | None = None
    language: Language = "en"  # of the mail


def review(path: Path, state_dir: Path, *, send: bool) -> ReviewResult:
    """The next review now; send: put it on its way to the owner."""
    config = load(path, read_secrets=False)
    address = config.owner.address
    request = {"command": "review", "owner": address, "send": send}
    if not send:
        octets = base64.b64decode(ask_or_do(config, state_dir, request, is_online=False)["octets"])
        return _shown(octets, config.owner.language)

    async def make() -> ReviewResult:
        async with unserved(config, state_dir) as account:
            if await account.once(review_now=True):
                return ReviewResult(None, f"The review was sent to {address}.")
            problems = (await account.status()).problems
            return ReviewResult(None, "", "; ".join(problems) or "a server could not be reached")

    def attempt() -> ReviewResult:
        if (answer := control.ask(state_dir, request)) is not None:
            no_problem(answer)
            return ReviewResult(None, f"The review is on its way to {address}.")
        with control.state_lock(state_dir):
            return asyncio.run(make())

    return control.patiently(attempt)


def home(path: Path, state_dir: Path, *, send: bool) -> ReviewResult:
    """The homecoming report and the to-do list now; send: come home, and have it sent."""
    config = load(path, read_secrets=False)
    request = {"command": "home", "owner": config.owner.address, "send": send}
    answer = ask_or_do(config, state_dir, request, is_online=send)
    if send:
        said = {
            "home": f"Welcome back: the homecoming mail is on its way to {config.owner.address}.",
            "was home": "You are back already, and were told then: `delegator home` shows it again.",
            "not away": "No absence is running, and none has ended.",
        }
        return ReviewResult(None, said[str(answer["said"])])
    if answer["octets"] is None:
        return ReviewResult(None, "No absence is running, and none has ended.")
    return _shown(base64.b64decode(answer["octets"]), config.owner.language)


def leave(path: Path, state_dir: Path, *, send: bool) -> ReviewResult:
    """The departure mail now; send: put it on its way to the owner."""
    config = load(path, read_secrets=False)
    request = {"command": "leave", "owner": config.owner.address, "send": send}
    answer = ask_or_do(config, state_dir, request)
    if "octets" in answer:
        return _shown(base64.b64decode(answer["octets"]), config.owner.language)
    return ReviewResult(None, f"The departure mail is on its way to {config.owner.address}.")


def _shown(octets: bytes, language: Language) -> ReviewResult:
    mail = _parsed(octets)
    body = mail.get_body(("plain",))
    text = str(body.get_content()) if body is not None else ""
    return ReviewResult(octets, f"{mail['subject']}\n\n{text}".rstrip(), language=language)


def _parsed(octets: bytes) -> EmailMessage:
    import email
    import email.policy

    return email.message_from_bytes(octets, policy=email.policy.default)


def write_page(octets: bytes, language: Language) -> Path:
    """A review at the width of a phone, beside its plain text, as a page that only the owner can read."""
    import tempfile

    from ..adapters.written import PAGE, write_private
    from ..catalogues import load_catalogue

    mail = _parsed(octets)
    parts = {kind: mail.get_body((kind,)) for kind in ("html", "plain")}
    page, text = (str(part.get_content()) if part is not None else "" for part in parts.values())
    shown = (
        load_catalogue(language)
        .template("side_by_side.html")
        .render(language=language, subject=str(mail["subject"]), page=page, text=text)
    )
    path = Path(tempfile.mkdtemp(prefix="delegator-")) / "review.html"
    write_private(path, shown.encode("utf-8", "replace"), PAGE)
    return path


def compose_test_mail(config: Config, state_dir: Path, sender: str = "") -> tuple[bytes, str]:
    """The mail of `check --send` and its Message-ID, from the state's daemon or from the state.

    sender: another address of the owner's, for one that an automatic reply would answer.
    """
    request = {"command": "trial", "owner": config.owner.address, "from": sender}
    answer = ask_or_do(config, state_dir, request)
    return base64.b64decode(answer["octets"]), str(answer["message_id"])


def send_briefs(config: Config, state_dir: Path) -> tuple[str, ...]:
    """The brief to every backup who has not had it; their addresses. Raises Unavailable, StateError."""
    answer = ask_or_do(config, state_dir, {"command": "briefs", "owner": config.owner.address})
    if why := answer.get("why"):
        raise Unavailable(str(why))
    return tuple(answer["sent"])
