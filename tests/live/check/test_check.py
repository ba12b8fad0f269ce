"""`delegator check` on a real Dovecot and a real SMTP dialogue, with each fault in turn."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import pytest

from delegator.adapters.host import SystemClock
from delegator.adapters.state.store import SqliteStore
from delegator.check.examination import check
from delegator.core.lessons import Lessons
from delegator.core.people import Window
from delegator.reports.check import Check, Finding
from tests.holiday import MONDAY, Holiday, holiday, write_mail
from tests.servers.dovecot import Account as ImapAccount
from tests.servers.dovecot import Options
from tests.servers.smtp import Received, SmtpServer
from tests.support import FakeClock

ANNA, BRAM = "anna@voorbeeld.example", "bram@voorbeeld.example"

pytestmark = pytest.mark.dovecot

SOFIE = "sofie@voorbeeld.example"


async def checked(each: Holiday, *, send: bool = False, state: Path | None = None) -> Check:
    state = state or each.state
    now = SystemClock().now()
    begun = now - timedelta(minutes=1)  # INTERNALDATE has whole seconds
    config = replace(each.configure(), away=(Window(begun, now + timedelta(days=14)),))
    return await check(config, state, send=send, clock=SystemClock(), arrives_within_s=5)


def problems(report: Check) -> list[Finding]:
    return [finding for finding in report.findings if finding.level == "problem"]


def the_problem(report: Check) -> Finding:
    """The only one, as it should be: one fault, one sentence."""
    (problem,) = problems(report)
    assert problem.to_do
    return problem


async def test_all_is_well(dovecot: ImapAccount, smtp_server: SmtpServer, tmp_path: Path) -> None:
    """With nothing wrong there is no problem; the folders are there, and nothing was sent."""
    async with holiday(dovecot, smtp_server, tmp_path) as each:
        report = await checked(each)
        assert problems(report) == []
        assert {finding.area for finding in report.findings} >= {
            *("configuration", "state", "names", "mail server", "quota", "folders", "submission", "clock"),
            "automatic reply",
        }
        assert "Delegator/Forwarded" in each.imap.mailboxes()
        assert smtp_server.received == []
        assert smtp_server.recipients == {SOFIE}
        assert not each.state.exists()


@pytest.mark.parametrize(
    ("options", "area", "what", "to_do"),
    [
        (Options(certificate="expired"), "mail server", "the certificate has expired", "renewed"),
        (Options(certificate="wrong host"), "mail server", "the certificate is for another", "server's name"),
        (Options(without=frozenset({"IDLE"})), "mail server", "it has no IDLE", "nothing breaks"),
        (Options(without=frozenset({"MOVE"})), "mail server", "it has no MOVE", "by the reviews"),
    ],
    ids=["expired", "wrong host", "no IDLE", "no MOVE"],
)
async def test_a_mail_server_with_a_fault(
    options: Options,
    area: str,
    what: str,
    to_do: str,
    new_account: Callable[[Options], ImapAccount],
    smtp_server: SmtpServer,
    tmp_path: Path,
) -> None:
    """Each fault of a mail server is one sentence that names it and says what to do."""
    async with holiday(new_account(options), smtp_server, tmp_path) as each:
        problem = the_problem(await checked(each))
        assert problem.area == area
        assert what in problem.what
        assert to_do in problem.to_do


@pytest.mark.parametrize("which", ["imap", "smtp"])
async def test_a_port_of_tls_that_is_asked_for_starttls(
    which: Literal["imap", "smtp"],
    dovecot: ImapAccount,
    smtp_server: SmtpServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each waits for the other's first word: that is not slow, but a problem with a setting to change."""
    monkeypatch.setattr("delegator.check.findings.LONGEST_S", 2.0)
    async with holiday(dovecot, smtp_server, tmp_path) as each:
        config = each.configure()
        account = config.account
        assert account is not None
        server = replace(getattr(account, which), security="starttls")
        account = replace(account, **{which: server})
        config = replace(config, account=account)
        problem = the_problem(await check(config, each.state, send=False, clock=SystemClock()))
        assert problem.area == {"imap": "mail server", "smtp": "submission"}[which]
        assert problem.what.endswith(f"port {server.port}: begins with TLS, not with STARTTLS")
        assert problem.to_do == "set security: tls"


