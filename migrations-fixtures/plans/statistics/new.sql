UPDATE k SET a = 5 WHERE id = {id} RETURNING a = 5
INSERT INTO k (id, a, b) VALUES ({fresh}, 3, 4) RETURNING a = 3
