"""The tables, as a list of steps that only grows: a state lacks those above its `user_version`.

A step that has been released is never changed: states were made with it.
"""

from __future__ import annotations

_FIRST = """
CREATE TABLE state (
    state_id TEXT NOT NULL,
    secret BLOB NOT NULL
) STRICT;
CREATE TABLE account (
    account TEXT PRIMARY KEY,
    loop_key BLOB NOT NULL,
    started_at INTEGER NOT NULL,
    last_contact_at INTEGER
) STRICT;
CREATE TABLE position (              -- every UID up to this one was looked at
    account TEXT NOT NULL, mailbox TEXT NOT NULL, uidvalidity INTEGER NOT NULL, uid INTEGER NOT NULL,
    PRIMARY KEY (account, mailbox)
) STRICT;
CREATE TABLE known_id (              -- Message-IDs and the conversation they belong to
    account TEXT NOT NULL, message_id TEXT NOT NULL, conversation INTEGER, ours TEXT,
    PRIMARY KEY (account, message_id)
) STRICT;
CREATE TABLE owners_id (             -- Message-IDs of the mails that the owner wrote
    account TEXT NOT NULL, message_id TEXT NOT NULL, PRIMARY KEY (account, message_id)
) STRICT;
CREATE TABLE message (
    id INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    mailbox TEXT NOT NULL, uidvalidity INTEGER NOT NULL, uid INTEGER NOT NULL,
    is_there INTEGER NOT NULL,       -- 1 while it is believed to be at that place
    header_digest TEXT NOT NULL,
    message_id TEXT,
    arrived_at INTEGER, taken_up_at INTEGER NOT NULL,
    disposition TEXT NOT NULL, code TEXT NOT NULL, priority TEXT, backup TEXT, rule TEXT,
    reason TEXT NOT NULL, detail TEXT NOT NULL,
    matched TEXT NOT NULL,           -- the rule and what matched, as a review shows it
    conversation INTEGER,
    originator_name TEXT NOT NULL, originator TEXT NOT NULL, subject TEXT NOT NULL,
    excerpt TEXT NOT NULL, text_characters INTEGER NOT NULL, attachments TEXT NOT NULL,
    traits TEXT NOT NULL DEFAULT '{}',  -- what its proposal and its rank in a review are made of
    asks_for_receipt INTEGER NOT NULL,
    answered INTEGER NOT NULL DEFAULT 0,  -- of a forward
    file_to TEXT, keyword TEXT,      -- a filing that is still to be done
    filed_in TEXT,                   -- where it was filed last: it turns up there, and that is no command
    decision TEXT,                   -- the owner's, from the phone: done, to-do, later
    remark TEXT NOT NULL DEFAULT '', -- of a to-do
    decided_at INTEGER,              -- of a review item
    shown_in INTEGER                 -- the review in which it stood in full
) STRICT;
CREATE UNIQUE INDEX message_place ON message (account, mailbox, uidvalidity, uid) WHERE is_there;
CREATE INDEX message_digest ON message (account, header_digest);
CREATE INDEX message_open ON message (account, disposition) WHERE decided_at IS NULL;
CREATE INDEX message_filing ON message (account) WHERE file_to IS NOT NULL;
CREATE INDEX message_taken_up ON message (account, taken_up_at);
CREATE INDEX message_conversation ON message (conversation);
CREATE INDEX message_id ON message (message_id, conversation);
CREATE TABLE original (
    message INTEGER PRIMARY KEY, octets BLOB NOT NULL, sha256 TEXT NOT NULL
) STRICT;
CREATE TABLE outbox (
    id INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    recipient TEXT NOT NULL,
    backups TEXT NOT NULL,           -- a JSON list of keys: this one, then the next
    message INTEGER,
    created_at INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    unknowns INTEGER NOT NULL DEFAULT 0,  -- attempts before the last whose outcome is not known
    first_attempt_at INTEGER,
    octets BLOB, message_id TEXT, max_octets INTEGER,
    is_paced INTEGER NOT NULL DEFAULT 0,
    sent_at INTEGER,
    note TEXT NOT NULL DEFAULT '',   -- the owner's own line, on top of a forward
    last_reply TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX outbox_due ON outbox (account, due_at) WHERE state IN ('pending', 'sending');
CREATE INDEX outbox_message ON outbox (message);
CREATE INDEX outbox_message_id ON outbox (message_id);
CREATE TABLE failure (               -- a forward that was refused for good by one backup's server
    account TEXT NOT NULL, at INTEGER NOT NULL, backup TEXT NOT NULL, message INTEGER NOT NULL,
    reply TEXT NOT NULL
) STRICT;
CREATE TABLE review (
    id INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    slot_date TEXT, slot_index INTEGER, slot_at INTEGER,   -- NULL: asked for by hand
    created_at INTEGER NOT NULL,
    outbox INTEGER                   -- NULL: skipped, there was nothing to say
) STRICT;
CREATE UNIQUE INDEX review_slot ON review (account, slot_date, slot_index);
CREATE TABLE junk (                  -- what a rule would have forwarded, had it not been taken for spam
    account TEXT NOT NULL, at INTEGER NOT NULL, count INTEGER NOT NULL
) STRICT;
CREATE TABLE outage (
    account TEXT NOT NULL, from_at INTEGER NOT NULL, to_at INTEGER NOT NULL,
    PRIMARY KEY (account, from_at)
) STRICT;
CREATE TABLE learnt (                -- what the owner's own test mail taught about her servers
    account TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,
    PRIMARY KEY (account, key)
) STRICT;
CREATE TABLE conversation (
    id INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    backup TEXT,                     -- whose hands it is in; NULL: nobody's
    originators TEXT NOT NULL,       -- a JSON list of addresses
    subject TEXT NOT NULL DEFAULT '',  -- without its prefixes, in lower case
    chain TEXT NOT NULL DEFAULT '[]',  -- a JSON list: the backups of the rule that handed it over
    tried TEXT NOT NULL DEFAULT '[]',  -- a JSON list: who had it before
    handed_at INTEGER,               -- when the newest forward was accepted for that backup
    due_at INTEGER,                  -- when an answer is overdue
    answered_at INTEGER,
    withdrawn_at INTEGER,            -- the owner took back a forward that was sent
    proof TEXT,
    question_at INTEGER,
    accepted_at INTEGER,
    pass_why TEXT,                   -- it is to be passed on
    passed_why TEXT                  -- why the one before no longer has it
) STRICT;
CREATE INDEX conversation_open ON conversation (account, subject) WHERE answered_at IS NULL;
CREATE TABLE backup (                -- what is known of each backup besides the configuration
    account TEXT NOT NULL, backup TEXT NOT NULL,
    absent_since INTEGER,            -- an automatic answer or a bounce, and no human mail since
    said TEXT, said_at INTEGER,      -- accepted, declined, dates, automatic, bounce
    away TEXT NOT NULL DEFAULT '[]', -- a JSON list of [from, until], as they said
    PRIMARY KEY (account, backup)
) STRICT;
CREATE TABLE letter (                -- briefs and overviews, each once
    account TEXT NOT NULL, kind TEXT NOT NULL, backup TEXT NOT NULL, slot TEXT NOT NULL,
    message_id TEXT NOT NULL, at INTEGER NOT NULL,
    items TEXT NOT NULL,             -- a JSON list: the conversations under an overview's numbers
    PRIMARY KEY (account, kind, backup, slot)
) STRICT;
CREATE INDEX letter_id ON letter (account, message_id);
CREATE TABLE own_mail (              -- of the owner's own hand, naming a mail that was not taken up yet
    account TEXT NOT NULL, named TEXT NOT NULL, message_id TEXT, sent_at INTEGER NOT NULL,
    recipients TEXT NOT NULL, backup TEXT, due_at INTEGER
) STRICT;
CREATE INDEX own_mail_named ON own_mail (account, named);
CREATE TABLE token (                 -- what a button's secret stands for
    account TEXT NOT NULL, token TEXT NOT NULL,
    verb TEXT NOT NULL,
    by TEXT,                         -- key of the backup who may use it; NULL: the owner
    items TEXT NOT NULL,             -- a JSON list of messages
    backup TEXT, conversation INTEGER, review INTEGER, question INTEGER,
    expires_at INTEGER NOT NULL,
    spent_at INTEGER,
    PRIMARY KEY (account, token)
) STRICT;
CREATE TABLE review_line (           -- what a number means in a reply to that review
    review INTEGER NOT NULL, number INTEGER NOT NULL,
    messages TEXT NOT NULL,          -- a JSON list
    verb TEXT, backup TEXT,          -- as proposed
    is_low INTEGER NOT NULL
) STRICT;
CREATE INDEX review_line_review ON review_line (review);
CREATE TABLE review_alias (          -- other Message-IDs, a reply to which is one to that review
    account TEXT NOT NULL, message_id TEXT NOT NULL, review INTEGER NOT NULL,
    PRIMARY KEY (account, message_id)
) STRICT;
CREATE TABLE command (               -- what was asked, in the order in which it came
    id INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    way TEXT NOT NULL,               -- button, reply, folder
    state TEXT NOT NULL,             -- pending, held (the owner is asked), done, refused
    at INTEGER NOT NULL,
    token TEXT, review INTEGER,      -- of a button; of a reply
    sender TEXT NOT NULL DEFAULT '', -- whose mail it was
    text TEXT NOT NULL DEFAULT '',   -- of that mail
    message INTEGER, verb TEXT, backup TEXT, note TEXT NOT NULL DEFAULT '',  -- of a move, or a held forward
    is_confirmed INTEGER NOT NULL DEFAULT 0,
    is_asked INTEGER NOT NULL DEFAULT 0,
    detail TEXT NOT NULL DEFAULT ''  -- why it was refused
) STRICT;
CREATE INDEX command_open ON command (account, state) WHERE state IN ('pending', 'held');
CREATE TABLE receipt (
    account TEXT NOT NULL, at INTEGER NOT NULL, verb TEXT NOT NULL, message INTEGER NOT NULL,
    backup TEXT NOT NULL, way TEXT NOT NULL, messages INTEGER NOT NULL
) STRICT;
CREATE INDEX receipt_at ON receipt (account, at);
CREATE TABLE command_address (       -- from which the owner said that she commands, too
    account TEXT NOT NULL, address TEXT NOT NULL, PRIMARY KEY (account, address)
) STRICT;
"""

