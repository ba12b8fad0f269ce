"""A private Dovecot on loopback, in a folder of its own: a real IMAP server for the tests.

It needs no root and touches nothing of the machine's own Dovecot. Every user name logs in with
PASSWORD and gets an empty mailbox of its own, so that tests share a server and never mail.
"""

from __future__ import annotations

import grp
import imaplib
import os
import pwd
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import trustme

from tests.servers.ports import hold_port, port_of

PASSWORD = "correct-horse-battery"

# How the tests' own connections are told from those of what is tested.
_WHO = '("name" "tests")'

_CONFIGURATION = """
base_dir = {base}/run
state_dir = {base}/run
log_path = {base}/dovecot.log
protocols = imap{sieve_protocol}
listen = 127.0.0.1
default_internal_user = {internal_user}
default_internal_group = {internal_group}
default_login_user = {login_user}
first_valid_uid = 1
mail_uid = {mail_user}
mail_gid = {mail_group}
auth_mechanisms = {mechanisms}
auth_failure_delay = 0
disable_plaintext_auth = {forbid_plaintext}
ssl = {ssl}
ssl_cert = <{base}/cert.pem
ssl_key = <{base}/key.pem
mail_location = {location}
mail_max_userip_connections = 5000
default_vsz_limit = 2G
mailbox_idle_check_interval = 1 secs
maildir_very_dirty_syncs = no
mail_fsync = never
{capability}
{plugins}
{token_passdb}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = home={base}/users/%u
}}
namespace inbox {{
  inbox = yes
  separator = {separator}
  prefix = {prefix}
  mailbox Sent {{
    auto = create
    special_use = \\Sent
  }}
  mailbox Drafts {{
    auto = create
    special_use = \\Drafts
  }}
  mailbox Junk {{
    auto = create
    special_use = \\Junk
  }}
  mailbox Trash {{
    auto = create
    special_use = \\Trash
  }}
}}
service imap-login {{
  chroot =
  service_count = 0
  client_limit = 5000
  process_min_avail = 1
  process_limit = 1
  inet_listener imap {{
    port = {plain_port}
  }}
  inet_listener imaps {{
    port = {port}
    ssl = yes
  }}
}}
service imap {{
  # One process serves many connections: 200 idle ones are then no load. (The mbox driver allows one.)
  service_count = 0
  client_limit = {clients_a_process}
  process_min_avail = 1
  process_limit = 20
}}
service auth {{
  client_limit = 10000
}}
service anvil {{
  chroot =
  # Without it a failed login makes the next ones wait for seconds.
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
{sieve}
protocol imap {{
  imap_idle_notify_interval = {still_here_s} secs
  mail_plugins = $mail_plugins {imap_plugins}
  {rawlog}
}}
"""

_TOKEN_PASSDB = """
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {base}/oauth2.conf
}}
"""

_INTROSPECTION = """
introspection_mode = post
introspection_url = {url}
force_introspection = yes
username_attribute = username
active_attribute = active
active_value = true
scope = {scope}
tls_ca_cert_file = {ca}
"""

_SIEVE = """
submission_host = 127.0.0.1:{answers_to}
service managesieve-login {{
  chroot =
  inet_listener sieve {{
    port = {sieve_port}
  }}
}}
protocol sieve {{
}}
protocol lda {{
  mail_plugins = sieve
}}
"""

_LOCATIONS = {"maildir": "maildir:~/Maildir", "mdbox": "mdbox:~/mdbox", "mbox": "mbox:~/mail:INBOX=~/inbox"}


@dataclass(frozen=True, slots=True)
class Options:
    """How a server differs from the usual one.

    without: capabilities that it does not announce ("IDLE", "MOVE").
    certificate: what is wrong with its certificate.
    quota_messages: so many messages fit in a mailbox.
    command_log: keep what clients send, for `Account.commands`.
    still_here_s: how often an idle client hears "* OK Still here".
    sieve: whether it has ManageSieve, and `Account.deliver_by_filter` (Debian: dovecot-managesieved).
    mechanisms: of its AUTHENTICATE; "" for none. introspection: the address at which a token server says
    whose a token is, the scope that it must have, and the file of the certificates to trust there.
    names: more host names of its certificate.
    store: how it keeps mail. acl: the rights that the owner has in every mailbox (RFC 4314).
    """

    separator: str = "/"
    prefix: str = ""
    without: frozenset[str] = frozenset()
    certificate: Literal["good", "expired", "wrong host"] = "good"
    tls: bool = True
    forbid_plaintext: bool = False
    quota_messages: int | None = None
    command_log: bool = False
    still_here_s: int = 120
    store: Literal["maildir", "mdbox", "mbox"] = "maildir"
    acl: str = ""
    names: tuple[str, ...] = ()
    mechanisms: str = "plain login"
    introspection: tuple[str, str, Path] | None = None
    sieve: bool = False


