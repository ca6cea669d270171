INSERT INTO kk (a, p_id, c) VALUES ({id}, 4, 1) RETURNING a = {id}
UPDATE kk SET a = 6 WHERE id = {id} RETURNING a = 6