# SQLite adds no constraint to a table that is there: a new one takes its place.
_SECOND = """
CREATE TABLE new_message (
    id INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    mailbox TEXT NOT NULL, uidvalidity INTEGER NOT NULL, uid INTEGER NOT NULL,
    is_there INTEGER NOT NULL,       -- 1 while it is believed to be at that place
    header_digest TEXT NOT NULL,
    message_id TEXT,
    arrived_at INTEGER, taken_up_at INTEGER NOT NULL,
    disposition TEXT NOT NULL CHECK (disposition IN ('forward', 'review', 'private', 'ignore', 'own')),
    code TEXT NOT NULL,
    priority TEXT CHECK (priority IN ('high', 'normal', 'low')),
    backup TEXT, rule TEXT,
    reason TEXT NOT NULL, detail TEXT NOT NULL,
    matched TEXT NOT NULL,           -- the rule and what matched, as a review shows it
    conversation INTEGER,
    originator_name TEXT NOT NULL, originator TEXT NOT NULL, subject TEXT NOT NULL,
    excerpt TEXT NOT NULL, text_characters INTEGER NOT NULL, attachments TEXT NOT NULL,
    traits TEXT NOT NULL DEFAULT '{}',  -- what its proposal and its rank in a review are made of
    asks_for_receipt INTEGER NOT NULL,
    answered INTEGER NOT NULL DEFAULT 0,  -- of a forward
    file_to TEXT, keyword TEXT,      -- a filing that is still to be done
    filed_in TEXT,                   -- where it was filed last: it turns up there, and that is no command
    decision TEXT CHECK (decision IN ('done', 'to-do', 'later')),  -- the owner's, from the phone
    remark TEXT NOT NULL DEFAULT '', -- of a to-do
    decided_at INTEGER,              -- of a review item
    shown_in INTEGER                 -- the review in which it stood in full
) STRICT;
INSERT INTO new_message SELECT id, account, mailbox, uidvalidity, uid, is_there, header_digest, message_id,
    arrived_at, taken_up_at, disposition, code, priority, backup, rule, reason, detail, matched, conversation,
    originator_name, originator, subject, excerpt, text_characters, attachments, traits, asks_for_receipt,
    answered, file_to, keyword, filed_in, decision, remark, decided_at, shown_in FROM message;
DROP TABLE message;
ALTER TABLE new_message RENAME TO message;
CREATE UNIQUE INDEX message_place ON message (account, mailbox, uidvalidity, uid) WHERE is_there;
CREATE INDEX message_digest ON message (account, header_digest);
CREATE INDEX message_open ON message (account, disposition) WHERE decided_at IS NULL;
CREATE INDEX message_filing ON message (account) WHERE file_to IS NOT NULL;
CREATE INDEX message_taken_up ON message (account, taken_up_at);
CREATE INDEX message_conversation ON message (conversation);
CREATE INDEX message_id ON message (message_id, conversation);
CREATE TABLE new_outbox (
    id INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    kind TEXT NOT NULL
        CHECK (kind IN ('forward', 'review', 'alert', 'cover', 'brief', 'overview', 'answer')),
    state TEXT NOT NULL CHECK (state IN ('pending', 'sending', 'sent', 'failed')),
    recipient TEXT,                  -- NULL: of a forward, which goes to the configured address
    backup TEXT,                     -- key of whom it goes to; NULL: the owner, or the alert's
    following TEXT NOT NULL DEFAULT '[]',  -- a JSON list of keys: who is next after a refusal
    message INTEGER,                 -- of a forward
    cover INTEGER,                   -- of a forward that was passed on: the mail that is sent before it
    created_at INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    unknowns INTEGER NOT NULL DEFAULT 0,  -- attempts before the last whose outcome is not known
    first_attempt_at INTEGER,
    octets BLOB, message_id TEXT, max_octets INTEGER,
    is_paced INTEGER NOT NULL DEFAULT 0,
    sent_at INTEGER,
    note TEXT NOT NULL DEFAULT '',   -- the owner's own line, on top of a forward
    last_reply TEXT NOT NULL DEFAULT '',
    CHECK (CASE kind WHEN 'forward' THEN message IS NOT NULL AND recipient IS NULL AND backup IS NOT NULL
                     ELSE message IS NULL AND recipient IS NOT NULL AND cover IS NULL END)
) STRICT;
INSERT INTO new_outbox SELECT id, account, kind, state, CASE WHEN kind <> 'forward' THEN recipient END,
    json_extract(backups, '$[0]'), json_remove(backups, '$[0]'), message,
    CASE WHEN kind = 'forward' THEN (SELECT max(cover.id) FROM outbox AS cover
        WHERE cover.account = outbox.account AND cover.kind = 'cover' AND cover.id < outbox.id
        AND cover.created_at = outbox.created_at AND cover.recipient = outbox.recipient) END,
    created_at, due_at, attempts, unknowns, first_attempt_at, octets, message_id, max_octets, is_paced,
    sent_at, note, last_reply FROM outbox;
DROP TABLE outbox;
ALTER TABLE new_outbox RENAME TO outbox;
CREATE INDEX outbox_due ON outbox (account, due_at) WHERE state IN ('pending', 'sending');
CREATE INDEX outbox_message ON outbox (message);
CREATE INDEX outbox_message_id ON outbox (message_id);
CREATE TABLE new_known_id (          -- Message-IDs and the conversation they belong to
    account TEXT NOT NULL, message_id TEXT NOT NULL, conversation INTEGER,
    ours TEXT CHECK (ours IN
        ('owner', 'forward', 'review', 'alert', 'cover', 'brief', 'overview', 'answer')),
    PRIMARY KEY (account, message_id)
) STRICT;
INSERT INTO new_known_id SELECT account, message_id, conversation, ours FROM known_id;
DROP TABLE known_id;
ALTER TABLE new_known_id RENAME TO known_id;
CREATE TABLE new_backup (            -- what is known of each backup besides the configuration
    account TEXT NOT NULL, backup TEXT NOT NULL,
    absent_since INTEGER,            -- an automatic answer or a bounce, and no human mail since
    said TEXT CHECK (said IN ('accepted', 'declined', 'dates', 'automatic', 'bounce')),
    said_at INTEGER,
    away TEXT NOT NULL DEFAULT '[]', -- a JSON list of [from, until], as they said
    PRIMARY KEY (account, backup)
) STRICT;
INSERT INTO new_backup SELECT account, backup, absent_since, said, said_at, away FROM backup;
DROP TABLE backup;
ALTER TABLE new_backup RENAME TO backup;
CREATE TABLE new_letter (            -- briefs and overviews, each once
    account TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('brief', 'overview')),
    backup TEXT NOT NULL, slot TEXT NOT NULL,
    message_id TEXT NOT NULL, at INTEGER NOT NULL,
    items TEXT NOT NULL,             -- a JSON list: the conversations under an overview's numbers
    PRIMARY KEY (account, kind, backup, slot)
) STRICT;
INSERT INTO new_letter SELECT account, kind, backup, slot, message_id, at, items FROM letter;
DROP TABLE letter;
ALTER TABLE new_letter RENAME TO letter;
CREATE INDEX letter_id ON letter (account, message_id);
CREATE TABLE new_command (           -- what was asked, in the order in which it came
    id INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    way TEXT NOT NULL CHECK (way IN ('button', 'reply', 'folder')),
    state TEXT NOT NULL CHECK (state IN ('pending', 'held', 'done', 'refused')),  -- held: the owner is asked
    at INTEGER NOT NULL,
    token TEXT, review INTEGER,      -- of a button; of a reply
    sender TEXT NOT NULL DEFAULT '', -- whose mail it was
    text TEXT NOT NULL DEFAULT '',   -- of that mail
    message INTEGER, verb TEXT, backup TEXT, note TEXT NOT NULL DEFAULT '',  -- of a move, or a held forward
    is_confirmed INTEGER NOT NULL DEFAULT 0,
    is_asked INTEGER NOT NULL DEFAULT 0,
    detail TEXT NOT NULL DEFAULT ''  -- why it was refused
) STRICT;
INSERT INTO new_command SELECT id, account, way, state, at, token, review, sender, text, message, verb,
    backup, note, is_confirmed, is_asked, detail FROM command;
DROP TABLE command;
ALTER TABLE new_command RENAME TO command;
CREATE INDEX command_open ON command (account, state) WHERE state IN ('pending', 'held');
CREATE TABLE new_receipt (
    id INTEGER PRIMARY KEY,
    account TEXT NOT NULL, at INTEGER NOT NULL, verb TEXT NOT NULL, message INTEGER NOT NULL,
    backup TEXT NOT NULL,
    way TEXT NOT NULL CHECK (way IN ('button', 'reply', 'folder')),
    messages INTEGER NOT NULL
) STRICT;
INSERT INTO new_receipt SELECT rowid, account, at, verb, message, backup, way, messages FROM receipt;
DROP TABLE receipt;
ALTER TABLE new_receipt RENAME TO receipt;
CREATE INDEX receipt_at ON receipt (account, at);
"""

