INSERT INTO k (a, p_id) VALUES ({id}, 3) RETURNING a = {id}
UPDATE k SET a = 5 WHERE id = {id} RETURNING a = 5
