"""To see beforehand what it would do with one's mail, and whether all is in place for an absence."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..reports.terminal import console, show_progress
from .options import CONTEXT, load_config, places, show_private, state_dir
from .outcome import FINE, PROBLEM, USAGE, open_reviews, problems_told

if TYPE_CHECKING:
    from datetime import date

DEFAULT_DAYS = 14
FULLEST = "the fullest"


@click.command(
    context_settings=CONTEXT,
    short_help="Play a whole holiday in half a minute; nothing to set up.",
    epilog="""\b
Examples:
  delegator demo                           then open demo-holiday/index.html
  delegator demo --output ~/holiday        keep its mails there
""",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    default=Path("demo-holiday"),
    show_default="./demo-holiday",
    metavar="DIR",
    help="Where every mail sent is kept as .eml, with an index.html to look through them.",
)
def demo(output: Path) -> int:
    """Play a whole holiday in half a minute: the real service, on mail servers of its own.

    Nothing to set up, and no mail leaves this machine. Exit 1 if a single mail is not accounted for.
    """
    from importlib.util import find_spec

    from ..config.installed import install_command

    if not (find_spec("pymap") and find_spec("aiosmtpd")):
        click.echo(
            f"The demo needs two mail servers to play with: {install_command('demo')}, "
            "or in a clone of the project: make demo",
            err=True,
        )
        return PROBLEM
    from ..demo.gallery import OutputInUse, check_output
    from ..demo.stage import run_demo

    try:
        check_output(output)
    except OutputInUse as error:
        raise click.UsageError(str(error)) from error
    return run_demo(output)


@click.command(
    "dry-run",
    context_settings=CONTEXT,
    epilog="""\b
Examples:
  delegator dry-run                        the last 14 days of your mailbox
  delegator dry-run --days 60 --json       as JSON, for a program
  delegator dry-run letter.eml Archive.mbox ~/Maildir
  delegator dry-run -c draft.yaml mail/    another configuration, a folder of .eml files
  delegator dry-run --open                 and the reviews of the fullest day, in the browser
""",
)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH]...")
@click.option(
    "--days",
    type=click.IntRange(1, 3650),
    help=f"How many days of the mailbox to look at.  [default: {DEFAULT_DAYS}]",
)
@click.option(
    "--open",
    "opened",
    is_flag=False,
    flag_value=FULLEST,
    metavar="[DAY]",
    help="Show the reviews of a day (2026-12-21), or of the fullest one, in the browser.",
)
@click.option("--json", "as_json", is_flag=True, help="As JSON: every message with its decision.")
@show_private
@places
def dry_run(
    paths: tuple[Path, ...], days: int | None, opened: str | None, as_json: bool, show_private: bool
) -> int:
    """Show what would happen with your mail, and why. Changes nothing.

    Looks at the mailbox, read-only, or at files: .eml, mbox, Maildir, a folder of them. Every message
    is decided as if you had been away when it arrived. Then the holiday as a whole: forwards a day,
    what each review would hold, rules that never fired, messages that just missed one, and whom you
    usually answer within hours though no rule covers them.
    """
    from datetime import date

    day: date | None = None
    if opened not in (None, FULLEST):
        try:
            day = date.fromisoformat(opened)
        except ValueError:
            paths = (Path(opened), *paths)  # `--open mail/`: it was no day, but what to look at
    for path in paths:
        if not path.exists():
            raise click.UsageError(f"There is no file or folder {str(path)!r}.")
    if paths and days is not None:
        raise click.UsageError("--days is about the mailbox; leave it out, or leave out the paths.")
    with problems_told():
        from ..adapters.host import SystemClock, bound_memory
        from ..preview.simulate import Wish, config_now, write_reviews

        problems: list[str] = []
        config = config_now(
            load_config(for_files=bool(paths), needs_away=False), state_dir(), SystemClock().now()
        )
        is_simulated = not as_json or opened is not None  # the JSON holds the decisions alone
        wish = Wish(
            simulated=is_simulated, opened=opened is not None, opened_day=day, show_private=show_private
        )
        with show_progress() as progress:
            if paths:
                from ..preview.files import dry_run_files

                report = dry_run_files(config, paths, state_dir(), wish, progress, problems.append)
            else:
                import asyncio

                from ..preview.mailbox import dry_run_mailbox

                bound_memory()
                looking = dry_run_mailbox(
                    config, days or DEFAULT_DAYS, state_dir(), wish, progress, problems.append, SystemClock()
                )
                report = asyncio.run(looking)

                from ..core.lessons import Tried
                from ..wiring.state import note_tried

                note_tried(config, state_dir(), Tried(dry_run_at=SystemClock().now()))
        if as_json:
            for piece in report.json_pieces():
                click.echo(piece, nl=False)
            click.echo()
        else:
            report.print(console())
        if opened is not None:
            problems += open_reviews(write_reviews(report, config), day)
        for problem in problems:
            click.echo(problem, err=True)
        return PROBLEM if problems else FINE


@click.command(
    context_settings=CONTEXT,
    short_help="Show why a message is decided as it is.",
    epilog="""\b
