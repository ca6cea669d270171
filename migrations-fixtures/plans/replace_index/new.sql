INSERT INTO users VALUES ({n} + 3000000, {text}, {fresh}) ON CONFLICT (id) DO NOTHING
SELECT true FROM users WHERE lower(name) = {text}
