"""To run it: the service under systemd or by hand, what it says of itself, and its state."""

from __future__ import annotations

from pathlib import Path

import click

from .options import CONTEXT, config_path, places, state_dir
from .outcome import FINE, PROBLEM, problems_told


@click.command(
    context_settings=CONTEXT,
    short_help="Watch the mailbox: forward what matters, review the rest.",
    epilog="""\b
Examples:
  delegator run                            until it is stopped
  delegator run --shadow                   a trial: reviews of what it would have done
  delegator run sofie.yaml karim.yaml      two mailboxes in one process
  delegator run --once                     from cron: do what is due, and end
""",
)
@click.argument("configs", nargs=-1, type=click.Path(path_type=Path), metavar="[CONFIG]...")
@click.option("--once", is_flag=True, help="Do what is due and end; exit 1 if a server could not be reached.")
@click.option("--shadow", is_flag=True, help="Forward and move nothing; review what would have been done.")
@click.option("--adopt", is_flag=True, help="Take over a mailbox that another state has served.")
@places
def run(configs: tuple[Path, ...], once: bool, shadow: bool, adopt: bool) -> int:
    """Watch the mailbox: forward what matters, and send a review twice a day.

    Waits while you are not away, and outlasts every server. Stop it with SIGTERM or Ctrl-C.
    """
    with problems_told():
        from .. import maillog
        from ..wiring import daemon

        maillog.configure()
        paths = configs or (config_path(),)
        return daemon.run(paths, state_dir(), once=once, shadow=shadow, adopt=adopt)


@click.command(
    context_settings=CONTEXT,
    short_help="Show connections, what waits and what is wrong.",
    epilog="""\b
Examples:
  delegator status
  delegator status --json                  for a monitor; the exit status says whether all is well
  delegator status --quiet                 for a probe: the exit status alone
""",
)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.option("--quiet", "is_quiet", is_flag=True, help="Print nothing; the exit status says it.")
@places
def status(as_json: bool, is_quiet: bool) -> int:
    """Show connections, the last contact, what waits and what is wrong. Exit 1 on any problem."""
    with problems_told():
        from ..adapters.asking import ask, patiently
        from ..core.faults import StateError
        from ..reports.json import to_json
        from ..reports.status import Status, read_status

        def find() -> Status:
            # A daemon says it without its configuration and most of the program, which take a second to load.
            answer = ask(state_dir(), {"command": "status"})
            if answer is None:
                from ..stopped import status

                return status(config_path(), state_dir())
            if problem := answer.get("problem"):
                raise StateError(str(problem))
            return read_status(answer)

        report = patiently(find)
        if not is_quiet:
            click.echo(to_json(report.to_dict()) if as_json else report.to_text())
        return PROBLEM if report.has_problems else FINE


@click.command(
    context_settings=CONTEXT,
    epilog="""\b
Examples:
  delegator backup delegator.zip           as often as you like, beside a running daemon
  delegator backup --state /var/lib/delegator /backups/delegator.zip
""",
)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@places
def backup(file: Path) -> int:
    """Copy the state to FILE.

    The copy is complete and consistent, and readable by you alone (0600). It holds clients' mail, as the
    state does. An earlier backup of that name is replaced.
    """
    with problems_told():
        from ..wiring import state

        kept = state.back_up(state_dir(), file)
        click.echo(
            f"{file}: the state of {', '.join(kept.accounts) or 'no account yet'}, {kept.octets:,} octets"
        )
        return FINE


@click.command(
    context_settings=CONTEXT,
    epilog="""\b
Examples:
  delegator restore delegator.zip          then: delegator run --adopt
""",
)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@places
def restore(file: Path) -> int:
    """Put back a state that `backup` kept. Never over a state that is there.

    The restored state forwards nothing a second time: what came before it takes over waits in the review.
    """
    with problems_told():
        from ..wiring import state

        kept, whose = state.restore(file, state_dir()), "no account"
        whose = ", ".join(kept.accounts) or whose
        click.echo(
            f"{state_dir()}: the state of {whose}, as it was on {kept.made_at}\n"
            "Next: see that no other machine runs delegator with the old state, then delegator run --adopt.\n"
            "What arrived before that, or was on its way, waits in the review: it may have been forwarded."
        )
        return FINE


