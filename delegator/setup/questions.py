"""How `init` asks: on a terminal, or not at all (`--yes`): then every answer is given, or has a default."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol, TypeVar

import click

from ..config.shapes import Invalid

T = TypeVar("T")


class Cannot(Exception):
    """It goes no further. str(): why, and what to do, one sentence."""


class WrongUsage(Cannot):
    """What the command line says, or leaves out, is why: nothing had to be looked at to see it."""


class Questions(Protocol):
    """option: of the command line, by which the answer can be given beforehand.

    is_asking: whether a person answers. given: what the command line gives, by its option.
    """

    given: Mapping[str, str]

    @property
    def is_asking(self) -> bool: ...

    def tell(self, text: str = "") -> None: ...

    def ask(self, question: str, option: str, read: Callable[[str], T], default: str = "") -> T:
        """Until `read` takes the answer; it raises Invalid. Raises Cannot."""

    def agree(self, question: str, *, default: bool) -> bool: ...

    def choose(self, question: str, choices: Sequence[str]) -> int:
        """Which of them; the first is the default."""

    def secret(self, question: str) -> str:
        """What is typed is not shown. Raises Cannot."""


class OnTerminal:
    """A plain terminal is enough: lines and answers, no cursor."""

    is_asking = True

    def __init__(self, given: Mapping[str, str]) -> None:
        self.given = given

    def tell(self, text: str = "") -> None:
        click.echo(text, err=True)

    def ask(self, question: str, option: str, read: Callable[[str], T], default: str = "") -> T:
        if option in self.given:
            return _read_given(option, self.given[option], read)
        while True:
            with _interruptible():
                text = click.prompt(question, default=default or None, err=True, type=str)
            try:
                return read(text.strip())
            except Invalid as invalid:
                end = "" if invalid.to_do.endswith("?") else "."
                self.tell(f"  That {invalid.what}; {invalid.to_do}{end}")

    def agree(self, question: str, *, default: bool) -> bool:
        shown = f" [{'Y/n' if default else 'y/N'}]: "
        while True:
            with _interruptible():
                text = click.prompt(
                    question, default="", show_default=False, prompt_suffix=shown, err=True, type=str
                )
            match text.strip().lower():
                case "":
                    return default
                case "y" | "yes" | "j" | "ja" | "o" | "oui":
                    return True
                case "n" | "no" | "nee" | "non" | "nein":
                    return False
            self.tell("  Write y or n.")

    def choose(self, question: str, choices: Sequence[str]) -> int:
        self.tell(question)
        for number, choice in enumerate(choices, 1):
            self.tell(f"  {number}  {choice}")
        numbers = {str(number): number for number in range(1, len(choices) + 1)}

        def read(text: str) -> int:
            if text not in numbers:
                raise Invalid("is none of these", f"write a number from 1 to {len(numbers)}")
            return numbers[text]

        return self.ask("Which", "", read, "1") - 1

    def secret(self, question: str) -> str:
        with _interruptible():
            return str(click.prompt(question, hide_input=True, err=True, type=str))


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    """asyncio notes a Ctrl-C for later, which does not come while a question waits for its answer."""
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)


class WithoutAsking:
    """Nobody is there: what is given, else the default, else it ends and says by which option to give it."""

    is_asking = False

    def __init__(self, given: Mapping[str, str], *, quiet: bool) -> None:
        self.given, self._is_quiet = given, quiet

    def tell(self, text: str = "") -> None:
        if not self._is_quiet:
            click.echo(text, err=True)

    def ask(self, question: str, option: str, read: Callable[[str], T], default: str = "") -> T:
        if option in self.given:
            return _read_given(option, self.given[option], read)
        if not default:
            raise WrongUsage(f"{question}: nobody is asked; give it with {option}")
        return _read_given(option, default, read)

    def agree(self, question: str, *, default: bool) -> bool:
        return default

    def choose(self, question: str, choices: Sequence[str]) -> int:
        return 0

    def secret(self, question: str) -> str:
        raise WrongUsage(f"{question}: nobody is asked; say where it is with --password-from")


def _read_given(option: str, text: str, read: Callable[[str], T]) -> T:
    try:
        return read(text.strip())
    except Invalid as invalid:
        raise WrongUsage(f"what {option} says {invalid.what}; {invalid.to_do}") from None
