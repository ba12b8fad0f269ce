"""The options that commands share, and what -c and --state lead to: the configuration, the state's place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from ..config.model import Config

F = TypeVar("F", bound=Callable[..., Any])

CONTEXT: dict[str, Any] = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


def places(command: F) -> F:
    """The options -c and --state, which may stand before or after the name of a command."""

    def remember(context: click.Context, option: click.Parameter, value: Path | None) -> None:
        if value is not None:
            context.meta[f"delegator.{option.name}"] = value  # shared by group and command

    for option in (
        click.option(
            "--state",
            type=click.Path(file_okay=False, path_type=Path),
            expose_value=False,
            callback=remember,
            metavar="DIR",
            help="Where the state is.  [default: $STATE_DIRECTORY, else $XDG_STATE_HOME/delegator]",
        ),
        click.option(
            "-c",
            "--config",
            type=click.Path(path_type=Path),
            expose_value=False,
            callback=remember,
            metavar="FILE",
            help="The configuration.  [default: ./rules.yaml, then $XDG_CONFIG_HOME/delegator/rules.yaml, "
            "then /etc/delegator/rules.yaml]",
        ),
    ):
        command = option(command)
    return command


show_private = click.option(
    "--show-private",
    is_flag=True,
    help="Show what private mail says, too; else its sender and the rule alone.",
)


def config_path() -> Path:
    from ..config import find_config

    return find_config(click.get_current_context().meta.get("delegator.config"))


def state_dir() -> Path:
    from ..adapters.asking import state_directory

    directory = state_directory(click.get_current_context().meta.get("delegator.state"))
    if directory is None:
        raise click.UsageError("There is no home directory for the state; name one with --state.")
    return Path(directory)


def load_config(*, for_files: bool = False, needs_away: bool = True, is_quiet: bool = False) -> Config:
    """is_quiet: whoever asks tells the warnings."""
    from ..config import load

    config = load(config_path(), for_files=for_files, needs_away=needs_away)
    for warning in () if is_quiet else config.warnings:
        click.echo(str(warning), err=True)
    return config
