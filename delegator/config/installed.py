"""How this program was installed: what it lacks is added in the same way."""

from __future__ import annotations

import json
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from urllib.parse import unquote, urlsplit

DISTRIBUTION = "vacation-delegator"


def install_command(extra: str) -> str:
    """What a person runs to add an extra, with the tool that installed it and from where it came."""
    where = f"{_source()}[{extra}]"
    prefix = Path(sys.prefix)
    if (prefix / "pipx_metadata.json").exists():
        return f"pipx install --force '{where}'"
    if (prefix / "uv-receipt.toml").exists():
        return f"uv tool install --force '{where}'"
    return f"{sys.executable} -m pip install '{where}'"


def _source() -> str:
    """A folder or file of this machine (PEP 610), else the name by which an index knows it."""
    try:
        text = distribution(DISTRIBUTION).read_text("direct_url.json")
        url = urlsplit(json.loads(text)["url"]) if text else None
    except (PackageNotFoundError, ValueError, LookupError, TypeError):
        return DISTRIBUTION
    return unquote(url.path) if url is not None and url.scheme == "file" else DISTRIBUTION
