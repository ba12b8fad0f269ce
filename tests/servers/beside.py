"""Cyrus and Courier as mail servers, Postfix as submission server: Debian's own, beside Dovecot.

They run on loopback on what `unpack.sh` unpacked, which is laid over the machine's own files in mount and
process namespaces of their own: nothing is installed, and nothing is left when the first process ends.
That needs root.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tests.servers.dovecot import PASSWORD, Client
from tests.servers.ports import hold_port, port_of

USERNAME = "sofie"

_OVERLAY = """
set -eu
mount -t tmpfs tmpfs {base}
cd {base}
mkdir over work all
cp -a {programs}/. over/
mount -t overlay overlay -o lowerdir=/,upperdir=over,workdir=work all
for folder in dev proc sys; do mount --rbind /$folder all/$folder; done
mount -t tmpfs tmpfs all/tmp
exec chroot all /bin/sh -s <<'THE_END'
set -eu
{start}
THE_END
"""

_CYRUS = """
echo "cyrus:x:990:990::/var/spool/cyrus:/bin/sh" >> /etc/passwd
echo "cyrus:x:990:" >> /etc/group
mkdir -p /run/cyrus/proc /run/cyrus/lock /run/cyrus/socket /var/lib/cyrus /var/spool/cyrus/mail
cat > /etc/imapd.conf <<X
configdirectory: /var/lib/cyrus
proc_path: /run/cyrus/proc
mboxname_lockpath: /run/cyrus/lock
defaultpartition: default
partition-default: /var/spool/cyrus/mail
servername: delegator.example
altnamespace: no
unixhierarchysep: no
allowplaintext: yes
sasl_pwcheck_method: auxprop
sasl_auxprop_plugin: sasldb
sasl_mech_list: PLAIN LOGIN
autocreate_quota: 0
autocreate_inbox_folders: Sent | Trash
xlist-sent: Sent
xlist-trash: Trash
idlesocket: /run/cyrus/socket/idle
X
cat > /etc/cyrus.conf <<X
START {{
  recover cmd="/usr/lib/cyrus/bin/ctl_cyrusdb -r"
  idled cmd="/usr/lib/cyrus/bin/idled"
}}
SERVICES {{
  imap cmd="/usr/lib/cyrus/bin/imapd" listen="127.0.0.1:{port}" prefork=1
}}
EVENTS {{
}}
X
chown -R cyrus:cyrus /run/cyrus /var/lib/cyrus /var/spool/cyrus
/usr/lib/cyrus/bin/makedirs
echo {password} | saslpasswd2 -p -c -u delegator.example {username}
chown cyrus /etc/sasldb2
exec /usr/lib/cyrus/bin/master -D
"""

_COURIER = """
mkdir -p /run/courier/authdaemon /home/{username}
cat > /etc/courier/authdaemonrc <<X
authmodulelist="authuserdb"
authmodulelistorig="authuserdb"
daemons=1
authdaemonvar=/run/courier/authdaemon
X
secret=$(openssl passwd -1 {password})
printf '{username}\\thome=/home/{username}|mail=/home/{username}/Maildir|uid=65534|gid=65534|imappw=%s\\n' \\
  "$secret" > /etc/courier/userdb
chmod 700 /etc/courier/userdb
makeuserdb
maildirmake.courier /home/{username}/Maildir
maildirmake.courier -f Sent /home/{username}/Maildir
chown -R 65534:65534 /home/{username}
/usr/lib/courier/courier-authlib/authdaemond &
set -a
. /etc/courier/imapd
IMAP_TLS_REQUIRED=0
exec /usr/sbin/couriertcpd -address=127.0.0.1 -maxprocs=40 -maxperip=40 -nodnslookup -noidentlookup {port} \\
  /usr/lib/courier/courier/imaplogin /usr/bin/imapd Maildir
