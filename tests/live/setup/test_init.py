"""`delegator init` in a small internet: real DNS, https, Dovecot and submission; nothing is patched.

One world for all tests of this file; each has a home of its own.
"""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from delegator.config import load
from tests.servers.dovecot import PASSWORD
from tests.servers.terminal import Terminal
from tests.servers.world import CAN_ENTER, SRV_USER, USER, World

pytestmark = [
    pytest.mark.dovecot,
    pytest.mark.root,
    pytest.mark.skipif(not CAN_ENTER, reason="a network namespace needs root, unshare and nsenter"),
]

AWAY = "2099-12-19..2100-01-04"


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World() as world:
        yield world


def run(world: World, home: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        world.command("init", *words),
        env=world.environment(home, **environment),
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=60,
    )


def found(world: World, home: Path, *words: str) -> dict[str, Any]:
    """With everything given: the report."""
    done = run(world, home, *words, "--yes", "--json", "--away", AWAY, "--password-from", "env:P", P=PASSWORD)
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def refused(world: World, home: Path, *words: str, password: str = PASSWORD, code: int = 1) -> str:
    """What it says where it goes no further; then nothing was written."""
    done = run(world, home, *words, "--yes", "--away", AWAY, "--password-from", "env:P", P=password)
    assert done.returncode == code, done.stderr
    assert not list(home.rglob("*.yaml"))
    assert password not in done.stdout + done.stderr
    return done.stderr


def test_a_person_at_a_terminal_from_the_address_to_the_dry_run(world: World, tmp_path: Path) -> None:
    """Nothing but the questions is known beforehand; the file loads, and the mailbox is as it was."""
    before = world.commands()
    started = time.monotonic()
    with Terminal(world.command("init"), world.environment(tmp_path)) as terminal:
        terminal.answer("Your mail address", "sofie")
        terminal.until("That is not a mail address")
        terminal.answer("Your mail address", USER)
        terminal.until("imap.voorbeeld.example port 993 (TLS)")
        terminal.until("their certificates are in order")
        terminal.answer("Your time zone [Europe/Brussels]", "Europe/Brussel")
        terminal.until('That is not a time zone; did you mean "Europe/Brussels"?\n')
        terminal.answer("Your time zone [Europe/Brussels]", "")
        terminal.answer("Language of your reviews (nl, en, fr, de) [nl]", "")
        terminal.answer("Which [1]", "een bestand")
        terminal.until("That is none of these; write a number from 1 to 4.")
        terminal.answer("Which [1]", "5")
        terminal.until("That is none of these; write a number from 1 to 4.")
        terminal.answer("Which [1]", "")
        terminal.answer("Password", "wrong-password")
        terminal.until("refuses the login of sofie@voorbeeld.example")
        terminal.answer("Password", PASSWORD)
        terminal.until("Both take the login.")
        terminal.answer("Your name, as colleagues and clients see it [Sofie Janssens]", "")
        terminal.answer("When are you away", "binnenkort")
        terminal.until("That is not a span of days")
        terminal.answer("When are you away", "19 dec tot 3 jan")
        terminal.until("Away from ")
        terminal.until(", 16 days.\n")
        terminal.answer("May Anna Peeters (anna@voorbeeld.example) take over? [Y/n]", "ja")
        terminal.answer("May Bram Maes (bram@voorbeeld.example) take over? [Y/n]", "misschien")
        terminal.until("Write y or n.")
        terminal.answer("May Bram Maes (bram@voorbeeld.example) take over? [Y/n]", "nee")
        terminal.answer("Keep mail from Piet Janssens (piet@familie.example) private? [Y/n]", "")
        while terminal.until("? [Y/n]: ", "Written: ") == "? [Y/n]: ":
            terminal.type("")
        assert terminal.ended() == 0
        shown = terminal.shown
    seconds = time.monotonic() - started
    path = tmp_path / ".config/delegator/rules.yaml"
    assert PASSWORD not in shown
    assert "wrong-password" not in shown
    assert "Next: look at" in shown
    config = load(path)
    assert list(config.backups) == ["anna"]
    assert config.rules[0].name == "family"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    secret = path.parent / "mail-password"
    assert secret.read_text() == f"{PASSWORD}\n"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    said = world.commands()[len(before) :]
    assert "EXAMINE" in said
    assert not re.search(r"\b(SELECT|STORE|APPEND|MOVE|COPY|EXPUNGE|CREATE|DELETE|BODY\[)", said)
    assert seconds < 60