async def test_a_wrong_password(dovecot: ImapAccount, smtp_server: SmtpServer, tmp_path: Path) -> None:
    """The mail server's refusal is told with the user's name, never with the password."""
    async with holiday(dovecot, smtp_server, tmp_path) as each:
        config = each.configure()
        (each.folder / "mail-password").write_text("correct-horse-batteri")
        report = await check(config, each.state, send=False, clock=SystemClock())
        problem = the_problem(report)
        assert f"refuses the login of {dovecot.username}" in problem.what
        assert problem.what.endswith("Authentication failed"), "and no full stop before what to do"
        assert "check the user name and the password" in problem.to_do
        assert "batteri" not in str(report)


async def test_a_wrong_password_of_submission(
    dovecot: ImapAccount, smtp_server: SmtpServer, tmp_path: Path
) -> None:
    """Submission may have its own password, and refuse it."""
    async with holiday(dovecot, smtp_server, tmp_path) as each:
        config = each.configure()
        (each.folder / "smtp-password").write_text("wrong")
        problem = the_problem(await check(config, each.state, send=False, clock=SystemClock()))
        assert problem.area == "submission"
        assert "refuses the login: 535" in problem.what


@pytest.mark.parametrize(
    ("mails", "level", "what"),
    [(10, "problem", "full (10 of 10 messages)"), (9, "problem", "nearly full"), (8, "note", "80 % full")],
)
async def test_a_full_mailbox(
    mails: int,
    level: str,
    what: str,
    new_account: Callable[[Options], ImapAccount],
    smtp_server: SmtpServer,
    tmp_path: Path,
) -> None:
    """A mailbox that is or will soon be full is told before it sends clients' mail back."""
    account = new_account(Options(quota_messages=10))
    for _ in range(mails):
        account.deliver(write_mail())
    async with holiday(account, smtp_server, tmp_path) as each:
        report = await checked(each)
        (finding,) = (finding for finding in report.findings if finding.area == "quota")
        assert finding.level == level
        assert what in finding.what
        assert "make room" in finding.to_do
        assert report.has_problems == (level == "problem")


@pytest.mark.parametrize(
    ("verb", "reply", "what"),
    [
        ("RCPT", "550 5.1.1 no such user", "takes no mail to the owner's address: 550 5.1.1 no such user"),
        ("MAIL", "553 5.7.1 not yours", "takes no mail from the owner's address: 553 5.7.1 not yours"),
        ("EHLO", "554 go away", "turns us away: 554 go away"),
    ],
)
async def test_submission_refuses_the_owner(
    verb: Any, reply: str, what: str, dovecot: ImapAccount, smtp_server: SmtpServer, tmp_path: Path
) -> None:
    """A server that takes no mail from or to the owner is found out without sending any."""
    smtp_server.answer(verb, reply, times=2)
    async with holiday(dovecot, smtp_server, tmp_path) as each:
        problem = the_problem(await checked(each))
        assert problem.area == "submission"
        assert problem.what.endswith(what)
        assert smtp_server.received == []


async def test_nothing_listens(dovecot: ImapAccount, smtp_server: SmtpServer, tmp_path: Path) -> None:
    """Both servers down: two problems, each with its host and port."""
    async with holiday(dovecot, smtp_server, tmp_path) as each:
        await smtp_server.stop()
        each.imap_port = smtp_server.port
        mail, submission = problems(await checked(each))
        assert "127.0.0.1 port" in mail.what
        assert "nothing listens there" in mail.what
        assert "Connection refused" in submission.what
        assert "`port`" in mail.to_do
        assert "`port`" in submission.to_do


async def test_a_name_that_does_not_exist(
    dovecot: ImapAccount, smtp_server: SmtpServer, tmp_path: Path
) -> None:
    """A host that has no address is told once, and the other server is looked at all the same."""
    async with holiday(dovecot, smtp_server, tmp_path) as each:
        each.rules = each.rules.replace("host: localhost", "host: nowhere.invalid")
        report = await checked(each)
        problem = the_problem(report)
        assert problem.area == "names"
        assert "nowhere.invalid" in problem.what
        assert any("logged in" in finding.what for finding in report.findings)


