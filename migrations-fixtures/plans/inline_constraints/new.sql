INSERT INTO users (id, team_id, slug, age) VALUES ({fresh}, 2, {fresh}, 30) RETURNING age = 30
UPDATE users SET age = 31, team_id = 1 WHERE id = {id} RETURNING age = 31
