"""Lines about the absence as owners type them on a phone, most written before the grammar was looked at.

Each stands with what is right: what is understood ("plan 19/12 4/1 anna", the second day is the first one
back; "now" is the moment of writing), "asked" (nothing changes, the owner is asked), or "else" (it is about
something else).
"""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from delegator.core.commands.wish import Doubt
from delegator.core.commands.wish_mail import find_wish
from delegator.core.people import Backup

BRUSSELS = ZoneInfo("Europe/Brussels")
NOW = datetime(2026, 12, 2, 11, 0, tzinfo=UTC)
"""A Wednesday, noon in Brussels."""
BACKUPS = {
    key: Backup(key, name, f"{key}@voorbeeld.example", (), (), "nl", "both")
    for key, name in (("anna", "Anna Peeters"), ("bram", "Bram Maes"))
}

FIRST = """
Ik ben van 19/12 tot 4/1 weg | plan 19/12 4/1
weg voor 2 weken | plan now 16/12
afwezig vanaf maandag | asked
Ik ga 19 december op vakantie en ben 4 januari terug | plan 19/12 4/1
verlof van ma 21/12 t.e.m. vr 1/1 | plan 21/12 2/1
met vakantie 21 t/m 25 december, anna neemt over | plan 21/12 26/12 anna
vanaf morgen weg tot volgende week woensdag | plan 3/12 9/12
ben tot en met vrijdag ziek thuis | plan now 5/12
Ik kom pas 6/1 terug | until 6/1
vlucht geannuleerd, terug op 6 januari ipv 4 | asked
ik ben er weer | back
weg volgende week | plan 7/12 14/12
Heel volgende week afwezig | plan 7/12 14/12
weg van vrijdag 18/12 17u tot maandag 4/1 9u | plan 18/12T17:00 4/1T09:00
stop even met doorsturen | pause
je mag weer doorsturen | resume
Anna is ziek tot vrijdag | backup_away now 4/12 anna
bram is er niet van 21/12 tot 24/12 | backup_away 21/12 24/12 bram
weg 12/19-1/4 | asked
weg 19/12-4/1 anna en bram | asked
Ik ben weg van dat idee! | else
Wacht tot maandag met die offerte | else
ik kom maandag terug op die vraag | else
I'm away from 19 Dec to 4 Jan | plan 19/12 4/1
away for two weeks from 19 Dec | plan 19/12 2/1
On holiday Dec 19 - Jan 4, Anna covers | plan 19/12 4/1 anna
OOO 12/21 until 12/24 | plan 21/12 24/12
out of office next week | plan 7/12 14/12
Off tomorrow | plan 3/12 4/12
I'll be out Friday afternoon | asked
back Jan 6 instead | until 6/1
flight cancelled, home on the 6th | asked
I'm back! | back
back in the office tomorrow | until 3/12
please stop forwarding for now | pause
start forwarding again | resume
Anna's off sick until Friday | backup_away now 4/12 anna
Bram is back | backup_back bram
away 2026-12-19..2027-01-04 | plan 19/12 4/1
2026-12-19..2027-01-04 | plan 19/12 4/1
away from the 19th to the 4th | plan 19/12 4/1
Extending to Jan 10 | until 10/1
timezone is Bangkok | zone Bangkok
away Friday to Sunday | plan 4/12 6/12
I'll be back to you by Monday about the quote | else
give him until Friday | else
je pars du 19 décembre au 4 janvier | plan 19/12 4/1
Je serai absente du 19/12 au 4/1 inclus | plan 19/12 5/1
en vacances pendant 2 semaines à partir du 21 décembre | plan 21/12 4/1
congé du lundi 21 au vendredi 25 décembre, c'est Bram qui me remplace | plan 21/12 25/12 bram
Je suis en congé la semaine prochaine | plan 7/12 14/12
absent demain | plan 3/12 4/12
je rentre le 6 janvier | until 6/1
de retour le 6/1 au lieu du 4/1 | until 6/1
je suis rentrée | back
Me revoilà | back
arrête de transférer | pause
on reprend | resume
Anna est malade jusqu'à vendredi | backup_away now 4/12 anna
Anna est en congé du 21 au 24 décembre | backup_away 21/12 24/12 anna
prolonge jusqu'au 10 janvier | until 10/1
absence à partir de lundi | asked
du 19 déc. au 4 janv. | plan 19/12 4/1
fuseau horaire : Bangkok | zone Bangkok
je pars du principe que c'est bon | else
attendez jusqu'à lundi pour ce devis | else
je reviens vers vous lundi | else
Ich bin vom 19.12. bis 4.1. weg | plan 19/12 4/1
Bin ab Montag zwei Wochen im Urlaub | plan 7/12 21/12
Urlaub 21.12.–31.12., Anna vertritt mich | plan 21/12 31/12 anna
bin vom 21. bis 24. Dezember nicht da | plan 21/12 24/12
abwesend bis einschließlich 6.1. | plan now 7/1
nächste Woche frei | plan 7/12 14/12
morgen nicht im Büro | plan 3/12 4/12
komme erst am 6. Januar zurück | until 6/1
Bin wieder da | back
bin zurück aus dem Urlaub | back
bitte nichts mehr weiterleiten | pause
weiter gehts | resume
Anna ist bis Freitag krank | backup_away now 4/12 anna
Bram ist wieder da | backup_back bram
verlängern bis 10.1. | until 10/1
ab Montag weg | asked
Zeitzone Bangkok | zone Bangkok
Urlaub vom 19.12.2026 bis zum 04.01.2027 | plan 19/12 4/1
Das hat Zeit bis Montag | else
Ich komme am Montag darauf zurück | else
weg damit | else
"""