async def test_every_problem_in_one_report(
    new_account: Callable[[Options], ImapAccount], smtp_server: SmtpServer, tmp_path: Path
) -> None:
    """Several faults are all told at once."""
    account = new_account(Options(without=frozenset({"IDLE", "MOVE"})))
    smtp_server.answer("RCPT", "550 5.1.1 no such user")
    (tmp_path / "file").write_text("")
    async with holiday(account, smtp_server, tmp_path) as each:
        each.rules = each.rules.replace("imap:", "mailboxes: [INBOX, Klanten]\n  imap:")
        report = await checked(each, state=tmp_path / "file/state")
        found = [problem.area for problem in problems(report)]
        assert found == ["state", "mail server", "mail server", "folders", "submission"]


async def test_a_state_that_cannot_be_written(
    dovecot: ImapAccount, smtp_server: SmtpServer, tmp_path: Path
) -> None:
    """A file where the folder should be, and a folder of somebody else's, are told before `run` finds out."""
    (tmp_path / "file").write_text("")
    async with holiday(dovecot, smtp_server, tmp_path) as each:
        problem = the_problem(await checked(each, state=tmp_path / "file"))
        assert problem.area == "state"
        assert "none can be made there" in problem.what
        if os.getuid() == 0:
            (tmp_path / "others").mkdir()
            os.chown(tmp_path / "others", 65534, 65534)
            problem = the_problem(await checked(each, state=tmp_path / "others"))
            assert "belongs to nobody, and this is root" in problem.what


async def test_a_state_that_others_may_read(
    dovecot: ImapAccount, smtp_server: SmtpServer, tmp_path: Path
) -> None:
    """It is a note with the command that mends it."""
    async with holiday(dovecot, smtp_server, tmp_path) as each:
        config = each.configure()
        each.state.mkdir()
        each.state.chmod(0o755)
        report = await check(config, each.state, send=False, clock=SystemClock())
        (note,) = notes_of(report)
        assert note.to_do == f"chmod 700 {each.state}"


async def test_a_wrong_clock(dovecot: ImapAccount, smtp_server: SmtpServer, tmp_path: Path) -> None:
    """A machine whose clock is behind is found out by the newest mail."""
    dovecot.deliver(write_mail())
    async with holiday(dovecot, smtp_server, tmp_path) as each:
        config = each.configure()
        late = FakeClock(datetime.now(UTC) - timedelta(minutes=30))
        problem = the_problem(await check(config, each.state, send=False, clock=late))
        assert problem.area == "clock"
        assert "30 minutes from now" in problem.what


def notes_of(report: Check) -> list[Finding]:
    """But for those on who hears of faults and of silence, and on a server that tells no filter."""
    notes = [finding for finding in report.findings if finding.level == "note"]
    assert [finding.area for finding in notes].count("alert") == 2
    return [finding for finding in notes if finding.area not in ("alert", "automatic reply")]


async def test_mail_larger_than_submission_takes(
    dovecot: ImapAccount, smtp_server: SmtpServer, tmp_path: Path
) -> None:
    """A mail of late that is larger than what can be sent is a note."""
    smtp_server.size_limit = 1000
    dovecot.deliver(write_mail(text="x" * 70 + "\r\n" * 2000))
    async with holiday(dovecot, smtp_server, tmp_path) as each:
        report = await checked(each)
        assert [finding.area for finding in notes_of(report)] == ["sizes"]


def delivering(account: ImapAccount, *mailboxes: str, header: bytes = b"") -> Callable[..., Any]:
    """What a provider does with a mail to the owner: into these mailboxes."""

    async def deliver(mail: Received) -> None:
        for mailbox in mailboxes if SOFIE in mail.rcpt_tos else ():
            await asyncio.to_thread(account.deliver, header + mail.octets, mailbox)

    return deliver


