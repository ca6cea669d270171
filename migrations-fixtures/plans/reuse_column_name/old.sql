INSERT INTO users (email, name) VALUES ('e', {text}) RETURNING name = {text}
INSERT INTO users (email) VALUES ('e') RETURNING name = 'nobody'
UPDATE users SET name = {text} WHERE id = {id} RETURNING name = {text}
UPDATE users SET name = name || 'x' WHERE id = {id} AND length(name) < 40 RETURNING right(name, 1) = 'x'
UPDATE users SET touched = touched + 1 WHERE id = {id}
INSERT INTO users (id, email, name) VALUES ({id}, 'e', {text}) ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name RETURNING name = {text}
INSERT INTO users (id, email, name) VALUES ({id}, 'e', {text}) ON CONFLICT DO NOTHING
DELETE FROM users WHERE id = {id}
UPDATE users SET id = id + 5000 WHERE id = {id} AND NOT EXISTS (SELECT FROM users u WHERE u.id = users.id + 5000)
COPY users (id, email, name) FROM STDIN WITH (FORMAT csv, QUOTE '''') <<< {fresh},'e',{text}
