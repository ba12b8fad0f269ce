"""Sentences as real owners and backups write them, and whether they are understood.

Each was labelled with what a person understands before any code had seen it, in
tests/data/clumsy-sentences.tsv. `first` is the set that came first; a later one judges the mending.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from delegator.core.commands.command import Line, Verb
from delegator.core.commands.reply import Why, read_reply
from delegator.core.handovers.words import Said, read_backup_reply
from delegator.core.people import Backup

SENTENCES = Path(__file__).parent / "data" / "clumsy-sentences.tsv"
TODAY = date(2026, 12, 10)
OWNER = "Sofie Janssens"

Outcome = Literal["right", "not understood", "wrong", "irreversible"]
"""Not understood: a person is asked, or nothing happens. Irreversible: something went to somebody else."""

BACKUPS = {
    key: Backup(key, name, f"{key}@voorbeeld.example", (), (), "nl", "both")
    for key, name in (("anna", "Anna Peeters"), ("bram", "Bram Maes"))
}
PROPOSED: dict[int, tuple[Verb, str | None]] = {
    1: (Verb.FORWARD, "anna"),
    2: (Verb.FORWARD, "anna"),
    3: (Verb.TO_DO, None),
    4: (Verb.DONE, None),
    5: (Verb.DONE, None),
    7: (Verb.TO_DO, None),
    8: (Verb.DONE, None),
}
"""The review that is answered has eight items, of which the sixth has no proposal."""

LINES = [Line(n, (n * 10,), *PROPOSED.get(n, (None, None))) for n in range(1, 9)]

_OWNER_WORDS = {"forward": Verb.FORWARD, "to-do": Verb.TO_DO, "done": Verb.DONE, "later": Verb.LATER}
_BACKUP_WORDS = {
    Verb.THERE: "there",
    Verb.RATHER_NOT: "rather not",
    Verb.NOT_FROM_TO: "away",
    Verb.ANSWERED: "answered",
    Verb.LATER_TODAY: "later",
    Verb.NOT_ME: "not me",
}

Decision = tuple[Verb, int, str | None, str]
"""What becomes of one item: verb, number, backup, note."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """answers: "review", "brief" or "overview". expected: as the file says it."""

    round: str
    language: str
    answers: str
    text: str
    expected: str


def sentences() -> list[Sentence]:
    with SENTENCES.open(encoding="utf-8", newline="") as file:
        return [
            Sentence(
                row["round"],
                row["language"],
                row["answers"],
                row["sentence"].replace("⏎", "\n"),
                row["expected"],
            )
            for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        ]


def outcome(sentence: Sentence) -> tuple[Outcome, str]:
    """How it ends, and what was understood."""
    return _of_owner(sentence) if sentence.answers == "review" else _of_backup(sentence)


# --- a backup's ---------------------------------------------------------------------------------------


def _of_backup(sentence: Sentence) -> tuple[Outcome, str]:
    said = read_backup_reply(sentence.text, TODAY, to_brief=sentence.answers == "brief", items=2, name=OWNER)
    understood = "; ".join(map(backup_words, said)) or "nothing"
    if understood == sentence.expected:
        return "right", understood
    return ("not understood" if not said else "wrong"), understood


def backup_words(said: Said) -> str:
    """As the files say it: "1 answered", "away 2026-12-24..2026-12-28"."""
    days = ", ".join(f"{first}..{last}" for first, last in said.days)
    return " ".join(filter(None, (*map(str, said.numbers), _BACKUP_WORDS[said.verb], days)))


# --- the owner's --------------------------------------------------------------------------------------


def _of_owner(sentence: Sentence) -> tuple[Outcome, str]:
    reading = read_reply(sentence.text, LINES, BACKUPS, people=[OWNER])
    decided = {(d.verb, d.line.number, _to(d.verb, d.line.number, d.backup), d.note) for d in reading.decided}
    expected = expected_decisions(sentence.expected)
    mistakes = [m for m in reading.mistakes if m.why is not Why.NOTHING_PROPOSED]
    shown = " ".join(f"{d[0]}{d[1]}{d[2] or ''}" for d in sorted(decided, key=lambda d: d[1])) or "nothing"
    shown += "".join(f" [{m.why}: {m.detail}]" for m in mistakes)
    if decided == expected and not (mistakes and expected):
        return "right", shown
    if decided <= expected:
        return "not understood", shown
    far = any(d[0] is Verb.FORWARD for d in decided - expected)
    return ("irreversible" if far else "wrong"), shown


def _to(verb: Verb, number: int, backup: str | None) -> str | None:
    """Without a name a forward goes to whom the review proposed, else to the first."""
    if verb is not Verb.FORWARD:
        return None
    return backup or PROPOSED.get(number, (None, None))[1] or "anna"


def expected_decisions(label: str) -> set[Decision]:
    """ "forward 1 2 anna; done 4", "ok but 2", "nothing"."""
    decisions: set[Decision] = set()
    for part in label.split("; "):
        word, *rest = part.partition(":")[0].split()
        note = part.partition(": ")[2]
        numbers = [int(each) for each in rest if each.isdigit()]
        names = [each for each in rest if each in BACKUPS]
        if word == "ok":
            kept = {n: proposal for n, proposal in PROPOSED.items() if n not in numbers}
            decisions |= {(verb, n, backup, "") for n, (verb, backup) in kept.items()}
        elif word != "nothing":
            verb = _OWNER_WORDS[word]
            decisions |= {(verb, n, names[0] if names else None, note) for n in numbers}
    return decisions
