INSERT INTO users (id, name, age, tenant) VALUES ({fresh}, 'y', 62, 2) RETURNING age = 62
UPDATE users SET age = 71 WHERE id = {id} RETURNING age = 71
SELECT count(*) > 0 FROM old_ages
SELECT id > 0 FROM olds WHERE id = {id}
