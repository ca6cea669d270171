INSERT INTO users (id, name) VALUES ({n} + 1000, {text}) ON CONFLICT (id) DO NOTHING
SELECT tier IS NOT NULL FROM users WHERE id = {id}