def test_ctrl_c_leaves_nothing_behind(world: World, tmp_path: Path) -> None:
    """Not even a folder: what was asked is forgotten."""
    words = ("init", USER, "--away", AWAY, "--password-from", "env:P")
    with Terminal(world.command(*words), world.environment(tmp_path, P=PASSWORD)) as terminal:
        terminal.answer("Your time zone", "")
        terminal.answer("Language of your reviews", "")
        terminal.answer("Your name", "")
        terminal.until("take over? [Y/n]: ")
        terminal.interrupt()
        assert terminal.ended() == 1
        assert "Aborted" in terminal.shown
        assert "Traceback" not in terminal.shown
    assert list(tmp_path.iterdir()) == []


def test_without_a_terminal_all_is_given(world: World, tmp_path: Path) -> None:
    """The report as JSON, with every proposal and whether it was taken; nothing else on stdout."""
    report = found(world, tmp_path, USER)
    assert report["found_by"] == "https://autoconfig.voorbeeld.example"
    assert report["imap"] == {
        "host": "imap.voorbeeld.example",
        "port": 993,
        "security": "tls",
        "username": USER,
    }
    kinds = [proposal["kind"] for proposal in report["proposals"]]
    assert {"backup", "family", "confidential", "company", "person", "subject", "newsletters"} <= set(kinds)
    assert all(proposal["accepted"] for proposal in report["proposals"])
    assert report["dry_run"]["forward"] > 0
    (path,) = map(Path, report["written"])
    assert "P" in path.read_text()
    assert PASSWORD not in path.read_text()


def test_a_file_that_is_there_is_never_overwritten(world: World, tmp_path: Path) -> None:
    """Whatever it holds, a broken link included."""
    path = tmp_path / "rules.yaml"
    path.symlink_to(tmp_path / "nowhere")
    done = run(world, tmp_path, USER, "--yes", "-c", str(path))
    assert done.returncode == 1
    assert "is never overwritten" in done.stderr
    assert path.is_symlink()
    assert not path.exists()


def test_no_terminal_and_no_yes_is_told(world: World, tmp_path: Path) -> None:
    done = run(world, tmp_path, USER)
    assert done.returncode == 2
    assert "use --yes" in done.stderr


def test_what_is_missing_is_named_with_its_option(world: World, tmp_path: Path) -> None:
    done = run(world, tmp_path, USER, "--yes", "--password-from", "env:P", P=PASSWORD)
    assert done.returncode == 2
    assert "give it with --away" in done.stderr


def test_srv_records_lead_to_the_servers(world: World, tmp_path: Path) -> None:
    """RFC 6186 and RFC 8314. An empty mailbox proposes words alone, and is no error."""
    report = found(world, tmp_path, SRV_USER, "--name", "Sofie")
    assert report["found_by"] == "the SRV records of srv.example"
    assert report["imap"]["host"] == "imap.srv.example"
    assert report["smtp"]["host"] == "smtp.srv.example"
    assert [proposal["kind"] for proposal in report["proposals"]] == ["confidential"]


@pytest.mark.parametrize(
    ("domain", "said"),
    [
        ("wrongcert.example", "the certificate is for another host name"),
        ("blackhole.example", "no answer within 4 seconds"),
        ("bomb.example", "holds a document type or entities, and is not read"),
        ("giant.example", "is larger than 64 kB"),
        ("http.example", "sends us on to an address without TLS, which is not followed"),
        ("nothing.example", "nobody says where the mail of nothing.example is"),
        ("closed.example", "nobody says where the mail of closed.example is"),
    ],
)
def test_an_answer_that_cannot_be_trusted_is_none(
    domain: str, said: str, world: World, tmp_path: Path
) -> None:
    """Each is named with its reason, within seconds, and the servers are asked for: none is guessed."""
    started = time.monotonic()
    told = refused(world, tmp_path, f"sofie@{domain}")
    assert said in told
    assert "give --imap and --smtp" in told
    assert time.monotonic() - started < 10


