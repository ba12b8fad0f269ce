"""What is said to whoever lacks an extra: a command that works where it was installed."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from delegator.config import installed
from delegator.config.installed import install_command


class _Known:
    def __init__(self, url: str | None) -> None:
        self._url = url

    def read_text(self, name: str) -> str | None:
        assert name == "direct_url.json"
        return self._url and json.dumps({"url": self._url, "dir_info": {}})


@pytest.mark.parametrize(
    ("url", "source"),
    [
        ("file:///home/sofie/de%20map/delegator", "/home/sofie/de map/delegator"),
        (
            "file:///tmp/vacation_delegator-0.1.0-py3-none-any.whl",
            "/tmp/vacation_delegator-0.1.0-py3-none-any.whl",
        ),
        ("https://voorbeeld.example/x.whl", "vacation-delegator"),
        (None, "vacation-delegator"),
    ],
)
@pytest.mark.parametrize(
    ("trace", "command"),
    [
        ("pipx_metadata.json", "pipx install --force"),
        ("uv-receipt.toml", "uv tool install --force"),
        ("", None),
    ],
)
def test_it_is_added_as_it_was_installed(
    url: str | None,
    source: str,
    trace: str,
    command: str | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The same tool, and the same place: no index knows what came from a clone."""
    if trace:
        (tmp_path / trace).write_text("")
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    monkeypatch.setattr(installed, "distribution", lambda name: _Known(url))
    command = command or f"{sys.executable} -m pip install"
    assert install_command("oauth") == f"{command} '{source}[oauth]'"
