"""Dry run and `why` over files: .eml, mbox, Maildir, a folder of .eml."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..adapters.files import FileMessage, read_paths
from ..config.model import Config
from ..core.mail.arrival import message_of_file
from ..core.mail.message import MAX_OCTETS, Message
from ..reports.dry_run import DryRun
from ..reports.terminal import Progress
from .simulate import Wish, known_mail, simulate
from .why import NotFound, explain_message

if TYPE_CHECKING:
    from ..reports.why import Why

_ONE_OF_MBOX = re.compile(r"(.+):([1-9][0-9]*)")


def dry_run_files(
    config: Config,
    paths: Sequence[Path],
    state_dir: Path,
    wish: Wish,
    progress: Progress,
    unreadable: Callable[[str], None],
) -> DryRun:
    """The mail in files and folders."""
    files = read_paths(paths, MAX_OCTETS, unreadable)
    messages = ((file.source, _parsed(file)) for file in files)
    return simulate(messages, config, replace(wish, our_mail=known_mail(config, state_dir)), progress)


def is_in_file(reference: str) -> bool:
    """Whether a reference to a message means one in a file: a path, or an mbox's `path:N`."""
    found = _ONE_OF_MBOX.fullmatch(reference)
    return Path(reference).exists() or (found is not None and Path(found[1]).exists())


def why_in_file(config: Config, reference: str, state_dir: Path, *, show_private: bool) -> Why:
    """Why a mail in a file is decided as it is. Raises NotFound."""
    path, wanted = Path(reference), None
    if not path.exists() and (found := _ONE_OF_MBOX.fullmatch(reference)):
        path, wanted = Path(found[1]), reference
    unreadable: list[str] = []
    files = read_paths([path], MAX_OCTETS, unreadable.append)
    file = _only(files, path, wanted)
    if file is None:
        raise NotFound("; ".join(unreadable) or f"{reference}: there is no such message in this file")
    return explain_message(config, file.source, _parsed(file), state_dir, show_private=show_private)


def _parsed(file: FileMessage) -> Message:
    return message_of_file(file.octets, file.size_octets, is_abridged=file.is_abridged)


def _only(files: Iterable[FileMessage], path: Path, wanted: str | None) -> FileMessage | None:
    """The one with the wanted source, or the only one there is."""
    first = None
    for file in files:
        if file.source == wanted:
            return file
        if wanted is None and first is not None:
            raise NotFound(f"{path}: holds more than one message; name one, such as {first.source}")
        first = file
    return first if wanted is None else None