class Dovecot:
    """A server process. It starts and stops as often as you like, on the same ports and mail."""

    host = "127.0.0.1"

    def __init__(self, options: Options | None = None) -> None:
        self.options = options or Options()
        # Not pytest's tmp_path: its parents are 0700, and a Dovecot started by root drops to other users.
        self.base = Path(tempfile.mkdtemp(prefix="dovecot-"))
        self.base.chmod(0o755)
        self._ports = [hold_port() for _ in range(4)]
        self.port, self.plain_port, self.sieve_port, self.answers_to = map(port_of, self._ports)
        self.authority = trustme.CA()
        self.ca = self.base / "ca.pem"
        self.authority.cert_pem.write_to_path(str(self.ca))
        self._process: subprocess.Popen[bytes] | None = None
        self._connections: dict[str, Client] = {}
        self._write_files()

    def start(self) -> None:
        command = [
            shutil.which("dovecot") or "/usr/sbin/dovecot",
            "-F",
            "-c",
            str(self.base / "dovecot.conf"),
        ]
        with (self.base / "stderr").open("wb") as stderr:
            self._process = subprocess.Popen(command, stderr=stderr, start_new_session=True)
        deadline = time.monotonic() + 10
        while not self._greets():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"Dovecot does not start:\n{self.log()}")
            time.sleep(0.01)

    def stop(self) -> None:
        """SIGTERM: clients are told BYE."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL, to every process of it: clients see the connection close without a word."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        self.stop()
        self.start()

    def remove(self) -> None:
        self.kill()
        for held in self._ports:
            held.close()
        shutil.rmtree(self.base, ignore_errors=True)

    def log(self) -> str:
        return "".join(
            path.read_text() for path in (self.base / "stderr", self.base / "dovecot.log") if path.exists()
        )

    def account(self, username: str) -> Account:
        """Any name will do; an account begins with empty mailboxes."""
        home = self.base / "users" / username
        home.mkdir(exist_ok=True)
        (home / "rawlog").mkdir(exist_ok=True)
        if os.getuid() == 0:
            for path in (home, home / "rawlog"):
                shutil.chown(path, *_mail_owner())
        return Account(self, username)

    def connection(self, username: str) -> Client:
        """A client of the tests' own, past every proxy, kept for the next call."""
        connection = self._connections.get(username)
        if connection is None or not connection.is_alive():
            connection = self._connections[username] = Client(self.host, self.plain_port, username)
        return connection

    def _greets(self) -> bool:
        try:
            with socket.create_connection((self.host, self.plain_port), timeout=5) as client:
                return client.recv(5) == b"* OK "
        except OSError:
            return False

    def _end(self, how: signal.Signals) -> None:
        for connection in self._connections.values():
            connection.drop()
        self._connections.clear()
        if self._process is None:
            return
        if how == signal.SIGKILL:
            # Dovecot gives its children process groups of nobody else's; they are all in one session. Who has
            # the signal may still hold a listening socket, and one may just be begun.
            until = time.monotonic() + 10
            while (processes := _session(self._process.pid)) and time.monotonic() < until:
                for process in processes:
                    _signal(process, how)
                time.sleep(0.005)
        else:
            _signal(self._process.pid, how)
        self._process.wait(timeout=10)
        self._process = None
        # A killed master leaves its sockets and its pid, which a new one would take for a live one.
        shutil.rmtree(self.base / "run", ignore_errors=True)

    def _write_files(self) -> None:
        options = self.options
        names = (
            ("imap.elsewhere.example",)
            if options.certificate == "wrong host"
            else ("localhost", "127.0.0.1", *options.names)
        )
        expiry = datetime.now(UTC) - timedelta(days=1) if options.certificate == "expired" else None
        certificate = self.authority.issue_cert(*names, not_after=expiry)
        certificate.private_key_pem.write_to_path(str(self.base / "key.pem"))
        for number, pem in enumerate(certificate.cert_chain_pems):
            pem.write_to_path(str(self.base / "cert.pem"), append=number > 0)
        users = self.base / "users"
        users.mkdir()
        mail_user, mail_group = _mail_owner()
        if os.getuid() == 0:
            shutil.chown(users, mail_user, mail_group)
            internal_user, internal_group, login_user = "dovecot", "dovecot", "dovenull"
        else:
            internal_user = login_user = mail_user
            internal_group = mail_group
        capability = ""
        if options.without:
            kept = [name for name in _capabilities() if name not in options.without]
            capability = f"imap_capability = {' '.join(kept)}"
        plugins, settings = [], []
        if options.quota_messages is not None:
            plugins.append("quota")
            settings += ["quota = count:User quota", f"quota_rule = *:messages={options.quota_messages}"]
            settings.append("quota_vsizes = yes")
        if options.acl:
            plugins.append("acl")
            settings.append(f"acl = vfile:{self.base}/acl")
            (self.base / "acl").write_text(f"* owner {options.acl}\n")
        if options.sieve:
            settings.append("sieve = file:~/sieve;active=~/.dovecot.sieve")
        token_passdb = ""
        if options.introspection is not None:
            url, scope, ca = options.introspection
            token_passdb = _TOKEN_PASSDB.format(base=self.base)
            (self.base / "oauth2.conf").write_text(_INTROSPECTION.format(url=url, scope=scope, ca=ca))
        (self.base / "dovecot.conf").write_text(
            _CONFIGURATION.format(
                mechanisms=options.mechanisms,
                token_passdb=token_passdb,
                base=self.base,
                password=PASSWORD,
                port=self.port,
                plain_port=self.plain_port,
                internal_user=internal_user,
                internal_group=internal_group,
                login_user=login_user,
                mail_user=mail_user,
                mail_group=mail_group,
                separator=options.separator,
                prefix=options.prefix,
                ssl="yes" if options.tls else "no",
                forbid_plaintext="yes" if options.forbid_plaintext else "no",
                capability=capability,
                plugins="\n".join((f"mail_plugins = {' '.join(plugins)}", "plugin {", *settings, "}")),
                imap_plugins=" ".join(f"imap_{name}" for name in plugins),
                clients_a_process=1 if options.store == "mbox" else 400,
                location=_LOCATIONS[options.store],
                rawlog=f"rawlog_dir = {self.base}/users/%u/rawlog" if options.command_log else "",
                still_here_s=options.still_here_s,
                sieve_protocol=" sieve" if options.sieve else "",
                sieve=_SIEVE.format(sieve_port=self.sieve_port, answers_to=self.answers_to)
                if options.sieve
                else "",
            )
        )


