INSERT INTO users (name) VALUES ({text}) RETURNING name = {text} AND id > 500
INSERT INTO users (id, name) OVERRIDING SYSTEM VALUE VALUES ({n} + 10000000, {text}) ON CONFLICT (id) DO NOTHING
