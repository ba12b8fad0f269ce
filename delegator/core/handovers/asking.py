"""Whether a text asks, names a day, or only thanks: guesses, by the words of `languages`."""

from __future__ import annotations

import re
from functools import lru_cache

from ..languages import TABLES, one_of
from ..late import late
from ..mail.glance import Glance


def asks(text: str) -> bool:
    """Whether there is a question or a request in it."""
    return _QUESTION.finds(_without_links(text))


def may_ask(text: str) -> bool:
    """Whether one of its sentences may ask, seen at a glance."""
    return _QUESTION.may_find(_without_links(text))


@lru_cache(maxsize=8)  # one text is asked several things
def _without_links(text: str) -> str:
    if "://" not in text and "www." not in text.lower():
        return text
    return _LINK.sub(" ", text)


def names_day(text: str) -> bool:
    """Whether it names a date, a day of the week, an hour, or says tomorrow."""
    return _DAY.finds(_without_links(text))


def orders(text: str) -> bool:
    """Whether something is bought, cancelled or agreed to in it: nobody asks, and yet it wants doing."""
    return _ORDERS.finds(_without_links(text))


def is_intimate(text: str) -> bool:
    """Whether people who are close write to each other."""
    return _INTIMATE.finds(text)


def needs_a_hand(text: str) -> bool:
    """Whether a machine says that something has to be signed, paid or renewed."""
    return _NEEDS_HAND.finds(_without_links(text))


def is_only_wishes(text: str) -> bool:
    """Whether it wishes a happy new year, a birthday or the like, and nothing more."""
    if len(text) > _WISHES_CHARACTERS or not _SEASON.finds(text):
        return False
    if asks(text) or names_day(text) or orders(text):
        return False
    sentences = [sentence.strip() for sentence in re.split(r"[.!?\n]+", text) if sentence.strip()]
    return all(
        _SEASON.finds(sentence) or is_only_thanks(sentence) or len(sentence.split()) <= _NAME_WORDS
        for sentence in sentences
    )


def is_only_thanks(text: str) -> bool:
    """Whether it says thanks, or agrees, and nothing more."""
    if len(text) > _THANKS_CHARACTERS:
        return False
    return bool(_ONLY_THANKS.fullmatch(text.strip())) or _is_praise(text)


def _is_praise(text: str) -> bool:
    """ "Sample received, it's perfect. Thanks again!": thanks, with nothing beside it but praise.

    A number, a "not", a "but", an order or a question says more.
    """
    if not _THANKED.search(text) or _SAYS_MORE.search(text) or asks(text) or names_day(text) or orders(text):
        return False
    clauses = [clause.strip() for clause in re.split(r"[.!,\n]+", text) if clause.strip(" 👍🙏")]
    return all(
        _ONLY_THANKS.fullmatch(clause) or _PRAISE.search(clause) or len(clause.split()) == 1
        for clause in clauses
    )


def is_thanks_for_an_answer(text: str) -> bool:
    """Whether it thanks, and does nothing else: not in advance, with no question, day or agreement.

    Who only agrees may have ordered something.
    """
    return (
        is_only_thanks(text)
        and bool(_THANKED.search(text))
        and not _MORE_THAN_THANKS.search(text)
        and not asks(text)
        and not names_day(text)
    )


def speaks_of_an_answer(text: str) -> bool:
    """Whether it names an answer, help or the like: there must have been one."""
    return bool(_ANSWER.search(text))


_THANKS_CHARACTERS = 120
_WISHES_CHARACTERS = 400
_NAME_WORDS = 4
_LINK = re.compile(r"(?:https?://|www\.)\S+", re.I)
_REQUESTS = one_of(lambda mail: mail.requests)
_QUESTION = Glance(late(lambda: rf"[?？؟](?=[\s\"'”’»)\]!?.]|$)|\b{_REQUESTS}\b", re.I))
_MONTHS = "|".join(re.escape(name) for table in TABLES.values() for month in table.months for name in month)
_WEEKDAYS = "|".join(re.escape(names[0]) for table in TABLES.values() for names in table.weekdays)
_HOURS = one_of(lambda mail: mail.hours)
_DAY = Glance(
    late(
        lambda: (
            r"\b(?:"
            r"(?:[12]?\d|3[01])[/.-](?:0?[1-9]|1[0-2])(?:[/.-]\d{2,4})?(?![\d.,/-])|\d{4}-\d{2}-\d{2}"
            rf"|\d{{1,2}}(?:er|\.|st|nd|rd|th|e)? (?:{_MONTHS})\b|(?:{_MONTHS}) \d{{1,2}}(?:st|nd|rd|th)?\b"
            rf"|\d{{1,2}}[:h]\d{{2}}\b|\d{{1,2}}[.:]\d{{2}} ?(?:{_HOURS}|h)\b|\d{{1,2}} ?{_HOURS}\b"
            rf"|(?:{_WEEKDAYS})\w{{0,12}}|{one_of(lambda mail: mail.near_days)}"
            r")\b"
        ),
        re.I,
    )
)
_VERY = one_of(lambda mail: mail.very)
_THANKS = rf"(?:{_VERY} )?(?:{one_of(lambda mail: mail.agreed)}|👍|🙏)(?: {_VERY})?"
_TAILS = one_of(lambda mail: mail.thanks_tails).replace("@day", f"(?:{_WEEKDAYS})")
_ONLY_THANKS = late(
    lambda: (
        rf"{_THANKS}(?:[\s,.!–-]+(?:{_THANKS}|{_TAILS}"
        r"|(?-i:[A-Z]\w{1,15}))){0,4}[\s,.!👍🙏]*"
    ),
    re.I,
)
_THANKED = late(lambda: one_of(lambda mail: mail.thanked), re.I)
_MORE_THAN_THANKS = late(lambda: one_of(lambda mail: mail.more_than_thanks), re.I)
_ANSWER = late(lambda: one_of(lambda mail: mail.answers), re.I)
_ORDERS = Glance(late(lambda: rf"\b{one_of(lambda mail: mail.orders)}", re.I))
_SEASON = Glance(late(lambda: rf"\b{one_of(lambda mail: mail.season_wishes)}", re.I))
_INTIMATE = Glance(late(lambda: rf"\b{one_of(lambda mail: mail.intimate)}\b", re.I))
_NEEDS_HAND = Glance(late(lambda: rf"\b{one_of(lambda mail: mail.needs_hand)}\b", re.I))
_PRAISE = late(lambda: rf"\b{one_of(lambda mail: mail.praise)}\b", re.I)
_NO_OR_BUT = "|".join(
    re.escape(phrase)
    for table in TABLES.values()
    for phrase in (*table.negation, *table.contrast, *table.unless)
)
_SAYS_MORE = late(lambda: rf"\d|\b(?:{_NO_OR_BUT})\b|n.t\b", re.I)
