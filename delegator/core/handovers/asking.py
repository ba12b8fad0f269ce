"""Whether a text asks, names a day, or only thanks: guesses in Dutch, French, German and English."""

from __future__ import annotations

import re


def asks(text: str) -> bool:
    """Whether there is a question or a request in it."""
    return bool(_QUESTION.search(_LINK.sub(" ", text)))


def names_day(text: str) -> bool:
    """Whether it names a date, a day of the week, an hour, or says tomorrow."""
    return bool(_DAY.search(_LINK.sub(" ", text)))


def is_only_thanks(text: str) -> bool:
    """Whether it says thanks, or agrees, and nothing more."""
    return len(text) <= 120 and bool(_ONLY_THANKS.fullmatch(text.strip()))


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


_LINK = re.compile(r"(?:https?://|www\.)\S+", re.I)
_QUESTION = re.compile(
    r"[?？؟](?=[\s\"'”’»)\]!?.]|$)"
    r"|\b(?:"
    r"(?:kan|kun|kunt|wil|wilt|zou|zal) (?:je|jij|u|ge)|(?:kunnen|willen|zouden) (?:jullie|we)"
    r"|gelieve|laat (?:me|mij|ons) (?:\w+ )?weten"
    r"|graag (?:je|uw|jouw|een) (?:\w+ )?(?:antwoord|reactie|offerte)"
    r"|(?:can|could|would|will) you|let (?:me|us) know|please (?:send|confirm|call|check|advise|let|reply)"
    r"|(?:pouvez|pourriez|voulez|auriez)[- ]vous|(?:peux|pourrais|veux)[- ]tu|veuillez|merci de"
    r"|(?:können|könnten|würden) sie|(?:kannst|könntest|würdest) du|bitte (?:um|senden|schicken|geben|melden)"
    r"|(?:geben|schicken|senden|teilen) sie (?:mir|uns)"
    r")\b",
    re.I,
)
_MONTHS = (
    "jan(?:uari|uary|vier|uar)?|feb(?:ruari|ruary|ruar)?|février|févr|maart|mrt|mar(?:ch|s)?|märz|apr(?:il)?"
    "|avril|mei|may|mai|jun[ie]?|juin|jul[iy]?|juillet|aug(?:ustus|ust)?|août|sep(?:t|tember|tembre)?"
    "|o[ck]t(?:ober|obre)?|nov(?:ember|embre)?|de[cz](?:ember)?|décembre|déc"
)
_DAY = re.compile(
    r"\b(?:"
    r"(?:[12]?\d|3[01])[/.-](?:0?[1-9]|1[0-2])(?:[/.-]\d{2,4})?(?![\d.,/-])|\d{4}-\d{2}-\d{2}"
    rf"|\d{{1,2}}(?:er|\.|st|nd|rd|th|e)? (?:{_MONTHS})\b|(?:{_MONTHS}) \d{{1,2}}(?:st|nd|rd|th)?\b"
    r"|\d{1,2}[:h]\d{2}\b|\d{1,2}[.:]\d{2} ?(?:u|uur|uhr|h)\b|\d{1,2} ?(?:u|uur|uhr|am|pm|heures)\b"
    r"|maandag|dinsdag|woensdag|donderdag|vrijdag|zaterdag|zondag|monday|tuesday|wednesday|thursday|friday"
    r"|saturday|sunday|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|montag|dienstag|mittwoch"
    r"|donnerstag|freitag|samstag|sonntag|vandaag|morgen|overmorgen|today|tomorrow|aujourd.hui|demain|heute"
    r"|übermorgen|volgende week|next week|la semaine prochaine|nächste woche|deadline|uiterlijk|ten laatste"
    r")\b",
    re.I,
)
_THANKS = (
    r"(?:heel |zeer |alvast |hartelijk |very much|so much|a lot|many |beaucoup|vielmals|vielen |herzlichen )?"
    r"(?:bedankt|dank ?je ?wel|dank ?u ?wel|dank(?: je| u)?|thanks|thank you|thx|merci|danke|dank|top|super"
    r"|perfect|parfait|prima|in orde|ok(?:é|ay|e)?|akkoord|d.accord|genoteerd|noted|bien reçu|goed ontvangen"
    r"|received|erhalten|einverstanden|prima|great|geweldig|klopt|👍|🙏)"
    r"(?: a lot| very much| so much| beaucoup| alvast)?"
)
_ONLY_THANKS = re.compile(
    rf"{_THANKS}(?:[\s,.!–-]+(?:{_THANKS}|voor alles|for (?:this|everything|(?:the|your) \w+(?: \w+)?)"
    r"|pour \w+(?: \w+)?|für \w+(?: \w+)?|voor (?:je|uw|jullie|de|het) \w+(?: \w+)?|en tot (?:dan|snel)"
    r"|tot (?:dan|snel|morgen)|à bientôt"
    r"|bis (?:dann|bald)|see you(?: then| soon)?|(?-i:[A-Z]\w{1,15}))){0,4}[\s,.!👍🙏]*",
    re.I,
)
_THANKED = re.compile(r"bedankt|\bdank|\bthank|\bthx|\bmerci|\bdanke", re.I)
_MORE_THAN_THANKS = re.compile(
    r"\balvast\b|bij voorbaat|in advance|d.avance|par avance|im voraus|vorab"
    r"|akkoord|d.accord|einverstanden|agreed?\b|klopt|\btot \w|bis (?:dann|bald)|see you|à bientôt",
    re.I,
)
_ANSWER = re.compile(
    r"antwoord|reactie|hulp|uitleg|info|terugbel|opvolging|answer|reply|response|help|explanation|call"
    r"|réponse|reponse|aide|retour|antwort|hilfe|rückmeldung|rückruf|auskunft|offerte|angebot|quote|devis",
    re.I,
)
