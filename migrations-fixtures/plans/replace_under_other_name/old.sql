INSERT INTO k (id, p_id, q_id, st) VALUES ({fresh}, 7, 8, 'b') RETURNING st = 'b'
UPDATE k SET st = 'a', n = {n} WHERE id = {id} RETURNING st = 'a'