@click.command(
    context_settings=CONTEXT,
    short_help="Erase an account, or a correspondent, from the state.",
    epilog="""\b
Examples:
  delegator forget sofie@voorbeeld.example          all that is kept of an account
  delegator forget --person jan@acme.example        who wrote, what and about what
""",
)
@click.argument("address")
@click.option("--person", "is_person", is_flag=True, help="A correspondent, in every account of the state.")
@places
def forget(address: str, is_person: bool) -> int:
    """Erase at once what is kept of ADDRESS: an account, not while its owner is away, or a correspondent.

    It is overwritten in the file, too. After an absence all of it is erased by itself (`keep`, 30 days
    unless said). The mailbox itself, earlier backups and the log are not touched.
    """
    if "@" not in address:
        raise click.UsageError(f"{address!r} is not a mail address.")
    with problems_told():
        from ..config import ConfigError, load
        from ..wiring import state

        try:
            config = load(config_path(), read_secrets=False)
        except ConfigError:
            config = None  # it may have been deleted already
        found = state.forget(address, config, state_dir(), is_person=is_person)
        if is_person and not (found.messages or found.handovers):
            click.echo(f"nothing is known of {address}; see whether it is spelled as in its mails", err=True)
            return PROBLEM
        what = f"{found.messages} messages, {found.originals} of them kept whole; {found.handovers} handovers"
        kept = "; the messages still count, without a word of them" if is_person else ""
        click.echo(f"forgotten of {address}: {what}{kept}")
        return FINE


@click.group(
    context_settings=CONTEXT,
    epilog="""\b
Examples:
  delegator service install                as root: for this machine, from the next boot on, and now
  delegator service install --user         for you alone
  delegator service remove                 leaves the state
""",
)
@places
def service() -> None:
    """Run it under systemd. docs/service.md walks through it."""


as_user = click.option("--user", "for_user", is_flag=True, help="The service of whoever runs this.")


in_root = click.option(
    "--root",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path("/"),
    metavar="DIR",
    help="The root of the system; in another one nothing is started.  [default: /]",
)


@service.command(
    context_settings=CONTEXT,
    epilog="""\b
Examples:
  delegator service install -c rules.yaml  copies it to /etc/delegator, and what it names
  delegator service install --units        the units and the user alone
  delegator service install --user         with the configuration where it is
""",
)
@as_user
@click.option("--units", "only_units", is_flag=True, help="Write the units and make the user; start nothing.")
@in_root
@places
def install(for_user: bool, only_units: bool, root: Path) -> int:
    """Write the units, make the user, put configuration and secrets in place, enable and start it.

    Each step is told. Asks on the terminal for a {credential: NAME} that has no file yet. What is there and
    differs is never overwritten. Again after a change of the configuration, or an upgrade.
    """
    if for_user and (only_units or root != Path("/")):
        raise click.UsageError("--user goes with neither --units nor --root.")
    with problems_told():
        from ..adapters.service import ServiceProblem, System, User, asker
        from ..config import load

        config = None if only_units else load(config_path(), read_secrets=False)
        try:
            if for_user:
                assert config is not None
                return FINE if User(click.echo).install(config) else PROBLEM
            return FINE if System(click.echo, root, asker()).install(config) else PROBLEM
        except ServiceProblem as problem:
            click.echo(str(problem), err=True)
            return PROBLEM


@service.command(
    context_settings=CONTEXT,
    epilog="""\b
Examples:
  delegator service remove                 as root
  delegator service remove --user
""",
)
@as_user
@in_root
@places
def remove(for_user: bool, root: Path) -> int:
    """Stop it, and take back what `install` wrote. The state stays, and what was changed since."""
    from ..adapters.service import ServiceProblem, System, User

    try:
        (User(click.echo) if for_user else System(click.echo, root)).remove()
    except ServiceProblem as problem:
        click.echo(str(problem), err=True)
        return PROBLEM
    return FINE
