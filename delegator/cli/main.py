"""The command `delegator`: all commands under one, and the process around them."""

from __future__ import annotations

import errno
import io
import os
import sys

import click

from . import absence, beforehand, running, setting_up
from .options import CONTEXT, places
from .outcome import FINE, PROBLEM


@click.group(
    context_settings=CONTEXT,
    epilog="""\b
Examples:
  delegator init                 set it up: from your address to rules.yaml
  delegator demo                 a whole holiday in half a minute, nothing to set up
  delegator dry-run mail/        what the rules would do with the mail in a folder
  delegator dry-run --days 30    the same with your mailbox, read-only
  delegator run                  watch the mailbox
  delegator status               what waits, and what is wrong
""",
)
@places
@click.version_option(package_name="vacation-delegator", prog_name="delegator")
def cli() -> None:
    """Hands your important mail to a colleague while you are away, and the rest to you in two mails a day.

    Configure it in rules.yaml; see what it would do with `dry-run`; leave it to `run`.
    """


@cli.result_callback()
@click.pass_context
def exit_with(context: click.Context, code: int) -> None:
    """What a command returns is the exit code."""
    context.exit(code)


@click.command(
    context_settings=CONTEXT,
    epilog="""\b
Examples:
  eval "$(delegator completion bash)"                        now; or in ~/.bashrc, for always
  delegator completion zsh > ~/.zfunc/_delegator             with ~/.zfunc in fpath
  delegator completion fish > ~/.config/fish/completions/delegator.fish
""",
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@places
def completion(shell: str) -> int:
    """Print the Tab completion of your shell. It knows commands, options and files."""
    from click.shell_completion import get_completion_class

    chosen = get_completion_class(shell)
    assert chosen is not None
    click.echo(chosen(cli, {}, "delegator", "_DELEGATOR_COMPLETE").source())
    return FINE


for command in (
    setting_up.init,
    setting_up.login,
    setting_up.schema,
    beforehand.demo,
    beforehand.dry_run,
    beforehand.why,
    beforehand.test,
    beforehand.check,
    running.run,
    running.status,
    running.backup,
    running.restore,
    running.forget,
    running.service,
    absence.away,
    absence.leave,
    absence.review,
    absence.home,
    completion,
):
    cli.add_command(command)


def main() -> None:
    """The command `delegator`."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # it was closed before we began, and the next file would get its number
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115 (for the process's whole life)
        elif isinstance(stream, io.TextIOWrapper):
            # A terminal that cannot show a letter shows its number; no report ends in an exception.
            stream.reconfigure(errors="backslashreplace")
    try:
        cli(prog_name="delegator")
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EIO):
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what could not be written is not tried again
        click.echo(f"the report cannot be written: {error.strerror}", err=True)
        sys.exit(PROBLEM)
