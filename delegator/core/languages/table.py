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


Patterns = tuple[str, ...]
"""Regular expressions for `re`, in lower case, and without groups that are kept; case is ignored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailWords:
    """What programs and people write around what a mail says, and what the mail itself tells.

    Those that say "folded" stand without accents. No pattern repeats without a bound.
    """

    # Around an older mail.
    forwarded: Patterns  # the line above one that is passed on
    original: Patterns  # the line above one that is answered
    label_from: Patterns  # of a header, as Outlook quotes it
    label_date: Patterns
    label_sent: Patterns  # those of them that no form has
    label_to: Patterns
    label_cc: Patterns
    label_subject: Patterns
    label_particles: Patterns  # "Envoyé le"
    on: Patterns  # "On 3 May Anna wrote": its first word
    wrote: Patterns  # its last
    sent: Patterns  # others that may stand there
    form_labels: Patterns  # the fields of a website's form
    form_message: Patterns  # the one that holds the message

    # Beginnings and ends.
    salutations: Patterns
    titles: Patterns  # "Geachte heer, mevrouw"
    closings: Patterns
    closing_links: Patterns  # "groeten uit Spanje"
    thanks_lines: Patterns
    sent_from: Patterns  # what a phone adds
    disclaimers: Patterns

    # What programs put in: banners, scanners, lists, placeholders.
    mail_words: Patterns  # e-mail, message
    pictures: Patterns  # "[image: …]"
    notice_words: Patterns  # in the further lines of a banner
    to_view: Patterns
    in_browser: Patterns
    browser_lines: Patterns
    beware: Patterns
    outside: Patterns
    banners: Patterns
    scan_openings: Patterns  # how a scanner's line begins that names no mail
    scanned: Patterns
    list_footers: Patterns
    mail_programs: Patterns  # "mail reader", its last word
    about_html: Patterns  # beside "HTML", where a mail asks for another program

    # Subjects.
    reply_prefixes: Patterns
    forward_prefixes: Patterns
    outside_marks: Patterns  # "[EXT]"
    outside_prefixes: Patterns

    # Receipts and reactions; folded, but for the stems and the receipts.
    receipt_subjects: Patterns
    receipt_of: Patterns  # "your message"
    receipt_said: Patterns  # "was read"
    receipt_by: Patterns  # on, at, by
    reactions: Patterns
    reaction_stems: Patterns  # one of them stands in every reaction
    tapbacks: Patterns
    tapback_tails: Patterns  # "vond … leuk"
    tapback_things: Patterns

    # Automatic answers and bounces.
    auto_subjects: Phrases  # what hardly a person writes
    auto_subjects_vague: Phrases  # what people write, too
    absence: Patterns  # folded
    absence_subjects: Patterns  # folded; behind a name: Notes writes it
    confirmed: Patterns  # folded
    no_reply: Patterns  # the address of a machine
    failures: Phrases  # in the subject or text of a bounce
    failure_texts: Phrases  # in its text alone
    failure_hints: Phrases  # said of much else too
    delays: Phrases
    gave_up: Phrases

    # What a mail asks.
    requests: Patterns
    orders: Patterns  # something is bought, cancelled, agreed to: it wants doing
    season_wishes: Patterns
    intimate: Patterns  # words between people who are close; their mail is for nobody else
    needs_hand: Patterns  # what a machine writes that a person has to do
    bulk_marks: Patterns  # what only mail to many says
    hours: Patterns  # behind a number
    near_days: Patterns  # today, tomorrow, by when
    very: Patterns  # before or behind thanks
    agreed: Patterns  # thanks, or agreement
    praise: Patterns  # what may stand beside thanks: "helemaal duidelijk zo"
    thanks_tails: Patterns  # "for your help"; "@day" stands for the names of the days
    thanked: Patterns
    more_than_thanks: Patterns
    answers: Patterns  # what there is to thank for: an answer, help
    abbreviations: Patterns  # that end in a full stop, and no sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageTable:
    """The words of one language."""

    # What the owner answers to a review.
    forward: Phrases
    forward_ends: Phrases  # "stuur 4 door": what may stand behind the number or the name
    to_do: Phrases
    done: Phrases
    later: Phrases  # not before the homecoming
    undo: Phrases
    whole: Phrases  # "m 3": the whole mail, to read
    ok: Phrases  # as proposed
    ok_alone: Phrases  # that, where the reply holds no other order: people also say it in passing
    good: Phrases  # "alles goed": that too, and only of everything
    the_list: Phrases  # "lijst": all that is open, to read without a network
    the_rest: Phrases  # "k rest"
    everything: Phrases  # "alles ok"
    both: Phrases  # of two
    unless: Phrases  # "ok behalve 3"
    negation: Phrases  # "3 niet"
    myself: Phrases  # "2 doe ik zelf": it is left as it is
    keep: Phrases  # "hou 3 voor mij"
    put: Phrases  # "zet 7 op mijn lijst", its first word
    takes: Phrases  # "Anna mag 3 doen": between the name and the number
    takes_end: Phrases  # and behind it
    likewise: Phrases  # "2 ook"

    # What holds a sentence together.
    conjunctions: Phrases  # and; not or, which leaves it open
    contrast: Phrases  # but
    towards: Phrases  # "naar Anna"
    until: Phrases  # between two numbers or days
    articles: Phrases  # and other words before a number: "nummer"
    copulas: Phrases  # "3 is klaar"
    may: Phrases  # "3 mag naar Anna"
    please: Phrases
    item_words: Phrases  # "the second one"
    ordinals: Phrases  # "2nd", its end
    of_month: Phrases  # "the 23rd of December"

    # What a backup answers to a brief or an overview.
    answered: Phrases
    later_today: Phrases
    will: Phrases  # "doe ik", beside a word of `soon`
    soon: Phrases  # "vanmiddag"
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
    spellings: tuple[tuple[str, str], ...]  # how people also write a word, and the word

    # What a client's mail tells.
    complaints: Phrases

    # What a mail's subject tells that is nobody else's business; as keywords of a rule.
    confidential: Phrases

    # The calendar.
    weekdays: Week
    months: Year
    day_words: Phrases  # that may stand around days: "van", "op", "ben ik"

    # What the owner says of the absence.
    absent: Phrases  # "weg 19/12-4/1 anna", and of a backup "anna weg tot woensdag"
    trial: Phrases  # "proef vrijdag"
    is_back: Phrases  # "ik ben terug"
    exclaimed: Phrases  # "terug!": that too, alone; without its "!" it is asked
    pause: Phrases
    resume: Phrases
    time_zone: Phrases  # "tijdzone Bangkok"
    again: Phrases  # "opnieuw 19/12-4/1"
    yes: Phrases  # to "would you do it again?"
    no: Phrases
    through: Phrases  # before a last day that is included
    included: Phrases  # behind one
    since: Phrases  # before a first day
    today: Phrases
    tomorrow: Phrases
    after_tomorrow: Phrases
    o_clock: Phrases  # behind an hour
    at_hour: Phrases  # before one
    back_on: Phrases  # "terug op 6/1": only with a day
    longer: Phrases  # "ik blijf tot 6/1": only with a last day
    covers: Phrases  # "Anna neemt over"
    next_one: Phrases  # "volgende vrijdag"
    next_week: Phrases
    this_week: Phrases  # from now on
    weekend: Phrases
    day_units: Phrases  # "drie dagen"
    week_units: Phrases
    month_units: Phrases
    numbers: tuple[Phrases, ...]  # from one on
    ahead: Phrases  # "over twee weken", that day
    day_parts: Phrases  # "namiddag", which names no hour
    instead: Phrases  # "6/1 in plaats van 4/1": the day behind it is the old one
    denial: Phrases  # "niet weg": of the word beside it
    not_yet: Phrases  # "nog niet weg", which calls off nothing
    stays: Phrases  # "ik blijf thuis"
    calls_off: Phrases  # "afgezegd": an absence, or what it was for
    trips: Phrases  # "vlucht", which may be another one, too
    first_person: Phrases  # "Anna, ik ben weg" is not about Anna
    links: Phrases  # that may stand between a name, a word of these and a day, and say nothing

    # What stands in mail in it.
    mail: MailWords
