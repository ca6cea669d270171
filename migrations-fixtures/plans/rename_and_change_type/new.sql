INSERT INTO users (email, years) VALUES ('e', {n}) RETURNING years = {n}
INSERT INTO users (email) VALUES ('e') RETURNING years = 7
UPDATE users SET years = {n} WHERE id = {id} RETURNING years = {n}
INSERT INTO users (id, email, years) VALUES ({id}, 'e', {n}) ON CONFLICT (id) DO UPDATE SET years = EXCLUDED.years RETURNING years = {n}
DELETE FROM users WHERE id = {id}
COPY users (id, email, years) FROM STDIN WITH (FORMAT csv, QUOTE '''') <<< {fresh},'e',{n}
-- once migrated
UPDATE users SET years = years + 1 WHERE id = {id} RETURNING years > 0
SELECT years IS NOT NULL FROM users WHERE id = {id}
