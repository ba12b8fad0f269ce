"""Expectations of the rules: mails written in YAML, and every mistake in them at its place."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delegator.config import ConfigError
from delegator.config.expectations import load_expectations, read_mail
from delegator.config.model import Expectation, Problem
from delegator.core.mail.message import Message
from delegator.core.people import Owner
from delegator.core.triage.verdict import Disposition

SOFIE = Owner("Sofie Janssens", "sofie@voorbeeld.example", (), "nl", ZoneInfo("Europe/Brussels"))


def read(folder: Path, text: str) -> tuple[Expectation, ...]:
    path = folder / "rules.test.yaml"
    path.write_text(text, "utf-8")
    return load_expectations(path, SOFIE, ["anna", "bram"], ["offers", "family"])


def message(folder: Path, text: str) -> Message:
    (found,) = read(folder, text)
    return read_mail(found.mail, found.place)


def test_a_mail_is_what_was_written(tmp_path: Path) -> None:
    """Sender, recipients, subject, text, fields, attachments, size and moment, in any script."""
    found = message(
        tmp_path,
        """
- mail:
    from: Jan De Smet <jan@acme.example>
    to: [sofie@voorbeeld.example, piet@acme.example]
    cc: An <an@acme.example>
    subject: Prijsofferte für Müller 价格
    text: |
      Dag Sofie,
      Kan dit?
    date: 2026-12-21T10:00
    headers: {List-Id: <nieuws.acme.example>, X-Spam: [ja, nee]}
    attachments: [plan.pdf, uitnodiging.ics]
    size: 10MB
  expect: forward anna
  rule: offers
