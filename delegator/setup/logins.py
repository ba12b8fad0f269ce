"""The login: where the secret will be, and that both servers take it, before anything is written."""

from __future__ import annotations

import contextlib
import shlex
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from ..adapters.credentials import Credential, Printed
from ..adapters.imap.source import ImapSource
from ..config import values
from ..config.draft import Login
from ..config.model import Config, SecretSource, Server
from ..config.secrets import SecretError, is_read_each_time, read_secret, read_token
from ..config.shapes import Invalid
from ..core.delivery import Outcome, Stage
from ..core.providers import refusal_of
from ..ports import Refused, Unavailable
from ..ports.submission import SubmissionProbe
from ..wiring.connections import first_login
from ..wiring.logins import asking_parts
from .questions import Cannot, Questions, WrongUsage
from .servers import Servers

PASSWORD_FILE = "mail-password"
ATTEMPTS = 3
"""More of them lock accounts out."""


@dataclass(frozen=True, slots=True)
class Keeping:
    """How it goes into rules.yaml. is_typed: by the person who is asked, just now.

    new: the octets of a file that is to be written beside it, or None.
    """

    login: Login
    secret: str | Credential
    is_typed: bool = False

    @property
    def new(self) -> bytes | None:
        is_new = self.is_typed and self.login.kind == "file"
        return f"{self.secret}\n".encode() if is_new else None


@contextlib.asynccontextmanager
async def logged_in(
    questions: Questions, servers: Servers, address: str, folder: Path
) -> AsyncIterator[tuple[Keeping, ImapSource]]:
    """A login that both servers take, and the mailbox. Raises Cannot."""
    keeping: Keeping | None = None
    for attempt in range(1, ATTEMPTS + 1):
        if keeping is not None and keeping.is_typed:
            keeping = replace(keeping, secret=questions.secret("Password"))
        else:
            keeping = _ask(questions, servers, address, folder)
        async with first_login(servers.imap, servers.smtp, address, keeping.secret) as (source, gate):
            try:
                await source.connect()
                probe = await gate.probe()
                if probe.reply.outcome is not Outcome.ACCEPTED:
                    raise Refused(_said_no(servers.smtp, probe))
            except Unavailable as fault:
                sentence = _explained(servers, str(fault))
                is_hopeless = not questions.is_asking or attempt == ATTEMPTS
                if is_hopeless or not isinstance(fault, Refused):
                    raise Cannot(sentence) from None
                questions.tell(f"  {sentence}.")
                continue
            questions.tell("  Both take the login.")
            yield keeping, source
            return


@contextlib.asynccontextmanager
async def signed_in(questions: Questions, config: Config, state_dir: Path) -> AsyncIterator[ImapSource]:
    """The mailbox, by what `delegator login` keeps in the state; nothing is asked. Raises Cannot."""
    source = asking_parts(state_dir).source(config)
    try:
        await source.connect()
    except Unavailable as fault:
        sentence = str(fault)
        if "nobody has signed in yet" in sentence:
            raise Cannot("nobody has signed in yet; run `delegator login` first") from None
        raise Cannot(sentence) from None
    try:
        questions.tell("  The login is taken.")
        yield source
    finally:
        await source.close()


def _said_no(server: Server, probe: SubmissionProbe) -> str:
    """Why a submission server would take no mail; what comes without a code says where by itself."""
    if not probe.reply.code:
        return probe.reply.text
    said = f"{server.host} port {server.port}: {probe.reply.code} {probe.reply.text}"
    if probe.stage is not Stage.LOGIN:
        return said
    return f"{said.rstrip('.')}; check the user name and the password (some providers want an app password)"


def _explained(servers: Servers, said: str) -> str:
    """By what the provider is known to mean."""
    provider = servers.found.provider
    if refusal := refusal_of(provider, said):
        return f"{said.partition(';')[0]}: {refusal.means}; {refusal.to_do}"
    return said


def ask_app(questions: Questions, servers: Servers, address: str) -> Login | None:
    """A login by an app of the organisation's own, for `delegator login` later; None: another way."""
    provider = servers.found.provider
    if servers.takes_password or provider is None or provider.login != "microsoft":
        return None
    if "--token-command" in questions.given:
        return None
    questions.tell(
        f"  {provider.name} takes no passwords, only tokens (OAuth 2). docs/providers.md says how to"
    )
    questions.tell(
        "  register an app there, in a few minutes; programs like oama or pizauth give tokens too."
    )
    ways = ("an app of my own: `delegator login` signs in later", "a command that prints a token")
    if questions.choose("How do you get one?", ways) == 1:
        return None
    client_id = questions.ask("Its application (client) id", "--client-id", values.client_id)
    domain = address.rpartition("@")[2]
    tenant = questions.ask("The organisation's domain or id", "--tenant", values.tenant, domain)
    return Login("login", provider.login, True, (("client_id", client_id), ("tenant", tenant)))


