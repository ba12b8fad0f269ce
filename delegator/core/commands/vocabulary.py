"""The words of an owner's reply, out of every language's table, and a line of it as tokens.

What a line asks for is read in `grammar`, by these.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..languages import TABLES, LanguageTable, Phrases, in_all
from ..people import Backup
from .command import Verb


def plain(word: str) -> str:
    """Lower case, without accents and without the punctuation around it."""
    decomposed = unicodedata.normalize("NFD", word.casefold().replace("’", "'"))
    return "".join(c for c in decomposed if not unicodedata.combining(c)).strip(".,:;!?()[]\"'")


# --- tokens -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Token:
    """kind: "number", "word", "colon", "separator", "dash", or "other". start, end: in the line."""

    kind: str
    text: str
    start: int
    end: int


_TOKEN = re.compile(
    r"(?P<number>#?[1-9]\d{0,4}(?![\d\w/+]|[.,]\d{3}))"
    r"|(?P<word>(?:[^\W\d_]|'(?=\w))(?:[^\W_]|['’-](?=\w)|/(?=[^\W\d]))*(?=[^\w@]|$))"
    r"|(?P<colon>:)|(?P<dash>-|–|—|(?<!\.)\.\.(?!\.))"
    r"|(?P<separator>[,;.&+)!]|[\u2190-\u2bff\U0001f000-\U0001faff]+\ufe0f?)"
    r"|(?P<other>\S+?(?=[\s:,;]|$))"
)
GLUED = re.compile(r"\b([^\W\d_]{1,12})(#?\d)")  # "f3"


def tokens_of(line: str) -> list[Token]:
    return [
        Token(match.lastgroup or "other", match[0], match.start(), match.end())
        for match in _TOKEN.finditer(line)
    ]


# --- words ------------------------------------------------------------------------------------------

_VERB_FIELDS: Mapping[Verb, str] = {
    Verb.FORWARD: "forward",
    Verb.TO_DO: "to_do",
    Verb.DONE: "done",
    Verb.LATER: "later",
    Verb.UNDO: "undo",
    Verb.WHOLE: "whole",
    Verb.PROPOSED: "ok",
}
FOR_REST = (Verb.DONE, Verb.TO_DO, Verb.LATER)
CAN_BE_MEANT = (Verb.DONE, Verb.TO_DO)
"""A misspelt word may mean these: both can be undone."""


def _folded(words: Phrases) -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(map(plain, phrase.split())) for phrase in words)


def _field(name: str) -> Phrases:
    def of(table: LanguageTable) -> Phrases:
        words: Phrases = getattr(table, name)
        return words

    return in_all(of)


VERBS: dict[tuple[str, ...], Verb] = {
    words: verb for verb, name in _VERB_FIELDS.items() for words in _folded(_field(name))
}
FORWARD_ENDS = _folded(_field("forward_ends"))
IN_PASSING = _folded(_field("ok_alone"))
VERBS |= dict.fromkeys(IN_PASSING - VERBS.keys(), Verb.PROPOSED)
GOOD = _folded(_field("good"))
MYSELF = _folded(_field("myself"))
LATER = frozenset(words for words, verb in VERBS.items() if verb is Verb.LATER)
KEEP = _folded(_field("keep"))
PUT = _folded(_field("put"))
TAKES = _folded(_field("takes"))
TAKES_END = _folded(_field("takes_end"))
LIKEWISE = _folded(_field("likewise"))
COPULAS = _folded((*_field("copulas"), *_field("may")))
PLEASE = _folded(_field("please"))
THE_LIST = _folded(_field("the_list"))
REST = _folded(_field("the_rest"))
ALL = _folded((*_field("everything"), *_field("both")))
UNLESS = _folded(_field("unless"))
CONTRAST = _folded(_field("contrast"))
NOT = _folded(_field("negation"))
AND = _folded(_field("conjunctions"))
TOWARDS = _folded(_field("towards"))
UNTIL = _folded(_field("until"))
ARTICLES = _folded(_field("articles"))
THANKS = _folded((*_field("thanks"), *_field("wishes"), *_field("sign_offs")))
GREETINGS = _folded(_field("greetings"))
COURTESIES = _folded(_field("courtesies"))
NUMBER_WORDS: Mapping[str, str] = {
    plain(word): str(number)
    for table in TABLES.values()
    for number, words in enumerate(table.numbers, 1)
    for word in words
}
LONGEST = 6  # words of a phrase
FEWEST_LETTERS = 6
"""The least letters of a word that may be misspelt: too many others are near a shorter one ("klaas")."""

MOST_NUMBERS = 500
MOST_CLAUSES = 40
NAME_WORDS = 3


class Names:
    """The names of these backups, by which a line may mean them; None where two have the same."""

    def __init__(self, backups: Mapping[str, Backup]) -> None:
        self._keys: dict[tuple[str, ...], str | None] = {}
        for key, backup in backups.items():
            for name in {key, backup.first_name, backup.name}:
                words = tuple(map(plain, name.split()))
                if any(words):
                    self._keys[words] = key if self._keys.get(words, key) == key else None

    def key(self, words: tuple[str, ...]) -> str | None:
        return self._keys.get(words)

    def words(self) -> set[str]:
        return {word for name in self._keys for word in name}


def is_slip(word: str, meant: str) -> bool:
    """Whether one letter is wrong, missing, too much, or two are swapped."""
    if word == meant or abs(len(word) - len(meant)) > 1:
        return False
    start = next((at for at, (a, b) in enumerate(zip(word, meant, strict=False)) if a != b), None)
    if start is None:
        return True  # one letter at the end
    one, other = word[start:], meant[start:]
    return one[1:] in (other[1:], other) or one == other[1:] or (one[1::-1] + one[2:] == other)


# --- courtesy ----------------------------------------


def is_list(line: str) -> bool:
    """Whether a line asks for the list of all that is open, and for nothing else."""
    tokens = tokens_of(line[:80])
    words = [plain(token.text) for token in tokens if token.kind == "word"]
    if any(token.kind == "number" for token in tokens):
        return False
    at = found = phrase_at(words, 0, THE_LIST)
    while found and at < len(words):
        said = phrase_at(words, at, THANKS | COURTESIES | PLEASE)
        if not said:
            return False
        at += said
    return found > 0


def is_courtesy(line: str, people: Iterable[str], named: Iterable[str] = ()) -> bool:
    """Whether a line greets, thanks, wishes or signs, and says nothing else.

    people: names that may sign. named: words of other names, which say nothing beside a greeting. Another
    word may be a name where it has a capital that no sentence gives it: "Bedankt, wacht nog" says to wait.
    """
    tokens = tokens_of(line)
    if any(token.kind == "number" for token in tokens):
        return False
    spoken = [(at, token.text) for at, token in enumerate(tokens) if token.kind == "word"]
    words = [plain(text) for _, text in spoken]
    if not words:  # a smiley, a rule of dashes
        return not any(character.isalnum() for character in line)
    if "?" in line:
        return False
    own = {word for name in people for word in map(plain, name.split())}
    if own.issuperset(words):
        return True
    known = own | {plain(word) for word in named}
    at, opened, unknown = 0, False, 0
    while at < len(words):
        said = phrase_at(words, at, GREETINGS) or phrase_at(words, at, THANKS)
        if said:
            opened = True
        elif words[at] in known:
            said = 1
        elif not (said := phrase_at(words, at, COURTESIES)):
            place, text = spoken[at]
            begins = place == 0 or (tokens[place - 1].kind, tokens[place - 1].text) != ("separator", ",")
            begins = begins and (place == 0 or tokens[place - 1].kind != "word")
            if begins or not text[0].isupper():
                return False
            if phrase_at(words, at, frozenset(VERBS)) or phrase_at(words, at, NOT | UNLESS | CONTRAST):
                return False
            unknown, said = unknown + 1, 1
        at += said
    return opened and unknown <= NAME_WORDS


def says_thanks(line: str) -> bool:
    """Whether a word of thanks, a wish or a sign-off stands in it."""
    words = [plain(token.text) for token in tokens_of(line) if token.kind == "word"]
    return any(phrase_at(words, at, THANKS) for at in range(len(words)))


def phrase_at(words: list[str], at: int, phrases: frozenset[tuple[str, ...]]) -> int:
    """How many words of the longest phrase stand there; 0: none."""
    for count in range(min(LONGEST, len(words) - at), 0, -1):
        if tuple(words[at : at + count]) in phrases:
            return count
    return 0
