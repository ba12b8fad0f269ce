-- What the steps of the schema after 1.sql added, and what its two hours had no reason to write.
INSERT INTO handover_count VALUES ('sofie@voorbeeld.example', 'jan@acme.example', 1794816120000000);
INSERT INTO written_to VALUES ('sofie@voorbeeld.example', 'jan@acme.example', 1794816120000000);
INSERT INTO seen_in_junk VALUES ('sofie@voorbeeld.example', '8229eeddfabaf569', 1794816060000000);
INSERT INTO told_fault VALUES ('sofie@voorbeeld.example', 'watch', 'server', 'the connection was cut', 1794816060000000);
INSERT INTO set_aside (account, at, of, row, was, told_in)
  VALUES ('sofie@voorbeeld.example', 1794816060000000, 'junk', 1, '{}', 1);
INSERT INTO homecoming (account, from_at, until_at, at, review) VALUES
  ('sofie@voorbeeld.example', 1780000000000000, 1781000000000000, 1781000000000000, 1);
INSERT INTO task VALUES ('sofie@voorbeeld.example', 8, 'taken@voorbeeld.example', 6);
INSERT INTO absence_change (account, from_at, until_at, file_from_at, file_until_at, cover, is_trial) VALUES
  ('sofie@voorbeeld.example', 1820000000000000, 1821000000000000, NULL, NULL, 'anna', 0),
  ('sofie@voorbeeld.example', 1822000000000000, 1823000000000000, 1822500000000000, 1823000000000000, NULL, 1);
INSERT INTO absence_state VALUES ('sofie@voorbeeld.example', NULL, 'Europe/Brussels', 1794816060000000);
INSERT INTO reply_secret VALUES
  ('sofie@voorbeeld.example', '<review@voorbeeld.example>', 1803769200000000);
INSERT INTO consent (account, login, at, text) VALUES
  ('sofie@voorbeeld.example', 'imap', 1794816060000000, '{"refresh_token": "r"}');
INSERT INTO piece SELECT 'original', message, 0, octets FROM original WHERE message = 2;
UPDATE original SET octets = x'' WHERE message = 2;
