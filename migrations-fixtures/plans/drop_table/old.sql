INSERT INTO logs (id, user_id) VALUES ({n}, {id}) ON CONFLICT DO NOTHING
UPDATE users SET name = {text} WHERE id = {id} RETURNING name = {text}
