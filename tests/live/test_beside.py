"""The commands beside a running daemon and without one; and what can be wrong around them."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import sqlite3
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from delegator.adapters.host import SystemClock
from delegator.adapters.state.store import SqliteStore
from tests.holiday import RULES, Holiday, holiday, write_mail
from tests.process import COMMAND, arguments, ran, started
from tests.servers import smtp
from tests.servers.dovecot import PASSWORD, Options
from tests.servers.dovecot import Account as ImapAccount
from tests.servers.smtp import SmtpServer

pytestmark = pytest.mark.dovecot

SOFIE = "sofie@voorbeeld.example"


@pytest_asyncio.fixture
async def away(dovecot: ImapAccount, smtp_server: SmtpServer, tmp_path: Path) -> AsyncIterator[Holiday]:
    async with holiday(dovecot, smtp_server, tmp_path, SystemClock()) as each:
        each.be_away_now()
        each.configure()
        yield each


def words(away: Holiday, *command: str) -> tuple[str, ...]:
    return arguments(away.config_path, away.state, *command)


async def test_every_command_beside_a_daemon(away: Holiday, tmp_path: Path) -> None:
    """status, review, review --output and review --send, through the daemon; it goes on undisturbed."""
    away.imap.deliver(write_mail("x@elders.example", "Uitnodiging"))
    kept = tmp_path / "next.eml"
    async with started(*words(away, "run")) as daemon:
        await daemon.logged("triaged")
        status = await ran(*words(away, "status", "--json"))
        (account,) = json.loads(status.out)["accounts"]
        assert status.code == 0, status
        assert account["connected"]
        assert account["waiting"] == 1
        shown = await ran(*words(away, "review"))
        assert shown.code == 0
        assert "Uitnodiging" in shown.out
        assert (await ran(*words(away, "review", "--output", str(kept)))).code == 0
        assert b"Uitnodiging" in kept.read_bytes()
        assert not away.reviews()
        assert (await ran(*words(away, "review", "--send"))).code == 0
        await away.until(away.reviews)
        second = await ran(*words(away, "run"))
        assert second.code == 1
        assert str(daemon.process.pid) in second.err
        assert await daemon.terminate() == 0
    assert not daemon.named("task_failed")
    assert PASSWORD not in json.dumps(daemon.events) + "".join(daemon.other) + status.out + second.err
    assert smtp.PASSWORD not in json.dumps(daemon.events)


async def test_backing_up_beside_a_daemon(away: Holiday, tmp_path: Path) -> None:
    """The daemon goes on; its state is not written over; elsewhere the backup is a state again."""
    away.imap.deliver(write_mail("x@elders.example", "Uitnodiging"))
    kept, there = tmp_path / "delegator.zip", tmp_path / "there"
    async with started(*words(away, "run")) as daemon:
        await daemon.logged("triaged")
        backed_up = await ran(*words(away, "backup", str(kept)))
        assert (backed_up.code, SOFIE in backed_up.out) == (0, True), backed_up
        refused = await ran(*words(away, "restore", str(kept)))
        assert (refused.code, "in use by another delegator" in refused.err) == (1, True), refused
        assert await daemon.terminate() == 0
    refused = await ran(*words(away, "restore", str(kept)))
    assert (refused.code, "never writes over a state" in refused.err) == (1, True), refused
    restored = await ran("restore", str(kept), "--state", str(there))
    assert (restored.code, "delegator run --adopt" in restored.out) == (0, True), restored
    assert "Uitnodiging" in (await ran(*arguments(away.config_path, there, "review"))).out
    assert not daemon.named("task_failed")


async def test_forgetting_beside_a_daemon(away: Holiday) -> None:
    """A correspondent at once, of which the log says not whom; an account not while it is away.

    The list of to-dos is written anew.
    """
    away.imap.deliver(write_mail("x@elders.example", "Uitnodiging"))
    away.rules, to_dos = "to_do: [{{file: to-do.md}}]\n" + away.rules, away.folder / "to-do.md"
    away.configure()
    async with started(*words(away, "run")) as daemon:
        await daemon.logged("triaged")
        await away.until(to_dos.exists)
        to_dos.unlink()
        refused = await ran(*words(away, "forget", SOFIE))
        assert (refused.code, "is away now" in refused.err) == (1, True), refused
        forgotten = await ran(*words(away, "forget", "--person", "X@elders.example"))
        assert (forgotten.code, "1 messages" in forgotten.out) == (0, True), forgotten
        await away.until(to_dos.exists)
        assert "Uitnodiging" not in (await ran(*words(away, "review"))).out
        assert await daemon.terminate() == 0
    assert [event["messages"] for event in daemon.named("forgotten")] == [1]
    assert "elders" not in json.dumps(daemon.events)
    unknown = await ran(*words(away, "forget", "--person", "x@elders.example"))
    assert (unknown.code, "nothing is known of" in unknown.err) == (1, True), unknown


async def test_an_account_is_forgotten_beside_the_daemon_that_serves_another(
    away: Holiday, new_account: Callable[[Options], ImapAccount], tmp_path: Path
) -> None:
    """No word of it is left in any file, and nothing of it begins anew; the other's mail goes on."""
    async with holiday(new_account(Options()), away.smtp, tmp_path / "tom", SystemClock()) as tom:
        tom.be_away_now()
        tom.folder.parent.mkdir()
        tom.rules = RULES.replace("sofie", "tom").replace("Sofie Janssens", "Tom Tanghe")
        tom.configure()
        words_of_sofie = (b"Zonnepanelen", b"zevenentachtig", b"jan@acme.example")

        def standing() -> set[bytes]:
            octets = b"".join(path.read_bytes() for path in away.state.iterdir() if path.is_file())
            return {word for word in words_of_sofie if word in octets}

        def forwarded(subject: str) -> bool:
            return any(mail["Subject"] == subject for mail in away.accepted("anna@voorbeeld.example"))

        both = ("run", str(away.config_path), str(tom.config_path), "--state", str(away.state))
        async with started(*both) as daemon:
            away.imap.deliver(write_mail(subject="Zonnepanelen", text="Het zevenentachtig is stuk.\n"))
            tom.imap.deliver(write_mail("Piet <piet@acme.example>", "Van Piet"))
            await away.until(lambda: forwarded("Zonnepanelen") and forwarded("Van Piet"))
            assert (await ran(*words(away, "away", SOFIE, "--end"))).code == 0
            await away.until(lambda: any("Welkom terug ·" in str(mail["Subject"]) for mail in away.reviews()))
            assert standing() == set(words_of_sofie)
            forgotten = await ran(*words(away, "forget", SOFIE))
            assert (forgotten.code, "1 handovers" in forgotten.out) == (0, True), forgotten
            assert standing() == set()
            tom.imap.deliver(write_mail("Piet <piet@acme.example>", "Weer van Piet"))
            await away.until(lambda: forwarded("Weer van Piet"))
            assert standing() == set()
            assert await daemon.terminate() == 0
        assert not daemon.named("task_failed")


