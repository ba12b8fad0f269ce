"""One connection on which the login is done: the dialogue from MAIL to the answer after the final dot.

It is ours, not aiosmtplib's, for three reasons: "never arrived" has to be told from "arrived, but the answer
was lost"; commands are pipelined (RFC 2920), where aiosmtplib throws away what comes with an awaited reply;
and a large mail goes in pieces, so that it holds up no other account.

A connection carries another mail only when the one before was accepted: no state survives an error.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

import aiosmtplib

from ...core.delivery import Stage
from ...core.octets import CHUNK_OCTETS, Octets, Slice, has_bare_breaks

# RFC 5321 section 4.5.3.2: greeting, MAIL, RCPT; DATA; a block of the content; after the final dot.
COMMAND_TIMEOUT_S = 300.0
_DATA_TIMEOUT_S = 120.0
_BLOCK_TIMEOUT_S = 180.0
_END_TIMEOUT_S = 600.0

_CONTENT_TIMEOUT_S = 3600.0
"""For the whole content up to the final dot: 50 MB at 15 kB/s."""

_LONGEST_LINE = 8192  # of a reply; RFC 5321 section 4.5.3.1.5 says 512
_MOST_LINES = 100

_GO_ON = 354

# How servers say that they mind it, though they offer it; or that a command came too early.
_MINDS_GROUPS = re.compile(r"pipelin|synchroni[sz]", re.IGNORECASE)
_OUT_OF_ORDER = frozenset({500, 503})


@dataclass(frozen=True, slots=True)
class Offer:
    """What EHLO said. max_octets: SIZE (RFC 1870); None: unknown or unlimited."""

    max_octets: int | None
    has_size: bool
    takes_eight_bit: bool
    pipelines: bool


class Ended(Exception):
    """A dialogue broke off before the mail was accepted: at which stage, and of what.

    error: a refusal (SMTPResponseException), or what the connection died of. is_out_of_step: each of the
    commands alone may have been taken, which were said at once.
    """

    def __init__(
        self, error: OSError | aiosmtplib.SMTPException, stage: Stage, *, is_out_of_step: bool = False
    ) -> None:
        super().__init__(str(error))
        self.error, self.stage, self.is_out_of_step = error, stage, is_out_of_step


class Session:
    """mails: how many were accepted on it."""

    def __init__(self, transport: asyncio.Transport, offer: Offer) -> None:
        """transport: of a connection on which nothing is left to be read."""
        self.offer, self.mails = offer, 0
        loop = asyncio.get_running_loop()
        self._reader = asyncio.StreamReader(_LONGEST_LINE, loop)
        protocol = asyncio.StreamReaderProtocol(self._reader, loop=loop)
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
        self._writer = asyncio.StreamWriter(transport, protocol, self._reader, loop)
        self._unasked: asyncio.Task[None] | None = None
        self._expects_content = False

    # --- between two mails

    def rest(self, gone: Callable[[], None]) -> None:
        """Nothing is sent until `wake`. gone: what is called if the server says something unasked (421 above
        all), or ends it."""
        self._unasked = asyncio.ensure_future(self._hear())
        self._unasked.add_done_callback(lambda heard: None if heard.cancelled() else gone())

    async def _hear(self) -> None:
        with suppress(OSError, ValueError):
            await self._reader.readline()

    async def wake(self) -> bool:
        """Whether it can be used: nothing came of which `gone` would be told."""
        unasked, self._unasked = self._unasked, None
        if unasked is None:
            return True
        await asyncio.sleep(0)  # what has arrived is read first
        unasked.cancel()
        await asyncio.wait([unasked])
        return unasked.cancelled() and not self._reader.at_eof()

    def end(self, *, politely: bool) -> None:
        """Now: with QUIT, whose answer nobody waits for, or by cutting it.

        After an error or a cancellation nothing more is said: what is still to be sent must not be.
        """
        unasked, self._unasked = self._unasked, None  # which ends with an error that names its frame, and us
        if unasked is not None:
            unasked.cancel()
        if not politely or self._expects_content:
            self._writer.transport.abort()
        elif not self._writer.is_closing():
            with suppress(OSError):
                self._writer.write(b"QUIT\r\n")
        self._writer.close()

    async def ended(self, within_s: float) -> None:
        """Wait until it is closed on both sides, but no longer than that."""
        try:
            async with asyncio.timeout(within_s):
                await self._writer.wait_closed()
        except OSError:  # TimeoutError: then it is cut
            self._writer.transport.abort()

    # --- one mail

    async def send(self, sender: str, recipients: tuple[str, ...], octets: bytes | Octets) -> tuple[int, str]:
        """The answer after the final dot. Raises Ended, whose stage is END from the dot on.

        No DSN parameters: a bounce comes to the owner as it would by hand.
        """
        # What we compose has CRLF throughout; otherwise this is the estimate of RFC 1870 section 6.1.
        options = f" SIZE={len(octets)}" if self.offer.has_size else ""
        options += "" if octets.isascii() else " BODY=8BITMIME"
        commands = [(Stage.SENDER, f"MAIL FROM:<{sender}>{options}\r\n".encode("ascii"))]
        commands += [(Stage.RECIPIENT, f"RCPT TO:<{to}>\r\n".encode("ascii")) for to in recipients]
        commands.append((Stage.DATA, b"DATA\r\n"))
        if self.offer.pipelines:
            await self._say_at_once(commands)
        else:
            await self._say_in_turn(commands)
        answer = await self._send_content(octets)
        self.mails += 1
        return answer

    async def _say_in_turn(self, commands: list[tuple[Stage, bytes]]) -> None:
        for stage, command in commands:
            code, text = await self._ask(stage, command)
            if not _is_yes(stage, code):
                raise Ended(aiosmtplib.SMTPResponseException(code, text), stage)

    async def _say_at_once(self, commands: list[tuple[Stage, bytes]]) -> None:
        """As one group, which DATA ends (RFC 2920 section 3.1). Replies come in the order of the commands.

        A server that says 354 although it refused a recipient gets no content, and no dot either, which some
        would take for an empty mail.
        """
        refusal: Ended | None = None
        for number, (stage, _) in enumerate(commands):
            group = b"".join(command for _, command in commands) if number == 0 else b""
            try:
                code, text = await self._ask(stage, group)
            except Ended as end:  # a server may close after its no
                raise refusal or Ended(end.error, end.stage, is_out_of_step=True) from None
            if refusal is None and not _is_yes(stage, code):
                error = aiosmtplib.SMTPResponseException(code, text)
                refusal = Ended(error, stage, is_out_of_step=_is_out_of_step(code, text))
        if refusal is not None:
            raise refusal

    async def _ask(self, stage: Stage, octets: bytes) -> tuple[int, str]:
        """Send this, if it is anything, and wait for the reply."""
        try:
            async with asyncio.timeout(_DATA_TIMEOUT_S if stage is Stage.DATA else COMMAND_TIMEOUT_S):
                if octets:
                    self._writer.write(octets)
                    await self._writer.drain()
                code, text = await self._reply()
        except (OSError, aiosmtplib.SMTPException) as error:
            raise Ended(error, stage) from error
        self._expects_content = stage is Stage.DATA and code == _GO_ON
        return code, text

    async def _send_content(self, octets: bytes | Octets) -> tuple[int, str]:
        """The content, the final dot, the answer. Only from the dot on can the outcome be unknown."""
        # A server that has had enough answers before the dot, so the reply is awaited all along.
        answer = asyncio.ensure_future(self._reply())
        stage = Stage.DATA
        try:
            with suppress(ConnectionError):  # then `answer` says it too, or has an answer after all
                async with asyncio.timeout(_CONTENT_TIMEOUT_S):
                    for chunk in wire_chunks(octets):
                        await self._drain()  # of the one before: this one was made ready while it was sent
                        if answer.done():
                            break
                        self._writer.write(chunk)
                    else:
                        await self._drain()
                        self._writer.write(b".\r\n")
                        stage = Stage.END
            code, text = await asyncio.wait_for(answer, _END_TIMEOUT_S)
        except (OSError, aiosmtplib.SMTPException) as error:
            raise Ended(error, stage) from error
        finally:
            answer.cancel()
        self._expects_content = stage is not Stage.END
        if stage is not Stage.END or code // 100 != 2:
            raise Ended(aiosmtplib.SMTPResponseException(code, text), stage)
        return code, text

    async def _drain(self) -> None:
        """Until most of what was written is sent; others have their turn in any case."""
        await asyncio.sleep(0)
        async with asyncio.timeout(_BLOCK_TIMEOUT_S):
            await self._writer.drain()

    async def _reply(self) -> tuple[int, str]:
        """Code and text of the next reply, the lines of which are joined by line feeds."""
        texts: list[bytes] = []
        while True:
            try:
                line = await self._reader.readline()
            except ValueError:
                line = b""
                too_long = True
            else:
                too_long = len(texts) >= _MOST_LINES
            if too_long:
                raise _nonsense("Response too long")
            if not line.endswith(b"\n"):
                raise aiosmtplib.SMTPServerDisconnected("Connection lost")
            if not line[:3].isdigit() or not line[:3].isascii():
                raise _nonsense(f"Malformed SMTP response line: {line.decode('utf-8', 'ignore')}")
            texts.append(line[4:].strip(b" \t\r\n"))
            if line[3:4] != b"-":
                return int(line[:3]), b"\n".join(texts).decode("utf-8", "surrogateescape")


def _is_yes(stage: Stage, code: int) -> bool:
    return code == _GO_ON if stage is Stage.DATA else code // 100 == 2


def _is_out_of_step(code: int, text: str) -> bool:
    is_no = code // 100 in (4, 5)
    return not is_no or code in _OUT_OF_ORDER or bool(_MINDS_GROUPS.search(text))


def _nonsense(text: str) -> aiosmtplib.SMTPResponseException:
    return aiosmtplib.SMTPResponseException(aiosmtplib.SMTPStatus.invalid_response, text)


def wire_chunks(octets: bytes | Octets) -> Iterator[bytes]:
    """The content in pieces of whole lines: CRLF line ends, dots doubled (RFC 5321 section 4.5.2)."""
    for lines in _whole_lines(octets):
        # A lone CR or LF becomes CRLF, as in aiosmtplib: here each ends a line too.
        is_sound = lines.endswith(b"\r\n") and not has_bare_breaks(lines)
        chunk = lines if is_sound else b"\r\n".join((*lines.splitlines(), b""))
        if b"." in chunk:  # there is none in base64
            chunk = chunk.replace(b"\r\n.", b"\r\n..")
            if chunk.startswith(b"."):
                chunk = b"." + chunk
        yield chunk


def _whole_lines(octets: bytes | Octets) -> Iterator[bytes]:
    """In pieces that end with a line feed, but for the last; a line that is longer than a piece is one."""
    pieces = octets.pieces if isinstance(octets, Octets) else (octets,)
    begun: list[bytes] = []  # a line whose end is not there yet
    for piece in pieces:
        part = Slice.all_of(piece) if isinstance(piece, bytes) else piece
        for chunk in part.lines(CHUNK_OCTETS) if isinstance(part, Slice) else part.chunks():
            end = chunk.rfind(b"\n") + 1
            if end:
                yield b"".join((*begun, chunk[:end])) if begun else chunk[:end]
                begun = [chunk[end:]] if end < len(chunk) else []
            else:
                begun.append(chunk)
    if begun or not len(octets):
        yield b"".join(begun) or b"\r\n"
