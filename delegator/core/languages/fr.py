"""French. The words of one language stand in one file, so that a translator has one to look at."""

from __future__ import annotations

from .table import LanguageTable, MailWords, phrases

TABLE = LanguageTable(
    forward=phrases(
        "transférer, transfère, transmettre, transmets, faire suivre, faire-suivre, envoie, donne, fais "
        "suivre"
    ),
    forward_ends=phrases("directement"),
    to_do=phrases(
        "tâche, tâches, à faire, sur ma liste, à ma liste, sur la liste, dans ma liste, sur ma liste de "
        "tâches, à ma liste de tâches"
    ),
    done=phrases(
        "fait, terminé, terminée, traité, traitée, classé, fini, finis, faits, terminés, à classer, "
        "classer, réglé, réglés"
    ),
    later=phrases(
        "plus tard, peut attendre, peuvent attendre, pour mon retour, à mon retour, après mes vacances, "
        "quand je reviens"
    ),
    undo=phrases("annuler, annule, rétablir, retour"),
    whole=phrases("mail entier, mail complet, lire, montre"),
    ok=phrases(
        "ok, d'accord, comme proposé, oui à tout, comme tu proposes, c'est bon pour tout, ok pour tout, "
        "d'accord pour tout"
    ),
    the_list=phrases(
        "liste, la liste, ma liste, liste de tâches, la liste des tâches, liste des tâches, "
        "envoyer la liste, envoie la liste, envoyez la liste"
    ),
    the_rest=phrases("reste, le reste, les autres, tous les autres, tout le reste"),
    everything=phrases("tout, tous, toutes"),
    both=phrases("les deux, tous les deux, toutes les deux"),
    unless=phrases("sauf, excepté, à part, hormis, mais pas, sans"),
    negation=phrases("pas, pas encore, non"),
    conjunctions=phrases("et, n"),
    contrast=phrases("mais, seulement"),
    towards=phrases("à, vers, pour, chez"),
    until=phrases("à, au, jusqu'à, jusqu'au, jusque, jusqu'à ce"),
    articles=phrases("le, la, les, l', numéro, n°, numéros"),
    answered=phrases(
        "répondu, déjà répondu, j'ai répondu, j'ai déjà répondu, j'y ai répondu, je lui ai répondu, je "
        "leur ai répondu, téléphoné, déjà téléphoné, j'ai téléphoné, je lui ai téléphoné, appelé, "
        "appelée, j'ai appelé, je l'ai appelé, je l'ai appelée, je l'ai déjà appelé, je l'ai déjà "
        "appelée, je les ai appelés, je l'ai rappelé, je l'ai rappelée, rappelé, je l'ai eu au "
        "téléphone, je l'ai eue au téléphone, je lui ai écrit, fait, c'est fait, déjà fait, réglé, "
        "c'est réglé, tout est réglé, tout réglé, traité, c'est traité, déjà traité, terminé, c'est "
        "terminé, c'est bon, c'est en ordre, tout est en ordre, répondu ou téléphoné, je lui ai parlé, "
        "je leur ai écrit, je leur ai parlé, j'ai écrit, j'ai parlé, envoyé, réponse envoyée, j'ai "
        "envoyé une réponse, j'ai traité, j'ai réglé, je l'ai fait, c'est en règle, j'ai rappelé, je "
        "les ai rappelés, répondus, traités, faits, réglés, sont répondus, sont traités, sont faits, "
        "sont réglés, tt est fait, tt est réglé, tt est traité, tout est fait, tout est traité, les "
        "deux sont réglés, ou téléphoné, ou appelé"
    ),
    later_today=phrases(
        "plus tard, plus tard aujourd'hui, tout à l'heure, cet après-midi, aujourd'hui, encore "
        "aujourd'hui, ce soir, je réponds plus tard, je répondrai plus tard, je réponds cet après-midi, "
        "je m'en occupe plus tard, je m'en occupe cet après-midi, je l'appelle plus tard, je l'appelle "
        "tout à l'heure, je l'appelle cet après-midi, je le ferai plus tard, je le ferai aujourd'hui, "
        "dans un moment, après ma réunion, après le déjeuner, plus tard dans la journée, tantôt, je "
        "rappelle tantôt, je rappelle plus tard, je rappelle cet après-midi, je le rappelle, je la "
        "rappelle, je le rappelle tantôt, je le rappelle plus tard, je l'appelle tantôt, je le fais "
        "plus tard, je le fais tantôt, je le fais cet après-midi, je le fais aujourd'hui, je regarde "
        "plus tard, je regarde tantôt, je regarde cet après-midi, dans l'après-midi, en fin de journée, "
        "je m'en occupe aujourd'hui, je m'en occupe tantôt, je m'en occupe maintenant, tout de suite, "
        "de suite, je le fais tout de suite, je le fais maintenant, je réponds tout de suite, je "
        "réponds maintenant, je l'appelle tout de suite, je m'y mets, j'y travaille, je le fais après, "
        "je fais après, après"
    ),
    not_me=phrases(
        "pas moi, pas pour moi, ce n'est pas pour moi, c'est pas pour moi, pas mon client, pas ma "
        "cliente, pas mon dossier, ce n'est pas mon dossier, demande à quelqu'un d'autre, demandez à "
        "quelqu'un d'autre, quelqu'un d'autre svp, je ne peux pas m'en occuper, je ne connais pas ce "
        "dossier, ce n'est pas mon client, c'est pas mon client, ce n'est pas ma cliente, ce n'est pas "
        "moi, c'est pas moi, ce n'est pas moi qui gère ça, ce n'est pas moi qui gère, c'est pas moi qui "
        "gère ça, c'est pas moi qui gère, rien pour moi, ce n'est rien pour moi, pas de mon ressort, ce "
        "n'est pas de mon ressort, c'est pas mon dossier, ce n'est pas à moi, pas le mien, c'est pas le "
        "mien, pas les miens"
    ),
    rather_not=phrases(
        "plutôt pas, non, non désolé, non désolée, non merci, je ne peux pas, je ne pourrai pas, je "
        "peux pas, je préfère pas, je préfère ne pas, je préférerais ne pas, pas possible, ce n'est pas "
        "possible, c'est pas possible, ça ne va pas, ça ne marche pas, ça ne m'arrange pas, ça n'ira "
        "pas, malheureusement pas, malheureusement non, hélas non, impossible, c'est impossible, pas "
        "cette fois, je ne suis pas disponible, pas possible pour moi, ce n'est pas possible pour moi, "
        "c'est pas possible pour moi, impossible pour moi, impossible cette semaine, impossible cette "
        "semaine là, impossible cette semaine-là, je ne sais pas le faire, ça ne va pas être possible, "
        "ce ne sera pas possible, je ne pourrai pas le faire, je peux vraiment pas, je ne peux vraiment "
        "pas, là je peux pas, là je peux vraiment pas, ça va pas être possible"
    ),
    there=phrases(
        "ok, je suis là, je serai là, je suis là tout le temps, je suis présent, je suis présente, oui, "
        "oui je suis là, oui bien sûr, oui d'accord, oui sans problème, oui volontiers, oui pas de "
        "problème, d'accord, ça va, ça va pour moi, ça me va, ça marche, ça roule, bien sûr, "
        "certainement, absolument, évidemment, parfait, très bien, c'est bon pour moi, bon pour moi, "
        "entendu, c'est entendu, c'est noté, noté, bien noté, compris, volontiers, avec plaisir, je "
        "m'en occupe, je m'en charge, je le fais, je prends le relais, je prends la relève, pas de "
        "problème, aucun problème, sans problème, pas de souci, pas de soucis, aucun souci, sans souci, "
        "tu peux compter sur moi, vous pouvez compter sur moi, compte sur moi, comptez sur moi, super, "
        "nickel, pas de pb, aucun pb, oui je suis là tout le temps, bien reçu, oui ça va, oui ça "
        "marche, oui ok, oui avec plaisir, oui pas de souci, je te remplace, je gère, pas de blème, "
        "c'est ok, ok pour moi, ok ça marche, nickel pour moi, ça roule pour moi, dac, dacodac, sans "
        "soucis, pas de soucis je gère, avec grand plaisir"
    ),
    away=phrases(
        "pas, absent, absente, congé, congés, vacances, en congé, sauf, hors du bureau, indisponible, "
        "je bosse pas, je travaille pas"
    ),
    greetings=phrases("bonjour, bonsoir, salut, cher, chère, coucou, chers, chères"),
    thanks=phrases(
        "merci, merci beaucoup, merci d'avance, un grand merci, mille mercis, merci bien, grand merci"
    ),
    sign_offs=phrases(
        "cordialement, bien cordialement, bien à vous, bien à toi, amicalement, salutations, "
        "meilleures salutations, cordiales salutations, sincères salutations, bises, bisous, à bientôt, "
        "à plus, à plus tard, à demain, à tout à l'heure, au revoir"
    ),
    wishes=phrases(
        "bonnes vacances, bon congé, bons congés, bonne journée, bonne soirée, bon voyage, bon séjour, "
        "bon repos, profite bien, profitez bien, profite, profitez, profites-en, profites-en bien, "
        "profitez-en, profitez-en bien, amuse-toi bien, amusez-vous bien, bonnes fêtes, joyeuses fêtes, "
        "bon week-end, ne t'inquiète pas, ne vous inquiétez pas, t'inquiète, pas d'inquiétude, "
        "repose-toi bien, reposez-vous bien, bonne chance, joyeux noël, bonne année, bonne plage, "
        "bonnes vacs, éclate-toi bien"
    ),
    courtesies=phrases(
        "désolé, désolée, malheureusement, hélas, s'il te plaît, s'il vous plaît, stp, svp, au fait, "
        "encore, à tous, bien, et, mais, de, depuis, beaucoup, bisous, x, xx, euh, ah, oups, oh, "
        "pardon, oublié, j'ai oublié, j'avais oublié, mon erreur, ma faute, lol, haha, là"
    ),
    small_words=phrases(
        "déjà, hier, ce matin, à l'instant, juste, aussi, entre-temps, moi-même, par téléphone, par "
        "mail, malheureusement, hélas, pour toi, pour vous, hier soir"
    ),
    ask_somebody=phrases("demande à, demandez à, vois avec, voyez avec, voir avec, plutôt pour, c'est pour"),
    complaints=phrases(
        "réclamation, réclamations, plainte, plaintes, me plaindre, mécontent, mécontente, insatisfait, "
        "insatisfaite, déçu, déçue, décevant, inacceptable, scandaleux, endommagé, endommagée, "
        "défectueux, défectueuse, cassé, cassée, abîmé, ne fonctionne pas, ne fonctionne plus, ne "
        "marche pas, toujours pas livré, pas livré, pas encore reçu, toujours pas reçu, toujours rien "
        "reçu, erreur de livraison, livré en retard, incorrect, incorrecte, mise en demeure, "
        "dédommagement, remboursement, dernier rappel, troisième rappel, sans réponse, aucune réponse, "
        "pas de réponse, sans nouvelles, troisième fois, deuxième fois, inadmissible, toujours rien, "
        "toujours pas"
    ),
    confidential=phrases(
        "fiche de paie, fiche de paye, bulletin de paie, bulletin de salaire, fiche de salaire, salaire*, "
        "arrêt de travail, congé maladie, licenciement, entretien annuel, certificat médical, "
        "arrêt maladie, médecin, hôpital, syndicat*, délégué syndical, ressources humaines, avocat*, "
        "divorce"
    ),
    weekdays=(
        phrases("lundi, lun"),
        phrases("mardi, mar"),
        phrases("mercredi, mer"),
        phrases("jeudi, jeu"),
        phrases("vendredi, ven"),
        phrases("samedi, sam"),
        phrases("dimanche, dim"),
    ),
    months=(
        phrases("janvier, janv, jan"),
        phrases("février, févr, fév"),
        phrases("mars"),
        phrases("avril, avr"),
        phrases("mai"),
        phrases("juin"),
        phrases("juillet, juil"),
        phrases("août"),
        phrases("septembre, sept, sep"),
        phrases("octobre, oct"),
        phrases("novembre, nov"),
        phrases("décembre, déc"),
    ),
    day_words=phrases(
        "du, de, le, la, les, entre, et, aussi, là, disponible, en, oui, ok, mais, désolé, désolée, je ne "
        "suis, je suis, je ne serai, je serai, je ne peux, suis, serai, ne, inclus, compris, toute la "
        "journée, ce jour-là, jour, sinon oui, le reste oui, au, sinon, sinon ok, pour le reste ok, le "
        "reste ok, sinon ça va, je serai pas là, sinon pas de problème, sinon pas de souci, sinon aucun "
        "souci, ensuite ok, ensuite pas de problème, après ok, après pas de problème, après c'est bon, "
        "ensuite c'est bon, sinon c'est bon, moi-même"
    ),
    absent=phrases(
        "absent, absente, absents, absentes, malades, je suis absent, je suis absente, serai absent, serai "
        "absente, je serai absent, je serai absente, parti, partie, je suis parti, je suis partie, en "
        "congé, je suis en congé, congé, congés, en congés, en vacances, je suis en vacances, vacances, "
        "malade, je suis malade, pas là, je pars, pars, on part, nous partons, pas dispo, pas disponible, "
        "indisponible, pas au bureau, hors du bureau, hors bureau, absence, mon absence, en déplacement, en "
        "voyage, rtt, en rtt, en arrêt, en arrêt maladie, arrêt maladie, de congé, en repos, départ, je ne "
        "serai pas là, je ne suis pas là, ne serai pas là, mon congé, mes congés, mes vacances, mon départ, "
        "mon voyage"
    ),
    trial=phrases("essai, l'essai, mon essai, à l'essai, en essai, période d'essai, simulation"),
    is_back=phrases(
        "je suis de retour, suis de retour, de retour, je suis rentré, je suis rentrée, je suis "
        "revenu, je suis revenue, est de retour, est revenu, est revenue, me revoilà, je suis là, je "
        "suis rentré de vacances, je suis rentrée de vacances, de retour de vacances, je suis de "
        "retour de vacances, de retour au bureau, je suis de retour au bureau, je suis de retour au "
        "travail, de retour au travail, de retour à la maison, je suis de retour à la maison, je suis "
        "revenu de vacances, je suis revenue de vacances, revoilà"
    ),
    exclaimed=phrases("rentré, rentrée, retour, revenu, revenue"),
    pause=phrases(
        "pause, en pause, mets en pause, mettre en pause, suspendre, suspends, stop, arrête, ne "
        "transfère plus rien, arrête de transférer, arrêtez de transférer, arrête les transferts, "
        "arrêter les transferts, ne transfère plus, ne transférez plus, ne transférez plus rien, ne "
        "transfère rien, plus de transfert, plus de transferts, suspends les transferts, suspendre "
        "les transferts, mets tout en pause, mets les transferts en pause, stop aux transferts, "
        "stoppe, on arrête, on fait une pause, n'envoie plus rien, rien transférer, tout en pause, "
        "arrête tout, on met tout en pause"
    ),
    resume=phrases(
        "reprendre, reprends, continuer, continue, on continue, relance, relancer, on reprend, on "
        "recommence, tu peux reprendre, tu peux recommencer, recommence, recommence à transférer, "
        "reprends les transferts, reprendre les transferts, tu peux transférer à nouveau, transfère à "
        "nouveau, transfère de nouveau, c'est reparti, tu peux continuer, relance les transferts, "
        "merci de reprendre, reprends le transfert, reprends tout"
    ),
    time_zone=phrases(
        "fuseau horaire, fuseau, mon fuseau horaire est, mon fuseau, fuseau horaire est, mon fuseau est, "
        "mets le fuseau horaire sur, change le fuseau horaire en, fuseau horaire de, fuseau-horaire, "
        "fuseau horaire est maintenant, fuseau est, le fuseau horaire est, zone horaire, ma zone horaire "
        "est, zone horaire de, fuseau de, nouveau fuseau horaire, nouveau fuseau, mon fuseau horaire est "
        "maintenant, mon fuseau est maintenant"
    ),
    again=phrases(
        "à nouveau, encore, de nouveau, la prochaine fois, prochaine fois, mes prochaines vacances"
    ),
    yes=phrases("oui, ouais, bien sûr, volontiers, avec plaisir, certainement, absolument, oui volontiers"),
    no=phrases("non, pas encore, pas maintenant, aucune idée, je ne sais pas encore, plutôt pas"),
    through=phrases(
        "jusqu'au inclus, jusqu'à et y compris, jusques et y compris, jusques et y compris le, "
        "jusqu'à et y compris le"
    ),
    included=phrases("inclus, incluse, compris, y compris, ce jour inclus, jour compris"),
    since=phrases(
        "du, depuis, à partir du, à partir de, dès, dès le, à compter du, à compter de, à partir, à dater du"
    ),
    today=phrases("aujourd'hui, maintenant, immédiatement, dès maintenant, tout de suite, dès aujourd'hui"),
    tomorrow=phrases("demain"),
    after_tomorrow=phrases("après-demain, après demain"),
    o_clock=phrases("h, heures, heure"),
    at_hour=phrases("à, vers"),
    back_on=phrases(
        "je rentre, rentre, je reviens, reviens, retour, mon retour, de retour au bureau, de retour "
        "chez moi, je serai de retour, serai de retour, je serai rentré, je serai rentrée, rentré, "
        "rentrée, je reprends le travail, au bureau, chez moi, revient, elle revient, il revient"
    ),
    longer=phrases(
        "prolonge, prolonger, je prolonge, prolongation, prolongé, je reste, reste, plus longtemps, je "
        "reste plus longtemps, on reste, nous restons, je reste ici, reste ici, on reste ici"
    ),
    covers=phrases(
        "prend la relève, prend le relais, reprend, reprend tout, me remplace, qui me remplace, "
        "remplace, assure l'intérim, assure le remplacement, comme remplaçant, comme remplaçante, "
        "remplaçant, remplaçante, est mon remplaçant, est ma remplaçante, s'en occupe, qui s'en "
        "occupe, qui prend le relais, qui prend la relève"
    ),
    next_one=phrases("prochain, prochaine"),
    next_week=phrases(
        "la semaine prochaine, semaine prochaine, la semaine qui vient, toute la semaine prochaine"
    ),
    this_week=phrases("cette semaine, le reste de la semaine, reste de la semaine"),
    weekend=phrases("week-end, weekend, ce week-end, le week-end, ce weekend"),
    day_units=phrases("jour, jours"),
    week_units=phrases("semaine, semaines, sem"),
    month_units=phrases("mois"),
    numbers=(
        phrases("un, une"),
        phrases("deux"),
        phrases("trois"),
        phrases("quatre"),
        phrases("cinq"),
        phrases("six"),
        phrases("sept"),
        phrases("huit"),
        phrases("neuf"),
        phrases("dix"),
    ),
    ahead=phrases("dans, après"),
    day_parts=phrases(
        "matin, matinée, après-midi, aprem, soir, soirée, cet après-midi, ce soir, ce matin, dans "
        "l'après-midi, dans la matinée, l'après-midi, le matin, une demi-journée, demi-journée"
    ),
    instead=phrases("au lieu du, au lieu de, plutôt que"),
    denial=phrases("aucun, aucune"),
    not_yet=phrases("pas encore, toujours pas, pas tout de suite"),
    stays=phrases(
        "pars pas, ne pars pas, je ne pars pas, je pars pas, pars plus, ne pars plus, je ne pars plus, je "
        "pars plus, je ne pars finalement pas, je ne pars pas finalement, ne partons pas, nous ne partons "
        "pas, nous ne partons plus, on ne part pas, on part pas, on ne part plus, on part plus, ne pas "
        "partir, pas de départ, plus de départ, pas absent, pas absente, plus absent, plus absente, pas en "
        "vacances, pas de vacances, plus de vacances, plus en vacances, pas en congé, pas de congé, plus de "
        "congé, pas de congés, plus de congés, pas parti, pas partie, pas de voyage, plus de voyage, je "
        "reste à la maison, reste à la maison, on reste à la maison, nous restons à la maison, je reste "
        "chez moi, reste chez moi, je serai là, serai là, je serai là finalement, finalement là, je serai "
        "bien là, je suis bien là, je travaille finalement, je serai présent, je serai présente, finalement "
        "présent, finalement présente, je n'y vais pas, n'y vais pas, j'y vais pas, je n'y vais plus, on "
        "n'y va pas, on n'y va plus, je ne suis pas absent, je ne suis pas absente, je ne suis pas en "
        "vacances, je ne suis pas en congé, je ne suis plus absent, je ne suis plus absente, je ne suis "
        "plus en vacances, je ne suis plus en congé, je ne suis finalement pas absent, je ne suis "
        "finalement pas absente, je ne suis finalement pas en vacances, je ne suis finalement pas en congé, "
        "je ne suis finalement plus absent, je ne suis finalement plus absente, je ne suis finalement plus "
        "en vacances, je ne suis finalement plus en congé, je ne serai pas absent, je ne serai pas absente, "
        "je ne serai pas en vacances, je ne serai pas en congé, je ne serai plus absent, je ne serai plus "
        "absente, je ne serai plus en vacances, je ne serai plus en congé, je ne serai finalement pas "
        "absent, je ne serai finalement pas absente, je ne serai finalement pas en vacances, je ne serai "
        "finalement pas en congé, je ne serai finalement plus absent, je ne serai finalement plus absente, "
        "je ne serai finalement plus en vacances, je ne serai finalement plus en congé, ne suis finalement "
        "pas absent, ne suis finalement pas absente, ne serai finalement pas absent, ne serai finalement "
        "pas absente, suis finalement pas absent, suis finalement pas absente, serai finalement pas absent, "
        "serai finalement pas absente, finalement pas absent, finalement pas absente, finalement je ne pars "
        "pas, je ne pars finalement plus, je ne prends pas congé, je ne prends pas de congé, je ne prends "
        "plus congé, je ne prends pas de vacances, je ne prends finalement pas congé, supprimer mon "
        "absence, supprime mon absence, supprimez mon absence, supprimer l'absence, je reste, reste, on "
        "reste, nous restons, je reste ici, reste ici, on reste ici"
    ),
    calls_off=phrases(
        "annuler, annule, annulé, annulée, annulés, annulées, est annulé, est annulée, sont annulés, sont "
        "annulées, j'annule, annulation, annulez, décommander, décommandé, décommandée, tombe à l'eau, "
        "tombé à l'eau, tombée à l'eau, supprimé, supprimée, n'a pas lieu, n'a plus lieu, n'aura pas lieu, "
        "à l'eau"
    ),
    trips=phrases(
        "vol, mon vol, le vol, notre vol, voyage, mon voyage, le voyage, notre voyage, séjour, projet, "
        "projets, train, mon train, le train, notre train, bus, ferry, bateau, le bateau, croisière, la "
        "croisière, congrès, le congrès, conférence, la conférence, salon, hôtel, l'hôtel, mon hôtel"
    ),
    first_person=phrases("je, j'ai, suis, serai, nous"),
    links=phrases(
        "est, sont, seront, avec, par, et, puis, svp, stp, s'il te plaît, s'il vous plaît, le, la, mon, "
        "ma, je, ce, cette, je suis, je serai, je vais, suis, serai, sera, pendant, pour, durant, de, "
        "toute, tout, entière, c'est, qui, en, j'ai, je prends, prends, prend, on, nous, sommes, serons, "
        "un, une, bonjour, seulement, finalement, à la maison, des, les, dans, aussi, ça, année, pas avant "
        "le, pas avant, moi, encore, pour le moment, pour l'instant, s.v.p., s.v.p, s.t.p., s'il te plait, "
        "s'il vous plait"
    ),
    myself=phrases(
        "je m'en charge, je m'en occupe, je le fais, je le fais moi-même, je m'en occupe moi-même, je "
        "garde, pour moi, est pour moi, de côté"
    ),
    keep=phrases("garde, garder, laisse, laisser, conserve"),
    put=phrases("mets, mettre, ajoute, ajouter"),
    takes=phrases("prend, peut prendre, fait, peut faire, s'occupe de, s'occupe du, reçoit, gère"),
    takes_end=phrases("en charge"),
    likewise=phrases("aussi, idem, pareil, également"),
    copulas=phrases("est, sont, c'est, a été"),
    may=phrases("peut, peuvent, doit, doivent, va"),
    please=phrases("svp, stp, s'il te plaît, s'il vous plaît, plutôt"),
    item_words=phrases("mail, demande, message"),
    ordinals=phrases("er, e, ème, eme"),
    of_month=phrases("de"),
    will=phrases(
        "je m'en occupe, je réponds, je vais répondre, je regarde, je vais regarder, je fais, je le "
        "fais, je vais le faire, j'appelle, je l'appelle, je vais appeler, je rappelle, je traite, je "
        "gère, je m'y mets"
    ),
    soon=phrases(
        "cet après-midi, cet aprem, cet aprèm, ce soir, aujourd'hui, tout à l'heure, plus tard, tantôt, "
        "tout de suite, dans la journée, ce midi, avant ce soir, après le déjeuner, dans une heure, "
        "après"
    ),
    spellings=(
        ("c", "cest"),
        ("dacc", "daccord"),
        ("jpeux", "je peux"),
        ("chuis", "je suis"),
        ("jsuis", "je suis"),
        ("tkt", "pas de probleme"),
    ),
    ok_alone=phrases("c'est bon, vas-y, oui vas-y, ça me va, ça marche, c'est parfait, ça me convient"),
    good=phrases("bon, parfait, bien, nickel, ok"),
    mail=MailWords(
        forwarded=phrases("message transféré, message réexpédié, début du message"),
        original=phrases("message d.origine, message original, message initial"),
        label_from=phrases("de"),
        label_date=phrases("envoyé, date, message du"),
        label_sent=phrases("envoyé"),
        label_to=phrases("à"),
        label_cc=phrases("cc, copie"),
        label_subject=phrases("objet, sujet"),
        label_particles=phrases("le, à"),
        on=phrases("le"),
        wrote=phrases("a écrit"),
        sent=phrases("a envoyé"),
        form_labels=phrases(
            "e-?mail, nom, prénom, téléphone, société, adresse, corps du message, votre message, "
            "question, commentaires?, demande"
        ),
        form_message=phrases(
            "message, corps du message, votre message, question, votre question, commentaires?, demande"
        ),
        salutations=phrases("bonjour, bonsoir, salut, ch[eè]re?s?, madame, monsieur"),
        titles=phrases("madame, monsieur"),
        closings=phrases(
            "(?:bien )?cordialement, bien à (?:vous|toi), amicalement, sincères salutations, "
            "(?:meilleures |cordiales |sincères )?salutations(?: distinguées)?, bonne "
            "(?:journée|soirée|réception)"
        ),
        closing_links=phrases("et, de"),
        thanks_lines=phrases("merci, merci d.avance, merci beaucoup"),
        sent_from=(
            "envoyé (?:de|depuis|à partir) ",
            "(?:obtenir|télécharger) outlook pour",
        ),
        disclaimers=(
            r"(?:ce|cet|les informations) .{0,40}(?:e-?mail|message"
            r"|courriel)\b.{0,200}(?:confidentiel|destin)",
            "pensez à l.environnement",
        ),
        mail_words=phrases("e-?mail, mail, message, courriel"),
        pictures=phrases("image"),
        notice_words=phrases("pièces? jointes?, expéditeur, liens?, sûr, organisation"),
        to_view=phrases("voir, lire, consulte[rz], afficher"),
        in_browser=phrases(r"\ben ligne, \bnavigateur, version web"),
        browser_lines=phrases(r"^\s*version en ligne\s*$"),
        beware=phrases("attention"),
        outside=phrases("dehors, l.extérieur"),
        banners=(
            r"^\W{0,6}externe(?:\s(?:e-?mail|mail|message|expéditeur))?\W{0,6}$",
            "(?:provient|envoyé|émane|vient) (?:de l.extérieur|(?:d.une?|par une?) (?:expéditeur"
            "|expéditrice|source|adresse|domaine) externe)",
            r"(?:soyez|restez) (?:prudent|vigilant)e?s?\b.{0,60}(?:pi[èe]ces? jointes?|liens)",
            "ne cliquez (?:pas )?sur (?:les |aucun )",
            r"^certaines personnes\b.{0,60}ne reçoivent pas souvent",
            "vous (?:n.obtenez|ne recevez) pas souvent",
        ),
        scan_openings=phrases("aucun, anal, v[ée]ri, contr, vir"),
        scanned=(
            r"\b(?:exempt de virus|sans virus)\b",
            r"\b(?:analysé|vérifié|contrôlé|scanné|balayé)e?\b.{0,60}\b(?:virus|malveillant|antivirus"
            r"|malware)",
            r"\baucun virus\b",
        ),
        list_footers=(
            r"^\W{0,4}pour vous désabonner de (?:ce|cette)\b",
            r"^\W{0,4}pour afficher cette discussion\b",
            r"\bvous recevez ce (?:message|courriel|mail) (?:parce|car)\b",
            r"^\W{0,4}(?:se désinscrire|se désabonner)\W{0,4}$",
        ),
        mail_programs=phrases("programme"),
        about_html=phrases(r"format[ée]e?, prend, courriel, activ\w+, version, message"),
        reply_prefixes=phrases("rép"),
        forward_prefixes=phrases("tr"),
        outside_marks=phrases("externe"),
        outside_prefixes=phrases("expéditeur externe ?:"),
        receipt_subjects=phrases("(?:non )?lu, remis, accusé de réception"),
        receipt_of=phrases("votre (?:message|document)"),
        receipt_said=phrases("a été (?:lu|supprimé|reçu|remis)"),
        receipt_by=phrases("le, à, par"),
        reactions=phrases(
            "a reagi a (?:votre|ton|ce) (?:message|e-?mail|courriel), a reagi (?:via|avec) gmail, a "
            "aime votre (?:message|e-?mail)"
        ),
        reaction_stems=phrases("r[ée]agi, aim"),
        tapbacks=phrases("a aime"),
        tapback_tails=phrases("a"),
        tapback_things=phrases("une (?:image|piece jointe)"),
        auto_subjects=phrases("absence du bureau, absent du bureau, réponse automatique"),
        auto_subjects_vague=phrases("absent:"),
        absence=phrases(
            r"absente? (?:du|de|jusqu|pour|jusque), suis (?:actuellement )?absente?, en conges?\b, en "
            r"vacances, de retour (?:le|a partir), ne travaille plus, hors du bureau"
        ),
        absence_subjects=phrases("est absente?"),
        confirmed=phrases(
            "genere automatiquement, (?:reponse|message|courriel) automatique, (?:avons|ai) bien recu "
            "(?:votre|ton|ta)"
        ),
        no_reply=phrases("ne-?pas[-_.]?r[eé]pondre"),
        failures=phrases(
            "message non distribué, non remis, non délivré, échec de la remise, échec de remise"
        ),
        failure_texts=phrases("au destinataire suivant, destinataire inconnu"),
        failure_hints=phrases("n'existe pas, boîte pleine"),
        delays=phrases("retardé"),
        gave_up=phrases("échec définitif, erreur permanente"),
        requests=(
            "(?:pouvez|pourriez|voulez|auriez)[- ]vous",
            "(?:peux|pourrais|veux)[- ]tu",
            "veuillez",
            "merci de",
            "pouvons-nous",
            "puis-je",
            "(?:je|nous) (?:voudrais|souhaiterais|aimerais|souhaitons|aimerions|voudrions|souhaite)",
            "je vous prie de",
            "est-ce (?:que|possible)",
            "(?:rappelez|envoyez|contactez|confirmez|dites|faites)[- ](?:moi|nous)",
            "(?:rappelle|envoie|dis|confirme)[- ]moi",
            "en attente de votre",
            "faut-il",
        ),
        hours=phrases("heures"),
        near_days=phrases(
            r"aujourd.hui, demain, la semaine prochaine, le mois prochain, ce soir, cet après-midi, "
            r"cette semaine, ce week-end, fin du mois, fin de (?:la )?semaine, avant midi"
        ),
        very=phrases("beaucoup"),
        agreed=(
            "merci",
            "d.accord",
            "parfait",
            "bien reçu",
            "super",
            "top",
            "c.est noté",
            "noté",
            "bien noté",
            "entendu",
            "ça me va",
            "bien arrivé",
            "tout est bien arrivé",
            "merci (?:encore|bien)",
            "impeccable",
            "nickel",
        ),
        thanks_tails=(
            r"pour \w+(?: \w+)?",
            "à (?:bientôt|demain|plus tard|@day)",
            "bien à (?:vous|toi)",
            "bonne (?:journée|soirée)",
            "tout est bien arrivé",
            "et bonne (?:journée|soirée)",
        ),
        thanked=phrases(r"\bmerci"),
        more_than_thanks=phrases("d.avance, par avance, d.accord, à bientôt"),
        answers=phrases("réponse, reponse, aide, retour, devis, info"),
        orders=(
            "bon de commande",
            "(?:nous|je) (?:commandons|commande|vous commande|passons commande)",
            "annuler (?:la|ma|notre) commande",
            "(?:contrat|devis|offre) signée?",
            "accept(?:ons|e) votre (?:devis|offre|proposition)",
            "(?:envoyez|livrez|expédiez)[- ]",
            "allez-y",
            r"commande (?:n° ?)?\d",
            "(?:à la recherche|cherchons) .{0,20}(?:fournisseur|devis|offre)",
        ),
        season_wishes=(
            "(?:joyeuses|bonnes|belles|excellentes) f[êe]tes",
            "joyeux no[ëe]l",
            "(?:bonne|excellente|heureuse|belle) ann[ée]e",
            "meilleurs v[œo]e?ux",
            "bon anniversaire",
            "joyeux anniversaire",
        ),
        intimate=(
            "ch[ée]rie?",
            "mon c[œo]e?ur",
            "(?:gros )?(?:bisous|bises)",
            "coucou",
            "maman",
            "papa",
            "mamie",
            "papy",
            "chers parents",
        ),
        needs_hand=(
            "à signer",
            "signature",
            "expire",
            "action requise",
            "à approuver",
            "échéance",
        ),
        bulk_marks=(
            "se (?:désabonner|désinscrire)",
            "désabonnement",
            "ne pas répondre à ce",
            "newsletter",
            "lettre d.information",
        ),
        praise=(
            "parfait",
            "clair",
            "super",
            "exactement",
            "bien (?:reçu|arrivé)",
            "impeccable",
            "nickel",
            "merveilleux",
        ),
        abbreviations=phrases("m, mme, art, tél"),
    ),
)
