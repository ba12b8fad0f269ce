"""How a review names things, in the owner's language and time zone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from ..commands.command import Verb
from ..mail.display import Foreign, one_line
from ..people import Owner
from ..reviews.items import Item, ReviewFacts
from .mail import Catalogue

FIRST_NAME = 20


class Words:
    """The words of one review. now: in the owner's zone. first_names: the backups who are there, by key."""

    def __init__(self, facts: ReviewFacts, owner: Owner, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.zone, self.home = owner.timezone, owner.home_timezone
        self.now = facts.now.astimezone(owner.timezone)
        self.first_names = {backup.key: one_line(backup.first_name, FIRST_NAME) for backup in facts.there}

    def say(self, message: str, **facts: str) -> str:
        return self.catalogue.gettext(message) % facts

    def plural(self, singular: str, plural: str, n: int) -> str:
        return self.catalogue.ngettext(singular, plural, n) % {"n": self.catalogue.number(n)}

    def number(self, things: Sequence[object]) -> str:
        return self.catalogue.number(len(things))

    def subject_of(self, subject: str) -> str:
        return Foreign(subject) if subject else self.say("(no subject)")

    def sender(self, sender: str) -> str:
        return Foreign(sender) if sender else self.say("(unknown sender)")

    def age(self, item: Item) -> str:
        return unbroken(self.catalogue.age(max(self.now - item.newest.arrived_at, timedelta())))

    def when(self, at: datetime) -> str:
        """The time, with the day unless it is today."""
        at = at.astimezone(self.zone)
        days = (at.date() - self.now.date()).days
        time = self.catalogue.time(at)
        if days == 0:
            return time
        if days == -1:
            return self.say("yesterday %(time)s", time=time)
        if days == 1:
            return self.say("tomorrow %(time)s", time=time)
        return f"{self.catalogue.day(at)} {time}"

    def verb(self, verb: Verb, backup: str | None = None) -> str:
        if verb is Verb.FORWARD:
            return self.say("To %(name)s", name=self.first_name(backup))
        return self.say("To-do") if verb is Verb.TO_DO else self.say("Done")

    def first_name(self, backup: str | None) -> str:
        return self.first_names.get(backup or "", backup or "")


def unbroken(words: str) -> str:
    """To stay on one line."""
    return words.replace(" ", "\u00a0")