@pytest.mark.parametrize(
    ("domain", "who"),
    [
        ("liar.example", "https://autoconfig.liar.example"),
        ("foreign.example", "the SRV records of foreign.example"),
    ],
)
def test_a_strangers_host_needs_a_person(domain: str, who: str, world: World, tmp_path: Path) -> None:
    """It answers, with a certificate that holds; nobody vouches for it, and no password goes there."""
    before = world.commands()
    told = refused(world, tmp_path, f"sofie@{domain}")
    assert f"imap.evil.example, named by {who}, belongs neither to {domain} nor to its MX" in told
    assert "if it is right, give --imap and --smtp" in told
    with Terminal(world.command("init", f"sofie@{domain}"), world.environment(tmp_path)) as terminal:
        terminal.answer("Is that really where your mail is? [y/N]", "")
        terminal.until("Server for reading mail (IMAP)")
        terminal.interrupt()
        assert terminal.ended() == 1
    assert world.commands() == before


def test_a_domain_at_microsoft_is_led_to_a_login(world: World, tmp_path: Path) -> None:
    """Its MX counts, not the web host's autoconfig; no password is asked, the block for `login` written."""
    client_id = "12345678-1234-1234-1234-123456789abc"
    with Terminal(world.command("init", "sofie@microsoft.example"), world.environment(tmp_path)) as terminal:
        terminal.until("Mail is read at outlook.office365.com port 993 (TLS)")
        terminal.answer("Your time zone", "")
        terminal.answer("Language of your reviews", "")
        terminal.until("Microsoft 365 takes no passwords, only tokens (OAuth 2).")
        terminal.answer("Which [1]", "")
        terminal.answer("Its application (client) id", client_id)
        terminal.answer("The organisation's domain or id [microsoft.example]", "")
        terminal.answer("Your name", "Sofie Janssens")
        terminal.answer("When are you away", "19/12 - 3/1")
        terminal.until("delegator login")
        terminal.until("delegator init")
        assert terminal.ended() == 0
        assert "webhost" not in terminal.shown
        assert "Password" not in terminal.shown
    config = load(tmp_path / ".config/delegator/rules.yaml")
    assert config.rules == ()
    assert config.account is not None
    assert config.account.smtp.security == "starttls"
    ((login, username),) = config.logins.values()
    assert (login.provider, username) == ("microsoft", "sofie@microsoft.example")
    written = config.path.read_bytes()
    again = run(world, tmp_path, "--yes")
    assert again.returncode == 1
    assert again.stderr.splitlines()[-1] == "nobody has signed in yet; run `delegator login` first."
    other = run(world, tmp_path, "anna@microsoft.example", "--yes")
    assert other.returncode == 1
    assert "is there, for sofie@microsoft.example; name another file with -c" in other.stderr
    assert config.path.read_bytes() == written


def test_a_captive_portal_is_told(world: World, tmp_path: Path) -> None:
    """A well-known provider's certificate is in order: it is the network that is not."""
    told = refused(world, tmp_path, "sofie@gmail.com")
    assert "something in between answers, like the sign-in page of a hotel's network" in told


def test_a_domain_that_is_not_there_is_a_typing_error(world: World, tmp_path: Path) -> None:
    told = refused(world, tmp_path, "sofie@voorbeld.example")
    assert "there is no domain voorbeld.example; check the spelling of sofie@voorbeld.example" in told


def test_the_database_is_asked_last(world: World, tmp_path: Path) -> None:
    """It vouches for a host outside the domain; that Dovecot takes every name, that submission only one."""
    told = refused(world, tmp_path, "sofie@database.example")
    assert "Found by https://autoconfig.thunderbird.net/v1.1/database.example" in told
    assert "Careful" not in told
    assert "smtp.voorbeeld.example port 465: 535" in told


def test_a_command_gives_the_password_before_there_is_a_folder(world: World, tmp_path: Path) -> None:
    """Nothing of delegator's is in a new user's home yet."""
    words = (USER, "--yes", "--away", AWAY, "--password-from", f"command:printf {PASSWORD}")
    done = run(world, tmp_path, *words)
    assert done.returncode == 0, done.stderr
    assert f"password: {{command: [printf, {PASSWORD}]}}" in (
        (tmp_path / ".config/delegator/rules.yaml").read_text()
    )


