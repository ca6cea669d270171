INSERT INTO users (email, age) VALUES ('e', {n}) RETURNING age = {n}
INSERT INTO users (email) VALUES ('e') RETURNING age = 7
UPDATE users SET age = {n} WHERE id = {id} RETURNING age = {n}
UPDATE users SET age = age + 1 WHERE id = {id} RETURNING age > 0
INSERT INTO users (id, email, age) VALUES ({id}, 'e', {n}) ON CONFLICT (id) DO UPDATE SET age = EXCLUDED.age RETURNING age = {n}
DELETE FROM users WHERE id = {id}
COPY users (id, email, age) FROM STDIN WITH (FORMAT csv, QUOTE '''') <<< {fresh},'e',{n}