async def test_a_mail_to_oneself(dovecot: ImapAccount, smtp_server: SmtpServer, tmp_path: Path) -> None:
    """--send sends one mail, to the owner, says what became of it, and keeps that in the state."""
    smtp_server.deliver = delivering(dovecot, "Sent", "INBOX")
    async with holiday(dovecot, smtp_server, tmp_path) as each:
        report = await checked(each, send=True)
        assert problems(report) == []
        said = [finding.what for finding in report.findings if finding.area == "test mail"]
        assert said == ["arrived in INBOX", "the provider files sent mail in Sent by itself"]
        mail, *briefs = smtp_server.accepted
        assert {each.rcpt_tos for each in briefs} == {(ANNA,), (BRAM,)}
        assert mail.rcpt_tos == (SOFIE,)
        store = SqliteStore(each.state / "state.sqlite3")
        lessons = Lessons.from_values(await store.account(SOFIE).learnt())
        await store.close()
        assert lessons is not None
        assert (lessons.arrived_in, lessons.files_sent_in) == ("INBOX", "Sent")
        assert lessons.keeps_message_id
        assert lessons.failed == ""


async def test_what_a_provider_does_to_a_mail(
    dovecot: ImapAccount, smtp_server: SmtpServer, tmp_path: Path
) -> None:
    """Another Message-ID, junk, and a failed authentication of the owner's own mail are noticed and kept."""

    async def deliver(mail: Received) -> None:
        octets = mail.octets.replace(b"Message-ID: <", b"Message-ID: <ander.")
        stated = b"Authentication-Results: mx.voorbeeld.example; dmarc=fail\r\n"
        await asyncio.to_thread(dovecot.deliver, stated + octets, "Junk")

    smtp_server.deliver = deliver
    async with holiday(dovecot, smtp_server, tmp_path) as each:
        each.rules = each.rules.replace("imap:", "authserv_id: mx.voorbeeld.example\n  imap:", 1)
        report = await checked(each, send=True)
        assert the_problem(report).what == "arrived in Junk"
        notes = [finding.what for finding in report.findings if finding.level == "note"]
        assert any("another Message-ID" in note for note in notes)
        assert any("dmarc=fail" in note for note in notes)
        store = SqliteStore(each.state / "state.sqlite3")
        lessons = Lessons.from_values(await store.account(SOFIE).learnt())
        await store.close()
        assert lessons is not None
        assert (lessons.failed, lessons.keeps_message_id) == ("dmarc=fail", False)


async def test_the_name_of_the_own_server_is_proposed(
    dovecot: ImapAccount, smtp_server: SmtpServer, tmp_path: Path
) -> None:
    """Without `authserv_id`, what the server calls itself is proposed."""
    stated = b"Authentication-Results: mx.voorbeeld.example; dmarc=pass\r\n"
    smtp_server.deliver = delivering(dovecot, "INBOX", header=stated)
    async with holiday(dovecot, smtp_server, tmp_path) as each:
        report = await checked(each, send=True)
        (note,) = notes_of(report)
        assert "account.authserv_id: mx.voorbeeld.example" in note.to_do


@pytest.mark.parametrize("is_stamped", [True, False], ids=["the test mail", "mail of others"])
async def test_a_mistyped_name_of_the_own_server_is_a_problem(
    dovecot: ImapAccount, smtp_server: SmtpServer, tmp_path: Path, is_stamped: bool
) -> None:
    """What is believed states nothing of any mail, while another name states something of each."""
    stated = b"Authentication-Results: mx.voorbeeld.example; dmarc=pass\r\n"
    smtp_server.deliver = delivering(dovecot, "INBOX", header=stated if is_stamped else b"")
    await asyncio.to_thread(dovecot.deliver, stated + b"From: jan@acme.example\r\n\r\nx\r\n")
    async with holiday(dovecot, smtp_server, tmp_path) as each:
        each.rules = each.rules.replace("imap:", "authserv_id: mx.voorbeld.example\n  imap:", 1)
        problem = the_problem(await checked(each, send=True))
        assert problem.to_do == "write account.authserv_id: mx.voorbeeld.example"


async def test_no_name_is_proposed_that_cannot_match(
    dovecot: ImapAccount, smtp_server: SmtpServer, tmp_path: Path
) -> None:
    """Exchange Online names no server in its field: its own word is proposed."""
    stated = (
        b"Authentication-Results: spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=x.example; dmarc=pass\r\n"
    )
    smtp_server.deliver = delivering(dovecot, "INBOX", header=stated)
    async with holiday(dovecot, smtp_server, tmp_path) as each:
        report = await checked(each, send=True)
        (note,) = notes_of(report)
        assert "account.authserv_id: microsoft," in note.to_do