async def test_every_command_without_a_daemon(away: Holiday, tmp_path: Path) -> None:
    """They take the state themselves; status says that nobody is connected, and exits 1."""
    away.imap.deliver(write_mail("x@elders.example", "Uitnodiging"))
    assert (await ran(*words(away, "run", "--once"))).code == 0
    status = await ran(*words(away, "status", "--json"))
    (account,) = json.loads(status.out)["accounts"]
    assert not account["connected"]
    assert account["waiting"] == 1
    quiet = await ran(*words(away, "status", "--quiet"))
    assert (quiet.code, quiet.out) == (status.code, "")
    assert "Uitnodiging" in (await ran(*words(away, "review"))).out
    sent = await ran(*words(away, "review", "--send"))
    assert sent.code == 0
    assert len(away.reviews()) == 1


async def test_once_with_a_server_that_is_away(away: Holiday) -> None:
    """`--once` exits 1 and says why; so does `review --send`."""
    await away.smtp.stop()
    away.imap.deliver(write_mail())
    assert (await ran(*words(away, "run", "--once"))).code == 1
    await away.smtp.start()
    away.imap.server.stop()
    try:
        ended = await ran(*words(away, "run", "--once"))
        assert ended.code == 1
        assert "connection_lost" in ended.err
        assert "Traceback" not in ended.err
        ended = await ran(*words(away, "review", "--send"))
        assert ended.code == 1
        assert "Traceback" not in ended.err
    finally:
        away.imap.server.start()


