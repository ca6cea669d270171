INSERT INTO k (id, p_id, q_id, st) VALUES ({fresh}, 9, 10, 'c') RETURNING st = 'c'
UPDATE k SET p_id = 11, q_id = 12 WHERE id = {id} RETURNING p_id = 11