async def test_a_mail_that_does_not_arrive(
    dovecot: ImapAccount, smtp_server: SmtpServer, tmp_path: Path
) -> None:
    """A test mail that is accepted and arrives nowhere is a problem."""
    async with holiday(dovecot, smtp_server, tmp_path) as each:
        report = await check(each.configure(), each.state, send=True, clock=SystemClock(), arrives_within_s=0)
        assert "did not arrive" in the_problem(report).what


async def test_the_test_mail_is_ours(dovecot: ImapAccount, smtp_server: SmtpServer, tmp_path: Path) -> None:
    """During an absence the test mail is no item: it is known, filed, and in no review."""
    smtp_server.deliver = delivering(dovecot, "INBOX")
    async with holiday(dovecot, smtp_server, tmp_path, FakeClock(MONDAY)) as each:
        await checked(each, send=True)
        await each.once()
        assert dovecot.messages("INBOX") == []
        assert len(dovecot.messages("Delegator/Done")) == 1


PROGRAM = [sys.executable, "-c", "from delegator.cli.main import main; main()"]


async def test_beside_a_daemon(dovecot: ImapAccount, smtp_server: SmtpServer, tmp_path: Path) -> None:
    """A running daemon is left alone, and keeps what the test mail teaches."""
    smtp_server.deliver = delivering(dovecot, "INBOX")
    today = datetime.now(UTC).date()
    async with holiday(dovecot, smtp_server, tmp_path) as each:
        each.away = (str(today - timedelta(days=1)), str(today + timedelta(days=9)))
        each.configure()
        words = ["-c", str(each.config_path), "--state", str(each.state)]
        daemon = await asyncio.create_subprocess_exec(*PROGRAM, "run", *words, stderr=subprocess.PIPE)
        try:
            await each.until(lambda: "Delegator/Done" in dovecot.mailboxes())
            one = await asyncio.create_subprocess_exec(
                *PROGRAM, "check", "--send", "--json", *words, stdout=subprocess.PIPE
            )
            stdout, _ = await one.communicate()
            assert one.returncode == 0, stdout
            said = {finding["what"] for finding in json.loads(stdout)["findings"]}
            assert f"{each.state} is served by process {daemon.pid}, which is left alone" in said
            assert any(what.startswith("arrived in ") for what in said)
            assert daemon.returncode is None
            await each.until(lambda: dovecot.messages("Delegator/Done"))
        finally:
            daemon.terminate()
            await daemon.communicate()
        store = SqliteStore(each.state / "state.sqlite3")
        assert Lessons.from_values(await store.account(SOFIE).learnt()) is not None
        await store.close()


async def test_a_configuration_with_mistakes(tmp_path: Path) -> None:
    """They are lines on stderr and exit 2, as for every command; --json has them too."""
    (tmp_path / "rules.yaml").write_text("version: 1\nfoo: 1\n")
    words = ["check", "--json", "-c", str(tmp_path / "rules.yaml"), "--state", str(tmp_path)]
    result = subprocess.run([*PROGRAM, *words], capture_output=True, text=True)
    assert result.returncode == 2
    assert f"{tmp_path}/rules.yaml:2:1: " in result.stderr
    report = json.loads(result.stdout)
    assert not report["ok"]
    assert len(report["findings"]) == len(result.stderr.splitlines())


ELSEWHERE = """
import asyncio, sys
from tests.servers.smtp import SmtpServer, authority

async def serve(host, ca):
    authority().cert_pem.write_to_path(ca)
    async with SmtpServer(host=host, offers_login=False, certificate_names=(host,)) as server:
        print(server.port, flush=True)
        await asyncio.to_thread(sys.stdin.read)

asyncio.run(serve(*sys.argv[1:]))
"""