SECOND = """
Ik vertrek zaterdag 19 december en ben terug op maandag 4 januari | plan 19/12 4/1
3 weken met verlof vanaf maandag 21/12 | plan 21/12 11/1
weg van 19 dec t/m 3 jan anna | plan 19/12 4/1 anna
weg van 19 dec t.e.m. 3 jan anna | plan 19/12 4/1 anna
ben de hele week ziek | plan now 7/12
Dit weekend weg | plan 5/12 7/12
Anna springt in, ik ben weg van 21/12 tot 31/12 | plan 21/12 31/12 anna
weg vrijdagnamiddag | asked
ik ben vrijdag weg | plan 4/12 5/12
Vlucht heeft vertraging, ik ben pas woensdag 6/1 terug | asked
Ik blijf langer, tot 10 januari | until 10/1
ik ben vroeger terug: zaterdag 2/1 | asked
weg volgende vrijdag | asked
doorsturen mag weer | resume
Bram is op 22 december afwezig | backup_away 22/12 23/12 bram
Kan je bestelling 3-5 weg doen | else
nog een dagje langer weg | asked
I leave on Saturday 19 December and I'm back on January 4 | plan 19/12 4/1
vacation 12/19 - 1/3 | asked
gone for 10 days starting Monday | plan 7/12 17/12
Away until further notice | else
On PTO Dec 21st through Dec 31st, Bram is my backup | plan 21/12 1/1 bram
I'll be back on Monday | until 7/12
I'm out sick today | plan now 3/12
away next Friday | asked
going on holiday in two weeks | asked
Anna is on leave 21-24 Dec | backup_away 21/12 24/12 anna
no longer going, cancel it | else
I'm staying until 10 January | until 10/1
Can you ask Anna when she is back? | else
absente du lundi 21 décembre au dimanche 3 janvier compris | plan 21/12 4/1
Je suis malade aujourd'hui | plan now 3/12
je prends congé vendredi | plan 4/12 5/12
je reste jusqu'au 10/1 | until 10/1
je ne pars pas le 19/12 | off 19/12 20/12
Retour le 6 janvier au lieu du 4 | until 6/1
en congé 3 jours à partir de mercredi prochain | plan 9/12 12/12
Bram me remplace du 19/12 au 4/1 | plan 19/12 4/1 bram
Chloé sera absente lundi | else
je suis absente vendredi après-midi | asked
Ich habe vom 21.12. bis zum 3.1. Urlaub | plan 21/12 3/1
Zwei Wochen Urlaub ab dem 21.12. | plan 21/12 4/1
bin heute krank | plan now 3/12
am Freitag nicht im Haus | plan 4/12 5/12
Rückflug fällt aus, bin erst am 6. Januar zurück | asked
ich bleibe bis zum 10.1. | until 10/1
in zwei Wochen zurück | until 16/12
Ich fahre nicht weg vom 19.12. bis 4.1. | off 19/12 4/1
Anna und Bram sind vom 21. bis 24.12. weg | asked
vom 19. bis 4. weg | plan 19/12 4/1
Urlaub nächsten Freitag bis Sonntag | asked
Bitte leite ab morgen alles an Anna weiter | else
"""