async def test_a_state_far_down(away: Holiday, tmp_path: Path) -> None:
    """A path longer than a socket's name may be: the commands reach the daemon all the same."""
    deep = tmp_path.joinpath(*["een-vrij-lange-naam-voor-een-map"] * 5)
    async with started(*arguments(away.config_path, deep, "run")) as daemon:
        await daemon.logged("connected")
        async with asyncio.timeout(30):  # at first it has not looked at the mail yet, and says so
            while (await ran(*arguments(away.config_path, deep, "status"))).code:
                await asyncio.sleep(0.2)
        status = await ran(*arguments(away.config_path, deep, "status", "--json"))
        assert json.loads(status.out)["accounts"][0]["connected"]
    assert (deep.stat().st_mode & 0o777) == 0o700


@pytest.fixture
def public() -> Iterator[Path]:
    """A folder that other users can read; pytest's own are not."""
    path = Path(tempfile.mkdtemp())
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.mark.parametrize("command", [["run", "--once"], ["status"], ["review"]])
async def test_a_state_that_may_not_be_written(public: Path, command: list[str]) -> None:
    """Said in a sentence, with the path and what to do."""
    (public / "rules.yaml").write_text(MINIMAL)
    state = public / "state"
    state.mkdir(mode=0o555)
    code, err = await as_somebody(public, *arguments(public / "rules.yaml", state, *command))
    assert code == 1, err
    assert str(state) in err
    assert "Traceback" not in err


async def as_somebody(folder: Path, *words: str) -> tuple[int | None, str]:
    """The command as a user without a name or a home, where root asks; its exit code and stderr."""
    becoming = ("setpriv", "--reuid=54321", "--regid=54321", "--clear-groups") if os.geteuid() == 0 else ()
    process = await asyncio.create_subprocess_exec(
        *(*becoming, *COMMAND, *words),
        stderr=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        env={"PATH": os.environ["PATH"], "MAIL_PASSWORD": "x"},
        cwd=folder,
    )
    async with asyncio.timeout(30):
        _, err = await process.communicate()
    if b"No module named" in err:
        pytest.skip("another user cannot read this installation")
    return process.returncode, err.decode()


MINIMAL = """
version: 1
owner: {name: Sofie, address: sofie@voorbeeld.example, timezone: Europe/Brussels}
away: {from: 2026-01-01, until: 2027-01-01}
account:
  username: sofie
  password: {env: MAIL_PASSWORD}
  imap: {host: 127.0.0.1, port: 1, security: none}
  smtp: {host: 127.0.0.1, port: 1, security: none}
"""