_THIRD = """
ALTER TABLE review_line ADD COLUMN conversation INTEGER;  -- of a handover that has a number
ALTER TABLE receipt ADD COLUMN note TEXT NOT NULL DEFAULT '';  -- what went along, for the client to read
"""

_FOURTH = """
CREATE TABLE handover_count (        -- so that nobody floods a backup
    account TEXT NOT NULL, originator TEXT NOT NULL,
    at INTEGER NOT NULL              -- when its mail arrived
) STRICT;
CREATE INDEX handover_count_at ON handover_count (account, originator, at);
CREATE TABLE written_to (            -- by the owner's own hand; since when
    account TEXT NOT NULL, address TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (account, address)
) STRICT;
"""

_FIFTH = """
CREATE TABLE seen_in_junk (          -- so that what the owner moves from there is known as moved
    account TEXT NOT NULL, header_digest TEXT NOT NULL, arrived_at INTEGER NOT NULL,
    PRIMARY KEY (account, header_digest, arrived_at)
) STRICT;
"""

_SIXTH = """
ALTER TABLE account ADD COLUMN observes INTEGER NOT NULL DEFAULT 0;  -- another state served its absence
CREATE TABLE told_fault (            -- of what the alert address has heard, and not yet that it is over
    account TEXT NOT NULL, subject TEXT NOT NULL, kind TEXT NOT NULL, what TEXT NOT NULL,
    since_at INTEGER NOT NULL, PRIMARY KEY (account, subject)
) STRICT;
"""

