INSERT INTO users VALUES ({n} + 1000, {text}, {null}) ON CONFLICT (id) DO UPDATE SET bio = NULL RETURNING name IS NOT NULL
UPDATE users SET bio = {null} WHERE id = {id}
UPDATE users SET name = {null} WHERE id = {id}
DELETE FROM users WHERE id = {id}
