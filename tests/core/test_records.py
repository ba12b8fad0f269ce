"""Data classes that are quicker to load and to make than the standard library's, else like them."""

from __future__ import annotations

import copy
import dataclasses
import pickle
import subprocess
import sys
from dataclasses import FrozenInstanceError, field
from typing import Any

import pytest

from delegator.core.records import dataclass

KINDS: dict[str, tuple[Any, dict[str, bool]]] = {
    f"{'ours' if of is dataclass else 'theirs'}{' frozen' * frozen}": (of, {"frozen": frozen, "slots": True})
    for of in (dataclass, dataclasses.dataclass)
    for frozen in (False, True)
}


def made(kind: str) -> Any:
    of, options = KINDS[kind]

    @of(**options)
    class Mail:
        """A mail."""

        subject: str
        size: int = 3
        to: list[str] = field(default_factory=list)
        secret: str = field(default="x", repr=False, compare=False)
        index: int | None = field(default=None, init=False)
        words: list[str] = field(default_factory=list, init=False)
        is_read: bool = field(default=False, kw_only=True)
        length: int = field(init=False)

        def __post_init__(self) -> None:
            object.__setattr__(self, "length", len(self.subject))

    return Mail


def told(mail: Any) -> tuple[object, ...]:
    names = [one.name for one in dataclasses.fields(mail)]
    return names, [getattr(mail, name) for name in names], repr(mail), dataclasses.asdict(mail)


@pytest.mark.parametrize("kind", ["", " frozen"])
@pytest.mark.parametrize(
    ("values", "named"),
    [(("a",), {}), (("a", 5, ["b"]), {"is_read": True}), ((), {"subject": "a", "secret": "y", "size": 0})],
)
def test_each_field_is_as_the_standard_library_has_it(
    kind: str, values: tuple[object, ...], named: dict[str, object]
) -> None:
    ours, theirs = (made(whose + kind)(*values, **named) for whose in ("ours", "theirs"))
    assert told(ours) == told(theirs)
    assert told(dataclasses.replace(ours, size=9)) == told(dataclasses.replace(theirs, size=9))
    assert (ours.__match_args__, hasattr(ours, "__dict__")) == (theirs.__match_args__, False)


@pytest.mark.parametrize("kind", ["", " frozen"])
@pytest.mark.parametrize(("values", "named"), [((), {}), (("a", 1, [], "x", None), {}), (("a",), {"no": 1})])
def test_what_does_not_fit_is_refused(
    kind: str, values: tuple[object, ...], named: dict[str, object]
) -> None:
    said = []
    for whose in ("ours", "theirs"):
        with pytest.raises(TypeError) as refused:
            made(whose + kind)(*values, **named)
        said.append(str(refused.value).partition("__init__")[2])
    assert said[0] == said[1] != ""


@pytest.mark.parametrize("kind", KINDS)
def test_equal_is_what_has_equal_values(kind: str) -> None:
    """What is not compared does not count, and another class is never equal."""
    mail = made(kind)
    assert mail("a") == mail("a", secret="z")
    assert mail("a") != mail("a", is_read=True)
    assert mail("a") != made(kind)("a")
    assert mail("a") != "a"


def test_whatever_is_frozen_stays_as_it_is() -> None:
    mail = made("ours frozen")("a")
    with pytest.raises(FrozenInstanceError, match="cannot assign to field 'subject'"):
        mail.subject = "b"
    with pytest.raises(FrozenInstanceError, match="cannot delete field 'subject'"):
        del mail.subject
    assert mail.subject == "a"
    other = made("ours")("a")
    other.subject = "b"
    assert other.subject == "b"


@dataclass(frozen=True, slots=True)
class Place:
    mailbox: str
    uid: int = 1


@dataclass(frozen=True, slots=True)
class Moved(Place):
    to: str = ""


@dataclass(frozen=True, slots=True)
class Nowhere:
    def __repr__(self) -> str:
        return "nowhere"


def test_a_frozen_one_is_a_key_and_another_is_none() -> None:
    assert {Place("INBOX", 2): "it"}[Place("INBOX", 2)] == "it"
    assert hash(Place("INBOX")) == hash(Place("INBOX", 1))
    assert hash(made("ours frozen")) != 0
    with pytest.raises(TypeError, match="unhashable"):
        hash(made("ours")("a"))


def test_one_may_build_on_another() -> None:
    moved = Moved("INBOX", 4, "Done")
    assert (moved.mailbox, moved.uid, moved.to) == ("INBOX", 4, "Done")
    assert repr(moved) == "Moved(mailbox='INBOX', uid=4, to='Done')"
    assert moved != Place("INBOX", 4)
    assert Place("INBOX").uid == 1


def test_what_it_says_itself_stays() -> None:
    """And one without a field is like any other of its kind."""
    assert repr(Nowhere()) == "nowhere"
    assert Nowhere() == Nowhere()
    assert len({Nowhere(), Nowhere()}) == 1


@pytest.mark.parametrize("place", [Place("INBOX", 7), Moved("INBOX", 7, "Done")])
def test_it_can_be_kept_and_copied(place: Place) -> None:
    assert pickle.loads(pickle.dumps(place)) == place
    assert copy.deepcopy(place) == place


def test_nothing_is_written_before_it_is_called() -> None:
    """Each class that is loaded would cost a third of a millisecond, and most are not made by a command."""
    program = """
import builtins, dataclasses
written, run = [], exec
def noted(text, *more):
    written.append("def __init__" in str(text))
    run(text, *more)
builtins.exec = noted
from delegator.core.people import Backup, Window
from delegator.core.mail.addresses import Address
print(sum(written))
Address("", "a@b.example"), Address("", "c@b.example")
print(sum(written))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["0", "1"]


def test_every_data_class_of_the_program_is_one() -> None:
    """But for those that a library looks at: a command would pay for each."""
    program = """
import dataclasses, importlib, pkgutil, sys
import delegator
for module in pkgutil.walk_packages(delegator.__path__, "delegator."):
    if not module.name.startswith("delegator.demo"):
        importlib.import_module(module.name)
ours = [vars(module).values() for name, module in sys.modules.items() if name.startswith("delegator.")]
for one in {one for some in ours for one in some if isinstance(one, type) and dataclasses.is_dataclass(one)}:
    if one.__module__.startswith("delegator.") and not hasattr(one, "__compared__"):
        print(one.__qualname__)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