_SEVENTH = """
ALTER TABLE outbox ADD COLUMN sha256 TEXT;  -- of octets; NULL: an earlier version stored them
ALTER TABLE outbox ADD COLUMN is_damaged INTEGER NOT NULL DEFAULT 0;  -- it cannot be sent as it was meant
CREATE TABLE set_aside (             -- what could not be read any more
    id INTEGER PRIMARY KEY,
    account TEXT NOT NULL, at INTEGER NOT NULL,
    of TEXT NOT NULL, row INTEGER NOT NULL,  -- the table and the rowid in it
    message INTEGER,                 -- the mail that it is about
    was TEXT NOT NULL,               -- a JSON object of its columns
    told_in INTEGER                  -- the review that told it
) STRICT;
CREATE INDEX set_aside_untold ON set_aside (account) WHERE told_in IS NULL;
"""

_EIGHTH = """
ALTER TABLE account ADD COLUMN restored_at INTEGER;  -- from a backup; what came before may be handed over
"""

_OUTBOX = """    account TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN
        ('forward', 'review', 'alert', 'cover', 'brief', 'overview', 'answer', 'list', 'home', 'task')),
    state TEXT NOT NULL CHECK (state IN ('pending', 'sending', 'sent', 'failed')),
    recipient TEXT,                  -- NULL: of a forward, which goes to the configured address
    backup TEXT,                     -- key of whom it goes to; NULL: the owner, the alert's, a task's
    following TEXT NOT NULL DEFAULT '[]',  -- a JSON list of keys: who is next after a refusal
    message INTEGER,                 -- of a forward
    cover INTEGER,                   -- of a forward that was passed on: the mail that is sent before it
    created_at INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    unknowns INTEGER NOT NULL DEFAULT 0,  -- attempts before the last whose outcome is not known
    first_attempt_at INTEGER,
    octets BLOB, message_id TEXT, max_octets INTEGER,
    is_paced INTEGER NOT NULL DEFAULT 0,
    sent_at INTEGER,
    note TEXT NOT NULL DEFAULT '',   -- the owner's own line, on top of a forward
    last_reply TEXT NOT NULL DEFAULT '',
    sha256 TEXT,                     -- of octets; NULL: an earlier version stored them
    is_damaged INTEGER NOT NULL DEFAULT 0,  -- it cannot be sent as it was meant
    CHECK (CASE kind WHEN 'forward' THEN message IS NOT NULL AND recipient IS NULL AND backup IS NOT NULL
                     ELSE message IS NULL AND recipient IS NOT NULL AND cover IS NULL END)
) STRICT;
INSERT INTO new_outbox SELECT id, account, kind, state, recipient, backup, following, message, cover,
    created_at, due_at, attempts, unknowns, first_attempt_at, octets, message_id, max_octets, is_paced,
    sent_at, note, last_reply, sha256, is_damaged FROM outbox;
"""
"""All but the number, and how the rows get there: the same in two steps."""

