"""The command line: options in, reports out, exit codes. Decides nothing about mail.

Exit 0: fine. 1: a problem was found. 2: wrong usage or configuration. Reports go to stdout; logs,
progress and problems to stderr. Imports are local to the commands, so that `--help` is quick.

All commands are in one file: each is its options, its help and one call, and is looked for here.
"""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from .reports.terminal import console, show_progress, tell

if TYPE_CHECKING:
    from datetime import date

    from .config.model import Config

F = TypeVar("F", bound=Callable[..., Any])

FINE, PROBLEM, USAGE = 0, 1, 2
DEFAULT_DAYS = 14
FULLEST = "the fullest"

_CONTEXT: dict[str, Any] = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


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


@click.group(
    context_settings=_CONTEXT,
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


@cli.command(
    context_settings=_CONTEXT,
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

    from .reports.json import to_json

    if not yes and not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise click.UsageError("This is not a terminal to ask on; use --yes, and give what has no default.")
    options = {f"--{name.replace('_', '-')}": value for name, value in given.items() if value is not None}
    answers = options | ({"ADDRESS": address} if address else {})
    with _problems_told():
        from .adapters.host import SystemClock
        from .setup.first import Wishes, first_run
        from .setup.questions import Cannot, OnTerminal, WithoutAsking, WrongUsage

        questions = WithoutAsking(answers, quiet=as_json) if yes else OnTerminal(answers)
        path = _new_config_path()
        wishes = Wishes(path, ca, days, _state_dir())
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
    from .config import ConfigError

    try:
        return _config_path()
    except ConfigError:
        return None


@cli.command(
    "dry-run",
    context_settings=_CONTEXT,
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
    with _problems_told():
        from .adapters.host import SystemClock, bound_memory
        from .preview.simulate import Wish, config_now, write_reviews

        problems: list[str] = []
        config = config_now(_load(for_files=bool(paths), needs_away=False), _state_dir(), SystemClock().now())
        is_simulated = not as_json or opened is not None  # the JSON holds the decisions alone
        wish = Wish(
            simulated=is_simulated, opened=opened is not None, opened_day=day, show_private=show_private
        )
        with show_progress() as progress:
            if paths:
                from .preview.files import dry_run_files

                report = dry_run_files(config, paths, _state_dir(), wish, progress, problems.append)
            else:
                import asyncio

                from .core.lessons import Tried
                from .preview.mailbox import dry_run_mailbox
                from .wiring.state import note_tried

                bound_memory()
                looking = dry_run_mailbox(
                    config, days or DEFAULT_DAYS, _state_dir(), wish, progress, problems.append, SystemClock()
                )
                report = asyncio.run(looking)
                note_tried(config, _state_dir(), Tried(dry_run_at=SystemClock().now()))
        if as_json:
            for piece in report.json_pieces():
                click.echo(piece, nl=False)
            click.echo()
        else:
            report.print(console())
        if opened is not None:
            problems += _open_reviews(write_reviews(report, config), day)
        for problem in problems:
            click.echo(problem, err=True)
        return PROBLEM if problems else FINE


def _open_reviews(pages: list[Path], day: date | None) -> list[str]:
    """Shown in the browser, if there is one; their paths are told in any case."""
    import webbrowser

    if not pages:
        return [f"no review would have come on {day}" if day else "no review would have come"]
    for page in pages:
        click.echo(str(page), err=True)
        webbrowser.open(page.as_uri())
    return []


@cli.command(
    context_settings=_CONTEXT,
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

    with _problems_told():
        from .adapters.host import SystemClock
        from .preview.files import is_in_file, why_in_file
        from .preview.mailbox import why_in_mailbox
        from .preview.simulate import config_now
        from .preview.why import NotFound

        in_file = is_in_file(message)
        config = config_now(_load(for_files=in_file, needs_away=False), _state_dir(), SystemClock().now())
        try:
            if in_file:
                report = why_in_file(config, message, _state_dir(), show_private=show_private)
            else:
                looking = why_in_mailbox(config, message, _state_dir(), show_private=show_private)
                report = asyncio.run(looking)
        except NotFound as error:
            click.echo(str(error), err=True)
            return PROBLEM
        if as_json:
            from .reports.json import to_json

            click.echo(to_json(report.to_dict()))
        else:
            report.print(console())
        return FINE


@cli.command(
    context_settings=_CONTEXT,
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
    with _problems_told():
        from .preview.expectations import NoExpectations, check_expectations

        try:
            report = check_expectations(_load(for_files=True), files)
        except NoExpectations as error:
            click.echo(str(error), err=True)
            return USAGE
        if as_json:
            from .reports.json import to_json

            click.echo(to_json(report.to_dict()))
        else:
            report.print(console())
        return PROBLEM if report.failed else FINE


@cli.command(
    context_settings=_CONTEXT,
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

    from .config import ConfigError
    from .reports.check import Check, Finding, print_finding
    from .reports.json import to_json

    screen = console()

    def say(finding: Finding) -> None:  # as it is found: a slow server is waited for
        if not as_json:
            print_finding(finding, screen)

    with _problems_told():
        try:
            from .adapters.host import SystemClock
            from .check.examination import check

            config = _load(is_quiet=True)
            report = asyncio.run(check(config, _state_dir(), send=send, clock=SystemClock(), told=say))
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


@cli.command(
    context_settings=_CONTEXT,
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
    with _problems_told():
        from . import maillog
        from .wiring import daemon

        maillog.configure()
        paths = configs or (_config_path(),)
        return daemon.run(paths, _state_dir(), once=once, shadow=shadow, adopt=adopt)


@cli.command(
    context_settings=_CONTEXT,
    epilog="""\b
Examples:
  delegator review                         print it
  delegator review --output next.eml       keep it, to open in a mail program
  delegator review --open                  as your phone shows it, in the browser
  delegator review --send                  have it sent now
""",
)
@click.option("--send", is_flag=True, help="Send it to the owner; the next one still comes at its time.")
@click.option("--open", "opened", is_flag=True, help="Show it in the browser, beside its plain text.")
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE.eml", help="Keep it as a mail."
)
@places
def review(send: bool, opened: bool, output: Path | None) -> int:
    """Make the next review now. Without --send nothing changes, and nothing in it commands anything."""
    if send and (output or opened):
        raise click.UsageError(f"--send and {'--output' if output else '--open'} exclude each other.")
    with _problems_told():
        from . import maillog
        from .adapters.written import MAIL, write_private
        from .wiring import mails

        maillog.configure()
        result = mails.review(_config_path(), _state_dir(), send=send)
        if result.problem:
            click.echo(result.problem, err=True)
        if output and result.octets is not None:
            try:
                write_private(output, result.octets, MAIL)
            except OSError as error:
                raise click.FileError(str(output), error.strerror) from error
        if opened and result.octets is not None:
            _open_reviews([mails.write_page(result.octets, result.language)], None)
        elif not output and result.text:
            click.echo(result.text)
        return PROBLEM if result.problem else FINE


@cli.command(
    context_settings=_CONTEXT,
    epilog="""\b
Examples:
  delegator home                           what the absence was, and your to-do list
  delegator home --open                    the same in the browser
  delegator home --send                    you are back: end the absence now
""",
)
@click.option("--send", is_flag=True, help="End the absence now, file what is open, and send the mail.")
@click.option("--open", "opened", is_flag=True, help="Show it in the browser, beside its plain text.")
@places
def home(send: bool, opened: bool) -> int:
    """Show the homecoming report and the to-do list. Without --send nothing changes.

    The same comes by mail at the end of an absence, and by the answer "I am back" to any mail of delegator's.
    """
    if send and opened:
        raise click.UsageError("--send and --open exclude each other.")
    with _problems_told():
        from . import maillog
        from .wiring import mails

        maillog.configure()
        result = mails.home(_config_path(), _state_dir(), send=send)
        if opened and result.octets is not None:
            _open_reviews([mails.write_page(result.octets, result.language)], None)
        elif result.text:
            click.echo(result.text)
        return FINE


@cli.command(
    context_settings=_CONTEXT,
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
    with _problems_told():
        from .adapters.asking import ask, patiently
        from .core.faults import StateError
        from .reports.json import to_json
        from .reports.status import Status, read_status

        def find() -> Status:
            # A daemon says it without its configuration and most of the program, which take a second to load.
            answer = ask(_state_dir(), {"command": "status"})
            if answer is None:
                from .stopped import status

                return status(_config_path(), _state_dir())
            if problem := answer.get("problem"):
                raise StateError(str(problem))
            return read_status(answer)

        report = patiently(find)
        if not is_quiet:
            click.echo(to_json(report.to_dict()) if as_json else report.to_text())
        return PROBLEM if report.has_problems else FINE


@cli.command(
    context_settings=_CONTEXT,
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
    with _problems_told():
        from .wiring import state

        kept = state.back_up(_state_dir(), file)
        click.echo(
            f"{file}: the state of {', '.join(kept.accounts) or 'no account yet'}, {kept.octets:,} octets"
        )
        return FINE


@cli.command(
    context_settings=_CONTEXT,
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
    with _problems_told():
        from .wiring import state

        kept, whose = state.restore(file, _state_dir()), "no account"
        whose = ", ".join(kept.accounts) or whose
        click.echo(
            f"{_state_dir()}: the state of {whose}, as it was on {kept.made_at}\n"
            "Next: see that no other machine runs delegator with the old state, then delegator run --adopt.\n"
            "What arrived before that, or was on its way, waits in the review: it may have been forwarded."
        )
        return FINE


@cli.command(
    context_settings=_CONTEXT,
    short_help="The departure mail: what is open, who covers, what to switch off.",
    epilog="""\b
Examples:
  delegator leave                          print it
  delegator leave --send                   have it sent now; it comes the evening before by itself
""",
)
@click.option("--send", is_flag=True, help="Send it to the owner, with its buttons.")
@places
def leave(send: bool) -> int:
    """Make the departure mail now: unanswered mail of two weeks, who covers, what only a person can do.

    Without --send nothing changes, and nothing in it commands anything.
    """
    with _problems_told():
        from . import maillog
        from .wiring import mails

        maillog.configure()
        click.echo(mails.leave(_config_path(), _state_dir(), send=send).text)
        return FINE


@cli.command(
    context_settings=_CONTEXT,
    short_help="Set or end an absence, for an owner who cannot.",
    epilog="""\b
Examples:
  delegator away 2027-01-04                         from now until then, the first moment back
  delegator away 2026-12-19..2027-01-04 --backup anna
  delegator away sofie@voorbeeld.example 2026-12-24T17:00..2027-01-04
  delegator away --end                              she is back
  delegator away 2026-12-19..2027-01-04 --end       she does not leave
""",
)
@click.argument("words", nargs=-1, metavar="[ADDRESS] [[FROM..]UNTIL]")
@click.option("--backup", metavar="KEY", help="Takes what a rule's own backups cannot, and the proposals.")
@click.option(
    "--end", is_flag=True, help="End the absence that runs, now; with FROM..UNTIL, call off that one."
)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@places
def away(words: tuple[str, ...], backup: str | None, end: bool, as_json: bool) -> int:
    """Set an absence from now, or from FROM, until UNTIL; where one runs already, UNTIL is its new end.

    For whoever runs the host, when an owner is ill or cannot write: owners themselves answer any mail of
    delegator's. ADDRESS is an account of this service. Dates are as in rules.yaml, which stays as it is; the
    owner gets a mail that says what was changed.
    """
    addresses = [word for word in words if "@" in word]
    spans = [word for word in words if "@" not in word]
    if len(addresses) > 1 or len(spans) > 1:
        raise click.UsageError("Say one address and one span: delegator away [ADDRESS] [FROM..]UNTIL")
    if end and (backup or (spans and ".." not in spans[0])):
        raise click.UsageError(
            "--end ends the absence that runs, or with FROM..UNTIL calls that one off; leave the rest out."
        )
    if not (spans or end or backup):
        raise click.UsageError("Say until when, as in `delegator away 2027-01-04`, or --end.")
    if spans:
        begin, _, until = spans[0].rpartition("..")
        for text in (*([begin] if begin else []), until):
            _check_date(text)
    with _problems_told():
        from dataclasses import asdict

        from . import maillog
        from .reports.away import Away
        from .reports.json import to_json
        from .wiring import state

        maillog.configure()
        span = spans[0] if spans else None
        address = addresses[0] if addresses else None
        done = state.away(_config_path(), _state_dir(), address=address, span=span, backup=backup, end=end)
        report = Away(**asdict(done))
        click.echo(to_json(report.to_dict()) if as_json else report.to_text())
        return FINE


@cli.command(
    context_settings=_CONTEXT,
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
    with _problems_told():
        from .config import ConfigError, load
        from .wiring import state

        try:
            config = load(_config_path(), read_secrets=False)
        except ConfigError:
            config = None  # it may have been deleted already
        found = state.forget(address, config, _state_dir(), is_person=is_person)
        if is_person and not (found.messages or found.handovers):
            click.echo(f"nothing is known of {address}; see whether it is spelled as in its mails", err=True)
            return PROBLEM
        what = f"{found.messages} messages, {found.originals} of them kept whole; {found.handovers} handovers"
        kept = "; the messages still count, without a word of them" if is_person else ""
        click.echo(f"forgotten of {address}: {what}{kept}")
        return FINE


@cli.command(
    context_settings=_CONTEXT,
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

    from .config.installed import install_command

    if not (find_spec("pymap") and find_spec("aiosmtpd")):
        click.echo(
            f"The demo needs two mail servers to play with: {install_command('demo')}, "
            "or in a clone of the project: make demo",
            err=True,
        )
        return PROBLEM
    from .demo.gallery import OutputInUse, check_output
    from .demo.stage import run_demo

    try:
        check_output(output)
    except OutputInUse as error:
        raise click.UsageError(str(error)) from error
    return run_demo(output)


@cli.command(
    context_settings=_CONTEXT,
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

    with _problems_told():
        from .adapters.host import SystemClock
        from .login.sign_in import NoLogin, SignIn

        def show(address: str) -> None:
            if not no_browser and (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
                webbrowser.open(address)

        def tell_person(text: str) -> None:
            click.echo(text, err=True)

        sign_in = SignIn(
            _load(needs_away=False), _state_dir(), SystemClock(), tell_person, opened=show, by_code=device
        )
        try:
            return FINE if asyncio.run(sign_in.run()) else PROBLEM
        except NoLogin:
            to_do = (
                "write `token: {login: microsoft, …}` or `{login: google, …}` first; see docs/providers.md"
            )
            click.echo(f"{_config_path()}: names no login; {to_do}", err=True)
            return USAGE


@cli.group(
    context_settings=_CONTEXT,
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
    context_settings=_CONTEXT,
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
    with _problems_told():
        from .adapters.service import ServiceProblem, System, User, asker
        from .config import load

        config = None if only_units else load(_config_path(), read_secrets=False)
        try:
            if for_user:
                assert config is not None
                return FINE if User(click.echo).install(config) else PROBLEM
            return FINE if System(click.echo, root, asker()).install(config) else PROBLEM
        except ServiceProblem as problem:
            click.echo(str(problem), err=True)
            return PROBLEM


@service.command(
    context_settings=_CONTEXT,
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
    from .adapters.service import ServiceProblem, System, User

    try:
        (User(click.echo) if for_user else System(click.echo, root)).remove()
    except ServiceProblem as problem:
        click.echo(str(problem), err=True)
        return PROBLEM
    return FINE


@cli.command(
    context_settings=_CONTEXT,
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


@cli.command(
    context_settings=_CONTEXT,
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


@contextmanager
def _problems_told() -> Iterator[None]:
    """What a person has to mend is told in their words, a line each; anything else is a bug."""
    try:
        yield
    except Exception as error:
        from .config import ConfigError, passed_over
        from .ports import StateError, Unavailable

        if isinstance(error, ConfigError):
            tell(error.problems)
            if error.problems and (other := passed_over(error.problems[0].file)):
                click.echo(
                    f"That is the rules.yaml of this folder; to use {other}, go elsewhere or say -c", err=True
                )
            sys.exit(USAGE)
        if isinstance(error, StateError | Unavailable):
            click.echo(str(error), err=True)
            sys.exit(PROBLEM)
        raise


def _check_date(text: str) -> None:
    from .config.shapes import Invalid
    from .config.values import moment

    try:
        moment(text.strip())
    except Invalid as fault:
        raise click.UsageError(f"{text.strip()!r} {fault.what}; {fault.to_do}") from None


def _load(*, for_files: bool = False, needs_away: bool = True, is_quiet: bool = False) -> Config:
    """is_quiet: whoever asks tells the warnings."""
    from .config import load

    config = load(_config_path(), for_files=for_files, needs_away=needs_away)
    for warning in () if is_quiet else config.warnings:
        click.echo(str(warning), err=True)
    return config


def _config_path() -> Path:
    from .config import find_config

    return find_config(click.get_current_context().meta.get("delegator.config"))


def _state_dir() -> Path:
    from .adapters.asking import state_directory

    directory = state_directory(click.get_current_context().meta.get("delegator.state"))
    if directory is None:
        raise click.UsageError("There is no home directory for the state; name one with --state.")
    return Path(directory)


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
