INSERT INTO k (id, name) VALUES ({fresh}, 'abc') RETURNING name = 'abc'
