INSERT INTO users (id, email) VALUES ({n} + 1000, {fresh}) ON CONFLICT (id) DO NOTHING
INSERT INTO users (id, email) VALUES ({fresh}::bigint, 'e{id}') ON CONFLICT (email) DO NOTHING
UPDATE users SET email = {fresh} WHERE id = {id} RETURNING email = {fresh}
