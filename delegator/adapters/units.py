"""The systemd units that come with the package, for a configuration and the program that is installed."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

PROGRAM = "/opt/delegator/bin/delegator"
"""In the units; this installation's own stands there instead."""

UNIT, TEMPLATE, USERS = "delegator.service", "delegator@.service", "sysusers.conf"

_USER_UNIT = """\
# delegator for the mailbox of {config}. docs/service.md walks through it.

[Unit]
Description=delegator: hands important mail to a colleague while its owner is away
# A server that is down for a day, or a mistake in the configuration, must not end it for good.
StartLimitIntervalSec=0

[Service]
Type=notify
ExecStart={program} run {config}
Restart=always
RestartSec=30s
WatchdogSec=10min
TimeoutStopSec=30s
LimitCORE=0
MemoryMax=1G
UMask=0077
{credentials}\
LockPersonality=yes
NoNewPrivileges=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes

[Install]
WantedBy=default.target
"""


def program() -> Path:
    """The program of this installation, where a link to it leads."""
    called = Path(sys.argv[0]).resolve()
    return called if called.name == "delegator" else Path(sys.executable).parent / "delegator"


def system_unit(name: str, config: Path | None, credentials: Mapping[str, Path]) -> str:
    """A unit of the package. config: what it serves; None: as it came. credentials: by name, their files."""
    text = files("delegator").joinpath("systemd", name).read_text("utf-8").replace(PROGRAM, str(program()))
    if config is None:
        return text
    text = text.replace("/etc/delegator/rules.yaml", str(config))
    loading = re.compile(r"^# rules\.yaml says .*\nLoadCredential=.*\n", re.MULTILINE)
    return loading.sub(lambda found: _load(credentials), text)


def user_unit(config: Path, credentials: Mapping[str, Path]) -> str:
    return _USER_UNIT.format(program=program(), config=_quoted(config), credentials=_load(credentials))


def with_files(unit: str, written: Mapping[Path, str]) -> str:
    """The unit, with what was written beside it and its digest: `service remove` takes back that."""
    lines = "".join(f"File={digest} {path}\n" for path, digest in written.items())
    return (
        f"{unit}\n# What `service install` wrote, and its digest.\n[X-Delegator]\n{lines}" if lines else unit
    )


def files_in(unit: str) -> dict[Path, str]:
    """What `with_files` said."""
    found = re.findall(r"^File=([0-9a-f]{64}) (.+)$", unit, re.MULTILINE)
    return {Path(path): digest for digest, path in found}


def _load(credentials: Mapping[str, Path]) -> str:
    found = ((name, str(path).replace("%", "%%")) for name, path in credentials.items())
    return "".join(f"LoadCredential={name}:{path}\n" for name, path in found)


def _quoted(path: Path) -> str:
    """As one word of ExecStart= (systemd.syntax, systemd.service)."""
    text = str(path).replace("\\", "\\\\").replace("%", "%%").replace('"', '\\"').replace("$", "$$")
    return f'"{text}"' if re.search(r"[\s\"'\\]", text) else text
