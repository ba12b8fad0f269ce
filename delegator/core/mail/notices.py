"""Texts that programs put into a mail and that say nothing of its sender's: banners, footers, placeholders.

What belongs here are the words by which they are known. Each line is looked at for its first 400
characters, so that no text takes long.
"""

from __future__ import annotations

import re

from .text import says_something

LOOK_CHARACTERS = 400
"""Of a line; nobody puts a notice further on."""

_MAX_PLACEHOLDER = 600
_MIN_SHARED = 0.4
_MIN_WORDS = 3
_WORD = re.compile(r"\w{2,}")
_PICTURE = re.compile(r"\[(?:image|cid|afbeelding|inline image|bild)\b[^\]\n]{0,200}\]", re.IGNORECASE)
_LINK = re.compile(r"https?://\S+|\S+@\S+")


def is_notice_line(line: str) -> bool:
    """Whether a line is one of a banner, or of what a scanner or a list adds."""
    looked_at = line[:LOOK_CHARACTERS]
    if not looked_at or looked_at.rstrip().endswith("?"):
        return False
    return bool(
        _BANNER.search(looked_at)
        or (_SCANNED.search(looked_at) and _MAIL.search(looked_at))
        or _SCANNER.search(looked_at)
        or _LIST_FOOTER.search(looked_at)
        or (len(line) <= 150 and _IN_BROWSER.search(looked_at))
    )


def without_notices(lines: list[str]) -> list[str]:
    """The lines of a text without those of banners and footers, the lines they were broken into included.

    A signature's dashes stay, unless nothing but a notice stands below them.
    """
    kept: list[str] = []
    before = ""  # the notice's line before this one, where it was broken
    was_notice = False
    for line in lines:
        if is_notice_line(line):
            while kept and _SEPARATOR.match(kept[-1][:LOOK_CHARACTERS]):
                kept.pop()
            was_notice = True
        elif was_notice and _BARE_LINK.fullmatch(line[:LOOK_CHARACTERS]):
            continue
        elif not (before and _CONTINUES.search(line[:LOOK_CHARACTERS])):
            was_notice = False
            before = ""
            kept.append(line)
            continue
        is_broken = len(line) >= _WRAP_WIDTH and line.rstrip()[-1:] not in ".!?"
        before = line if is_broken else ""
    return kept


def is_notice(text: str) -> bool:
    """Whether a text says nothing but what programs add, or is a signature alone."""
    lines = text.split("\n")
    first_line = next((line for line in lines if line.strip()), "")
    is_sound = not is_notice_line(first_line) and not _SEPARATOR.match(first_line[:LOOK_CHARACTERS])
    if is_sound and says_something(first_line):
        return False  # it stays, whatever stands below
    lines = without_notices(lines)
    first = next((at for at, line in enumerate(lines) if line.strip()), 0)
    is_signature = bool(lines) and lines[first].rstrip() == "--"
    return is_signature or not says_something("\n".join(lines))


def is_placeholder(plain: str, rich: str) -> bool:
    """Whether a plain text only stands in for the HTML beside it: "use a program that shows HTML".

    plain, rich: what the two say. A real alternative says in other letters what the HTML says; one that
    shares hardly a word with it, and says less, is none.
    """
    said = _without_links(plain)
    if len(said) > _MAX_PLACEHOLDER or not says_something(rich):
        return False
    words, shown = set(_WORD.findall(said.casefold())), set(_WORD.findall(rich.casefold()))
    if not words:
        return True
    shared = len(words & shown) / len(words)
    if _NEEDS_HTML.search(said) and shared < 0.9:
        return True
    if _NEEDS_PROGRAM.search(said) and shared < _MIN_SHARED:
        return True
    return shared < _MIN_SHARED and len(shown) > len(words) >= _MIN_WORDS


def may_be_placeholder(plain: str) -> bool:
    """Whether a plain text is short enough for `is_placeholder`, whatever the HTML says."""
    return len(_without_links(plain)) <= _MAX_PLACEHOLDER


def _without_links(plain: str) -> str:
    return _PICTURE.sub(" ", _LINK.sub(" ", plain[: _MAX_PLACEHOLDER + 1]))


