INSERT INTO o VALUES ({fresh}, 'x', 'y') RETURNING n = 'x'
