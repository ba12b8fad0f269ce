"""German. The words of one language stand in one file, so that a translator has one to look at."""

from __future__ import annotations

from .table import LanguageTable, MailWords, phrases

TABLE = LanguageTable(
    forward=phrases(
        "weiterleiten, weiter, leite weiter, schick, schicke, leite, gib, gib weiter, sende, senden, "
        "weitergeben"
    ),
    forward_ends=phrases("weiter, weiterleiten, weitergeben, direkt"),
    to_do=phrases(
        "aufgabe, aufgaben, auf meine liste, auf die liste, auf meiner liste, auf meine aufgabenliste, auf "
        "die aufgabenliste"
    ),
    done=phrases("erledigt, fertig, abgehakt, ablegen, weg, kann weg, können weg, archivieren, archiviere"),
    later=phrases(
        "später, kann warten, können warten, bis ich wieder da bin, wenn ich zurück bin, wenn ich "
        "wieder da bin, nach meinem urlaub, nach dem urlaub"
    ),
    undo=phrases("rückgängig, rückgängig machen, zurück"),
    whole=phrases("ganze mail, lesen, zeig"),
    ok=phrases(
        "ok, okay, einverstanden, wie vorgeschlagen, ja zu allem, wie du vorschlägst, so wie "
        "vorgeschlagen, ja alles so machen, alles so machen, macht alles so, mach alles so"
    ),
    the_list=phrases(
        "liste, die liste, meine liste, aufgabenliste, die aufgabenliste, to-do-liste, "
        "liste schicken, schick die liste, schick mir die liste, liste senden"
    ),
    the_rest=phrases("rest, den rest, der rest, übrige, das übrige, die übrigen, alle anderen, die anderen"),
    everything=phrases("alles, alle"),
    both=phrases("beide, beides, beiden, alle beide, alle zwei"),
    unless=phrases("außer, ausser, bis auf, ausgenommen, ohne, aber nicht"),
    negation=phrases("nicht, noch nicht"),
    conjunctions=phrases("und, n"),
    contrast=phrases("aber, nur"),
    towards=phrases("an, zu, für, zum"),
    until=phrases("bis, bis zum, bis einschließlich, bis zu, bis an"),
    articles=phrases("der, die, das, den, dem, nummer, nr, nummern"),
    answered=phrases(
        "beantwortet, schon beantwortet, bereits beantwortet, ist beantwortet, sind beantwortet, ist "
        "schon beantwortet, geantwortet, schon geantwortet, ich habe geantwortet, hab geantwortet, habe "
        "geantwortet, ich habe ihm geantwortet, ich habe ihr geantwortet, ich habe schon geantwortet, "
        "angerufen, schon angerufen, ich habe angerufen, habe angerufen, ich habe ihn angerufen, ich "
        "habe sie angerufen, ich hab ihn angerufen, ich hab sie angerufen, habe ihn angerufen, habe sie "
        "angerufen, hab ihn angerufen, ich habe ihn schon angerufen, ich habe mit ihm gesprochen, ich "
        "habe mit ihr gesprochen, mit ihm telefoniert, ich habe mit ihm telefoniert, ich habe mit ihr "
        "telefoniert, telefoniert, zurückgerufen, ich habe zurückgerufen, erledigt, schon erledigt, "
        "bereits erledigt, ist erledigt, alles erledigt, sind erledigt, hat sich erledigt, geklärt, ist "
        "geklärt, alles geklärt, geregelt, ist geregelt, alles geregelt, fertig, gelöst, beantwortet "
        "oder angerufen, hab geschrieben, habe geschrieben, ich habe geschrieben, ich hab geschrieben, "
        "geschrieben, hab angerufen, ich hab angerufen, hab telefoniert, habe telefoniert, hab "
        "gesprochen, habe gesprochen, habe beantwortet, hab beantwortet, ich habe beantwortet, ich hab "
        "beantwortet, antwort ist raus, antwort geschickt, hab zurückgerufen, habe zurückgerufen, ich "
        "hab geantwortet, ich hab zurückgerufen, hab erledigt, habe erledigt, ich habe erledigt, habe "
        "beiden geantwortet, beiden geantwortet, oder angerufen, oder telefoniert, habe ich schon, hab "
        "ich schon, habe ich erledigt, hab ich erledigt"
    ),
    later_today=phrases(
        "später, später heute, heute noch, noch heute, nachher, heute nachmittag, heute abend, am "
        "nachmittag, mache ich später, mach ich später, mache ich nachher, mach ich nachher, ich antworte "
        "später, ich antworte heute noch, ich antworte nachher, ich rufe ihn später an, ich rufe sie "
        "später an, ich rufe nachher an, ich rufe später an, ich kümmere mich später darum, ich kümmere "
        "mich heute noch darum, ich mache es heute noch, nach der besprechung, nach dem mittagessen, "
        "kümmere mich später drum, kümmere mich später darum, kümmere mich drum, kümmere mich darum, ich "
        "kümmere mich später drum, ich rufe gleich an, rufe gleich an, ich rufe an, gleich, mach ich "
        "gleich, mache ich gleich, ich mache es gleich, ich antworte gleich, ich rufe später zurück, ich "
        "rufe gleich zurück, ich schaue später, ich schaue heute noch, mach ich heute nachmittag, mache "
        "ich heute nachmittag, mach ich heute noch, mache ich heute noch, mach ich heute, mache ich "
        "heute, bin dran, ich bin dran, bin schon dran, sofort, mach ich sofort, mache ich sofort, ich "
        "mache es sofort, ich antworte sofort, ich rufe sofort an, mach ich jetzt, mache ich jetzt"
    ),
    not_me=phrases(
        "nicht ich, ich nicht, nicht für mich, nichts für mich, das ist nichts für mich, das ist nicht "
        "für mich, nicht mein kunde, nicht meine kundin, frag jemand anderen, bitte jemand anderen "
        "fragen, frag bitte jemand anderen, jemand anderes bitte, da kann ich nicht helfen, dabei kann "
        "ich nicht helfen, davon weiß ich nichts, das ist nicht meins, nicht meins, nicht mein gebiet, "
        "das ist nicht mein kunde, das ist nicht mein thema, ich bin nicht zuständig, da bin ich nicht "
        "zuständig, falsche person, dafür bin ich nicht zuständig, dafür bin nicht ich zuständig, bin "
        "nicht zuständig, bin ich nicht zuständig, nicht meine, nicht meiner, ist nicht meins, gehört "
        "nicht mir"
    ),
    rather_not=phrases(
        "lieber nicht, nein, nein leider nicht, nein danke, leider nicht, leider nein, geht nicht, das "
        "geht nicht, das geht leider nicht, geht leider nicht, ich kann nicht, ich kann leider nicht, "
        "kann ich nicht, kann ich leider nicht, das kann ich nicht, passt nicht, das passt nicht, passt "
        "mir nicht, das passt mir nicht, das passt leider nicht, passt leider nicht, nicht möglich, das "
        "schaffe ich nicht, schaffe ich nicht, das klappt nicht, klappt nicht, das klappt leider nicht, "
        "klappt leider nicht, diesmal nicht, das geht bei mir nicht, geht bei mir nicht, das kriege ich "
        "nicht hin, ich schaffe das nicht, das wird nichts, da kann ich nicht, schaff ich nicht, eher "
        "nicht, eher nein"
    ),
    there=phrases(
        "ok, okay, ich bin da, bin da, ich bin die ganze zeit da, ja, ja ich bin da, ja gerne, ja gern, "
        "ja klar, ja natürlich, ja passt, ja kein problem, gerne, gern, sehr gerne, klar, na klar, "
        "alles klar, geht klar, natürlich, selbstverständlich, sicher, passt, das passt, passt für "
        "mich, passt mir, in ordnung, gut, sehr gut, prima, super, perfekt, mach ich, mache ich, das "
        "mache ich, das mach ich, wird gemacht, wird erledigt, ich übernehme, ich übernehme das, ich "
        "kümmere mich, ich kümmere mich darum, kein problem, überhaupt kein problem, gar kein problem, "
        "kein thema, kein ding, du kannst auf mich zählen, sie können auf mich zählen, verstanden, "
        "notiert, zur kenntnis genommen, einverstanden, das geht, das klappt, klappt, gern geschehen, "
        "jo, jo passt, jup, jap, ja ich bin die ganze zeit da, ja mache ich, ja mach ich, ja das passt, "
        "passt schon, null problem, ist ok, ist okay, das ist ok, alles gut, okidoki, übernehme ich, "
        "das übernehme ich, übernehme ich gern, ich vertrete dich, ich vertrete dich gern, das mache "
        "ich gern, mach ich gern, mache ich gern, passt scho, mach ich gerne, klar doch, klar gerne, "
        "geht in ordnung, klaro"
    ),
    away=phrases("nicht, abwesend, urlaub, im urlaub, frei, weg, außer, ausser, verhindert"),
    greetings=phrases(
        "hallo, guten tag, guten morgen, guten abend, moin, servus, liebe, lieber, sehr geehrte, "
        "sehr geehrter, grüß gott, grüezi, hi, hey"
    ),
    thanks=phrases(
        "danke, vielen dank, danke schön, dankeschön, besten dank, herzlichen dank, danke dir, "
        "danke sehr, vielen dank im voraus, danke im voraus"
    ),
    sign_offs=phrases(
        "gruß, gruss, grüße, grüsse, viele grüße, beste grüße, liebe grüße, schöne grüße, "
        "herzliche grüße, freundliche grüße, mit freundlichen grüßen, mit besten grüßen, mfg, lg, vg, "
        "bis bald, bis dann, bis morgen, bis später, tschüss, ciao, hochachtungsvoll"
    ),
    wishes=phrases(
        "schönen urlaub, einen schönen urlaub, gute reise, gute erholung, erhol dich gut, erholen sie "
        "sich gut, genieß es, genieße es, genieß den urlaub, genieß deinen urlaub, genießen sie den "
        "urlaub, genießen sie es, viel spaß, viel vergnügen, schöne ferien, schöne tage, schöne "
        "feiertage, frohe feiertage, schönen tag, schönen tag noch, einen schönen tag, schönes "
        "wochenende, keine sorge, mach dir keine sorgen, machen sie sich keine sorgen, viel erfolg, "
        "frohe weihnachten, guten rutsch, gutes neues jahr, frohes fest, schöne weihnachten, erholsamen "
        "urlaub, viel sonne, erhol dich, lass es dir gut gehen, hab spaß, mach dir keinen kopf"
    ),
    courtesies=phrases(
        "sorry, leider, bitte, übrigens, alle, noch, sehr, im voraus, und, aber, aus, dann, tut mir "
        "leid, x, xx, äh, oh, naja, tja, hm, ups, vergessen, ganz vergessen, völlig vergessen, hab ich "
        "vergessen, habe ich vergessen, mein fehler, lol, haha, puh, uff"
    ),
    small_words=phrases(
        "ihn, sie, ihm, ihr, es, ihnen, schon, bereits, gestern, heute früh, heute morgen, heute "
        "vormittag, eben, gerade, inzwischen, mal, kurz, auch, selbst, telefonisch, per mail, doch, "
        "leider, für dich, drum, darum, gestern abend"
    ),
    ask_somebody=phrases(
        "frag, frag bitte, frage, frage bitte, fragen sie, bitte frag, das ist für, das ist was für, "
        "das gehört, das macht"
    ),
    complaints=phrases(
        "beschwerde, beschwerden, beschweren, reklamation, reklamationen, reklamieren, unzufrieden, "
        "enttäuscht, enttäuschend, inakzeptabel, unzumutbar, unverschämt, beschädigt, defekt, kaputt, "
        "gebrochen, funktioniert nicht, funktionieren nicht, geht nicht mehr, immer noch nicht "
        "geliefert, nicht geliefert, noch nicht erhalten, falsch geliefert, falsche lieferung, zu spät "
        "geliefert, stimmt nicht, stimmen nicht, fehlerhaft, mangelhaft, mängel, mahnung, letzte "
        "mahnung, in verzug, schadenersatz, schadensersatz, rückerstattung, keine antwort, nichts "
        "gehört, zum dritten mal, zum zweiten mal, falschen, falsche ware, seit wochen"
    ),
    confidential=phrases(
        "gehalt, gehälter, gehaltserhöhung, gehaltsabrechnung, gehaltszettel, lohnzettel, "
        "lohnabrechnung*, arbeitsunfähigkeit*, aufhebungsvertrag, "
        "mitarbeitergespräch, krankmeldung*, krankschreibung, arzt, arzttermin, krankenhaus, gewerkschaft*, "
        "betriebsrat, personalabteilung, anwalt, rechtsanwalt, rechtsanwältin, arbeitsgericht, scheidung"
    ),
    weekdays=(
        phrases("montag, mo"),
        phrases("dienstag, di"),
        phrases("mittwoch, mi"),
        phrases("donnerstag, do"),
        phrases("freitag, fr"),
        phrases("samstag, sonnabend, sa"),
        phrases("sonntag, so"),
    ),
    months=(
        phrases("januar, jänner, jan, jän"),
        phrases("februar, feb"),
        phrases("märz, mär, mrz, maerz"),
        phrases("april, apr"),
        phrases("mai"),
        phrases("juni, jun"),
        phrases("juli, jul"),
        phrases("august, aug"),
        phrases("september, sep, sept"),
        phrases("oktober, okt"),
        phrases("november, nov"),
        phrases("dezember, dez"),
    ),
    day_words=phrases(
        "vom, von, am, zum, den, der, dem, zwischen, und, auch, da, verfügbar, in, im, ja, ok, aber, sorry, "
        "leider, ich bin, bin ich, ich kann, kann ich, bin, kann, habe ich, einschließlich, inklusive, "
        "inkl, den ganzen tag, ganzen tag, an dem tag, sonst ja, tag, sonst, sonst ok, sonst gern, sonst "
        "gerne, sonst passt es, sonst da, selbst, selber, sonst kein thema, sonst kein problem, ansonsten "
        "kein problem, ansonsten gerne, ansonsten, rest passt, der rest passt, rest geht, danach, danach "
        "gerne, danach gern, danach ok, danach wieder, danach kein problem, ansonsten ok"
    ),
    absent=phrases(
        "weg, ich bin weg, bin weg, abwesend, ich bin abwesend, verreist, ich bin verreist, im "
        "urlaub, ich bin im urlaub, auf urlaub, urlaub, ferien, in den ferien, krank, ich bin krank, "
        "nicht da, nicht im büro, nicht im haus, nicht erreichbar, nicht verfügbar, außer haus, frei, "
        "habe frei, ich habe frei, auf dienstreise, dienstreise, auf reisen, unterwegs, "
        "krankgeschrieben, abwesenheit, meine abwesenheit, fahre weg, ich fahre weg, fort, auswärts, "
        "im ausland, ooo, out of office, auf reise, im krankenstand, fällt aus, ist raus, raus"
    ),
    trial=phrases("probe, auf probe, probelauf, probetag, zur probe, testlauf"),
    is_back=phrases(
        "ich bin zurück, bin zurück, ich bin wieder da, bin wieder da, wieder da, wieder zurück, ich "
        "bin wieder zurück, ist zurück, ist wieder da, bin zurück aus dem urlaub, ich bin zurück aus "
        "dem urlaub, zurück aus dem urlaub, aus dem urlaub zurück, bin aus dem urlaub zurück, ich bin "
        "aus dem urlaub zurück, wieder im büro, bin wieder im büro, ich bin wieder im büro, wieder "
        "zuhause, ich bin wieder zuhause, bin wieder zuhause, ich bin wieder zu hause, bin wieder zu "
        "hause, wieder daheim, bin wieder daheim, ich bin wieder daheim, wieder bei der arbeit, da "
        "bin ich wieder, wieder hier, bin wieder hier, ich bin wieder hier"
    ),
    exclaimed=phrases("zurück, daheim, zu hause, zuhause"),
    pause=phrases(
        "pause, pausieren, pausiere, anhalten, stopp, stop, nichts mehr weiterleiten, bitte nichts "
        "mehr weiterleiten, nichts weiterleiten, bitte nichts weiterleiten, vorerst nichts "
        "weiterleiten, vorläufig nichts weiterleiten, nicht mehr weiterleiten, leite nichts mehr "
        "weiter, leite vorerst nichts weiter, weiterleitung stoppen, weiterleiten stoppen, stoppe die "
        "weiterleitung, weiterleitung pausieren, mach pause, bitte pausieren, pause machen, stopp "
        "erstmal, erstmal nichts weiterleiten, alles anhalten, alles pausieren, halte alles an, "
        "pausiere alles"
    ),
    resume=phrases(
        "weiter, mach weiter, weitermachen, fortsetzen, fortfahren, fahre fort, weiter gehts, es geht "
        "weiter, weiter geht's, wieder weiterleiten, bitte wieder weiterleiten, leite wieder weiter, "
        "weiterleitung wieder an, weiterleitung fortsetzen, du kannst wieder weiterleiten, du darfst "
        "wieder weiterleiten, mach bitte weiter, kannst weitermachen, du kannst weitermachen, darf "
        "weitergehen, wieder starten, bitte wieder starten, bitte weiter weiterleiten"
    ),
    time_zone=phrases(
        "zeitzone, meine zeitzone ist, meine zeitzone, zeitzone ist, die zeitzone ist, zeitzone auf, stell "
        "die zeitzone auf, stelle die zeitzone auf, ändere die zeitzone auf, zeitzone ändern auf, "
        "zeit-zone, zeit zone, zeitzone von, zeitzone ist jetzt, neue zeitzone, meine neue zeitzone ist, "
        "zeitzone in, zeitzone jetzt, meine zeitzone ist jetzt"
    ),
    again=phrases(
        "wieder, nochmal, noch einmal, erneut, nächstes mal, das nächste mal, mein nächster urlaub"
    ),
    yes=phrases("ja, jawohl, ja gern, ja gerne, gern, gerne, sicher, klar, natürlich, auf jeden fall"),
    no=phrases("nein, nö, noch nicht, jetzt nicht, keine ahnung, weiß ich noch nicht, lieber nicht"),
    through=phrases(
        "bis einschließlich, bis und mit, bis inklusive, bis einschl, bis zum einschließlich, bis "
        "inkl, bis incl, bis einschließlich dem"
    ),
    included=phrases("einschließlich, inklusive, inkl, einschl, eingeschlossen, inclusive, incl"),
    since=phrases("ab, von, vom, seit, ab dem, beginnend am, ab sofort ab"),
    today=phrases("heute, jetzt, sofort, ab sofort, ab heute"),
    tomorrow=phrases("morgen"),
    after_tomorrow=phrases("übermorgen"),
    o_clock=phrases("uhr, h"),
    at_hour=phrases("um, gegen"),
    back_on=phrases(
        "zurück, daheim, zu hause, zuhause, ich komme zurück, komme zurück, ich kehre zurück, wieder "
        "im büro, wieder zuhause, wieder zu hause, zurück im büro, wieder bei der arbeit, kommt "
        "zurück, kommt wieder, kehrt zurück"
    ),
    longer=phrases(
        "verlängern, verlängere, ich verlängere, verlängert, verlängerung, ich bleibe, bleibe, länger, ich "
        "bleibe länger, bleibe länger, wir bleiben, ich bleib, ich bleibe hier, bleibe hier, ich bleibe da, "
        "bleibe da, wir bleiben hier, wir bleiben da"
    ),
    covers=phrases(
        "übernimmt, übernimmt alles, vertritt mich, vertritt, springt ein, als vertretung, ist meine "
        "vertretung, meine vertretung ist, vertretung, macht vertretung, macht die vertretung, hält "
        "die stellung, kümmert sich"
    ),
    next_one=phrases("nächste, nächster, nächsten, nächstes"),
    next_week=phrases(
        "nächste woche, nächster woche, kommende woche, kommender woche, die ganze nächste woche, die "
        "nächste woche, in der nächsten woche"
    ),
    this_week=phrases(
        "diese woche, dieser woche, den rest der woche, rest der woche, die ganze woche, ganze woche"
    ),
    weekend=phrases("wochenende, am wochenende, dieses wochenende, das wochenende, übers wochenende"),
    day_units=phrases("tag, tage, tagen"),
    week_units=phrases("woche, wochen"),
    month_units=phrases("monat, monate, monaten"),
    numbers=(
        phrases("ein, eine, einen"),
        phrases("zwei"),
        phrases("drei"),
        phrases("vier"),
        phrases("fünf"),
        phrases("sechs"),
        phrases("sieben"),
        phrases("acht"),
        phrases("neun"),
        phrases("zehn"),
    ),
    ahead=phrases("in, nach"),
    day_parts=phrases(
        "vormittag, nachmittag, mittag, abend, früh, am vormittag, am nachmittag, am abend, "
        "vormittags, nachmittags, abends, heute nachmittag, heute abend, einen halben tag, halben "
        "tag, halber tag"
    ),
    instead=phrases("statt, anstatt, anstelle von, statt am"),
    denial=phrases("nicht, kein, keine, keinen, keiner"),
    not_yet=phrases("noch nicht, noch kein, noch keine, noch keinen"),
    stays=phrases(
        "bleibe zuhause, bleibe zu hause, bleibe daheim, bleib zuhause, bleib zu hause, bleib daheim, ich "
        "bleibe zuhause, ich bleibe zu hause, ich bleibe daheim, ich bleib zuhause, ich bleib zu hause, ich "
        "bleib daheim, wir bleiben zuhause, wir bleiben zu hause, wir bleiben daheim, bleiben zuhause, "
        "bleiben zu hause, bleiben daheim, bleibe doch zuhause, bleibe doch zu hause, bleibe doch daheim, "
        "ich bleibe doch zuhause, ich bleibe doch zu hause, ich bleibe doch daheim, wir bleiben doch "
        "zuhause, wir bleiben doch zu hause, ich bin doch da, bin doch da, doch da, ich bin doch im büro, "
        "doch im büro, ich arbeite doch, arbeite doch, ich fahre nicht, fahre nicht, ich fahre doch nicht, "
        "fahre doch nicht, wir fahren nicht, wir fahren doch nicht, fahren nicht, ich fliege nicht, fliege "
        "nicht, ich fliege doch nicht, wir fliegen nicht, wir fliegen doch nicht, ich verreise nicht, "
        "verreise nicht, ich verreise doch nicht, ich reise nicht, reise nicht, ich reise doch nicht, ich "
        "gehe nicht, gehe nicht, urlaub fällt aus, der urlaub fällt aus, mein urlaub fällt aus, unser "
        "urlaub fällt aus, ferien fallen aus, die ferien fallen aus, sag meine abwesenheit ab, sag die "
        "abwesenheit ab, sag den urlaub ab, sag meinen urlaub ab, sag die reise ab, sag meine reise ab, "
        "sage meine abwesenheit ab, sage die abwesenheit ab, sage den urlaub ab, sage meinen urlaub ab, "
        "sage die reise ab, sage meine reise ab, abwesenheit löschen, meine abwesenheit löschen, lösche "
        "meine abwesenheit, lösch meine abwesenheit, ich fahre nicht mehr, ich fliege nicht mehr, wir "
        "fahren nicht mehr, ich bleibe, ich bleib, bleibe, wir bleiben, ich bleibe hier, bleibe hier, ich "
        "bleibe da, bleibe da, wir bleiben hier, wir bleiben da"
    ),
    calls_off=phrases(
        "abgesagt, absagen, sage ab, sag ab, absage, storniert, stornieren, storniere, storno, gestrichen, "
        "streichen, findet nicht statt, findet doch nicht statt, entfällt, geplatzt, ins wasser gefallen, "
        "fällt ins wasser, annulliert, annullieren, gecancelt, canceln, fällt aus, fallen aus"
    ),
    trips=phrases(
        "flug, der flug, mein flug, unser flug, reise, die reise, meine reise, unsere reise, trip, pläne, "
        "plan, weihnachtsurlaub, sommerurlaub, winterurlaub, skiurlaub, osterurlaub, zug, der zug, mein "
        "zug, unser zug, bus, schiff, das schiff, kreuzfahrt, kongress, der kongress, "
        "konferenz, die konferenz, tagung, die tagung, messe, die messe, hotel, das hotel"
    ),
    first_person=phrases("ich, bin, wir"),
    links=phrases(
        "ist, mit, durch, und, dann, kommenden, kommender, bitte, der, die, den, am, meine, ich, noch, "
        "schon, diesen, ich bin, bin, ich habe, habe, ich gehe, gehe, ich fahre, fahre, ich mache, mache, "
        "ich nehme, nehme, in, für, während, ganze, ganzen, das, dem, im, zum, erst, wieder, wir, sind, "
        "eine, einen, hallo, nur, auch, doch, jahr, es, werde, ich werde, sein, wird, komme, ich komme, "
        "kehre, lang, lange, über, frühestens, mein, meinen, hat, erstmal, vorläufig, im moment, kommt, "
        "kehrt, mehr, gar"
    ),
    myself=phrases(
        "mach ich selber, mach ich selbst, mache ich selbst, mache ich selber, übernehme ich, übernehme "
        "ich selbst, für mich, behalte ich, ist für mich, liegen, offen"
    ),
    keep=phrases("lass, lasse, behalte, lassen"),
    put=phrases("setz, setze, pack, packe, schreib"),
    takes=phrases("kann, macht, übernimmt, bekommt, kriegt, darf, soll"),
    takes_end=phrases("machen, haben, übernehmen, nehmen, bekommen, kriegen"),
    likewise=phrases("auch, ebenso, dito, ebenfalls, genauso"),
    copulas=phrases("ist, sind, wurde"),
    may=phrases("kann, können, soll, sollen, darf, dürfen, muss"),
    please=phrases("bitte, bitte gern, lieber"),
    item_words=phrases("mail, anfrage"),
    ordinals=phrases("ten, te, ter"),
    of_month=phrases("des"),
    will=phrases(
        "mach ich, mache ich, ich mache es, ich mach das, kümmere ich mich, kümmer ich mich, ich "
        "kümmere mich, ich antworte, antworte ich, beantworte ich, ich rufe an, ruf ich an, schaue ich, "
        "schau ich, ich schaue, schau ich mir an, erledige ich, ich erledige das, bearbeite ich, ich "
        "melde mich"
    ),
    soon=phrases(
        "heute, heute noch, noch heute, nachher, gleich, heute nachmittag, am nachmittag, heute abend, "
        "später, später heute, nach dem mittagessen, nach der mittagspause, am abend, in einer stunde"
    ),
    spellings=(
        ("nich", "nicht"),
        ("nix", "nichts"),
        ("isch", "ist"),
        ("kei", "kein"),
        ("guet", "gut"),
    ),
    ok_alone=phrases(
        "passt, passt so, gut so, mach so, mach mal so, ja mach so, gerne so, in ordnung, sieht gut "
        "aus, kannst du so machen, machen wir so"
    ),
    good=phrases("gut, prima, super, perfekt, in ordnung"),
    mail=MailWords(
        forwarded=phrases("weitergeleitete nachricht, anfang der weitergeleiteten"),
        original=phrases("ursprüngliche nachricht, original.nachricht, antwort nachricht"),
        label_from=phrases("von"),
        label_date=phrases("gesendet, datum"),
        label_sent=phrases("gesendet"),
        label_to=phrases("an"),
        label_cc=phrases("cc, kopie"),
        label_subject=phrases("betreff"),
        label_particles=phrases("am"),
        on=phrases("am"),
        wrote=phrases("schrieb"),
        sent=phrases("geschrieben"),
        form_labels=phrases(
            "e-?mail(?:-?adresse)?, name, vorname, nachname, telefon(?:nummer)?, firma, adresse, "
            "nachrichtentext, ihre nachricht, nachricht, frage, kommentar, bemerkung, anfrage"
        ),
        form_message=phrases(
            "nachrichtentext, ihre nachricht, nachricht, frage, ihre frage, kommentar, "
            "bemerkung(?:en)?, anfrage"
        ),
        salutations=phrases(
            "hallo, guten (?:tag|morgen|abend), sehr geehrte[rs]?, liebe[rs]?(?! nicht), moin, servus"
        ),
        titles=phrases("damen und herren"),
        closings=phrases(
            "(?:mit )?(?:freundlichen?|besten?|herzlichen?|lieben?|vielen?|schönen?) grü(?:ß|ss)en?, "
            "mfg, hochachtungsvoll, gruß, grüße, lg, beste grü(?:ß|ss)e"
        ),
        closing_links=phrases("und, aus"),
        thanks_lines=phrases("danke, vielen dank, danke im voraus, vielen dank im voraus"),
        sent_from=(
            "von meinem .+ gesendet",
            "gesendet (?:von|mit|aus) ",
            "(?:holen sie sich|outlook für)",
        ),
        disclaimers=(
            r"(?:diese|die) .{0,40}(?:e-?mail|nachricht)\b.{0,200}(?:vertraulich|bestimmt)",
            "bitte (?:denken|prüfen) sie .{0,40}(?:umwelt|druck)",
        ),
        mail_words=phrases("e-?mail, mail, nachricht"),
        pictures=phrases("bild"),
        notice_words=phrases("anhänge?, absender, vertrauen, sicher, links?"),
        to_view=phrases("ansehen, anzeigen, klicken, probleme"),
        in_browser=phrases(r"\bbrowser, \bonline\b, webversi"),
        browser_lines=phrases(r"im browser (?:ansehen|anzeigen|öffnen|lesen), ^\s*webversion\s*$"),
        beware=phrases("achtung, vorsicht"),
        outside=phrases("außerhalb, ausserhalb"),
        banners=(
            r"^\W{0,6}externe?r?(?:\s(?:e-?mail|mail|nachricht|absender))?\W{0,6}$",
            r"^\W{0,6}externe?r? (?:e-?mail|mail|nachricht|absender)\W{0,3}[:!–-]",
            "(?:stammt|kommt|wurde) von (?:außerhalb|einem externen|extern)",
            r"seien sie (?:bitte )?vorsichtig\b.{0,60}(?:links|anhäng)",
            "klicken sie (?:nicht )?auf (?:keine )?links",
            r"^einige personen\b.{0,60}erhalten nicht (?:oft|häufig)",
            "sie (?:erhalten|bekommen) nicht (?:oft|häufig)",
        ),
        scan_openings=phrases("keine, ge, vir"),
        scanned=(
            r"\bvirenfrei\b",
            r"\b(?:geprüft|gescannt|überprüft|untersucht)\b.{0,40}\b(?:viren|virus|malware"
            r"|schadsoftware)",
            r"\b(?:viren|virus|malware|schadsoftware)\b.{0,40}\b(?:geprüft|gescannt|überprüft"
            r"|untersucht)",
        ),
        list_footers=(
            r"^\W{0,4}wenn sie sich von dieser gruppe abmelden\b",
            r"^\W{0,4}um diese diskussion\b",
            r"\bsie erhalten diese (?:nachricht|e-?mail),? weil\b",
            r"^\W{0,4}abmelden\W{0,4}$",
        ),
        mail_programs=phrases("programm"),
        about_html=phrases(r"anzeig\w*, darstell\w*, nachricht, format, program\w*"),
        reply_prefixes=phrases("aw, antwort"),
        forward_prefixes=phrases("wg"),
        outside_marks=phrases("extern, externer? (?:e-?mail|absender)"),
        outside_prefixes=phrases("extern(?:e e-?mail|er absender):"),
        receipt_subjects=phrases("(?:nicht )?gelesen, zugestellt, empfangsbestätigung, lesebestätigung"),
        receipt_of=phrases("ihre nachricht, deine nachricht"),
        receipt_said=phrases("wurde (?:gelesen|gelöscht|empfangen|zugestellt)"),
        receipt_by=phrases("am, um, von"),
        reactions=phrases(
            "hat auf (?:ihre|deine|die|diese) (?:nachricht|e-?mail) reagiert, hat reagiert "
            "(?:via|mit|uber) gmail, hat (?:via|mit|uber) gmail reagiert"
        ),
        reaction_stems=phrases("reagi, gef[aä]ll"),
        tapbacks=phrases("gefallt"),
        tapback_tails=phrases("gut"),
        tapback_things=phrases("ein (?:bild|anhang)"),
        auto_subjects=phrases("abwesenheitsnotiz, automatische antwort"),
        auto_subjects_vague=phrases("abwesenheit, abwesend"),
        absence=phrases(
            "abwesend, nicht im (?:buro|haus), im urlaub, in urlaub, auf urlaub, nicht erreichbar, "
            "wieder (?:erreichbar|im buro|fur sie da), nicht mehr (?:tatig|im "
            "unternehmen|beschaftigt)"
        ),
        absence_subjects=phrases("ist (?:nicht im buro|abwesend)"),
        confirmed=phrases(
            r"(?:automatisch|automatisierte)\w* (?:e-?mail|nachricht|antwort), automatisch "
            r"(?:generiert|erstellt|erzeugt), haben ihre (?:e-?mail|nachricht|anfrage) (?:\w+ "
            r")?erhalten"
        ),
        no_reply=phrases("(?:nicht|keine)[-_.]?antwort(?:en)?"),
        failures=phrases("nicht zugestellt, nicht zustellbar, unzustellbar, zustellung fehlgeschlagen"),
        failure_texts=phrases("an folgende empfänger, unbekannter empfänger"),
        failure_hints=phrases("existiert nicht, postfach ist voll"),
        delays=phrases("verzögert"),
        gave_up=phrases("endgültig fehlgeschlagen, dauerhafter fehler"),
        requests=(
            "(?:können|könnten|würden) sie",
            "(?:kannst|könntest|würdest) du",
            "bitte (?:um|senden|schicken|geben|melden)",
            "(?:geben|schicken|senden|teilen) sie (?:mir|uns)",
            r"bitte \w{3,20}en sie",
            "bitte (?:ruf|sag|gib|schick|schreib|meld|prüf|bestätig)",
            "(?:ich|wir) (?:möchten?|würden? gerne?|hätten? gerne?)",
            "(?:würde|würden|möchte|möchten) (?:ich|wir)",
            "mit der bitte um",
            "wir bitten",
            "darf ich",
            "dürfen wir",
            "(?:rufen|melden) sie (?:mich|uns|sich)",
            "haben sie (?:noch|schon|die|den|das)",
        ),
        hours=phrases("uhr"),
        near_days=phrases(
            r"heute, morgen, übermorgen, nächste woche, nächsten monat, diese woche, dieses wochenende, "
            r"ende der woche, ende des monats, monatsende, vor mittag, (?:am|bis|vom|zum) \d\d?(?=\.)"
        ),
        very=phrases("vielmals, vielen, herzlichen"),
        agreed=(
            "danke",
            "dank",
            "erhalten",
            "einverstanden",
            "prima",
            "super",
            "perfekt",
            "passt",
            "geht klar",
            "in ordnung",
            "ist notiert",
            "notiert",
            "alles (?:ist )?gut angekommen",
            "alles klar",
            "danke (?:schön|sehr|dir|ihnen)",
            "toll",
            "wunderbar",
        ),
        thanks_tails=(
            r"für \w+(?: \w+)?",
            "(?:dann )?bis (?:dann|bald|morgen|@day)",
            "alles (?:ist )?gut angekommen",
            "(?:viele |liebe |schöne )?(?:gruß|grüße)",
        ),
        thanked=phrases(r"\bdanke, \bdank"),
        more_than_thanks=phrases("im voraus, vorab, einverstanden, bis (?:dann|bald)"),
        answers=phrases("antwort, hilfe, rückmeldung, rückruf, auskunft, angebot, info"),
        orders=(
            "hiermit bestell",
            "bestellen wir",
            "wir bestellen",
            "(?:vom )?auftrag zurück",
            "stornier",
            "kündig",
            "nehmen (?:ihr|das|dein) angebot",
            "unterschriebene[nrs]? (?:vertrag|angebot)",
            "auftrag erteilen",
            "anbei (?:unsere|die|meine) bestellung",
            r"bestellung \d",
            "freuen uns (?:über|auf) (?:ein|ihr) angebot",
            "suchen (?:einen|eine) (?:lieferant|angebot)",
            "legen sie los",
            "machen sie (?:das|es) so",
        ),
        season_wishes=(
            r"(?:frohe|schöne|besinnliche|gesegnete) (?:\w+ )?(?:weihnachten|feiertage|festtage|ostern)",
            "guten rutsch",
            "(?:frohes|gutes|gesundes) neues jahr",
            "alles gute zum geburtstag",
        ),
        intimate=(
            "schatz(?:i)?",
            "liebling",
            "küsschen",
            "bussi",
            "bussis",
            "mama",
            "papa",
            "mutti",
            "vati",
            "oma",
            "opa",
            "liebe eltern",
            "mein schatz",
        ),
        needs_hand=(
            "unterzeichnen",
            "unterschreiben",
            "unterschrift",
            "läuft ab",
            "handlungsbedarf",
            "freigabe erforderlich",
            "fällig",
        ),
        bulk_marks=(
            "abbestellen",
            "abmelden vom",
            "newsletter",
            "nicht auf diese (?:e-?mail|nachricht)",
            "automatisch erstellt",
        ),
        praise=(
            "perfekt",
            "klar",
            "super",
            "genau",
            "angekommen",
            "erhalten",
            "prima",
            "toll",
            "wunderbar",
        ),
        abbreviations=phrases(r"nr, vgl, usw, z\.b, u\.a, tel, ca"),
    ),
)
