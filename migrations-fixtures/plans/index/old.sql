INSERT INTO users VALUES ({n} + 1000, {text}, {id}) ON CONFLICT (id) DO UPDATE SET age = 5 RETURNING age IN (5, {id})
DELETE FROM users WHERE id = {id}