_HOME = f"""
CREATE TABLE new_outbox (
    id INTEGER PRIMARY KEY,
{_OUTBOX}DROP TABLE outbox;
ALTER TABLE new_outbox RENAME TO outbox;
CREATE INDEX outbox_due ON outbox (account, due_at) WHERE state IN ('pending', 'sending');
CREATE INDEX outbox_message ON outbox (message);
CREATE INDEX outbox_message_id ON outbox (message_id);
CREATE TABLE new_known_id (          -- Message-IDs and the conversation they belong to
    account TEXT NOT NULL, message_id TEXT NOT NULL, conversation INTEGER,
    ours TEXT CHECK (ours IN ('owner', 'forward', 'review', 'alert', 'cover', 'brief', 'overview', 'answer',
        'list', 'home', 'task')),
    PRIMARY KEY (account, message_id)
) STRICT;
INSERT INTO new_known_id SELECT account, message_id, conversation, ours FROM known_id;
DROP TABLE known_id;
ALTER TABLE new_known_id RENAME TO known_id;
ALTER TABLE message ADD COLUMN new_text TEXT NOT NULL DEFAULT '';  -- what is new in it, with its lines
ALTER TABLE message ADD COLUMN undecided_at INTEGER;  -- the owner was back, and nobody had decided it
ALTER TABLE review ADD COLUMN kind TEXT NOT NULL DEFAULT 'review'
    CHECK (kind IN ('review', 'list', 'home'));  -- list: a part of the list of all that is open
ALTER TABLE account ADD COLUMN list_wanted_at INTEGER;  -- that list is to be made
CREATE TABLE homecoming (            -- an absence that has ended
    account TEXT NOT NULL,
    from_at INTEGER NOT NULL, until_at INTEGER NOT NULL,
    at INTEGER NOT NULL,             -- when that was seen to
    review INTEGER,                  -- the mail that told it; NULL: it is still to be made
    PRIMARY KEY (account, until_at)
) STRICT;
CREATE TABLE task (                  -- which to-do went to which program
    account TEXT NOT NULL, message INTEGER NOT NULL, address TEXT NOT NULL, outbox INTEGER NOT NULL,
    PRIMARY KEY (account, message, address)
) STRICT;
"""

