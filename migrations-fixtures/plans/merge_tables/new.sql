UPDATE accounts SET theme = {text} WHERE id = {id} RETURNING theme = {text}
UPDATE accounts SET theme = {text}, size = {n} WHERE id = {id} % 3 + 1 RETURNING size = {n}
UPDATE accounts SET size = {n} WHERE id BETWEEN {id} AND {id} + 3 RETURNING size = {n}
UPDATE accounts SET mail = {text} WHERE id = {id} RETURNING mail = {text}
INSERT INTO accounts (id, mail, theme) VALUES ({n} + 2000, {text}, {text}) ON CONFLICT (id) DO UPDATE SET theme = EXCLUDED.theme RETURNING theme = {text}
DELETE FROM accounts WHERE id = {n} % 500000 + 2000
UPDATE accounts SET theme = NULL WHERE id = {id} RETURNING theme IS NULL
-- once migrated
SELECT mail IS NOT NULL FROM accounts WHERE id = {id}