THIRD = """
3 - 5, weg | else
weg van donderdag tot vrijdag volgende week | plan 10/12 11/12
Anna, ik ben weg van 19/12 tot 4/1 | plan 19/12 4/1 anna
ziek sinds 2 dagen | else
weg van 19/12 tot 24/12, 3 weken | asked
weg 19/12-4/1, anna is weg | asked
ik kom vandaag terug | asked
I am back today | back
weg tot en met het weekend | plan now 7/12
weg tot en met volgende week | plan now 14/12
weg tot volgende week | plan now 7/12
weg vrij 18/12 | plan 18/12 19/12
vrij van 19/12 tot 4/1 | plan 19/12 4/1
"""

FOURTH = """
ik zal er niet zijn van 21 tot 25 december | plan 21/12 25/12
Vakantie: 19/12/2026 - 04/01/2027 | plan 19/12 4/1
ben weg vanaf nu tot maandag | plan now 7/12
Anna heeft verlof volgende week | backup_away 7/12 14/12 anna
maak er 8/1 van | else
ik kom een dag later terug | else
zaterdag ben ik terug | until 5/12
pauzeer alles | pause
Niet meer doorsturen aub | pause
anna terug vrijdag | backup_away now 4/12 anna
weg 19/12 tot 4/1, Bram neemt over en anna niet | asked
weg 19.12 tot 4.1 | plan 19/12 4/1
We zijn op reis van 19 december tot en met 3 januari | plan 19/12 4/1
I will be on vacation from December 19th through January 3rd | plan 19/12 4/1
Out 12/19 - 12/31, anna | plan 19/12 31/12 anna
I'm not back until Jan 6 | asked
away all next week | plan 7/12 14/12
back on the 6th of January | until 6/1
I'm taking Friday off | plan 4/12 5/12
On leave 2 weeks starting 21 December | plan 21/12 4/1
Please resume forwarding | resume
my time zone is Asia/Bangkok | zone Asia/Bangkok
Anna is out next Monday | backup_away 7/12 8/12 anna
extend by 2 days | asked
Je prends 10 jours à partir du 21/12 | plan 21/12 31/12
Absente cette semaine | plan now 7/12
de retour lundi | until 7/12
je reviens le 6 | else
Vacances du 19 au 26 décembre inclus | plan 19/12 27/12
Bram est de retour | backup_back bram
ne transfère plus rien pour le moment | pause
tu peux reprendre | resume
je serai absent à partir de vendredi jusqu'à mardi | plan 4/12 8/12
Bin von Freitag bis Dienstag weg | plan 4/12 8/12
Ich habe ab 21.12. für zwei Wochen Urlaub | plan 21/12 4/1
Mein Urlaub: 21.12. - 3.1. | plan 21/12 3/1
Ab morgen bis 10.12. krank | plan 3/12 10/12
Ich bin ab Montag wieder da | until 7/12
Bin erst am Mittwoch zurück | asked
Bram kommt am 7.12. zurück | backup_away now 7/12 bram
Pause bitte | pause
weg 19/12-4/1 en niet op 24/12 | asked
ik ben niet weg van 19/12 tot 4/1 | off 19/12 4/1
I'm not away from 19 Dec to 4 Jan | off 19/12 4/1
niet terug op 6/1 | asked
je ne suis pas absente du 19/12 au 4/1 | off 19/12 4/1
nicht weg vom 19.12. bis 4.1. | off 19/12 4/1
terug op 6/1 in plaats van 4/1 | until 6/1
"""

