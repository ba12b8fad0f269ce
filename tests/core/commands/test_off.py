"""Lines that call off an absence, and lines that do not, as people write them."""

from __future__ import annotations

from datetime import date

import pytest

from delegator.core.commands.wish import Doubt, Point, Unclear, Wish
from delegator.core.commands.wish_mail import find_wish
from tests.core.commands.test_wish import BACKUPS, NOW, read

CHRISTMAS = (Point(date(2026, 12, 19)), Point(date(2027, 1, 4)))


@pytest.mark.parametrize(
    "line",
    [
        *("niet weg", "Niet weg!", "weg niet", "ik ga niet weg", "Ik ben toch niet weg", "weg afgezegd"),
        *(
            "blijf thuis",
            "We blijven thuis 😢",
            "ik vertrek niet",
            "vakantie gaat niet door",
            "geen vakantie",
        ),
        *("verlof ingetrokken", "mijn afwezigheid is geannuleerd", "ik ben er gewoon", "Wij gaan toch niet"),
        *("my holiday's off", "cancel my holidays"),
        *("not away", "I'm not leaving", "I'm staying home", "holiday cancelled", "not on holiday after all"),
        *("No vacation", "My holiday is off", "I won’t be away", "cancel my vacation", "we're not going"),
        *("ne pars pas", "Je ne pars pas", "je ne pars plus", "on ne part pas", "vacances annulées"),
        *("Finalement, je ne pars pas", "pas de vacances", "je ne suis finalement pas absente"),
        *("nicht weg", "Ich fahre doch nicht", "Urlaub abgesagt", "bleibe zu Hause", "kein Urlaub"),
        *("Ich bin doch nicht weg", "Der Urlaub fällt aus", "wir bleiben daheim"),
    ],
)
def test_called_off_plainly(line: str) -> None:
    """Whoever stays says so of themselves, or of the absence."""
    assert read(line) == Wish("off")


@pytest.mark.parametrize(
    "line",
    [
        *("annuleer", "afgezegd", "geannuleerd aub", "vlucht geannuleerd", "Onze reis gaat niet door"),
        *(
            "cancel",
            "cancelled",
            "call it off",
            "my flight is cancelled",
            "cancel my leave",
            "the trip fell through",
        ),
        *("annuler", "J'annule", "vol annulé", "notre voyage est annulé"),
        *("abgesagt", "storniert", "mein Flug ist gestrichen", "Reise abgesagt"),
        *("trein afgelast", "conferentie geannuleerd", "zeg mijn reis af", "geen reis"),
        *("trip is off", "The trip's off!", "our flight is off", "train cancelled", "no trip"),
        *("mon train est annulé", "annule mon voyage", "pas de voyage", "notre voyage tombe à l'eau"),
        *("Reise fällt aus", "Der Zug fällt aus", "sag die Reise ab", "keine Reise"),
    ],
)
def test_called_off_without_saying_what(line: str) -> None:
    """It may be another thing, or another flight, however it is said: it is repeated, and waits."""
    assert read(line) == Wish("off", is_inferred=True)


@pytest.mark.parametrize(
    "line",
    [
        *("niet weg 19/12-4/1", "weg 19/12-4/1 gaat niet door", "weg van 19 dec tot 4 jan afgezegd"),
        *(
            "not away 19 Dec - 4 Jan",
            "cancel 19/12-4/1",
            "annuler 19/12-4/1",
            "nicht weg vom 19.12. bis 4.1.",
        ),
    ],
)
def test_called_off_by_its_days(line: str) -> None:
    assert read(line) == Wish("off", *CHRISTMAS)


@pytest.mark.parametrize(
    "line", ["19/12 niet", "niet 19/12", "19 december niet", "not 19 Dec", "19.12. nicht", "niet op 19/12"]
)
def test_a_day_denied(line: str) -> None:
    """It says of that day alone that it is not so; all of the absence is asked for."""
    assert read(line) == Wish("off", Point(date(2026, 12, 19)), is_inferred=True)


@pytest.mark.parametrize(
    "line",
    [
        *("ik blijf", "Ik blijf!", "we blijven hier", "I am staying", "I'm staying", "I'll stay"),
        *("je reste", "on reste ici", "ich bleibe", "wir bleiben da"),
    ],
)
def test_whoever_stays_may_stay_away(line: str) -> None:
    """It is repeated, and waits; with a day it is an end of the absence, with other words neither."""
    assert read(line) == Wish("off", is_inferred=True)
    longer = read(f"{line.rstrip('!')} until 6 Jan")
    assert isinstance(longer, Wish)
    assert longer.kind == "until"
    assert find_wish(f"{line.rstrip('!')} bij Acme", NOW, BACKUPS).wish is None


