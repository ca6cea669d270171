INSERT INTO users VALUES ({n} + 1000, {null}) ON CONFLICT (id) DO UPDATE SET bio = NULL
UPDATE users SET bio = {null} WHERE id = {id} RETURNING bio IS NOT DISTINCT FROM {null}
