INSERT INTO users VALUES ({n} + 1000, {text}, {fresh}) ON CONFLICT (id) DO NOTHING
INSERT INTO users VALUES ({fresh}::bigint, {text}, {fresh}) ON CONFLICT (email) DO NOTHING
SELECT true FROM users WHERE name = {text}
