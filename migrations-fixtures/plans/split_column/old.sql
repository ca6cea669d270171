INSERT INTO users (id, name) VALUES ({n} + 2000, {text}) ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name RETURNING name = {text}
UPDATE users SET name = {text} WHERE id = {id} RETURNING name = {text}
UPDATE users SET name = 'Ann  B' || id WHERE id = {id} RETURNING name = 'Ann  B' || id
UPDATE users SET note = {text} WHERE id = {id} RETURNING note = {text}
UPDATE users SET id = id + 5000 WHERE id = {id} AND NOT EXISTS (SELECT FROM users u WHERE u.id = users.id + 5000)
DELETE FROM users WHERE id = {id}
COPY users (id, name) FROM STDIN WITH (FORMAT csv, QUOTE '''') <<< {fresh},{text}
