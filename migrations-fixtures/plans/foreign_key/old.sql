INSERT INTO orders VALUES ({n} + 2000, {n}) ON CONFLICT (id) DO UPDATE SET user_id = EXCLUDED.user_id RETURNING user_id = {n}
DELETE FROM users WHERE id = {id} AND id > 200