@pytest.fixture
def other_host() -> Iterator[tuple[str, str]]:
    """Another host, as a network namespace: its name, and its address as this one reaches it."""
    if os.getuid() != 0 or shutil.which("ip") is None:
        pytest.skip("a network namespace needs root and iproute2")
    number = os.getpid() % 2**15  # a /30 of 198.18.0.0/15, the range for tests (RFC 2544)
    name, net = f"delegator{number}", f"198.{18 + number // 2**14}.{number // 64 % 256}"
    here, there = (f"{net}.{number % 64 * 4 + n}" for n in (1, 2))
    near, far = f"dlg{number}", f"dlgx{number}"

    def ip(*words: str) -> None:
        result = subprocess.run(["ip", *words], capture_output=True, text=True)
        if result.returncode:
            pytest.skip(f"no network namespace can be made here: ip {' '.join(words)}: {result.stderr}")

    ip("netns", "add", name)
    try:
        ip("link", "add", near, "type", "veth", "peer", "name", far, "netns", name)
        ip("address", "add", f"{here}/30", "dev", near)
        ip("link", "set", near, "up")
        ip("-n", name, "address", "add", f"{there}/30", "dev", far)
        ip("-n", name, "link", "set", far, "up")
        yield name, there
    finally:
        subprocess.run(["ip", "link", "del", near], capture_output=True)
        subprocess.run(["ip", "netns", "del", name], capture_output=True)


@pytest.mark.root
async def test_submission_without_a_login_on_another_host(
    other_host: tuple[str, str], dovecot: ImapAccount, smtp_server: SmtpServer, tmp_path: Path
) -> None:
    """A server on another host that offers no login is told so, and gets no mail."""
    namespace, address = other_host
    ca = tmp_path / "elsewhere.pem"
    words = ["ip", "netns", "exec", namespace, sys.executable, "-c", ELSEWHERE, address, str(ca)]
    server = await asyncio.create_subprocess_exec(
        *words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=Path(__file__).parents[3]
    )
    try:
        assert server.stdout is not None
        port = int(await server.stdout.readline())
        async with holiday(dovecot, smtp_server, tmp_path) as each:
            each.rules = each.rules.replace("host: localhost", f"host: {address}")
            each.rules = each.rules.replace("ca: {smtp_ca}", f"ca: {ca}")
            each.smtp_port = port
            problem = the_problem(await checked(each))
        assert problem.area == "submission"
        assert problem.what == f"{address}:{port}: offers no login with a password"
        assert problem.to_do == "is this its submission port, and are passwords allowed?"
    finally:
        if server.returncode is None:
            server.terminate()
        await server.communicate()


async def test_rules_that_cannot_be_meant(
    dovecot: ImapAccount, smtp_server: SmtpServer, tmp_path: Path
) -> None:
    """A rule that never gets a mail is a problem; a word that wants a star, in the mail of late, a note."""
    async with holiday(dovecot, smtp_server, tmp_path) as each:
        each.rules += (
            '  - {{name: jan, when: {{from: "jan@acme.example"}}, review: low}}\n'
            "  - {{name: prices, when: {{subject: prijs}}, review: low}}\n"
        )
        dovecot.deliver(write_mail(subject="Prijzen, prijslijst"), arrived_at=datetime.now(UTC))
        found = [finding for finding in (await checked(each)).findings if finding.area == "rules"]
        assert [finding.level for finding in found] == ["problem", "note"]
        assert 'the rule "jan" never gets a mail: "key accounts"' in found[0].what
        assert 'write "prijs*"' in found[1].to_do


async def test_one_test_to_each_task_program(
    dovecot: ImapAccount, smtp_server: SmtpServer, tmp_path: Path
) -> None:
    """--send sends one to each address of `to_do`, and says so; one that refuses it is a problem."""
    smtp_server.deliver = delivering(dovecot, "INBOX")
    taken, refuses = "x@taken.example", "permerror@taken.example"
    async with holiday(dovecot, smtp_server, tmp_path) as each:
        each.rules += f"\nto_do:\n  - {{{{mail: {taken}, preset: asana}}}}\n  - {{{{mail: {refuses}}}}}\n"
        await checked(each)
        assert taken not in smtp_server.recipients
        report = await checked(each, send=True)
        said = [(found.level, found.what) for found in report.findings if found.area == "to-do"]
        assert said[0] == ("note", f"a test went to {taken}")
        assert said[1][0] == "problem"
        assert refuses in said[1][1]
        assert [mail.rcpt_tos for mail in smtp_server.accepted].count((taken,)) == 1