@dataclass(frozen=True, slots=True)
class Account:
    """One user of a server, as its tests see them."""

    server: Dovecot
    username: str
    password: str = PASSWORD

    @property
    def host(self) -> str:
        return self.server.host

    @property
    def port(self) -> int:
        """TLS from the first octet."""
        return self.server.port

    @property
    def plain_port(self) -> int:
        """STARTTLS, or nothing."""
        return self.server.plain_port

    @property
    def ca(self) -> Path:
        return self.server.ca

    def ssl_context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.ca))

    def deliver(
        self,
        octets: bytes,
        mailbox: str = "INBOX",
        *,
        arrived_at: datetime | None = None,
        flags: Iterable[str] = (),
    ) -> int:
        """Put a message in a mailbox (the server's name for it), and give its UID."""
        return self._connection().deliver(mailbox, octets, arrived_at, tuple(flags))

    def set_filter(self, script: str, *, name: str = "my filter", is_active: bool = True) -> None:
        """A Sieve script; the active one runs. With Options.sieve."""
        home = self.server.base / "users" / self.username
        (home / "sieve").mkdir(exist_ok=True)
        (home / "sieve" / f"{name}.sieve").write_text(script)
        active = home / ".dovecot.sieve"
        if is_active:
            active.unlink(missing_ok=True)
            active.symlink_to(f"sieve/{name}.sieve")
        if os.getuid() == 0:
            for path in (home / "sieve", *(home / "sieve").iterdir()):
                shutil.chown(path, *_mail_owner())

    def deliver_by_filter(self, octets: bytes, sender: str, recipient: str) -> None:
        """As its mail server would: the filter runs, and may answer the sender. With Options.sieve."""
        home = self.server.base / "users" / self.username
        environment = {"HOME": str(home), "USER": self.username, "PATH": os.environ["PATH"]}
        user, group = _mail_owner() if os.getuid() == 0 else (None, None)
        command = ["/usr/lib/dovecot/dovecot-lda", "-c", str(self.server.base / "dovecot.conf")]
        subprocess.run(
            [*command, "-o", "log_path=/dev/null", "-f", sender, "-a", recipient],
            input=octets,
            env=environment,
            user=user,
            group=group,
            extra_groups=[] if user else None,
            cwd="/",
            check=True,
            timeout=30,
        )

    def messages(self, mailbox: str = "INBOX") -> list[tuple[int, frozenset[str], bytes]]:
        """UID, flags (without \\Recent) and octets of each, in order. [] if there is no such mailbox."""
        return self._connection().messages(mailbox)

    def mailboxes(self) -> list[str]:
        """The server's own names."""
        return self._connection().mailboxes()

    def create(self, mailbox: str) -> None:
        self._connection().run("CREATE", _quoted(mailbox))

    def move(self, uid: int, to: str, mailbox: str = "INBOX") -> None:
        """As the owner's phone does."""
        self._connection().on(mailbox, "MOVE", str(uid), _quoted(to))

    def expunge(self, *uids: int, mailbox: str = "INBOX") -> None:
        numbers = ",".join(map(str, uids))
        self._connection().on(mailbox, "STORE", numbers, "+FLAGS.SILENT", r"(\Deleted)")
        self._connection().on(mailbox, "EXPUNGE", numbers)

    def commands(self) -> str:
        """What clients other than the tests' own sent after their login, with Options.command_log."""
        logs = sorted((self.server.base / "users" / self.username / "rawlog").glob("*.in"))
        texts = [path.read_text(errors="replace") for path in logs]
        return "".join(text for text in texts if _WHO not in text)

    def _connection(self) -> Client:
        return self.server.connection(self.username)