@pytest.mark.parametrize("line", ["trip 19/12-4/1 is off", "Reise vom 19.12. bis 4.1. fällt aus"])
def test_a_trip_of_those_days_is_off(line: str) -> None:
    assert read(line) == Wish("off", *CHRISTMAS, is_inferred=True)


@pytest.mark.parametrize(
    "line", ["my plans: off 19/12-4/1", "Anna is off until Friday", "mon voyage 19/12-4/1"]
)
def test_off_is_away_where_no_trip_is_off(line: str) -> None:
    found = read(line) or find_wish(line, NOW, BACKUPS).wish
    assert found is not None
    assert found.kind in ("plan", "backup_away")


def test_a_flight_of_a_day() -> None:
    """It is cancelled, and perhaps there is another one."""
    assert read("vlucht van 19/12 geannuleerd") == Wish("off", Point(date(2026, 12, 19)), is_inferred=True)


def test_with_the_backup_as_it_was_planned() -> None:
    """The plan repeated, and that it does not take place: it waits, since a name is in it."""
    assert read("weg 19/12-4/1 anna gaat niet door") == Wish("off", *CHRISTMAS, is_inferred=True)


@pytest.mark.parametrize(
    "line",
    [
        *(
            "nog niet weg",
            "not away yet",
            "niet geannuleerd",
            "nog niet afgezegd",
            "je ne pars pas encore",
            "don't cancel",
            "noch nicht weg",
        ),
        *("annuleer 3", "annule 3-5", "cancel 3, 4", "3 niet", "3-5 niet", "niet 3", "vrijdag niet"),
        *("Anna heeft afgezegd", "anna niet", "niet anna", "niet", "not", "Anna is niet weg"),
        *(
            "Jan cancelled the order so nothing to do",
            "De afspraak met Jan is afgezegd",
            "Zij is niet weg, denk ik",
        ),
        *("niet weg?", "vlucht geannuleerd, terug op 6 januari", "plan"),
    ],
)
def test_something_else(line: str) -> None:
    """Of an item, of a colleague, or the contrary; also where it is all of a mail."""
    for found in (read(line), find_wish(line, NOW, BACKUPS).wish):
        assert found is None or found.kind != "off", found


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("weg 19/12-4/1 maar niet op maandag", "plan"),
        ("ik vertrek pas 20/12", "plan"),
        ("ik blijf tot 6/1", "until"),
    ],
)
def test_an_absence_all_the_same(line: str, kind: str) -> None:
    found = read(line)
    assert found is not None
    assert found.kind == kind


@pytest.mark.parametrize(
    "line",
    [
        "I am not there from 19/12 to 4/1",
        "ik ben toch niet aanwezig van 19/12 tot 4/1",
        "ik ben er niet van 19/12 tot 4/1",
        "ich bin doch nicht da vom 19.12. bis 4.1.",
        "je ne serai pas là du 19/12 au 4/1",
    ],
)
def test_not_there_is_away(line: str) -> None:
    """Whoever is not there is away; whoever is not away stays."""
    assert read(line) == Wish("plan", *CHRISTMAS)


def test_a_trial() -> None:
    assert read("geen proef") == Wish("trial_off")
    assert read("proef afgezegd") == Wish("trial_off")


@pytest.mark.parametrize(
    "line",
    [
        "Onze vlucht is geannuleerd door de staking, dus we blijven thuis met kerst",
        "Slecht nieuws, ik vertrek niet wegens ziekte van mijn moeder",
        "Sadly I'm not leaving because of the strike",
        "Mon vol est annulé à cause de la grève, je reste à la maison",
        "Leider wurde der Flug storniert, wir bleiben zu Hause",
    ],
)
def test_a_sentence_that_is_all_of_a_mail(line: str) -> None:
    """Words that are not understood may stand in it: it is repeated, and waits. Beside others it is none."""
    assert find_wish(f"{line}\n\nSofie", NOW, BACKUPS, ["Sofie Janssens"]).wish == Wish(
        "off", is_inferred=True
    )
    beside = find_wish(f"3 anna\n{line}", NOW, BACKUPS).wish
    assert beside is None


def test_two_lines_that_say_the_same() -> None:
    """The plainer one counts; two that say different things are in doubt."""
    assert find_wish("De vlucht is geannuleerd.\nNiet weg dus!\n", NOW, BACKUPS).wish in (
        Wish("off"),
        Wish("off", is_inferred=True),
    )
    assert find_wish("vlucht geannuleerd\nniet weg", NOW, BACKUPS).wish == Wish("off")
    both = find_wish("niet weg\npauze", NOW, BACKUPS).wish
    assert isinstance(both, Doubt)
    assert both.why is Unclear.ALONE
