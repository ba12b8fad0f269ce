"""The links in a review that write a mail, and how to answer instead.

What they hold is the secret, and what their words may say is limited: no word of a client's may be read as a
command of the owner's, or as the owner's own word to a client.
"""

from __future__ import annotations

from ..commands.command import MAILTO_CHARACTERS, REMINDER_MARK, Verb, body_length, mailto, subject_for
from ..mail.display import one_line
from ..reviews.controls import Controls
from ..reviews.items import LINK_CHARACTERS, Handed, Item, Review
from .note import note_place
from .review_page import Button
from .review_words import FIRST_NAME, Words

REMINDER_CHARACTERS = 12
"""How much of an originator's name stands in the mail in which proposals are changed."""


class Buttons:
    """The buttons of one review. controls: their secrets; None: it has none."""

    def __init__(self, words: Words, controls: Controls | None) -> None:
        self._words, self._controls, self._say = words, controls, words.say

    def button(
        self, key: tuple[int, Verb, str | None], label: str, about: str, body: str, *, filled: bool = False
    ) -> list[Button]:
        """One, or none where there is no secret for it."""
        token = self._controls.token(*key) if self._controls else None
        if self._controls is None or token is None:
            return []
        link = mailto(self._controls.address, subject_for(key[1], token), body)
        return [Button(label, link, about, filled)]

    def of_review(self, review: Review) -> list[Button]:
        n = self._words.number(review.proposed)
        label = self._say("All as proposed (%(n)s)", n=n)
        adjust = self._say("Change some")
        return [
            *self.button((0, Verb.PROPOSED, None), label, label, f"{label}.", filled=True),
            *self.button((0, Verb.ADJUST, None), adjust, adjust, self._adjustable_lines(review)),
        ]

    def _adjustable_lines(self, review: Review) -> str:
        """A line for each item; as far as a link has room, whose it is, and what else can be said.

        Never a subject, which a client could write as a command.
        """
        lines = [self._adjustable(item) for item in review.shown]
        words = [*self._words.first_names, self._say("to-do"), self._say("done"), self._say("later")]
        hint = f"{REMINDER_MARK.strip()} {' · '.join(words)}"
        link = mailto(self._controls.address if self._controls else "", subject_for(Verb.ADJUST, "X" * 8), "")
        room = MAILTO_CHARACTERS - len(link) - len("&body=")
        if body_length([*lines, hint]) <= room:
            lines.append(hint)
        for at, item in enumerate(review.shown):
            name = "".join(filter(str.isalpha, item.newest.sender.name.split(" ")[0]))[:REMINDER_CHARACTERS]
            named = [*lines[:at], f"{lines[at]}{REMINDER_MARK}{name}", *lines[at + 1 :]]
            if name and body_length(named) <= room:
                lines = named
        return "\n".join(lines)

    def _adjustable(self, item: Item) -> str:
        """A line of a reply: "1 anna", "2 taak"; a question mark where there is no proposal."""
        if item.proposal is None:
            return f"{item.number} ?"
        if item.proposal.backup is not None:
            return f"{item.number} {item.proposal.backup}"
        word = self._say("to-do") if item.proposal.verb is Verb.TO_DO else self._say("done")
        return f"{item.number} {word}"

    def of_item(self, item: Item) -> list[Button]:
        """The proposed one first, and filled."""
        subject = one_line(item.newest.subject, LINK_CHARACTERS) or self._say("(no subject)")
        proposed = item.proposal.verb if item.proposal else None
        verbs = (Verb.FORWARD, Verb.TO_DO, Verb.DONE)
        buttons = []
        for verb in sorted(verbs, key=lambda verb: verb is not proposed):
            backup = item.forward_to if verb is Verb.FORWARD else None
            label = self._words.verb(verb, backup)
            if verb is Verb.FORWARD:  # not a word of the client's beside the place for the owner's
                body = f"{label}: {item.number}.\n{note_place(self._words.catalogue)}"
            else:
                body = f"{label}: {subject}"
            about = f"{label}: {item.number}. {subject}"
            key = (item.number, verb, backup)
            buttons += self.button(key, label, about, body, filled=verb is proposed)
        return [*buttons, *self._flood_button(item)]

    def _flood_button(self, item: Item) -> list[Button]:
        """All that was held back of one originator's flood, by one tap."""
        facts = {"name": self._words.first_name(item.forward_to), "n": self._words.number(item.flood)}
        label = self._say("All to %(name)s (%(n)s)", **facts)
        return self.button((item.number, Verb.FORWARD_ALL, item.forward_to), label, label, f"{label}.")

    def of_handover(self, one: Handed) -> list[Button]:
        """To the next backup by a tap; an answer to the one who asks, and to nobody else; done."""
        if not one.number or self._controls is None:
            return []
        subject = one_line(one.subject, LINK_CHARACTERS) or self._say("(no subject)")
        buttons = []
        if one.state == "asks" and one.address:
            name = one_line(one.backup_name.split(" ")[0], FIRST_NAME)
            label = self._say("Answer %(name)s", name=name)
            link = mailto(one.address, f"Re: {subject}", "")
            buttons.append(Button(label, link, f"{label}: {one.number}. {subject}", is_filled=True))
        if one.next_backup is not None:
            label = self._words.verb(Verb.FORWARD, one.next_backup)
            about = f"{label}: {one.number}. {subject}"
            buttons += self.button(
                (one.number, Verb.FORWARD, one.next_backup), label, about, f"{label}: {one.number}."
            )
        label = self._say("Done")
        about = f"{label}: {one.number}. {subject}"
        return [
            *buttons,
            *self.button((one.number, Verb.DONE, None), label, about, f"{label}: {one.number}."),
        ]

    def reply_words(self, review: Review) -> str:
        numbered = review.shown
        if self._controls is None or not numbered:
            return ""
        number = str(numbered[-1].number)
        return self._say(
            "Answer this mail: “ok” for all as proposed, “f %(n)s” to forward, “to-do %(n)s” for your "
            "to-do list, “done %(n)s” when it is settled.",
            n=number,
        )