class Client:
    """imaplib, for the side of the tests: no part of what is tested."""

    def __init__(self, host: str, port: int, username: str) -> None:
        self._lock = threading.Lock()
        self._imap: Any = imaplib.IMAP4(host, port, timeout=20)
        self._imap.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._imap.login(username, PASSWORD)
        if "ID" in self._imap.capabilities:
            self._imap.xatom("ID", _WHO)

    def is_alive(self) -> bool:
        try:
            with self._lock:
                return bool(self._imap.noop()[0] == "OK")
        except (imaplib.IMAP4.error, OSError):
            return False

    def drop(self) -> None:
        self._imap.shutdown()

    def run(self, name: str, *arguments: str) -> list[Any]:
        with self._lock:
            return self._answer(lambda: self._imap._simple_command(name, *arguments))

    def on(self, mailbox: str, name: str, *arguments: str) -> list[Any]:
        """A UID command on a mailbox."""
        with self._lock:
            self._answer(lambda: self._imap.select(_quoted(mailbox)))
            answer = self._answer(lambda: self._imap.uid(name, *arguments))
            self._imap.unselect()
            return answer

    def deliver(
        self, mailbox: str, octets: bytes, arrived_at: datetime | None, flags: tuple[str, ...]
    ) -> int:
        with self._lock:
            moment = imaplib.Time2Internaldate(arrived_at) if arrived_at else None
            # Not imaplib's append(): it rewrites line ends.
            self._imap.literal = octets
            self._imap.untagged_responses.clear()
            self._answer(
                lambda: self._imap._simple_command(
                    "APPEND", _quoted(mailbox), f"({' '.join(flags)})", *([moment] if moment else [])
                )
            )
            return int(self._imap.untagged_responses["APPENDUID"][-1].split()[1])

    def messages(self, mailbox: str) -> list[tuple[int, frozenset[str], bytes]]:
        with self._lock:
            if self._imap.select(_quoted(mailbox), readonly=True)[0] != "OK":
                return []
            _, answer = self._imap.uid("FETCH", "1:*", "(FLAGS BODY.PEEK[])")
            self._imap.close()  # of a mailbox that was opened to read: it expunges nothing
        found = []
        for part in answer:
            if isinstance(part, tuple):
                before = part[0].decode()
                flags = before.partition("FLAGS (")[2].partition(")")[0].split()
                uid = int(before.partition("UID ")[2].split()[0])
                found.append((uid, frozenset(flags) - {r"\Recent"}, part[1]))
        return sorted(found)

    def mailboxes(self) -> list[str]:
        with self._lock:
            _, answer = self._imap.list('""', "*")
        return sorted(line.decode().rpartition('" ')[2].strip('"') for line in answer if line)

    @staticmethod
    def _answer(command: Callable[[], tuple[str, list[Any]]]) -> list[Any]:
        status, answer = command()
        if status != "OK":
            raise RuntimeError(f"the server says {status}: {answer}")
        return answer


def _quoted(mailbox: str) -> str:
    return f'"{mailbox}"'


def _mail_owner() -> tuple[str, str]:
    """Who owns the mail: Dovecot refuses mail that belongs to root."""
    if os.getuid() == 0:
        return "nobody", grp.getgrgid(pwd.getpwnam("nobody").pw_gid).gr_name
    return pwd.getpwuid(os.getuid()).pw_name, grp.getgrgid(os.getgid()).gr_name


def _capabilities() -> list[str]:
    return [
        *("IMAP4rev1", "SASL-IR", "LITERAL+", "ENABLE", "IDLE", "MULTIAPPEND", "UNSELECT", "CHILDREN"),
        *("NAMESPACE", "UIDPLUS", "LIST-EXTENDED", "ESEARCH", "WITHIN", "BINARY", "MOVE", "SPECIAL-USE"),
    ]


def _session(leader: int) -> list[int]:
    """The processes of a session that have not ended, its leader first."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
                if state != "Z" and os.getsid(int(entry.name)) == leader:
                    found.append(int(entry.name))
            except OSError:
                continue
    return sorted(found)


def _signal(process: int, how: signal.Signals) -> None:
    try:
        os.kill(process, how)
    except ProcessLookupError:
        return
