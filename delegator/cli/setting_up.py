"""To set it up: `init` and `login`, and the schema by which an editor explains rules.yaml."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from ..reports.terminal import console, show_progress
from .options import CONTEXT, config_path, load_config, places, state_dir
from .outcome import FINE, PROBLEM, USAGE, problems_told


@click.command(
    context_settings=CONTEXT,
    short_help="Find your servers, read your mail, propose rules, write rules.yaml.",
    epilog="""\b
Examples:
  delegator init sofie@company.example
  delegator init -c ~/mail/rules.yaml        another place than ~/.config/delegator
  delegator init --imap imap.company.example --smtp smtp.company.example:587
  delegator init sofie@company.example --yes --json --away 2026-12-19..2027-01-04 \\
      --password-from command:'pass show mail'
""",
)
@click.argument("address", required=False)
@click.option("--yes", is_flag=True, help="Ask nothing: take what is given, found and proposed.")
@click.option("--json", "as_json", is_flag=True, help="As JSON: servers, proposals, files.")
@click.option("--imap", metavar="HOST[:PORT]", help="The server for reading mail, not looked for then.")
@click.option("--smtp", metavar="HOST[:PORT]", help="The server for sending mail.")
@click.option("--username", metavar="NAME", help="The user name there.  [default: the address]")
@click.option(
    "--ca",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Certificates to trust instead of the system's.",
)
@click.option(
    "--password-from",
    metavar="KIND:VALUE",
    help="Where the password is: file:PATH, env:NAME, command:WORDS, keyring:NAME, credential:NAME.",
)
@click.option(
    "--token-command", metavar="WORDS", help="What prints an access token, where no password is taken."
)
@click.option("--client-id", metavar="ID", help="Microsoft: the id of an app of your own, for `login`.")
@click.option("--tenant", metavar="DOMAIN", help="Microsoft: the organisation's domain or id.")
@click.option("--name", metavar="NAME", help="Your name.  [default: as in the mail that you sent]")
@click.option(
    "--language", metavar="LANGUAGE", help="The language of your reviews: nl, en, fr or de.  [default: $LANG]"
)
@click.option("--timezone", metavar="ZONE", help="Like Europe/Brussels.  [default: this machine's]")
@click.option("--away", metavar="DAYS", help="Like '19/12 - 3/1', or FROM..UNTIL, the first day back.")
@click.option(
    "--days", type=click.IntRange(1, 3650), default=90, show_default=True, help="How much mail to read."
)
@places
def init(
    address: str | None, yes: bool, as_json: bool, ca: Path | None, days: int, **given: str | None
) -> int:
    """Set it up: from your ADDRESS to a rules.yaml that works, and the first dry run.

    Finds the servers and looks at their certificates, asks for the password and tries it, and reads the
    headers of the last 90 days: whom you answer, and how fast. What follows from that it proposes as rules,
    each with its figures, for your yes or no. Nothing in the mailbox changes; rules.yaml is written at the
    end, and never over one that is there. Where `login` comes first, say `init` again after it.
    """
    import asyncio

    from ..reports.json import to_json

    if not yes and not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise click.UsageError("This is not a terminal to ask on; use --yes, and give what has no default.")
    options = {f"--{name.replace('_', '-')}": value for name, value in given.items() if value is not None}
    answers = options | ({"ADDRESS": address} if address else {})
    with problems_told():
        from ..adapters.host import SystemClock
        from ..setup.first import Wishes, first_run
        from ..setup.questions import Cannot, OnTerminal, WithoutAsking, WrongUsage

        questions = WithoutAsking(answers, quiet=as_json) if yes else OnTerminal(answers)
        path = _new_config_path()
        wishes = Wishes(path, ca, days, state_dir())
        try:
            report = asyncio.run(first_run(wishes, questions, SystemClock(), show_progress))
        except Cannot as fault:
            sentence = str(fault)
            click.echo(sentence if sentence.endswith("?") else f"{sentence}.", err=True)
            return USAGE if isinstance(fault, WrongUsage) else PROBLEM
        if as_json:
            click.echo(to_json(report.to_dict()))
            return FINE
        found = _config_path_or_none()
        option = "" if found and found.resolve() == path.resolve() else f" -c {path}"
        if report.dry_run is not None:
            report.dry_run.print(console())
            steps = [f"check{option}    (with --send it mails you, and your backups)", f"run{option}"]
            next_is = f"look at {path}, then"
        else:  # nobody has signed in yet
            same = f" -c {path}" if "delegator.config" in click.get_current_context().meta else ""
            steps = [
                f"login{option}",
                f"init{same}    (reads your mail then, proposes rules, and finishes the file)",
            ]
            next_is = "sign in, and come back"
        click.echo(f"\nReady in {report.seconds:.0f} seconds. Next: {next_is}", err=True)
        for step in steps:
            click.echo(f"  delegator {step}", err=True)
        return FINE


def _new_config_path() -> Path:
    """Where `init` writes: as asked, else where a user's configuration is looked for."""
    if given := click.get_current_context().meta.get("delegator.config"):
        return Path(given)
    try:
        home = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    except RuntimeError:
        raise click.UsageError(
            "There is no home directory for rules.yaml; name a file with --config."
        ) from None
    return home / "delegator" / "rules.yaml"


def _config_path_or_none() -> Path | None:
    from ..config import ConfigError

    try:
        return config_path()
    except ConfigError:
        return None


@click.command(
    context_settings=CONTEXT,
    short_help="Sign in to Microsoft 365 or Google (OAuth 2).",
    epilog="""\b
Examples:
  delegator login                          open the address that it prints, and sign in
  delegator login --no-browser             on a server: sign in elsewhere, and paste the last address
  delegator login --device                 by a code; many organisations block that
""",
)
@click.option("--no-browser", is_flag=True, help="Only print the address.")
@click.option("--device", is_flag=True, help="By a device code (Microsoft); the last resort.")
@places
def login(no_browser: bool, device: bool) -> int:
    """Sign in once, where `token: {login: …}` says so; delegator then logs in by itself.

    The servers are tried before anything is kept. Where an administrator is needed, it prints what to send.
    A running daemon goes on with the new login at once.
    """
    import asyncio
    import webbrowser

    with problems_told():
        from ..adapters.host import SystemClock
        from ..login.sign_in import NoLogin, SignIn

        def show(address: str) -> None:
            if not no_browser and (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
                webbrowser.open(address)

        def tell_person(text: str) -> None:
            click.echo(text, err=True)

        sign_in = SignIn(
            load_config(needs_away=False),
            state_dir(),
            SystemClock(),
            tell_person,
            opened=show,
            by_code=device,
        )
        try:
            return FINE if asyncio.run(sign_in.run()) else PROBLEM
        except NoLogin:
            to_do = (
                "write `token: {login: microsoft, …}` or `{login: google, …}` first; see docs/providers.md"
            )
            click.echo(f"{config_path()}: names no login; {to_do}", err=True)
            return USAGE


@click.command(
    context_settings=CONTEXT,
    short_help="Print the JSON Schema of rules.yaml, for editors.",
    epilog="""\b
Examples:
  delegator schema > rules.schema.json     beside rules.yaml, whose first line names it
""",
)
@places
def schema() -> int:
    """Print the JSON Schema of rules.yaml, by which editors complete and explain it."""
    from importlib.resources import files

    click.echo(files("delegator.config").joinpath("schema.json").read_text("utf-8"), nl=False)
    return FINE