_WRAP_WIDTH = 50
_BARE_LINK = re.compile(r"\s*(?:https?://\S+|\S+@\S+|www\.\S+)\s*")
_SEPARATOR = re.compile(r"\s*(?:--|[-_=*#~—–]{3,})\s*$")
# What a banner's further lines say, where a program has broken it.
_CONTINUES = re.compile(
    r"\b(?:links?|koppelingen|bijlagen?|attachments?|sender|afzender|recogni[sz]e|trust|vertrouwt|herkent|"
    r"pièces? jointes?|expéditeur|liens?|anhänge?|absender|vertrauen|safe|veilig|sûr|sicher|"
    r"organi[sz]ation|organisatie|malware|viruse?s|virussen|mailscanner|unsubscribe|uitschrijven)\b",
    re.IGNORECASE,
)
_IN_BROWSER = re.compile(
    r"(?:view|read|open|bekijk|lees|voir|lire|consulte[rz]|afficher|ansehen|anzeigen|klicken|probleme)\b.{0,80}"
    r"(?:\bbrowser|\bonline\b|\ben ligne|\bnavigateur|webversi|version web)"
    r"|im browser (?:ansehen|anzeigen|öffnen|lesen)|^\s*(?:webversi\w+|online.?versie|version en ligne)\s*$",
    re.IGNORECASE,
)
_OURS = r"(?:de|het|uw|onze|je) (?:eigen )?(?:organisatie|bedrijf|netwerk|firma)"
_OUTSIDE = r"(?:outside|buiten|dehors|l.extérieur|außerhalb|ausserhalb)"
_BANNER = re.compile(
    "|".join(
        (
            r"^\W{0,6}(?:external|externe?r?)(?:\s(?:e-?mail|mail|sender|message|afzender|absender))?\W{0,6}$",
            r"(?:mail|message)\b.{0,40}\b(?:originat\w+|comes?|came|sent|is|was) from (?:an? )?"
            r"(?:outside|external)",
            r"^\W{0,6}extern(?:e|al|er)? (?:e-?mail|mail|bericht|message|nachricht|sender)\W{0,3}[:!–-]",
            r"^\W{0,6}(?:this|an?)? ?external (?:e-?mail|message|sender)\b.{0,80}$",
            r"(?:komt|kwam|afkomstig|verzonden|verstuurd|ontvangen) (?:is )?van "
            r"(?:buiten|een (?:externe?|afzender buiten))",
            rf"^\W{{0,6}}.{{0,60}}(?:mail|bericht|afzender).{{0,40}}van buiten {_OURS}",
            r"(?:provient|envoyé|émane|vient) (?:de l.extérieur"
            r"|(?:d.une?|par une?) (?:expéditeur|expéditrice|source|adresse|domaine) externe)",
            r"^\W{0,6}this message (?:is|came) from an? (?:external|untrusted|unknown|outside)\b",
            r"^\W{0,6}you have not previously corresponded with this sender\b",
            r"\bsender of this (?:e-?mail|message) could not be (?:validated|verified)\b",
            r"^\W{0,6}\w{10,20}Banner(?:Start|End)\W{0,6}$",
            r"(?:stammt|kommt|wurde) von (?:außerhalb|einem externen|extern)",
            r"^\W{0,6}(?:caution|attention|warning|let op|opgelet|waarschuwing|achtung|vorsicht)\b.{0,60}"
            rf"(?:\bextern|\b{_OUTSIDE})",
            rf"^\W{{0,6}}(?:mail|e-mail|bericht|message)\b.{{0,30}}\b{_OUTSIDE}\b",
            rf"^\W{{0,6}}van buiten {_OURS}\W*$",
            r"^\W{0,6}(?:let op|opgelet|waarschuwing|attention|caution|warning|achtung|vorsicht)\W{0,6}$",
            r"(?:soyez|restez) (?:prudent|vigilant)e?s?\b.{0,60}(?:pi[èe]ces? jointes?|liens)",
            r"seien sie (?:bitte )?vorsichtig\b.{0,60}(?:links|anhäng)",
            r"wees (?:voorzichtig|alert)\b.{0,60}(?:links|bijlagen|koppelingen)",
            r"(?:be careful|be cautious|use caution)\b.{0,60}(?:links|attachments)",
            r"(?:do not|don.t) (?:click|open) (?:on )?(?:any )?(?:links|attachments)",
            r"(?:klik niet op|open geen) (?:links|koppelingen|bijlagen)",
            r"ne cliquez (?:pas )?sur (?:les |aucun )",
            r"klicken sie (?:nicht )?auf (?:keine )?links",
            r"you don.t often get e-?mail from|^some people who received this message don.t often get",
            r"^(?:sommige personen|einige personen|certaines personnes)\b.{0,60}"
            r"(?:(?:krijgen|ontvangen) niet vaak|erhalten nicht (?:oft|häufig)|ne reçoivent pas souvent)",
            r"(?:u|je) (?:ontvangt|krijgt) niet vaak e-?mail van",
            r"vous (?:n.obtenez|ne recevez) pas souvent",
            r"sie (?:erhalten|bekommen) nicht (?:oft|häufig)",
        )
    ),
    re.IGNORECASE,
)
_MAIL = re.compile(
    r"\b(?:e-?mail|mail|message|bericht|nachricht|courriel|transmission)\b"
    r"|^\W{0,6}(?:ge|vir|scan|check|keine|geen|no |aucun|anal|v[ée]ri|contr)",
    re.IGNORECASE,
)
_SCANNED = re.compile(
    "|".join(
        (
            r"\b(?:ge?scand|gecontroleerd|gecheckt|onderzocht|doorzocht)\b.{0,40}\b(?:virus|malware|spam|bedreiging)",
            r"\b(?:virus|malware)\w*.{0,20}\b(?:ge?scand|gecontroleerd|gecheckt)\b",
            r"\b(?:scanned|checked|screened|swept)\b.{0,60}\b(?:virus|malware|spam|threat|dangerous content)",
            r"\b(?:virus.?free|virusvrij|virenfrei|exempt de virus|sans virus)\b",
            r"\b(?:geprüft|gescannt|überprüft|untersucht)\b.{0,40}\b(?:viren|virus|malware|schadsoftware)",
            r"\b(?:viren|virus|malware|schadsoftware)\b.{0,40}\b(?:geprüft|gescannt|überprüft|untersucht)",
            r"\b(?:analysé|vérifié|contrôlé|scanné|balayé)e?\b.{0,60}\b(?:virus|malveillant|antivirus|malware)",
            r"\bno virus(?:es)? (?:found|detected)\b|\baucun virus\b",
            r"\bgeen virus(?:sen)? (?:gevonden|aangetroffen)\b",
            r"\bscanned by\b.{0,60}$",
        )
    ),
    re.IGNORECASE,
)
_SCANNER = re.compile(
    r"\bbelieved to be clean|^\W{0,4}l.absence de virus\b|\bMailScanner\b|\bavast antivirus\b"
    r"|\bwww\.(?:avast|avg)\.com\b"
    r"|\b(?:symanteccloud|messagelabs|mimecast\.com|websense)\b",
    re.IGNORECASE,
)
_LIST_FOOTER = re.compile(
    "|".join(
        (
            r"^\W{0,4}you(?: are receiving| received| are subscribed| have received)\b.{0,40}"
            r"\b(?:message|e-?mail|to)\b.{0,60}\b(?:because|subscribed|mailing list|group)\b",
            r"\bto unsubscribe from this (?:group|list)\b|^\W{0,4}to unsubscribe\b",
            r"\bunsubscribe (?:here|at|by|send)\b",
            r"^\W{0,4}(?:manage (?:your )?(?:subscription|preferences)|list (?:info|archives?))\b",
            r"^\S{1,60} mailing list\s*$|\bmailman/(?:listinfo|options)/|/mailman3/",
            r"^\W{0,4}to view this discussion (?:on the web,? )?visit\b|^\W{0,4}for more options, visit\b",
            r"^\W{0,4}als u zich wilt afmelden (?:bij|van) deze groep\b",
            r"^\W{0,4}wenn sie sich von dieser gruppe abmelden\b",
            r"^\W{0,4}pour vous désabonner de (?:ce|cette)\b",
            r"^\W{0,4}(?:pour afficher cette discussion|um diese diskussion)\b",
            r"\bom deze discussie te bekijken\b",
            r"\b(?:je|u) (?:ontvangt|kreeg) (?:dit bericht|deze e?-?mail) omdat\b",
            r"\bvous recevez ce (?:message|courriel|mail) (?:parce|car)\b",
            r"\bsie erhalten diese (?:nachricht|e-?mail),? weil\b",
            r"^\W{0,4}(?:uitschrijven|afmelden|abmelden|se désinscrire|se désabonner|unsubscribe)\W{0,4}$",
        )
    ),
    re.IGNORECASE,
)
_NEEDS_PROGRAM = re.compile(
    r"\b(?:e-?mail|mail)[ -]?(?:reader|client|viewer|programm?e?|programma|lezer|software)\b", re.IGNORECASE
)
_NEEDS_HTML = re.compile(
    r"\bhtml\b.{0,80}\b(?:view|viewer|program\w*|programma|client|format|formaat|format[ée]e?|support\w*|"
    r"ondersteun\w*|prend|toont|tonen|browser|display\w*|anzeig\w*|darstell\w*|lezer|reader|version|versie|message|"
    r"bericht|mail|e-mail|nachricht)\b"
    r"|\b(?:view|viewer|program\w*|programma|client|format|formaat|supports?|ondersteun\w*|prend|mailprogramma|"
    r"message|bericht|mail|e-mail|nachricht|courriel|version|versie|enable|activ\w+)\b.{0,80}\bhtml\b",
    re.IGNORECASE | re.DOTALL,
)