def damage(path: Path, how: str) -> None:
    if how == "no database":
        path.write_bytes(b"what is this?" * 1000)
    elif how == "cut off":
        octets = path.read_bytes()
        path.write_bytes(octets[: len(octets) // 2])
    elif how == "overwritten":
        octets = path.read_bytes()
        path.write_bytes(octets[:4096] + b"\xff" * (len(octets) - 4096))
    else:
        db = sqlite3.connect(path)
        if how == "newer":
            db.execute("PRAGMA user_version = 99")
        elif how == "another program's":
            db.execute("PRAGMA application_id = 7")
        db.commit()
        db.close()


@pytest.mark.parametrize("how", ["no database", "cut off", "overwritten", "newer", "another program's"])
@pytest.mark.parametrize("command", [["run", "--once"], ["status"]], ids=" ".join)
async def test_a_damaged_state(tmp_path: Path, how: str, command: list[str]) -> None:
    """Refused in a sentence; nothing is overwritten."""
    config, state = tmp_path / "rules.yaml", tmp_path / "state"
    config.write_text(MINIMAL)
    state.mkdir()
    path = state / "state.sqlite3"
    await SqliteStore(path).close()
    for other in state.glob("state.sqlite3-*"):
        other.unlink()
    damage(path, how)
    before = path.read_bytes()
    ended = await ran(*arguments(config, state, *command), MAIL_PASSWORD="x")
    assert ended.code == 1
    assert "Traceback" not in ended.err, ended.err
    assert str(path) in ended.err
    assert path.read_bytes() == before


async def test_a_mistake_starts_nothing(tmp_path: Path) -> None:
    """Exit 2, a line with its place, and no state; a secret that stands in the file is not repeated."""
    config, state = tmp_path / "rules.yaml", tmp_path / "state"
    config.write_text(
        MINIMAL.replace("{env: MAIL_PASSWORD}", "hunter2-geheim").replace("owner:", "eigenaar:")
    )
    ended = await ran(*arguments(config, state, "run"))
    assert ended.code == 2
    assert re.search(r"rules\.yaml:\d+:\d+: ", ended.err)
    assert "hunter2" not in ended.err + ended.out
    assert not state.exists()
    assert (await ran(*arguments(config, state, "run", "--zomaar"))).code == 2


async def test_a_missing_secret_is_a_mistake_too(tmp_path: Path) -> None:
    """Exit 2, at the place that names it."""
    config, state = tmp_path / "rules.yaml", tmp_path / "state"
    config.write_text(MINIMAL)
    ended = await ran(*arguments(config, state, "run", "--once"))
    assert ended.code == 2
    assert "rules.yaml:7:" in ended.err
    assert "Traceback" not in ended.err


async def shell(script: str, *words: str, **environment: str) -> tuple[int, str]:
    """A command line in a shell; its exit code and stderr."""
    process = await asyncio.create_subprocess_exec(
        "bash", "-c", script, "bash", *COMMAND, *words,
        stderr=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL,
        env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "MAIL_PASSWORD": "x", **environment},
    )  # fmt: skip
    async with asyncio.timeout(60):
        _, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, err.decode()


@pytest.mark.parametrize(
    "script",
    [
        '"$@" | true; exit ${PIPESTATUS[0]}',
        '"$@" >&-',
        '"$@" >/dev/full',
        '"$@" <&-',
    ],
    ids=["broken pipe", "closed stdout", "full disk", "closed stdin"],
)
@pytest.mark.parametrize("command", [["status"], ["status", "--json"], ["review"]], ids=" ".join)
async def test_an_output_that_goes_nowhere(tmp_path: Path, script: str, command: list[str]) -> None:
    """No traceback, whatever the shell does with the output."""
    config, state = tmp_path / "rules.yaml", tmp_path / "state"
    config.write_text(MINIMAL)
    code, err = await shell(script, *arguments(config, state, *command))
    assert code in (0, 1), err
    assert "Traceback" not in err
    assert "Exception ignored" not in err


@pytest.mark.parametrize("script", ['"$@" 2>&-', '"$@" 2>/dev/full'], ids=["closed stderr", "full disk"])
async def test_a_log_that_goes_nowhere(tmp_path: Path, script: str) -> None:
    """The service does its work all the same."""
    config, state = tmp_path / "rules.yaml", tmp_path / "state"
    config.write_text(MINIMAL)
    code, err = await shell(script, *arguments(config, state, "run", "--once"))
    assert code in (1, 120), err  # 120: Python's own, where stderr cannot be written at the end
    assert (state / "state.sqlite3").exists()


@pytest.mark.root
async def test_no_home(public: Path) -> None:
    """A user without a home is asked for --state."""
    if os.geteuid() != 0:
        pytest.skip("only root can become somebody without a home")
    (public / "rules.yaml").write_text(MINIMAL)
    code, err = await as_somebody(public, "status", "-c", str(public / "rules.yaml"))
    assert code == 2, err
    assert "--state" in err


async def test_one_account_does_not_disturb_another(
    away: Holiday, smtp_server: SmtpServer, tmp_path: Path
) -> None:
    """Two configurations in one process: one mail server is away, the other owner notices nothing."""
    other = Holiday(
        away.imap, smtp_server, tmp_path / "karim", SystemClock(), away=away.away, reviews_at=away.reviews_at
    )
    other.rules = RULES.replace("sofie", "karim").replace("Sofie", "Karim")
    other.imap_port = 1
    other.write()
    async with started(
        "run", str(other.config_path), str(away.config_path), "--state", str(away.state)
    ) as daemon:
        await daemon.logged("connection_lost")
        away.imap.deliver(write_mail())
        await away.until(lambda: away.accepted("anna@voorbeeld.example"))
        status = await ran(*words(away, "status", "--json"))
        assert status.code == 1
        accounts = {each["address"]: each for each in json.loads(status.out)["accounts"]}
        assert accounts[SOFIE]["connected"]
        assert not accounts["karim@voorbeeld.example"]["connected"]
        assert accounts["karim@voorbeeld.example"]["problems"]
        assert await daemon.terminate() == 0


async def test_a_daemon_that_hangs(away: Holiday) -> None:
    """A command beside a stopped daemon ends with a sentence, not with a traceback."""
    async with started(*words(away, "run")) as daemon:
        await daemon.logged("connected")
        daemon.process.send_signal(signal.SIGSTOP)
        script = (
            "import delegator.adapters.asking as asking; asking.TIMEOUT_S = 0.5; "
            "from delegator.__main__ import main; main()"
        )
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", script, *words(away, "status"), stderr=asyncio.subprocess.PIPE
        )
        async with asyncio.timeout(30):
            _, err = await process.communicate()
        daemon.process.send_signal(signal.SIGCONT)
    assert process.returncode == 1
    assert b"no answer" in err
    assert b"Traceback" not in err


