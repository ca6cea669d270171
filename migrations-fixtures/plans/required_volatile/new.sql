INSERT INTO users (id, token) VALUES ({n} + 1000, gen_random_uuid()) ON CONFLICT (id) DO UPDATE SET token = EXCLUDED.token
-- once migrated
SELECT token IS NOT NULL FROM users WHERE id = {id}
