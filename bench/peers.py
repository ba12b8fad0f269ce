"""How others look through the same mailbox, each in a process of its own.

    python bench/peers.py raw|imapclient|naive HOST PORT USER PASSWORD

Each prints the UIDs of the mails that a rule takes, one a line. `raw`: a socket, one FETCH for all, the
octets searched as they come: nothing can be faster in this language. `imapclient`: as its users write it,
in batches of 500. `naive`: the same, one mail at a time.
"""

from __future__ import annotations

import email
import re
import socket
import sys
from collections.abc import Iterable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.mailbox import SENDERS, SUBJECTS, TEXTS


def raw(host: str, port: int, user: str, password: str) -> Iterable[int]:
    senders = [f"<{sender}>".encode() for sender in SENDERS]
    subjects, texts = [word.encode() for word in SUBJECTS], [word.encode() for word in TEXTS]
    literal = re.compile(rb"\* \d+ FETCH \(UID (\d+) .*\{(\d+)\}\r\n\Z")
    with socket.create_connection((host, port)) as sock, sock.makefile("rb", 1 << 18) as lines:
        lines.readline()
        sock.sendall(f'a LOGIN "{user}" "{password}"\r\nb EXAMINE INBOX\r\n'.encode())
        sock.sendall(b"c UID FETCH 1:* (UID BODY.PEEK[]<0.131072>)\r\n")
        while not (line := lines.readline()).startswith(b"c "):
            match = literal.match(line)
            if match is None:
                continue
            mail = lines.read(int(match[2]))
            header, _, body = mail.partition(b"\r\n\r\n")
            from_ = field(header, b"From")
            subject = field(header, b"Subject")
            if (
                any(each in from_ for each in senders)
                or any(each in subject for each in subjects)
                or any(each in body for each in texts)
                or (b"=\r\n" in body and any(each in body.replace(b"=\r\n", b"") for each in texts))
            ):
                yield int(match[1])


def field(header: bytes, name: bytes) -> bytes:
    start = header.find(b"\r\n" + name + b": ")
    return header[start : header.find(b"\r\n", start + 2)] if start >= 0 else b""


def with_imapclient(host: str, port: int, user: str, password: str, batch: int) -> Iterable[int]:
    from imapclient import IMAPClient

    with IMAPClient(host, port, ssl=False) as client:
        client.login(user, password)
        client.select_folder("INBOX", readonly=True)
        uids = client.search("ALL")
        for at in range(0, len(uids), batch):
            found = client.fetch(uids[at : at + batch], ["BODY.PEEK[]<0.131072>"])
            for uid, items in found.items():
                if takes(items[b"BODY[]<0>"]):
                    yield uid


def takes(octets: bytes) -> bool:
    """With the standard library, as anybody would."""
    mail = email.message_from_bytes(octets)
    if any(f"<{sender}>" in mail["From"] for sender in SENDERS):
        return True
    if any(word in mail["Subject"] for word in SUBJECTS):
        return True
    for part in mail.walk():
        if part.get_content_maintype() == "text":
            payload = part.get_payload(decode=True)
            assert isinstance(payload, bytes)
            text = payload.decode("utf-8", "replace").lower()
            if any(word in text for word in TEXTS):
                return True
    return False


def main() -> None:
    who, host, port, user, password = sys.argv[1:]
    login = (host, int(port), user, password)
    found = raw(*login) if who == "raw" else with_imapclient(*login, 500 if who == "imapclient" else 1)
    print("\n".join(map(str, sorted(found))))


if __name__ == "__main__":
    main()