async def test_a_state_that_breaks_under_a_daemon(away: Holiday) -> None:
    """It goes on, says what is wrong, and a command beside it gets an answer."""
    async with started(*words(away, "run")) as daemon:
        await daemon.logged("connected")
        db = sqlite3.connect(away.state / "state.sqlite3")
        db.execute("DROP TABLE account")
        db.commit()
        db.close()
        ended = await ran(*words(away, "status"))
        assert ended.code == 1
        assert "state.sqlite3" in ended.out
        assert "Traceback" not in ended.err
        assert daemon.process.returncode is None


async def test_an_absence_set_beside_a_daemon(away: Holiday) -> None:
    """`delegator away` through the daemon's socket: away at once, the owner is told, and back by --end."""
    away.away = ("2099-01-01", "2099-01-02")
    away.configure()
    until = f"{datetime.now(UTC) + timedelta(days=5):%Y-%m-%d}"
    async with started(*words(away, "run")) as daemon:
        await daemon.logged("waiting")
        set_ = await ran(*words(away, "away", until, "--backup", "bram"))
        assert set_.code == 0, set_
        await daemon.logged("connected")
        await away.until(
            lambda: [m for m in away.accepted(SOFIE) if m["Subject"] == "Je afwezigheid is gepland"]
        )
        status = await ran(*words(away, "status", "--json"))
        (account,) = json.loads(status.out)["accounts"]
        assert account["away"]
        refused = await ran(*words(away, "away", until, "--backup", "karim"))
        assert refused.code != 0
        assert "bram" in refused.err
        assert (await ran(*words(away, "away", "--end"))).code == 0
        status = await ran(*words(away, "status", "--json"))
        assert not json.loads(status.out)["accounts"][0]["away"]
        assert await daemon.terminate() == 0, daemon.other
