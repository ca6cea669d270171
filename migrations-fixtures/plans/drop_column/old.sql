INSERT INTO users (id, name, fax) VALUES ({n} + 1000, {text}, {text}) ON CONFLICT (id) DO UPDATE SET fax = EXCLUDED.fax RETURNING fax = {text}
UPDATE users SET telex = {null} WHERE id = {id} RETURNING telex IS NOT DISTINCT FROM {null}
