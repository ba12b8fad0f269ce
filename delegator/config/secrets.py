"""Secrets, from where the configuration says they are. A secret is returned, never shown or stored."""

from __future__ import annotations

import os
from pathlib import Path

from .files import FileProblem, read_file
from .model import SecretSource

MAX_OCTETS = 16 * 1024


class SecretError(Exception):
    """A secret that cannot be had. Names the place in rules.yaml and what to do, never a value.

    what, to_do: as in `Problem`. The name of the file or variable is no part of it either: people
    write the secret itself there.
    """

    def __init__(self, source: SecretSource, what: str, to_do: str) -> None:
        super().__init__(f"configuration, line {source.line}, column {source.column}: {what}; {to_do}")
        self.source = source
        self.source = source
        self.what = what
        self.to_do = to_do


def read_secret(source: SecretSource, *, config_dir: Path) -> str:
    """The secret, without the line end behind it. Raises SecretError.

    config_dir: the folder of rules.yaml, to which a file's name is relative.
    """
    match source.kind:
        case "env":
            secret = os.environ.get(str(source.value))
            if secret is None:
                raise SecretError(
                    source, "the environment variable named here is not set", "set it, then start"
                )
            name = "environment variable"
        case "credential":
            folder = os.environ.get("CREDENTIALS_DIRECTORY")
            if not folder:
                to_do = "start it as a service with LoadCredential=, or use {file: PATH} or {env: NAME}"
                raise SecretError(source, "systemd has passed no credentials", to_do)
            # systemd's own folder: its access lists look like group rights, and it guards it itself.
            secret = _read(source, Path(folder, str(source.value)), private=False)
            name = "credential"
        case "file":
            secret = _read(source, config_dir / str(source.value), private=True)
            name = "file"
        case _:
            to_do = "use credential, env or file"
            raise SecretError(source, f"secrets from `{source.kind}` are not supported yet", to_do)
    secret = secret.removesuffix("\n").removesuffix("\r")
    if not secret:
        raise SecretError(source, f"the {name} named here is empty", "put the secret in it")
    if any(ord(character) < 32 or ord(character) == 127 for character in secret):
        raise SecretError(
            source, f"the {name} named here holds more than one line", "leave only the secret in it"
        )
    return secret


def _read(source: SecretSource, path: Path, *, private: bool) -> str:
    try:
        return read_file(path, MAX_OCTETS, private=private).decode()
    except FileProblem as problem:
        raise SecretError(source, f"the {source.kind} named here {problem.what}", problem.to_do) from None
    except UnicodeDecodeError:
        raise SecretError(source, f"the {source.kind} named here is not UTF-8", "save it as UTF-8") from None