"""

_POSTFIX = """
echo "postfix:x:991:991::/var/spool/postfix:/bin/false" >> /etc/passwd
printf 'postfix:x:991:\\npostdrop:x:992:\\n' >> /etc/group
mkdir -p /var/spool/postfix /var/lib/postfix
chown postfix /var/lib/postfix
cat > /etc/postfix/main.cf <<X
compatibility_level = 3.6
myhostname = delegator.example
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
mydestination =
maillog_file = /dev/stdout
relayhost = [127.0.0.1]:{next_port}
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = cyrus
smtpd_sasl_path = smtpd
cyrus_sasl_config_path = /etc/postfix/sasl
smtpd_sasl_local_domain = delegator.example
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_sender_login_maps = texthash:/etc/postfix/senders
smtpd_sender_restrictions = reject_sender_login_mismatch
queue_directory = /var/spool/postfix
daemon_directory = /usr/lib/postfix/sbin
X
sed 's/^smtp  *inet.*smtpd/127.0.0.1:{port} inet n - n - - smtpd/
s/^\\([a-z]* *unix *[n-] *[n-] *\\)y/\\1n/' /usr/share/postfix/master.cf.dist > /etc/postfix/master.cf
echo "{owner} {username}@delegator.example" > /etc/postfix/senders
printf 'pwcheck_method: auxprop\\nauxprop_plugin: sasldb\\nmech_list: PLAIN LOGIN\\n' \\
  > /etc/postfix/sasl/smtpd.conf
echo {password} | saslpasswd2 -p -c -u delegator.example {username}
chown postfix /etc/sasldb2
exec postfix start-fg
"""


class Beside:
    """One of them, from `start` until `remove`. It takes logins without TLS, on loopback."""

    def __init__(self, script: str, programs: Path, **facts: object) -> None:
        self.host = "127.0.0.1"
        self._held = hold_port()
        self.port = port_of(self._held)
        self._base = Path(tempfile.mkdtemp(prefix="beside-"))
        self._log = self._base.with_suffix(".log")
        start = script.format(port=self.port, username=USERNAME, password=PASSWORD, **facts)
        self._script = _OVERLAY.format(base=self._base, programs=programs, start=start)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "/bin/sh", "-s"]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True
            )
        assert self._process.stdin is not None
        self._process.stdin.write(self._script.encode())
        self._process.stdin.close()
        deadline = time.monotonic() + 60
        while not self._greets():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"it does not start:\n{self.log()}")
            time.sleep(0.05)

    def remove(self) -> None:
        if self._process is not None:
            process = self._process.pid
            # Whoever is first in the namespace takes all the others along.
            for first in Path(f"/proc/{process}/task/{process}/children").read_text().split():
                os.kill(int(first), signal.SIGKILL)
            self._process.wait()
        self._held.close()
        shutil.rmtree(self._base, ignore_errors=True)
        self._log.unlink(missing_ok=True)

    def log(self) -> str:
        return self._log.read_text(errors="replace")

    def _greets(self) -> bool:
        try:
            with socket.create_connection((self.host, self.port), timeout=5) as client:
                return client.recv(4) in (b"* OK", b"220 ")
        except OSError:
            return False


def cyrus(programs: Path) -> Beside:
    """Everything under INBOX, with "." between the levels."""
    return Beside(_CYRUS, programs)


def courier(programs: Path) -> Beside:
    """The same, and no MOVE."""
    return Beside(_COURIER, programs)


def postfix(programs: Path, *, owner: str, next_port: int) -> Beside:
    """Takes mail from `owner`'s address only, and passes it on to next_port."""
    return Beside(_POSTFIX, programs, owner=owner, next_port=next_port)


@dataclass(slots=True)
class Mailbox:
    """The one account of such a server, as far as a holiday needs it."""

    server: Beside
    name: str
    username: str = USERNAME
    password: str = PASSWORD
    ca: str = "none"
    _client: Client | None = None

    @property
    def host(self) -> str:
        return self.server.host

    @property
    def port(self) -> int:
        return self.server.port

    def deliver(self, octets: bytes, mailbox: str = "INBOX", *, arrived_at: datetime) -> int:
        return self.client.deliver(mailbox, octets, arrived_at, ())

    def messages(self, mailbox: str = "INBOX") -> list[tuple[int, frozenset[str], bytes]]:
        return self.client.messages(mailbox)

    def mailboxes(self) -> list[str]:
        return self.client.mailboxes()

    def close(self) -> None:
        if self._client is not None:
            self._client.drop()

    @property
    def client(self) -> Client:
        if self._client is None:
            self._client = Client(self.host, self.port, self.username)
        return self._client
