"""The format of rules.yaml as a table: every key, its shape, what it is for. No code but the table's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import time
from typing import Any, get_args

import yaml

from ..core.logins.scopes import LoginKey
from ..core.people import Language, ReplyTo
from ..core.reviews.to_do import Preset
from ..core.rules.book import Priority
from . import values
from .model import Security
from .shapes import Choice, Either, Found, Key, Lazy, ListOf, Named, Place, Section, Text, Values, is_empty

LINE = Text(values.line)
ADDRESS = Text(values.address, "a mail address")
ADDRESSES = ListOf(ADDRESS)
FLAG = Text(values.flag, "true or false")
DURATION = Text(values.duration, "a duration like 2h15m")
ZONE = Text(values.time_zone, "a time zone like Europe/Brussels")
FILE = Text(values.file_name, "a file's path")
LANGUAGE: Choice[Language] = Choice(get_args(Language))

# -- people

FROM = Key("from", Text(values.moment, "a date"), "the first day, or the first moment, away", required=True)
UNTIL = Key("until", Text(values.moment, "a date"), "the first day, or the first moment, back", required=True)
WINDOWS = ListOf(Section((FROM, UNTIL)))

OWNER_NAME = Key("name", LINE, "the owner's name, as mail shows it", required=True)
OWNER_ADDRESS = Key("address", ADDRESS, "the owner's mail address", required=True)
ALIASES = Key("aliases", ADDRESSES, "other addresses of the same person")
PERSON_LANGUAGE = Key(
    "language",
    LANGUAGE,
    "the language of mails to this person",
    more="Without it: en for the owner, the owner's for a backup.",
)
OWNER_ZONE = Key("timezone", ZONE, "the owner's time zone, like Europe/Brussels", required=True)
OWNER = Section((OWNER_NAME, OWNER_ADDRESS, ALIASES, PERSON_LANGUAGE, OWNER_ZONE))

HOURS = Key("hours", ListOf(Text(values.working_hours)), "working hours, like mon-fri 09:00-17:30")
BACKUP_NAME = Key("name", LINE, "the backup's name; the first word is how a colleague says it", required=True)
BACKUP_ADDRESS = Key("address", ADDRESS, "the backup's mail address", required=True)
BACKUP_AWAY = Key("away", WINDOWS, "when this backup is away too")
BACKUP_ZONE = Key("timezone", ZONE, "the backup's time zone, where it is not the owner's")
REPLY_TO: Key[ReplyTo] = Key(
    "reply_to", Choice(get_args(ReplyTo)), "where the backup's Reply goes", default="both"
)
BACKUP = Section(
    (BACKUP_NAME, BACKUP_ADDRESS, ALIASES, BACKUP_AWAY, PERSON_LANGUAGE, HOURS, BACKUP_ZONE, REPLY_TO)
)

# -- servers


@dataclass(frozen=True, slots=True)
class Secret:
    """Where a secret is. The secret itself in its place is an error, and is not shown."""

    section: Section
    to_do: str = "say where it is: {credential: NAME}, {env: NAME} or {file: PATH}"

    def read(self, node: yaml.Node, place: Place) -> Found[Values] | None:
        if isinstance(node, yaml.MappingNode):
            return self.section.read(node, place)
        what = (
            f"`{place.path}` says nothing"
            if is_empty(node)
            else f"`{place.path}` must not be the secret itself"
        )
        place.report.problem(node, what, self.to_do)
        return None


SECRET_KINDS: tuple[Key[Any], ...] = (
    Key("credential", Text(values.secret_name), "the name of a systemd credential"),
    Key("env", Text(values.variable), "the name of an environment variable"),
    Key("file", FILE, "a file that only this user can read, relative to rules.yaml"),
    Key(
        "command",
        ListOf(LINE, filled=True),
        "a command, as a list of words, that prints it",
        more="It is run at each login, without a shell, and has half a minute.",
    ),
    Key("keyring", LINE, "an entry of the desktop's keyring: what `keyring set delegator NAME` put there"),
)
SECRET = Secret(Section(SECRET_KINDS))

TOKEN_COMMAND = Key(
    "command",
    ListOf(LINE, filled=True),
    "a command, as a list of words, that prints an access token",
    more="It is run at each login and if the token is refused, without a shell, and has half a minute.",
)
LOGIN: Key[LoginKey] = Key(
    "login", Choice(get_args(LoginKey)), "an app of your own at Microsoft or Google; then `delegator login`"
)
CLIENT_ID = Key("client_id", Text(values.client_id, "an id"), "Microsoft: the app's application (client) id")
TENANT = Key("tenant", Text(values.tenant, "a domain or an id"), "Microsoft: the organisation's domain or id")
AUTHORITY = Key("authority", Text(values.authority, "an https address"), "the login server of another cloud")
APP_SECRET = Key(
    "secret", SECRET, "Microsoft: where the app's secret is, if the app logs in by itself, without a person"
)
CERTIFICATE = Key(
    "certificate", SECRET, "instead of the secret: a PEM file of the app's private key and its certificate"
)
SECRET_UNTIL = Key(
    "secret_until", Text(values.day, "a date"), "when that secret ends, so that `check` can say"
)
CLIENT = Key(
    "client", SECRET, "Google: the JSON file of a desktop client, or of a service account with delegation"
)
OF_MICROSOFT: tuple[Key[Any], ...] = (CLIENT_ID, TENANT, AUTHORITY, APP_SECRET, CERTIFICATE, SECRET_UNTIL)
TOKEN_KINDS: tuple[Key[Any], ...] = (TOKEN_COMMAND, LOGIN, *OF_MICROSOFT, CLIENT)
TOKEN_SHAPE = Secret(
    Section(TOKEN_KINDS), "say where it comes from: {command: [PROGRAM, ARGUMENT]} or {login: microsoft, …}"
)

HOST = Key("host", Text(values.host, "a host name"), "the server's host name", required=True)
PORT = Key("port", Text(values.WholeNumber(1, 65535), "a port"), "the port, where it is not the usual one")
SECURITY: Key[Security] = Key(
    "security", Choice(get_args(Security)), "tls, starttls, or none (to this machine only)", default="tls"
)
CA = Key("ca", FILE, "a PEM file of the certificates to trust, instead of the system's")
USERNAME = Key("username", LINE, "the login name")
PASSWORD = Key("password", SECRET, "where the password is")
TOKEN = Key("token", TOKEN_SHAPE, "instead of a password: where an access token (OAuth 2) comes from")
IMAP = Section((HOST, PORT, SECURITY, CA))
SMTP = Section((HOST, PORT, SECURITY, CA, USERNAME, PASSWORD, TOKEN))

ACCOUNT_USERNAME = Key("username", LINE, "the login name of the mailbox", required=True)
ACCOUNT_PASSWORD = Key("password", SECRET, "where the password is, like {credential: NAME}")
ACCOUNT_IMAP = Key("imap", IMAP, "the server that holds the mailbox: {host: NAME}", required=True)
ACCOUNT_SMTP = Key("smtp", SMTP, "the server that takes mail to send: {host: NAME}", required=True)
MAILBOXES = Key("mailboxes", ListOf(LINE, filled=True), "the mailboxes to watch", default=["INBOX"])
AUTHSERV_ID = Key("authserv_id", LINE, "whose Authentication-Results to believe, or microsoft")
SENT = Key("sent", LINE, "the mailbox of what you send, where `check` does not find it by itself")
ACCOUNT = Section(
    (ACCOUNT_USERNAME, ACCOUNT_PASSWORD, TOKEN, ACCOUNT_IMAP, ACCOUNT_SMTP, MAILBOXES, SENT, AUTHSERV_ID)
)

# -- the two reviews, the handover, the rest

WITHIN = Key("within", DURATION, "how long a backup has for an answer", default="2h15m")
HOLIDAYS = Key("holidays", Text(values.country), "the country whose public holidays stop the clock")
ON_SILENCE: Key[Any] = Key(
    "on_silence", Choice(("ask", "next")), "ask the owner, or the next in the chain", default="ask"
)
FOLLOW_UP = Section((WITHIN, HOURS, HOLIDAYS, ON_SILENCE))

AT = Key(
    "at",
    ListOf(Text(values.clock_time, "a time"), filled=True),
    "when, in the owner's time zone",
    default=["09:00", "17:00"],
)
MINUTES = Key(
    "minutes", Text(values.WholeNumber(1, 240), "minutes"), "how long a review may take to read", default=15
)
WHEN_EMPTY: Key[Any] = Key(
    "when_empty", Choice(("send", "skip")), "whether to send a review of nothing", default="send"
)
REVIEW = Section((AT, MINUTES, WHEN_EMPTY))

TO_DO_FILE = Key("file", FILE, "a Markdown file")
TO_DO_MAIL = Key("mail", ADDRESS, "the address at which a to-do program takes mail")
PRESET = Key("preset", Choice(get_args(Preset)), "how that program reads mail", default="plain")
TAGS = Key(
    "tags",
    ListOf(LINE),
    "what stands behind each task's name, as that program reads it",
    more='For `evernote`, `todoist` and `trello`: `["@Work", "#holiday"]`. Nothing else in a name is read.',
)
TO_DO = ListOf(Section((TO_DO_FILE, TO_DO_MAIL, PRESET, TAGS)))

ALERT_ADDRESS = Key("address", ADDRESS, "who hears that something is wrong", required=True)
AFTER = Key("after", DURATION, "how long something is wrong before an alert", default="30m")
ALERT_SMTP = Key("smtp", SMTP, "a server of its own for alerts", hidden=True)
HEARTBEAT = Key("heartbeat", Text(values.url), "a URL that is fetched while all is well", hidden=True)
ALERT = Section((ALERT_ADDRESS, AFTER, ALERT_SMTP, HEARTBEAT))

# -- rules

LIST = Key("list", LINE, "the name of a list", required=True)
PATTERN: Either[Any] = Either(Text(values.address_pattern, "an address, @domain or a glob"), Section((LIST,)))
PATTERNS = ListOf(PATTERN, filled=True)
A_WORD = "a word or /regular expression/"
KEYWORDS = ListOf(Text(values.keyword, A_WORD, doubt=values.one_phrase), filled=True)
FIELD_WORDS = ListOf(Text(values.keyword, A_WORD), filled=True)  # a header field has commas and semicolons


def keyword_nodes(when: Found[Values]) -> Iterator[yaml.ScalarNode]:
    """Where the keywords of a rule stand, in whatever depth."""
    for name, entry in when.value.entries.items():
        if entry.found is None:
            continue
        if name in ("any", "all", "not"):
            for item in entry.found.value:
                yield from keyword_nodes(item)
        elif name in {key.name for key in (*TEXT_CONDITIONS, ATTACHMENT)}:
            yield from (item.node for item in entry.found.value)


ADDRESS_CONDITIONS = tuple(
    Key(name, PATTERNS, f"addresses in {about}")
    for name, about in (
        ("from", "From"),
        ("to", "To"),
        ("cc", "Cc"),
        ("recipient", "To, Cc, Delivered-To or X-Original-To"),
    )
)
TEXT_CONDITIONS = tuple(
    Key(name, KEYWORDS, f"words in {about}")
    for name, about in (("subject", "the subject"), ("body", "the text"), ("text", "the subject or the text"))
)
FLAG_CONDITIONS = tuple(
    Key(name, FLAG, about)
    for name, about in (
        ("bulk", "from a mailing list or a newsletter"),
        ("auto", "sent by a machine (Auto-Submitted), or a receipt, an automatic answer, an emoji reaction"),
        ("direct", "to the owner alone"),
        ("invite", "an invitation to a meeting"),
        ("reply", "in a conversation that the owner took part in"),
        ("verified", "the owner's server vouches for the sender"),
    )
)
HEADER = Key("header", Named(values.header_name, FIELD_WORDS), "words in a header field")
ATTACHMENT = Key("attachment", KEYWORDS, "words in the name or the type of an attachment")
LARGER_THAN = Key("larger_than", Text(values.size, "a size like 10MB"), "the whole mail is larger than this")
CONDITION: Lazy[Values] = Lazy(lambda: CONDITIONS)  # `any`, `all` and `not` hold conditions again
ANY = Key("any", ListOf(CONDITION, filled=True), "at least one of these holds")
ALL = Key("all", ListOf(CONDITION, filled=True), "each of these holds")
NOT = Key("not", ListOf(CONDITION, filled=True), "none of these holds")
CONDITIONS: Section = Section(
    (*ADDRESS_CONDITIONS, *TEXT_CONDITIONS, *FLAG_CONDITIONS, HEADER, ATTACHMENT, LARGER_THAN, ANY, ALL, NOT)
)

FORWARD = Key(
    "forward",
    ListOf(LINE, filled=True),
    "the backup, or backups in order",
    more="The first of them who is there gets it.",
)
PRIVATE = Key(
    "private",
    FLAG,
    "true: never forwarded, and its content never shown",
    more="It wins over every other rule. false, beside forward or review: encrypted mail is not secret.",
)
TO_REVIEW: Key[Priority] = Key(
    "review", Choice(get_args(Priority)), "in the next review: high, normal or low"
)
IGNORE = Key("ignore", FLAG, "true: in no review, only counted")
PROPOSE = Key("propose", LINE, "what the review proposes: a backup, to-do or done")
OUTCOMES: tuple[Key[Any], ...] = (FORWARD, PRIVATE, TO_REVIEW, IGNORE)

RULE_NAME = Key("name", LINE, "what the reports call this rule", required=True)
WHEN = Key(
    "when",
    CONDITIONS,
    "the conditions, which must all hold",
    required=True,
    more="Where a condition has a list, one of the list is enough.",
)
RULE = Section((RULE_NAME, WHEN, *OUTCOMES, PROPOSE))
OTHERWISE_OUTCOME = Section((*OUTCOMES, PROPOSE))

# -- expectations

TEST_FROM = Key("from", LINE, "who writes it", more="As a mail shows it: Jan De Smet <jan@acme.example>.")
TEST_TO = Key("to", ListOf(LINE), "whom it is to; you, unless it says so")
TEST_CC = Key("cc", ListOf(LINE), "who gets a copy")
TEST_SUBJECT = Key("subject", Text(values.any_line), "its subject")
TEST_TEXT = Key("text", Text(values.any_text), "what it says")
TEST_DATE = Key("date", Text(values.moment, "a date"), "when it arrives; else the beginning of your absence")
TEST_HEADERS = Key(
    "headers", Named(values.header_name, ListOf(Text(values.any_line))), "further header fields, by name"
)
TEST_ATTACHMENTS = Key("attachments", ListOf(LINE), "file names of attachments")
TEST_SIZE = Key("size", Text(values.size, "a size like 10MB"), "how large it is, where that matters")
TESTED_MAIL = Section(
    (
        TEST_FROM,
        TEST_TO,
        TEST_CC,
        TEST_SUBJECT,
        TEST_TEXT,
        TEST_DATE,
        TEST_HEADERS,
        TEST_ATTACHMENTS,
        TEST_SIZE,
    )
)
TEST_NAME = Key("name", LINE, "what the report calls it")
TEST_MAIL = Key("mail", TESTED_MAIL, "the mail")
TEST_FILE = Key("file", FILE, "an .eml file instead, relative to this one")
TEST_AFTER = Key(
    "after",
    ListOf(TESTED_MAIL),
    "mails that came before it",
    more="Each answers the one before, and the mail the last.",
)
TEST_EXPECT = Key(
    "expect",
    LINE,
    "what must become of it: forward anna, review high, private, ignore, own",
    required=True,
    more="The second word may be left out.",
)
TEST_RULE = Key("rule", LINE, "the rule that must have decided it")
EXPECTATION = Section((TEST_NAME, TEST_MAIL, TEST_FILE, TEST_AFTER, TEST_EXPECT, TEST_RULE))
EXPECTATIONS = ListOf(EXPECTATION)

# -- the file

VERSION = Key("version", LINE, "1", required=True, more="The version of this format.")
OWNER_KEY = Key("owner", OWNER, "who is away: name, address, timezone", required=True)
AWAY = Key("away", WINDOWS, "from when until when: {from: DATE, until: DATE}")
ACCOUNT_KEY = Key("account", ACCOUNT, "the mailbox: username, password, imap, smtp", hidden=True)
BACKUPS = Key("backups", Named(values.backup_key, BACKUP), "the colleagues who take over")
FOLLOW_UP_KEY = Key("follow_up", FOLLOW_UP, "how a handover is watched")
REVIEW_KEY = Key("review", REVIEW, "when the reviews come")
TO_DO_KEY = Key("to_do", TO_DO, "where to-dos go besides the homecoming mail")
ALERT_KEY = Key("alert", ALERT, "who hears that something is wrong")
KEEP = Key("keep", DURATION, "how long the state is kept after the homecoming", default="30d")
LISTS = Key(
    "lists",
    Named(values.line, FILE),
    "lists of addresses: CSV or vCard files",
    more="Relative to rules.yaml; read again when they change.",
)
RULES = Key(
    "rules",
    ListOf(RULE),
    "the rules; the first that matches decides",
    more="A private rule wins over every other, wherever it stands.",
)
OTHERWISE = Key(
    "otherwise", OTHERWISE_OUTCOME, "what becomes of mail that no rule matches", default={"review": "normal"}
)
EXPECT = Key(
    "expect",
    EXPECTATIONS,
    "mails, and what must become of them",
    more="`delegator test` looks whether it does. They may stand in rules.test.yaml instead.",
)

FILE_FORMAT = Section(
    (
        VERSION,
        OWNER_KEY,
        AWAY,
        ACCOUNT_KEY,
        BACKUPS,
        FOLLOW_UP_KEY,
        REVIEW_KEY,
        TO_DO_KEY,
        ALERT_KEY,
        KEEP,
        LISTS,
        RULES,
        OTHERWISE,
        EXPECT,
    )
)

DEFAULT_AT = (time(9), time(17))
DEFAULT_HOURS = values.working_hours("mon-fri 09:00-17:30")