_ABSENCE = """
CREATE TABLE absence_change (        -- of a window of rules.yaml, or another one
    id INTEGER PRIMARY KEY,
    account TEXT NOT NULL,           -- the owner's: a trial has the same absence
    from_at INTEGER NOT NULL, until_at INTEGER NOT NULL,
    file_from_at INTEGER, file_until_at INTEGER,  -- the window of rules.yaml that it stands for
    cover TEXT,                      -- key of the backup who takes what a rule's own cannot
    is_trial INTEGER NOT NULL CHECK (is_trial IN (0, 1))
) STRICT;
CREATE INDEX absence_change_account ON absence_change (account);
CREATE TABLE absence_state (
    account TEXT PRIMARY KEY,
    paused_at INTEGER,               -- no forward has left since
    zone TEXT, zone_at INTEGER       -- where the owner is, and since when
) STRICT;
CREATE TABLE reply_secret (          -- of mails to the owner: a reply to one may command the absence
    account TEXT NOT NULL, message_id TEXT NOT NULL, expires_at INTEGER NOT NULL,
    PRIMARY KEY (account, message_id)
) STRICT;
"""

_LOGINS = """
CREATE TABLE consent (               -- to a login by OAuth 2: the newest counts, the one before is kept
    id INTEGER PRIMARY KEY,
    account TEXT NOT NULL, login TEXT NOT NULL, at INTEGER NOT NULL, text TEXT NOT NULL
) STRICT;
CREATE INDEX consent_login ON consent (account, login);
"""

