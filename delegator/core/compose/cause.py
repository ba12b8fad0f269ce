"""Why something does not work, as a mail tells it: in the reader's language, without a server's own words.

The log and `status` have those words, in English, for whoever can mend it. What they mean is told here by a
table; a reply that is in none keeps its codes, which are the same in every language (RFC 5321, RFC 3463).
"""

from __future__ import annotations

import re

from .mail import Catalogue

_CODES = re.compile(r"\b([45]\d\d[ -])?([45]\.\d{1,3}\.\d{1,3})\b|\b[45]\d\d\b(?=[ -])")


def cause_words(catalogue: Catalogue, said: str) -> str:
    """A few words, without a full stop; "" where nothing is known. said: as logged, in English."""
    if not said:
        return ""
    codes = _CODES.search(said)
    behind = f" ({codes[0].strip(' -').replace('-', ' ')})" if codes else ""
    return (_words(catalogue, said) or catalogue.gettext("the server refuses it")) + behind


def _words(catalogue: Catalogue, said: str) -> str:
    say = catalogue.gettext

    def has(pattern: str) -> bool:
        return re.search(pattern, said, re.IGNORECASE) is not None

    if has(r"^it may have arrived: it was on its way"):
        return say("it may have arrived before delegator was restored")
    if has(r"^it may have arrived"):
        return say("it may have arrived, since the server never answered")
    if has(r"^what was kept of it was damaged"):
        return say("what was kept of it was damaged")
    if has(r"^the configuration (no longer names that address|names that address no more)"):
        return say("the configuration no longer names that address")
    if has(r"^no longer a backup"):
        return say("no longer one of your colleagues")
    if has(r"^internal error, see the log$|^internal error: \w+; see the log$|^\w+, see the log$"):
        return say("a fault in delegator itself, which its log describes")
    if has(r"\[serverbug\]|internal (server )?error"):
        return say("the server has a fault of its own")
    # What is about the recipient comes before what is about us: RFC 3463 section 3.3.
    if has(r"\b[45]\.2\.[12]\b|mailbox (is )?full"):
        return say("the mailbox of that address is full or closed")
    if has(r"5\.7\.26\b"):  # Gmail: of the domain, not of the login
        return ""
    if has(r"block(ed|list)|blacklist|spamhaus|reputation"):
        return say("the server takes no mail from this machine")
    if has(r"too large|too big|\bsize\b|5\.3\.4|5\.2\.3\b"):
        return say("the mail is too large")
    if has(r"send.?as|not owned|sender address|as this sender|5\.1\.8|5\.7\.60"):
        return say("the server does not let this account send from your address")
    if has(r"limits?\b|quota|too many|throttl|maximum number|5\.4\.5|5\.2\.25|over ?limit"):
        return say("a limit of your mail account has been reached")
    if has(r"^5\d\d\b.*mailbox unavailable"):
        return say("there is no such address")
    if has(r"no login now|unavailable|try (again )?later|greylist|\btemporar"):
        return say("the server asks to try again later")
    if has(r"certificate"):
        return say("the certificate of the server is not in order")
    if has(r"login|password|\btoken|authenticat|credentials|5\.7\.8|5\.7\.139|5\.7\.57"):
        return say("the login is refused")
    if has(r"\btls\b|starttls"):
        return say("no secure connection can be made")
    if has(r"looked up|host name|no host\b"):
        return say("the name of the server cannot be found")
    if has(r"nothing listens|connection refused|no route|unreachable"):
        return say("the server cannot be reached")
    if has(r"no answer|not answer|timed? ?out"):
        return say("the server does not answer")
    if has(r"was cut|ended the session|ended the login|closed|reset|disconnect|not connected|lost"):
        return say("the connection breaks off")
    if has(r"user unknown|no such|does not exist|unknown user|5\.1\.(1|2|10)\b"):
        return say("there is no such address")
    if has(r"spam|virus|content|policy"):
        return say("the server does not take what is in it")
    return ""
