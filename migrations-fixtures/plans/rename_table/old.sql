INSERT INTO users (name) VALUES ({text}) RETURNING lower_name = lower({text})
INSERT INTO users DEFAULT VALUES RETURNING name = 'n'
UPDATE users SET name = {text} WHERE id = {id} RETURNING name = {text}
INSERT INTO users (id, name) VALUES ({id}, {text}) ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name RETURNING name = {text}
DELETE FROM users WHERE id = {id}
SELECT true FROM users WHERE id = {id} FOR UPDATE
UPDATE users SET name = DEFAULT WHERE id = {id} RETURNING name = 'n' AND lower_name = 'n'