_UNSEEN = """
ALTER TABLE homecoming ADD COLUMN is_unseen INTEGER NOT NULL DEFAULT 0 CHECK (is_unseen IN (0, 1));
-- it was closed without a last look, since the mail server did not answer
"""

_PIECES = """
CREATE TABLE piece (                 -- of what is too large for one row: its own column is empty then
    of TEXT NOT NULL CHECK (of IN ('original', 'outbox')), row INTEGER NOT NULL, number INTEGER NOT NULL,
    octets BLOB NOT NULL, PRIMARY KEY (of, row, number)
) STRICT;
CREATE TRIGGER original_gone AFTER DELETE ON original
    BEGIN DELETE FROM piece WHERE of = 'original' AND row = OLD.message; END;
CREATE TRIGGER outbox_gone AFTER DELETE ON outbox
    BEGIN DELETE FROM piece WHERE of = 'outbox' AND row = OLD.id; END;
CREATE TRIGGER outbox_emptied AFTER UPDATE OF octets ON outbox WHEN NEW.octets IS NULL
    BEGIN DELETE FROM piece WHERE of = 'outbox' AND row = OLD.id; END;
"""

_NUMBERED = f"""
CREATE TABLE new_outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,  -- an attempt may be under way while its row is erased
{_OUTBOX}DROP TRIGGER outbox_gone;
DROP TRIGGER outbox_emptied;
DROP TABLE outbox;
ALTER TABLE new_outbox RENAME TO outbox;
CREATE INDEX outbox_due ON outbox (account, due_at) WHERE state IN ('pending', 'sending');
CREATE INDEX outbox_message ON outbox (message);
CREATE INDEX outbox_message_id ON outbox (message_id);
CREATE TRIGGER outbox_gone AFTER DELETE ON outbox
    BEGIN DELETE FROM piece WHERE of = 'outbox' AND row = OLD.id; END;
CREATE TRIGGER outbox_emptied AFTER UPDATE OF octets ON outbox WHEN NEW.octets IS NULL
    BEGIN DELETE FROM piece WHERE of = 'outbox' AND row = OLD.id; END;
"""

