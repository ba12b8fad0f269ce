"""Secrets, from where the configuration says they are. A secret is returned, never shown or stored."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from .command import LONGEST_S, CommandProblem, look_for_command, run_command
from .files import FileProblem, read_file

if TYPE_CHECKING:
    from .model import SecretSource

MAX_OCTETS = 16 * 1024


class SecretError(Exception):
    """A secret that cannot be had. Names the place in rules.yaml and what to do, never a value.

    what, to_do: as in `Problem`. The name of the file or variable is no part of it either: people
    write the secret itself there.
    """

    def __init__(self, source: SecretSource, what: str, to_do: str) -> None:
        place = f"configuration, line {source.line}, column {source.column}: " if source.line else ""
        super().__init__(f"{place}{what}; {to_do}")
        self.source = source
        self.what = what
        self.to_do = to_do


def is_read_each_time(source: SecretSource) -> bool:
    """Whether the secret may be another at each login: it is not read when the configuration is."""
    return source.kind == "command"


def look_for_secret(source: SecretSource, *, config_dir: Path, is_document: bool = False) -> None:
    """Whether it can be had, as far as that is known without running a command. Raises SecretError."""
    if not is_read_each_time(source):
        (read_document if is_document else read_secret)(source, config_dir=config_dir)
        return
    try:
        look_for_command(source.words, config_dir)
    except CommandProblem as problem:
        raise _of_command(source, problem) from None


def read_secret(source: SecretSource, *, config_dir: Path) -> str:
    """The secret, without the line end behind it. May block for half a minute. Raises SecretError.

    config_dir: the folder of rules.yaml, to which a file's name is relative.
    """
    if source.kind == "command":
        return _printed(source, config_dir, LONGEST_S)
    secret, name = _read_any(source, config_dir)
    secret = secret.removesuffix("\n").removesuffix("\r")
    if not secret:
        raise SecretError(source, f"the {name} named here is empty", "put the secret in it")
    if any(ord(character) < 32 or ord(character) == 127 for character in secret):
        raise SecretError(
            source, f"the {name} named here holds more than one line", "leave only the secret in it"
        )
    return secret


def read_document(source: SecretSource, *, config_dir: Path) -> str:
    """A secret of several lines: a key, a file of a provider's. May block. Raises SecretError."""
    document, name = _read_any(source, config_dir)
    if not document.strip():
        raise SecretError(source, f"the {name} named here is empty", "put the secret in it")
    return document


def _read_any(source: SecretSource, config_dir: Path) -> tuple[str, str]:
    """What is there, and what to call the place."""
    match source.kind:
        case "env":
            secret = os.environ.get(str(source.value))
            if secret is None:
                raise SecretError(
                    source, "the environment variable named here is not set", "set it, then start"
                )
            return secret, "environment variable"
        case "credential":
            folder = os.environ.get("CREDENTIALS_DIRECTORY")
            if not folder:
                to_do = "start it as a service with LoadCredential=, or use {file: PATH} or {env: NAME}"
                raise SecretError(source, "systemd has passed no credentials", to_do)
            # systemd's own folder: its access lists look like group rights, and it guards it itself.
            return _read(source, Path(folder, str(source.value)), private=False), "credential"
        case "file":
            return _read(source, config_dir / str(source.value), private=True), "file"
        case "keyring":
            return _from_keyring(source), "entry of the keyring"
        case "command":
            return _run(source, config_dir, LONGEST_S), "command's output"


def read_token(source: SecretSource, *, config_dir: Path, longest_s: float = LONGEST_S) -> str:
    """An access token, from its command. Blocks. Raises SecretError."""
    token = _printed(source, config_dir, longest_s)
    if not _TOKEN.fullmatch(token):
        to_do = "have it print the access token and nothing else; run it by hand to see what it prints"
        what = "the command named here does not print a token (a prompt, or an error message?)"
        raise SecretError(source, what, to_do)
    return token


_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")  # RFC 6750 section 2.1
_PROMPT = re.compile(r"[:?>] +\Z|(password|passphrase|token)\b.*: *\Z", re.IGNORECASE)


def _printed(source: SecretSource, config_dir: Path, longest_s: float) -> str:
    """The one line that its command prints."""
    to_do = _PRINT_IT
    text = _run(source, config_dir, longest_s)
    secret = text.removesuffix("\n").removesuffix("\r")
    if not secret.strip():
        raise SecretError(source, "the command named here prints nothing", to_do)
    if "\n" in secret:
        raise SecretError(source, "the command named here prints several lines", to_do)
    if any(ord(character) < 32 or ord(character) == 127 for character in secret):
        raise SecretError(source, "the command named here prints control characters", to_do)
    if _PROMPT.search(secret):
        raise SecretError(source, "the command named here prints a prompt", to_do)
    return secret


_PRINT_IT = "have it print the secret and nothing else; run it by hand to see what it prints"


def _run(source: SecretSource, config_dir: Path, longest_s: float) -> str:
    try:
        octets = run_command(source.words, config_dir, longest_s=longest_s)
    except CommandProblem as problem:
        raise _of_command(source, problem) from None
    try:
        return octets.decode()
    except UnicodeDecodeError:
        raise SecretError(source, "what the command named here prints is not UTF-8", _PRINT_IT) from None


def _of_command(source: SecretSource, problem: CommandProblem) -> SecretError:
    return SecretError(source, f"the command named here {problem.what}", problem.to_do)


def _from_keyring(source: SecretSource) -> str:
    """A secret from the desktop's keyring, by the optional library of that name."""
    try:
        import keyring
        import keyring.errors
    except ImportError:
        from .installed import install_command

        to_do = f"{install_command('keyring')}, or use credential or file"
        raise SecretError(source, "the library for the desktop's keyring is not installed", to_do) from None
    set_it = "keyring set delegator NAME"
    try:
        secret = keyring.get_password(KEYRING_SERVICE, str(source.value))
    except keyring.errors.NoKeyringError:
        to_do = "a server usually has none: use {credential: NAME} or {file: PATH} there"
        raise SecretError(source, "this user has no keyring", to_do) from None
    except keyring.errors.KeyringLocked:
        raise SecretError(source, "the keyring is locked", "unlock it, or log in to the desktop") from None
    except keyring.errors.KeyringError as error:
        what = f"the keyring cannot be read ({type(error).__name__})"
        raise SecretError(source, what, "use {credential: NAME} or {file: PATH}") from None
    if secret is None:
        what = "the entry named here is not in the keyring"
        raise SecretError(source, what, f"put it there with `{set_it}`")
    return secret


KEYRING_SERVICE = "delegator"


def _read(source: SecretSource, path: Path, *, private: bool) -> str:
    try:
        return read_file(path, MAX_OCTETS, private=private).decode()
    except FileProblem as problem:
        raise SecretError(source, f"the {source.kind} named here {problem.what}", problem.to_do) from None
    except UnicodeDecodeError:
        raise SecretError(source, f"the {source.kind} named here is not UTF-8", "save it as UTF-8") from None
