"""The silence gate: the one object that submits mail, and the closed set of whom it may go to.

Nothing else in the package speaks SMTP. The gate refuses a submission before it opens a connection,
and what it puts on the wire as a recipient is its own copy of a configured address, never the text
that a caller gave.

The dialogue is aiosmtplib's up to the login, and then that of `session`; `pool` keeps the connections.
"""

from __future__ import annotations

import asyncio
import base64
import os
import re
import socket
import ssl
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from email.utils import parsedate_to_datetime
from types import MappingProxyType
from typing import Literal, cast

import aiosmtplib

from ...config.values import is_loopback
from ...core.delivery import About, Outcome, Reply, Stage, classify
from ...core.logins.passwords import without_password
from ...core.octets import Octets
from ...ports import Greeting, RecipientRefused, Refused, Submission, SubmissionProbe, Unavailable
from .. import sasl
from ..certificate import NO_TLS, Trust, TrustedBy, certificate_fault, certificate_until, current, tls_error
from ..credentials import Credential, credential_of
from ..reach import CONNECT_TIMEOUT_S, open_socket
from .pool import Pool
from .session import COMMAND_TIMEOUT_S, Ended, Offer, Session

_OPENING_TIMEOUT_S = CONNECT_TIMEOUT_S + 2 * COMMAND_TIMEOUT_S
"""For all up to the reply to EHLO, should it come in drops."""

# How servers say that they do not know a command, or this form of it (RFC 5321 section 4.2.4).
_NOT_KNOWN = frozenset({500, 501, 502, 503, 504})

# A literal is always allowed to a client without a name of its own (RFC 5321 section 4.1.4). This one
# tells nobody where the daemon runs (it ends up in Received), and mail programs that hide their host
# have made every provider used to it.
_HELLO = "[127.0.0.1]"

_MAX_HEADER_OCTETS = 256 * 1024  # our own headers are a few kB
_MAX_TEXT = 300  # of a Reply

# An addr-spec in ASCII without quoting, comments, routes or literals, as the configuration accepts
# it (an internationalised domain as A-labels). So SMTPUTF8 (RFC 6531) is never needed.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_PLAIN_ADDRESS = re.compile(rf"(?=.{{3,320}}\Z){_ATOM}(\.{_ATOM})*@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")

# As in RFC 5322 section 3.3, with its zone.
_IMAP_GREETING = re.compile(r"Malformed SMTP response line: \* (OK|PREAUTH|BYE)\b")  # aiosmtplib's words
_DATE = re.compile(r"(?:\w{3}, )?\d{1,2} \w{3} \d{4} \d\d:\d\d:\d\d [+-]\d{4}")

# As a server reads what the session sends: a lone CR or LF ends a line.
_HEADER_END = re.compile(rb"(?:\r\n|\r(?!\n)|\n)(?:\r\n|\r|\n)")
_FIELD = re.compile(rb"([!-9;-~]+)[ \t]*:(.*)", re.DOTALL)

# Fields whose addresses get a mail sooner or later: by Reply to all, by a resend, by a bounce.
# Reply-To is not among them: the originator's address is the point of a forward.
_ADDRESS_FIELDS = frozenset(
    b"to cc bcc from sender resent-to resent-cc resent-bcc resent-from resent-sender "
    b"apparently-to errors-to return-path".split()
)
# Requests for a receipt: whoever they name would hear that the mail was read.
_RECEIPT_FIELDS = frozenset(
    b"disposition-notification-to return-receipt-to x-confirm-reading-to generate-delivery-report".split()
)

# One mailbox of an address field as we write them, and the comma or end after it. No group, route
# or comment: what this does not read, the gate refuses.
_MAILBOX = re.compile(
    rb"""\s*+
    (?: (?: "(?:[^"\\]|\\.)*+" | [^\s"(),:;<>@\[\\\]]++ | \s++ )*+ <(?P<angle>[^<>\s]++)>
      | (?P<bare>[^\s"(),:;<>\[\\\]]++) )
    \s*+ (?:,|\Z)""",
    re.VERBOSE,
)


def _form(address: str) -> bytes:
    """How the gate compares: case of ASCII letters aside, octet for octet. No look-alike is equal."""
    return address.encode("utf-8", "surrogatepass").lower()


