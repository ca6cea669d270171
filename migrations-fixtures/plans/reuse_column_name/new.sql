INSERT INTO users (email, full_name) VALUES ('e', {text}) RETURNING full_name = {text}
INSERT INTO users (email) VALUES ('e') RETURNING full_name = 'nobody'
UPDATE users SET full_name = {text} WHERE id = {id} RETURNING full_name = {text}
UPDATE users SET touched = touched + 1 WHERE id = {id}
INSERT INTO users (id, email, full_name) VALUES ({id}, 'e', {text}) ON CONFLICT (id) DO UPDATE SET full_name = EXCLUDED.full_name RETURNING full_name = {text}
DELETE FROM users WHERE id = {id}
COPY users (id, email, full_name) FROM STDIN WITH (FORMAT csv, QUOTE '''') <<< {fresh},'e',{text}
-- once migrated
UPDATE users SET full_name = full_name || 'y' WHERE id = {id} AND length(full_name) < 40 RETURNING right(full_name, 1) = 'y'
SELECT full_name IS NOT NULL FROM users WHERE id = {id}
