INSERT INTO users (id, name, age, tenant) VALUES ({fresh}, 'x', 61, 1) RETURNING name = 'x'
UPDATE users SET age = 70 WHERE id = {id} RETURNING age = 70
SELECT count(*) > 0 FROM ages WHERE age >= 0
SELECT id > 0 FROM olds WHERE id = {id}
