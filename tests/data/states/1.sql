-- A state as schema 1 wrote it, with rows in every table.
PRAGMA application_id=1684368487;
PRAGMA user_version=1;
BEGIN TRANSACTION;
CREATE TABLE account (
    account TEXT PRIMARY KEY,
    loop_key BLOB NOT NULL,
    started_at INTEGER NOT NULL,
    last_contact_at INTEGER
) STRICT;
INSERT INTO "account" VALUES('sofie@voorbeeld.example',X'35F86AF041419399F92ADAA130490695E761ACBE5DBBB616FDCA934D9E55FE19',1794816000000000,1794816060000000);
INSERT INTO "account" VALUES('sofie@voorbeeld.example/shadow',X'35F86AF041419399F92ADAA130490695E761ACBE5DBBB616FDCA934D9E55FE19',1794827760000000,NULL);
CREATE TABLE backup (                -- what is known of each backup besides the configuration
    account TEXT NOT NULL, backup TEXT NOT NULL,
    absent_since INTEGER,            -- an automatic answer or a bounce, and no human mail since
    said TEXT, said_at INTEGER,      -- accepted, declined, dates, automatic, bounce
    away TEXT NOT NULL DEFAULT '[]', -- a JSON list of [from, until], as they said
    PRIMARY KEY (account, backup)
) STRICT;
INSERT INTO "backup" VALUES('sofie@voorbeeld.example','bram',NULL,'accepted',1794816240000000,'[]');
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
INSERT INTO "command" VALUES(1,'sofie@voorbeeld.example','button','pending',1794827700000000,'JHAM7H55',NULL,'sofie@voorbeeld.example','tik',NULL,NULL,NULL,'',0,0,'');
INSERT INTO "command" VALUES(2,'sofie@voorbeeld.example','button','held',1794827700000000,'ABCD2345',NULL,'elders@gmail.example','tik',NULL,NULL,NULL,'',0,0,'');
INSERT INTO "command" VALUES(3,'sofie@voorbeeld.example','reply','refused',1794827700000000,NULL,1,'x@vreemd.example','',NULL,NULL,NULL,'',0,0,'spent');
INSERT INTO "command" VALUES(4,'sofie@voorbeeld.example','folder','done',1794827700000000,NULL,NULL,'','',5,'f','anna','',0,0,'');
CREATE TABLE command_address (       -- from which the owner said that she commands, too
    account TEXT NOT NULL, address TEXT NOT NULL, PRIMARY KEY (account, address)
) STRICT;
INSERT INTO "command_address" VALUES('sofie@voorbeeld.example','elders@gmail.example');
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
INSERT INTO "conversation" VALUES(1,'sofie@voorbeeld.example','bram','["x@elders.example"]','bestelling 7','["bram", "anna", "carla"]','[]',1794816060000000,NULL,1794816900000000,NULL,'answer',1794827700000000,NULL,'silence',NULL);
INSERT INTO "conversation" VALUES(2,'sofie@voorbeeld.example','bram','["jan@acme.example"]','levering','["anna", "bram"]','["anna"]',1794816120000000,1794824220000000,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "conversation" VALUES(3,'sofie@voorbeeld.example',NULL,'[]','','[]','[]',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "conversation" VALUES(4,'sofie@voorbeeld.example',NULL,'[]','','[]','[]',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "conversation" VALUES(5,'sofie@voorbeeld.example',NULL,'[]','','[]','[]',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "conversation" VALUES(6,'sofie@voorbeeld.example',NULL,'[]','','[]','[]',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "conversation" VALUES(7,'sofie@voorbeeld.example',NULL,'[]','','[]','[]',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "conversation" VALUES(8,'sofie@voorbeeld.example','anna','["x@elders.example"]','bestelling 8','["bram", "anna", "carla"]','["bram"]',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'silence');
INSERT INTO "conversation" VALUES(9,'sofie@voorbeeld.example','anna','["new@acme.example"]','levering 2','["anna", "bram"]','[]',1794827760000000,1794835860000000,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE failure (               -- a forward that was refused for good by one backup's server
    account TEXT NOT NULL, at INTEGER NOT NULL, backup TEXT NOT NULL, message INTEGER NOT NULL,
    reply TEXT NOT NULL
) STRICT;
INSERT INTO "failure" VALUES('sofie@voorbeeld.example',1794816120000000,'anna',2,'5.1.1 no such user');
CREATE TABLE junk (                  -- what a rule would have forwarded, had it not been taken for spam
    account TEXT NOT NULL, at INTEGER NOT NULL, count INTEGER NOT NULL
) STRICT;
INSERT INTO "junk" VALUES('sofie@voorbeeld.example',1794816060000000,2);
CREATE TABLE known_id (              -- Message-IDs and the conversation they belong to
    account TEXT NOT NULL, message_id TEXT NOT NULL, conversation INTEGER, ours TEXT,
    PRIMARY KEY (account, message_id)
) STRICT;
INSERT INTO "known_id" VALUES('sofie@voorbeeld.example','<a4c9824b0697254d0d9b96be3c251b74@voorbeeld.example>',NULL,'brief');
INSERT INTO "known_id" VALUES('sofie@voorbeeld.example','<ab58caff4aac621e8acaa13c37f12f39@voorbeeld.example>',NULL,'brief');
INSERT INTO "known_id" VALUES('sofie@voorbeeld.example','<fab89f5f25faac6b83612c162411a4d2@voorbeeld.example>',NULL,'brief');
INSERT INTO "known_id" VALUES('sofie@voorbeeld.example','<7@elders.example>',1,NULL);
INSERT INTO "known_id" VALUES('sofie@voorbeeld.example','<57f1d59c97a0f5dd5148494a0f2c4b4f@voorbeeld.example>',1,'forward');
INSERT INTO "known_id" VALUES('sofie@voorbeeld.example','<1@acme.example>',2,NULL);
INSERT INTO "known_id" VALUES('sofie@voorbeeld.example','<ea072df87cbe6f94228e03505c752744@voorbeeld.example>',2,'forward');
INSERT INTO "known_id" VALUES('sofie@voorbeeld.example','<52f935fe0ad4d014e95d79cec95d667e@voorbeeld.example>',2,'forward');
INSERT INTO "known_id" VALUES('sofie@voorbeeld.example','<v@klant.example>',3,NULL);
INSERT INTO "known_id" VALUES('sofie@voorbeeld.example','<k@klant.example>',4,NULL);
INSERT INTO "known_id" VALUES('sofie@voorbeeld.example','<ok@voorbeeld.example>',5,NULL);
INSERT INTO "known_id" VALUES('sofie@voorbeeld.example','<c9b60feb9b2c87cd477f2824493b64f3@voorbeeld.example>',NULL,'review');
INSERT INTO "known_id" VALUES('sofie@voorbeeld.example','<c1@voorbeeld.example>',6,NULL);
INSERT INTO "known_id" VALUES('sofie@voorbeeld.example','<c2@voorbeeld.example>',7,NULL);
INSERT INTO "known_id" VALUES('sofie@voorbeeld.example','<8@elders.example>',8,NULL);
INSERT INTO "known_id" VALUES('sofie@voorbeeld.example','<461ee55a6ff8cf84b29cdb70a900e5a4@voorbeeld.example>',8,'forward');
INSERT INTO "known_id" VALUES('sofie@voorbeeld.example','<a@voorbeeld.example>',1,NULL);
INSERT INTO "known_id" VALUES('sofie@voorbeeld.example','<40ce348f1bae301f84916e43bd95dac7@voorbeeld.example>',NULL,'cover');
INSERT INTO "known_id" VALUES('sofie@voorbeeld.example','<2481bffdc50e29c2e5606417a4e21927@voorbeeld.example>',NULL,'overview');
INSERT INTO "known_id" VALUES('sofie@voorbeeld.example','<2@acme.example>',9,NULL);
INSERT INTO "known_id" VALUES('sofie@voorbeeld.example','<2e28c864bfe066389941986422eb0548@voorbeeld.example>',8,'forward');
INSERT INTO "known_id" VALUES('sofie@voorbeeld.example','<4237b8e66948a21089419a0dc92743d9@voorbeeld.example>',9,'forward');
INSERT INTO "known_id" VALUES('sofie@voorbeeld.example','<own@voorbeeld.example>',NULL,'owner');
CREATE TABLE learnt (                -- what the owner's own test mail taught about her servers
    account TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,
    PRIMARY KEY (account, key)
) STRICT;
INSERT INTO "learnt" VALUES('sofie@voorbeeld.example','files_sent_in','');
INSERT INTO "learnt" VALUES('sofie@voorbeeld.example','failed','');
CREATE TABLE letter (                -- briefs and overviews, each once
    account TEXT NOT NULL, kind TEXT NOT NULL, backup TEXT NOT NULL, slot TEXT NOT NULL,
    message_id TEXT NOT NULL, at INTEGER NOT NULL,
    items TEXT NOT NULL,             -- a JSON list: the conversations under an overview's numbers
    PRIMARY KEY (account, kind, backup, slot)
) STRICT;
INSERT INTO "letter" VALUES('sofie@voorbeeld.example','brief','anna','06e68bd852f9cad0','<a4c9824b0697254d0d9b96be3c251b74@voorbeeld.example>',1794816060000000,'[]');
INSERT INTO "letter" VALUES('sofie@voorbeeld.example','brief','bram','b6be2af2b4e7baa6','<ab58caff4aac621e8acaa13c37f12f39@voorbeeld.example>',1794816060000000,'[]');
INSERT INTO "letter" VALUES('sofie@voorbeeld.example','brief','carla','cc4c80d79dd074a4','<fab89f5f25faac6b83612c162411a4d2@voorbeeld.example>',1794816060000000,'[]');
INSERT INTO "letter" VALUES('sofie@voorbeeld.example','overview','bram','2026-11-16 0','<2481bffdc50e29c2e5606417a4e21927@voorbeeld.example>',1794827700000000,'[2]');
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
INSERT INTO "message" VALUES(1,'sofie@voorbeeld.example','INBOX',1,1,0,'8229eeddfabaf569a2ea9f3340cd618d0a043836f6b386498dc6882acefc3417','<7@elders.example>',1794816060000000,1794816060000000,'forward','rule',NULL,'bram','orders','rule "orders": subject "Bestelling" matches bestelling','','orders: subject Bestelling (bestelling)',1,'','x@elders.example','Bestelling 7','Kunnen jullie dit bekijken?',27,'[]','{"addressed":"alone","is_person":true,"asks":true}',0,1,NULL,NULL,'Delegator/Forwarded',NULL,'',NULL,NULL);
INSERT INTO "message" VALUES(2,'sofie@voorbeeld.example','INBOX',1,2,0,'b04351ad5daa3169a17812f7229c74a051951dfb8eed7cdd57fbc51c139abbb7','<1@acme.example>',1794816120000000,1794816120000000,'forward','rule',NULL,'bram','key accounts','rule "key accounts": from jan@acme.example matches @acme.example','','key accounts: from jan@acme.example (@acme.example)',2,'','jan@acme.example','Levering','Kunnen jullie dit bekijken?',27,'[]','{"addressed":"alone","is_person":true,"is_known":true,"asks":true}',0,0,NULL,NULL,'Delegator/Forwarded',NULL,'',NULL,NULL);
INSERT INTO "message" VALUES(3,'sofie@voorbeeld.example','INBOX',1,3,1,'9521c0e3cb4c9d41703589da31350b0e5429b0616956a4ca395afa7ef033a893','<p@familie.example>',1794816180000000,1794816180000000,'private','private_rule',NULL,NULL,'family','','','',NULL,'','','','',0,'[]','{"addressed":"to","is_person":true}',0,0,NULL,NULL,NULL,NULL,'',NULL,NULL);
INSERT INTO "message" VALUES(4,'sofie@voorbeeld.example','INBOX',1,4,0,'a838bb8bde3db9fae04bf5ac35fdbd145b7ffed4205262de5e193df2c0d9893f','<n@monitor.example>',1794816180000000,1794816180000000,'ignore','rule',NULL,NULL,'noise','rule "noise": from alerts@monitor.example matches alerts@monitor.example','','noise: from alerts@monitor.example (alerts@monitor.example)',NULL,'','alerts@monitor.example','[OK]','',0,'[]','{"addressed":"to","is_person":true}',0,0,NULL,NULL,'Delegator/Done',NULL,'',NULL,NULL);
INSERT INTO "message" VALUES(5,'sofie@voorbeeld.example','INBOX',1,5,1,'bb1861bb8ddc90f3a5e2e24897ed23e041df4dc7f303635b54d48a84cbf9684f','<v@klant.example>',1794816180000000,1794816180000000,'review','otherwise','normal',NULL,NULL,'no rule matched','','',3,'','piet@klant.example','Vraag','Kunnen jullie dit bekijken?',27,'[]','{"addressed":"alone","is_person":true,"asks":true}',0,0,NULL,NULL,NULL,NULL,'',NULL,1);
INSERT INTO "message" VALUES(6,'sofie@voorbeeld.example','INBOX',1,6,1,'bbfa30cc94b5e997b98afee520fb3bcea822ae903aec997bbe49b37f7c2343c8','<k@klant.example>',1794816180000000,1794816180000000,'review','otherwise','normal',NULL,NULL,'no rule matched','','',4,'','kees@klant.example','Nog een vraag','Kunnen jullie dit bekijken?',27,'[]','{"addressed":"alone","is_person":true,"asks":true}',0,0,NULL,NULL,NULL,'to-do','bel terug',1794827700000000,1);
INSERT INTO "message" VALUES(7,'sofie@voorbeeld.example','INBOX',1,7,0,'20f64a7fb759f45bebc4f43eb8a1c4abaeff910a646c4a0f6b85d1e5c18cf2f4','<ok@voorbeeld.example>',1794816240000000,1794816240000000,'own','backup_reply',NULL,NULL,NULL,'a backup''s answer to a brief or an overview (bram)','bram','',5,'','bram@voorbeeld.example','Re: brief','',0,'[]','{"addressed":"to","is_person":true}',0,0,NULL,NULL,'Delegator/Done',NULL,'',NULL,NULL);
INSERT INTO "message" VALUES(8,'sofie@voorbeeld.example','INBOX',1,8,1,'2eea12552e2dbcf5c41a703a2d196fc0377c4684baf246a16ce1b068eba2e0f4','<c1@voorbeeld.example>',1794816300000000,1794816300000000,'review','otherwise','normal',NULL,NULL,'no rule matched','','',6,'','sofie@voorbeeld.example','dlg done JHAM7H55','Kunnen jullie dit bekijken?',27,'[]','{"addressed":"alone","is_person":true,"is_known":true,"asks":true}',0,0,NULL,NULL,NULL,NULL,'',NULL,NULL);
INSERT INTO "message" VALUES(9,'sofie@voorbeeld.example','INBOX',1,9,1,'e11e9959e0b230379bc5b847cbb2e170393420426720fa19776d7cdc9db26826','<c2@voorbeeld.example>',1794816300000000,1794816300000000,'review','otherwise','normal',NULL,NULL,'no rule matched','','',7,'','elders@gmail.example','dlg todo ABCD2345','Kunnen jullie dit bekijken?',27,'[]','{"addressed":"alone","is_person":true,"asks":true}',0,0,NULL,NULL,NULL,NULL,'',NULL,NULL);
INSERT INTO "message" VALUES(10,'sofie@voorbeeld.example','INBOX',1,10,0,'b16f85f72ed56c2f4e0c65503e9668f2eb32804ed8a3c895eb195a9d3fab20f7','<8@elders.example>',1794816900000000,1794816900000000,'forward','rule',NULL,'anna','orders','rule "orders": subject "Bestelling" matches bestelling','','orders: subject Bestelling (bestelling)',8,'','x@elders.example','Bestelling 8','Kunnen jullie dit bekijken?',27,'[]','{"addressed":"alone","is_person":true,"asks":true}',0,0,NULL,NULL,'Delegator/Forwarded',NULL,'',NULL,NULL);
INSERT INTO "message" VALUES(11,'sofie@voorbeeld.example','INBOX',1,11,0,'8562e78c736fce35f19490522fd4ba5c8dc68d70e13fc83fae3da2cf9f21086f','<a@voorbeeld.example>',1794816900000000,1794816900000000,'own','answer',NULL,NULL,NULL,'a backup''s answer, with the originator among its recipients (bram)','bram','',1,'','bram@voorbeeld.example','Re: Bestelling 7','',0,'[]','{"addressed":"to","is_person":true}',0,0,NULL,NULL,'Delegator/Done',NULL,'',NULL,NULL);
INSERT INTO "message" VALUES(12,'sofie@voorbeeld.example','INBOX',1,12,1,'8a536998789746a42079d588079bf21268cc277fe92a2bd49404cb77f8736449','<2@acme.example>',1794827760000000,1794827760000000,'forward','rule',NULL,'anna','key accounts','rule "key accounts": from new@acme.example matches @acme.example','','key accounts: from new@acme.example (@acme.example)',9,'','new@acme.example','Levering 2','Kunnen jullie dit bekijken?',27,'[]','{"addressed":"alone","is_person":true,"is_known":true,"asks":true}',0,0,'Delegator/Forwarded','$Forwarded',NULL,NULL,'',NULL,NULL);
CREATE TABLE original (
    message INTEGER PRIMARY KEY, octets BLOB NOT NULL, sha256 TEXT NOT NULL
) STRICT;
INSERT INTO "original" VALUES(2,X'46726F6D3A206A616E4061636D652E6578616D706C650D0A546F3A20736F66696540766F6F726265656C642E6578616D706C650D0A5375626A6563743A204C65766572696E670D0A4D6573736167652D49443A203C314061636D652E6578616D706C653E0D0A436F6E74656E742D547970653A20746578742F706C61696E3B20636861727365743D227574662D38220D0A436F6E74656E742D5472616E736665722D456E636F64696E673A20376269740D0A4D494D452D56657273696F6E3A20312E300D0A0D0A4461672C0D0A0D0A4B756E6E656E206A756C6C6965206469742062656B696A6B656E3F0D0A','8bb150fe1a3a8be58e19cbc2fa2728348c6e791d2e40cddb26933acb8fb084a9');
INSERT INTO "original" VALUES(10,X'46726F6D3A207840656C646572732E6578616D706C650D0A546F3A20736F66696540766F6F726265656C642E6578616D706C650D0A5375626A6563743A2042657374656C6C696E6720380D0A4D6573736167652D49443A203C3840656C646572732E6578616D706C653E0D0A436F6E74656E742D547970653A20746578742F706C61696E3B20636861727365743D227574662D38220D0A436F6E74656E742D5472616E736665722D456E636F64696E673A20376269740D0A4D494D452D56657273696F6E3A20312E300D0A0D0A4461672C0D0A0D0A4B756E6E656E206A756C6C6965206469742062656B696A6B656E3F0D0A','610a96e3f6e86298dae2eef0631913de758abdb60e8b5d60a57efc028c25cadd');
INSERT INTO "original" VALUES(12,X'46726F6D3A206E65774061636D652E6578616D706C650D0A546F3A20736F66696540766F6F726265656C642E6578616D706C650D0A5375626A6563743A204C65766572696E6720320D0A4D6573736167652D49443A203C324061636D652E6578616D706C653E0D0A436F6E74656E742D547970653A20746578742F706C61696E3B20636861727365743D227574662D38220D0A436F6E74656E742D5472616E736665722D456E636F64696E673A20376269740D0A4D494D452D56657273696F6E3A20312E300D0A0D0A4461672C0D0A0D0A4B756E6E656E206A756C6C6965206469742062656B696A6B656E3F0D0A','0ef6bd3634b71a4e87c2ee8eb9db51104187925fb551528984dc6a4dc117f5d5');
CREATE TABLE outage (
    account TEXT NOT NULL, from_at INTEGER NOT NULL, to_at INTEGER NOT NULL,
    PRIMARY KEY (account, from_at)
) STRICT;
INSERT INTO "outage" VALUES('sofie@voorbeeld.example',1794812460000000,1794816060000000);
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
INSERT INTO "outbox" VALUES(1,'sofie@voorbeeld.example','brief','sent','anna@voorbeeld.example','["anna"]',NULL,1794816060000000,1794816180000000,1,0,1794816060000000,NULL,'<a4c9824b0697254d0d9b96be3c251b74@voorbeeld.example>',NULL,0,1794816060000000,'','');
INSERT INTO "outbox" VALUES(2,'sofie@voorbeeld.example','brief','sent','bram@voorbeeld.example','["bram"]',NULL,1794816060000000,1794816180000000,1,0,1794816060000000,NULL,'<ab58caff4aac621e8acaa13c37f12f39@voorbeeld.example>',NULL,0,1794816060000000,'','');
INSERT INTO "outbox" VALUES(3,'sofie@voorbeeld.example','brief','sent','carla@partner.example','["carla"]',NULL,1794816060000000,1794816180000000,1,0,1794816060000000,NULL,'<fab89f5f25faac6b83612c162411a4d2@voorbeeld.example>',NULL,0,1794816060000000,'','');
INSERT INTO "outbox" VALUES(4,'sofie@voorbeeld.example','forward','sent','','["bram", "anna", "carla"]',1,1794816060000000,1794816180000000,1,0,1794816060000000,NULL,'<57f1d59c97a0f5dd5148494a0f2c4b4f@voorbeeld.example>',NULL,0,1794816060000000,'','');
INSERT INTO "outbox" VALUES(5,'sofie@voorbeeld.example','forward','sent','bram@voorbeeld.example','["bram"]',2,1794816120000000,1794816240000000,1,0,1794816120000000,NULL,'<52f935fe0ad4d014e95d79cec95d667e@voorbeeld.example>',NULL,0,1794816120000000,'','');
INSERT INTO "outbox" VALUES(6,'sofie@voorbeeld.example','review','sent','sofie@voorbeeld.example','[]',NULL,1794816240000000,1794816360000000,1,0,1794816240000000,NULL,'<c9b60feb9b2c87cd477f2824493b64f3@voorbeeld.example>',NULL,0,1794816240000000,'','');
INSERT INTO "outbox" VALUES(7,'sofie@voorbeeld.example','forward','sent','','["bram", "anna", "carla"]',10,1794816900000000,1794817020000000,1,0,1794816900000000,NULL,'<461ee55a6ff8cf84b29cdb70a900e5a4@voorbeeld.example>',NULL,0,1794816900000000,'','');
INSERT INTO "outbox" VALUES(8,'sofie@voorbeeld.example','cover','pending','anna@voorbeeld.example','["anna"]',NULL,1794827700000000,1794827760000000,1,0,1794827700000000,X'636F766572','<40ce348f1bae301f84916e43bd95dac7@voorbeeld.example>',NULL,0,NULL,'','451 later');
INSERT INTO "outbox" VALUES(9,'sofie@voorbeeld.example','forward','pending','anna@voorbeeld.example','["anna", "carla"]',10,1794827700000000,1794827700000000,0,0,NULL,NULL,NULL,NULL,0,NULL,'','connection lost');
INSERT INTO "outbox" VALUES(10,'sofie@voorbeeld.example','overview','sent','bram@voorbeeld.example','["bram"]',NULL,1794827700000000,1794827880000000,2,0,1794827700000000,NULL,'<2481bffdc50e29c2e5606417a4e21927@voorbeeld.example>',NULL,0,1794827760000000,'','');
INSERT INTO "outbox" VALUES(11,'sofie@voorbeeld.example','forward','sent','','["anna", "bram"]',12,1794827760000000,1794827880000000,1,0,1794827760000000,NULL,'<4237b8e66948a21089419a0dc92743d9@voorbeeld.example>',NULL,0,1794827760000000,'','');
CREATE TABLE own_mail (              -- of the owner's own hand, naming a mail that was not taken up yet
    account TEXT NOT NULL, named TEXT NOT NULL, message_id TEXT, sent_at INTEGER NOT NULL,
    recipients TEXT NOT NULL, backup TEXT, due_at INTEGER
) STRICT;
INSERT INTO "own_mail" VALUES('sofie@voorbeeld.example','<later@acme.example>','<own@voorbeeld.example>',1794827760000000,'["jan@acme.example"]',NULL,NULL);
CREATE TABLE owners_id (             -- Message-IDs of the mails that the owner wrote
    account TEXT NOT NULL, message_id TEXT NOT NULL, PRIMARY KEY (account, message_id)
) STRICT;
INSERT INTO "owners_id" VALUES('sofie@voorbeeld.example','<c1@voorbeeld.example>');
INSERT INTO "owners_id" VALUES('sofie@voorbeeld.example','<own@voorbeeld.example>');
CREATE TABLE position (              -- every UID up to this one was looked at
    account TEXT NOT NULL, mailbox TEXT NOT NULL, uidvalidity INTEGER NOT NULL, uid INTEGER NOT NULL,
    PRIMARY KEY (account, mailbox)
) STRICT;
INSERT INTO "position" VALUES('sofie@voorbeeld.example','INBOX',1,12);
INSERT INTO "position" VALUES('sofie@voorbeeld.example','Archief',3,7);
CREATE TABLE receipt (
    account TEXT NOT NULL, at INTEGER NOT NULL, verb TEXT NOT NULL, message INTEGER NOT NULL,
    backup TEXT NOT NULL, way TEXT NOT NULL, messages INTEGER NOT NULL
) STRICT;
INSERT INTO "receipt" VALUES('sofie@voorbeeld.example',1794827700000000,'k',5,'','button',1);
CREATE TABLE review (
    id INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    slot_date TEXT, slot_index INTEGER, slot_at INTEGER,   -- NULL: asked for by hand
    created_at INTEGER NOT NULL,
    outbox INTEGER                   -- NULL: skipped, there was nothing to say
) STRICT;
INSERT INTO "review" VALUES(1,'sofie@voorbeeld.example','2026-11-16',0,1794816240000000,1794816240000000,6);
INSERT INTO "review" VALUES(2,'sofie@voorbeeld.example','2026-11-16',1,1794816300000000,1794816300000000,NULL);
CREATE TABLE review_alias (          -- other Message-IDs, a reply to which is one to that review
    account TEXT NOT NULL, message_id TEXT NOT NULL, review INTEGER NOT NULL,
    PRIMARY KEY (account, message_id)
) STRICT;
INSERT INTO "review_alias" VALUES('sofie@voorbeeld.example','<alias@voorbeeld.example>',1);
CREATE TABLE review_line (           -- what a number means in a reply to that review
    review INTEGER NOT NULL, number INTEGER NOT NULL,
    messages TEXT NOT NULL,          -- a JSON list
    verb TEXT, backup TEXT,          -- as proposed
    is_low INTEGER NOT NULL
) STRICT;
INSERT INTO "review_line" VALUES(1,1,'[5]','f','anna',0);
CREATE TABLE state (
    state_id TEXT NOT NULL,
    secret BLOB NOT NULL
) STRICT;
INSERT INTO "state" VALUES('528984e112ad1fc0cf0b5b0dca2fc311',X'0C9E2B5AEBC6C9A9F10D847D99B20184CC6C8964307FDB50EA0745F8F81D2472');
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
INSERT INTO "token" VALUES('sofie@voorbeeld.example','FXCKNEA4','bt','anna','[]',NULL,NULL,NULL,NULL,1803769200000000,NULL);
INSERT INTO "token" VALUES('sofie@voorbeeld.example','AGCFANJD','bw','anna','[]',NULL,NULL,NULL,NULL,1803769200000000,NULL);
INSERT INTO "token" VALUES('sofie@voorbeeld.example','5PHTZC56','br','anna','[]',NULL,NULL,NULL,NULL,1803769200000000,NULL);
INSERT INTO "token" VALUES('sofie@voorbeeld.example','9TXG2RBZ','bt','bram','[]',NULL,NULL,NULL,NULL,1803769200000000,NULL);
INSERT INTO "token" VALUES('sofie@voorbeeld.example','Z84GMY2K','bw','bram','[]',NULL,NULL,NULL,NULL,1803769200000000,NULL);
INSERT INTO "token" VALUES('sofie@voorbeeld.example','Q74G96BG','br','bram','[]',NULL,NULL,NULL,NULL,1803769200000000,NULL);
INSERT INTO "token" VALUES('sofie@voorbeeld.example','X5ZAX8CB','bt','carla','[]',NULL,NULL,NULL,NULL,1803769200000000,NULL);
INSERT INTO "token" VALUES('sofie@voorbeeld.example','EZC6DN8K','bw','carla','[]',NULL,NULL,NULL,NULL,1803769200000000,NULL);
INSERT INTO "token" VALUES('sofie@voorbeeld.example','9K4SBQ6B','br','carla','[]',NULL,NULL,NULL,NULL,1803769200000000,NULL);
INSERT INTO "token" VALUES('sofie@voorbeeld.example','JHAM7H55','k',NULL,'[5]',NULL,NULL,1,NULL,1795593840000000,NULL);
INSERT INTO "token" VALUES('sofie@voorbeeld.example','ABCD2345','t',NULL,'[6]',NULL,NULL,1,NULL,1795593840000000,NULL);
INSERT INTO "token" VALUES('sofie@voorbeeld.example','7BKND299','ba','bram','[]',NULL,2,NULL,NULL,1803769200000000,NULL);
INSERT INTO "token" VALUES('sofie@voorbeeld.example','ZR6YQPKS','bl','bram','[]',NULL,2,NULL,NULL,1803769200000000,NULL);
INSERT INTO "token" VALUES('sofie@voorbeeld.example','RYFPGE2R','bn','bram','[]',NULL,2,NULL,NULL,1803769200000000,NULL);
CREATE UNIQUE INDEX message_place ON message (account, mailbox, uidvalidity, uid) WHERE is_there;
CREATE INDEX message_digest ON message (account, header_digest);
CREATE INDEX message_open ON message (account, disposition) WHERE decided_at IS NULL;
CREATE INDEX message_filing ON message (account) WHERE file_to IS NOT NULL;
CREATE INDEX message_taken_up ON message (account, taken_up_at);
CREATE INDEX message_conversation ON message (conversation);
CREATE INDEX message_id ON message (message_id, conversation);
CREATE INDEX outbox_due ON outbox (account, due_at) WHERE state IN ('pending', 'sending');
CREATE INDEX outbox_message ON outbox (message);
CREATE INDEX outbox_message_id ON outbox (message_id);
CREATE UNIQUE INDEX review_slot ON review (account, slot_date, slot_index);
CREATE INDEX conversation_open ON conversation (account, subject) WHERE answered_at IS NULL;
CREATE INDEX letter_id ON letter (account, message_id);
CREATE INDEX own_mail_named ON own_mail (account, named);
CREATE INDEX review_line_review ON review_line (review);
CREATE INDEX command_open ON command (account, state) WHERE state IN ('pending', 'held');
CREATE INDEX receipt_at ON receipt (account, at);
COMMIT;
