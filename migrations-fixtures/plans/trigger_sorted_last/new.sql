INSERT INTO a (id, qty, name, shout) VALUES ({fresh}, -5, 'x', 'X!') RETURNING qty = 0 AND shout = 'X!'
UPDATE a SET qty = 8 WHERE id = {id} RETURNING qty = 8