Examples:
  delegator why letter.eml                 a mail in a file
  delegator why Archive.mbox:12            the twelfth of an mbox
  delegator why INBOX/4711                 as `dry-run` shows it
  delegator why '<1@acme.example>'         by its Message-ID
""",
)
@click.argument("message")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@show_private
@places
def why(message: str, as_json: bool, show_private: bool) -> int:
    """Show why MESSAGE is decided as it is: every guard, rule and afterthought, and what was compared.

    Then the smallest changes, of the rules or of the message, that would alter the decision; each was
    tried. MESSAGE is a file, a Message-ID or mailbox/UID. Changes nothing.
    """
    import asyncio

    with problems_told():
        from ..adapters.host import SystemClock
        from ..preview.files import is_in_file, why_in_file
        from ..preview.mailbox import why_in_mailbox
        from ..preview.simulate import config_now
        from ..preview.why import NotFound

        in_file = is_in_file(message)
        config = config_now(
            load_config(for_files=in_file, needs_away=False), state_dir(), SystemClock().now()
        )
        try:
            if in_file:
                report = why_in_file(config, message, state_dir(), show_private=show_private)
            else:
                looking = why_in_mailbox(config, message, state_dir(), show_private=show_private)
                report = asyncio.run(looking)
        except NotFound as error:
            click.echo(str(error), err=True)
            return PROBLEM
        if as_json:
            from ..reports.json import to_json

            click.echo(to_json(report.to_dict()))
        else:
            report.print(console())
        return FINE


@click.command(
    context_settings=CONTEXT,
    epilog="""\b
Examples:
  delegator test                           rules.test.yaml, and `expect` in rules.yaml
  delegator test clients.test.yaml         expectations in another file
  delegator test --json                    for a program; the exit status says whether all hold
""",
)
@click.argument("files", nargs=-1, type=click.Path(exists=True, path_type=Path), metavar="[FILE]...")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@places
def test(files: tuple[Path, ...], as_json: bool) -> int:
    """Test the rules: mails, and what must become of them. Exit 1 if an expectation does not hold.

    Needs no mailbox and sends nothing.
    """
    with problems_told():
        from ..preview.expectations import NoExpectations, check_expectations

        try:
            report = check_expectations(load_config(for_files=True), files)
        except NoExpectations as error:
            click.echo(str(error), err=True)
            return USAGE
        if as_json:
            from ..reports.json import to_json

            click.echo(to_json(report.to_dict()))
        else:
            report.print(console())
        return PROBLEM if report.failed else FINE


@click.command(
    context_settings=CONTEXT,
    epilog="""\b
Examples:
  delegator check                          look at everything, send nothing
  delegator check --send                   and mail yourself, and your backups what awaits them
  delegator check --json                   for a program; the exit status says whether all is well
""",
)
@click.option(
    "--send",
    is_flag=True,
    help="Mail the owner, too, and see what becomes of it; and send each backup the mail before an absence.",
)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@places
def check(send: bool, as_json: bool) -> int:
    """Check that everything is in place for an absence. Exit 1 on any problem.

    Configuration, servers, certificates, folders, quota, submission, clock and state: everything that is
    wrong is told at once, each with what to do. A running daemon is not disturbed.
    """
    import asyncio

    from ..config import ConfigError
    from ..reports.check import Check, Finding, print_finding
    from ..reports.json import to_json

    screen = console()

    def say(finding: Finding) -> None:  # as it is found: a slow server is waited for
        if not as_json:
            print_finding(finding, screen)

    with problems_told():
        try:
            from ..adapters.host import SystemClock
            from ..check.examination import check

            config = load_config(is_quiet=True)
            report = asyncio.run(check(config, state_dir(), send=send, clock=SystemClock(), told=say))
        except ConfigError as error:
            if as_json:  # besides the lines on stderr
                findings = [
                    Finding("configuration", "problem", f"{p.file}:{p.line}:{p.column}: {p.what}", p.to_do)
                    for p in error.problems
                ]
                click.echo(to_json(Check(None, tuple(findings)).to_dict()))
            raise
        if as_json:
            click.echo(to_json(report.to_dict()))
        else:
            report.print_summary(screen)
        return PROBLEM if report.has_problems else FINE
