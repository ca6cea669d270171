INSERT INTO users (id, tier, name) VALUES ({n} + 1000, 'free', {text}) ON CONFLICT (id) DO NOTHING
SELECT coalesce(tier, 'none') <> '' FROM users WHERE id = {id}
