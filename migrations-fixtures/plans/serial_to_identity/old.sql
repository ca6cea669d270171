INSERT INTO users (name) VALUES ({text}) RETURNING name = {text} AND id > 500
INSERT INTO users (id, name) VALUES ({n} + 10000000, {text}) ON CONFLICT (id) DO NOTHING
UPDATE users SET name = {text} WHERE id = {id} RETURNING name = {text}
