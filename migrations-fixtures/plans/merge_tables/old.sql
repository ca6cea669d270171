UPDATE settings SET theme = {text} WHERE account_id = {id} RETURNING theme = {text}
UPDATE settings SET theme = {text}, size = {n} WHERE account_id = {id} % 3 + 1 RETURNING size = {n}
UPDATE settings SET size = NULL WHERE account_id BETWEEN {id} AND {id} + 3 RETURNING size IS NULL
UPDATE settings SET note = {text} WHERE account_id = {id} RETURNING note = {text}
INSERT INTO settings (account_id, theme) SELECT id, {text} FROM accounts WHERE id = {id} ON CONFLICT (account_id) DO UPDATE SET theme = EXCLUDED.theme RETURNING theme = {text}
INSERT INTO accounts (id, mail) VALUES ({n} + 2000, {text}) ON CONFLICT DO NOTHING
UPDATE accounts SET mail = {text} WHERE id = {id} RETURNING mail = {text}
DELETE FROM settings WHERE account_id = {id}
WITH gone AS (DELETE FROM settings WHERE account_id = {n} % 500000 + 2000 RETURNING account_id) DELETE FROM accounts WHERE id IN (SELECT account_id FROM gone)
