INSERT INTO a (id, qty, name) VALUES ({fresh}, -5, 'x') RETURNING qty = 0 AND name = 'X'
UPDATE a SET qty = -7 WHERE id = {id} RETURNING qty = 0
