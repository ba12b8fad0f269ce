"""Ports that stay a server's own while it does not listen there: before its start, and between two."""

from __future__ import annotations

import socket


def hold_port(host: str = "127.0.0.1", port: int = 0) -> socket.socket:
    """Held until it is closed; 0: any that is free.

    Nobody else is given the port, who connects is refused, and a server that sets SO_REUSEADDR (they all do)
    may listen there: so Linux has it where no other socket listens.
    """
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind((host, port))
    return held


def port_of(held: socket.socket) -> int:
    return int(held.getsockname()[1])
