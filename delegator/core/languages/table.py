"""What one language has to tell us: the words that people write to us in it. One table a language.

Every parser of people's words is built from these tables, and every field has to be filled in: a new
language is one module, and what it lacks is a type error. Words stand as people write them, in lower
case; each parser folds them as it folds the text that it reads.
"""

from __future__ import annotations

from dataclasses import dataclass

Phrases = tuple[str, ...]
"""Words and phrases; a phrase has single spaces."""

Week = tuple[Phrases, Phrases, Phrases, Phrases, Phrases, Phrases, Phrases]
"""The days from Monday on, each with its full name first."""

Year = tuple[
    Phrases, Phrases, Phrases, Phrases, Phrases, Phrases, Phrases, Phrases, Phrases, Phrases, Phrases, Phrases
]
"""The months from January on, each with its full name first."""


def phrases(text: str) -> Phrases:
    """Those between the commas of a text."""
    return tuple(" ".join(phrase.split()) for phrase in text.split(",") if phrase.strip())


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageTable:
    """The words of one language."""

    # What the owner answers to a review.
    forward: Phrases
    to_do: Phrases
    done: Phrases
    later: Phrases  # not before the homecoming
    undo: Phrases
    whole: Phrases  # "m 3": the whole mail, to read
    ok: Phrases  # as proposed
    the_rest: Phrases  # "k rest"
    everything: Phrases  # "alles ok"
    both: Phrases  # of two
    unless: Phrases  # "ok behalve 3"
    negation: Phrases  # "3 niet"

    # What holds a sentence together.
    conjunctions: Phrases  # and, or
    contrast: Phrases  # but
    towards: Phrases  # "naar Anna"
    until: Phrases  # between two numbers or days
    articles: Phrases

    # What a backup answers to a brief or an overview.
    answered: Phrases
    later_today: Phrases
    not_me: Phrases
    rather_not: Phrases
    there: Phrases
    away: Phrases  # what makes days into days away

    # Courtesy: it says nothing.
    greetings: Phrases
    thanks: Phrases
    sign_offs: Phrases
    wishes: Phrases  # "geniet ervan"
    courtesies: Phrases  # that may stand beside any of these, and say no more
    small_words: Phrases  # that may stand within what a backup says, and change nothing: whom, when before
    ask_somebody: Phrases  # before a name, behind "not me"

    # What a client's mail tells.
    complaints: Phrases

    # The calendar.
    weekdays: Week
    months: Year
    day_words: Phrases  # that may stand around days: "van", "op", "ben ik"

    # What the owner says of the absence.
    absent: Phrases  # "weg 19/12-4/1 anna", and of a backup "anna weg tot woensdag"
    trial: Phrases  # "proef vrijdag"
    is_back: Phrases  # "ik ben terug"
    pause: Phrases
    resume: Phrases
    time_zone: Phrases  # "tijdzone Bangkok"
    through: Phrases  # before a last day that is included
    included: Phrases  # behind one
    since: Phrases  # before a first day
    today: Phrases
    tomorrow: Phrases
    after_tomorrow: Phrases
    o_clock: Phrases  # behind an hour
    at_hour: Phrases  # before one
    links: Phrases  # that may stand between a name, a word of these and a day, and say nothing
