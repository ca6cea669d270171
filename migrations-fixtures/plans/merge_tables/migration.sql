ALTER TABLE accounts ADD theme text;
ALTER TABLE accounts ADD size int;
UPDATE accounts a SET theme = s.theme, size = s.size FROM settings s WHERE s.account_id = a.id;
DROP TABLE settings;
