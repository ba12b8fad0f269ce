"""Faults of the state, for whoever has to mend it. They stand here so that telling them loads little else."""

from __future__ import annotations


class StateError(Exception):
    """The state cannot be used. str(): what, where, and what to do."""


class StateHeld(StateError):
    """Another process has it: a daemon, or a command that will be done in a moment."""


class StateUnusable(StateError):
    """The disk is full, may only be read or fails, or the file is damaged: a daemon waits for its mending."""
