"""An absence: set or ended for its owner, and the mails that come with it, made now."""

from __future__ import annotations

from pathlib import Path

import click

from .options import CONTEXT, config_path, places, state_dir
from .outcome import FINE, PROBLEM, open_reviews, problems_told


@click.command(
    context_settings=CONTEXT,
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
    with problems_told():
        from dataclasses import asdict

        from .. import maillog
        from ..reports.away import Away
        from ..reports.json import to_json
        from ..wiring import state

        maillog.configure()
        span = spans[0] if spans else None
        address = addresses[0] if addresses else None
        done = state.away(config_path(), state_dir(), address=address, span=span, backup=backup, end=end)
        report = Away(**asdict(done))
        click.echo(to_json(report.to_dict()) if as_json else report.to_text())
        return FINE


def _check_date(text: str) -> None:
    from ..config.shapes import Invalid
    from ..config.values import moment

    try:
        moment(text.strip())
    except Invalid as fault:
        raise click.UsageError(f"{text.strip()!r} {fault.what}; {fault.to_do}") from None


@click.command(
    context_settings=CONTEXT,
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
    with problems_told():
        from .. import maillog
        from ..wiring import mails

        maillog.configure()
        click.echo(mails.leave(config_path(), state_dir(), send=send).text)
        return FINE


@click.command(
    context_settings=CONTEXT,
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
    with problems_told():
        from .. import maillog
        from ..adapters.written import MAIL, write_private
        from ..wiring import mails

        maillog.configure()
        result = mails.review(config_path(), state_dir(), send=send)
        if result.problem:
            click.echo(result.problem, err=True)
        if output and result.octets is not None:
            try:
                write_private(output, result.octets, MAIL)
            except OSError as error:
                raise click.FileError(str(output), error.strerror) from error
        if opened and result.octets is not None:
            open_reviews([mails.write_page(result.octets, result.language)], None)
        elif not output and result.text:
            click.echo(result.text)
        return PROBLEM if result.problem else FINE


@click.command(
    context_settings=CONTEXT,
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
    with problems_told():
        from .. import maillog
        from ..wiring import mails

        maillog.configure()
        result = mails.home(config_path(), state_dir(), send=send)
        if opened and result.octets is not None:
            open_reviews([mails.write_page(result.octets, result.language)], None)
        elif result.text:
            click.echo(result.text)
        return FINE
