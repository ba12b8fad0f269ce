"""Where the browser ends: on this machine, at an address of ours; or elsewhere, and its address is pasted."""

from __future__ import annotations

import contextlib
import html
import os
import queue
import threading
import urllib.parse
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from ...ports import Refused

WAIT_S = 15 * 60.0
_PAGE = """<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>delegator</title>
<body style="font-family: sans-serif; margin: 3em"><p>{}</p></body></html>"""


class Redirect:
    """One login's listener. address: to name as its redirect. An answer is a dictionary of parameters."""

    def __init__(self, host: str) -> None:
        self._answers: queue.Queue[dict[str, str]] = queue.Queue()
        answers = self._answers

        class Handler(BaseHTTPRequestHandler):
            timeout = 20

            def do_GET(self) -> None:
                said = parameters_of(self.path)
                done = "Thank you: delegator has what it needs. You can close this page."
                wrong = "This page is only for the end of a sign-in."
                octets = _PAGE.format(html.escape(done if said else wrong)).encode()
                self.send_response(200 if said else 404)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(octets)))
                self.end_headers()
                self.wfile.write(octets)
                if said:
                    answers.put(said)

            def log_message(self, *_: object) -> None:
                """It would print the code."""

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self.address = f"http://{host}:{self._http.server_port}"

    def wait(self, lines: Callable[[], Iterator[str]], told: Callable[[str], None]) -> dict[str, str]:
        """What comes first: the browser, or a line that somebody pasted. Raises Refused after 15 minutes."""

        def read() -> None:
            for line in lines():
                if said := parameters_of(line.strip()):
                    self._answers.put(said)
                    return
                if line.strip():
                    told("That is not the address at which the browser ended; paste all of it.")

        threading.Thread(target=read, daemon=True).start()
        try:
            return self._answers.get(timeout=WAIT_S)
        except queue.Empty:
            raise Refused("nobody signed in within 15 minutes; run `delegator login` again") from None

    def __enter__(self) -> Redirect:
        threading.Thread(target=self._http.serve_forever, args=(0.1,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()


def parameters_of(address: str) -> dict[str, str]:
    """The fields of the address at which a sign-in ended; {} where it is none."""
    with contextlib.suppress(ValueError):
        query = urllib.parse.urlsplit(address[:8192]).query or (address if "code=" in address else "")
        said = dict(urllib.parse.parse_qsl(query))
        if "state" in said and ("code" in said or "error" in said):
            return said
    return {}


def typed_lines() -> Iterator[str]:
    """What is typed or pasted, where anybody can.

    Not sys.stdin: a thread that waits in it keeps the process from ending.
    """
    held = b""
    with contextlib.suppress(OSError):
        while octets := os.read(0, 65536):
            *lines, held = (held + octets).split(b"\n")
            yield from (line.decode(errors="replace") for line in lines)