class _NotAccepted(Exception):
    """The dialogue has ended before the final dot, or with a definite no."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.text)
        self.reply = reply


class SubmissionGate:
    """Submits mail to the closed set of recipients, from the owner, and does nothing else.

    recipients: addr-specs; copied, there is no way to add one; the owner is always among them.
    sender: the owner's address, the reverse-path of everything. security "none" and submission
    without a password: to a loopback address only. password: or what gives it, or a token instead.
    ssl_context None: the system's authorities. linger_s: how long a connection waits for another mail;
    whoever says more than 0 calls `close` in the end.
    """

    __slots__ = (
        "_credential",
        "_forms",
        "_host",
        "_max_size",
        "_pool",
        "_port",
        "_says_in_turn",
        "_secrets",
        "_security",
        "_sender",
        "_takes_eight_bit",
        "_trusted_by",
        "_username",
    )

    def __init__(
        self,
        *,
        host: str,
        port: int,
        security: Literal["tls", "starttls", "none"],
        sender: str,
        recipients: frozenset[str],
        username: str | None = None,
        password: str | Credential | None = None,
        ssl_context: TrustedBy = None,
        linger_s: float = 0,
    ) -> None:
        if not is_loopback(host):
            if security == "none":
                raise ValueError(f"submission to {host} needs TLS: without it only to a loopback address")
            if username is None or password is None:
                raise ValueError(f"submission to {host} needs a login: without it only to a loopback address")
        for address in (sender, *recipients):
            if type(address) is not str or not _PLAIN_ADDRESS.fullmatch(address):
                raise ValueError(f"not an address that mail can be submitted to: {address!r}")
        self._host, self._port, self._security = host, port, security
        self._username, self._credential = username, None if password is None else credential_of(password)
        self._trusted_by = ssl_context or (None if security == "none" else Trust(None))
        self._sender = sender
        self._forms: Mapping[bytes, str] = MappingProxyType({_form(a): a for a in (*recipients, sender)})
        self._secrets: tuple[str, ...] = ()  # of the last login, as they could come back in a server's words
        self._max_size: int | None = None
        self._takes_eight_bit = True
        self._says_in_turn = False  # the server offers PIPELINING, and breaks at it
        self._pool = Pool(self._open_session, linger_s)

    async def close(self) -> None:
        """The connections that no mail is under way on."""
        await self._pool.close()

    async def takes_eight_bit(self) -> bool:
        """Whether the last EHLO offered 8BITMIME (RFC 6152); True before the first."""
        return self._takes_eight_bit

    async def max_size(self) -> int | None:
        """What the server's SIZE said last, in octets; None if unknown or unlimited."""
        return self._max_size

    async def submit(self, submission: Submission) -> Reply:
        """One mail to its recipients: to all of them, or to none.

        Never raises for what a server or a network does. Raises RecipientRefused where the envelope
        or the mail's own header names anyone outside the closed set, or asks for a receipt.
        """
        # Each is read once: what is checked is what is sent.
        octets, named = submission.octets, submission.recipients
        if type(octets) is not bytes and not (type(octets) is Octets and octets.is_sealed()):
            raise RecipientRefused("the octets of a mail are bytes, or pieces of bytes")
        recipients = self._envelope(named)
        self._check_header(octets if isinstance(octets, bytes) else octets.head(_MAX_HEADER_OCTETS + 1))
        return await self._deliver(recipients, octets)

    async def probe(self) -> SubmissionProbe:
        """As far as a mail from the owner to the owner goes before its content. None is sent.

        Never raises for what a server or a network does.
        """
        try:
            client = self._client()
        except Refused as fault:
            reply = self._reply(Outcome.MISCONFIGURED, None, str(fault))
            return SubmissionProbe(reply, Stage.OPENING, self._max_size, None, None)
        stage, settled = Stage.OPENING, False
        until: datetime | None = None
        server_at: datetime | None = None
        try:
            server_at = _moment_in(await self._connect(client))
            until = certificate_until(client.get_transport_info("ssl_object"))
            stage = Stage.LOGIN
            await self._log_in(client)
            try:
                stage = Stage.SENDER
                await client.mail(self._sender)
                stage = Stage.RECIPIENT
                await client.rcpt(self._sender)
                await client.rset()
            except (OSError, aiosmtplib.SMTPException) as error:
                raise self._ended(error, stage) from error
            reply, settled = Reply(Outcome.ACCEPTED, 250, "takes mail from the owner"), True
        except _NotAccepted as ending:
            reply = ending.reply
            settled = reply.code is not None
        finally:
            _hang_up(client, politely=settled)
        return SubmissionProbe(reply, stage, self._max_size, until, server_at)

    async def greet(self) -> Greeting:
        """What it offers before any login: only EHLO is said. Raises Unavailable, Refused."""
        client, is_polite = self._client(), False
        try:
            await self._connect(client)
            is_polite = True
            mechanisms = frozenset(name.upper() for name in client.server_auth_methods)
            return Greeting(mechanisms, certificate_until(client.get_transport_info("ssl_object")))
        except _NotAccepted as ending:
            reply = ending.reply
            said = (
                reply.text if reply.code is None else f"{self._host}:{self._port}: {reply.code} {reply.text}"
            )
            raise (Refused if reply.outcome is Outcome.MISCONFIGURED else Unavailable)(said) from None
        finally:
            _hang_up(client, politely=is_polite)

    # The closed set

    def _envelope(self, named: object) -> tuple[str, ...]:
        """The configured addresses that are meant; RecipientRefused for any other."""
        if type(named) is not tuple or not named:
            raise RecipientRefused("a submission names its recipients in a tuple, one at least")
        return tuple(self._configured(address) for address in named)

    def _configured(self, address: object) -> str:
        # A subclass of str could be one thing to a comparison and another on the wire.
        found = self._forms.get(_form(address)) if type(address) is str else None
        if found is None:
            raise RecipientRefused(f"not in the closed set of recipients: {str(address)[:100]!r}")
        return found

    def _check_header(self, octets: bytes) -> None:
        """The mail's own header names nobody else. What cannot be read for certain is refused."""
        end = _HEADER_END.search(octets, 0, _MAX_HEADER_OCTETS)
        if end is None and len(octets) > _MAX_HEADER_OCTETS:
            raise RecipientRefused(f"the header is longer than {_MAX_HEADER_OCTETS} octets")
        fields: list[bytes] = []
        for line in (octets[: end.start()] if end else octets).splitlines():
            if line[:1] in (b" ", b"\t") and line.strip() and fields:
                fields[-1] += line
            elif line:
                fields.append(line)
        for field in fields:
            self._check_field(field)

    def _check_field(self, field: bytes) -> None:
        match = _FIELD.fullmatch(field)
        if match is None or b"\0" in field:
            raise RecipientRefused(f"not a header field: {field[:60]!r}")
        name = match[1].lower()
        if name in _RECEIPT_FIELDS:
            raise RecipientRefused(f"{name.decode()} asks for a receipt")
        if name not in _ADDRESS_FIELDS:
            return
        value, at = match[2].strip(), 0
        while at < len(value):
            mailbox = _MAILBOX.match(value, at)
            if mailbox is None:
                raise RecipientRefused(f"{name.decode()} cannot be read for certain: {value[:100]!r}")
            self._configured((mailbox["angle"] or mailbox["bare"]).decode("utf-8", "surrogateescape"))
            at = mailbox.end()

    # The dialogue

    async def _deliver(self, recipients: tuple[str, ...], octets: bytes | Octets) -> Reply:
        """What a connection says no to that carried mails before is asked once more, on a new one.

        It may have been too many for that connection (421, 450, 452, 550: each server has its own way), or
        it had gone. So is a server that breaks at commands that are said at once, though it offers that: in
        turn then, and from then on if that was it. Never after the final dot: the mail may have arrived.
        """
        is_new = is_trial = False
        while True:
            try:
                session = await self._pool.take(is_new=is_new)
            except _NotAccepted as ending:
                self._says_in_turn = self._says_in_turn and not is_trial
                return ending.reply
            reply, settled, was_used = None, False, session.mails > 0
            try:
                if (reply := self._objection(session.offer, octets)) is None:
                    code, text = await session.send(self._sender, recipients, octets)
                    outcome, about = classify(code, text, Stage.END)
                    reply = self._reply(outcome, code, text, about)
                settled = True
            except Ended as end:
                reply = self._ended(end.error, end.stage).reply
                settled = reply.code is not None
                if was_used and end.stage is not Stage.END:
                    is_new, reply = True, None
                elif end.is_out_of_step and not is_trial:
                    is_new = is_trial = self._says_in_turn = True
                    settled, reply = False, None
            finally:
                if settled and reply is not None and reply.outcome is Outcome.ACCEPTED:
                    self._pool.keep(session)
                else:
                    self._pool.drop(session, politely=settled)
            if reply is not None:
                if is_trial:
                    self._says_in_turn = reply.outcome is Outcome.ACCEPTED
                return reply

    async def _open_session(self) -> Session:
        """Raises _NotAccepted."""
        try:
            client = self._client()
        except Refused as fault:
            raise _NotAccepted(self._reply(Outcome.MISCONFIGURED, None, str(fault))) from None
        is_open = settled = False
        try:
            await self._connect(client)
            await self._log_in(client)
            transport = client.transport
            if transport is None or transport.is_closing():
                raise _NotAccepted(self._reply(Outcome.DEFERRED, None, "closed the connection"))
            is_open = True
        except _NotAccepted as ending:
            settled = ending.reply.code is not None
            raise
        finally:
            if not is_open:
                _hang_up(client, politely=settled)
        offer = _offer_of(client, self._max_size, in_turn=self._says_in_turn)
        # Client and protocol name each other; with the transport between them, each mail would leave a buffer
        # of 256 kB that waits for the garbage collector.
        client.transport = None
        client.close()
        return Session(cast(asyncio.Transport, transport), offer)

    def _objection(self, offer: Offer, octets: bytes | Octets) -> Reply | None:
        """What is known before anything is sent: the server would not take it."""
        size = len(octets)
        if offer.max_octets is not None and size > offer.max_octets:
            text = f"takes mails up to {offer.max_octets} octets; this one has {size}"
            return self._reply(Outcome.TOO_LARGE, None, text, About.MAIL)
        if not offer.takes_eight_bit and not octets.isascii():
            text = "does not offer 8BITMIME, and this mail has 8-bit text"
            return self._reply(Outcome.REFUSED, None, text, About.MAIL)
        return None

    def _client(self) -> aiosmtplib.SMTP:
        return aiosmtplib.SMTP(
            hostname=self._host,
            local_hostname=_HELLO,
            timeout=COMMAND_TIMEOUT_S,
            use_tls=self._security == "tls",
            start_tls=self._security == "starttls",  # never None, which would be "if offered"
            tls_context=current(self._trusted_by),
        )

    async def _connect(self, client: aiosmtplib.SMTP) -> str:
        """Up to a TLS session (where one is wanted) and the server's EHLO reply inside it; its greeting."""
        try:
            async with asyncio.timeout(_OPENING_TIMEOUT_S):
                sock = await open_socket(self._host, self._port)
                greeting = await client.connect(sock=sock, timeout=COMMAND_TIMEOUT_S)
                await _introduce(client)
        except (OSError, aiosmtplib.SMTPException) as error:
            raise self._ended(error, Stage.OPENING) from error
        size = client.esmtp_extensions.get("size", "").strip()
        self._max_size = int(size) or None if size.isascii() and size.isdigit() else None
        self._takes_eight_bit = client.supports_extension("8bitmime")
        return greeting.message

    async def _log_in(self, client: aiosmtplib.SMTP) -> None:
        if self._username is None or self._credential is None:
            return
        try:
            secret = await self._credential.get()
            self._note_secret(secret)
            if self._credential.is_token:
                await self._log_in_with_token(client, self._username, secret, self._credential)
            else:
                await self._log_in_with_password(client, self._username, secret)
        except Unavailable as fault:  # there is no secret to log in with
            outcome = Outcome.MISCONFIGURED if isinstance(fault, Refused) else Outcome.DEFERRED
            raise _NotAccepted(self._reply(outcome, None, str(fault))) from None
        except (OSError, aiosmtplib.SMTPException) as error:
            raise self._ended(error, Stage.LOGIN) from error

    def _note_secret(self, secret: str) -> None:
        assert self._username is not None
        assert self._credential is not None
        if self._credential.is_token:
            self._secrets = sasl.token_forms(self._username, secret, self._host, self._port)
        else:
            self._secrets = sasl.password_forms(self._username, secret)

    async def _log_in_with_token(
        self, client: aiosmtplib.SMTP, username: str, token: str, credential: Credential
    ) -> None:
        mechanism = sasl.mechanism_for(client.server_auth_methods)
        if mechanism is None:
            offered = ", ".join(sorted(name.upper() for name in client.server_auth_methods)) or "no AUTH"
            text = f"takes no token (it offers {offered}); write `password` instead of `token`"
            raise _NotAccepted(self._reply(Outcome.MISCONFIGURED, None, text))
        for is_last in (False, True):
            message = sasl.token_message(mechanism, username, token, self._host, self._port)
            code, text, challenge = await _authenticate_token(client, mechanism, message)
            if code == aiosmtplib.SMTPStatus.auth_successful:
                return
            # It may have expired by the server's clock, or been withdrawn: a fresh one tells.
            fresh = token if is_last or code // 100 != 5 else await credential.get(refused=token)
            if fresh == token:
                break
            token = fresh
            self._note_secret(token)
        reasons = [text, sasl.error_words(challenge)]
        if code // 100 == 5:
            reasons.append(credential.to_do)
        raise aiosmtplib.SMTPResponseException(code, "; ".join(reason for reason in reasons if reason))

    async def _log_in_with_password(self, client: aiosmtplib.SMTP, username: str, password: str) -> None:
        offered = client.server_auth_methods
        known = [name for name in ("plain", "login", "cram-md5") if name in offered]
        if not known and (offered or not is_loopback(self._host)):
            text = "offers no login with a password; is this its submission port, and are passwords allowed?"
            if sasl.mechanism_for(offered):
                to_do = without_password(self._host) or "write `token` instead of `password` (OAuth 2)"
                text = f"takes no password, only a token; {to_do}"
            raise _NotAccepted(self._reply(Outcome.MISCONFIGURED, None, text))
        for mechanism in known:
            code, text = await _authenticate(client, mechanism, username, password)
            # The next only where this one is not known: a wrong password that is tried in three ways
            # locks accounts out.
            if code not in _NOT_KNOWN:
                break
        if known and code != aiosmtplib.SMTPStatus.auth_successful:
            advice = without_password(self._host, text) if code // 100 == 5 else None
            raise aiosmtplib.SMTPResponseException(code, f"{text}; {advice}" if advice else text)

    # What it means

    def _ended(self, error: OSError | aiosmtplib.SMTPException, stage: Stage) -> _NotAccepted:
        """What broke the dialogue off, as an outcome."""
        if isinstance(error, aiosmtplib.SMTPResponseException):
            if _IMAP_GREETING.match(error.message):
                text = "is a server for reading mail (IMAP); name the one for sending (SMTP)"
                return _NotAccepted(self._reply(Outcome.MISCONFIGURED, None, text))
            outcome, about = classify(error.code, error.message, stage)
            return _NotAccepted(self._reply(outcome, error.code, error.message, about))
        is_right = f"is `security: {self._security}` right for this port?"
        broken_tls = tls_error(error)
        if stage is Stage.END:
            outcome, text = Outcome.UNKNOWN, "gave no answer after the whole mail"
        elif isinstance(broken_tls, ssl.SSLCertVerificationError):
            outcome = Outcome.MISCONFIGURED
            text = f"the certificate {certificate_fault(broken_tls)}"
        elif broken_tls is not None and broken_tls.reason in NO_TLS:
            other = "set security: starttls, or the TLS port (465)"
            outcome, text = Outcome.MISCONFIGURED, f"does not begin with TLS; {other}"
        elif broken_tls is not None:
            outcome, text = Outcome.MISCONFIGURED, f"no TLS ({broken_tls.reason}); {is_right}"
        elif isinstance(error, TimeoutError):
            outcome, text = Outcome.DEFERRED, "does not answer"
        elif isinstance(error, socket.gaierror):
            outcome, text = Outcome.DEFERRED, "host name not found; check the spelling"
        elif isinstance(error, OSError):
            # asyncio puts an address where the reason belongs.
            reason = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
            outcome, text = Outcome.DEFERRED, reason
        elif self._security == "starttls" and "STARTTLS" in str(error):
            text = "offers no STARTTLS; set security: tls and the port for TLS (465)"
            outcome = Outcome.MISCONFIGURED
        else:  # neither an answer nor the network: an extension that we insist on is missing
            outcome, text = Outcome.MISCONFIGURED, f"{error}; {is_right}"
        return _NotAccepted(self._reply(outcome, None, text))

    def _reply(self, outcome: Outcome, code: int | None, text: str, about: About = About.US) -> Reply:
        """text: what the server said (with a code), or what is the matter with it (without)."""
        if code is None or not 200 <= code <= 599:
            code, text = None, f"{self._host}:{self._port}: {text}"
        for secret in self._secrets:
            text = text.replace(secret, "…")
        text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
        return Reply(outcome, code, text[:_MAX_TEXT], about)


