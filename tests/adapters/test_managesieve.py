"""What a ManageSieve server may say (RFC 5804), from a small one on this machine that says just that."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from delegator.adapters.certificate import Trust
from delegator.adapters.managesieve import MOST_OCTETS, MOST_SCRIPTS, SieveLook
from delegator.ports import Unavailable


@asynccontextmanager
async def server(listed: bytes, scripts: dict[bytes, bytes]) -> AsyncIterator[tuple[SieveLook, list[bytes]]]:
    """listed: the answer to LISTSCRIPTS. scripts: what GETSCRIPT answers; NO for any other."""
    heard: list[bytes] = []
    is_over = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            writer.write(b'"IMPLEMENTATION" "test"\r\nOK\r\n')
            while line := await reader.readline():
                heard.append(line.strip())
                writer.write(_answer(line.strip(), listed, scripts))
            writer.close()
            await writer.wait_closed()
        finally:
            is_over.set()

    listening = await asyncio.start_server(talk, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    try:
        yield SieveLook("127.0.0.1", port, Trust(None), "sofie", "secret"), heard
        await is_over.wait()
    finally:
        listening.close()
        await listening.wait_closed()


def _answer(command: bytes, listed: bytes, scripts: dict[bytes, bytes]) -> bytes:
    word, _, name = command.partition(b" ")
    if word == b"LISTSCRIPTS":
        return listed + b"OK\r\n"
    if word != b"GETSCRIPT":
        return b"OK\r\n"
    return scripts[name] + b"\r\nOK\r\n" if name in scripts else b'NO "there is no such script"\r\n'


def literal(octets: bytes) -> bytes:
    return b"{%d}\r\n%s" % (len(octets), octets)


def included(script: str) -> Sequence[str]:
    return [line.removeprefix("include ") for line in script.splitlines() if line.startswith("include ")]


@pytest.mark.parametrize("active", [b"ACTIVE", b"active"])
async def test_the_script_that_runs_and_those_that_it_includes(active: bytes) -> None:
    """Other scripts are not read; ACTIVE is a word of the protocol, whatever its case (section 4)."""
    scripts = {
        b'"main"': literal(b"include away\ninclude away\n"),
        b'"away"': literal(b"vacation\n"),
        b'"old"': literal(b"discard\n"),
    }
    async with server(b'"old"\r\n"main" ' + active + b'\r\n"away"\r\n', scripts) as (look, _):
        found = await look.running(included)
    assert {name: text.split() for name, text in found.items()} == {
        "main": ["include", "away", "include", "away"],
        "away": ["vacation"],
    }


async def test_a_script_that_is_included_and_is_not_there_is_passed_over() -> None:
    """As the server itself does with an optional one (RFC 6609 section 3.2): the rest is still told."""
    async with server(b'"main" ACTIVE\r\n', {b'"main"': literal(b"include gone\n")}) as (look, heard):
        assert list(await look.running(included)) == ["main"]
    assert b'GETSCRIPT "gone"' not in heard


async def test_no_more_scripts_are_read_than_anybody_has() -> None:
    names = [b'"%d"' % number for number in range(3 * MOST_SCRIPTS)]
    scripts = {
        name: literal(b"include %s\n" % b"\ninclude ".join(n.strip(b'"') for n in names)) for name in names
    }
    async with server(b"\r\n".join(names) + b" ACTIVE\r\n", scripts) as (look, _):
        assert len(await look.running(included)) == MOST_SCRIPTS


async def test_a_string_too_large_is_not_read() -> None:
    """Whatever a server announces, no more is kept than a script may have."""
    announced = b"{%d}\r\n" % (MOST_OCTETS + 1)
    async with server(b'"main" ACTIVE\r\n', {b'"main"': announced}) as (look, _):
        with pytest.raises(Unavailable, match="a string too large"):
            await look.running(included)


async def test_a_refusal_is_told_in_the_servers_words() -> None:
    async with server(b'"main" ACTIVE\r\n', {}) as (look, _):
        with pytest.raises(Unavailable, match="there is no such script"):
            await look.running(included)
