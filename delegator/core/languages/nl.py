"""Dutch. The words of one language stand in one file, so that a translator has one to look at."""

from __future__ import annotations

from .table import LanguageTable, MailWords, phrases

TABLE = LanguageTable(
    forward=phrases("doorsturen, doorstuur, stuur, stuur door, naar, geef, geven, geef door, doorgeven"),
    forward_ends=phrases("door, doorsturen, doorgeven, rechtstreeks"),
    to_do=phrases(
        "taak, taken, to-do, op mijn lijst, op mijn lijstje, op mn lijst, op mn lijstje, op de lijst, "
        "takenlijst, op de takenlijst, op mijn takenlijst, op mijn to-dolijst"
    ),
    done=phrases(
        "klaar, gedaan, ok-weg, afgehandeld, mag weg, weg, kan weg, mogen weg, weg ermee, archiveer, "
        "archiveren"
    ),
    later=phrases(
        "later, straks, kan wachten, kunnen wachten, als ik terug ben, na mijn verlof, na mijn "
        "vakantie, voor als ik terug ben, voor na mijn verlof, tot ik terug ben"
    ),
    undo=phrases("ongedaan, ongedaan maken, herstel, terug"),
    whole=phrases("hele mail, lees, toon"),
    ok=phrases(
        "ok, oké, okay, okee, akkoord, zoals voorgesteld, zoals je voorstelt, zoals jij voorstelt, ja "
        "op alles, doe alles maar"
    ),
    the_list=phrases(
        "lijst, de lijst, takenlijst, de takenlijst, mijn takenlijst, to-dolijst, to-do-lijst, "
        "stuur de lijst, stuur me de lijst, stuur lijst, vluchtlijst, alles in één lijst"
    ),
    the_rest=phrases("rest, de rest, restant, alle andere, alle-andere, de andere, het andere"),
    everything=phrases("alles, alle, allemaal"),
    both=phrases("allebei, beide, alle twee, beiden"),
    unless=phrases("behalve, uitgezonderd, zonder"),
    negation=phrases("niet, nog niet, niet doen"),
    conjunctions=phrases("en, n"),
    contrast=phrases("maar, alleen"),
    towards=phrases("naar, aan, voor"),
    until=phrases("tot, t/m, tot en met, tem, t.e.m., t.e.m, tot aan, tot uiterlijk"),
    articles=phrases("de, het, een, nummer, nr, die, dat, nummers"),
    answered=phrases(
        "beantwoord, geantwoord, al beantwoord, al geantwoord, is beantwoord, is al beantwoord, zijn "
        "beantwoord, zijn al beantwoord, ik heb geantwoord, ik heb al geantwoord, ik heb hem "
        "geantwoord, ik heb haar geantwoord, ik heb ze beantwoord, ik heb het beantwoord, ik heb hem al "
        "geantwoord, heb geantwoord, heb al geantwoord, gebeld, al gebeld, ik heb gebeld, ik heb al "
        "gebeld, heb gebeld, heb al gebeld, ik heb hem gebeld, ik heb haar gebeld, ik heb ze gebeld, ik "
        "heb hem al gebeld, ik heb haar al gebeld, heb hem gebeld, heb haar gebeld, heb ze gebeld, hem "
        "gebeld, haar gebeld, ik belde hem, ik belde haar, ik heb hem gesproken, ik heb haar gesproken, "
        "gemaild, al gemaild, ik heb hem gemaild, ik heb haar gemaild, teruggebeld, ik heb teruggebeld, "
        "ik heb hem teruggebeld, ik heb haar teruggebeld, ik heb gereageerd, gereageerd, afgehandeld, "
        "is afgehandeld, al afgehandeld, zijn afgehandeld, gedaan, al gedaan, is gedaan, geregeld, is "
        "geregeld, al geregeld, alles geregeld, alles is geregeld, in orde gebracht, is in orde "
        "gebracht, opgelost, is opgelost, al opgelost, klaar, is klaar, al klaar, dit is klaar, "
        "beantwoord of gebeld, ik heb geschreven, heb geschreven, geschreven, ik heb gesproken, heb "
        "gesproken, gesproken, ik heb gemaild, heb gemaild, ik heb teruggemaild, teruggemaild, ik heb "
        "beantwoord, heb beantwoord, ik heb ze alle twee beantwoord, heb teruggebeld, ik heb "
        "gecontacteerd, gecontacteerd, ik heb een antwoord gestuurd, antwoord gestuurd, antwoord is "
        "verstuurd, in orde gemaakt, gebeurd, is gebeurd, of gebeld, heb ik gebeld, heb ik beantwoord, "
        "heb ik gedaan, heb ik geregeld"
    ),
    later_today=phrases(
        "later, later vandaag, straks, vandaag nog, nog vandaag, vanmiddag, vanavond, deze namiddag, "
        "deze middag, doe ik straks, ik doe het straks, ik doe het vandaag nog, doe ik vandaag, doe ik "
        "vandaag nog, ik antwoord straks, ik antwoord vandaag nog, ik antwoord later vandaag, ik bel "
        "straks, ik bel hem straks, ik bel haar straks, ik kijk er straks naar, ik kijk straks, ik "
        "antwoord vanmiddag, ik bel vanmiddag, komt er vandaag nog, na de middag, straks na de "
        "vergadering, ik bel zo, ik bel zo terug, ik bel straks terug, ik doe het zo, doe ik zo meteen, "
        "zo meteen, ik kijk er vandaag nog naar, ik kijk er vanmiddag naar, ik ga bellen, ik bel terug, "
        "ik doe het nu, doe ik nu, doe ik meteen, ik doe het meteen, kijk ik straks na, ik kijk straks "
        "na, kijk ik vanmiddag na, ik antwoord nu, ik bel nu, ik begin eraan, ben ermee bezig, ik ben "
        "ermee bezig, zal er straks naar kijken, ik zal er straks naar kijken, kijk er straks naar, zal "
        "er vanmiddag naar kijken, ik zal er vandaag naar kijken, dadelijk, deze avond, seffens, pak ik "
        "straks op, pak ik vanmiddag op, neem ik straks op, pak ik vandaag op"
    ),
    not_me=phrases(
        "niet ik, ik niet, niet voor mij, dit is niet voor mij, dat is niet voor mij, niets voor mij, "
        "niet mijn klant, niet mijn dossier, dit is niet mijn dossier, vraag iemand anders, vraag het "
        "aan iemand anders, iemand anders graag, ik kan dit niet doen, ik kan dit niet, hier kan ik "
        "niet bij helpen, daar kan ik niet bij helpen, ik weet hier niets van, dat is niet mijn klant, "
        "dit is niet mijn klant, dat is niet mijn dossier, niet voor mij bestemd, dit is niets voor "
        "mij, dat is niets voor mij, dat is mijn klant niet, daar ga ik niet over, daar weet ik niets "
        "van, daar weet ik niks van, niet de mijne, is niet de mijne"
    ),
    rather_not=phrases(
        "liever niet, nee, neen, nee sorry, nee dank je, nee bedankt, lukt niet, dat lukt niet, dat "
        "lukt me niet, dat lukt mij niet, het lukt niet, het lukt me niet, dat gaat niet, gaat niet, "
        "dat gaat niet lukken, gaat niet lukken, dat zal niet lukken, zal niet lukken, kan niet, dat "
        "kan niet, dat kan ik niet, ik kan niet, ik kan dan niet, past niet, dat past niet, dat past me "
        "niet, dat komt niet uit, komt niet uit, komt mij niet uit, niet mogelijk, helaas niet, jammer "
        "genoeg niet, ik zie het niet zitten, dit keer niet, deze keer niet, dat gaat me niet lukken, "
        "dat lukt deze keer niet, ik kan niet invallen, ik kan het niet doen, gaat mij niet lukken, "
        "gaat me niet lukken, zal mij niet lukken, zal me niet lukken, ik zie dat niet zitten, ik heb "
        "geen tijd, geen tijd"
    ),
    there=phrases(
        "ok, oke, okay, ok voor mij, oke voor mij, ik ben er, ben er, ik ben er de hele tijd, ik ben "
        "aanwezig, ja, jazeker, jep, yep, ja hoor, ja ik ben er, ja graag, ja dat is goed, ja is goed, "
        "ja prima, ja ok, prima, prima voor mij, is goed, dat is goed, goed, goed voor mij, komt goed, "
        "dat komt goed, komt in orde, dat komt in orde, komt voor elkaar, komt voor de bakker, in orde, "
        "in orde voor mij, doe ik, dat doe ik, ik doe het, zal ik doen, dat zal ik doen, doen we, ik "
        "neem het over, ik neem over, ik neem het wel over, ik hou het in het oog, ik houd het in de "
        "gaten, ik hou een oogje in het zeil, geen probleem, geen enkel probleem, zeker geen probleem, "
        "geen enkel probleem voor mij, natuurlijk, uiteraard, zeker, vanzelfsprekend, met plezier, "
        "graag gedaan, graag, begrepen, genoteerd, top, super, lukt, dat lukt, dat lukt wel, dat past, "
        "past voor mij, je kan op me rekenen, je kunt op me rekenen, reken op mij, daar zorg ik voor, "
        "ik zorg ervoor, ik regel het, akkoord, tuurlijk, ja tuurlijk, no prob, geen prob, no problem, "
        "daar kan je op rekenen, daar kun je op rekenen, daar mag je op rekenen, je mag op me rekenen, "
        "ja ik ben er de hele tijd, goed ontvangen, zeker en vast, jawel, yes, ja natuurlijk, ja zeker, "
        "allemaal in orde, geen punt, het is goed, okido, oki, okidoki, is ok, is oke, is prima, "
        "helemaal goed, komt dik in orde, doe ik graag, doe ik met plezier, geen zorgen, allez ok dan, "
        "allez ok, ok dan"
    ),
    away=phrases(
        "niet, weg, afwezig, verlof, vakantie, behalve, met verlof, op vakantie, buiten kantoor, vrij, thuis"
    ),
    greetings=phrases(
        "dag, hallo, hoi, hey, hi, beste, liefste, lieve, goedemorgen, goedemiddag, goedenavond, "
        "goedendag, goeiemorgen, goeiemiddag, goeienavond, goede morgen, goede middag, goede avond, ha"
    ),
    thanks=phrases(
        "bedankt, dank je, dank je wel, dankjewel, dank u, dank u wel, dank, hartelijk dank, "
        "alvast bedankt, alvast dank, heel erg bedankt, dankuwel"
    ),
    sign_offs=phrases(
        "groeten, groet, groetjes, gr, grt, grtn, mvg, m.v.g, met vriendelijke groet, "
        "met vriendelijke groeten, vriendelijke groeten, vriendelijke groet, beste groeten, "
        "hartelijke groet, hartelijke groeten, warme groeten, zonnige groeten, lieve groeten, liefs, "
        "tot straks, tot morgen, tot binnenkort, tot dan, tot later, tot ziens, tot na de vakantie, "
        "tot in januari"
    ),
    wishes=phrases(
        "geniet ervan, geniet er van, geniet, geniet van je vakantie, geniet van je verlof, veel "
        "plezier, prettige vakantie, fijne vakantie, goede vakantie, mooie vakantie, prettig verlof, "
        "fijn verlof, goed verlof, leuke vakantie, goede reis, goeie reis, fijne dagen, prettige dagen, "
        "prettige feestdagen, fijne feestdagen, rust goed uit, rust maar uit, laat het werk los, fijne "
        "dag, prettige dag, fijn weekend, prettig weekend, goed weekend, maak je geen zorgen, geen "
        "zorgen, ga maar, ga gerust, succes, en geniet, zonder zorgen, vrolijk kerstfeest, zalig "
        "kerstfeest, gelukkig nieuwjaar, prettige kerst, fijne kerst, plezier, geniet van, bon voyage, "
        "goe vakantie, amuseer u, amuseer je, profiteer ervan, veel zon, maak er iets moois van, maak "
        "er wat moois van"
    ),
    courtesies=phrases(
        "sorry, helaas, jammer genoeg, hoor, graag, aub, alsjeblieft, alstublieft, trouwens, allemaal, "
        "iedereen, nog, alvast, veel, heel, erg, en, maar, wel, zeg, uit, vanuit, vanop, x, xx, xxx, "
        "maar ja, euh, oei, ai, tja, amai, hmm, mijn fout, vergeten, helemaal vergeten, was vergeten, "
        "uit het oog verloren, zenne, ze, eh, he, hé, haha, lol"
    ),
    small_words=phrases(
        "hem, haar, ze, hen, hun, het, al, reeds, gisteren, vanmorgen, vanochtend, deze morgen, "
        "daarnet, daarstraks, zonet, net, intussen, ondertussen, inmiddels, even, eens, gewoon, toch, "
        "wel, hoor, zelf, ook, telefonisch, per mail, helaas, jammer genoeg, spijtig genoeg, voor jou, "
        "voor je, voor u, vr u, vr jou, gisteravond, gisterenavond, gisterenmiddag, gistermiddag, deze "
        "ochtend, vannacht, eergisteren"
    ),
    ask_somebody=phrases(
        "vraag het aan, vraag het eens aan, vraag het maar aan, vraag maar aan, vraag aan, vraag, bel, "
        "vraag het, dat is iets voor, is iets voor, das iets voor, dat is voor, das voor"
    ),
    complaints=phrases(
        "klacht, klachten, klagen, beklag, ontevreden, teleurgesteld, teleurstellend, ontgoocheld, "
        "onaanvaardbaar, ontoelaatbaar, schandalig, belachelijk, beschadigd, defect, kapot, stuk, "
        "gebroken, werkt niet, werken niet, werkt nog steeds niet, nog steeds niet geleverd, nog steeds "
        "niet opgelost, niet geleverd, nog niet ontvangen, verkeerd geleverd, foutief geleverd, te laat "
        "geleverd, klopt niet, kloppen niet, niet correct, ingebreke, ingebrekestelling, "
        "schadevergoeding, aangetekend, derde herinnering, laatste aanmaning, geen antwoord gekregen, "
        "nog geen antwoord gekregen, niets meer gehoord, nog altijd niets ontvangen, niets gehoord, "
        "al drie keer, al twee keer, "
        "derde keer, tweede keer, nu al weken, dringend in orde"
    ),
    confidential=phrases(
        "loonbrief, loonfiche, loonstrook*, salaris*, loonsverhoging, opslaggesprek, ontslag, "
        "evaluatiegesprek, functioneringsgesprek, ziekmelding, ziektebriefje, ziekteverlof, doktersattest, "
        "dokter, huisarts, ziekenhuis, vakbond*, personeelsdienst, personeelszaken, advocaat, advocaten, "
        "echtscheiding"
    ),
    weekdays=(
        phrases("maandag, ma"),
        phrases("dinsdag, di, din"),
        phrases("woensdag, wo, woe"),
        phrases("donderdag, do, don"),
        phrases("vrijdag, vr, vrij, vrijd"),
        phrases("zaterdag, za, zat"),
        phrases("zondag, zo, zon"),
    ),
    months=(
        phrases("januari, jan"),
        phrases("februari, feb, febr"),
        phrases("maart, mrt"),
        phrases("april, apr"),
        phrases("mei"),
        phrases("juni, jun"),
        phrases("juli, jul"),
        phrases("augustus, aug"),
        phrases("september, sep, sept"),
        phrases("oktober, okt"),
        phrases("november, nov"),
        phrases("december, dec"),
    ),
    day_words=phrases(
        "van, vanaf, op, tussen, en, ook, er, met, in, ja, ok, oke, maar, sorry, helaas, ben, ik ben, ben "
        "ik, kan, ik kan, kan ik, dan, dan ben ik, dan kan ik, zal ik, zijn, heb ik, neem ik, wel, "
        "inbegrepen, incl, de hele dag, hele dag, heel de dag, die dag, dag, graag, de rest wel, verder "
        "wel, voor de rest, voor de rest ok, voor de rest wel, de rest is ok, de andere dagen wel, zelf, "
        "verder geen probleem, anders geen probleem, ik heb, ik neem, daarna, daarna ok, daarna wel, daarna "
        "graag, daarna geen probleem, daarna weer ok, nadien ok, nadien wel, erna wel, verder ok, verder "
        "graag, anders ok, anders wel, voor de rest geen probleem, de rest is goed"
    ),
    absent=phrases(
        "weg, ik ben weg, ben weg, ik ga weg, afwezig, ik ben afwezig, met verlof, ik ben met verlof, "
        "verlof, op vakantie, ik ben op vakantie, met vakantie, vakantie, op reis, ziek, ik ben ziek, "
        "er niet, is er niet, ik ben vrij, ben vrij, neem vrij, vrij, vrijaf, congé, niet aanwezig, "
        "niet bereikbaar, onbereikbaar, buiten kantoor, niet op kantoor, niet op het werk, ziek "
        "thuis, thuis ziek, vertrek, ik vertrek, afwezigheid, mijn afwezigheid, verlof genomen, out "
        "of office, ooo, naar het buitenland, op zakenreis"
    ),
    trial=phrases("proef, op proef, proefdraaien, proefdag, draai proef, schaduw"),
    is_back=phrases(
        "ik ben terug, ben terug, ik ben weer terug, ik ben er weer, weer terug, ben er weer, ik ben "
        "terug thuis, is terug, is weer terug, is er weer, weer beschikbaar, terug van vakantie, ik "
        "ben terug van vakantie, terug uit vakantie, terug uit verlof, terug van verlof, ik ben terug "
        "uit verlof, ben terug van vakantie, ben terug uit verlof, ik ben thuis, ben weer thuis, ik "
        "ben weer thuis, terug aan het werk, ik ben terug aan het werk, weer aan het werk, ik ben "
        "weer aan het werk, terug op kantoor, ik ben terug op kantoor, terug in het land, ik ben "
        "terug in het land"
    ),
    exclaimed=phrases("terug, weer terug, terug thuis, thuis, weer thuis"),
    pause=phrases(
        "pauze, pauzeer, pauzeren, even pauze, wacht even, stop, stop even, stop met doorsturen, "
        "niets meer doorsturen, stop even met doorsturen, even niets doorsturen, niets doorsturen, "
        "even niet doorsturen, niet meer doorsturen, doorsturen stoppen, stuur niets meer door, stuur "
        "even niets door, stuur voorlopig niets door, stuur niets door, stop het doorsturen, "
        "voorlopig niets doorsturen, voorlopig niet doorsturen, zet op pauze, op pauze, zet het op "
        "pauze, even stoppen, pauzeer alles, alles pauzeren, alles op pauze, alles even stoppen"
    ),
    resume=phrases(
        "verder, ga verder, ga maar verder, hervat, hervatten, doorgaan, ga door, stuur weer door, je "
        "mag weer doorsturen, mag weer doorsturen, weer doorsturen, doorsturen mag weer, doorsturen "
        "hervatten, hervat doorsturen, stuur maar weer door, stuur terug door, begin weer door te "
        "sturen, doe maar weer verder, we gaan verder, je mag verder, je mag verder gaan, je mag weer "
        "verder, mag weer verder, ga weer door, start weer, herstart, graag weer doorsturen, "
        "doorsturen graag hervatten"
    ),
    time_zone=phrases(
        "tijdzone, mijn tijdzone is, mijn tijdzone, ik zit in tijdzone, tijdzone is, de tijdzone is, zet "
        "de tijdzone op, tijdzone naar, verander tijdzone naar, zet tijdzone op, tijdzone van, tijdzone is "
        "nu, tijdzone wordt, tijdzone in, tijd zone, tijd-zone, tijdszone, tz, tz is, mijn tz is, zet tz "
        "op, ik zit in de tijdzone van, ik ben in tijdzone, nieuwe tijdzone, mijn tijdzone is nu, tijdzone "
        "nu, mijn tijdzone wordt"
    ),
    again=phrases("opnieuw, weer, nog eens, volgende keer, de volgende keer, mijn volgende vakantie"),
    yes=phrases(
        "ja, jawel, jazeker, ja zeker, ja hoor, ja graag, graag, zeker, zeker weten, absoluut, "
        "natuurlijk, tuurlijk"
    ),
    no=phrases(
        "nee, neen, nee hoor, nog niet, voorlopig niet, nu niet, geen idee, weet ik nog niet, "
        "nee nog niet, liever niet"
    ),
    through=phrases("t/m, tot en met, tem, tot & met, t.e.m., t.e.m, t/m en met, tot/met"),
    included=phrases("inbegrepen, inclusief, incl, ingesloten, die dag inbegrepen, meegerekend"),
    since=phrases("vanaf, van, sinds, sedert, vanaf nu, start, te beginnen op, met ingang van"),
    today=phrases("vandaag, nu, meteen, per direct, vanaf vandaag, heden"),
    tomorrow=phrases("morgen"),
    after_tomorrow=phrases("overmorgen"),
    o_clock=phrases("u, uur"),
    at_hour=phrases("om, rond"),
    back_on=phrases(
        "terug, thuis, weer thuis, ik kom terug, kom terug, ik keer terug, ik ben thuis, weer aan het "
        "werk, weer op kantoor, komt terug, keert terug"
    ),
    longer=phrases(
        "verleng, verlengen, verlengd, ik verleng, ik blijf, blijf, ik blijf weg, langer, ik blijf langer, "
        "blijf langer, uitstellen, verlenging, we blijven, wij blijven, blijven, ik blijf hier, blijf hier, "
        "we blijven hier, wij blijven hier"
    ),
    covers=phrases(
        "neemt over, neemt het over, neemt alles over, neemt waar, vervangt mij, vervangt me, "
        "vervangt, springt in, valt in, als vervanger, als vervangster, is mijn vervanger, is mijn "
        "vervangster, is mijn back-up, is back-up, als back-up, back-up, vervanger, vervangster, "
        "neemt mijn mails over"
    ),
    next_one=phrases("volgende, volgend, eerstvolgende"),
    next_week=phrases("volgende week, komende week, week nadien"),
    this_week=phrases(
        "deze week, de rest van de week, rest van de week, de rest van deze week, de hele week, heel de "
        "week, hele week"
    ),
    weekend=phrases("weekend, weekeinde, dit weekend, het weekend, komend weekend"),
    day_units=phrases("dag, dagen, dagje, dagjes, dgn"),
    week_units=phrases("week, weken, weekje, weekjes, wk, wkn"),
    month_units=phrases("maand, maanden, maandje"),
    numbers=(
        phrases("een, één"),
        phrases("twee"),
        phrases("drie"),
        phrases("vier"),
        phrases("vijf"),
        phrases("zes"),
        phrases("zeven"),
        phrases("acht"),
        phrases("negen"),
        phrases("tien"),
    ),
    ahead=phrases("over, binnen, na"),
    day_parts=phrases(
        "voormiddag, namiddag, middag, ochtend, avond, in de voormiddag, in de namiddag, vanmiddag, "
        "vanavond, vannamiddag, vanochtend, halve dag, een halve dag, 's ochtends, 's middags, 's "
        "avonds, na de middag"
    ),
    instead=phrases("in plaats van, ipv, i.p.v."),
    denial=phrases("niet, geen, gene"),
    not_yet=phrases("nog niet, nog geen, nog steeds niet, nog altijd niet, niet meteen, nog even niet"),
    stays=phrases(
        "blijf thuis, ik blijf thuis, we blijven thuis, wij blijven thuis, blijven thuis, toch thuis, blijf "
        "toch thuis, ik blijf toch thuis, we blijven toch thuis, blijf gewoon thuis, ik blijf gewoon thuis, "
        "we blijven gewoon thuis, blijf ik thuis, blijf ik toch thuis, blijven we thuis, blijven we toch "
        "thuis, ik blijf dus thuis, blijf dus thuis, ik blijf nu thuis, ik ga niet, ga niet, ik ga toch "
        "niet, ga toch niet, we gaan niet, gaan niet, we gaan toch niet, gaan toch niet, ik vertrek niet, "
        "vertrek niet, ik vertrek toch niet, we vertrekken niet, we vertrekken toch niet, niet vertrekken, "
        "ik ben er wel, ben er wel, ik ben er toch, ben er toch, ik ben er gewoon, ben er gewoon, ik ben er "
        "wel gewoon, toch aanwezig, ik ben toch aanwezig, gewoon aanwezig, ik ben gewoon aanwezig, ik werk "
        "gewoon, werk gewoon, ik werk gewoon door, werk gewoon door, gewoon aan het werk, toch aan het "
        "werk, ik kom gewoon werken, ik moet toch werken, moet toch werken, zeg mijn afwezigheid af, zeg "
        "mijn verlof af, zeg mijn vakantie af, zeg mijn reis af, zeg de afwezigheid af, zeg de verlof af, "
        "zeg de vakantie af, zeg de reis af, zeg het verlof af, zeg onze afwezigheid af, zeg onze verlof "
        "af, zeg onze vakantie af, zeg onze reis af, blaas mijn afwezigheid af, blaas mijn verlof af, blaas "
        "mijn vakantie af, blaas mijn reis af, blaas de afwezigheid af, blaas de verlof af, blaas de "
        "vakantie af, blaas de reis af, blaas het verlof af, blaas onze afwezigheid af, blaas onze verlof "
        "af, blaas onze vakantie af, blaas onze reis af, ik ga niet meer, ga niet meer, we gaan niet meer, "
        "wij gaan niet meer, gaan niet meer, ik vertrek niet meer, we vertrekken niet meer, ik kom toch "
        "werken, ik kom wel werken, ik zal er wel zijn, ik zal er toch zijn, ik zal er gewoon zijn, "
        "verwijder mijn afwezigheid, verwijder de afwezigheid, wis mijn afwezigheid, afwezigheid "
        "verwijderen, afwezigheid wissen, ik blijf, blijf, we blijven, wij blijven, blijven, ik blijf hier, "
        "blijf hier, we blijven hier, wij blijven hier"
    ),
    calls_off=phrases(
        "afgezegd, afgezegt, afzeggen, zeg af, afgelast, afgeblazen, geannuleerd, geannulleerd, annuleer, "
        "annuleren, anuleer, annulatie, annulering, gaat niet door, gaat niet meer door, gaat toch niet "
        "door, gaan niet door, ging niet door, niet doorgegaan, niet doorgaan, geschrapt, schrap, "
        "schrappen, ingetrokken, intrekken, gecanceld, gecancelled, gecancelt, cancelen, uitgesteld tot "
        "nader order, valt in het water, in het water gevallen"
    ),
    trips=phrases(
        "vlucht, de vlucht, mijn vlucht, onze vlucht, reis, de reis, mijn reis, onze reis, trip, uitstap, "
        "citytrip, skireis, planning, plan, plannen, kerstvakantie, kerstverlof, paasvakantie, "
        "zomervakantie, herfstvakantie, krokusvakantie, skivakantie, jaarlijks verlof, zomerverlof, trein, "
        "de trein, mijn trein, onze trein, bus, de bus, boot, de boot, ferry, veerboot, cruise, "
        "conferentie, de conferentie, congres, het congres, beurs, de beurs, hotel, het hotel, ons hotel"
    ),
    first_person=phrases("ik, ben, wij"),
    links=phrases(
        "is, ben ik, ik ben, met, door, aan, en, dan, komende, aanstaande, graag, alsjeblieft, aub, svp, "
        "de, het, op, mijn, ik, ben, ga, ik ga, ga ik, kom, ik kom, neem, ik neem, heb, ik heb, er, kom "
        "pas, ben pas, ik kom pas, ik ben pas, pas op, pas om, weer, in, voor, gedurende, een, hele, heel, "
        "wel, toch, ook, nog, wij, we, zijn, gaan, hallo, dus, dit, deze, die, dat, jaar, zal, ik zal, "
        "weer eens, te, eerst, tegen, heeft, komt, voorlopig, even, a.u.b., s.v.p., a.u.b, zit, zitten, "
        "zit ik, ik zit, meer, helemaal"
    ),
    myself=phrases(
        "doe ik zelf, doe ik zelf wel, doe ikzelf, hou ik zelf, houd ik zelf, behandel ik zelf, is voor "
        "mij, voor mij, hou ik bij, staan, liggen, laat ik staan, maar liggen, maar staan"
    ),
    keep=phrases("hou, houd, laat, bewaar"),
    put=phrases("zet, plaats, leg, moet, schrijf"),
    takes=phrases("mag, doet, neemt, krijgt, kan, mag hebben"),
    takes_end=phrases("doen, hebben, nemen, overnemen, krijgen, behandelen"),
    likewise=phrases("ook, idem, hetzelfde, zelfde"),
    copulas=phrases("is, zijn, werd"),
    may=phrases("mag, mogen, moet, moeten, kan"),
    please=phrases("aub, ajb, alsjeblieft, alstublieft, graag, gaarne, liever"),
    item_words=phrases("mail, vraag, mailtje"),
    ordinals=phrases("ste, de, e"),
    of_month=phrases("van"),
    will=phrases(
        "doe ik, ik doe het, doe het, kijk ik, ik kijk, kijk ernaar, ik kijk ernaar, antwoord ik, ik "
        "antwoord, bel ik, ik bel, ik bel hem, ik bel haar, pak ik op, neem ik op, regel ik, ik regel "
        "het, beantwoord ik, ik zal antwoorden, zal antwoorden, zal ik doen, ik zal bellen, mail ik"
    ),
    soon=phrases(
        "vanmiddag, vanavond, straks, dadelijk, direct, meteen, vandaag, vandaag nog, nog vandaag, deze "
        "namiddag, deze middag, na de middag, zo meteen, zo dadelijk, later vandaag, seffens, tegen "
        "vanavond"
    ),
    spellings=(
        ("ni", "niet"),
        ("nie", "niet"),
        ("tis", "het is"),
        ("tkomt", "het komt"),
        ("dr", "er"),
        ("kga", "ik ga"),
        ("kheb", "ik heb"),
        ("dees", "deze"),
        ("nen", "een"),
    ),
    ok_alone=phrases(
        "doe maar, ja doe maar, doe dat maar, ga je gang, is goed, ja is goed, dat is goed, in orde, "
        "ziet er goed uit, doe zo maar"
    ),
    good=phrases("goed, prima, perfect, top, akkoord, in orde"),
    mail=MailWords(
        forwarded=phrases("doorgestuurd bericht, doorgestuurde bericht"),
        original=phrases("oorspronkelijk bericht, origineel bericht"),
        label_from=phrases("van"),
        label_date=phrases("verzonden, datum"),
        label_sent=phrases("verzonden"),
        label_to=phrases("aan"),
        label_cc=phrases("cc, kopie"),
        label_subject=phrases("onderwerp"),
        label_particles=phrases("op"),
        on=phrases("op"),
        wrote=phrases("schreef, geschreven"),
        sent=phrases("verstuurde"),
        form_labels=phrases(
            "e-?mail(?:adres)?, naam, voornaam, achternaam, telefoon(?:nummer)?, gsm, "
            "bedrijf(?:snaam)?, firma, adres, bericht(?:inhoud)?, uw bericht, opmerking(?:en)?, "
            "vraag, aanvraag"
        ),
        form_message=phrases(
            "bericht(?:inhoud)?, uw bericht, je bericht, opmerking(?:en)?, vraag, uw vraag, aanvraag"
        ),
        salutations=phrases(
            "beste, dag, hallo, hoi, geachte, goede(?:n)?(?:morgen|middag|avond|dag), "
            "goei(?:e|en)(?:morgen|middag|avond|dag)"
        ),
        titles=phrases("mevrouw, mijnheer, heer"),
        closings=phrases(
            r"(?:met )?(?:vriendelijke|hartelijke|beste|warme|zonnige|sportieve|collegiale) "
            r"groet(?:en|jes)?, mvg, m\.v\.g\.?, (?:met )?vr\.? ?gr\.?, groet(?:en|jes)?, "
            r"grt(?:js|jes|n|s|z), hoogachtend, gr\.?, met (?:de )?meeste hoogachting"
        ),
        closing_links=phrases("en, uit"),
        thanks_lines=phrases(
            "bedankt, dank je(?: wel)?, dank u(?: wel)?, alvast bedankt, alvast dank, met dank"
        ),
        sent_from=phrases(
            "(?:verzonden|verstuurd) (?:vanaf|via|met), download outlook voor, outlook voor (?:ios|android)"
        ),
        disclaimers=(
            r"(?:dit|deze|de (?:informatie|inhoud)) .{0,40}(?:e-?mail"
            r"|bericht)\w*\b.{0,200}(?:vertrouwelijk|bestemd)",
            "denk aan het milieu",
        ),
        mail_words=phrases("e-?mail, mail, bericht"),
        pictures=phrases("afbeelding"),
        notice_words=phrases(
            "links?, koppelingen, bijlagen?, afzender, vertrouwt, herkent, veilig, organisatie, "
            "virussen, uitschrijven"
        ),
        to_view=phrases("bekijk, lees, open"),
        in_browser=phrases(r"\bbrowser, \bonline\b, webversi"),
        browser_lines=phrases(r"^\s*(?:webversi\w+|online.?versie)\s*$"),
        beware=phrases("let op, opgelet, waarschuwing"),
        outside=phrases("buiten"),
        banners=(
            r"^\W{0,6}externe?(?:\s(?:e-?mail|mail|bericht|afzender))?\W{0,6}$",
            r"^\W{0,6}externe? (?:e-?mail|mail|bericht|afzender)\W{0,3}[:!–-]",
            "(?:komt|kwam|afkomstig|verzonden|verstuurd|ontvangen) (?:is )?van (?:buiten"
            "|een (?:externe?|afzender buiten))",
            r"^\W{0,6}.{0,60}(?:mail|bericht|afzender).{0,40}van buiten (?:de|het|uw|onze"
            r"|je) (?:eigen )?(?:organisatie|bedrijf|netwerk|firma)",
            r"^\W{0,6}van buiten (?:de|het|uw|onze|je) (?:eigen )?(?:organisatie|bedrijf|netwerk"
            r"|firma)\W*$",
            r"wees (?:voorzichtig|alert)\b.{0,60}(?:links|bijlagen|koppelingen)",
            "(?:klik niet op|open geen) (?:links|koppelingen|bijlagen)",
            r"^sommige personen\b.{0,60}(?:krijgen|ontvangen) niet vaak",
            "(?:u|je) (?:ontvangt|krijgt) niet vaak e-?mail van",
        ),
        scan_openings=phrases("ge, geen, vir, scan"),
        scanned=(
            r"\b(?:ge?scand|gecontroleerd|gecheckt|onderzocht|doorzocht)\b.{0,40}\b(?:virus|malware"
            r"|spam|bedreiging)",
            r"\b(?:virus|malware)\w*.{0,20}\b(?:ge?scand|gecontroleerd|gecheckt)\b",
            r"\bvirusvrij\b",
            r"\bgeen virus(?:sen)? (?:gevonden|aangetroffen)\b",
        ),
        list_footers=(
            r"^\W{0,4}als u zich wilt afmelden (?:bij|van) deze groep\b",
            r"\bom deze discussie te bekijken\b",
            r"\b(?:je|u) (?:ontvangt|kreeg) (?:dit bericht|deze e?-?mail) omdat\b",
            r"^\W{0,4}(?:uitschrijven|afmelden)\W{0,4}$",
        ),
        mail_programs=phrases("programma, lezer"),
        about_html=phrases(
            r"programma, mailprogramma, formaat, ondersteun\w*, toont, tonen, lezer, versie, bericht"
        ),
        reply_prefixes=phrases("antw, antwoord"),
        forward_prefixes=phrases("doorst"),
        outside_marks=phrases("extern, externe"),
        outside_prefixes=phrases("externe (?:e-?mail|afzender):"),
        receipt_subjects=phrases("(?:niet )?gelezen, bezorgd, ontvangstbevestiging, leesbevestiging"),
        receipt_of=phrases("uw (?:bericht|document), je (?:bericht|document)"),
        receipt_said=phrases("(?:is|werd) (?:gelezen|verwijderd|ontvangen)"),
        receipt_by=phrases("op, om, door"),
        reactions=phrases(
            "(?:heeft )?(?:gereageerd op|reageerde op) (?:uw|je|jouw|het|dit) "
            "(?:bericht|e-?mail|mail)(?: gereageerd)?, (?:heeft )?op (?:uw|je|jouw) "
            "(?:bericht|e-?mail|mail) gereageerd, heeft gereageerd (?:via|met) gmail, heeft "
            "(?:via|met) gmail gereageerd, vindt (?:uw|je|jouw) (?:bericht|e-?mail) leuk"
        ),
        reaction_stems=phrases("reage, v[io]nd"),
        tapbacks=phrases("vond, vond leuk"),
        tapback_tails=phrases("leuk"),
        tapback_things=phrases("een (?:afbeelding|bijlage|audiobericht)(?: leuk)?"),
        auto_subjects=phrases(
            "afwezigheidsbericht, afwezigheidsmelding, automatisch antwoord, buiten kantoor"
        ),
        auto_subjects_vague=phrases("afwezig, niet aanwezig"),
        absence=phrases(
            r"ben (?:ik )?(?:momenteel |tijdelijk |even )?(?:afwezig|niet aanwezig|niet bereikbaar), "
            r"(?:met|op) (?:\w+ )?(?:vakantie|verlof)\b, buiten kantoor, afwezig (?:van|tot|wegens), "
            r"niet (?:meer|langer) (?:werkzaam|in dienst), uit dienst, beperkt bereikbaar"
        ),
        absence_subjects=phrases("is afwezig"),
        confirmed=phrases(
            r"automatisch\w* (?:antwoord|bericht|e-?mail), automatisch (?:gegenereerd|verstuurd), "
            r"(?:hebben|heb) (?:uw|je|jouw) (?:e-?mail|mail|bericht|vraag|aanvraag) (?:goed "
            r")?ontvangen"
        ),
        no_reply=phrases("geen[-_.]?antwoord, niet[-_.]?(?:be)?antwoorden"),
        failures=phrases("kan niet worden bezorgd, kon niet worden bezorgd, niet bezorgd, onbestelbaar"),
        failure_texts=phrases("aan de volgende geadresseerde, onbekende ontvanger"),
        failure_hints=phrases("bestaat niet, postvak is vol, postvak vol"),
        delays=phrases("vertraagd"),
        gave_up=phrases("definitief mislukt, permanente fout"),
        requests=(
            "(?:kan|kun|kunt|wil|wilt|zou|zal) (?:je|jij|u|ge)",
            "(?:kunnen|willen|zouden) (?:jullie|we)",
            "gelieve",
            r"laat (?:me|mij|ons) (?:\w+ )?weten",
            r"graag (?:(?:je|uw|jouw|een) )?(?:\w+ )?(?:antwoord|reactie|offerte)",
            r"mag (?:ik|ik je|ik u|ik jouw|ik uw|ik jullie)\b",
            "kan (?:iemand|er iemand)",
            "(?:ik|we|wij) (?:zou|zouden|wil|willen) graag",
            "graag (?:zou|zouden|wil|willen)",
            r"graag (?:[\w-]+ ){0,6}(?:leveren|bezorgen|bevestigen|doorsturen|nakijken|opsturen|terugbellen)",
            "bel (?:me|mij|ons)",
            "stuur (?:me|mij|ons)",
        ),
        hours=phrases("u, uur"),
        near_days=phrases(
            r"vandaag, morgen, overmorgen, volgende week, volgende maand, deadline, uiterlijk, ten laatste, "
            r"vanavond, vanmiddag, deze (?:na|voor)?middag, deze week, dit weekend, "
            r"eind(?:e)? (?:van )?(?:deze|de|volgende) (?:week|maand), voor de middag, "
            r"(?:de|den|tegen|op) \d\d?(?:de|ste|e)"
        ),
        very=phrases("heel, zeer, alvast, hartelijk"),
        agreed=(
            "bedankt",
            "dank ?je ?wel",
            "dank ?u ?wel",
            "dank(?: je| u)?",
            "prima",
            "in orde",
            "oké",
            "akkoord",
            "genoteerd",
            "goed ontvangen",
            "geweldig",
            "klopt",
            "top",
            "super",
            "perfect",
            "staat genoteerd",
            "is genoteerd",
            "alles (?:is )?goed aangekomen",
            "past voor (?:mij|ons)",
            "alles duidelijk",
            "helemaal goed",
        ),
        thanks_tails=(
            "voor alles",
            r"voor (?:je|uw|jullie|de|het) \w+(?: \w+)?",
            "en tot (?:dan|snel)",
            "tot (?:dan|snel|morgen|@day)",
            "alles (?:is )?goed aangekomen",
        ),
        thanked=phrases(r"bedankt, \bdank"),
        more_than_thanks=phrases(r"\balvast\b, bij voorbaat, akkoord, klopt, \btot \w"),
        answers=phrases("antwoord, reactie, hulp, uitleg, info, terugbel, opvolging, offerte"),
        orders=(
            "(?:hierbij|hiermee|bij deze) bestel",
            "bestelbon",
            "wij? bestellen",
            "(?:gaan|ga|zijn|ben) akkoord met (?:je|jouw|uw|jullie|de|het) (?:offerte|prijs|voorstel)",
            "(?:bestelling|order|opdracht) (?:te )?annuleren",
            "annuleer",
            r"zeggen? (?:\w+ )?op\b.{0,30}contract",
            "getekende? (?:offerte|contract|overeenkomst)",
            "ondertekende? (?:offerte|contract|overeenkomst)",
            "stuur (?:maar|gerust)",
            "lever (?:maar|gerust)",
            "doe maar",
            "ga maar (?:door|verder)",
            r"(?:bestelling|order) \d",
            "op zoek naar (?:een )?(?:leverancier|offerte|prijs)",
        ),
        season_wishes=(
            r"(?:prettige?|fijne|zalige?|vrolijke?|gezellige) (?:feest|kerst|paas|eindejaar|verjaardag)\w*",
            "gelukkig (?:nieuw ?jaar|kerstfeest)",
            r"(?:een )?(?:gelukkig|goed|mooi|gezond|voorspoedig) (?:en \w+ )?(?:nieuw ?jaar|\d{4})",
            "gelukkige verjaardag",
            "beste wensen",
        ),
        intimate=(
            "(?:dag|hey|hoi|lieve|hallo|onze) schat",
            "schatje",
            "lieverd",
            "liefje",
            "(?:dikke |veel )?kus(?:jes|sen)?",
            "knuffels?",
            "mama",
            "papa",
            "mams",
            "paps",
            "oma",
            "opa",
            "moeke",
            "vake",
            "beste ouders",
            r"x{2,4}(?![\w/.-])",
        ),
        needs_hand=(
            "onderteken",
            "te ondertekenen",
            "verloopt",
            "vervalt",
            "actie vereist",
            "goed te keuren",
            "betalingsherinnering",
        ),
        bulk_marks=(
            "(?:hier )?uitschrijven",
            "afmelden voor",
            "niet (?:op deze e?-?mail )?(?:te )?(?:antwoorden|beantwoorden)",
            "nieuwsbrief",
        ),
        praise=(
            "duidelijk",
            "perfect",
            "prima",
            "super",
            "top",
            "mooi",
            "goed",
            "aangekomen",
            "ontvangen",
            "precies",
        ),
        abbreviations=phrases(r"dhr, mr, mevr, bv, nr, bijv, tel, m\.b\.t"),
    ),
)
