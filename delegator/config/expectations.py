"""What the owner expects of the rules: a mail, and what must become of it. Read from YAML.

They stand under `expect` in rules.yaml, or in a file beside it. Nothing is decided here.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from email.utils import format_datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from ..core.hours.schedule import local_moment
from ..core.mail.arrival import with_stated_arrival
from ..core.mail.message import Message, parse_message
from ..core.triage.verdict import Disposition
from . import format as fmt
from .files import FileProblem, read_file
from .model import ConfigError, Expectation, Mail, Problem
from .nodes import Report, quote, read_document, suggestion
from .shapes import Found, Place, Values

if TYPE_CHECKING:
    from ..core.people import Owner
    from ..core.rules.book import Priority
    from .values import Moment

MAIL_OCTETS = 64 * 1024 * 1024
A_CLIENT = "client@client.example"
"""Who writes a mail that names no sender."""

_PRIORITIES: tuple[Priority, ...] = ("high", "normal", "low")


def load_expectations(
    path: Path, owner: Owner, backups: Collection[str], rules: Collection[str]
) -> tuple[Expectation, ...]:
    """Those in a file of their own. Raises ConfigError with every problem at once."""
    report = Report(str(path))
    root = read_document(path, report)
    found = fmt.EXPECTATIONS.read(root, Place(report, path="expect")) if root is not None else None
    expectations = read_expectations(found.value if found else (), path.parent, owner, backups, rules)
    if report.problems:
        raise ConfigError(report.problems)
    return expectations


def read_expectations(
    items: Iterable[Found[Values]],
    folder: Path,
    owner: Owner,
    backups: Collection[str] | None,
    rules: Collection[str] | None,
) -> tuple[Expectation, ...]:
    """The expectations of one document; what is wrong is reported at its place.

    folder: of the file, which its paths are relative to. backups, rules: the names there are; None:
    not known.
    """
    reader = _Reader(folder, owner, backups, rules)
    found = (reader.expectation(item, number) for number, item in enumerate(items, 1))
    return tuple(expectation for expectation in found if expectation is not None)


def read_mail(mail: Mail, place: Problem) -> Message:
    """The mail as it would be taken up. Raises ConfigError: its file cannot be read."""
    octets = mail.octets
    if mail.file is not None:
        try:
            octets = read_file(mail.file, MAIL_OCTETS)
        except FileProblem as problem:
            what = f"{quote(mail.file.name)} {problem.what}"
            raise ConfigError(
                (Problem(place.file, place.line, place.column, what, problem.to_do),)
            ) from problem
    size = None if mail.size_octets is None else max(mail.size_octets, len(octets))
    message = parse_message(octets, size_octets=size, arrived_at=mail.at)
    return message if mail.at else with_stated_arrival(message)


@dataclass(frozen=True, slots=True)
class _Reader:
    folder: Path
    owner: Owner
    backups: Collection[str] | None
    rules: Collection[str] | None

    def expectation(self, item: Found[Values], number: int) -> Expectation | None:
        values = item.value
        written, file = values.get(fmt.TEST_MAIL), values.get(fmt.TEST_FILE)
        if ("mail" in values) == ("file" in values):
            item.problem("an expectation is about one mail", "write one of `mail` and `file`")
        after = values.get(fmt.TEST_AFTER)
        chain = [found for found in (*(after.value if after else ()), written) if found]
        mails = [self.mail(mail, at) for at, mail in enumerate(chain)]
        if file:
            mails.append(Mail(b"", self.folder / file.value, None, None))
        expected = values.get(fmt.TEST_EXPECT)
        outcome = self.outcome(expected) if expected else None
        rule = values.get(fmt.TEST_RULE)
        if rule and self.rules is not None and rule.value not in self.rules:
            rule.problem(f"unknown rule {quote(rule.value)}", suggestion(rule.value, self.rules or ["none"]))
        if not mails or outcome is None:
            return None
        name = values.get(fmt.TEST_NAME)
        return Expectation(
            name=name.value if name else f"expectation {number}",
            place=Problem(item.place.report.file, item.line, item.column, "", ""),
            after=tuple(mails[:-1]),
            mail=mails[-1],
            disposition=outcome[0],
            backup=outcome[1],
            priority=outcome[2],
            rule=rule.value if rule else None,
        )

    def outcome(self, found: Found[str]) -> tuple[Disposition, str | None, Priority | None] | None:
        """ "forward anna", "review high", "private"; the second word may be left out."""
        word, *others = found.value.split()
        words = [disposition.value for disposition in Disposition]
        if word not in words:
            found.problem(f"{quote(word)} is nothing that becomes of a mail", suggestion(word, words))
            return None
        disposition = Disposition(word)
        if not others:
            return disposition, None, None
        second = others[0]
        allowed: Collection[str] | None = {
            Disposition.FORWARD: self.backups,
            Disposition.REVIEW: _PRIORITIES,
        }.get(disposition, ())
        if len(others) > 1 or allowed == ():
            found.problem(f"{quote(found.value)} says too much", f"write {word}, or its second word alone")
        elif allowed is not None and second not in allowed:
            kind = "backup" if disposition is Disposition.FORWARD else "priority"
            found.problem(f"unknown {kind} {quote(second)}", suggestion(second, allowed))
        elif disposition is Disposition.FORWARD:
            return disposition, second, None
        else:
            return disposition, None, next((priority for priority in _PRIORITIES if priority == second), None)
        return None

    def mail(self, found: Found[Values], number: int) -> Mail:
        """A mail written in YAML. number: in its conversation, from 0; it answers the one before."""
        values = found.value
        date_ = values.get(fmt.TEST_DATE)
        at = None if date_ is None else _moment(date_.value, self.owner.timezone)
        fields = [
            ("From", values.value(fmt.TEST_FROM, A_CLIENT)),
            ("To", ", ".join(_texts(values.get(fmt.TEST_TO))) or self.owner.address),
            ("Cc", ", ".join(_texts(values.get(fmt.TEST_CC)))),
            ("Subject", values.value(fmt.TEST_SUBJECT, "")),
            ("Date", format_datetime(at) if at else ""),
            ("Message-ID", f"<{number}@expectation.invalid>"),
            ("In-Reply-To", f"<{number - 1}@expectation.invalid>" if number else ""),
        ]
        headers = values.get(fmt.TEST_HEADERS)
        for name, texts in (headers.value if headers else {}).items():
            fields += [(name, text) for text in _texts(texts)]
        text, names = values.value(fmt.TEST_TEXT, ""), _texts(values.get(fmt.TEST_ATTACHMENTS))
        size = values.get(fmt.TEST_SIZE)
        return Mail(_octets(fields, text, names), None, size.value if size else None, at)


def _texts(found: Found[tuple[Found[str], ...]] | None) -> list[str]:
    return [item.value for item in found.value] if found else []


def _octets(fields: Sequence[tuple[str, str]], text: str, attachments: Sequence[str]) -> bytes:
    """Field by field as it was written, in UTF-8 (RFC 6532)."""
    lines = [f"{name}: {value}" for name, value in fields if value]
    plain = ["Content-Type: text/plain; charset=utf-8", "", *text.splitlines()]
    if not attachments:
        lines += plain
    else:
        lines += ['Content-Type: multipart/mixed; boundary="part"', "", "--part", *plain]
        for name in attachments:
            kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
            quoted = name.replace("\\", "\\\\").replace('"', '\\"')
            lines += [
                "--part",
                f"Content-Type: {kind}",
                f'Content-Disposition: attachment; filename="{quoted}"',
                "",
                "",
            ]
        lines.append("--part--")
    return "".join(f"{line}\r\n" for line in lines).encode()


def _moment(value: Moment, zone: ZoneInfo) -> datetime:
    """In UTC; a day is its noon."""
    if not isinstance(value, datetime):
        return local_moment(value, time(12), zone)
    return value.astimezone(UTC) if value.tzinfo else local_moment(value.date(), value.time(), zone)
