INSERT INTO users VALUES ({fresh}, 'x') RETURNING name = 'x'
DELETE FROM users WHERE id = {id} AND id % 7 = 0