# --- where it is


def parse_source(text: str) -> SecretSource:
    """KIND:VALUE of --password-from, as `password` has them."""
    kind, _, value = text.partition(":")
    if not value:
        raise Invalid(
            "names no place", "write file:PATH, env:NAME, command:WORDS, keyring:NAME or credential:NAME"
        )
    match kind:
        case "file":
            return SecretSource("file", values.file_name(value), 0, 0)
        case "env":
            return SecretSource("env", values.variable(value), 0, 0)
        case "keyring":
            return SecretSource("keyring", values.line(value), 0, 0)
        case "credential":
            return SecretSource("credential", values.secret_name(value), 0, 0)
        case "command":
            return SecretSource("command", _words(value), 0, 0)
    raise Invalid("names no kind of place", "write file:, env:, command:, keyring: or credential: before it")


def _words(text: str) -> tuple[str, ...]:
    try:
        words = tuple(shlex.split(text))
    except ValueError:
        raise Invalid("has a quote that does not close", "close it") from None
    if not words:
        raise Invalid("is empty", "write the command as in a terminal")
    return words


def _ask(questions: Questions, servers: Servers, address: str, folder: Path) -> Keeping:
    provider = servers.found.provider
    if not servers.takes_password:
        return _token(questions, servers, address, folder)
    if "--password-from" in questions.given:
        source = questions.ask("Where the password is", "--password-from", parse_source)
        return _from(source, folder, is_token=False)
    if provider is not None and provider.credentials_hint:
        what = "an app password" if provider.credentials == "app password" else "the mailbox's password"
        questions.tell(f"  {provider.name} takes {what}: {provider.credentials_hint}.")
    file = folder / PASSWORD_FILE
    choices: list[tuple[str, Callable[[], Keeping]]] = [
        (f"a file that only you can read: {file}", partial(_file, questions, file)),
        ("a command that prints it, like pass or a vault", partial(_chosen, questions, folder, "command")),
        ("the keyring of this desktop", partial(_chosen, questions, folder, "keyring")),
        ("a credential of systemd", partial(_credential, questions)),
    ]
    if not questions.is_asking:
        return _file(questions, file)
    while True:
        chosen = questions.choose(
            "Where will the password be? (It never stands in rules.yaml.)", [c for c, _ in choices]
        )
        try:
            return choices[chosen][1]()
        except Cannot as cannot:  # it is not there: another place may be
            questions.tell(f"  {cannot}.")


def _file(questions: Questions, file: Path) -> Keeping:
    """A file that is there already is used as it is."""
    login = Login("file", file.name)
    if file.exists():
        questions.tell(f"  {file} is there already, and is used.")
        return _from(SecretSource("file", file.name, 0, 0), file.parent, is_token=False)
    return Keeping(login, questions.secret("Password"), is_typed=True)


def _chosen(questions: Questions, folder: Path, kind: str) -> Keeping:
    example = {
        "command": "The command, as in a terminal",
        "keyring": "Its name there (keyring set delegator NAME)",
    }
    source = questions.ask(example[kind], "--password-from", lambda text: parse_source(f"{kind}:{text}"))
    return _from(source, folder, is_token=False)


def _credential(questions: Questions) -> Keeping:
    """systemd gives it to the service alone: it is typed once here, to try it, and kept nowhere."""
    name = questions.ask("Its name in LoadCredential=", "--password-from", values.secret_name, PASSWORD_FILE)
    return Keeping(
        Login("credential", name), questions.secret("Password (to try it now; it is kept nowhere)")
    )


def _token(questions: Questions, servers: Servers, address: str, folder: Path) -> Keeping:
    if servers.found.provider is None:
        questions.tell(
            f"  {servers.imap.host} takes no passwords, only tokens (OAuth 2); see docs/providers.md."
        )
    words = questions.ask(
        "Its command, as in a terminal", "--token-command", _words, f"oama access {address}"
    )
    return _from(SecretSource("command", words, 0, 0), folder, is_token=True)


def _from(source: SecretSource, folder: Path, *, is_token: bool) -> Keeping:
    """Raises Cannot."""
    login = Login(source.kind, source.value, is_token)
    if is_token:
        return Keeping(login, Printed(partial(read_token, source, config_dir=folder), is_token=True))
    read = partial(read_secret, source, config_dir=folder)
    if is_read_each_time(source):
        return Keeping(login, Printed(read, is_token=False))
    try:
        return Keeping(login, read())
    except SecretError as error:
        raise WrongUsage(f"{error.what}; {error.to_do}") from None