def _moment_in(greeting: str) -> datetime | None:
    """The time that Exim and Sendmail end their greeting with."""
    found = _DATE.search(greeting)
    try:
        return parsedate_to_datetime(found[0]) if found else None
    except ValueError:
        return None


def _offer_of(client: aiosmtplib.SMTP, max_octets: int | None, *, in_turn: bool) -> Offer:
    return Offer(
        max_octets=max_octets,
        has_size=client.supports_extension("size"),
        takes_eight_bit=client.supports_extension("8bitmime"),
        pipelines=client.supports_extension("pipelining") and not in_turn,
    )


async def _introduce(client: aiosmtplib.SMTP) -> None:
    """EHLO, or HELO where the server does not know it (RFC 5321 section 3.2)."""
    try:
        await client.ehlo()
    except aiosmtplib.SMTPHeloError as error:
        if error.code not in _NOT_KNOWN:
            raise
        await client.helo()


async def _authenticate(
    client: aiosmtplib.SMTP, mechanism: str, username: str, password: str
) -> tuple[int, str]:
    """The reply that ends an AUTH. An initial response (RFC 4954 section 4) is not known everywhere."""
    if mechanism == "cram-md5":
        try:
            return await client.auth_crammd5(username, password)
        except aiosmtplib.SMTPAuthenticationError as error:
            return error.code, error.message
    name = mechanism.upper().encode()
    plain = base64.b64encode(f"\0{username}\0{password}".encode())
    if mechanism == "plain":
        answers = [plain]
        code, text = await client.execute_command(b"AUTH", name, plain)
    else:
        answers = [base64.b64encode(part.encode()) for part in (username, password)]
        code, text = await client.execute_command(b"AUTH", name)
    if mechanism == "plain" and code in _NOT_KNOWN:
        code, text = await client.execute_command(b"AUTH", name)
    for answer in answers:
        if code == aiosmtplib.SMTPStatus.auth_continue:
            code, text = await client.execute_command(answer)
    return code, text