FIFTH = """
Niet weg 😭✈️❌ | off
NIET WEG!!! | off
Zeg mijn afwezigheid af | off
Wij gaan niet meer weg | off
ik neem geen verlof meer | off
kerstvakantie gaat niet door | off
Gelieve mijn afwezigheid te annuleren | off
volgende week toch niet weg | off 7/12 14/12
mijn verlof van 19/12 tot 4/1 is geannuleerd | off 19/12 4/1
We’re not going away anymore | off
Holiday’s cancelled 😢 | off
forget about my absence | off
I’ll be in the office after all | off
change of plans: I'm staying home | off
Je ne prends pas congé | off
J'ai annulé mon congé | off
Mes congés sont annulés | off
Annulez mon absence svp | off
Sag meine Abwesenheit ab | off
Ich nehme doch keinen Urlaub | off
Abwesenheit löschen | off
Ben weg vanaf zaterdag de 19de tot maandag 4 jan | plan 19/12 4/1
vom 19. bis 4. Januar weg | plan 19/12 4/1
weg 19-4 januari | plan 19/12 4/1
away 19th to 4th January | plan 19/12 4/1
weg 31 tot 4 december | asked
weg 19/12-4/1 zonder anna | asked
weg 19/12-4/1 anna niet bram | asked
Pauze a.u.b. | pause
Anna zit in verlof t/m 11/12 | backup_away now 12/12 anna
wij blijven langer, tot 6/1 | until 6/1
i m back | back
mijn tijdzone is nu Bangkok | zone Bangkok
Nog niet weg | else
Anna is niet weg | else
Terug! | back
"""


def _cases(table: str) -> list[tuple[str, str]]:
    rows = (row.split(" | ") for row in table.splitlines() if row)
    return [(line, right) for line, right in rows]


def _moment(at: datetime) -> str:
    if at == NOW:
        return "now"
    local = at.astimezone(BRUSSELS)
    return f"{local.day}/{local.month}" + (f"T{local:%H:%M}" if (local.hour, local.minute) != (0, 0) else "")


def _understood(line: str, *people: str) -> str:
    wish = find_wish(line, NOW.astimezone(BRUSSELS), BACKUPS, people).wish
    if wish is None:
        return "else"
    if isinstance(wish, Doubt):
        return "asked"
    said: list[str] = [wish.kind]
    window = wish.window(BRUSSELS, NOW)
    if window is not None:
        one_moment = wish.kind in ("until", "back", "backup_back")
        said += [
            _moment(at) for at in ((window.until_at,) if one_moment else (window.from_at, window.until_at))
        ]
    return " ".join([*said, *filter(None, (wish.backup, wish.zone))])


@pytest.mark.parametrize(("line", "right"), _cases(FIRST + SECOND + THIRD + FOURTH + FIFTH))
def test_a_line_typed_on_a_phone_is_understood_or_asked(line: str, right: str) -> None:
    """What is written so means this, is asked, or is about something else."""
    assert _understood(line) == right


WITH_FAREWELL = """\
Ik ben terug. Groeten, Sofie | back
Niet weg, groetjes | off
pauze. Mvg Sofie | pause
Pauze, tot ziens | pause
I'm back! Thanks, Sofie | back
Je ne pars pas. Cordialement, Sofie | off
Bin zurück. Viele Grüße, Sofie | back
Weg 19/12-4/1. Groeten, Sofie | plan 19/12 4/1
Weg 19/12-4/1, Anna. Groeten | plan 19/12 4/1 anna
pauze, tot morgen | asked
Niet weg! Tot morgen, Sofie | off now 3/12
On hold until Monday. Thanks, Sofie | asked
weg 3-5, groeten | asked
Niet weg, Anna | else
niet weg. Anna is wel weg | else
Ik ben terug. Bedankt, wacht nog | else
Ik ben terug. Groeten, Sofie. Bel me | else
ok. Groeten, Sofie | else
"""


@pytest.mark.parametrize(("line", "right"), _cases(WITH_FAREWELL))
def test_a_farewell_on_the_same_line_says_nothing(line: str, right: str) -> None:
    """Whoever types with a thumb presses no key for a new line. Where it may say when, it is asked."""
    assert _understood(line, "Sofie Janssens") == right