def test_a_command_that_gives_none_is_one_sentence(world: World, tmp_path: Path) -> None:
    words = (USER, "--yes", "--away", AWAY, "--password-from", "command:true")
    done = run(world, tmp_path, *words)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        "the command named here prints nothing; have it print the secret and nothing else; "
        "run it by hand to see what it prints."
    )


def test_a_wrong_password_is_one_sentence(world: World, tmp_path: Path) -> None:
    told = refused(world, tmp_path, SRV_USER, password="not-it")
    assert "imap.srv.example port 993: refuses the login of sofie@srv.example" in told
    assert "check the user name and the password" in told


def test_a_login_that_only_one_server_takes_says_where(world: World, tmp_path: Path) -> None:
    """With what to look at, as where the other refuses."""
    servers = ("--imap", "imap.voorbeeld.example", "--smtp", "smtp.voorbeeld.example", "--username", "sofie")
    told = refused(world, tmp_path, "sofie@nothing.example", *servers)
    assert "smtp.voorbeeld.example port 465: 535 5.7.8" in told
    assert "; check the user name and the password" in told


@pytest.mark.parametrize(
    ("words", "said", "code"),
    [
        (("--imap", "imap.voorbeeld.example:994"), "nothing listens there", 1),
        (("--imap", "smtp.srv.example:465"), "is a server for sending mail (SMTP)", 1),
        (("--imap", "imap.wrongcert.example"), "host name not found; check the spelling", 1),
        (("--imap", "mx_1.voorbeeld.example"), "what --imap says is not a host name", 2),
        (("--imap", "imap.voorbeeld.example:0"), "what --imap says is not a port", 2),
        (("--ca", __file__), "cannot be read as PEM certificates", 2),
    ],
)
def test_servers_that_do_not_fit_are_told(
    words: tuple[str, ...], said: str, code: int, world: World, tmp_path: Path
) -> None:
    """Port, name, certificates: one sentence each."""
    rest = ("--smtp", "smtp.srv.example:465") if "--imap" in words else ()
    assert said in refused(world, tmp_path, USER, *words, *rest, code=code)


def test_a_port_with_the_other_kind_of_tls_is_found_out(world: World, tmp_path: Path) -> None:
    """Somebody names port 143, on which STARTTLS is spoken; it goes into the file."""
    report = found(
        world,
        tmp_path,
        SRV_USER,
        "--imap",
        "imap.srv.example:143",
        "--smtp",
        "smtp.srv.example",
        "--name",
        "S",
    )
    assert report["imap"]["security"] == "starttls"
    assert "{host: imap.srv.example, security: starttls}" in Path(report["written"][0]).read_text()


def test_a_port_of_starttls_that_speaks_tls_is_found_out(world: World, tmp_path: Path) -> None:
    """Both sides would wait for the other's first word."""
    servers = ("--imap", "imap.srv.example", "--smtp", "smtp.srv.example:587")
    report = found(world, tmp_path, SRV_USER, *servers, "--name", "S")
    assert report["smtp"]["security"] == "tls"
    assert "smtp: {host: smtp.srv.example, port: 587}" in Path(report["written"][0]).read_text()


def test_without_a_network_hosts_are_asked_for(tmp_path: Path) -> None:
    """In a namespace without any: it says that DNS does not answer, and asks for the servers."""
    command = [
        "unshare",
        "--net",
        "--mount",
        "sh",
        "-c",
        'mount --bind "$0" "$(realpath /etc/resolv.conf)"; exec "$@"',
    ]
    resolv = tmp_path / "resolv.conf"
    resolv.write_text("nameserver 127.0.0.1\n")
    home = tmp_path / "home"
    home.mkdir()
    program = World.program("init", USER)
    environment = {**os.environ, "HOME": str(home)}
    with Terminal([*command, str(resolv), *program], environment) as terminal:
        terminal.until("DNS does not answer")
        terminal.until("is this machine online?")
        terminal.until("Server for reading mail (IMAP)")
        terminal.interrupt()
        assert terminal.ended() == 1
    assert list(home.iterdir()) == []
