DELETE FROM users WHERE id = {id} AND id % 7 = 0
INSERT INTO users VALUES ({fresh}, {fresh}, 2) RETURNING email = {fresh}