_LET_GO = """
ALTER TABLE original ADD COLUMN may_go INTEGER NOT NULL DEFAULT 0 CHECK (may_go IN (0, 1));
-- its octets, as soon as the mailbox is seen to hold them
ALTER TABLE original ADD COLUMN mailbox TEXT;  -- where they are since then; NULL: they are here
ALTER TABLE original ADD COLUMN uidvalidity INTEGER;
ALTER TABLE original ADD COLUMN uid INTEGER;
CREATE INDEX original_may_go ON original (message) WHERE may_go;
UPDATE original SET may_go = 1 WHERE message IN (SELECT id FROM message WHERE disposition <> 'forward');
"""

_CALLED_OFF = """
ALTER TABLE absence_change ADD COLUMN is_called_off INTEGER NOT NULL DEFAULT 0
    CHECK (is_called_off IN (0, 1));
ALTER TABLE letter ADD COLUMN from_at INTEGER;  -- the absence that a brief is about, or takes back
ALTER TABLE letter ADD COLUMN until_at INTEGER;
"""

STEPS = (
    _FIRST,
    _SECOND,
    _THIRD,
    _FOURTH,
    _FIFTH,
    _SIXTH,
    _SEVENTH,
    _EIGHTH,
    _HOME,
    _ABSENCE,
    _LOGINS,
    _UNSEEN,
    _PIECES,
    _NUMBERED,
    _LET_GO,
    _CALLED_OFF,
)
"""SQL scripts. After the first so many of them a state has that number as its `user_version`."""
