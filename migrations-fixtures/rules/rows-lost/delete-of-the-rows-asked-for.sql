-- history
CREATE TABLE settings (key text PRIMARY KEY, value text);
-- rows
INSERT INTO settings VALUES ('theme', 'dark');
-- release 1.0.0
-- name: theme
SELECT value FROM settings WHERE key = 'theme';
-- migration
DELETE FROM settings WHERE key = 'theme'; --~ error rows-lost breaks-app
