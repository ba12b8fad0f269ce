"""English. The words of one language stand in one file, so that a translator has one to look at."""

from __future__ import annotations

from .table import LanguageTable, MailWords, phrases

TABLE = LanguageTable(
    forward=phrases("f, fwd, fw, forward, give, pass on, send, hand, hand over"),
    forward_ends=phrases("on, over, along, straight"),
    to_do=phrases(
        "t, task, tasks, todo, to-do, to do, to-do list, to do list, todo list, on my list, to my list, on "
        "the list, on the to-do list, on my to-do list, to my to-do list, to the to-do list, to the list"
    ),
    done=phrases("k, done, finished, archive, archived, can go"),
    later=phrases(
        "l, later, can wait, when i'm back, when i am back, until i'm back, till i'm back, after my "
        "holiday, after my holidays"
    ),
    undo=phrases("u, undo, revert"),
    whole=phrases("m, mail, whole, whole mail, read, show"),
    ok=phrases(
        "ok, okay, agreed, as proposed, yes to all, yes to everything, as you propose, as you suggest, "
        "as suggested, yes please to everything, yes please to all"
    ),
    the_list=phrases(
        "list, the list, my list, to-do list, todo list, task list, send the list, "
        "send me the list, send list"
    ),
    the_rest=phrases("rest, the rest, others, the others, all others, remaining"),
    everything=phrases("all, everything"),
    both=phrases("both, both of them"),
    unless=phrases("except, except for, but not, apart from, without"),
    negation=phrases("not, not yet, don't"),
    conjunctions=phrases("and, n"),
    contrast=phrases("but, only"),
    towards=phrases("to, for"),
    until=phrases("to, till, until, through, thru, up to, up until"),
    articles=phrases("the, a, number, nr, item, items, numbers"),
    answered=phrases(
        "answered, already answered, replied, already replied, phoned, called, already phoned, already "
        "called, i answered, i phoned, i called, i replied, i have answered, i have replied, i have "
        "called, i have phoned, i've answered, i've replied, i've called, i've phoned, i called him, i "
        "called her, i called them, i phoned him, i phoned her, i spoke to him, i spoke to her, i spoke "
        "with him, i spoke with her, i have answered him, i've answered him, i've answered her, i "
        "emailed him, i emailed her, called him, called her, called them, spoke to him, spoke to her, i "
        "have called him, i've called him, i've called her, i already answered, i've already answered, "
        "i already called, i've already called, done, all done, it's done, that's done, is done, are "
        "done, sorted, all sorted, it's sorted, is sorted, taken care of, all taken care of, handled, "
        "all handled, dealt with, resolved, is resolved, answered or phoned, replied to, answered to, "
        "wrote to, i wrote to, i've written to, i emailed, emailed, i have emailed, i've emailed, "
        "written, spoke, i spoke, i spoke to, spoke to, rang, i rang, i've spoken to, called back, i "
        "called back, i've called back, it's been handled, it's handled, it's taken care of, i've "
        "sorted, i sorted, i've handled, i handled, i've dealt with, answered all, i've done, done and "
        "dusted, both sorted, i've replied to, or phoned, or called"
    ),
    later_today=phrases(
        "later, later today, later on, this afternoon, this evening, today, still today, i'll do it "
        "later, i will do it later, i'll answer later, i will answer later, i'll answer later today, i "
        "will answer later today, i'll call later, i'll call him later, i'll call her later, i'll reply "
        "later, i'll reply this afternoon, i'll do it this afternoon, in a bit, in a minute, after "
        "lunch, after my meeting, will do later, will do today, i'll do it today, on it now, doing now, "
        "i'll do now, i'm doing now, i'm on it now, i'll call back later, i'll ring later, i'll get to "
        "it later, i'll get to it this afternoon, will call later, will answer later, will reply later, "
        "will do this afternoon, later this afternoon, before the end of the day, by the end of the "
        "day, by end of day, i'll call this afternoon, i'll call back this afternoon, will get to later "
        "today, will get to later, get to later, will get to this afternoon, working on, working on "
        "now, coming up, coming up after lunch, coming up this afternoon, coming up later"
    ),
    not_me=phrases(
        "not me, not for me, this is not for me, that's not for me, not mine, not my client, not my "
        "customer, ask somebody else, ask someone else, please ask somebody else, please ask someone "
        "else, somebody else please, someone else please, i can't do this one, i can't help with this, "
        "i can't help with that, i know nothing about this, i can't help with, i can't help, not one of "
        "mine, that's not mine, this isn't mine, this isn't for me, that isn't for me, this is not "
        "mine, not my case, not my area, wrong person, isn't mine, isn't for me, is not mine, is not "
        "for me, aren't mine, not my thing, not my department, not my desk"
    ),
    rather_not=phrases(
        "rather not, i'd rather not, i would rather not, no, no sorry, no thanks, nope, i can't, i "
        "cannot, can't, cannot, can't do, i can't do that, i can't make it, i'm afraid not, afraid not, "
        "i'm afraid i can't, unfortunately not, not possible, that won't work, it won't work, won't "
        "work, that doesn't work for me, doesn't work for me, not this time, i'm not able to, i can't "
        "do it, i can't do it this time, can't do it, can't do it this time, i won't be able to, not "
        "able to, i don't think i can, not up for it, not really up for it, i'm not up for it, can't "
        "this time, i really can't, not really up for it this time, not up for it this time, no can do"
    ),
    there=phrases(
        "ok, okay, i'm there, i am there, i'm here, i am here, i'm there the whole time, i am there the "
        "whole time, i'll be there, i will be there, yes, yes i'm there, yes i am, yes of course, yes "
        "sure, yes no problem, yep, yeah, sure, sure thing, of course, certainly, absolutely, "
        "definitely, fine, fine by me, fine with me, that's fine, that is fine, all good, sounds good, "
        "works for me, that works, that works for me, good, great, perfect, will do, i will, i'll do "
        "it, i'm on it, on it, no problem, no problem at all, no worries, not a problem, happy to, "
        "happy to help, glad to help, my pleasure, with pleasure, gladly, i'll take over, i'll cover, "
        "i'll cover for you, i'll take care of it, leave it to me, you can count on me, count on me, "
        "got it, understood, noted, all right, alright, agreed, no prob, no probs, no problems, yes i'm "
        "there the whole time, np, of course i will, absolutely fine, ok with me, ok by me, okay with "
        "me, that's ok, yes that's fine, sure i can, yes i can, happy to cover, will cover, that's no "
        "problem, works, sounds good to me, good for me, good with me, good by me, count me in, i am "
        "in, no worries at all, all fine, all ok, ok for me, fine for me, happy to do it, yup, yup no "
        "problem, cool, cool with me, aye, no bother, yep no problem, sure no problem"
    ),
    away=phrases(
        "not, can't, cannot, off, away, leave, holiday, vacation, except, except for, unavailable, out, "
        "absent"
    ),
    greetings=phrases("hi, hello, hey, dear, good morning, good afternoon, good evening, morning, greetings"),
    thanks=phrases(
        "thanks, thank you, thx, cheers, many thanks, thanks a lot, thank you very much, "
        "thanks in advance, thanks so much, ta"
    ),
    sign_offs=phrases(
        "regards, kind regards, best regards, warm regards, best, best wishes, all the best, sincerely, "
        "yours, see you, see you soon, see you then, talk soon, bye, love"
    ),
    wishes=phrases(
        "enjoy, enjoy it, enjoy your holiday, enjoy your holidays, enjoy your vacation, enjoy your time "
        "off, enjoy your break, have fun, have a great holiday, have a good holiday, have a nice "
        "holiday, have a lovely holiday, have a great time, have a good time, have a nice time, have a "
        "good trip, have a great trip, have a good one, have a nice day, have a great vacation, have a "
        "nice vacation, safe travels, happy holidays, don't worry, relax, and relax, good luck, merry "
        "christmas, happy christmas, happy new year, happy easter, enjoy the beach, enjoy the sun, "
        "enjoy your trip, enjoy spain, have a great one, enjoy the break, have a good break, have a "
        "lovely time, enjoy portugal, bon voyage, enjoy yourself, switch off"
    ),
    courtesies=phrases(
        "sorry, unfortunately, please, by the way, btw, everyone, all, again, so, very much, from, and, "
        "then, though, x, xx, uh, um, ah, oops, oh, hmm, my bad, my mistake, forgot, i forgot, totally "
        "forgot, completely forgot, lol, haha, mate, really"
    ),
    small_words=phrases(
        "him, her, them, it, already, yesterday, this morning, just, just now, earlier, myself, also, "
        "too, by phone, by mail, by email, see below, mate, unfortunately, sadly, for you, to them, to "
        "him, to her, to it, last night"
    ),
    ask_somebody=phrases(
        "ask, please ask, try, better ask, that's for, this is for, it's for, try asking, goes to, it "
        "belongs to"
    ),
    complaints=phrases(
        "complaint, complaints, complain, dissatisfied, unhappy, disappointed, disappointing, "
        "unacceptable, outrageous, damaged, defective, faulty, broken, does not work, doesn't work, is "
        "not working, isn't working, not working, still not delivered, not delivered, not yet received, "
        "still haven't received, wrong item, wrong items, delivered late, incorrect, is wrong, are "
        "wrong, notice of default, compensation, refund, final reminder, third reminder, no reply, no "
        "answer, heard nothing, haven't heard, third time, second time, for weeks now, still waiting"
    ),
    confidential=phrases(
        "payslip*, salary, pay rise, dismissal, redundancy, performance review, sick note, sick leave, "
        "doctor, hospital, trade union, shop steward, human resources, lawyer, solicitor, divorce"
    ),
    weekdays=(
        phrases("monday, mon"),
        phrases("tuesday, tue, tues"),
        phrases("wednesday, wed"),
        phrases("thursday, thu, thur, thurs"),
        phrases("friday, fri"),
        phrases("saturday, sat"),
        phrases("sunday, sun"),
    ),
    months=(
        phrases("january, jan"),
        phrases("february, feb"),
        phrases("march, mar"),
        phrases("april, apr"),
        phrases("may"),
        phrases("june, jun"),
        phrases("july, jul"),
        phrases("august, aug"),
        phrases("september, sep, sept"),
        phrases("october, oct"),
        phrases("november, nov"),
        phrases("december, dec"),
    ),
    day_words=phrases(
        "from, on, between, and, the, of, also, there, available, in, yes, ok, but, sorry, am, i am, i'm, "
        "i'll be, will be, i will be, be, can, i can, included, incl, inclusive, all day, that day, "
        "otherwise yes, otherwise, otherwise fine, otherwise ok, the rest is fine, the rest is ok, fine "
        "otherwise, ok otherwise, i'm afraid, rest is fine, rest is ok, otherwise happy to help, happy to "
        "help otherwise, happy to help, do, can't do, fine, other days fine, other days are fine, myself, "
        "fine after that, ok after that, after that ok, after that fine, fine afterwards, ok afterwards, no "
        "problem otherwise, otherwise no problem, fine for the rest"
    ),
    absent=phrases(
        "away, i am away, i'm away, out, i am out, i'm out, out of office, off, i am off, i'm off, on "
        "holiday, i am on holiday, i'm on holiday, on holidays, holiday, on leave, i am on leave, i'm on "
        "leave, on vacation, vacation, absent, ill, i am ill, i'm ill, sick, not there, ooo, o.o.o., out of "
        "the office, on annual leave, annual leave, pto, on pto, time off, day off, days off, unavailable, "
        "not available, not in, not in the office, leaving, i leave, i'm leaving, travelling, traveling, "
        "off sick, absence, my absence, on the road, off work, gone, away from my desk, away from work, "
        "vacationing, on a trip, on a business trip, sick leave, on sick leave, holidays, my holidays, our "
        "holiday, our holidays"
    ),
    trial=phrases("trial, trial run, dry run, shadow, on trial"),
    is_back=phrases(
        "i'm back, i am back, back again, i'm back again, i am back again, back home, i'm home, i am home, "
        "is back, is back again, home again, i'm home again, back at work, i'm back at work, back in the "
        "office, i'm back in the office, back from holiday, i'm back from holiday, back from vacation, i'm "
        "back from vacation, back from leave, i'm back from leave, i have returned, i've returned, i m "
        "back, im back"
    ),
    exclaimed=phrases("back, home"),
    pause=phrases(
        "pause, hold, hold on, stop, stop forwarding, hold everything, please stop forwarding, stop "
        "forwarding for now, please stop forwarding for now, stop forwarding mail, stop forwarding "
        "mails, stop forwarding emails, stop forwarding my mail, do not forward anything, don't "
        "forward anything, don't forward anything for now, do not forward anything for now, no more "
        "forwarding, no forwarding, no forwarding for now, pause forwarding, please pause, put it on "
        "hold, on hold, hold all forwards, stop for now, hold my mail, pause everything, stop "
        "everything, please pause everything"
    ),
    resume=phrases(
        "resume, continue, go on, carry on, unpause, start again, start forwarding again, forward "
        "again, please forward again, start forwarding, resume forwarding, you can forward again, you "
        "may forward again, continue forwarding, please resume, please continue, unpause please, you "
        "can go on, forwarding on again, please resume forwarding, please continue forwarding, please "
        "start forwarding again"
    ),
    time_zone=phrases(
        "time zone, timezone, my time zone is, my time zone, time zone is, timezone is, set time zone to, "
        "set timezone to, set my time zone to, my timezone is, change time zone to, change timezone to, "
        "time-zone, time zone of, timezone of, time zone in, time-zone is, my time-zone is, my tz is, tz "
        "is, set tz to, new time zone, new timezone, my new time zone is, timezone now, time zone now, "
        "time zone is now, switch to time zone, switch to timezone, my time zone is now, my timezone is "
        "now, my tz is now"
    ),
    again=phrases("again, next time, my next holiday"),
    yes=phrases("yes, yes please, yeah, yep, sure, of course, certainly, absolutely, definitely, gladly"),
    no=phrases("no, nope, not yet, not now, no idea, i do not know yet, i don't know yet, rather not"),
    through=phrases(
        "through, thru, up to and including, to and including, until and including, till and "
        "including, up to and incl, until and incl, up to and including the, through to, thru to"
    ),
    included=phrases("included, inclusive, incl, inclusively, that day included"),
    since=phrases("from, since, starting, as of, from now, beginning, from the, starting on, effective"),
    today=phrases("today, now, immediately, right away, straight away"),
    tomorrow=phrases("tomorrow"),
    after_tomorrow=phrases("the day after tomorrow, day after tomorrow"),
    o_clock=phrases("o'clock, h, hrs"),
    at_hour=phrases("at, around"),
    back_on=phrases(
        "back, home, back home, back at work, back in the office, back at my desk, i return, return, "
        "returning, i come back, coming back, i get back, i fly back, flying back, returns, comes "
        "back, gets back"
    ),
    longer=phrases(
        "extend, extending, extended, i extend, i'm extending, staying, i'm staying, i stay, staying "
        "longer, longer, prolong, extension, i am staying, we're staying, we are staying, i'll stay, i will "
        "stay, i'll be staying, staying here, i'm staying here, i am staying here, i stay here, we're "
        "staying here"
    ),
    covers=phrases(
        "covers, covering, is covering, covers for me, is covering for me, will cover, takes over, is "
        "taking over, will take over, stands in, stands in for me, is standing in, will stand in, "
        "fills in, as backup, as my backup, is my backup, is backup, backup, in charge, is in charge"
    ),
    next_one=phrases("next"),
    next_week=phrases("next week, the coming week, all of next week, the whole of next week"),
    this_week=phrases(
        "this week, the rest of the week, rest of the week, the rest of this week, rest of this week, "
        "all week, the whole week, the entire week"
    ),
    weekend=phrases("weekend, the weekend, this weekend, the coming weekend"),
    day_units=phrases("day, days"),
    week_units=phrases("week, weeks, wk, wks"),
    month_units=phrases("month, months"),
    numbers=(
        phrases("one, a"),
        phrases("two"),
        phrases("three"),
        phrases("four"),
        phrases("five"),
        phrases("six"),
        phrases("seven"),
        phrases("eight"),
        phrases("nine"),
        phrases("ten"),
    ),
    ahead=phrases("in, after"),
    day_parts=phrases(
        "morning, afternoon, evening, in the morning, in the afternoon, in the evening, this "
        "afternoon, this evening, this morning, tonight, half a day, half day, a half day, after "
        "lunch"
    ),
    instead=phrases("instead of, rather than"),
    denial=phrases("not, no, never, no longer, won't, won't be, isn't, aren't, don't, doesn't"),
    not_yet=phrases("not yet, yet, still not, not right now, not just yet"),
    stays=phrases(
        "stay home, stay at home, staying home, staying at home, i stay home, i stay at home, i'm staying "
        "home, i am staying home, i'm staying at home, i am staying at home, we stay home, we're staying "
        "home, we are staying home, we're staying at home, i'll stay home, i'll stay at home, i will stay "
        "home, i'll be staying home, i'll be staying at home, staying put, i'm staying put, i stay put, not "
        "going, i'm not going, i am not going, we're not going, we are not going, not going away, i'm not "
        "going away, i am not going away, not going anywhere, i'm not going anywhere, i'm here after all, "
        "here after all, i'll be here, i will be here, i'll be here after all, i'll be in after all, i'll "
        "be around, i will be around, i'll be around after all, i'll be working, i'll be working after all, "
        "working after all, i'm working after all, i am working after all, i'll work after all, not "
        "leaving, i'm not leaving, i am not leaving, we're not leaving, not leaving after all, holiday is "
        "off, the holiday is off, my holiday is off, vacation is off, my vacation is off, holiday's off, "
        "i'll be in the office after all, in the office after all, i'll be in the office, i will be in the "
        "office, delete my absence, remove my absence, forget my absence, forget about my absence, delete "
        "the absence, remove the absence, not going any more, not going anymore, we're not going anymore, "
        "staying, i'm staying, i stay, i am staying, we're staying, we are staying, i'll stay, i will stay, "
        "i'll be staying, staying here, i'm staying here, i am staying here, i stay here, we're staying "
        "here, my holiday's off, my vacation's off, vacation's off"
    ),
    calls_off=phrases(
        "cancel, cancels, cancelled, canceled, cancelling, canceling, cancellation, call off, called off, "
        "call it off, calling off, scrapped, scrap, does not take place, doesn't take place, is not "
        "happening, isn't happening, not happening, not taking place, fell through, has fallen through, "
        "fallen through, withdrawn, scratch that, off"
    ),
    trips=phrases(
        "leave, my leave, flight, my flight, the flight, our flight, trip, my trip, the trip, our trip, "
        "journey, travel, plans, my plans, plan, trip's, my trip's, the trip's, flight's, my flight's, the "
        "flight's, train, my train, the train, our train, bus, my bus, ferry, my ferry, the ferry, boat, "
        "the boat, cruise, my cruise, our cruise, conference, the conference, congress, fair, the fair, "
        "hotel, my hotel, the hotel, our hotel"
    ),
    first_person=phrases("i, i'm, i'll, am, we"),
    links=phrases(
        "is, with, by, and, then, coming, please, the, on, my, i, this, be, i'll be, i'll, i will be, will "
        "be, i am, i'm, am, we are, are, going, i'm going, go, for, in, the whole, whole, all, of, a, "
        "will, for me, year, only, just, again, hi, hello, not before, it, it's, that, we, take, i take, "
        "taking, i'm taking, have, i have, day, my mail, instead, has, for now, for the moment, after all, "
        "anymore, any more"
    ),
    myself=phrases(
        "i'll do myself, i will do myself, i do myself, i'll do it myself, i'll handle myself, i'll "
        "handle, i'll take, is mine, for me, alone, for myself, for now"
    ),
    keep=phrases("keep, leave"),
    put=phrases("put, add"),
    takes=phrases("can take, can do, takes, gets, should get, can have, should do, may have"),
    takes_end=phrases("on"),
    likewise=phrases("too, also, as well, same, likewise, ditto"),
    copulas=phrases("is, are, was"),
    may=phrases("can go, should go, can, may, goes, go"),
    please=phrases("please, pls, plz, rather"),
    item_words=phrases("one, ones, mail, email, item"),
    ordinals=phrases("st, nd, rd, th"),
    of_month=phrases("of"),
    will=phrases(
        "i'll reply, i'll answer, i'll do it, i'll do, i'll call, i'll look, i'll look at it, i'll look "
        "into it, will look, will look into it, will do, will reply, will answer, will call, will get "
        "to it, i'll get to it, will get on it, i'll handle it, will handle it, i'll deal with it, i'll "
        "take care of it, i'll get back to them, i'll sort it, doing it"
    ),
    soon=phrases(
        "later, today, later today, this afternoon, this evening, tonight, after lunch, in a bit, "
        "shortly, before lunch, this morning, by end of day, by eod, in an hour, asap, in a minute, at "
        "noon, coming up after lunch"
    ),
    spellings=(
        ("gonna", "going to"),
        ("gotta", "got to"),
        ("defo", "definitely"),
        ("ya", "yes"),
        ("yess", "yes"),
    ),
    ok_alone=phrases(
        "go ahead, yes go ahead, please go ahead, looks good, looks good to me, sounds good, yes please "
        "do, do it, that's fine, fine by me"
    ),
    good=phrases("good, fine, great, perfect"),
    mail=MailWords(
        forwarded=phrases("(?:begin )?forwarded message, forwarded by"),
        original=phrases("original message, reply message"),
        label_from=phrases("from"),
        label_date=phrases("sent, date"),
        label_sent=phrases("sent"),
        label_to=phrases("to"),
        label_cc=phrases("cc"),
        label_subject=phrases("subject"),
        label_particles=phrases("on"),
        on=phrases("on"),
        wrote=phrases("wrote"),
        sent=phrases("sent"),
        form_labels=phrases(
            "e-?mail(?: ?address)?, name, tel, telephone, phone(?: number)?, mobile, company, "
            "address, message(?: body)?, your message, question, comments?"
        ),
        form_message=phrases("message(?: body)?, your message, question, comments?"),
        salutations=phrases("hi, hello, hey, dear, good (?:morning|afternoon|evening|day), greetings"),
        titles=phrases("sir or madam"),
        closings=phrases(
            "(?:with )?(?:(?:kind(?:est)?|best|warm(?:est)?|thanks and) )?regards, best wishes, all "
            "the best, best, cheers, sincerely, yours (?:sincerely|faithfully|truly), sincerely yours"
        ),
        closing_links=phrases("and, from"),
        thanks_lines=phrases("thanks, thank you, many thanks, thanks in advance, thx"),
        sent_from=phrases(
            "sent from (?:my|outlook|mail for|yahoo|samsung|typeapp|an? ), sent via, get outlook for, "
            "sent with"
        ),
        disclaimers=(
            r"disclaimer\b",
            r"confidential(?:ity)?\b",
            r"(?:this|the (?:information|contents?)|any) .{0,60}(?:e-?mail|message"
            r"|communication)\b.{0,200}(?:confidential|intended|privileged)",
            "(?:please )?(?:think|consider) .{0,30}(?:environment|before print)",
        ),
        mail_words=phrases("e-?mail, mail, message, transmission"),
        pictures=phrases("image, cid, inline image"),
        notice_words=phrases(
            "links?, attachments?, sender, recogni[sz]e, trust, safe, organi[sz]ation, malware, "
            "viruse?s, mailscanner, unsubscribe"
        ),
        to_view=phrases("view, read, open"),
        in_browser=phrases(r"\bbrowser, \bonline\b"),
        browser_lines=phrases(r"^\s*(?:web|online).?version\s*$"),
        beware=phrases("caution, attention, warning"),
        outside=phrases("outside"),
        banners=(
            r"^\W{0,6}external(?:\s(?:e-?mail|mail|sender|message))?\W{0,6}$",
            r"(?:mail|message)\b.{0,40}\b(?:originat\w+|comes?|came|sent|is"
            r"|was) from (?:an? )?(?:outside|external)",
            r"^\W{0,6}external (?:e-?mail|mail|message|sender)\W{0,3}[:!–-]",
            r"^\W{0,6}(?:this|an?)? ?external (?:e-?mail|message|sender)\b.{0,80}$",
            r"^\W{0,6}this message (?:is|came) from an? (?:external|untrusted|unknown|outside)\b",
            r"^\W{0,6}you have not previously corresponded with this sender\b",
            r"\bsender of this (?:e-?mail|message) could not be (?:validated|verified)\b",
            r"^\W{0,6}\w{10,20}banner(?:start|end)\W{0,6}$",
            r"(?:be careful|be cautious|use caution)\b.{0,60}(?:links|attachments)",
            "(?:do not|don.t) (?:click|open) (?:on )?(?:any )?(?:links|attachments)",
            "you don.t often get e-?mail from",
            "^some people who received this message don.t often get",
        ),
        scan_openings=(
            "vir",
            "scan",
            "check",
            "no ",
        ),
        scanned=(
            r"\b(?:scanned|checked|screened|swept)\b.{0,60}\b(?:virus|malware|spam|threat"
            r"|dangerous content)",
            r"\bvirus.?free\b",
            r"\bno virus(?:es)? (?:found|detected)\b",
            r"\bscanned by\b.{0,60}$",
        ),
        list_footers=(
            r"^\W{0,4}you(?: are receiving| received| are subscribed"
            r"| have received)\b.{0,40}\b(?:message|e-?mail|to)\b.{0,60}\b(?:because|subscribed"
            r"|mailing list|group)\b",
            r"\bto unsubscribe from this (?:group|list)\b",
            r"^\W{0,4}to unsubscribe\b",
            r"\bunsubscribe (?:here|at|by|send)\b",
            r"^\W{0,4}(?:manage (?:your )?(?:subscription|preferences)|list (?:info|archives?))\b",
            r"^\S{1,60} mailing list\s*$",
            r"^\W{0,4}to view this discussion (?:on the web,? )?visit\b",
            r"^\W{0,4}for more options, visit\b",
            r"^\W{0,4}unsubscribe\W{0,4}$",
        ),
        mail_programs=phrases("reader, client, viewer, program, software"),
        about_html=phrases(
            r"view, viewer, program\w*, client, format, support\w*, browser, display\w*, reader, "
            r"version, message, e-mail, mail, enable"
        ),
        reply_prefixes=phrases("re"),
        forward_prefixes=phrases("fw, fwd"),
        outside_marks=phrases("ext, external"),
        outside_prefixes=phrases("external(?: (?:e-?mail|sender))?:"),
        receipt_subjects=phrases("(?:not )?read, delivered, return receipt"),
        receipt_of=phrases("your (?:message|document)"),
        receipt_said=phrases("was (?:read|deleted|received|delivered|opened)"),
        receipt_by=phrases("on, at, by"),
        reactions=phrases(
            "reacted to (?:your|the|this) (?:message|e-?mail), reacted (?:via|with) gmail, "
            "(?:liked|loved|laughed at) your (?:message|e-?mail)"
        ),
        reaction_stems=phrases("react, like, love, laugh, emphas, question"),
        tapbacks=(
            "liked",
            "loved",
            "disliked",
            "laughed at",
            "emphasized",
            "questioned",
            r"reacted \S{1,8} to",
        ),
        tapback_tails=phrases("to"),
        tapback_things=phrases("an (?:image|attachment|audio message)"),
        auto_subjects=phrases(
            "auto reply, auto response, auto-reply, auto-response, automated reply, automatic reply, "
            "automatic response, autoreply, autoresponse, out of office, out of the office, "
            "out-of-office"
        ),
        auto_subjects_vague=phrases("auto:, away from, on vacation, vacation"),
        absence=phrases(
            r"out of (?:the )?office, on (?:annual |parental |maternity |paternity |sick )?leave\b, on "
            r"(?:vacation|holiday)s?\b, currently (?:away|unavailable|travelling), away "
            r"(?:from|until), limited access to (?:my )?e-?mail, no longer (?:work|with|in "
            r"use|monitored), will be back (?:on|in)"
        ),
        absence_subjects=phrases("is out of the office"),
        confirmed=phrases(
            r"(?:automatic|automated)\w* (?:reply|response|e-?mail|message), (?:have|has been) "
            r"received your (?:e-?mail|message|request), we received your, your "
            r"(?:e-?mail|message|request) has been received"
        ),
        no_reply=phrases("(?:no|do-?not)[-_.]?reply"),
        failures=(
            "cannot be delivered",
            "could not be delivered",
            "could not send",
            "couldn't be delivered",
            "deliver mail",
            "delivery error",
            "delivery fail",
            "delivery has failed",
            "delivery incomplete",
            "delivery notification",
            "delivery problem",
            "delivery status",
            "delivery unsuccessful",
            "email failure",
            "error sending",
            "failed delivery",
            "failed mail",
            "failure delivery",
            "failure notice",
            "failure notification",
            "mail error",
            "mail failed",
            "mail failure",
            "mail status report",
            "mail system error",
            "message delayed",
            "message status - ",
            "delayed mail",
            "non delivery",
            "non-delivery",
            "nondeliver",
            "not delivered",
            "returned mail",
            "returned message",
            "returned to sender",
            "returning message",
            "unable to deliver",
            "undeliver",
            "user unknown",
        ),
        failure_texts=phrases(
            "address rejected, addresses had permanent, following address failed, following "
            "address(es), following addresses failed, following addresses had, following email "
            "address, following recipient, to the following address, host unknown, invalid recipient, "
            "mailbox unavailable, no such user, permanent error, permanent failure, recipient "
            "rejected, transcript of session, unknown user, unrouteable address, your message could "
            "not"
        ),
        failure_hints=phrases(
            "did not reach, does not exist, exceeded, full, not listed in, rejected, delayed"
        ),
        delays=phrases(
            "could not send mail for past, delayed, delay), delivery is delayed, not been delivered "
            "yet, not yet been delivered, still being retried, still trying, temporarily delayed, "
            "warning: could not send, will be retried, will continue to try, will keep trying"
        ),
        gave_up=phrases(
            "gave up, giving up, given up, has failed, returning message, permanent, returned mail"
        ),
        requests=(
            "(?:can|could|would|will) you",
            "let (?:me|us) know",
            "please (?:send|confirm|call|check|advise|let|reply)",
            r"please (?!find|note|see |do not|don.t|be |enjoy|accept|visit|click|contact|feel|allow)\w{3,}",
            r"kindly \w{4,}",
            "(?:would|we.d|i.d) like to",
            "action for",
            "waiting for your",
            "looking forward to your (?:reply|answer|quote|response)",
            "may (?:i|we) (?:have|ask|get)",
            "do you (?:have|still)",
        ),
        hours=phrases("am, pm"),
        near_days=phrases(
            r"today, tomorrow, tonight, next week, next month, deadline, before noon, "
            r"this (?:week|weekend|morning|afternoon|evening), end of (?:the|this|next) (?:week|month), "
            r"the \d\d?(?:st|nd|rd|th)"
        ),
        very=phrases("very much, so much, a lot, many"),
        agreed=(
            "thanks",
            "thank you",
            "thx",
            "ok(?:ay|e)?",
            "noted",
            "received",
            "great",
            "super",
            "top",
            "perfect",
            "got it",
            "sounds good",
            "all good",
            "works for (?:me|us)",
            "fine (?:by|with) (?:me|us)",
            "everything arrived(?: safely| fine)?",
            "well received",
            "brilliant",
            "thanks (?:very much|again)",
            "thank you (?:very much|again)",
            "excellent",
            "wonderful",
        ),
        thanks_tails=(
            r"for (?:this|everything|(?:the|your) \w+(?: \w+)?)",
            "(?:see|talk to) you (?:then|soon|tomorrow|on (?:@day)|@day)",
            "everything arrived(?: safely| fine)?",
            "on (?:@day) then",
        ),
        thanked=phrases(r"\bthank, \bthx"),
        more_than_thanks=phrases(r"in advance, agreed?\b, see you"),
        answers=phrases("answer, reply, response, help, explanation, call, info, quote"),
        orders=(
            "purchase order",
            "(?:we|i) (?:would like to |hereby |want to )?order (?!form)",
            r"cancel (?:\w+ ){0,2}(?:order|contract|booking|subscription)",
            "signed (?:contract|quote|agreement|offer)",
            "accept (?:your|the) (?:quote|offer|proposal|price)",
            "new order",
            "please (?:ship|deliver|supply|proceed|go ahead)",
            "go ahead",
            r"(?:order|po) ?#?\d",
            "looking for (?:a |an )?(?:quote|supplier|price|offer)",
        ),
        season_wishes=(
            "(?:merry|happy) (?:christmas|holidays?|new year|easter|birthday)",
            "season.s greetings",
            "wonderful new year",
            "(?:best|warm) wishes for",
        ),
        intimate=(
            "darling",
            "sweetheart",
            "(?:hi|hey|hello) honey",
            "love you",
            "lots of love",
            "hugs",
            "kisses",
            "mum",
            "mom",
            "dad",
            "grandma",
            "grandpa",
            "dear parents",
            r"x{2,4}(?![\w/.-])",
        ),
        needs_hand=(
            "sign",
            "signature",
            "expires?",
            "action required",
            "approve",
            "approval",
            "overdue",
            "payment due",
            "verify your",
        ),
        bulk_marks=(
            "unsubscribe",
            "do not reply to this",
            "please do not reply",
            "this is an automated",
            "you are receiving this",
            "can.t read this e-?mail",
            "newsletter",
            "opt.?out",
        ),
        praise=(
            "perfect",
            "clear",
            "great",
            "brilliant",
            "exactly",
            "lovely",
            "wonderful",
            "received",
            "arrived",
            "excellent",
        ),
        abbreviations=phrases("mr, mrs, art, incl, excl, etc, ca"),
    ),
)