async def _authenticate_token(
    client: aiosmtplib.SMTP, mechanism: sasl.Mechanism, message: bytes
) -> tuple[int, str, bytes]:
    """The reply that ends an AUTH, and the challenge before it, in which some servers say why."""
    name, sent = mechanism.encode(), base64.b64encode(message)
    code, text = await client.execute_command(b"AUTH", name, sent)
    if code in _NOT_KNOWN:  # of these some know no initial response (RFC 4954 section 4)
        code, text = await client.execute_command(b"AUTH", name)
        if code == aiosmtplib.SMTPStatus.auth_continue:
            code, text = await client.execute_command(sent)
    challenge = b""
    if code == aiosmtplib.SMTPStatus.auth_continue:
        with suppress(ValueError):
            challenge = base64.b64decode(text.split(maxsplit=1)[0] if text.strip() else "")
        code, text = await client.execute_command(base64.b64encode(sasl.end_of_error(mechanism)))
    return code, text, challenge


def _hang_up(client: aiosmtplib.SMTP, *, politely: bool) -> None:
    """End the connection now: with QUIT, whose answer nobody waits for, or by cutting it.

    A mail is settled by its reply, and somebody waits for it. After an error or a cancellation
    nothing more is said: what is still to be sent must not be.
    """
    transport = client.transport
    if politely and client.protocol is not None:
        with suppress(aiosmtplib.SMTPServerDisconnected):
            client.protocol.write(b"QUIT\r\n")
    elif isinstance(transport, asyncio.WriteTransport):
        transport.abort()
    client.close()
