"""Packages that load each of their modules when it is asked for."""

from __future__ import annotations

import subprocess
import sys
from types import ModuleType

import pytest

import delegator.core.compose
import delegator.ports


def loaded_by(program: str) -> set[str]:
    code = f"{program}\nimport sys; print(*sys.modules)"
    return set(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.split())


@pytest.mark.parametrize("room", [delegator.ports, delegator.core.compose])
def test_each_name_is_there(room: ModuleType) -> None:
    """Those that the type checker knows, and no other."""
    for name in room.__all__:
        assert getattr(room, name) is not None
        assert name in vars(room), "the second time it is simply there"
    with pytest.raises(AttributeError, match="has no attribute 'Nobody'"):
        _ = room.Nobody


def test_whoever_asks_for_one_role_loads_no_other() -> None:
    """Nor what the role speaks of: that is for the type checker."""
    loaded = {name for name in loaded_by("from delegator.ports import MailSource") if "delegator." in name}
    assert loaded == {"delegator.core", "delegator.core.doors", "delegator.ports", "delegator.ports.mail"}


def test_whoever_composes_one_mail_loads_no_other() -> None:
    loaded = loaded_by("from delegator.core.compose import compose_alert")
    assert "delegator.core.compose.alert" in loaded
    assert not {"delegator.core.compose.review", "delegator.core.compose.forward"} & loaded