""",
    )
    assert found.originator is not None
    assert (found.originator.name, found.originator.address) == ("Jan De Smet", "jan@acme.example")
    assert [each.address for each in found.to] == ["sofie@voorbeeld.example", "piet@acme.example"]
    assert [each.address for each in found.cc] == ["an@acme.example"]
    assert found.subject == "Prijsofferte für Müller 价格"
    assert found.text.splitlines() == ["Dag Sofie,", "Kan dit?"]
    assert found.arrived_at == found.date == datetime(2026, 12, 21, 9, tzinfo=UTC)
    assert found.header("list-id") == "<nieuws.acme.example>"
    assert found.header_values("X-Spam") == ("ja", "nee")
    assert [(each.filename, each.content_type) for each in found.attachments] == [
        ("plan.pdf", "application/pdf"),
        ("uitnodiging.ics", "text/calendar"),
    ]
    assert found.size_octets == 10 * 2**20
    assert not found.defects


def test_little_need_be_written(tmp_path: Path) -> None:
    """A subject alone is a mail of some client to the owner."""
    found = message(tmp_path, "- {mail: {subject: hallo}, expect: review}")
    assert [each.address for each in found.to] == [SOFIE.address]
    assert found.originator is not None
    assert not found.defects


def test_an_expectation_says_as_much_as_it_likes(tmp_path: Path) -> None:
    """One word or two, with a rule or without; names and lines for the report."""
    one, two, three = read(
        tmp_path,
        "- {name: a, mail: {subject: x}, expect: forward}\n"
        "- {mail: {subject: x}, expect: review high, rule: offers}\n"
        "- {mail: {subject: x}, expect: forward bram}\n",
    )
    assert (one.name, one.disposition, one.backup, one.rule) == ("a", Disposition.FORWARD, None, None)
    assert (two.name, two.priority, two.rule, two.place.line) == ("expectation 2", "high", "offers", 2)
    assert (three.backup, three.outcome) == ("bram", "forward bram")


def test_those_before_it_are_its_conversation(tmp_path: Path) -> None:
    """Each answers the one before, and the mail the last."""
    (found,) = read(tmp_path, "- {after: [{subject: a}, {subject: b}], mail: {subject: c}, expect: forward}")
    first, second, last = (read_mail(mail, found.place) for mail in (*found.after, found.mail))
    assert first.message_id is not None
    assert second.in_reply_to == (first.message_id,)
    assert last.in_reply_to == (second.message_id,)


def test_a_mail_may_be_in_a_file(tmp_path: Path) -> None:
    """Relative to the file that names it; one that is not there is an error at its place."""
    (tmp_path / "letter.eml").write_bytes(b"Subject: uit een bestand\r\n\r\n")
    assert message(tmp_path, "- {file: letter.eml, expect: review}").subject == "uit een bestand"
    with pytest.raises(ConfigError, match=r"rules\.test\.yaml:1:3: .*gone\.eml"):
        message(tmp_path, "- {file: gone.eml, expect: review}")


def test_a_file_arrives_when_its_server_says_and_a_mail_when_it_says(tmp_path: Path) -> None:
    """The topmost Received of a file; the `date` of a mail that is written down."""
    received = "Received: from a by b; Mon, 21 Dec 2026 13:00:00 +0100\nDate: Tue, 1 Dec 2026 10:00 +0000\n"
    (tmp_path / "klacht.eml").write_text(f"{received}Subject: Klacht\n\nDag\n")
    noon = datetime(2026, 12, 21, 12, tzinfo=UTC)
    assert message(tmp_path, "- {file: klacht.eml, expect: review high}").arrived_at == noon
    written = "- {mail: {date: 2026-12-21T13:00}, expect: review high}"
    assert message(tmp_path, written).arrived_at == noon
    assert message(tmp_path, "- {mail: {subject: x}, expect: review high}").arrived_at is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- {mail: {subject: x}, expect: forward ana}", ['1:32: unknown backup "ana"; did you mean "anna"?']),
        ("- {mail: {subject: x}, expect: revue}", ['1:32: "revue" is nothing that becomes']),
        ("- {mail: {subject: x}, expect: review hihg}", ['unknown priority "hihg"; did you mean "high"?']),
        ("- {mail: {subject: x}, expect: private anna}", ["says too much"]),
        ("- {expect: review}", ["about one mail"]),
        ("- {mail: {subject: x}, file: a.eml, expect: review}", ["about one mail"]),
        ("- {mail: {subject: x}, expect: review, rule: offer}", ['unknown rule "offer"; did you mean']),
        ("- {mail: {sbject: x}, expect: review}", ['unknown key "sbject"']),
        ("- {mail: {subject: x}}", ["`expect.expect` is missing"]),
        ("- {mail: {date: soon}, expect: review}\n- {expect: x}", ["1:17:", "2:3:", "2:12:"]),
        ("just text", ["1:1:"]),
        ("- [", ["not valid YAML"]),
        ("", ["the file is empty"]),
    ],
)
def test_every_mistake_is_told_at_its_place(tmp_path: Path, text: str, said: list[str]) -> None:
    """All at once, with the nearest word."""
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, text)
    told = "\n".join(map(str, caught.value.problems))
    assert all(each in told for each in said), told


@settings(max_examples=30, deadline=None)
@given(text=st.text(max_size=60), key=st.sampled_from(["subject", "from", "to", "text", "attachments"]))
def test_any_text_is_a_mail_or_a_located_error(
    tmp_path_factory: pytest.TempPathFactory, text: str, key: str
) -> None:
    """Whatever stands in a mail, it is read or refused at its place; never an exception."""
    path = tmp_path_factory.mktemp("x") / "rules.test.yaml"
    quoted = "'" + text.replace("'", "''") + "'"
    path.write_bytes(f"- {{mail: {{{key}: {quoted}}}, expect: review}}".encode("utf-8", "surrogatepass"))
    problems: tuple[Problem, ...] = ()
    try:
        (found,) = load_expectations(path, SOFIE, [], [])
        assert read_mail(found.mail, found.place).headers
    except ConfigError as error:
        problems = error.problems
    assert all(problem.line for problem in problems)
