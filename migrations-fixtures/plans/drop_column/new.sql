INSERT INTO users (id, name, phone) VALUES ({n} + 1000, {text}, {text}) ON CONFLICT (id) DO UPDATE SET phone = EXCLUDED.phone RETURNING phone = {text}
