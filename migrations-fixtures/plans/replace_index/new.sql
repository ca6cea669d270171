INSERT INTO users VALUES ({fresh}::bigint, {text}, {fresh}) ON CONFLICT (id) DO NOTHING
SELECT true FROM users WHERE lower(name) = {text}
